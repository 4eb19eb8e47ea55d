"""Principals, their tokens and sessions: who may come in, kept beside the graph, outside revisions and hash.

A principal is never removed, only marked: its name stands in the log, and a register that has once had one is never
again open to whoever asks.
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.errors import BadInputError
from graph.store.runs import Rows, pack, unpack
from graph.store.store import Store

Statement = tuple[str, dict[str, Any]]
Scopes = Mapping[str, tuple[str, ...]]
ELSEWHERE = "flo"  # how the id of somebody begins whom a provider signs in


@dataclass(frozen=True, slots=True)
class KeptPrincipal:
    """A person or a program. `at`: since when. `scopes`: by kind the values of which a CI must have one; none: all.

    `origins`: other tools whose changes it writes, as that tool.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    at: str
    scopes: Scopes = field(default_factory=dict)
    disabled: bool = False
    deleted: bool = False
    origins: tuple[str, ...] = ()

    @property
    def elsewhere(self) -> bool:
        """Whether a provider signs it in and says its roles."""
        return self.id.startswith(ELSEWHERE)


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token without its secret. Times are UTC text; `expires_at` `None`: never."""

    id: str
    principal: str
    at: str
    expires_at: str | None = None
    revoked_at: str | None = None
    used_at: str | None = None

    def state(self, now: str) -> str:
        """`valid`, `expired` or `revoked` at a time."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request shows, as it is kept: a token, or a session with the token it was begun with.

    `mac`: the code of its secret; `ends_at`: when it expires; `owner`: none for the administrator's token from a file.
    """

    id: str
    mac: str
    ends_at: str | None
    revoked: bool
    owner: KeptPrincipal | None
    token: str = ""
    used_at: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at the door finds: the end of the log, and what is known there by that id; no principal, no token.

    `is_open`: there has never been a principal, of whoever shows nothing.
    """

    revision: int
    credential: Credential | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class AccessChange:
    """One entry of the record of changes to principals and tokens."""

    at: str
    actor: str
    action: str
    principal: str
    name: str
    token: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def at_the_door(store: Store) -> Found:
    """What whoever shows nothing finds."""
    rows = store.rows("principal_any")
    return Found(store.told(rows), is_open=rows[0]["principal"] is None)


def principals(store: Rows) -> list[KeptPrincipal]:
    """All of them, marked ones too, by name."""
    return [_principal(row) for row in store.rows("principals_all")]


def tokens(store: Rows) -> list[KeptToken]:
    """All of them, oldest first."""
    return [KeptToken(**row) for row in store.rows("tokens_all")]


def tokens_shown(store: Store, ids: Collection[str]) -> dict[str, Found]:
    """Tokens by their ids."""
    return _found(store, "token_read", ids, _token)


def sessions_shown(store: Store, ids: Collection[str]) -> dict[str, Found]:
    """Sessions by their ids: each ends with the token that it was begun with."""
    return _found(store, "session_read", ids, _session)


def _found(
    store: Store, name: str, ids: Collection[str], made: Callable[[Mapping[str, Any]], Credential | None]
) -> dict[str, Found]:
    rows = store.rows(name, ids=list(ids))
    revision = store.told(rows)
    return {row["id"]: Found(revision, None if row["mac"] is None else made(row)) for row in rows}


def _token(row: Mapping[str, Any]) -> Credential | None:
    if row["principal"] is None:
        return None
    revoked = row["revoked_at"] is not None
    return Credential(row["id"], row["mac"], row["ends_at"], revoked, _principal(row), row["id"], row["used_at"])


def _session(row: Mapping[str, Any]) -> Credential:
    owner = None if row["principal"] is None else _principal(row)
    # who signed in elsewhere showed no token of ours
    lost = owner is not None and row["token"] != "" and row["found_token"] is None
    revoked = row["revoked_at"] is not None or lost
    ends = min(row["ends_at"], row["expires_at"] or row["ends_at"])
    return Credential(row["id"], row["mac"], ends, revoked, owner, row["token"])


def access_changes(store: Rows, limit: int) -> list[AccessChange]:
    """What was changed last, newest first."""
    rows = store.rows("access_changes", limit=limit)
    return [AccessChange(**{**row, "detail": unpack(row["detail"])}) for row in rows]


def change_access(store: Store, plan: Callable[[Rows], tuple[Sequence[Statement], Sequence[AccessChange]]]) -> None:
    """Change principals or tokens and note it, in one transaction; `plan` is called as by `Store.bookkeep`."""
    key = secrets.token_hex(16)

    def noted(reader: Rows) -> list[Statement]:
        statements, changes = plan(reader)
        return [*statements, *(_note(f"{key}{place:02}", change) for place, change in enumerate(changes))]

    store.bookkeep(noted)


def find_principal(store: Rows, given: str, *, deleted: bool = False) -> KeptPrincipal:
    """One by its id or its name, `deleted` or not; BadInputError `access.unknown_principal`."""
    known = [each for each in principals(store) if deleted or not each.deleted]
    for each in [*(one for one in known if one.id == given), *(one for one in known if one.name == given)]:
        return each
    raise BadInputError("access.unknown_principal", principal=given[:60])


def principal_statement(principal: KeptPrincipal) -> Statement:
    """The statement that writes a principal."""
    return "principal_write", {
        "id": principal.id,
        "name": principal.name,
        "at": principal.at,
        "roles": list(principal.roles),
        "scopes": pack({kind: list(values) for kind, values in principal.scopes.items()}),
        "disabled": principal.disabled,
        "deleted": principal.deleted,
        "origins": list(principal.origins),
    }


def token_statement(token: KeptToken, mac: str) -> Statement:
    """The statement that writes a new token."""
    given = {"id": token.id, "principal": token.principal, "at": token.at, "expires_at": token.expires_at}
    return "token_write", {**given, "mac": mac}


def _note(key: str, change: AccessChange) -> Statement:
    entry = {name: getattr(change, name) for name in ("at", "actor", "action", "principal", "name", "token")}
    return "access_note", {"key": key, **entry, "detail": pack(dict(change.detail))}


def _principal(row: Mapping[str, Any]) -> KeptPrincipal:
    scopes = {kind: tuple(values) for kind, values in unpack(row["scopes"]).items()}
    return KeptPrincipal(
        row["principal"],
        row["name"],
        tuple(row["roles"]),
        row["at"],
        scopes,
        bool(row["disabled"]),
        bool(row["deleted"]),
        tuple(row["origins"] or ()),  # those made before there were any have none
    )
