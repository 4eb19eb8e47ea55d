"""What a look at the store found, kept for less than a second: many ask, and it seldom changes."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from graph.store.live import LATELY

Found = TypeVar("Found")


class Lately(Generic[Found]):
    """Any number of threads may ask. `look` is asked anew for another revision, after a while, and once it is told to.

    What fails is not kept: whoever asks next looks again.
    """

    def __init__(self, look: Callable[[], Found]) -> None:
        self._look, self._lock = look, threading.Lock()
        self._held: tuple[int, float, Found] | None = None  # at which revision, and when it was begun
        self._expired = -LATELY

    def at(self, revision: int) -> Found:
        """What is there, looked at at this revision and less than a second ago."""
        held = self._held
        if held is not None and held[0] == revision and self._is_recent(held[1]):
            return held[2]
        began = time.monotonic()
        found = self._look()
        with self._lock:
            if self._held is None or began >= self._held[1]:
                self._held = revision, began, found
        return found

    def _is_recent(self, began: float) -> bool:
        return began > self._expired and time.monotonic() - began < LATELY

    def expire(self) -> None:
        """Whoever asks from now on sees what has just been written."""
        self._expired = time.monotonic()
