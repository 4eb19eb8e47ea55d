"""Many texts as two arrays, so that a million ids can be mapped from a file and read one at a time."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class StringTable:
    """Texts by position, and positions by text.

    `blob`: UTF-8, uint8; `offsets`: int64, one more than there are texts; `hashes`: uint64, sorted 64-bit BLAKE2b of
    the texts; `order`: int32, the position each hash belongs to.
    """

    blob: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    order: NDArray[np.int32]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "StringTable":
        """The table of these texts, in their order; positions of equal texts are found as the first."""
        encoded = [text.encode() for text in texts]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(text) for text in encoded], out=offsets[1:])
        found = np.fromiter(map(_hash, encoded), np.uint64, len(encoded))
        order = np.argsort(found, kind="stable").astype(np.int32)
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets, found[order], order)

    def joined(self, other: "StringTable", rows: NDArray[np.int64]) -> "StringTable":
        """Some texts of both in an order: position p of this one is row p, of the other one row `len(self)` + p.

        At a cost of the runs of rows that stay together, and little for each row. Each row at most once.
        """
        lengths = np.concatenate([np.diff(self.offsets), np.diff(other.offsets)])[rows]
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        parts: list[NDArray[np.uint8]] = [np.empty(0, np.uint8)]
        for start, end in runs(rows, len(self)):
            table, first = (self, start) if start < len(self) else (other, start - len(self))
            parts.append(table.blob[table.offsets[first] : table.offsets[first + end - start]])
        by_row = np.concatenate([self._hash_of_each(), other._hash_of_each()])[rows]
        order = np.argsort(by_row, kind="stable").astype(np.int32)
        return StringTable(np.concatenate(parts), offsets, by_row[order], order)

    def _hash_of_each(self) -> NDArray[np.uint64]:
        found = np.empty(len(self), np.uint64)
        found[self.order] = self.hashes
        return found

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, position: int) -> str:
        if position < 0:  # the last offset and the first would bound an empty text
            raise IndexError(position)
        start, end = self.offsets[position], self.offsets[position + 1]
        return self.blob[start:end].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        return (self[position] for position in range(len(self)))

    def some(self, positions: Sequence[int] | NDArray[np.int32]) -> list[str]:
        """The texts at these positions."""
        at = np.asarray(positions, np.int64)
        if (at < 0).any():
            raise IndexError(int(at.min()))
        bounds = zip(self.offsets[at].tolist(), self.offsets[at + 1].tolist(), strict=True)
        # a slice of memory and not of an array: of hundreds of thousands it takes a fifth of the time
        blob = self.blob.data
        return [str(blob[start:end], "utf-8") for start, end in bounds]

    def first(self, positions: NDArray[np.int32], count: int) -> list[int]:
        """Places in `positions` of the `count` texts that come first, in the order of these texts."""

        def text(place: int) -> str:
            return self[int(positions[place])]

        waiting, found, skip = np.arange(len(positions)), list[int](), 0
        # eight bytes of all at once: few are left to be compared as texts
        while len(waiting) > count > 0 and skip < self._longest(positions[waiting]):
            key = self._eight(positions[waiting], skip)
            last = np.partition(key, count - 1)[count - 1]
            before = waiting[key < last].tolist()
            found += before
            waiting, count, skip = waiting[key == last], count - len(before), skip + 8
        return sorted(found, key=text) + sorted(waiting.tolist(), key=text)[:count]

    def _longest(self, positions: NDArray[np.int32]) -> int:
        return int((self.offsets[positions + 1] - self.offsets[positions]).max())

    def _eight(self, positions: NDArray[np.int32], skip: int) -> NDArray[np.uint64]:
        # numbers in the order of the texts, as UTF-8 is in that of its characters; behind a text's end are noughts
        start = self.offsets[positions] + skip
        left = np.clip(self.offsets[positions + 1] - start, 0, 8)
        found = np.zeros(len(positions), np.uint64)
        # each byte begins a number of eight; those at the end of all texts are too few for one
        last = len(self.blob) - 8
        if last >= 0:
            numbers = np.ndarray(last + 1, ">u8", self.blob, strides=(1,))
            found[:] = numbers[np.minimum(start, last)]
        for at in np.flatnonzero((start > last) & (left > 0)).tolist():
            some = self.blob[start[at] : start[at] + left[at]].tobytes()
            found[at] = int.from_bytes(some.ljust(8, b"\0"), "big")
        kept: NDArray[np.uint64] = found & _KEPT[left]
        return kept

    def beginning_with(self, prefix: str) -> list[int]:
        """Positions of the texts that begin so, in order; a look at one byte of all, at the next of those left."""
        wanted = prefix.encode("utf-8", "surrogatepass")
        left = np.flatnonzero(np.diff(self.offsets) >= len(wanted))
        for at, byte in enumerate(wanted):
            left = left[self.blob[self.offsets[left] + at] == byte]
        found: list[int] = left.tolist()
        return found

    def find(self, text: str) -> int | None:
        """The position of a text, `None` if it is not there."""
        encoded = text.encode("utf-8", "surrogatepass")
        wanted = _hash(encoded)
        # of one number at a time it takes half as long as numpy's search
        at = bisect_left(self.hashes.data, wanted)
        while at < len(self.hashes) and self.hashes[at] == wanted:
            position = int(self.order[at])
            if self.blob[self.offsets[position] : self.offsets[position + 1]].tobytes() == encoded:
                return position
            at += 1
        return None


_KEPT = np.array([(2**64 - 1) ^ (2 ** (64 - 8 * left) - 1) for left in range(9)], np.uint64)  # of so many bytes


def runs(rows: NDArray[np.int64], border: int) -> list[tuple[int, int]]:
    """Rows as runs (first, one past the last) of rows that follow one another; none goes over the border."""
    if not len(rows):
        return []
    cut = np.flatnonzero((np.diff(rows) != 1) | (rows[1:] == border)) + 1
    first, last = np.concatenate([[0], cut]), np.concatenate([cut, [len(rows)]]) - 1
    return list(zip(rows[first].tolist(), (rows[last] + 1).tolist(), strict=True))


def _hash(encoded: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest(), "little")
