"""Records of one table, exactly as they were at a revision."""

from graph.history import undo
from graph.store.scan import scan_table
from graph.store.store import Store
from graph.values import State


def records(store: Store, table: str, *, revision: int | None = None) -> dict[str, State]:
    """The records of a table by key, in the order of their keys, now or at a revision.

    Of one revision also where others write meanwhile: what they changed is undone.
    """
    at = store.revision() if revision is None else revision
    found = {key: kept.thing.state for key, kept in scan_table(store, table)}
    for (kind, key), past in undo(store.commits_backwards(after=at), at).items():
        if kind == table:
            found.pop(key, None)
            if past is not None:
                found[key] = past.state
    return dict(sorted(found.items()))
