"""What every path from a start leads through (Lengauer and Tarjan 1979, with simple linking: O(E log V))."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

I32 = NDArray[np.int32]
# of what is reached, by its number in depth-first order: who it was reached from, which edge is looked at next, the
# semidominator, the best of its path so far, the end of that path, the immediate dominator, a list of those that have
# it as semidominator (its first, and the next of whose list it is in), and a stack down the cells
PARENT, CURSOR, SEMI, BEST, END, DOMINATOR, FIRST, NEXT, STACK = range(9)  # at most graph.scratch.CELL
NOBODY = -1


@njit(cache=True, nogil=True)
def dominators(
    beg: I32, end: I32, to: I32, rbeg: I32, rend: I32, rto: I32, start: int, slot: I32, queue: I32, cell: I32
) -> int:  # fmt: skip
    """Fill `queue` with the places reached from `start`, in depth-first order; returns how many.

    DOMINATOR of a cell is where in the queue the immediate dominator of that place stands; the start has none.
    `slot` and `queue` as for `reach`; there are cells for all places.
    """
    count = _numbered(beg, end, to, start, slot, queue, cell)
    for i in range(count - 1, 0, -1):
        v = queue[i]
        for k in range(rbeg[v], rend[v]):
            j = slot[rto[k]]
            if j < count and queue[j] == rto[k]:
                cell[i, SEMI] = min(cell[i, SEMI], cell[_best(j, cell), SEMI])
        cell[i, NEXT] = cell[cell[i, SEMI], FIRST]
        cell[cell[i, SEMI], FIRST] = i
        parent = cell[i, PARENT]
        cell[i, END] = parent
        while cell[parent, FIRST] != NOBODY:
            w = cell[parent, FIRST]
            cell[parent, FIRST] = cell[w, NEXT]
            best = _best(w, cell)
            cell[w, DOMINATOR] = best if cell[best, SEMI] < cell[w, SEMI] else parent
    for i in range(1, count):
        if cell[i, DOMINATOR] != cell[i, SEMI]:
            cell[i, DOMINATOR] = cell[cell[i, DOMINATOR], DOMINATOR]
    return count


@njit(cache=True, nogil=True)
def _numbered(beg: I32, end: I32, to: I32, start: int, slot: I32, queue: I32, cell: I32) -> int:
    # what is reached, in depth-first order; the way back is by parents
    count = _entered(start, NOBODY, beg, 0, slot, queue, cell)
    i = 0
    while i != NOBODY:
        v, k = queue[i], cell[i, CURSOR]
        if k == end[v]:
            i = cell[i, PARENT]
            continue
        cell[i, CURSOR] = k + 1
        j = slot[to[k]]
        if j >= count or queue[j] != to[k]:
            count, i = _entered(to[k], i, beg, count, slot, queue, cell), count
    return count


@njit(cache=True, nogil=True)
def _entered(v: int, parent: int, beg: I32, count: int, slot: I32, queue: I32, cell: I32) -> int:
    queue[count] = v
    slot[v] = count
    cell[count, PARENT], cell[count, CURSOR] = parent, beg[v]
    cell[count, SEMI] = cell[count, BEST] = count
    cell[count, END] = cell[count, DOMINATOR] = cell[count, FIRST] = cell[count, NEXT] = NOBODY
    return count + 1


@njit(cache=True, nogil=True)
def _best(i: int, cell: I32) -> int:
    # who has the least semidominator on the path from i up to where linking has come; the path is shortened
    if cell[i, END] == NOBODY:
        return i
    height, j = 0, i
    while cell[cell[j, END], END] != NOBODY:
        cell[height, STACK] = j
        height += 1
        j = cell[j, END]
    while height:
        height -= 1
        j = cell[height, STACK]
        above = cell[j, END]
        if cell[cell[above, BEST], SEMI] < cell[cell[j, BEST], SEMI]:
            cell[j, BEST] = cell[above, BEST]
        cell[j, END] = cell[above, END]
    found: int = cell[i, BEST]
    return found


@njit(cache=True, nogil=True)
def frontiers(
    rbeg: I32, rend: I32, rto: I32, slot: I32, queue: I32, count: int, cell: I32, pairs: I32
) -> int:  # fmt: skip
    """Fill `pairs` with (number, number of one in its frontier), as far as there is room; returns how many there are.

    After `dominators`, of which `cell` and `queue` are (Cooper, Harvey and Kennedy 2006).
    """
    found = 0
    for i in range(count):
        cell[i, STACK] = NOBODY  # from here on: the last one whose frontiers a cell was met for
    for i in range(count):
        v = queue[i]
        for k in range(rbeg[v], rend[v]):
            j = slot[rto[k]]
            if j >= count or queue[j] != rto[k]:
                continue
            # whoever was met before was gone on from
            while j != cell[i, DOMINATOR] and cell[j, STACK] != i:
                cell[j, STACK] = i
                if found < len(pairs):
                    pairs[found, 0], pairs[found, 1] = j, i
                found += 1
                j = cell[j, DOMINATOR]
    return found
