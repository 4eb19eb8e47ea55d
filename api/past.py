"""Estates of the past, those asked for last kept: whoever looks at a moment asks more than once about it."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.estate import Estate

KEPT = 2  # estates; at a million CIs each takes some 75 MB


@dataclass
class Past:
    """What was is not written any more, so that an estate of the past stays right. Any number of threads may ask."""

    read: "Callable[[int], Estate]"
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: "OrderedDict[int, Estate]" = field(default_factory=OrderedDict)

    def at(self, revision: int) -> "Estate":
        """The estate of a revision that has been."""
        with self._lock:
            if revision in self._held:
                self._held.move_to_end(revision)
                return self._held[revision]
        found = self.read(revision)
        with self._lock:
            self._held[revision] = found
            while len(self._held) > KEPT:
                self._held.popitem(last=False)
        return found
