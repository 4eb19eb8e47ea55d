"""What can be reached along rows: nearest first, or all in one pass over the rows in their order."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.strips import CYCLE

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]


@njit(cache=True, nogil=True)
def reach(beg: I32, end: I32, to: I32, start: I32, slot: I32, queue: I32, budget: int) -> int:
    """Fill `queue` with the places reached from `start` (included, first); returns how many, -1 past the budget.

    `slot` says where in the queue a place is, if it is there (`graph.scratch`). The budget counts edges looked at.
    """
    tail, looked = 0, 0
    for s in start:
        queue[tail] = s
        slot[s] = tail
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
            if slot[w] >= tail or queue[slot[w]] != w:
                queue[tail] = w
                slot[w] = tail
                tail += 1
    return tail


@njit(cache=True, nogil=True)
def reach_in_order(strips: I32, beg: I32, end: I32, to: I32, seen: U8, first: int) -> None:
    """Set `seen` (1 at the start before) of every place from `first` on whose providers lead to the start.

    A branch-free OR over every row, strip by strip.
    """
    for s in range(len(strips)):
        low, high, k, length, kind = strips[s, 0], strips[s, 1], strips[s, 2], strips[s, 3], strips[s, 4]
        if high <= first:
            continue
        if kind == CYCLE:
            # whoever is in a cycle reaches all that one of it reaches
            met = np.uint8(0)
            for u in range(low, high):
                met |= seen[u]
                for j in range(beg[u], end[u]):
                    met |= seen[np.uint32(to[j])]
            if met:
                seen[low:high] = 1
            continue
        if low < first:
            low, k = first, k + (first - low) * length
        # rows of a length that is written out are read without a loop
        if length == 1:
            for u in range(low, high):
                seen[u] |= seen[np.uint32(to[k])]
                k += 1
        elif length == 2:
            for u in range(low, high):
                seen[u] |= seen[np.uint32(to[k])] | seen[np.uint32(to[k + 1])]
                k += 2
        elif length == 3:
            for u in range(low, high):
                seen[u] |= seen[np.uint32(to[k])] | seen[np.uint32(to[k + 1])] | seen[np.uint32(to[k + 2])]
                k += 3
        elif length:
            for u in range(low, high):
                met = seen[u]
                for j in range(k, k + length):
                    met |= seen[np.uint32(to[j])]
                seen[u] = met
                k += length


@njit(cache=True, nogil=True)
def taken(values: U8, at: I32) -> U8:
    """`values[at]`: NumPy's own takes three times as long, for it looks whether each index is in range."""
    out = np.empty(len(at), np.uint8)
    for i in range(len(at)):
        out[i] = values[np.uint32(at[i])]
    return out
