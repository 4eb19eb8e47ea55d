"""Where a graph without directions hangs together by one place only (Hopcroft and Tarjan 1973)."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

I32 = NDArray[np.int32]
NONE = -1


@njit(cache=True, nogil=True)
def joints(beg: I32, end: I32, to: I32, rbeg: I32, rend: I32, rto: I32) -> tuple[I32, I32, int]:
    """By place, the way of each along edges in either direction: its parent, its part and how many parts there are.

    A part is biconnected: no place of it cuts it in two. The part of a place is that of the edge to its parent (-1: it
    is a root, and has neither). A place is in the part of its own edge and in those of its children's.
    """
    n = len(beg)
    order, low = np.full(n, NONE, np.int32), np.empty(n, np.int32)
    parent, part = np.full(n, NONE, np.int32), np.full(n, NONE, np.int32)
    cursor, waiting = np.zeros(n, np.int32), np.empty(n, np.int32)
    clock, height, parts = 0, 0, 0
    for root in range(n):
        if order[root] != NONE:
            continue
        order[root] = low[root] = clock
        clock += 1
        v = root
        while v != NONE:
            k, out = cursor[v], end[v] - beg[v]
            if k < out + rend[v] - rbeg[v]:
                cursor[v] = k + 1
                w = to[beg[v] + k] if k < out else rto[rbeg[v] + k - out]
                if order[w] != NONE:
                    # the edge that was come by may count: it leads no further than to the parent
                    low[v] = min(low[v], order[w])
                    continue
                parent[w] = v
                order[w] = low[w] = clock
                clock += 1
                waiting[height] = w
                height += 1
                v = w
                continue
            above = parent[v]
            if above != NONE:
                if low[v] >= order[above]:
                    # nothing below leads past the one above: what waits down to here is a part with it
                    w = NONE
                    while w != v:
                        height -= 1
                        w = waiting[height]
                        part[w] = parts
                    parts += 1
                low[above] = min(low[above], low[v])
            v = above
    return parent, part, parts
