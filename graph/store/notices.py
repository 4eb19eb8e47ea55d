"""The outbox: notices that are written in the transaction that they tell of, and sent by whoever serves.

So none is sent before what it tells of is durable, and none is lost where a process ends in between. One that was sent
and not noted as such is sent again under the same key.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from graph.canonical import canonical
from graph.store.statements import statement
from graph.store.store import Store

FORMAT = "faultline.notice/1"
WEBHOOK, MAIL, DIGEST = "webhook", "mail", "digest"  # channels
AT_ONCE = 20
GATHERED = 2_000  # notices of one letter
KEPT = timedelta(days=30)  # once sent, for who asks what became of it
GIVEN_UP = timedelta(days=3)  # a receiver that is away over a weekend hears of it on Monday
FIRST, LONGEST = 2.0, 3_600.0  # seconds until it is tried again, at first and at the most


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice: its key is its id for whoever receives it, `body` JSON as it is sent. `tries`: made so far.

    `to`: the address that it is for; `None`: there is one for all of its channel.
    """

    key: str
    at: datetime
    body: bytes
    tries: int
    to: str | None = None


def noted(
    kind: str, now: datetime, told: Mapping[str, Any], *, channel: str = WEBHOOK, to: str | None = None,
    due: datetime | None = None,
) -> tuple[str, Mapping[str, Any]]:  # fmt: skip
    """The statement (name, parameters) that writes a notice, for the transaction that it tells of.

    `due`: when it is sent at the earliest, at once where nothing is said.
    """
    key = secrets.token_hex(16)
    body = canonical({"format": FORMAT, "id": key, "kind": kind, "at": text_of(now), **told}).decode()
    given = {"key": key, "at": text_of(now), "due": text_of(due or now), "kind": kind, "body": body}
    return "notice_write", {**given, "channel": channel, "to": to}


def due(store: Store, now: datetime, channel: str = WEBHOOK) -> list[Notice]:
    """Notices of a channel that are due, the first ones."""
    return _notices(store.rows("notices_due", now=text_of(now), channel=channel, limit=AT_ONCE))


def gathered(store: Store, now: datetime, channel: str = DIGEST) -> Iterator[list[Notice]]:
    """Notices of a channel that are due, all of an address together, as many as go into one letter."""
    for row in store.rows("digest_addresses", now=text_of(now), channel=channel, limit=AT_ONCE):
        found = store.rows("digest_due", now=text_of(now), channel=channel, to=row["to"], limit=GATHERED)
        if found:
            yield _notices(found)


def _notices(rows: Iterable[Mapping[str, Any]]) -> list[Notice]:
    return [
        Notice(row["key"], datetime.fromisoformat(row["at"]), str(row["body"]).encode(), row["tries"], row["to"])
        for row in rows
    ]


def claim(store: Store, notice: Notice, now: datetime, seconds: float) -> bool:
    """Whether this process may send a notice; nobody else does for so long."""
    until = text_of(now + timedelta(seconds=seconds))
    given = {"key": notice.key, "now": text_of(now), "until": until}
    return bool(store.sessions.write(lambda tx, _: [row.data() for row in tx.run(statement("notice_claim"), given)]))


def sent(store: Store, notice: Notice, now: datetime) -> None:
    """A notice has been taken."""
    store.note("notice_done", key=notice.key, at=text_of(now), error=None)


def not_taken(store: Store, notice: Notice, now: datetime, why: str) -> None:
    """A notice has not been taken: it is tried again, ever later, until it is given up."""
    if now - notice.at > GIVEN_UP:
        given_up(store, notice, now, why)
        return
    pause = min(LONGEST, FIRST * 2.0 ** min(notice.tries, 20))
    store.note("notice_later", key=notice.key, due=text_of(now + timedelta(seconds=pause)), error=why)


def given_up(store: Store, notice: Notice, now: datetime, why: str) -> None:
    """A notice will never be taken: nobody tries again."""
    store.note("notice_done", key=notice.key, at=text_of(now), error=why)


def text_of(moment: datetime) -> str:
    """A moment as these rows have it: padded, so that texts are in the order of their moments."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def forget(store: Store, now: datetime) -> None:
    """Remove what was sent or given up long ago."""
    store.note("notices_forget", before=text_of(now - KEPT))
