"""What can be reached along rows, nearest first."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

I32 = NDArray[np.int32]


@njit(cache=True, nogil=True)
def reach(beg: I32, end: I32, to: I32, start: I32, seen: I32, epoch: int, queue: I32) -> int:
    """Fill `queue` with the nodes reached from `start` (included, first) and return how many.

    `seen` is scratch of the caller's, one entry a node; entries equal to `epoch` are of this call.
    """
    tail = 0
    for s in start:
        if seen[s] != epoch:
            seen[s] = epoch
            queue[tail] = s
            tail += 1
    head = 0
    while head < tail:
        v = queue[head]
        head += 1
        for k in range(beg[v], end[v]):
            w = to[k]
            if seen[w] != epoch:
                seen[w] = epoch
                queue[tail] = w
                tail += 1
    return tail
