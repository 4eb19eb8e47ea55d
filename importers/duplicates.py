"""Things given more than once in one run, found by hashes so that memory stays small."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.int64]


@dataclass
class Keys:
    """Hash of the key and of the values of every row of a spool, 16 bytes a row.

    64 bits: among 10 million rows two keys collide with a probability of 3 in a million.
    """

    keys: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, key: int, value: int) -> None:
        """Note a row, in the order of the spool."""
        self.keys.append(key)
        self.values.append(value)

    def hashes(self) -> Hashes:
        """The keys' hashes, one a row."""
        return _numbers(self.keys)


def _numbers(column: "array[int]") -> Hashes:
    return np.frombuffer(column, dtype=np.int64) if column else np.empty(0, np.int64)


def repeated(keys: Keys, left_out: set[int]) -> tuple[list[list[int]], list[int]]:
    """Rows that share a key, those in `left_out` not counted.

    Returns
    -------
    disagreeing
        Groups of row numbers that give one thing other values: nobody can say which is meant.
    again
        Later rows that say the same again.
    """
    return repeated_among([keys], left_out)


def repeated_among(several: Sequence[Keys], left_out: set[int]) -> tuple[list[list[int]], list[int]]:
    """As `repeated`, of spools that are one table: numbers of the second follow those of the first."""
    hashes = np.concatenate([keys.hashes() for keys in several])
    # most inputs give nothing twice, and knowing that takes a third of the memory
    hashes.sort()
    if not (hashes[1:] == hashes[:-1]).any():
        return [], []
    hashes = np.concatenate([keys.hashes() for keys in several])
    values = np.concatenate([_numbers(keys.values) for keys in several])
    order = np.argsort(hashes, kind="stable")
    bounds = np.flatnonzero(np.diff(hashes[order])) + 1
    starts, ends = np.concatenate(([0], bounds)), np.concatenate((bounds, [len(order)]))
    disagreeing: list[list[int]] = []
    again: list[int] = []
    for at in np.flatnonzero(ends - starts > 1):
        rows = [int(row) for row in order[starts[at] : ends[at]] if int(row) not in left_out]
        if len({int(values[row]) for row in rows}) > 1:
            disagreeing.append(rows)
        else:
            again += rows[1:]
    return disagreeing, again
