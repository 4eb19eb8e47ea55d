"""The search index of a register, kept: made once, and what changes since is looked through beside it."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from graph.deadline import acquired, within
from graph.history import CI, undo
from graph.store.scan import scan_cis
from queries.search import Hit, SearchEntry, SearchIndex

if TYPE_CHECKING:
    from graph.store import Store

UNSEARCHED = ("name", "name_en", "ci_class", "status", "criticality")  # searched otherwise, or the same on most
MOST_CHANGED, SHARE = 5_000, 5  # CIs beside the index before it is made anew; more where they are no fifth of it
LATELY = 1.0  # seconds that an index is asked as it is, after it was kept up: it will be again


@dataclass(frozen=True)
class _Part:
    """CIs as they were found at some revisions, `None` for those that were not there any more, and their index."""

    entries: Mapping[str, SearchEntry | None]
    ids: tuple[str, ...]
    index: SearchIndex

    @classmethod
    def of(cls, entries: Mapping[str, SearchEntry | None]) -> "_Part":
        there = {ci_id: entry for ci_id, entry in entries.items() if entry is not None}
        return cls(entries, tuple(there), SearchIndex.of(there.values()))

    def search(self, text: str, limit: int, own: Callable[[str], bool], *, fuzzy: bool) -> list[tuple[str, Hit]]:
        """The best hits among those CIs that no later part has."""
        asked = limit
        while True:
            found = self.index.search(text, asked, fuzzy=fuzzy)
            left = [(self.ids[hit.position], hit) for hit in found if own(self.ids[hit.position])]
            if len(left) >= limit or len(found) < asked:
                return left
            asked *= 2


@dataclass(frozen=True)
class _Held:
    """All parts at a revision: the first is of all CIs, each later one of what changed since, and outweighs them."""

    parts: tuple[_Part, ...]
    seen: int

    @cached_property
    def last(self) -> dict[str, int]:
        """By CI that changed the part that it is in last."""
        return {ci_id: number for number, part in enumerate(self.parts) if number for ci_id in part.entries}

    @cached_property
    def changed(self) -> dict[str, SearchEntry | None]:
        """What lies over the first part."""
        return {ci_id: entry for part in self.parts[1:] for ci_id, entry in part.entries.items()}

    def with_part(self, fresh: Mapping[str, SearchEntry | None], seen: int) -> "_Held":
        """With what changed since; parts of like size become one, so that there are few and most stay as they are."""
        first, *rest = self.parts
        while rest and len(rest[-1].entries) <= 2 * len(fresh):
            fresh = {**rest.pop().entries, **fresh}
        return _Held((first, *rest, _Part.of(fresh)), seen)


class Searching:
    """Any number of threads may ask; each finds what the register held when it asked, or later."""

    def __init__(self, store: "Store") -> None:
        self._store, self._lock = store, threading.Lock()
        self._held: _Held | None = None
        self._making = False
        self._kept_up = self._expired = -LATELY

    def search(
        self, text: str, limit: int = 20, *, fuzzy: bool = True, upto: int | None = None
    ) -> list[tuple[str, Hit]]:
        """The best hits with the ids of their CIs, retired ones too (`SearchIndex.search`).

        `upto`: a revision that is looked for at the least; `None`: the one that the store has now.

        Raises TooSlowError where others make the index for longer than the deadline of who asks.
        """
        return self._searched(self._kept(upto), text, limit, fuzzy=fuzzy)

    def search_at(self, revision: int, text: str, limit: int = 20, *, fuzzy: bool = True) -> list[tuple[str, Hit]]:
        """The same among CIs as they were called at a revision that has been; costs what was written since."""
        held = self._kept(revision)
        if held.seen > revision:
            then = undo(self._store.commits_backwards(after=revision, before=held.seen + 1), revision)
            others = {
                key: None if thing is None else entry_of(key, thing.state)
                for (kind, key), thing in then.items()
                if kind == CI
            }
            held = held.with_part(others, revision) if others else held
        return self._searched(held, text, limit, fuzzy=fuzzy)

    def _kept(self, upto: int | None) -> _Held:
        held = self._held
        is_recent = self._kept_up > self._expired and time.monotonic() - self._kept_up < LATELY
        if held is not None and upto is not None and is_recent:
            return held
        if held is None or held.seen != upto:
            with acquired(self._lock), within(None):  # all use it
                held = self._held = self._followed(self._held, upto)
        return held

    @staticmethod
    def _searched(held: _Held, text: str, limit: int, *, fuzzy: bool) -> list[tuple[str, Hit]]:
        found: list[tuple[str, Hit]] = []
        for number, part in enumerate(held.parts):
            found += part.search(text, limit, partial(_is_last, held.last, number), fuzzy=fuzzy)
        return sorted(found, key=lambda each: (each[1].match, -each[1].score, each[0]))[:limit]

    def keep_up(self, upto: int) -> None:
        """Bring the index to a revision, if it is made and nobody is at it."""
        if self._held is not None and self._lock.acquire(blocking=False):
            began = time.monotonic()
            try:
                held = self._followed(self._held, upto)
                for part in held.parts[1:]:
                    part.index.search("a", 1)  # what it needs is made when it is asked first
                self._held, self._kept_up = held, began
            finally:
                self._lock.release()

    def expire(self) -> None:
        """Whoever asks from now on finds what has just been written."""
        self._expired = time.monotonic()

    def _followed(self, held: _Held | None, upto: int | None) -> _Held:
        # where reading fails nothing is noted as seen, and whoever asks next reads it again
        now = self._store.revision()
        if held is not None and now == held.seen:
            return held
        if held is None or now < held.seen:
            seen = self._store.settled()
            held = _Held(
                (_Part.of({key: entry_of(key, kept.thing.state) for key, kept in scan_cis(self._store)}),), seen
            )
        fresh: dict[str, SearchEntry | None] = {}
        seen = held.seen
        for commit in self._store.commits(after=seen):
            if upto is not None and commit.last > upto:
                break
            for revision in commit.revisions():
                if revision.kind == CI:
                    after = revision.after
                    fresh[revision.key] = None if after is None else entry_of(revision.key, after.state)
            seen = commit.last
        held = held.with_part(fresh, seen) if fresh else replace(held, seen=seen)
        if len(held.last) > max(MOST_CHANGED, len(held.parts[0].ids) // SHARE) and not self._making:
            self._making = True
            threading.Thread(target=self._make, args=(held,), daemon=True).start()
        return held

    def _make(self, then: _Held) -> None:
        # beside the answers, which go on being given with the parts; what changes meanwhile lies over what is made
        try:
            whole = {**then.parts[0].entries, **then.changed}
            made = _Part.of({ci_id: entry for ci_id, entry in whole.items() if entry is not None})
            made.index.search("a", 1)
            with self._lock:
                now = self._held
                if now is not None and now.parts[0] is then.parts[0]:
                    over = {key: each for key, each in now.changed.items() if then.changed.get(key, now) is not each}
                    self._held = _Held((made, _Part.of(over)), now.seen)
        finally:
            self._making = False


def _is_last(last: Mapping[str, int], number: int, ci_id: str) -> bool:
    return last.get(ci_id, 0) == number


def entry_of(ci_id: str, state: Mapping[str, Any]) -> SearchEntry:
    """What of a CI is searched."""
    own = (value for name, value in state.items() if name not in UNSEARCHED and isinstance(value, str))
    return SearchEntry(ci_id, str(state["name"]), str(state["name_en"]) if "name_en" in state else None, tuple(own))
