"""Rows that look alike, taken together: what a pass over all rows need not find out anew at each of them.

A strip is a stretch of places whose rows follow each other without a gap and have the same pattern: as many edges, each
of the same strength, groups of the same size that can spare as many. A pass then reads neither row pointers nor codes,
and the processor foresees its branches, which are those of the row before (all states at 3 M relationships: 12 ms by
rows, 6 ms by strips).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import HARD

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
PLAIN, MIXED, CYCLE = 0, 1, 2  # hard edges that do not feed; any others; a cycle, whose rows are of any pattern


@njit(cache=True, nogil=True)
def strips(beg: I32, end: I32, code: I32, spare: I32, feeds: Bool, cyclic: I32) -> I32:
    """All places as strips in their order: first place, one past the last, first edge, edges a row, kind (k × 5)."""
    n = len(beg)
    made = np.empty((64, 5), np.int32)
    count, v, cycle, level = 0, 0, 0, 0  # `level`: how far rows of one length go on, once known
    while v < n:
        if count == len(made):
            more = np.empty((2 * count, 5), np.int32)
            more[:count] = made
            made = more
        first, length = v, end[v] - beg[v]
        if cycle < len(cyclic) and cyclic[cycle, 0] == v:
            v = cyclic[cycle, 1]
            cycle += 1
            kind = CYCLE
        else:
            if v >= level:
                level, stop = v + 1, cyclic[cycle, 0] if cycle < len(cyclic) else n
                while (
                    level < stop and end[level] - beg[level] == length and (not length or beg[level] == end[level - 1])
                ):
                    level += 1
            kind, v = PLAIN, _plain_until(v, level, beg[v], length, code)
            if v == first:
                kind, v = MIXED, v + 1
                while v < level and _is_alike(beg[first], beg[v], length, code, spare, feeds):
                    v += 1
        made[count, 0], made[count, 1], made[count, 2], made[count, 3], made[count, 4] = (
            first, v, beg[first], length, kind,
        )  # fmt: skip
        count += 1
    return made[:count].copy()


@njit(cache=True, nogil=True)
def _plain_until(v: int, stop: int, low: int, length: int, code: I32) -> int:
    # the first of the rows v … stop - 1, which lie together, that has another edge than hard ones
    if not length:
        return stop
    high = low + (stop - v) * length
    k = low
    while k < high and code[k] == HARD:
        k += 1
    return v + (k - low) // length


@njit(cache=True, nogil=True)
def _is_alike(one: int, other: int, length: int, code: I32, spare: I32, feeds: Bool) -> bool:
    # whether two rows of one length, given by their first edges, have the same pattern
    for j in range(length):
        a, b = code[one + j], code[other + j]
        if a < 0 or b < 0:
            if a != b:
                return False
            continue
        if spare[a] != spare[b] or feeds[a] != feeds[b]:
            return False
        if j and (a == code[one + j - 1]) != (b == code[other + j - 1]):
            return False
    return True
