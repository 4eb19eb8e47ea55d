"""Rows that take the place of others: what a changed graph does not share with the one before."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import is_feeding

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]


@njit(cache=True)
def targets_of(rows: I32, beg: I32, end: I32, to: I32) -> I32:
    """The providers of these rows, one after the other."""
    count = 0
    for v in rows:
        count += end[v] - beg[v]
    found = np.empty(count, np.int32)
    at = 0
    for v in rows:
        for k in range(beg[v], end[v]):
            found[at] = to[k]
            at += 1
    return found


@njit(cache=True)
def any_feeds(rows: I32, beg: I32, end: I32, code: I32, feeds: Bool) -> bool:
    """Whether an edge of these rows feeds."""
    for v in rows:
        for k in range(beg[v], end[v]):
            if is_feeding(code[k], feeds):
                return True
    return False


@njit(cache=True)
def reversed_rows(
    providers: I32, changed: Bool, rbeg: I32, rend: I32, rto: I32, rcode: I32,
    target: I32, source: I32, code: I32,
) -> tuple[I32, I32, I32]:  # fmt: skip
    """The dependents of `providers` (sorted places) now: row starts, dependents, codes.

    Those of before that are not `changed`, and the new edges (`target`, `source`, `code`; sorted by target, source);
    dependents ascend within a row, as they always do.
    """
    size = len(target)
    for p in providers:
        size += rend[p] - rbeg[p]
    start = np.zeros(len(providers) + 1, np.int32)
    found, codes = np.empty(size, np.int32), np.empty(size, np.int32)
    at, e = 0, 0
    for i in range(len(providers)):
        p = providers[i]
        for k in range(rbeg[p], rend[p]):
            d = rto[k]
            if changed[d]:
                continue
            while e < len(target) and target[e] == p and source[e] < d:
                found[at], codes[at] = source[e], code[e]
                at += 1
                e += 1
            found[at], codes[at] = d, rcode[k]
            at += 1
        while e < len(target) and target[e] == p:
            found[at], codes[at] = source[e], code[e]
            at += 1
            e += 1
        start[i + 1] = at
    return start, found[:at].copy(), codes[:at].copy()


@njit(cache=True)
def keeps_feeding(
    rows: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, feeds: Bool, unfounded: Bool, circle: I32
) -> bool:  # fmt: skip
    """Whether these rows, as they are now, leave it as it was who has a source from the start, and who is in a circle.

    `unfounded`, `circle`: as they were. It is so where none of the rows was in a circle or without a source, none
    closes one, and each has what it needs of providers with a source. Otherwise it may not be so.
    """
    seen = np.zeros(len(beg), np.int32)
    queue = np.empty(len(beg), np.int32)
    for r in range(len(rows)):
        v = rows[r]
        if circle[v] >= 0 or unfounded[v]:
            return False
        k = beg[v]
        while k < end[v]:
            c, stop, there = code[k], k + 1, 0 if unfounded[to[k]] else 1
            while c >= 0 and stop < end[v] and code[stop] == c:
                there += 0 if unfounded[to[stop]] else 1
                stop += 1
            if is_feeding(c, feeds) and there < (needed[c] if c >= 0 else 1):
                return False
            k = stop
        if _feeds_itself(v, r + 1, beg, end, to, code, feeds, seen, queue):
            return False
    return True


@njit(cache=True)
def _feeds_itself(
    start: int, mark: int, beg: I32, end: I32, to: I32, code: I32, feeds: Bool, seen: I32, queue: I32
) -> bool:  # fmt: skip
    queue[0] = start
    head, tail = 0, 1
    while head < tail:
        v = queue[head]
        head += 1
        for k in range(beg[v], end[v]):
            w = to[k]
            if is_feeding(code[k], feeds) and seen[w] != mark:
                if w == start:
                    return True
                seen[w] = mark
                queue[tail] = w
                tail += 1
    return False
