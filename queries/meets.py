"""Which intervals of one list meet which of another, of the same owner: sorted once, then looked up.

All O((U + C) log C) beside the pairs found, each of which costs at most log C more, however the intervals lie.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
FEW = 16  # rows looked through one by one; more are searched by their latest end


@dataclass(frozen=True)
class Rows:
    """Intervals [start, end) of owners, in the order of owner and start. `number`: their place in what was given.

    `first`: where the rows of each owner begin. `moments`: the starts there are; `key`: owner and start as one number.
    """

    owner: I64
    start: I64
    end: I64
    number: I64
    first: I64
    moments: I64
    key: I64

    @classmethod
    def of(cls, owner: I64, start: I64, end: I64) -> "Rows":
        """Sorted rows of these intervals; owners are numbers from 0."""
        order = np.lexsort((start, owner))
        owner, start, end = owner[order], start[order], end[order]
        first = np.searchsorted(owner, np.arange(owner.max(initial=-1) + 2))
        moments, rank = np.unique(start, return_inverse=True)
        return cls(owner, start, end, order, first, moments, owner * (len(moments) + 1) + rank + 1)

    def begun(self, owner: I64, at: I64) -> tuple[I64, I64]:
        """Of each question (owner, moment) the range of rows of that owner that start not after the moment."""
        low = self.first[np.minimum(owner, len(self.first) - 1)]
        asked = owner * (len(self.moments) + 1) + np.searchsorted(self.moments, at, side="right")
        return low, np.maximum(low, np.searchsorted(self.key, asked, side="right"))

    def meeting(self, owner: I64, after: I64, until: I64) -> tuple[I64, I64]:
        """Pairs (question, row as given) where the interval (after, until] of an owner meets one of its rows.

        (after, until] meets [start, end) where after < end and until ≥ start.
        """
        low, high = self.begun(owner, until)
        asked = np.flatnonzero(high > low)
        wide = high[asked] - low[asked] > FEW
        found = [self._by_row(asked[~wide], low, high, after), self._by_end(asked[wide], low, high, after)]
        question, row = (np.concatenate(part) for part in zip(*found, strict=True))
        return question, self.number[row]

    def _by_row(self, asked: I64, low: I64, high: I64, after: I64) -> tuple[I64, I64]:
        count = high[asked] - low[asked]
        question = np.repeat(asked, count)
        offset = np.arange(len(question)) - np.repeat(np.cumsum(count) - count, count)
        row = low[question] + offset
        meets = self.end[row] > after[question]
        return question[meets], row[meets]

    def _by_end(self, asked: I64, low: I64, high: I64, after: I64) -> tuple[I64, I64]:
        # down a tree of latest ends: only towards rows that end late enough, and along both borders of the range
        latest = _latest(self.end)
        question, node = asked, np.zeros(len(asked), np.int64)
        for level in range(len(latest) - 1, -1, -1):
            below, above = node << level, (node + 1) << level
            meets = (above > low[question]) & (below < high[question]) & (latest[level][node] > after[question])
            question, node = question[meets], node[meets]
            if level:
                question, node = np.repeat(question, 2), (np.repeat(node << 1, 2) | np.tile([0, 1], len(node)))
        return question, node

    def last_ended(self, owner: I64, at: I64) -> I64:
        """Of each question the row (as given) of that owner that ended last, not after the moment; −1: none."""
        ended = Rows.of(self.owner, self.end, self.end)
        low, high = ended.begun(owner, at)
        return (
            np.where(high > low, self.number[ended.number[np.maximum(high - 1, 0)]], -1) if len(self.owner) else low - 1
        )

    def next_begun(self, owner: I64, at: I64) -> I64:
        """Of each question the row (as given) of that owner that starts first after the moment; −1: none."""
        _, high = self.begun(owner, at)
        if not len(self.owner):
            return high - 1
        row = np.minimum(high, len(self.owner) - 1)
        return np.where((high < len(self.owner)) & (self.owner[row] == owner), self.number[row], -1)


def _latest(end: I64) -> list[I64]:
    # level k: the latest end of each 2^k rows
    size = 1 << max(0, int(len(end) - 1).bit_length())
    levels = [np.concatenate([end, np.full(size - len(end), np.iinfo(np.int64).min)])]
    while len(levels[-1]) > 1:
        levels.append(levels[-1].reshape(-1, 2).max(axis=1))
    return levels
