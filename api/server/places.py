"""Places that are held for long: so many in all, and so many of one holder, so that nobody has all of them."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST, MOST_OF_ONE = 200, 20  # connections of a process that watch, and those of one actor; a page of ours has one
ARRIVING, ARRIVING_OF_ONE = 64, 16  # sockets that have not said yet who they are, and those of one network


@dataclass
class Places:
    """`most`: how many there are; `of_one`: how many of them one holder may have."""

    most: int = MOST
    of_one: int = MOST_OF_ONE
    _there: Counter[str] = field(default_factory=Counter)

    @contextlib.contextmanager
    def place(self, holder: str) -> Iterator[bool]:
        """A place among them, or none."""
        if self._there.total() >= self.most or self._there[holder] >= self.of_one:
            yield False
            return
        self._there[holder] += 1
        try:
            yield True
        finally:
            self._there[holder] -= 1
            if not self._there[holder]:
                del self._there[holder]
