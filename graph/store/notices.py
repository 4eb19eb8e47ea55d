"""The outbox: notices that are written in the transaction that they tell of, and sent by whoever serves.

So none is sent before what it tells of is durable, and none is lost where a process ends in between. One that was sent
and not noted as such is sent again under the same key.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from graph.canonical import canonical
from graph.store.statements import statement
from graph.store.store import Store

FORMAT = "faultline.notice/1"
AT_ONCE = 20
KEPT = timedelta(days=30)  # once sent, for who asks what became of it
GIVEN_UP = timedelta(days=3)  # a receiver that is away over a weekend hears of it on Monday
FIRST, LONGEST = 2.0, 3_600.0  # seconds until it is tried again, at first and at the most


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice: its key is its id for whoever receives it, `body` JSON as it is sent. `tries`: made so far."""

    key: str
    at: datetime
    body: bytes
    tries: int


def noted(kind: str, now: datetime, told: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The statement (name, parameters) that writes a notice, for the transaction that it tells of."""
    key = secrets.token_hex(16)
    body = canonical({"format": FORMAT, "id": key, "kind": kind, "at": _text(now), **told}).decode()
    return "notice_write", {"key": key, "at": _text(now), "kind": kind, "body": body}


def due(store: Store, now: datetime) -> list[Notice]:
    """Notices that are due, the first ones."""
    rows = store.rows("notices_due", now=_text(now), limit=AT_ONCE)
    return [
        Notice(row["key"], datetime.fromisoformat(row["at"]), str(row["body"]).encode(), row["tries"]) for row in rows
    ]


def claim(store: Store, notice: Notice, now: datetime, seconds: float) -> bool:
    """Whether this process may send a notice; nobody else does for so long."""
    until = _text(now + timedelta(seconds=seconds))
    given = {"key": notice.key, "now": _text(now), "until": until}
    return bool(store.sessions.write(lambda tx, _: [row.data() for row in tx.run(statement("notice_claim"), given)]))


def sent(store: Store, notice: Notice, now: datetime) -> None:
    """A notice has been taken."""
    store.note("notice_done", key=notice.key, at=_text(now), error=None)


def not_taken(store: Store, notice: Notice, now: datetime, why: str) -> None:
    """A notice has not been taken: it is tried again, ever later, until it is given up."""
    if now - notice.at > GIVEN_UP:
        store.note("notice_done", key=notice.key, at=_text(now), error=why)
        return
    pause = min(LONGEST, FIRST * 2.0 ** min(notice.tries, 20))
    store.note("notice_later", key=notice.key, due=_text(now + timedelta(seconds=pause)), error=why)


def _text(moment: datetime) -> str:
    # padded, so that texts are in the order of their moments
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def forget(store: Store, now: datetime) -> None:
    """Remove what was sent or given up long ago."""
    store.note("notices_forget", before=_text(now - KEPT))
