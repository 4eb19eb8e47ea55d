"""Rows on disk between the first pass and the load, so that memory does not grow with the input."""

import heapq
import marshal
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Generic, TypeVar

Spooled = TypeVar("Spooled", bound=tuple[Any, ...])
BLOCK = 5_000  # rows; also what one transaction writes
SORTED_AT_ONCE = 25_000  # rows sorted in memory, about 15 MB
# version 2 has no back references: the same rows always give the same bytes, so that blocks can be compared
VERSION = 2
_NUMBERS = count()  # of files of sorted rows, which several merges at once keep in one folder


class Spool(Generic[Spooled]):
    """An append-only file of rows, written and read in blocks. The file is ours alone, in a temporary folder."""

    def __init__(self, path: Path, make: Callable[..., Spooled], block: int = BLOCK) -> None:
        self._path = path
        self._make = make
        self._block = block
        self._held: list[tuple[Any, ...]] = []
        self._file = path.open("wb")
        self.count = 0

    def add(self, row: Spooled) -> int:
        """Append a row; returns its number."""
        self._held.append(tuple(row))
        self.count += 1
        if len(self._held) >= self._block:
            self._flush()
        return self.count - 1

    def _flush(self) -> None:
        if self._held:
            content = marshal.dumps(self._held, VERSION)
            self._file.write(len(content).to_bytes(8, "little"))
            self._file.write(content)
            self._held = []

    def blocks(self) -> Iterator[list[Spooled]]:
        """The rows, a block at a time, in the order they were added."""
        self._flush()
        self._file.flush()
        with self._path.open("rb") as file:
            while size := file.read(8):
                # our own file in a folder only this user can read; marshal is the fastest reader of plain tuples
                rows = marshal.loads(file.read(int.from_bytes(size, "little")))  # noqa: S302
                yield [self._make(*row) for row in rows]

    def rows(self) -> Iterator[tuple[int, Spooled]]:
        """(number, row) of every row."""
        number = 0
        for block in self.blocks():
            for row in block:
                yield number, row
                number += 1

    def close(self) -> None:
        """Nothing more will be added or read."""
        self._file.close()


def sorted_rows(spool: Spool[Spooled], key: Callable[[Spooled], Any], folder: Path) -> Iterator[tuple[int, Spooled]]:
    """(number, row) of every row in the order of `key`, by merging sorted runs on disk."""
    runs: list[Iterator[tuple[Any, int, Spooled]]] = []
    held: list[tuple[Any, int, Spooled]] = []
    for number, row in spool.rows():
        held.append((key(row), number, row))
        if len(held) >= SORTED_AT_ONCE:
            runs.append(_on_disk(sorted(held, key=_by_key), folder / f"{next(_NUMBERS)}.sorted", type(row)))
            held = []
    runs.append(iter(sorted(held, key=_by_key)))
    for _, number, row in heapq.merge(*runs, key=_by_key):
        yield number, row


def _by_key(item: tuple[Any, int, Any]) -> tuple[Any, int]:
    return item[0], item[1]


def _on_disk(
    items: Sequence[tuple[Any, int, Spooled]], path: Path, make: type[Spooled]
) -> Iterator[tuple[Any, int, Spooled]]:
    with path.open("wb") as file:
        for key, number, row in items:
            marshal.dump((key, number, tuple(row)), file, VERSION)

    return _from_disk(path, make, len(items))


def _from_disk(path: Path, make: type[Spooled], items: int) -> Iterator[tuple[Any, int, Spooled]]:
    # a function of its own: one inside would hold on to what was written
    with path.open("rb") as file:
        for _ in range(items):
            key, number, row = marshal.load(file)  # noqa: S302 - our own file, as above
            yield key, number, make(*row)
