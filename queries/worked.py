"""What a change does to the graph, kept from one review to the next: whoever moves a window alters nothing of it."""

import threading
from dataclasses import dataclass, field

from graph.estate import Estate
from graph.records.changes import Change
from queries.review import Review

KEPT = 4  # reviews; at a million CIs one of a change with edits takes 50 MB, and what is kept aside of any up to 17

Key = tuple[tuple[tuple[str, str], ...], str | None, bool]


@dataclass
class Worked:
    """The last reviews of one estate, with names and without, by affected CIs and edits. Any thread may ask."""

    _kept: dict[Key, Review] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, change: Change, estate: Estate) -> Review | None:
        """A review of the same CIs and edits on that estate."""
        found = self._kept.get(_key(change, estate))
        return found if found is not None and found.proposal.before is estate else None

    def clear(self) -> None:
        """Let go of all: a review holds the estate that it is of."""
        with self._lock:
            self._kept = {}

    def keep(self, review: Review) -> None:
        """Keep one; the one that was kept first goes, and all of another estate."""
        before = review.proposal.before
        mine = _key(review.change, before)
        with self._lock:
            same = {key: each for key, each in self._kept.items() if alike(each.proposal.before, before)}
            same.pop(mine, None)
            while len(same) >= KEPT:
                same.pop(next(iter(same)))
            self._kept = {**same, mine: review}


def alike(one: Estate, other: Estate) -> bool:
    """Whether two estates are one, but for the names of its CIs."""
    return one.revision == other.revision and one.topology is other.topology


def _key(change: Change, estate: Estate) -> Key:
    return tuple(change.affected), change.edits, estate.names is estate.ids
