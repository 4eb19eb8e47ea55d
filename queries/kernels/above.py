"""Who rests on a place, for all places at once: blocks of CIs as bits, handed down from dependents to providers."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels.bits import BLOCK, ONE, WORDS, Rows, begin, give_back, hand_on, highest, noted, ones

I32 = NDArray[np.int32]


@njit(cache=True, nogil=True)
def count_above(
    asked: I32, number: I32, beg: I32, end: I32, to: I32, cyclic: I32, cycle: I32, rows: Rows
) -> tuple[I32, I32]:  # fmt: skip
    """Of each place how many of `asked` (sorted places) reach it, itself included; and pairs of who they are.

    `cycle`: of each place its row of `cyclic`, -1 for none. `number`: of each place under which number it is paired
    with those that reach it, -1 for not at all; empty where no pairs are wanted.
    """
    counts, pairs, count = np.zeros(len(beg), np.int32), np.empty((0, 2), np.int32), 0
    hot = rows.hot
    for start in range(0, len(asked), BLOCK):
        block = asked[start : start + BLOCK]
        begin(block, rows)
        q = np.int64(block[-1]) >> 6
        while q >= 0:
            while hot[q]:
                v = (q << 6) + highest(hot[q])
                low, high = v, v + 1
                if cycle[v] >= 0:
                    low, high = np.int64(cyclic[cycle[v], 0]), np.int64(cyclic[cycle[v], 1])
                    _join(v, low, high, rows)
                else:
                    hot[q] ^= ONE << np.uint64(v & 63)
                row = np.int64(rows.slot[v])
                many = _many(row, rows)
                for u in range(low, high):
                    counts[u] += many
                    for k in range(beg[u], end[u]):
                        # inside of a cycle all have this row
                        if to[k] < low:
                            hand_on(row, to[k], rows)
                    if len(number) and number[u] >= 0:
                        pairs, count = noted(row, block, number[u], pairs, count, rows)
                give_back(v, rows)
            q -= 1
    return counts, pairs[:count]


@njit(cache=True, nogil=True)
def _many(row: int, rows: Rows) -> int:
    many = np.uint64(0)
    for w in range(WORDS):
        many += ones(rows.bits[row, w])
    return np.int64(many)


@njit(cache=True, nogil=True)
def _join(v: int, low: int, high: int, rows: Rows) -> None:
    # whoever reaches one of a cycle reaches all of it: one row for all, that of v
    hot, slot = rows.hot, rows.slot
    hand = np.int64(slot[v])
    for u in range(low, high):
        if slot[u] >= 0:
            hot[u >> 6] &= ~(ONE << np.uint64(u & 63))
            if u != v:
                for w in range(WORDS):
                    rows.bits[hand, w] |= rows.bits[slot[u], w]
                give_back(u, rows)
