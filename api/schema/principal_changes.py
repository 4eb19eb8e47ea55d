"""Types of the schema: changes of who may come in, for administrators."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import strawberry
from starlette.concurrency import run_in_threadpool

from api.access.changes import (
    LIFETIME,
    change_principal,
    change_rights,
    create_first_token,
    create_token,
    revoke_token,
)
from api.access.keeping import check_first
from api.moments import utc_text
from api.schema.failures import InvalidInput, NotAllowed, invalid
from api.schema.principals import Token, token_of
from api.schema.reading import Info, Reading, reading_of
from graph.errors import BadInputError
from graph.store.principals import KeptPrincipal

# which field of the input a refusal is about
FIELDS = {"access.bad_role": "roles", "access.unknown_token": "token", "access.unknown_principal": "principal"}
FIELDS |= {"access.first_is_admin": "roles", "access.roles_elsewhere": "roles"}
FIELDS |= {"values.duration": "expires", "access.name_taken": "name", "access.bad_name": "name"}
FIELDS |= {f"access.{key}": "origins" for key in ("origin_taken", "many_origins")}
FIELDS |= {f"access.{key}": "scopes" for key in ("bad_scope", "bad_class", "empty_scope", "many_scopes")}


@strawberry.input(description="Whose names are shown; a kind that is left out: no limit by it.")
class ScopesInput:
    """Scopes to give."""

    ci_class: list[str] | None = strawberry.field(description="Classes.", default=None)
    environment: list[str] | None = strawberry.field(description="Environments.", default=None)
    site: list[str] | None = strawberry.field(description="Identifiers of sites, rooms or racks.", default=None)
    owner: list[str] | None = strawberry.field(description="Identifiers of teams or people.", default=None)


@strawberry.input(description="A new principal with its first token.")
class CreatePrincipalInput:
    """What a principal is to be."""

    name: str = strawberry.field(description="As the log is to say it; taken for good.")
    roles: list[str] = strawberry.field(description="One at least.")
    scopes: ScopesInput | None = strawberry.field(description="Whose names it is shown; null: all.", default=None)
    expires: str = strawberry.field(description="How long its token is valid, or `never`.", default=LIFETIME)
    origins: list[str] | None = strawberry.field(
        description="Tools as which it writes their changes (`saveChange`'s `origin`).", default=None
    )


@strawberry.input(description="Another token of a principal.")
class CreateTokenInput:
    """Whose token, and how long it is valid."""

    principal: str = strawberry.field(description="Its id or name.")
    expires: str = strawberry.field(description="How long the token is valid, or `never`.", default=LIFETIME)


@strawberry.input(description="A token to take away.")
class RevokeTokenInput:
    """Which token."""

    token: str = strawberry.field(description="Its id.")


@strawberry.input(description="A principal that is to have other roles or other scopes.")
class ChangePrincipalInput:
    """Which principal, and what it is to have."""

    principal: str = strawberry.field(description="Its id or name.")
    roles: list[str] | None = strawberry.field(
        description="All that it is to have, one at least; null: those that it has.", default=None
    )
    scopes: ScopesInput | None = strawberry.field(
        description="All that it is to have; a kind that is left out: no limit by it any more; null: those it has.",
        default=None,
    )
    origins: list[str] | None = strawberry.field(
        description="All tools as which it is to write their changes; null: those that it has.", default=None
    )


@strawberry.input(description="A principal to keep out, or to let in again.")
class DisablePrincipalInput:
    """Which principal."""

    principal: str = strawberry.field(description="Its id or name.")
    disabled: bool = strawberry.field(description="False: let it in again.", default=True)


@strawberry.input(description="A principal to keep out for good.")
class DeletePrincipalInput:
    """Which principal."""

    principal: str = strawberry.field(description="Its id or name.")


@strawberry.type(description="A new token, whose secret is never told again.")
class NewToken:
    """What was made."""

    token: Token = strawberry.field(description="The token.")
    secret: str = strawberry.field(description="All of it, as `Authorization: Bearer` takes it.")


@strawberry.type(description="A token that is worth nothing any more.")
class RevokeTokenPayload:
    """What was taken away."""

    token: Token = strawberry.field(description="The token.")


@strawberry.type(description="A principal that was changed.")
class ChangePrincipalPayload:
    """Which one."""

    id: strawberry.ID = strawberry.field(description="Its identifier.")
    name: str = strawberry.field(description="Its name.")
    disabled: bool = strawberry.field(description="Whether it is kept out for now.")
    deleted: bool = strawberry.field(description="Whether it is kept out for good.")


NewTokenResult = Annotated[
    NewToken | InvalidInput | NotAllowed,
    strawberry.union("NewTokenResult", description="A new token, or why there is none."),
]
RevokeTokenResult = Annotated[
    RevokeTokenPayload | InvalidInput | NotAllowed,
    strawberry.union("RevokeTokenResult", description="The token, or why it stays."),
]
ChangePrincipalResult = Annotated[
    ChangePrincipalPayload | InvalidInput | NotAllowed,
    strawberry.union("ChangePrincipalResult", description="The principal, or why it stays as it is."),
]


@strawberry.type
class AccessMutation:
    """Changes of who may come in; each is noted with who made it, and counts at once in every process."""

    @strawberry.mutation(description="A new principal with its first token.")
    async def create_principal(
        self,
        info: Info,
        input: Annotated[CreatePrincipalInput, strawberry.argument(description="What it is to be.")],  # noqa: A002
    ) -> NewTokenResult:
        """A principal and its token at once: in local mode nobody could come back for one."""
        reading = reading_of(info)
        access, scopes = reading.register.access, _given(input.scopes)
        try:
            check_first(reading.principal, input.roles, bool(scopes))
            text, token = await run_in_threadpool(
                create_first_token, access, input.name, input.roles, scopes, input.expires, reading.actor,
                input.origins or (),
            )  # fmt: skip
        except BadInputError as error:
            return _wrong(error, reading)
        return NewToken(token=token_of(token, utc_text(access.store.clock())), secret=text)

    @strawberry.mutation(description="Another token of a principal.")
    async def create_token(
        self,
        info: Info,
        input: Annotated[CreateTokenInput, strawberry.argument(description="Whose.")],  # noqa: A002
    ) -> NewTokenResult:
        """A token."""
        reading = reading_of(info)
        access = reading.register.access
        try:
            text, token = await run_in_threadpool(create_token, access, input.principal, input.expires, reading.actor)
        except BadInputError as error:
            return _wrong(error, reading)
        return NewToken(token=token_of(token, utc_text(access.store.clock())), secret=text)

    @strawberry.mutation(description="Take a token away.")
    async def revoke_token(
        self,
        info: Info,
        input: Annotated[RevokeTokenInput, strawberry.argument(description="Which.")],  # noqa: A002
    ) -> RevokeTokenResult:
        """The token as it is now."""
        reading = reading_of(info)
        access = reading.register.access
        revoke = partial(revoke_token, access, input.token, reading.actor, asking=reading.principal.id)
        try:
            token = await run_in_threadpool(revoke)
        except BadInputError as error:
            return _wrong(error, reading)
        return RevokeTokenPayload(token=token_of(token, utc_text(access.store.clock())))

    @strawberry.mutation(description="Give a principal other roles or other scopes.")
    async def change_principal(
        self,
        info: Info,
        input: Annotated[ChangePrincipalInput, strawberry.argument(description="Which, and what.")],  # noqa: A002
    ) -> ChangePrincipalResult:
        """The principal as it is now."""
        scopes = None if input.scopes is None else _given(input.scopes)
        change = partial(
            change_rights, given=input.principal, named=input.roles, scopes=scopes, origins=input.origins
        )  # fmt: skip
        return await _changed(info, change)

    @strawberry.mutation(description="Keep a principal out until it is let in again.")
    async def disable_principal(
        self,
        info: Info,
        input: Annotated[DisablePrincipalInput, strawberry.argument(description="Which.")],  # noqa: A002
    ) -> ChangePrincipalResult:
        """The principal as it is now."""
        return await _changed(info, partial(change_principal, given=input.principal, disabled=input.disabled))

    @strawberry.mutation(description="Keep a principal out for good; its name stays taken.")
    async def delete_principal(
        self,
        info: Info,
        input: Annotated[DeletePrincipalInput, strawberry.argument(description="Which.")],  # noqa: A002
    ) -> ChangePrincipalResult:
        """The principal that was."""
        return await _changed(info, partial(change_principal, given=input.principal, deleted=True))


async def _changed(info: Info, change: Callable[..., KeptPrincipal]) -> ChangePrincipalPayload | InvalidInput:
    reading = reading_of(info)
    asked = partial(change, reading.register.access, actor=reading.actor, asking=reading.principal.id)
    try:
        found = await run_in_threadpool(asked)
    except BadInputError as error:
        return _wrong(error, reading)
    return ChangePrincipalPayload(
        id=strawberry.ID(found.id), name=found.name, disabled=found.disabled, deleted=found.deleted
    )


def _given(scopes: ScopesInput | None) -> dict[str, list[str]]:
    return {} if scopes is None else {kind: some for kind, some in vars(scopes).items() if some is not None}


def _wrong(error: BadInputError, reading: Reading) -> InvalidInput:
    found = invalid(error, reading, "input")
    if error.message.key in FIELDS:
        found.path.append(FIELDS[error.message.key])
    return found
