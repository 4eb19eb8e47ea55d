"""Records of one table, and relationships of some types, exactly as they were at a revision."""

from collections.abc import Iterable

from graph.history import RELATIONSHIP, Thing, undo
from graph.store.scan import scan_table
from graph.store.store import Store
from graph.store.things import ends_of
from graph.values import State


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


def relationships(
    store: Store, sources: Iterable[str], types: Iterable[str], *, revision: int | None = None
) -> dict[tuple[str, str, str], State]:
    """The relationships of these types that start at these CIs, by (source, type, target), now or at a revision."""
    at = store.settled() if revision is None else revision
    wanted, names = set(sources), set(types)
    found = {ends_of(key): kept.thing.state for key, kept in store.relationships_at(wanted, names)}
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


def _undone(store: Store, at: int) -> dict[tuple[str, str], Thing | None]:
    # what has been read is of now: once that is settled, the log has all of it
    return undo(store.commits_backwards(after=at), at) if store.settled() > at else {}
