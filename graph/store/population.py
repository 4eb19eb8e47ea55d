"""How many CIs lived at a revision, and since when there is a register."""

from datetime import datetime

from graph.history import CI, undo
from graph.store.scan import scan_cis
from graph.store.store import Store


def live_cis(store: Store, revision: int) -> int:
    """How many CIs were live at a revision."""
    live = {key for key, kept in scan_cis(store) if kept.thing.state.get("status") == "live"}
    for (kind, key), past in undo(store.commits_backwards(after=revision), revision).items():
        if kind == CI:
            live.discard(key)
            if past is not None and past.state.get("status") == "live":
                live.add(key)
    return len(live)


def began(store: Store) -> datetime | None:
    """When the first revision was written."""
    first = store.rows("commit_beginning", revision=1)
    return datetime.fromisoformat(first[0]["at"]) if first else None
