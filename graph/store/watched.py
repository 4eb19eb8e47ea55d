"""How coming changes stood when they were looked at last, and whose turn it is to look: beside the graph and its log.

What is told of a change is written in one transaction with how it stands now, and only by who knows how it stood: so
nobody is told twice of the same, however many processes look.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from graph.store.notices import text_of
from graph.store.runs import pack, unpack
from graph.store.statements import statement
from graph.store.store import Store

NOBODY = ""


class _FasterError(Exception):
    """Somebody else has written how a change stands meanwhile, or it is watched no longer."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A change as it stood. `mark`: of whoever wrote it, `NOBODY`: nobody yet. `body`: as `api.watching` has it."""

    change_id: str
    mark: str
    body: Mapping[str, Any]


def all_watched(store: Store) -> dict[str, Watched]:
    """All of them, by id."""
    return {row["key"]: _of(row) for row in store.rows("watched_all")}


def watched(store: Store, changes: Iterable[str]) -> dict[str, Watched]:
    """Some of them, by id; those that nobody has looked at are left out."""
    return {row["key"]: _of(row) for row in store.rows("watched_read", keys=sorted(changes))}


def news_since(store: Store, after: str) -> list[Watched]:
    """Those of which something was told after a moment, by that moment; empty: ever."""
    return [_of(row) for row in store.rows("watched_news", after=after)]


def _of(row: Mapping[str, Any]) -> Watched:
    return Watched(row["key"], row["mark"], unpack(row["body"]))


def note_stand(
    store: Store,
    was: Watched,
    body: Mapping[str, Any],
    told: str,
    notices: Sequence[tuple[str, Mapping[str, Any]]] = (),
) -> Watched | None:
    """Write how a change stands, and notices of it, together; `None`: somebody else was faster, and nothing is written.

    `told`: when something was told of it last, by which news are found; empty: never. `notices`: statements (name,
    parameters) that can be repeated without harm.
    """
    now = replace(was, mark=secrets.token_hex(8), body=body)
    given = {"key": was.change_id, "was": was.mark, "mark": now.mark, "body": pack(body), "told": told}

    def within(tx: Any, _: int) -> None:
        if not list(tx.run(statement("watched_write" if was.mark else "watched_create"), given)):
            raise _FasterError  # nothing of this transaction stays
        for name, parameters in notices:
            tx.run(statement(name), parameters).consume()

    try:
        store.sessions.write(within)
    except _FasterError:
        return None
    return now


def forget_stands(store: Store, changes: Iterable[str]) -> None:
    """Changes that nobody waits for any more."""
    store.note("watched_forget", keys=sorted(changes))


def take_turn(
    store: Store, work: str, holder: str, now: datetime, lasting: timedelta, seen: int | None = None
) -> int | None:  # fmt: skip
    """Take some work for so long: of several processes one does it, and another if that one ends.

    `seen`: the revision up to which it is done; the answer is that, 0 where nobody has said so; `None`: it is somebody
    else's turn.
    """
    given = {"key": work, "holder": holder, "now": text_of(now), "until": text_of(now + lasting), "seen": seen}
    rows = store.sessions.write(lambda tx, _: [row.data() for row in tx.run(statement("lease_take"), given)])
    return int(rows[0]["seen"]) if rows else None


def turn_of(store: Store, work: str, now: datetime) -> int | None:
    """The revision up to which some work is done that somebody has the turn for; `None`: nobody does it."""
    rows = store.rows("lease_read", key=work, now=text_of(now))
    return int(rows[0]["seen"]) if rows else None
