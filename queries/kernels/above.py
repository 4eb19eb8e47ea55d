"""Who rests on a place, for all places at once: blocks of CIs as bits, handed down from dependents to providers."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels.bits import BLOCK, ONE, WORDS, Rows, begin, hand_on, highest, is_marked, noted, ones

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
    due = rows.due
    for start in range(0, len(asked), BLOCK):
        block = asked[start : start + BLOCK]
        begin(block, rows)
        for q in range(np.int64(block[-1]) >> 6, -1, -1):
            while due[q]:
                v = (q << 6) + highest(due[q])
                low, high = v, v + 1
                if cycle[v] >= 0:
                    low, high = np.int64(cyclic[cycle[v], 0]), np.int64(cyclic[cycle[v], 1])
                    _join(v, low, rows)
                due[q] &= ~(ONE << np.uint64(v & 63))
                many = np.uint64(0)
                for w in range(WORDS):
                    many += ones(rows.bits[v, w])
                for u in range(low, high):
                    counts[u] += np.int64(many)
                    for k in range(beg[u], end[u]):
                        # inside of a cycle all have this row
                        if to[k] < low:
                            hand_on(v, to[k], rows)
                    if len(number) and number[u] >= 0:
                        pairs, count = noted(v, block, number[u], pairs, count, rows)
    return counts, pairs[:count]


@njit(cache=True, nogil=True)
def _join(v: int, low: int, rows: Rows) -> None:
    # whoever reaches one of a cycle reaches all of it: one row for all, that of v, the last one that is due
    for u in range(low, v):
        if is_marked(u, rows.due):
            rows.due[u >> 6] ^= ONE << np.uint64(u & 63)
            for w in range(WORDS):
                rows.bits[v, w] |= rows.bits[u, w]
