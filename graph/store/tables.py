"""Records of one table, CIs, and relationships of some types, exactly as they were at a revision."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from typing import TypeVar

from graph.history import CI, RELATIONSHIP, Thing, undo
from graph.records.recoveries import RecoveryTimes, times_of
from graph.store.scan import scan_table
from graph.store.store import Store
from graph.store.things import ends_of
from graph.values import State, Value

AT_ONCE = 5_000  # CIs read, or asked about, at once
TIMES = tuple(each.name for each in fields(RecoveryTimes))  # in the order of `ci_times`
Record = TypeVar("Record")


def records(store: Store, table: str, *, revision: int | None = None) -> dict[str, State]:
    """The records of a table by key, in the order of their keys, now or at a revision.

    Of one revision also where others write meanwhile: what they changed is undone.
    """
    at = store.settled() if revision is None else revision
    found = {key: kept.thing.state for key, kept in scan_table(store, table)}
    for (kind, key), past in _undone(store, at).items():
        if kind == table:
            found.pop(key, None)
            if past is not None:
                found[key] = past.state
    return dict(sorted(found.items()))


def table(
    store: Store, name: str, make: Callable[[str, State], Record], *, revision: int | None = None
) -> list[Record]:  # fmt: skip
    """What `make` makes of each record of a table (its key, its fields), in the order of their keys."""
    return [make(key, state) for key, state in records(store, name, revision=revision).items()]


def states(store: Store, ci_ids: Iterable[str], *, revision: int) -> Iterator[tuple[str, State]]:
    """(ci_id, fields) of those of some CIs that were there at a revision, in the order of their ids."""
    for some in _lots(ci_ids):
        for ci_id, kept in sorted(store.kept_at(CI, some, revision).items()):
            yield ci_id, kept.thing.state


def recovery_times(store: Store, ci_ids: Iterable[str], *, revision: int) -> dict[str, RecoveryTimes]:
    """What was recorded of the recovery of those of some CIs that were there at a revision, by ci_id."""
    if not store.things.declared(CI).issuperset(TIMES):
        return {ci_id: times_of(state) for ci_id, state in states(store, ci_ids, revision=revision)}
    store.applied.wait(store, revision)
    found: dict[str, RecoveryTimes] = {}
    for some in _lots(ci_ids):
        (row,) = store.rows("ci_times", keys=some)
        now = {ci_id: _times(times) for ci_id, at, extra, *times in row["found"] if at <= revision and not extra}
        if others := set(some) - now.keys():
            # written since, there no more, or written when the ontology did not declare all of them
            now |= {ci_id: times_of(state) for ci_id, state in states(store, others, revision=revision)}
        found |= now
    return found


def relationships(
    store: Store, sources: Iterable[str], types: Iterable[str], *, revision: int | None = None
) -> dict[tuple[str, str, str], State]:
    """The relationships of these types that start at these CIs, by (source, type, target), now or at a revision."""
    at = store.settled() if revision is None else revision
    wanted, names = set(sources), set(types)
    found = {
        ends_of(key): kept.thing.state for some in _lots(wanted) for key, kept in store.relationships_at(some, names)
    }
    for (kind, key), past in _undone(store, at).items():
        if kind == RELATIONSHIP:
            ends = ends_of(key)
            if ends[0] in wanted and ends[1] in names:
                found.pop(ends, None)
                if past is not None:
                    found[ends] = past.state
    return dict(sorted(found.items()))


def related(
    store: Store, sources: Iterable[str], types: Iterable[str], *, revision: int | None = None
) -> list[tuple[str, str, str]]:
    """(source, type, target) of the relationships of these types that start at these CIs, now or at a revision."""
    return list(relationships(store, sources, types, revision=revision))


def _times(given: Sequence[Value | None]) -> RecoveryTimes:
    return times_of({name: value for name, value in zip(TIMES, given, strict=True) if value is not None})


def _lots(ci_ids: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(set(ci_ids))
    return (wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE))


def _undone(store: Store, at: int) -> dict[tuple[str, str], Thing | None]:
    # what has been read is of now: once that is settled, the log has all of it
    return undo(store.commits_backwards(after=at), at) if store.settled() > at else {}
