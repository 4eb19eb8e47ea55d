"""Up to which revision all that was committed is wholly there to be read, as far as this process knows."""

import threading
from typing import TYPE_CHECKING

from graph.deadline import acquired

if TYPE_CHECKING:
    from graph.store.store import Store


class Applied:
    """Asked for once a revision, whoever needs it: the write lock is taken then, and readers of it need it no more."""

    def __init__(self) -> None:
        self._lock, self._upto = threading.Lock(), -1

    def reaches(self, revision: int) -> bool:
        """Whether everything up to a revision is known to be there."""
        return revision <= self._upto

    def reached(self, revision: int) -> None:
        """Everything up to a revision has been seen to be there."""
        with self._lock:
            self._upto = max(self._upto, revision)

    def wait(self, store: "Store", revision: int) -> None:
        """Return once everything up to a revision can be read."""
        if revision <= self._upto:
            return
        with acquired(self._lock):
            if revision > self._upto:
                self._upto = store.settled()
