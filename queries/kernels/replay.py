"""One cycle of a recovery, replayed in time when all of its providers outside are settled (SEMANTICS 6).

Time goes from event to event: a provider outside is back, a work is finished, a failover has taken place. A hit CI
begins its work when each of its groups has the needed members, and so comes after them: no circle holds it up. CIs that
are not hit, and need each other, come back together: of each such set (`block`) the largest part is looked for that
holds itself up with what is back, and has a source where something feeds (SEMANTICS 2).
"""

import heapq
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT, components, feeding_cycles, is_feeding

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
Works = list[Any]  # (when it ends, which member's) of what is under way
DOWN, MAYBE, FAILS = 0, 1, 2


@njit(cache=True, nogil=True)
def replay(
    first: int, last: int, places: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, feeds: Bool,
    unfounded: Bool, circle: I32, own: F64, failover: F64, met: U8, bit: int, back: F64, scratch: I32,
) -> None:  # fmt: skip
    """Set `back` of the cycle that lies at positions first … last − 1 of `places`.

    Arguments are one column of those of `queries.kernels.recovery.recover`, `bit` that column's in `met`; `scratch`:
    three numbers for each group.
    """
    size, low, left = last - first, places[first], scratch[0]
    at = np.full(places[last - 1] - low + 1, -1, np.int32)  # positions in the cycle, of the places in its stretch
    for i in range(size):
        at[places[first + i] - low] = i
    pending = np.zeros(size, np.int32)  # groups that lack members
    up = np.zeros(size, np.bool_)
    for i in range(size):
        back[places[first + i]] = np.inf
    start, dependent, by, event, touched = _rows(
        first, size, low, at, places, beg, end, to, code, needed, met, bit, back, pending, left
    )
    for i in range(size):
        touched |= own[first + i] > 0
    if not touched:
        for i in range(size):
            back[places[first + i]] = 0.0
        return
    block, begin, members = _blocks(first, size, start, dependent, own)
    dirty = np.ones(len(begin) - 1, np.bool_)
    soiled = [np.int32(b) for b in range(len(dirty))]
    works = [(np.inf, np.int32(-1))]
    queue = np.empty(size, np.int32)
    maybe = np.zeros(size, np.uint8)
    order = np.argsort(event[:, 0])
    now, head, tail, e = 0.0, 0, 0, 0
    for i in range(size):
        if len(failover) and failover[first + i] < np.inf:
            heapq.heappush(works, (failover[first + i], np.int32(i)))
        if not pending[i]:
            tail = _ready(i, now, own[first + i], up, queue, tail, works)
    while True:
        while True:
            while head < tail:
                v = queue[head]
                head += 1
                back[places[first + v]] = now
                for k in range(start[v], start[v + 1]):
                    if _gains(dependent[k], by[k], pending, left):
                        tail = _ready(dependent[k], now, own[first + dependent[k]], up, queue, tail, works)
                    _soil(block[dependent[k]], dirty, soiled)
            if not soiled:
                break
            b = soiled.pop()
            dirty[b] = False
            tail = _hold(
                members[begin[b] : begin[b + 1]], first, low, at, places, beg, end, to, code, needed, feeds, unfounded,
                circle, met, bit, back, now, start, dependent, by, up, maybe, scratch[1], scratch[2], queue, tail,
            )  # fmt: skip
        now = works[0][0]
        if e < len(order):
            now = min(now, event[order[e], 0])
        if now == np.inf:
            break
        while e < len(order) and event[order[e], 0] == now:
            i, c = np.int32(event[order[e], 1]), np.int32(event[order[e], 2])
            e += 1
            if _gains(i, c, pending, left):
                tail = _ready(i, now, own[first + i], up, queue, tail, works)
            _soil(block[i], dirty, soiled)
        while works[0][0] == now:
            i = heapq.heappop(works)[1]
            if not up[i]:
                up[i] = True
                queue[tail] = i
                tail += 1


@njit(cache=True, nogil=True)
def _ready(i: int, now: float, own: float, up: Bool, queue: I32, tail: int, works: Works) -> int:
    # every group has its members: a hit CI begins its work, another one is back
    if up[i]:
        return tail
    if own > 0:
        heapq.heappush(works, (now + own, np.int32(i)))
        return tail
    up[i] = True
    queue[tail] = i
    return tail + 1


@njit(cache=True, nogil=True)
def _gains(i: int, c: int, pending: I32, left: I32) -> bool:
    # one member more of a group of i; whether that was the last thing it lacked
    if c >= 0:
        left[c] -= 1
        if left[c] != 0:
            return False
    pending[i] -= 1
    return pending[i] == 0


@njit(cache=True, nogil=True)
def _soil(b: int, dirty: Bool, soiled: list[int]) -> None:
    if b >= 0 and not dirty[b]:
        dirty[b] = True
        soiled.append(b)


@njit(cache=True, nogil=True)
def _rows(
    first: int, size: int, low: int, at: I32, places: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32,
    met: U8, bit: int, back: F64, pending: I32, left: I32,
) -> tuple[I32, I32, I32, F64, bool]:  # fmt: skip
    # who rests on whom within (row starts, dependents, codes), what comes back outside and when, and whether any does
    ignoring, inner, outer = len(met) > 0, 0, 0
    start = np.zeros(size + 1, np.int32)
    for i in range(size):
        p, run = places[first + i], SOFT
        for k in range(beg[p], end[p]):
            c = code[k]
            if c == SOFT:
                continue
            if c < 0 or c != run:
                pending[i] += 1
                if c >= 0:
                    left[c] = needed[c]
            run = c
            j = _within(to[k], low, at)
            if (ignoring and met[k] & bit) or (j < 0 and back[to[k]] == 0):
                _gains(i, c, pending, left)
            elif j >= 0:
                start[j + 1] += 1
                inner += 1
            else:
                outer += 1
    for j in range(size):
        start[j + 1] += start[j]
    dependent, by, event = np.empty(inner, np.int32), np.empty(inner, np.int32), np.empty((outer, 3), np.float64)
    slot, e = start[:-1].copy(), 0
    for i in range(size):
        p = places[first + i]
        for k in range(beg[p], end[p]):
            if code[k] == SOFT or (ignoring and met[k] & bit):
                continue
            j = _within(to[k], low, at)
            if j >= 0:
                dependent[slot[j]], by[slot[j]] = i, code[k]
                slot[j] += 1
            elif back[to[k]] != 0:
                event[e, 0], event[e, 1], event[e, 2] = back[to[k]], i, code[k]
                e += 1
    return start, dependent, by, event, outer > 0


@njit(cache=True, nogil=True)
def _within(place: int, low: int, at: I32) -> int:
    return at[place - low] if low <= place < low + len(at) else -1


@njit(cache=True, nogil=True)
def _blocks(first: int, size: int, start: I32, dependent: I32, own: F64) -> tuple[I32, I32, I32]:
    # sets of members that are not hit and need each other: of each member which (-1: none), and the sets as rows
    pointer, other = np.zeros(size + 1, np.int32), np.empty(len(dependent), np.int32)
    kept = 0
    for j in range(size):
        if own[first + j] == 0:
            for k in range(start[j], start[j + 1]):
                if own[first + dependent[k]] == 0:
                    other[kept] = dependent[k]
                    kept += 1
        pointer[j + 1] = kept
    component, count = components(pointer, other[:kept].copy())
    return feeding_cycles(component, count)


@njit(cache=True, nogil=True)
def _hold(
    members: I32, first: int, low: int, at: I32, places: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32,
    feeds: Bool, unfounded: Bool, circle: I32, met: U8, bit: int, back: F64, now: float, start: I32, dependent: I32,
    by: I32, up: Bool, maybe: U8, some: I32, short: I32, queue: I32, tail: int,
) -> int:  # fmt: skip
    # let come back the largest part of a set that holds itself up; who fails is struck off until nobody does
    failing = np.empty(len(members), np.int32)
    count, fed = 0, False
    for i in members:
        if not up[i]:
            maybe[i] = MAYBE
            fed |= len(circle) > 0 and circle[places[first + i]] >= 0
    for i in members:
        if maybe[i] == MAYBE and _lacks(i, first, low, at, places, beg, end, to, code, needed, met, bit, back, now, up,
                                        maybe, some):  # fmt: skip
            maybe[i] = FAILS
            failing[count] = i
            count += 1
    _strike(failing, count, start, dependent, by, needed, maybe, some)
    while fed:
        count = _sourceless(members, first, low, at, places, beg, end, to, code, needed, feeds, unfounded, met, bit,
                            back, now, start, dependent, by, up, maybe, short, failing)  # fmt: skip
        fed = count > 0
        _strike(failing, count, start, dependent, by, needed, maybe, some)
    for i in members:
        if maybe[i] == MAYBE:
            up[i] = True
            queue[tail] = i
            tail += 1
        maybe[i] = DOWN
    return tail


@njit(cache=True, nogil=True)
def _there(k: int, low: int, at: I32, to: I32, met: U8, bit: int, back: F64, now: float, up: Bool) -> bool:
    # whether the provider of a relationship is back, or counts as that
    if len(met) and met[k] & bit:
        return True
    j = _within(to[k], low, at)
    return up[j] if j >= 0 else back[to[k]] <= now


@njit(cache=True, nogil=True)
def _may(k: int, low: int, at: I32, to: I32, maybe: U8) -> bool:
    j = _within(to[k], low, at)
    return j >= 0 and maybe[j] != DOWN


@njit(cache=True, nogil=True)
def _lacks(
    i: int, first: int, low: int, at: I32, places: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, met: U8,
    bit: int, back: F64, now: float, up: Bool, maybe: U8, some: I32,
) -> bool:  # fmt: skip
    # whether a group is short even if all that may come back do; `some` counts those of each group that are there then
    p, short = places[first + i], False
    k, stop = beg[p], end[p]
    while k < stop:
        c = code[k]
        if c < 0:
            short |= c != SOFT and not (_there(k, low, at, to, met, bit, back, now, up) or _may(k, low, at, to, maybe))
            k += 1
            continue
        some[c] = 0
        while k < stop and code[k] == c:
            some[c] += _there(k, low, at, to, met, bit, back, now, up) or _may(k, low, at, to, maybe)
            k += 1
        short |= some[c] < needed[c]
    return short


@njit(cache=True, nogil=True)
def _strike(failing: I32, count: int, start: I32, dependent: I32, by: I32, needed: I32, maybe: U8, some: I32) -> None:
    # strike off the first `count`, and whoever fails with them
    while count:
        count -= 1
        i = failing[count]
        maybe[i] = DOWN
        for k in range(start[i], start[i + 1]):
            d, c = dependent[k], by[k]
            if c >= 0 and maybe[d] != DOWN:
                some[c] -= 1
            if maybe[d] == MAYBE and (c < 0 or some[c] < needed[c]):
                maybe[d] = FAILS
                failing[count] = d
                count += 1


@njit(cache=True, nogil=True)
def _sourceless(
    members: I32, first: int, low: int, at: I32, places: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32,
    feeds: Bool, unfounded: Bool, met: U8, bit: int, back: F64, now: float, start: I32, dependent: I32, by: I32,
    up: Bool, maybe: U8, short: I32, failing: I32,
) -> int:  # fmt: skip
    # mark those that only feed each other as failing: built upwards from what is back or never had a source
    missing, queue = np.zeros(len(up), np.int32), np.empty(len(members), np.int32)
    head, tail, count = 0, 0, 0
    for i in members:
        if maybe[i] != MAYBE:
            continue
        p, run = places[first + i], SOFT
        for k in range(beg[p], end[p]):
            c = code[k]
            if not is_feeding(c, feeds):
                continue
            if c < 0 or c != run:
                missing[i] += 1
                if c >= 0:
                    short[c] = needed[c]
            run = c
            j = _within(to[k], low, at)
            excused = j >= 0 and maybe[j] == MAYBE and unfounded[places[first + j]]
            if excused or _there(k, low, at, to, met, bit, back, now, up):
                _gains(i, c, missing, short)
        if not missing[i]:
            queue[tail] = i
            tail += 1
    while head < tail:
        v = queue[head]
        head += 1
        if unfounded[places[first + v]]:
            continue
        for k in range(start[v], start[v + 1]):
            d, c = dependent[k], by[k]
            if maybe[d] == MAYBE and is_feeding(c, feeds) and _gains(d, c, missing, short):
                queue[tail] = d
                tail += 1
    for i in members:
        if maybe[i] == MAYBE and missing[i] and not unfounded[places[first + i]]:
            maybe[i] = FAILS
            failing[count] = i
            count += 1
    return count
