"""Rows that lie as a topology has them: taken as they are, if one look at each edge finds nothing against it."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import FEED, HARD, SOFT

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def taken_over(
    degree: I32, to: I32, soft: U8, group: I32, needed: I32, feeds: U8
) -> tuple[bool, I32, I32, I32, I32, I32]:  # fmt: skip
    """Whether rows can be taken as they are; their ends, codes, the first edge and the size of each group, and blocks.

    Blocks are stretches of places (first, one past the last) outside of which all edges lead to lower places: each has
    to be one cycle. `degree`: edges of each row, which is not negative; they add up to the edges. `group`: a number of
    `needed`, or -1. Rows have plain edges first, then group by group, each provider once.
    """
    n, m = len(degree), len(to)
    pointer, code, first = np.zeros(n + 1, np.int32), np.empty(m, np.int32), np.empty(m, np.int32)
    size, blocks = np.zeros(m, np.int32), np.empty((n // 2 + 1, 2), np.int32)
    met, groups, many = np.full(n, -1, np.int64), 0, 0  # by place, where it was named last
    owner = np.full(len(needed), -1, np.int32)
    for v in range(n):
        furthest, last, low = v, -1, pointer[v]
        for k in range(low, low + degree[v]):
            w, g = to[k], group[k]
            if w < 0 or w >= n or w == v:
                return False, pointer, code, first, size, blocks
            furthest = max(furthest, w)
            if g < 0:
                if last >= 0 or met[w] == v or (soft[k] and feeds[k]):
                    return False, pointer, code, first, size, blocks
                met[w] = v
                code[k] = SOFT if soft[k] else (FEED if feeds[k] else HARD)
                continue
            if g != last:
                if owner[g] == v or (groups and size[groups - 1] < needed[group[first[groups - 1]]]):
                    return False, pointer, code, first, size, blocks
                owner[g], last, first[groups] = v, g, k
                groups += 1
            c = groups - 1
            if soft[k] or needed[g] < 1 or feeds[k] != feeds[first[c]] or met[w] == n + c:
                return False, pointer, code, first, size, blocks
            met[w], code[k] = n + c, c
            size[c] += 1
        pointer[v + 1] = low + degree[v]
        if furthest > v:
            if many and blocks[many - 1, 1] > v:
                blocks[many - 1, 1] = max(blocks[many - 1, 1], furthest + 1)
            else:
                blocks[many, 0], blocks[many, 1] = v, furthest + 1
                many += 1
    enough = not groups or size[groups - 1] >= needed[group[first[groups - 1]]]
    return enough, pointer, code, first[:groups].copy(), size[:groups].copy(), blocks[:many].copy()


@njit(cache=True, nogil=True)
def within(blocks: I32, pointer: I32, to: I32) -> tuple[I32, I32]:
    """The rows of blocks as a graph of its own, without edges that leave them: pointer, targets."""
    number, nodes = np.full(len(pointer) - 1, -1, np.int32), 0
    for b in range(len(blocks)):
        for v in range(blocks[b, 0], blocks[b, 1]):
            number[v] = nodes
            nodes += 1
    fresh, kept, at = np.zeros(nodes + 1, np.int32), np.empty(len(to), np.int32), 0
    for b in range(len(blocks)):
        low, high = blocks[b, 0], blocks[b, 1]
        for v in range(low, high):
            for k in range(pointer[v], pointer[v + 1]):
                if low <= to[k] < high:
                    kept[at] = number[to[k]]
                    at += 1
            fresh[number[v] + 1] = at
    return fresh, kept[:at].copy()
