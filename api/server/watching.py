"""How many connections of a process may watch at once."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST = 200  # connections of a process that watch; a page of ours has one


@dataclass
class Watching:
    """Connections that watch. `most`: how many may."""

    most: int = MOST
    _there: int = field(default=0)

    @contextlib.contextmanager
    def place(self) -> Iterator[bool]:
        """A place among them, or none."""
        if self._there >= self.most:
            yield False
            return
        self._there += 1
        try:
            yield True
        finally:
            self._there -= 1
