"""Texts cut out of one long text, in their order: who holds those that begin with some characters is a short look."""

import secrets
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from queries.kernels.texts import I32, U8, Bool, Offsets, by_two, eight, listed, matching, told_apart

SORTED = 128  # bytes by which texts are in order; of a longer needle each text is compared that begins so
AT_ONCE = 1 << 22  # texts that are put in order together, which takes forty bytes for each


@dataclass(frozen=True, eq=False)
class Sorted:
    """Texts of a blob of UTF-8, from `start` to `stop` by place, in order."""

    blob: U8
    start: Offsets
    stop: Offsets
    _bytes: memoryview = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_bytes", memoryview(self.blob.data))

    def beginning(self, needle: bytes, *, whole: bool = False) -> I32:
        """Places of the texts that begin with the needle, or are it."""
        head = needle[:SORTED]
        end = SORTED if whole else len(head)
        low = bisect_left(range(len(self.start)), head, key=self._head)
        high = bisect_right(range(len(self.start)), head, low, key=lambda place: self._head(place)[:end])
        found = np.arange(low, high, dtype=np.int32)
        if len(needle) < SORTED or not len(found):
            return found
        asked = np.frombuffer(needle, np.uint8)
        return found[matching(self.blob, self.start[low:high], self.stop[low:high], asked, whole)]

    def __getitem__(self, place: int) -> str:
        text = self._bytes[self.start[place] : self.stop[place]].tobytes()
        return text.decode("utf-8", "surrogatepass")

    def _head(self, place: int) -> bytes:
        start = int(self.start[place])
        return self._bytes[start : min(start + SORTED, int(self.stop[place]))].tobytes()


@dataclass(frozen=True, eq=False)
class Held:
    """Distinct texts in order, and for each its list: the entries that hold it, and the shortest field or word of each.

    `first`: by text where its list begins. `length`: characters of that field or word, as `entry` in the lists.
    """

    texts: Sorted
    first: Offsets
    entry: I32
    length: I32

    @classmethod
    def of(cls, blob: U8, low: Offsets, high: Offsets, entry: I32, length: I32) -> "Held":
        """What these places hold, in the order of their entries."""
        text, first = told_apart(blob, low, high, np.uint64(secrets.randbits(64) | 1))
        start, stop = low[first], high[first]
        order = in_order(blob, start, stop)
        renumbered = np.empty_like(order)
        renumbered[order] = np.arange(len(order), dtype=np.int32)
        begin, entries, lengths = listed(renumbered[text], entry, length, len(first))
        begin = begin.astype(np.int32) if len(entries) < 2**31 else begin
        return cls(Sorted(blob, start[order], stop[order]), begin, entries, lengths)


def in_order(blob: U8, start: Offsets, stop: Offsets) -> I32:
    """The texts as they are sorted by their first `SORTED` bytes."""
    order, begin = by_two(blob, start, stop)
    low = 0
    while low < len(order):
        # whole pairs of first bytes, as many as go together
        high = int(begin[np.searchsorted(begin, low + AT_ONCE, side="right") - 1])
        if high <= low:
            high = int(begin[np.searchsorted(begin, low, side="right")])
        _sort(blob, start, stop, order[low:high])
        low = high
    return order


def _sort(blob: U8, start: Offsets, stop: Offsets, order: I32) -> None:
    """Put these texts in order, eight bytes of all at once, then of those that tie and go on."""
    key = eight(blob, start, stop, order, 0)
    way = np.argsort(key)
    order[:], key = order[way], key[way]
    at, group = np.arange(len(order)), np.zeros(len(order), np.int64)
    for skip in range(8, SORTED, 8):
        tied, group = _ties(key, group)
        at, group = at[tied], group[tied]
        if not len(at):
            return
        key = eight(blob, start, stop, order[at], skip)
        way = np.lexsort((key, group))
        order[at], key = order[at[way]], key[way]


def _ties(key: NDArray[np.uint64], group: NDArray[np.int64]) -> tuple[Bool, NDArray[np.int64]]:
    # which texts are like a neighbour so far and have not ended, and the groups of those that are alike
    alike = np.zeros(len(key) + 1, np.bool_)
    alike[1:-1] = (key[1:] == key[:-1]) & (group[1:] == group[:-1])
    goes_on = key & np.uint64(0xFF) != 0
    return (alike[1:] | alike[:-1]) & goes_on, np.cumsum(~alike[:-1])
