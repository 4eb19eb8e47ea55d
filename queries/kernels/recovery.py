"""When CIs are back: rows in their order, providers first; a cycle is settled by itself (`queries.kernels.replay`).

`places` are sorted. By position in them: `own` work (0: not hit, inf: never) and `failover` (inf: none; empty: nobody
has one). `met` marks relationships, by their place in `to`, that count as met from the start (empty: none). `back`, by
place, is when a CI is not down any more; providers that are not among `places` have theirs set before.
"""

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT
from queries.kernels.replay import replay

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def recover(
    places: I32, unit: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, feeds: Bool, unfounded: Bool,
    circle: I32, own: F64, failover: F64, met: Bool, back: F64,
) -> None:  # fmt: skip
    """Set `back` of all `places`. `unit`: where the cycle of each begins in them, its own position outside of cycles."""
    left, some, short = np.empty((3, len(needed)), np.int32)
    taken = np.empty(64, np.float64)
    n, i = len(places), 0
    while i < n:
        last = i + 1
        while last < n and unit[last] == i:
            last += 1
        if last == i + 1:
            taken = _roomy(taken, end[places[i]] - beg[places[i]])
            back[places[i]] = _back(i, places[i], beg, end, to, code, needed, own, failover, met, back, taken)
        else:
            replay(i, last, places, beg, end, to, code, needed, feeds, unfounded, circle, own, failover, met, back, left,
                   some, short)  # fmt: skip
        i = last


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
def _roomy(taken: F64, length: int) -> F64:
    return taken if length <= len(taken) else np.empty(2 * length, np.float64)


@njit(cache=True, nogil=True)
def _back(
    i: int, place: int, beg: I32, end: I32, to: I32, code: I32, needed: I32, own: F64, failover: F64, met: Bool,
    back: F64, taken: F64,
) -> float:  # fmt: skip
    waits = waiting(place, beg, end, to, code, needed, met, back, taken)
    found = own[i] + waits
    return min(found, failover[i]) if len(failover) else found


@njit(cache=True, nogil=True)
def waiting(
    place: int, beg: I32, end: I32, to: I32, code: I32, needed: I32, met: Bool, back: F64, taken: F64
) -> float:  # fmt: skip
    """When all groups of a place have their needed members; `taken` has room for the members of each."""
    waits = 0.0
    k, stop, ignoring = beg[place], end[place], len(met) > 0
    while k < stop:
        c = code[k]
        if c < 0:
            if c != SOFT and not (ignoring and met[k]):
                waits = max(waits, back[to[k]])
            k += 1
            continue
        count = 0
        while k < stop and code[k] == c:
            time = 0.0 if ignoring and met[k] else back[to[k]]
            at = count
            # kept in order: groups are small
            while at > 0 and taken[at - 1] > time:
                taken[at] = taken[at - 1]
                at -= 1
            taken[at] = time
            count += 1
            k += 1
        waits = max(waits, taken[needed[c] - 1])
    return waits


@njit(cache=True, nogil=True)
def reached(start: I32, beg: I32, end: I32, to: I32, code: I32, met: Bool, seen: Bool) -> I32:
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
            if code[k] != SOFT and not seen[w] and not (ignoring and met[k]):
                seen[w] = True
                queue, tail = _put(queue, tail, w)
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
    met: Bool, back: F64, stamp: I32, scratch: I32,
) -> float:  # fmt: skip
    """When the service, a place, is back where the own time at position `start` is another; `back` is left as it was.

    `back` is of the recovery with the time as it was; only what the change reaches is looked at. `local`: position of
    each place in `places`, -1 for none. `stamp`: a number for each position, negative; `scratch`: three for each group.
    """
    taken, heap = np.empty(64, np.float64), [unit[start]]
    kept_place, kept_back = [np.int32(0) for _ in range(0)], [0.0 for _ in range(0)]
    stamp[unit[start]] = 0
    while len(heap):
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
            taken = _roomy(taken, end[places[i]] - beg[places[i]])
            back[places[i]] = _back(i, places[i], beg, end, to, code, needed, own, failover, met, back, taken)
        else:
            replay(i, last, places, beg, end, to, code, needed, feeds, unfounded, circle, own, failover, met, back,
                   scratch[0], scratch[1], scratch[2])  # fmt: skip
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
    return found


@njit(cache=True, nogil=True)
def without(
    candidates: I32, service: int, places: I32, unit: I32, local: I32, beg: I32, end: I32, to: I32, code: I32,
    rbeg: I32, rend: I32, rto: I32, rcode: I32, needed: I32, feeds: Bool, unfounded: Bool, circle: I32, own: F64,
    failover: F64, met: Bool, back: F64, stamp: I32, scratch: I32,
) -> F64:  # fmt: skip
    """When the service is back if the own time at one of these positions is 0, for each of them; as `changed`."""
    found = np.empty(len(candidates), np.float64)
    for at in range(len(candidates)):
        i = candidates[at]
        kept = own[i]
        own[i] = 0.0
        found[at] = changed(
            i, service, places, unit, local, beg, end, to, code, rbeg, rend, rto, rcode, needed, feeds, unfounded,
            circle, own, failover, met, back, stamp, scratch,
        )  # fmt: skip
        own[i] = kept
    return found
