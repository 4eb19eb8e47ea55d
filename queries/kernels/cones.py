"""What a CI rests on: which places, which of them it cannot lose, and in what order rows are looked at."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
STANDS, GONE = -1, -2  # in `local`: counts as not out, counts as no member


@njit(cache=True, nogil=True)
def below(starts: I32, beg: I32, end: I32, to: I32, code: I32, gone: U8, slot: I32, queue: I32) -> I32:
    """What could put one of `starts` (each once) out: what they rest on by hard relationships, and themselves.

    `gone`: by place, who is passed over; empty: nobody. `slot`, `queue`: scratch (`graph.scratch`), by place.
    """
    tail = len(starts)
    for i in range(tail):
        queue[i] = starts[i]
        slot[starts[i]] = i
    head = 0
    while head < tail:
        v = queue[head]
        head += 1
        for k in range(beg[v], end[v]):
            w = to[k]
            if code[k] == SOFT or (len(gone) and gone[w]):
                continue
            if slot[w] >= tail or queue[slot[w]] != w:
                queue[tail] = w
                slot[w] = tail
                tail += 1
    return queue[:tail].copy()


@njit(cache=True, nogil=True)
def harmed(
    within: I32, changed: Bool, gone: U8, beg: I32, end: I32, to: I32, code: I32, circle: I32
) -> tuple[I32, Bool]:  # fmt: skip
    """Groups of `within` that have lost a member (first edge, one after the last); and which of `within` count whole.

    The latter are those `changed` (by place), and all of a feeding circle if one of it is, has lost a member or is out.
    """
    groups, many = np.empty((16, 2), np.int32), 0
    whole, met = np.zeros(len(within), np.bool_), np.zeros(len(beg) + 1 if len(circle) else 0, np.bool_)
    for i in range(len(within)):
        v = within[i]
        whole[i], k, hit = changed[v], beg[v], changed[v]
        while k < end[v]:
            c, after, lost = code[k], k + 1, gone[to[k]] > 0
            while c >= 0 and after < end[v] and code[after] == c:
                lost |= gone[to[after]] > 0
                after += 1
            if c >= 0 and lost:
                hit = True
                if many == len(groups):
                    groups = np.concatenate((groups, np.empty_like(groups)))
                groups[many, 0], groups[many, 1] = k, after
                many += 1
            k = after
        if hit and len(circle) and circle[v] >= 0:
            met[circle[v]] = True
    if len(circle):
        for v in range(len(gone)):
            if gone[v] and circle[v] >= 0:
                met[circle[v]] = True
        for i in range(len(within)):
            b = circle[within[i]]
            whole[i] |= b >= 0 and met[b]
    return groups[:many].copy(), whole


@njit(cache=True, nogil=True)
def live_members(groups: I32, gone: U8, to: I32) -> I32:
    """Places of the members of groups that are not out, each as often as it is one."""
    found, many = np.empty(0 if not len(groups) else int((groups[:, 1] - groups[:, 0]).sum()), np.int32), 0
    for g in range(len(groups)):
        for k in range(groups[g, 0], groups[g, 1]):
            if not gone[to[k]]:
                found[many] = to[k]
                many += 1
    return found[:many].copy()


@njit(cache=True, nogil=True)
def mandatory(start: int, beg: I32, end: I32, to: I32, code: I32, spare: I32, gone: U8, within: I32) -> Bool:
    """Which of `within` (sorted places) the start cannot lose: whatever it needs all of, and so on."""
    found = np.zeros(len(within), np.bool_)
    queue = np.empty(len(within), np.int32)
    queue[0] = np.searchsorted(within, start)
    found[queue[0]] = True
    head, tail = 0, 1
    while head < tail:
        v = within[queue[head]]
        head += 1
        for k in range(beg[v], end[v]):
            c, w = code[k], to[k]
            if c == SOFT or gone[w] or (c >= 0 and spare[c] > 0):
                continue
            i = np.searchsorted(within, w)
            if not found[i]:
                found[i] = True
                queue[tail] = i
                tail += 1
    return found


@njit(cache=True, nogil=True)
def has_choice(place: int, beg: I32, end: I32, code: I32, spare: I32) -> bool:
    """Whether a row has a group that can lose a member."""
    found = False
    for k in range(beg[place], end[place]):
        found |= code[k] >= 0 and spare[code[k]] > 0
    return found


@njit(cache=True, nogil=True)
def watched_rows(within: I32, needed: Bool, beg: I32, end: I32, code: I32, spare: I32, circle: I32) -> Bool:
    """Of the places that must not be lost those whose loss has to be looked for: they have a choice, or a circle."""
    found = np.zeros(len(within), np.bool_)
    for i in range(len(within)):
        if needed[i]:
            found[i] = (len(circle) > 0 and circle[within[i]] >= 0) or has_choice(within[i], beg, end, code, spare)
    return found


@njit(cache=True, nogil=True)
def providers_first(places: I32, cycle: I32, local: I32, beg: I32, end: I32, to: I32, code: I32) -> I32:
    """`places` with those of each cycle behind what they rest on, as far as a cycle lets them; `local` becomes theirs.

    Rows in that order are settled in a few passes, whatever their cycle's length.
    """
    n = len(places)
    found, seen, walk, edge = places.copy(), np.zeros(n, np.bool_), np.empty(n, np.int32), np.empty(n, np.int32)
    low = 0
    while low < n:
        high = low + 1
        while cycle[low] >= 0 and high < n and cycle[high] == cycle[low]:
            high += 1
        at = low
        for start in range(low, high):
            if seen[start]:
                continue
            seen[start], depth = True, 0
            walk[0], edge[0] = start, beg[places[start]]
            while depth >= 0:
                v, k = walk[depth], edge[depth]
                stop = end[places[v]]
                while k < stop and not (code[k] != SOFT and low <= local[to[k]] < high and not seen[local[to[k]]]):
                    k += 1
                edge[depth] = k + 1
                if k < stop:
                    depth += 1
                    walk[depth] = local[to[k]]
                    seen[walk[depth]], edge[depth] = True, beg[places[walk[depth]]]
                else:
                    found[at] = places[v]
                    at += 1
                    depth -= 1
        low = high
    for r in range(n):
        local[found[r]] = r
    return found
