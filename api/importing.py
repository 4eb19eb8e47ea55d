"""Imports that a server carries out beside its answers: few at a time, watched, and stopped after a batch.

An import goes on though whoever asked for it goes away: what was committed would stay anyway. It stops when somebody
cancels it, or the server ends.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from graph.errors import BadInputError
from graph.store.alive import is_left
from importers.load import interrupted
from importers.run import Watch

AT_ONCE = 2  # imports; they queue on the store's one write lock, and each holds a plan in memory
WAITING = 8  # that may wait for those; more are told to come again
KEPT = 100  # imports that have ended and whose outcome is still told


@dataclass
class Running:
    """An import on its way: rows read, rows to apply once that is known, rows applied, and what comes of it.

    `actor`: who began it; `cancelled`: whether it is to stop.
    """

    run: str
    actor: str = ""
    read: int = 0
    total: int | None = None
    loaded: int = 0
    outcome: Future[dict[str, Any]] = field(default_factory=Future)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def plain(self) -> dict[str, int | str | None]:
        """How it goes on."""
        return {"run": self.run, "read": self.read, "total": self.total, "loaded": self.loaded}


@dataclass
class Importing:
    """The imports of one process. `stopping`: those that run end after the batch they are at."""

    stopping: threading.Event = field(default_factory=threading.Event)
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(AT_ONCE, thread_name_prefix="faultline-import")
    )
    _known: dict[str, Running] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, run: str, actor: str, work: Callable[[Watch], dict[str, Any]]) -> Running:
        """Carry out an import (its report), unless it is on its way already. Raises BadInputError `import.busy`."""
        with self._lock:
            known = self._known.get(run)
            if known is not None and not known.outcome.done():
                return known
            if sum(not each.outcome.done() for each in self._known.values()) >= AT_ONCE + WAITING:
                raise BadInputError("import.busy")
            running = Running(run, actor)
            self._forget()
            self._known[run] = running
            running.outcome = self._pool.submit(work, self._watch(running))
            return running

    def running(self, run: str) -> Running | None:
        """The import of that run, if this process has carried it out lately."""
        return self._known.get(run)

    def going(self, run: str) -> Running | None:
        """The import of that run, if this process is carrying it out."""
        known = self._known.get(run)
        return None if known is None or known.outcome.done() else known

    def is_left(self, run: str, silent: int) -> bool:
        """Whether nobody carries out an import any more of which nothing was heard for so many milliseconds."""
        return is_left(silent) and self.going(run) is None

    def _forget(self) -> None:
        ended = [run for run, each in self._known.items() if each.outcome.done()]
        for run in ended[: max(0, len(self._known) - KEPT)]:
            del self._known[run]

    def _watch(self, running: Running) -> Watch:
        def stopped() -> bool:
            return self.stopping.is_set() or running.cancelled.is_set()

        def read(rows: int) -> None:
            running.read += rows
            if stopped():
                raise interrupted(running.run, 0, cancelled=running.cancelled.is_set())

        def settled(rows: int) -> None:
            running.total = rows

        def loaded(rows: int) -> None:
            running.loaded += rows

        return Watch(read, settled, loaded, stopped, running.cancelled.is_set)
