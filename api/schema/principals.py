"""Types of the schema: who may come in, for administrators, and who one is oneself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import strawberry
from starlette.concurrency import run_in_threadpool
from strawberry.scalars import JSON

from api.access.changes import (
    LIFETIME,
    SCOPE_KINDS,
    change_principal,
    create_first_token,
    create_token,
    revoke_token,
    with_tokens,
)
from api.access.roles import roles
from api.schema.failures import InvalidInput, NotAllowed, invalid
from api.schema.reading import Info, Reading, reading_of
from graph.errors import BadInputError
from graph.store.principals import AccessChange as Change
from graph.store.principals import KeptPrincipal, KeptToken, access_changes

MOST_CHANGES = 500
# which field of the input a refusal is about
FIELDS = {"access.bad_role": "roles", "access.unknown_token": "token", "access.unknown_principal": "principal"}
FIELDS |= {"values.duration": "expires", "access.name_taken": "name", "access.bad_name": "name"}
FIELDS |= {f"access.{key}": "scopes" for key in ("bad_scope", "bad_class", "empty_scope", "many_scopes")}
HowMany = Annotated[int, strawberry.argument(description="How many at the most, up to 500.")]


@strawberry.type(description="Whose names are shown: a CI must have one of the values of each kind that has some.")
class Scopes:
    """Scopes of a principal; no values: no limit by this kind."""

    ci_class: list[str] = strawberry.field(description="Classes.")
    environment: list[str] = strawberry.field(description="Environments.")
    site: list[str] = strawberry.field(description="Identifiers of sites, rooms or racks.")
    owner: list[str] = strawberry.field(description="Identifiers of teams or people.")


@strawberry.type(description="A token without its secret.")
class Token:
    """A token."""

    id: strawberry.ID = strawberry.field(description="What comes before the dot.")
    made_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="Until when it is valid; null: no end.")
    revoked_at: datetime | None = strawberry.field(description="When it was taken away.")
    used_at: datetime | None = strawberry.field(description="When it was used last, to the minute.")


@strawberry.type(description="A person or a program that may come in.")
class Principal:
    """A principal."""

    id: strawberry.ID = strawberry.field(description="Its identifier.")
    name: str = strawberry.field(description="As the log says it.")
    roles: list[str] = strawberry.field(description="What it was given.")
    scopes: Scopes = strawberry.field(description="Whose names it is shown.")
    disabled: bool = strawberry.field(description="Whether it is kept out.")
    made_at: datetime = strawberry.field(description="When it was made.")
    tokens: list[Token] = strawberry.field(description="Its tokens, oldest first.")


@strawberry.type(description="Who asks.")
class Me:
    """Who one is."""

    name: str = strawberry.field(description="What one is called.")
    actor: str = strawberry.field(description="What stands in the log beside what one writes.")
    roles: list[str] = strawberry.field(description="All roles that one has, those that others bring included.")
    scopes: Scopes = strawberry.field(description="Whose names one is shown.")
    may: list[str] = strawberry.field(description="What one may ask for, such as `mutation.upsertCis`.")


@strawberry.type(description="One change of who may come in.")
class AccessChange:
    """An entry of the record of changes."""

    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(description="Who made it.")
    action: str = strawberry.field(description="What was done, such as `token_revoked`.")
    principal: str = strawberry.field(description="The name of the principal that it is about.")
    token: str | None = strawberry.field(description="The id of the token that it is about.")
    detail: JSON = strawberry.field(description="What was given: roles, scopes, an end.")


@strawberry.type
class AccessQuery:
    """Who may come in."""

    @strawberry.field(description="Who asks, and what they may.")
    async def me(self, info: Info) -> Me:
        """The one who asks."""
        who = reading_of(info).principal
        held, table = roles().held(who.roles), roles()
        may = [
            f"{operation}.{field}"
            for operation, fields in table.brings.items()
            for field in fields
            if table.allowed(who.roles, operation, field) and not (who.scopes and field not in table.scoped[operation])
        ]
        shown = [role for role in table.below if role in held]
        return Me(name=who.name, actor=who.actor, roles=shown, scopes=_scopes(who.scopes), may=may)

    @strawberry.field(description="All principals that were not deleted, by name.")
    async def principals(self, info: Info) -> list[Principal]:
        """Principals with their tokens."""
        found = await run_in_threadpool(with_tokens, reading_of(info).register.access)
        return [_principal(each, tokens) for each, tokens in found]

    @strawberry.field(description="What was changed last about who may come in, newest first.")
    async def access_changes(self, info: Info, most: HowMany = 100) -> list[AccessChange]:
        """The record of changes."""
        limit = max(1, min(most, MOST_CHANGES))
        return [
            _change(each) for each in await run_in_threadpool(access_changes, reading_of(info).register.store, limit)
        ]


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


@strawberry.input(description="Another token of a principal.")
class CreateTokenInput:
    """Whose token, and how long it is valid."""

    principal: str = strawberry.field(description="Its id or name.")
    expires: str = strawberry.field(description="How long the token is valid, or `never`.", default=LIFETIME)


@strawberry.input(description="A token to take away.")
class RevokeTokenInput:
    """Which token."""

    token: str = strawberry.field(description="Its id.")


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
        given = {} if input.scopes is None else {k: v for k, v in vars(input.scopes).items() if v is not None}
        try:
            text, token = await run_in_threadpool(
                create_first_token,
                reading.register.access,
                input.name,
                input.roles,
                given,
                input.expires,
                reading.actor,
            )
        except BadInputError as error:
            return _wrong(error, reading)
        return NewToken(token=_token(token), secret=text)

    @strawberry.mutation(description="Another token of a principal.")
    async def create_token(
        self,
        info: Info,
        input: Annotated[CreateTokenInput, strawberry.argument(description="Whose.")],  # noqa: A002
    ) -> NewTokenResult:
        """A token."""
        reading = reading_of(info)
        try:
            text, token = await run_in_threadpool(
                create_token, reading.register.access, input.principal, input.expires, reading.actor
            )
        except BadInputError as error:
            return _wrong(error, reading)
        return NewToken(token=_token(token), secret=text)

    @strawberry.mutation(description="Take a token away.")
    async def revoke_token(
        self,
        info: Info,
        input: Annotated[RevokeTokenInput, strawberry.argument(description="Which.")],  # noqa: A002
    ) -> RevokeTokenResult:
        """The token as it is now."""
        reading = reading_of(info)
        try:
            token = await run_in_threadpool(revoke_token, reading.register.access, input.token, reading.actor)
        except BadInputError as error:
            return _wrong(error, reading)
        return RevokeTokenPayload(token=_token(token))

    @strawberry.mutation(description="Keep a principal out until it is let in again.")
    async def disable_principal(
        self,
        info: Info,
        input: Annotated[DisablePrincipalInput, strawberry.argument(description="Which.")],  # noqa: A002
    ) -> ChangePrincipalResult:
        """The principal as it is now."""
        return await _changed(info, input.principal, disabled=input.disabled)

    @strawberry.mutation(description="Keep a principal out for good; its name stays taken.")
    async def delete_principal(
        self,
        info: Info,
        input: Annotated[DeletePrincipalInput, strawberry.argument(description="Which.")],  # noqa: A002
    ) -> ChangePrincipalResult:
        """The principal that was."""
        return await _changed(info, input.principal, deleted=True)


async def _changed(
    info: Info, principal: str, *, disabled: bool = False, deleted: bool = False
) -> ChangePrincipalPayload | InvalidInput:
    reading = reading_of(info)
    try:
        found = await run_in_threadpool(
            change_principal, reading.register.access, principal, reading.actor, disabled=disabled, deleted=deleted
        )
    except BadInputError as error:
        return _wrong(error, reading)
    return ChangePrincipalPayload(
        id=strawberry.ID(found.id), name=found.name, disabled=found.disabled, deleted=found.deleted
    )


def _wrong(error: BadInputError, reading: Reading) -> InvalidInput:
    found = invalid(error, reading, "input")
    if error.message.key in FIELDS:
        found.path.append(FIELDS[error.message.key])
    return found


def _scopes(given: Mapping[str, tuple[str, ...]]) -> Scopes:
    return Scopes(**{kind: list(given.get(kind, ())) for kind in SCOPE_KINDS})


def _principal(kept: KeptPrincipal, tokens: list[KeptToken]) -> Principal:
    return Principal(
        id=strawberry.ID(kept.id),
        name=kept.name,
        roles=list(kept.roles),
        scopes=_scopes(kept.scopes),
        disabled=kept.disabled,
        made_at=datetime.fromisoformat(kept.at),
        tokens=[_token(each) for each in tokens],
    )


def _token(kept: KeptToken) -> Token:
    return Token(
        id=strawberry.ID(kept.id),
        made_at=datetime.fromisoformat(kept.at),
        expires_at=_moment(kept.expires_at),
        revoked_at=_moment(kept.revoked_at),
        used_at=_moment(kept.used_at),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _change(kept: Change) -> AccessChange:
    return AccessChange(
        at=datetime.fromisoformat(kept.at),
        actor=kept.actor,
        action=kept.action,
        principal=kept.name,
        token=kept.token,
        detail=JSON(dict(kept.detail)),
    )
