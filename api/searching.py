"""The search index of a register, kept: made once, and what changes since is looked through beside it."""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graph.deadline import acquired, within
from graph.history import CI
from graph.store.scan import scan_cis
from queries.search import Hit, SearchEntry, SearchIndex

if TYPE_CHECKING:
    from graph.store import Store

UNSEARCHED = ("name", "name_en", "ci_class", "status", "criticality")  # searched otherwise, or the same on most
MOST_CHANGED = 5_000  # CIs beside the index, before it is made anew


class Searching:
    """Any number of threads may ask; each finds what the register held when it asked, or later."""

    def __init__(self, store: "Store") -> None:
        self._store, self._lock = store, threading.Lock()
        self._entries: dict[str, SearchEntry] = {}
        self._base, self._beside = SearchIndex.of(()), SearchIndex.of(())
        self._in_base, self._in_beside = tuple[str, ...](), tuple[str, ...]()
        self._changed: dict[str, SearchEntry | None] = {}
        self._seen = -1

    def search(
        self, text: str, limit: int = 20, *, fuzzy: bool = True, upto: int | None = None
    ) -> list[tuple[str, Hit]]:
        """The best hits with the ids of their CIs, retired ones too (`SearchIndex.search`).

        `upto`: a revision that is looked for at the least; `None`: the one that the store has now.

        Raises TooSlowError where others make the index for longer than the deadline of who asks.
        """
        with acquired(self._lock):
            with within(None):  # all use it
                if upto is None or upto > self._seen:
                    self._follow()
            base, ids, changed = self._base, self._in_base, self._changed
            beside, others = self._beside, self._in_beside
        asked = limit
        while True:
            found = base.search(text, asked, fuzzy=fuzzy)
            left = [(ids[hit.position], hit) for hit in found if ids[hit.position] not in changed]
            if len(left) >= limit or len(found) < asked:
                break
            asked *= 2
        left += [(others[hit.position], hit) for hit in beside.search(text, limit, fuzzy=fuzzy)]
        return sorted(left, key=lambda each: (each[1].match, -each[1].score, each[0]))[:limit]

    def _follow(self) -> None:
        # where reading fails nothing is noted as seen, and whoever asks next reads it again
        now = self._store.revision()
        if now == self._seen:
            return
        if self._seen < 0 or now < self._seen:
            seen = self._store.settled()
            self._entries = {ci_id: entry_of(ci_id, kept.thing.state) for ci_id, kept in scan_cis(self._store)}
            self._renew()
            self._seen = seen
        fresh: dict[str, SearchEntry | None] = {}
        seen = self._seen
        for commit in self._store.commits(after=seen):
            for revision in commit.revisions():
                if revision.kind == CI:
                    after = revision.after
                    fresh[revision.key] = None if after is None else entry_of(revision.key, after.state)
            seen = commit.last
        self._seen = seen
        if not fresh:
            return
        # answers that are being given have the old ones
        self._changed = {**self._changed, **fresh}
        if len(self._changed) > MOST_CHANGED:
            whole = {**self._entries, **self._changed}
            self._entries = {key: entry for key, entry in whole.items() if entry is not None}
            self._renew()
            return
        there = {key: entry for key, entry in self._changed.items() if entry is not None}
        self._beside, self._in_beside = SearchIndex.of(there.values()), tuple(there)

    def _renew(self) -> None:
        self._base, self._in_base = SearchIndex.of(self._entries.values()), tuple(self._entries)
        self._beside, self._in_beside, self._changed = SearchIndex.of(()), (), {}


def entry_of(ci_id: str, state: Mapping[str, Any]) -> SearchEntry:
    """What of a CI is searched."""
    own = (value for name, value in state.items() if name not in UNSEARCHED and isinstance(value, str))
    return SearchEntry(ci_id, str(state["name"]), str(state["name_en"]) if "name_en" in state else None, tuple(own))
