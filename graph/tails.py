"""Columns that grow at their end without being copied, so that a changed graph shares all but its changes."""

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[Any]]
SPARE_SHARE, SPARE_LEAST = 8, 16  # one part in so many is kept free behind the end, and so many entries


class Tail:
    """Columns of one length with room behind them.

    What was handed out is never written again: a reader of the old columns ends where they ended. Only the newest
    columns can grow in place; from older ones a new tail is made, by copying once.
    """

    def __init__(self, columns: Columns, room: int = 0) -> None:
        length = len(next(iter(columns.values())))
        self._lock = threading.Lock()
        self._used = length
        self._room = length + max(length // SPARE_SHARE, SPARE_LEAST) + room
        self._held: dict[str, NDArray[Any]] = {}
        for name, column in columns.items():
            self._held[name] = np.empty(self._room, column.dtype)
            self._held[name][:length] = column

    def grown(self, length: int, more: Columns) -> tuple["Tail", dict[str, NDArray[Any]]]:
        """The columns that are these up to `length` and then `more`, and the tail that holds them."""
        added = len(next(iter(more.values())))
        with self._lock:
            if length == self._used and length + added <= self._room:
                self._used = length + added
                for name, column in more.items():
                    self._held[name][length : self._used] = column
                return self, self._until(self._used)
            before = self._until(length)
        return Tail(before, added).grown(length, more)

    def _until(self, length: int) -> dict[str, NDArray[Any]]:
        found = {name: column[:length] for name, column in self._held.items()}
        for column in found.values():
            column.flags.writeable = False
        return found
