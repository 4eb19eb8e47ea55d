"""In which order CIs that are not out feed each other: those that need nothing, then whom these are enough for."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import FEED, SOFT, is_feeding

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
UNSEEN, OUT = -1, -2
UNMET = -(2**30)  # a group that was not met yet


@njit(cache=True, nogil=True)
def fed_levels(
    start: I32, out: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, feeds: Bool, unfounded: Bool
) -> tuple[I32, I32]:  # fmt: skip
    """Everything that is not out and holds `start`, as places, and of each its level.

    A CI whose feeding groups all have their needed members on lower levels is one above them; one that never had a
    source is on the first, and counts for others from the start. `out`: the places that are.
    """
    n = len(beg)
    number = np.full(n, UNSEEN, np.int32)
    for place in out:
        number[place] = OUT
    places = np.empty(n, np.int32)
    tail = 0
    for place in start:
        if number[place] == UNSEEN:
            number[place] = tail
            places[tail] = place
            tail += 1
    head, edges = 0, 0
    while head < tail:
        place = places[head]
        head += 1
        for k in range(beg[place], end[place]):
            if code[k] != SOFT and number[to[k]] != OUT:
                edges += 1
                if number[to[k]] == UNSEEN:
                    number[to[k]] = tail
                    places[tail] = to[k]
                    tail += 1
    places = places[:tail].copy()
    return places, _levels(places, number, edges, beg, end, to, code, needed, feeds, unfounded)


@njit(cache=True, nogil=True)
def _levels(
    places: I32, number: I32, edges: int, beg: I32, end: I32, to: I32, code: I32, needed: I32, feeds: Bool,
    unfounded: Bool,
) -> I32:  # fmt: skip
    count = len(places)
    # who waits for whom, and by which group: rows by the one that feeds
    first, lacking = np.zeros(count + 2, np.int32), np.full(len(needed), UNMET, np.int32)
    missing, levels = np.zeros(count, np.int32), np.zeros(count, np.int32)
    for i in range(count):
        place = places[i]
        if unfounded[place]:
            continue
        for k in range(beg[place], end[place]):
            c = code[k]
            if not is_feeding(c, feeds):
                continue
            if c >= 0 and lacking[c] == UNMET:
                lacking[c] = needed[c]
                missing[i] += 1
            j = number[to[k]]
            excused = j != OUT and unfounded[to[k]]
            if c == FEED and not excused:
                missing[i] += 1
            elif c >= 0 and excused:
                lacking[c] -= 1
                if lacking[c] == 0:
                    missing[i] -= 1
            if j != OUT and not excused:
                first[j + 2] += 1
    for j in range(count):
        first[j + 2] += first[j + 1]
    waiting, by = np.empty(edges, np.int32), np.empty(edges, np.int32)
    for i in range(count):
        place = places[i]
        if unfounded[place]:
            continue
        for k in range(beg[place], end[place]):
            j = number[to[k]]
            if is_feeding(code[k], feeds) and j != OUT and not unfounded[to[k]]:
                waiting[first[j + 1]], by[first[j + 1]] = i, code[k]
                first[j + 1] += 1
    queue = np.empty(count, np.int32)
    head, tail = 0, 0
    for i in range(count):
        if missing[i] == 0:
            levels[i] = 1
            queue[tail] = i
            tail += 1
    while head < tail:
        j = queue[head]
        head += 1
        for at in range(first[j], first[j + 1]):
            i, c = waiting[at], by[at]
            if c >= 0:
                lacking[c] -= 1
            if c == FEED or lacking[c] == 0:
                missing[i] -= 1
                if missing[i] == 0:
                    levels[i] = levels[j] + 1
                    queue[tail] = i
                    tail += 1
    return levels
