"""When CIs are back: rows in their order, providers first; a cycle is settled by itself (`queries.kernels.replay`).

All is worked out twice in one pass, as good and as bad as can be: what is looked up lies side by side. `places` are
sorted. By position in them, in two columns: `own` work (0: not hit, inf: never) and `failover` (inf: none; no rows:
nobody has one). `met` marks relationships, by their place in `to`, that count as met from the start, with a bit for
each column (empty: none). `back`, by place, is when a CI is not down any more.
"""

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT
from queries.kernels.replay import replay

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
BEST, WORST = 0, 1  # columns; the bits in `met` are 1 and 2


@njit(cache=True, nogil=True)
def recover(
    places: I32, unit: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, feeds: Bool, unfounded: Bool,
    circle: I32, own: F64, failover: F64, met: U8, back: F64, most: int,
) -> None:  # fmt: skip
    """Set `back` of all `places`. `unit`: where the cycle of each begins in them, its own position outside of cycles.

    `most`: members of the largest group.
    """
    scratch, taken = np.empty((3, len(needed)), np.int32), np.empty(most, np.float64)
    n, i, ignoring, late = len(places), 0, len(met) > 0, len(failover) > 0
    while i < n:
        last = i + 1
        while last < n and unit[last] == i:
            last += 1
        if last > i + 1:
            for lane in range(2):
                replay(i, last, places, beg, end, to, code, needed, feeds, unfounded, circle, own[:, lane],
                       failover[:, lane], met, 1 << lane, back[:, lane], scratch)  # fmt: skip
        elif ignoring:
            for lane in range(2):
                back[places[i], lane] = _back(i, places[i], beg, end, to, code, needed, own[:, lane], failover[:, lane],
                                              met, 1 << lane, back[:, lane], taken)  # fmt: skip
        else:
            # as `waiting`, written out: calling it would be most of the time
            p, best, worst = np.uint32(places[i]), 0.0, 0.0
            k, stop = beg[p], end[p]
            while k < stop:
                c = code[np.uint32(k)]
                if c >= 0:
                    after = k + 1
                    while after < stop and code[np.uint32(after)] == c:
                        after += 1
                    best = max(best, in_time(k, after, needed[c], to, met, 1, back[:, BEST], taken))
                    worst = max(worst, in_time(k, after, needed[c], to, met, 2, back[:, WORST], taken))
                    k = after
                    continue
                if c != SOFT:
                    w = np.uint32(to[np.uint32(k)])
                    best = max(best, back[w, BEST])
                    worst = max(worst, back[w, WORST])
                k += 1
            best += own[np.uint32(i), BEST]
            worst += own[np.uint32(i), WORST]
            if late:
                best, worst = min(best, failover[i, BEST]), min(worst, failover[i, WORST])
            back[p, BEST], back[p, WORST] = best, worst
        i = last


@njit(cache=True, nogil=True)
def works(places: I32, index: I32, times: F64, hit: Bool) -> F64:
    """Own work by position, in two columns; `times` and `hit` are by index."""
    own = np.zeros((len(places), 2), np.float64)
    for i in range(len(places)):
        ci = np.uint32(index[np.uint32(places[i])])
        if hit[ci]:
            time = times[ci]
            own[i, BEST] = 0.0 if np.isnan(time) else time
            own[i, WORST] = np.inf if np.isnan(time) else time
    return own


@njit(cache=True, nogil=True)
def failovers(places: I32, index: I32, place: I32, times: F64, target: I32, out: Bool) -> F64:
    """When each could have failed over, by position, in two columns as `out` has; `times` and `target` by index."""
    found = np.full((len(places), 2), np.inf)
    for i in range(len(places)):
        ci = index[places[i]]
        for lane in range(2):
            if target[ci] >= 0 and not out[place[target[ci]], lane]:
                unknown = 0.0 if lane == BEST else np.inf
                found[i, lane] = unknown if np.isnan(times[ci]) else times[ci]
    return found


@njit(cache=True, nogil=True)
def units(places: I32, cyclic: I32) -> I32:
    """For each of the places where the cycle it is in begins among them; its own position where it is in none."""
    found = np.empty(len(places), np.int32)
    row = 0
    for i in range(len(places)):
        while row < len(cyclic) and cyclic[row, 1] <= places[i]:
            row += 1
        inside = row < len(cyclic) and cyclic[row, 0] <= places[i]
        found[i] = found[i - 1] if inside and i and cyclic[row, 0] <= places[i - 1] else i
    return found


@njit(cache=True, nogil=True)
def _back(
    i: int, place: int, beg: I32, end: I32, to: I32, code: I32, needed: I32, own: F64, failover: F64, met: U8,
    bit: int, back: F64, taken: F64,
) -> float:  # fmt: skip
    found = own[i] + waiting(place, beg, end, to, code, needed, met, bit, back, taken)
    return min(found, failover[i]) if len(failover) else found


@njit(cache=True, nogil=True)
def waiting(
    place: int, beg: I32, end: I32, to: I32, code: I32, needed: I32, met: U8, bit: int, back: F64, taken: F64
) -> float:  # fmt: skip
    """When all groups of a place have their needed members; `taken` has room for the members of each."""
    waits = 0.0
    k, stop, ignoring = beg[place], end[place], len(met) > 0
    while k < stop:
        c, after = code[k], k + 1
        if c < 0:
            if c != SOFT and not (ignoring and met[k] & bit):
                waits = max(waits, back[to[k]])
        else:
            while after < stop and code[after] == c:
                after += 1
            waits = max(waits, in_time(k, after, needed[c], to, met, bit, back, taken))
        k = after
    return waits


@njit(cache=True, nogil=True)
def in_time(low: int, high: int, needed: int, to: I32, met: U8, bit: int, back: F64, taken: F64) -> float:
    """When a group, at edges low … high − 1, has its needed members: the earliest are kept in order; they are few."""
    ignoring, count = len(met) > 0, 0
    for k in range(low, high):
        time = 0.0 if ignoring and met[k] & bit else back[to[k]]
        at = count
        while at > 0 and taken[at - 1] > time:
            if at < needed:
                taken[at] = taken[at - 1]
            at -= 1
        if at < needed:
            taken[at] = time
        count = min(count + 1, needed)
    return taken[needed - 1]


@njit(cache=True, nogil=True)
def reached(start: I32, beg: I32, end: I32, to: I32, code: I32, met: U8, bit: int, seen: Bool) -> I32:
    """What the places rest on by hard relationships that do not count as met, themselves included; `seen` marks it."""
    queue = np.empty(1024, np.int32)
    tail, ignoring = 0, len(met) > 0
    for place in start:
        if not seen[place]:
            seen[place] = True
            queue, tail = _put(queue, tail, place)
    head = 0
    while head < tail:
        v = queue[head]
        head += 1
        for k in range(beg[v], end[v]):
            w = to[k]
            if code[k] != SOFT and not seen[w] and not (ignoring and met[k] & bit):
                seen[w] = True
                queue, tail = _put(queue, tail, w)
    return queue[:tail].copy()


@njit(cache=True, nogil=True)
def deciding(
    start: int, beg: I32, end: I32, to: I32, code: I32, needed: I32, met: U8, bit: int, back: F64, most: int, seen: Bool
) -> I32:  # fmt: skip
    """What a place waits for, and what that waits for: nobody else, were he back earlier, would bring it back earlier.

    Of the groups that are there last, those members that are not back before: a group is there earlier only if one of
    them is.
    """
    queue, taken = np.empty(64, np.int32), np.empty(most, np.float64)
    queue[0], seen[start] = start, True
    head, tail = 0, 1
    while head < tail:
        v = queue[head]
        head += 1
        waits = waiting(v, beg, end, to, code, needed, met, bit, back, taken)
        k, stop = beg[v], end[v] if waits > 0 else beg[v]
        while k < stop:
            c, after = code[k], k + 1
            while c >= 0 and after < stop and code[after] == c:
                after += 1
            if c != SOFT and in_time(k, after, needed[c] if c >= 0 else 1, to, met, bit, back, taken) == waits:
                for j in range(k, after):
                    w = to[j]
                    if back[w] >= waits and not seen[w] and not (len(met) and met[j] & bit):
                        seen[w] = True
                        queue, tail = _put(queue, tail, w)
            k = after
    return queue[:tail].copy()


@njit(cache=True, nogil=True)
def _put(queue: I32, tail: int, place: int) -> tuple[I32, int]:
    if tail == len(queue):
        queue = np.concatenate((queue, np.empty_like(queue)))
    queue[tail] = place
    return queue, tail + 1


@njit(cache=True, nogil=True)
def changed(
    start: int, service: int, places: I32, unit: I32, local: I32, beg: I32, end: I32, to: I32, code: I32, rbeg: I32,
    rend: I32, rto: I32, rcode: I32, needed: I32, feeds: Bool, unfounded: Bool, circle: I32, own: F64, failover: F64,
    met: U8, back: F64, most: int, stamp: I32, scratch: I32,
) -> tuple[float, int]:  # fmt: skip
    """When the service, a place, is back where the own time at position `start` is another; `back` is left as it was.

    And how many were looked at.

    All of the worst column: `back` is of the recovery with the time as it was, and only what the change reaches is
    looked at. `local`: position of each place in `places`, -1 for none. `stamp`: a number for each position, negative;
    `scratch`: three for each group.
    """
    taken, heap = np.empty(most, np.float64), [unit[start]]
    kept_place, kept_back = [np.int32(0) for _ in range(0)], [0.0 for _ in range(0)]
    stamp[unit[start]] = 0
    while heap:
        i = heapq.heappop(heap)
        if i > unit[local[service]]:
            heap.append(i)
            break
        stamp[i] = -1
        last, first = i + 1, len(kept_place)
        while last < len(places) and unit[last] == i:
            last += 1
        for j in range(i, last):
            kept_place.append(places[j])
            kept_back.append(back[places[j]])
        if last == i + 1:
            back[places[i]] = _back(i, places[i], beg, end, to, code, needed, own, failover, met, 2, back, taken)
        else:
            replay(i, last, places, beg, end, to, code, needed, feeds, unfounded, circle, own, failover, met, 2, back,
                   scratch)  # fmt: skip
        for j in range(i, last):
            v = places[j]
            if back[v] == kept_back[first + j - i]:
                continue
            for k in range(rbeg[v], rend[v]):
                d = local[rto[k]]
                if rcode[k] != SOFT and d >= 0 and unit[d] != i and stamp[unit[d]] < 0:
                    stamp[unit[d]] = 0
                    heapq.heappush(heap, unit[d])
    for i in heap:
        stamp[i] = -1
    found = back[service]
    for j in range(len(kept_place)):
        back[kept_place[j]] = kept_back[j]
    return found, len(kept_place)


@njit(cache=True, nogil=True)
def without(
    candidates: I32, budget: int, service: int, places: I32, unit: I32, local: I32, beg: I32, end: I32, to: I32,
    code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32, needed: I32, feeds: Bool, unfounded: Bool, circle: I32,
    own: F64, failover: F64, met: U8, back: F64, most: int, stamp: I32, scratch: I32,
) -> tuple[F64, int]:  # fmt: skip
    """When the service is back if the own time at one of these positions is 0, for each of them; as `changed`.

    Of the first ones alone, once more than `budget` CIs have been looked at; and how many of these are left.
    """
    found = np.empty(len(candidates), np.float64)
    for at in range(len(candidates)):
        if budget <= 0:
            return found[:at].copy(), budget
        i = candidates[at]
        kept = own[i]
        own[i] = 0.0
        found[at], seen = changed(
            i, service, places, unit, local, beg, end, to, code, rbeg, rend, rto, rcode, needed, feeds, unfounded,
            circle, own, failover, met, back, most, stamp, scratch,
        )  # fmt: skip
        budget -= seen
        own[i] = kept
    return found, budget
