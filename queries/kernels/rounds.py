"""Hops and margins in one pass over the rows in their order, for graphs in which nothing feeds.

What a dependent must know of a provider is one word: the round in which it stops, and the length of its shortest chain
to a seed. Cycles are settled as they are met. The result is that of `spread` to the bit.
"""

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels.spread import NEVER, SOFT
from queries.kernels.sweep import OUT, WEAK

I32 = NDArray[np.int32]
U32 = NDArray[np.uint32]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
NONE = 0xFFFF  # in a half of a word: no round, no chain (rounds and chains are counted one higher when handed on)
LONGEST = 0xFFF0  # rounds or relationships; a longer chain does not fit into a word


@njit(cache=True, nogil=True)
def rounds(
    beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32, mixed: Bool, spare: I32,
    cyclic: I32, seeds: U8, hops: I32, margin: I32, first: int,
) -> bool:  # fmt: skip
    """Set `hops` and `margin` of all places from `first` on that are affected; `seeds` has the bits of the seeds.

    `margin` is NEVER where no group lost a member. False, and nothing of use, where a chain is longer than LONGEST.
    """
    n = len(beg)
    word = np.full(n, np.uint32(0xFFFFFFFF), np.uint32)
    held = np.empty(_longest(beg, end), np.uint32)
    counts = np.zeros(len(spare) if len(cyclic) else 0, np.int32)
    cycle, v = 0, first
    while cycle < len(cyclic) and cyclic[cycle, 1] <= first:
        cycle += 1
    if cycle < len(cyclic):
        v = min(v, cyclic[cycle, 0])
    deepest = 0
    while v < n:
        stop = cyclic[cycle, 0] if cycle < len(cyclic) else n
        for u in range(v, stop):
            own = seeds[u]
            near, best, weak, left = NONE, NONE, NONE, NEVER
            if mixed[u]:
                k, high = beg[u], end[u]
                while k < high:
                    c, w = code[k], np.int64(word[np.uint32(to[k])])
                    k += 1
                    near = min(near, w & NONE)
                    stops = w >> 16
                    if c == SOFT:
                        weak = min(weak, stops)
                    elif c < 0:
                        best = min(best, stops)
                        left = -1 if stops != NONE else left
                    else:
                        # the members of a group lie together: when the first and the last of them stop, and how many do
                        start, soonest, latest, lost = k - 1, stops, stops, np.int64(stops != NONE)
                        while k < high and code[k] == c:
                            w = np.int64(word[np.uint32(to[k])])
                            k += 1
                            near = min(near, w & NONE)
                            stops = w >> 16
                            soonest, latest, lost = min(soonest, stops), max(latest, stops), lost + (stops != NONE)
                        if lost:
                            extra = np.int64(spare[np.uint32(c)])
                            left, weak = min(left, extra - lost), min(weak, soonest)
                            if extra == 0:
                                best = min(best, soonest)
                            elif extra == k - start - 1:
                                best = min(best, latest)
                            elif lost > extra:
                                best = min(best, _nth(start, k, to, word, held, extra))
            else:
                for k in range(beg[u], end[u]):
                    w = np.int64(word[np.uint32(to[k])])
                    near, best = min(near, w & NONE), min(best, w >> 16)
                left = -1 if best != NONE else NEVER
            if near == NONE and not own:
                continue
            best = 0 if own & OUT else best + (best != NONE)
            weak = 0 if own & WEAK else weak + (weak != NONE)
            chain = 0 if own else near + 1
            deepest = max(deepest, chain, best if best != NONE else 0)
            margin[u] = left
            hops[u] = best if best != NONE else weak if weak != NONE else chain
            word[u] = np.uint32(chain | (best << 16))
        v = stop
        if deepest > LONGEST:
            return False
        if cycle < len(cyclic):
            v = cyclic[cycle, 1]
            cycle += 1
            if _is_touched(stop, v, beg, end, to, word, seeds):
                deepest = max(deepest, _settle(stop, v, beg, end, to, code, rbeg, rend, rto, rcode, spare, word, seeds,
                                               hops, margin, counts))  # fmt: skip
    return deepest <= LONGEST


@njit(cache=True, nogil=True)
def _longest(beg: I32, end: I32) -> int:
    longest = 1
    for v in range(len(beg)):
        longest = max(longest, end[v] - beg[v])
    return longest


@njit(cache=True, nogil=True)
def _nth(low: int, high: int, to: I32, word: U32, held: U32, nth: int) -> int:
    # the round in which member number `nth` of those that stop does so, counted from 0
    for k in range(low, high):
        stops = word[np.uint32(to[k])] >> np.uint32(16)
        at = k - low
        while at > 0 and held[at - 1] > stops:
            held[at] = held[at - 1]
            at -= 1
        held[at] = stops
    return np.int64(held[nth])


@njit(cache=True, nogil=True)
def _is_touched(low: int, high: int, beg: I32, end: I32, to: I32, word: U32, seeds: U8) -> bool:
    for u in range(low, high):
        if seeds[u]:
            return True
        for k in range(beg[u], end[u]):
            if to[k] < low and word[to[k]] != np.uint32(0xFFFFFFFF):
                return True
    return False


@njit(cache=True, nogil=True)
def _settle(
    low: int, high: int, beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32,
    spare: I32, word: U32, seeds: U8, hops: I32, margin: I32, lost: I32,
) -> int:  # fmt: skip
    # a cycle, at places low … high − 1, whose providers outside are settled; returns its longest round or chain
    count = high - low
    best, weak = np.full(count, NEVER, np.int32), np.full(count, NEVER, np.int32)
    near, least = np.full(count, NEVER, np.int32), np.full(count, NEVER, np.int32)
    # events (round, place) from outside and of the seeds within, handled in the order of their rounds
    events = [0 for _ in range(0)]
    for i in range(count):
        v = low + i
        if seeds[v]:
            near[i] = 0
            if seeds[v] & OUT:
                best[i] = 0
                events.append(v)
            else:
                weak[i] = 0
        for k in range(beg[v], end[v]):
            if code[k] >= 0:
                lost[code[k]] = 0
            if to[k] < low:
                w = word[to[k]]
                if w & np.uint32(NONE) != NONE:
                    near[i] = min(near[i], np.int64(w & np.uint32(NONE)) + 1)
                if w >> np.uint32(16) != NONE:
                    events.append((np.int64(w >> np.uint32(16)) << 32) | np.int64(to[k]))
    pending = np.unique(np.array(events, dtype=np.int64)) if events else np.empty(0, np.int64)
    queue = np.empty(count, np.int32)
    head, tail, at = 0, 0, 0
    while at < len(pending) or head < tail:
        # the earlier of the next event given and the next outage found
        if head < tail and (at >= len(pending) or best[queue[head] - low] <= pending[at] >> 32):
            w_place, stops = np.int64(queue[head]), np.int64(best[queue[head] - low])
            head += 1
        else:
            w_place, stops = pending[at] & 0xFFFFFFFF, pending[at] >> 32
            at += 1
        for k in range(rbeg[w_place], rend[w_place]):
            d, c = rto[k], rcode[k]
            if not low <= d < high:
                continue
            i = d - low
            if c == SOFT:
                weak[i] = min(weak[i], stops + 1)
                continue
            if c >= 0:
                lost[c] += 1
                least[i] = min(least[i], spare[c] - lost[c])
                weak[i] = min(weak[i], stops + 1)
                if lost[c] <= spare[c]:
                    continue
            else:
                least[i] = min(least[i], -1)
            if best[i] == NEVER:
                best[i] = stops + 1
                queue[tail] = d
                tail += 1
    _chains(low, high, rbeg, rend, rto, near)
    deepest = 0
    for i in range(count):
        v = low + i
        margin[v] = least[i]
        hops[v] = best[i] if best[i] != NEVER else weak[i] if weak[i] != NEVER else near[i]
        stopped = np.int64(best[i]) if best[i] != NEVER else np.int64(NONE)
        deepest = max(deepest, np.int64(near[i]), np.int64(best[i]) if best[i] != NEVER else 0)
        word[v] = np.uint32(near[i]) | (np.uint32(stopped) << np.uint32(16))
    return deepest


@njit(cache=True, nogil=True)
def _chains(low: int, high: int, rbeg: I32, rend: I32, rto: I32, near: I32) -> None:
    # shortest chains within the cycle, from what its members have from outside (Dijkstra)
    heap = [(near[i], np.int64(i)) for i in range(high - low) if near[i] != NEVER]
    heapq.heapify(heap)
    while heap:
        hops, i = heapq.heappop(heap)
        if hops > near[i]:
            continue
        for k in range(rbeg[low + i], rend[low + i]):
            d = rto[k]
            if low <= d < high and near[d - low] > hops + 1:
                near[d - low] = hops + 1
                heapq.heappush(heap, (near[d - low], np.int64(d - low)))
