"""Types and root fields of the schema: what was recorded, when, by whom, and what it was before."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Annotated

import strawberry
from starlette.concurrency import run_in_threadpool
from strawberry.scalars import JSON

from api.schema.cursors import decode, encode
from api.schema.limits import PAGE
from api.schema.paging import After, Connection, First, Long, connection, size_of
from api.schema.reading import Info, reading_of
from graph.deadline import Deadline, TooSlowError, check, deadline, within
from graph.errors import BadInputError
from graph.history import CI, DECISION, RELATIONSHIP, Commit, Thing
from graph.history import Revision as Kept
from graph.store.things import ends_of
from graph.values import shown

if TYPE_CHECKING:
    from graph.store import Store

AT_ONCE = 10  # commits that are read at once: an import has thousands of revisions in each
LONGEST_HISTORY = 100  # revisions of one thing in one answer
SINCE, LOOKED_AT = 20, 20_000  # of a conflict: revisions that are told, and those that are looked through for them
KINDS = {CI: "ci", RELATIONSHIP: "relationship", DECISION: "decision"}  # of every other kind the name of its table
Most = Annotated[int, strawberry.argument(description="How many at the most, up to 100.")]
Before = Annotated[Long | None, strawberry.argument(description="Only revisions before this one; null: from the last.")]


@strawberry.type(description="One recorded change of one thing: of a CI, a relationship or a record.")
class Revision:
    """A revision as the log has it."""

    number: Long = strawberry.field(description="Its number in the log; they follow each other without a gap.")
    at: datetime = strawberry.field(description="When it was recorded.")
    actor: str = strawberry.field(description="Who wrote it.")
    source: str = strawberry.field(description="The data source that it came from.")
    change: str | None = strawberry.field(description="The change (RFC) that it carries out.")
    run: str | None = strawberry.field(description="The import run that wrote it.")
    kind: str = strawberry.field(description="`ci`, `relationship`, `decision`, or the name of a table of records.")
    key: str = strawberry.field(description="Which: a `ciId`, `source|type|target`, or the key of a record.")
    before: JSON | None = strawberry.field(description="Its fields before; null: it was not there.")
    after: JSON | None = strawberry.field(description="Its fields after; null: it was removed.")
    previous: Long = strawberry.field(description="The number of its revision before this one; 0: there was none.")


def revision_of(commit: Commit, kept: Kept) -> Revision:
    """A revision in its commit."""
    header = commit.header
    return Revision(
        number=Long(kept.number),
        at=datetime.fromisoformat(commit.at),
        actor=header.actor,
        source=header.source,
        change=header.change,
        run=header.run,
        kind=KINDS.get(kept.kind, kept.kind),
        key=kept.key,
        before=_fields(kept.before),
        after=_fields(kept.after),
        previous=Long(kept.previous),
    )


def _fields(thing: Thing | None) -> JSON | None:
    # engines keep properties in orders of their own
    return None if thing is None else JSON(dict(sorted(thing.state.items())))


def history(store: "Store", kind: str, key: str, last: int, most: int, before: int | None) -> list[Revision]:
    """The revisions of one thing from its revision `last` backwards, 1 to 100 of them.

    Raises BadInputError `server.not_its_revision` for a `before` that is none of its revisions up to `last`.
    """
    if before is not None:
        its = next(store.history_of(kind, key, before))[1] if 0 < before <= last else None
        if its is None or (its.kind, its.key) != (kind, key):
            raise BadInputError("server.not_its_revision", revision=before, key=shown(key))
        last = its.previous
    walked = store.history_of(kind, key, last)
    return [revision_of(commit, kept) for commit, kept in islice(walked, max(1, min(most, LONGEST_HISTORY)))]


async def recorded_since(info: Info, record: tuple[str, str], expected: int, actual: int) -> list[Revision]:
    """What was recorded of a thing after its revision `expected`, the newest first, at most `SINCE`.

    `actual`: its last revision, 0 where it was removed. Nothing of a CI that whoever asks is not shown.
    """
    reading, (kind, key) = reading_of(info), record
    at = (await reading.estate()).revision
    # whoever may decide conflicts is shown all of them
    named = () if kind == DECISION else ends_of(key)[::2] if kind == RELATIONSHIP else (key,)
    if not all([await reading.is_shown(at, ci_id) for ci_id in named]):
        return []
    # a mutation has no deadline, as what it writes is never cut: this is only read
    limit = deadline() or Deadline(info.context["runtime"].settings.request.query_seconds)
    with within(limit):
        return await run_in_threadpool(_since, reading.register.store, kind, key, expected, actual)


def _since(store: "Store", kind: str, key: str, expected: int, actual: int) -> list[Revision]:
    # what was removed no longer says where its revisions are: the log does
    walked = store.history_of(kind, key, actual) if actual else (
        (commit, kept) for commit, kept in _logged(store, expected) if (kept.kind, kept.key) == (kind, key)
    )  # fmt: skip
    later = takewhile(lambda found: found[1].number > expected, walked)
    found: list[Revision] = []
    with contextlib.suppress(TooSlowError):  # what else the mutation did is told all the same
        for commit, kept in islice(later, SINCE):
            check()
            found.append(revision_of(commit, kept))
    return found


def _logged(store: "Store", after: int) -> Iterator[tuple[Commit, Kept]]:
    # the newest first, whole commits until enough revisions were looked at
    looked_at = 0
    for commit in store.commits_backwards(after=after, at_once=AT_ONCE):
        check()
        for kept in reversed(list(commit.revisions())):
            looked_at += 1
            yield commit, kept
        if looked_at >= LOOKED_AT:
            return


@strawberry.type
class RevisionQuery:
    """The log."""

    @strawberry.field(description="What was recorded, the newest first.")
    async def revisions(self, info: Info, first: First = PAGE, after: After = None) -> Connection[Revision]:
        """A page of the log, as it was at the request's revision."""
        reading, size = reading_of(info), size_of(first)
        last = (await reading.estate()).revision
        start = last + 1 if after is None else _number(after, last)
        found = await run_in_threadpool(_page, reading.register.store, start, size)
        cursors = [encode("revision", str(each.number)) for each in found]
        return connection(found, cursors, after, more=start - 1 > len(found), total=last)


def _number(cursor: str, last: int) -> int:
    text = decode("revision", cursor)
    if not (text.isdecimal() and text.isascii() and len(text) < 19 and 0 < int(text) <= last):
        raise BadInputError("server.cursor", cursor=cursor[:60])
    return int(text)


def _page(store: "Store", before: int, size: int) -> list[Revision]:
    return list(islice(_backwards(store, before), size))


def _backwards(store: "Store", before: int) -> Iterator[Revision]:
    for commit in store.commits_backwards(after=0, before=before, at_once=AT_ONCE):
        for kept in reversed(list(commit.revisions())):
            if kept.number < before:
                yield revision_of(commit, kept)
