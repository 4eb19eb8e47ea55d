"""The catalogue of a register, kept: read once, then brought forward along the change feed."""

import threading
from collections.abc import Iterator, Mapping

from graph.catalogue import Catalogue, Listed
from graph.history import CI, Thing
from graph.store.store import Store

PAGE = 20_000  # CIs read at once
MOST_CHANGED = 5_000  # CIs that lie over the catalogue, before it is made anew
LIVE = "live"  # what a CI is that says nothing else
Changed = Mapping[str, Listed | None]


class Listing:
    """Any number of threads may ask, each for a revision."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()
        self._base: Catalogue | None = None
        self._changed: dict[str, Listed | None] = {}
        self._seen = -1

    def at(self, revision: int) -> tuple[Catalogue, Changed]:
        """The CIs at a revision: a catalogue, and what lies over it (`Catalogue.page`)."""
        with self._lock:
            base = self._follow()
            changed, seen = self._changed, self._seen
        if seen == revision:
            return base, changed
        return base, {**changed, **self._undone(revision)}

    def _undone(self, revision: int) -> Changed:
        # with the number that each had then, which `undo` does not tell
        found: dict[str, Listed | None] = {}
        for commit in self._store.commits_backwards(after=revision):
            for each in reversed(list(commit.revisions())):
                if each.kind == CI and each.number > revision:
                    found[each.key] = _listed(each.key, each.before, each.previous)
        return found

    def _follow(self) -> Catalogue:
        # where reading fails nothing is noted as seen, and whoever asks next reads it again
        if self._base is None or self._store.revision() < self._seen:
            seen = self._store.settled()
            self._base, self._changed, self._seen = Catalogue.of(_all(self._store)), {}, seen
        fresh: dict[str, Listed | None] = {}
        seen = self._seen
        for commit in self._store.commits(after=seen):
            for each in commit.revisions():
                if each.kind == CI:
                    fresh[each.key] = _listed(each.key, each.after, each.number)
            seen = commit.last
        if fresh:
            # whoever is answered now has the old ones
            self._changed = {**self._changed, **fresh}
        self._seen = seen
        if len(self._changed) > MOST_CHANGED:
            base, changed = self._base, self._changed
            rest = (base[row] for row in range(len(base)) if base.ids[row] not in changed)
            self._base = Catalogue.of([*rest, *(ci for ci in changed.values() if ci is not None)])
            self._changed = {}
        return self._base


def _all(store: Store) -> Iterator[Listed]:
    given = int(store.rows("nums_given")[0]["nums"])
    for above in range(0, given, PAGE):
        page = store.rows("ci_listed", above=above, upto=above + PAGE)[0]
        columns = (page[name] for name in ("ci_id", "name", "ci_class", "status", "revision"))
        for ci_id, name, ci_class, status, revision in zip(*columns, strict=True):
            yield Listed(ci_id, name, ci_class, status or LIVE, revision)


def _listed(ci_id: str, thing: Thing | None, revision: int) -> Listed | None:
    if thing is None:
        return None
    state = thing.state
    return Listed(ci_id, str(state["name"]), str(state["ci_class"]), str(state.get("status", LIVE)), revision)
