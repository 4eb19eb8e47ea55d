"""What a change does to the graph, kept from one review to the next: whoever moves a window alters nothing of it."""

import threading
from dataclasses import dataclass, field

from graph.estate import Estate
from graph.records.changes import Change
from queries.review import Review

KEPT = 4  # reviews; one of a change with edits takes 50 MB at a million CIs

Key = tuple[tuple[tuple[str, str], ...], str | None]


@dataclass
class Worked:
    """The last reviews of one estate, by affected CIs and edits. Any number of threads may ask."""

    _kept: dict[Key, Review] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, change: Change, estate: Estate) -> Review | None:
        """A review of the same CIs and edits on that estate."""
        found = self._kept.get(_key(change))
        return found if found is not None and found.proposal.before is estate else None

    def clear(self) -> None:
        """Let go of all: a review holds the estate that it is of."""
        with self._lock:
            self._kept = {}

    def keep(self, review: Review) -> None:
        """Keep one; the one that was kept first goes, and all of another estate."""
        with self._lock:
            same = {key: each for key, each in self._kept.items() if each.proposal.before is review.proposal.before}
            same.pop(_key(review.change), None)
            while len(same) >= KEPT:
                same.pop(next(iter(same)))
            self._kept = {**same, _key(review.change): review}


def _key(change: Change) -> Key:
    return tuple(change.affected), change.edits
