"""How deep in the graph each place lies, and by which longest way."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
NOBODY = -1


@njit(cache=True, nogil=True)
def generations(beg: I32, end: I32, to: I32, rbeg: I32, rend: I32, place: I32, loops: I32) -> tuple[I32, I32]:
    """Places by the longest chain of dependents above them, and where each generation begins (Kahn 1962).

    What lies on a cycle, in `loops`, or below either is left out.
    """
    n = len(beg)
    above = rend - rbeg
    for v in loops:
        above[v] += 1
    queue = np.empty(n, np.int32)
    start = np.zeros(n + 1, np.int32)
    head, tail, count = 0, 0, 0
    for v in place:
        if not above[v]:
            queue[tail] = v
            tail += 1
    while head < tail:
        level = tail
        while head < level:
            v = queue[head]
            head += 1
            for k in range(beg[v], end[v]):
                above[to[k]] -= 1
                if not above[to[k]]:
                    queue[tail] = to[k]
                    tail += 1
        count += 1
        start[count] = level
    return queue[:tail].copy(), start[: count + 1].copy()


@njit(cache=True, nogil=True)
def longest(beg: I32, end: I32, to: I32, origin: I32, weights: F64, weight: float) -> tuple[F64, I32]:
    """Without cycles, of each place the greatest weight of a path that ends there, and whom it comes by (-1: begins).

    `weights` by given edge, or empty where each weighs `weight`. A path that would weigh less than nothing begins anew.
    """
    n = len(beg)
    best, by = np.zeros(n, np.float64), np.full(n, NOBODY, np.int32)
    # dependents come after their providers: from the last place on, each is complete when it is looked at
    for v in range(n - 1, -1, -1):
        for k in range(beg[v], end[v]):
            reached = best[v] + (weights[origin[k]] if len(weights) else weight)
            w = to[k]
            if reached > best[w] or (by[w] == NOBODY and reached >= best[w]):
                best[w], by[w] = reached, v
    return best, by
