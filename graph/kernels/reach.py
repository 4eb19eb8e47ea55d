"""What can be reached along rows: nearest first, or all in one pass over the rows in their order."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]


@njit(cache=True, nogil=True)
def reach(beg: I32, end: I32, to: I32, start: I32, seen: U8, queue: I32, budget: int) -> int:
    """Fill `queue` with the places reached from `start` (included, first), set their `seen`; returns how many.

    -1, with `seen` set for some, when more than `budget` edges were looked at.
    """
    tail, looked = 0, 0
    for s in start:
        if not seen[s]:
            seen[s] = 1
            queue[tail] = s
            tail += 1
    head = 0
    while head < tail:
        v = queue[head]
        head += 1
        looked += end[v] - beg[v]
        if looked > budget:
            return -1
        for k in range(beg[v], end[v]):
            w = to[k]
            if not seen[w]:
                seen[w] = 1
                queue[tail] = w
                tail += 1
    return tail


@njit(cache=True, nogil=True)
def reach_in_order(beg: I32, end: I32, to: I32, cyclic: I32, seen: U8, first: int) -> None:
    """Set `seen` (1 at the start before) of every place from `first` on whose providers lead to the start.

    A branch-free OR over every row; rows of one length lie together, so that the processor foresees where they end.
    """
    cycle, v, n = 0, first, len(beg)
    while cycle < len(cyclic) and cyclic[cycle, 1] <= first:
        cycle += 1
    if cycle < len(cyclic):
        v = min(v, cyclic[cycle, 0])
    while v < n:
        stop = cyclic[cycle, 0] if cycle < len(cyclic) else n
        for u in range(v, stop):
            met = seen[u]
            for k in range(beg[u], end[u]):
                met |= seen[np.uint32(to[k])]
            seen[u] = met
        v = stop
        if cycle < len(cyclic):
            # whoever is in a cycle reaches all that one of it reaches
            v = cyclic[cycle, 1]
            cycle += 1
            met = np.uint8(0)
            for u in range(stop, v):
                met |= seen[u]
                for k in range(beg[u], end[u]):
                    met |= seen[np.uint32(to[k])]
            if met:
                seen[stop:v] = 1
