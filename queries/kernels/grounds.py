"""Who has no source even without seeds (F of SEMANTICS 2): for the checker, which takes nobody's word for it."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import FEED

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
UNKNOWN, FOUNDED, NONE = 0, 1, 2
UNMET = -(2**30)


@njit(cache=True, nogil=True)
def judge_grounds(
    start: int, known: U8, row: I32, lacks: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, feeds: Bool
) -> None:  # fmt: skip
    """Fill in `known`, by place, for `start` and everything that feeds it, as far as that is UNKNOWN: FOUNDED or NONE.

    Whoever needs nothing is founded, and then whose groups are, member by member. `row` (by place) and `lacks` (by
    group, all UNMET) are room to work in.
    """
    cone, edges = _feeding_below(start, known, beg, end, to, code, feeds)
    count = len(cone)
    first, wanting = np.zeros(count + 1, np.int32), np.zeros(count, np.int32)
    for i in range(count):
        row[cone[i]] = i
    # what each lacks, and how many wait for each
    for i in range(count):
        for k in range(beg[cone[i]], end[cone[i]]):
            c = code[k]
            if c == FEED:
                wanting[i] += known[to[k]] != FOUNDED
            elif c >= 0 and feeds[c]:
                if lacks[c] == UNMET:
                    lacks[c] = needed[c]
                    wanting[i] += 1
                if known[to[k]] == FOUNDED:
                    lacks[c] -= 1
                    wanting[i] -= lacks[c] == 0
            else:
                continue
            if known[to[k]] == UNKNOWN:
                first[row[to[k]]] += 1
    at = 0
    for i in range(count):
        at += first[i]
        first[i] = at
    first[count] = at
    who, by = np.empty(edges, np.int32), np.empty(edges, np.int32)
    for i in range(count):
        for k in range(beg[cone[i]], end[cone[i]]):
            c = code[k]
            if (c == FEED or (c >= 0 and feeds[c])) and known[to[k]] == UNKNOWN:
                j = row[to[k]]
                first[j] -= 1
                who[first[j]], by[first[j]] = i, c
    ready = np.empty(count, np.int32)
    head, tail = 0, 0
    for i in range(count):
        if wanting[i] == 0:
            ready[tail] = i
            tail += 1
    while head < tail:
        j = ready[head]
        head += 1
        known[cone[j]] = FOUNDED
        for k in range(first[j], first[j + 1]):
            if by[k] >= 0:
                lacks[by[k]] -= 1
            if by[k] < 0 or lacks[by[k]] == 0:
                wanting[who[k]] -= 1
                if wanting[who[k]] == 0:
                    ready[tail] = who[k]
                    tail += 1
    for place in cone:
        if known[place] == UNKNOWN:
            known[place] = NONE


@njit(cache=True, nogil=True)
def _feeding_below(start: int, known: U8, beg: I32, end: I32, to: I32, code: I32, feeds: Bool) -> tuple[I32, int]:
    # a place and all that feeds it, as far as nothing is known of them, and how many relationships feed them
    cone = np.empty(64, np.int32)
    cone[0] = start
    seen = {np.int32(start)}
    head, tail, edges = 0, 1, 0
    while head < tail:
        place = cone[head]
        head += 1
        for k in range(beg[place], end[place]):
            c = code[k]
            if c == FEED or (c >= 0 and feeds[c]):
                edges += 1
                if known[to[k]] == UNKNOWN and to[k] not in seen:
                    seen.add(to[k])
                    if tail == len(cone):
                        cone = np.concatenate((cone, np.empty_like(cone)))
                    cone[tail] = to[k]
                    tail += 1
    return cone[:tail].copy(), edges
