"""The log as those who watch it are told: one look at the store for all of them, and nothing held for any.

Who reads slowly is behind in the log, not in a queue: each goes on from the revision that it has, a page at a time.
"""

import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anyio import CapacityLimiter, sleep
from anyio.to_thread import run_sync

from graph.history import CI, RELATIONSHIP, Commit

if TYPE_CHECKING:
    from graph.store import Store

EVERY = 0.25  # seconds between two looks at the end of the log
PAGE = 20  # commits read at once; an import's have 5,000 revisions each
LOOKS = CapacityLimiter(2)  # at once, so that a store that hangs takes no thread from questions
TABLES = {CI: "cis", RELATIONSHIP: "relationships"}


@dataclass(frozen=True, slots=True)
class Told:
    """One commit: its revisions, who wrote it and why, and of how many CIs, relationships and records."""

    commit: Commit
    counts: dict[str, int]


@dataclass
class Feed:
    """Commits as they come. `stopping`: the process is about to end."""

    store: "Store"
    stopping: threading.Event
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _looked: float = 0.0
    _last: int = -1
    _page: tuple[int, list[Told]] = (-1, [])

    async def commits(self, after: int | None) -> AsyncIterator[Told]:
        """Commits whose revisions are all after `after` (`None`: from now on), for as long as somebody asks."""
        at = await run_sync(self.store.revision, limiter=LOOKS) if after is None else after
        while not self.stopping.is_set():
            if await run_sync(self._end, limiter=LOOKS) <= at:
                await sleep(EVERY)
                continue
            page = await run_sync(self._after, at, limiter=LOOKS)
            for told in page:
                yield told
                at = told.commit.last
            if not page:
                at = await run_sync(self._past, at, limiter=LOOKS)

    def _past(self, at: int) -> int:
        # where no commit begins after a revision, it lies within the last one; or, on Neo4j, that one is not yet there
        # to be read, though its number is
        end = self.store.settled()
        return at if self.store.commits_page(after=at, limit=1) else end

    def _end(self) -> int:
        with self._lock:
            if time.monotonic() - self._looked >= EVERY:
                self._last, self._looked = self.store.revision(), time.monotonic()
            return self._last

    def _after(self, at: int) -> list[Told]:
        with self._lock:
            since, page = self._page
            if since != at or not page or page[-1].commit.last < self._last:
                page = [_told(commit) for commit in self.store.commits_page(after=at, limit=PAGE)]
                self._page = (at, page)
            return page


def _told(commit: Commit) -> Told:
    counted = Counter(TABLES.get(revision.kind, "records") for revision in commit.revisions())
    return Told(commit, {name: counted[name] for name in ("cis", "relationships", "records")})
