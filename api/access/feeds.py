"""Addresses of calendars: a token of one's own that opens nothing but the changes of the coming year, as iCalendar."""

from collections.abc import Sequence
from dataclasses import replace

from api.access.known import Access
from api.access.tokens import FEED, code_of, new_secret
from api.moments import utc_text
from graph.errors import BadInputError
from graph.store.principals import (
    AccessChange,
    KeptToken,
    Statement,
    change_access,
    find_principal,
    token_statement,
    tokens,
)
from graph.store.runs import Rows

FEEDS = "/changes/feed/"  # where they are found
MOST = 10  # addresses of one principal that are worth something


def feeds_of(access: Access, principal: str) -> list[KeptToken]:
    """Those of a principal, by its id, that are worth something, oldest first."""
    return _valid(access.store, principal)


def create_feed(access: Access, principal: str, actor: str) -> tuple[str, KeptToken]:
    """A new one of a principal, by its id, and its text, which is never shown again.

    Raises BadInputError: `schedule.feed_local` where nobody is known, `schedule.feed_many`.
    """
    if not principal:
        raise BadInputError("schedule.feed_local")
    name, secret = new_secret(FEED)
    made = KeptToken(name, principal, utc_text(access.store.clock()))

    def plan(reader: Rows) -> tuple[list[Statement], list[AccessChange]]:
        if len([each for each in _valid(reader, principal) if each.id != name]) >= MOST:
            raise BadInputError("schedule.feed_many", most=MOST)
        owner = find_principal(reader, principal)
        done = AccessChange(made.at, actor, "feed_created", owner.id, owner.name, name)
        return [token_statement(made, code_of(access.pepper, name, secret))], [done]

    change_access(access.store, plan)
    return f"{name}.{secret}", made


def revoke_feed(access: Access, principal: str, feed: str, actor: str) -> KeptToken:
    """One of a principal's own is worth nothing from now on; BadInputError `schedule.feed_unknown`."""
    at, revoked = utc_text(access.store.clock()), list[KeptToken]()

    def plan(reader: Rows) -> tuple[list[Statement], list[AccessChange]]:
        own = (each for each in tokens(reader) if each.principal == principal and each.id.startswith(FEED))
        found = next((each for each in own if each.id == feed), None)
        if found is None:
            raise BadInputError("schedule.feed_unknown", feed=feed[:60])
        owner = find_principal(reader, principal)
        revoked[:] = [replace(found, revoked_at=found.revoked_at or at)]
        return [("token_revoke", {"id": feed, "at": at})], [
            AccessChange(at, actor, "feed_revoked", owner.id, owner.name, feed)
        ]

    change_access(access.store, plan)
    return revoked[0]


def _valid(reader: Rows, principal: str) -> list[KeptToken]:
    some: Sequence[KeptToken] = tokens(reader)
    return [
        each for each in some
        if each.principal == principal and each.id.startswith(FEED) and each.revoked_at is None
    ]  # fmt: skip
