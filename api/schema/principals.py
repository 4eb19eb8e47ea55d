"""Types of the schema: who may come in, for administrators, and who one is oneself."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry
from starlette.concurrency import run_in_threadpool
from strawberry.scalars import JSON

from api.access.changes import SCOPE_KINDS, with_tokens
from api.access.roles import roles
from api.moments import utc_text
from api.schema.reading import Info, reading_of
from graph.store.principals import AccessChange as Change
from graph.store.principals import KeptPrincipal, KeptToken, access_changes

MOST_CHANGES = 500
HowMany = Annotated[int, strawberry.argument(description="How many at the most, up to 500.")]


@strawberry.type(description="Whose names are shown: a CI must have one of the values of each kind that has some.")
class Scopes:
    """Scopes of a principal; no values: no limit by this kind."""

    ci_class: list[str] = strawberry.field(description="Classes.")
    environment: list[str] = strawberry.field(description="Environments.")
    site: list[str] = strawberry.field(description="Identifiers of sites, rooms or racks.")
    owner: list[str] = strawberry.field(description="Identifiers of teams or people.")


@strawberry.enum(description="What a token is worth.")
class TokenState(Enum):
    """What a token is worth."""

    VALID = strawberry.enum_value("valid", description="It opens what its principal may ask for.")
    EXPIRED = strawberry.enum_value("expired", description="Its time is over.")
    REVOKED = strawberry.enum_value("revoked", description="It was taken away.")


@strawberry.type(description="A token without its secret.")
class Token:
    """A token."""

    id: strawberry.ID = strawberry.field(description="What comes before the dot.")
    made_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="Until when it is valid; null: no end.")
    revoked_at: datetime | None = strawberry.field(description="When it was taken away.")
    used_at: datetime | None = strawberry.field(description="When it was used last, to the minute.")
    state: TokenState = strawberry.field(description="What it is worth now, whether its principal is kept out or not.")


@strawberry.type(description="A person or a program that may come in.")
class Principal:
    """A principal."""

    id: strawberry.ID = strawberry.field(description="Its identifier.")
    name: str = strawberry.field(description="As the log says it.")
    roles: list[str] = strawberry.field(description="What it was given.")
    scopes: Scopes = strawberry.field(description="Whose names it is shown.")
    origins: list[str] = strawberry.field(description="Tools as which it writes their changes.")
    disabled: bool = strawberry.field(description="Whether it is kept out.")
    elsewhere: bool = strawberry.field(description="Whether a provider signs it in and says its roles.")
    made_at: datetime = strawberry.field(description="When it was made.")
    tokens: list[Token] = strawberry.field(description="Its tokens, oldest first.")


@strawberry.type(description="Who asks.")
class Me:
    """Who one is."""

    id: strawberry.ID | None = strawberry.field(
        description="One's identifier as a principal; null in local mode, and for the token from the server's file."
    )
    token: strawberry.ID | None = strawberry.field(
        description="The id of the token that one came in with; null where it was none of a principal's."
    )
    local: bool = strawberry.field(
        description="Whether the server is in local mode: there is no principal, and whoever reaches it may do all."
    )
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
        return Me(
            id=strawberry.ID(who.id) if who.id else None,
            token=strawberry.ID(who.credential) if who.id and who.credential else None,
            local=who.is_local,
            name=who.name,
            actor=who.actor,
            roles=shown,
            scopes=_scopes(who.scopes),
            may=may,
        )

    @strawberry.field(description="All principals that were not deleted, by name.")
    async def principals(self, info: Info) -> list[Principal]:
        """Principals with their tokens."""
        access = reading_of(info).register.access
        found = await run_in_threadpool(with_tokens, access)
        now = utc_text(access.store.clock())
        return [_principal(each, tokens, now) for each, tokens in found]

    @strawberry.field(description="What was changed last about who may come in, newest first.")
    async def access_changes(self, info: Info, most: HowMany = 100) -> list[AccessChange]:
        """The record of changes."""
        limit = max(1, min(most, MOST_CHANGES))
        return [
            _change(each) for each in await run_in_threadpool(access_changes, reading_of(info).register.store, limit)
        ]


def _scopes(given: Mapping[str, tuple[str, ...]]) -> Scopes:
    return Scopes(**{kind: list(given.get(kind, ())) for kind in SCOPE_KINDS})


def _principal(kept: KeptPrincipal, tokens: list[KeptToken], now: str) -> Principal:
    return Principal(
        id=strawberry.ID(kept.id),
        name=kept.name,
        roles=list(kept.roles),
        scopes=_scopes(kept.scopes),
        origins=list(kept.origins),
        disabled=kept.disabled,
        elsewhere=kept.elsewhere,
        made_at=datetime.fromisoformat(kept.at),
        tokens=[token_of(each, now) for each in tokens],
    )


def token_of(kept: KeptToken, now: str) -> Token:
    """A token as it is at a time."""
    return Token(
        id=strawberry.ID(kept.id),
        made_at=datetime.fromisoformat(kept.at),
        expires_at=_moment(kept.expires_at),
        revoked_at=_moment(kept.revoked_at),
        used_at=_moment(kept.used_at),
        state=TokenState(kept.state(now)),
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
