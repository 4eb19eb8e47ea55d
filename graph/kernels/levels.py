"""How deep in the graph each place lies."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

I32 = NDArray[np.int32]


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
