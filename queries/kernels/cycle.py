"""One cycle of dependencies settled by itself, round by round, when all of its providers outside are (SEMANTICS 2)."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import FEED, SOFT, is_feeding
from graph.kernels.strips import CYCLE
from queries.kernels.circles import hold, missed, soil
from queries.kernels.marks import AT_RISK, DEGRADED, NEVER, OUTAGE
from queries.kernels.sweep import OUT

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U16 = NDArray[np.uint16]
Word = NDArray[Any]  # of uint16 or uint32
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
FEW = 24  # so many are sorted by insertion


@njit(cache=True, nogil=True)
def is_touched(
    low: int, high: int, beg: I32, end: I32, to: I32, word: Word, half: int, none: int, seeds: U8
) -> bool:  # fmt: skip
    """Whether a member of the cycle, or anything outside that it rests on, is affected."""
    for u in range(low, high):
        if seeds[u]:
            return True
        for k in range(beg[u], end[u]):
            if to[k] < low and word[to[k]] & none != none:
                return True
    return False


@njit(cache=True, nogil=True)
def scratch_of(strips: I32, beg: I32, end: I32) -> tuple[I32, I32]:
    """`work` and `heard` for any of the cycles."""
    longest, most = 0, 0
    for s in range(len(strips)):
        if strips[s, 4] == CYCLE:
            edges = 0
            for u in range(strips[s, 0], strips[s, 1]):
                edges += end[u] - beg[u]
            longest, most = max(longest, strips[s, 1] - strips[s, 0]), max(most, edges)
    return np.empty((9, longest), np.int32), np.empty((4, 2 * most), np.int32)


@njit(cache=True, nogil=True)
def settle(
    low: int, high: int, beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32,
    feeds: Bool, unfounded: Bool, circle: I32, circle_start: I32, circle_member: I32, seeds: U8, word: Word, since: U16,
    half: int, none: int, lost: I32, starved: I32, absent: I32, dirty: Bool, missing: I32, work: I32, heard: I32,
    places: I32, states: U8, hops: I32, margins: I32,
) -> int:  # fmt: skip
    """Settle the cycle at places low … high − 1; what became of them fills the start of the last four arrays.

    `lost`, `starved` and `absent` count members of groups, `dirty` and `missing` are of circles of feeding, `work` has
    9 rows as long as the cycle, `heard` 4 twice as long as it has edges: scratch. Returns the longest round or chain.
    """
    size, fed = high - low, len(since) > 0
    best, weak, dry, near, least = work[0, :size], work[1, :size], work[2, :size], work[3, :size], work[4, :size]
    queue, pending, circles, order = work[5], work[6], work[7], work[8]
    # from outside: providers that lose their source (even keys) or stop (odd keys), by round; the edge and the member
    key, edge, member, by_key = heard[0], heard[1], heard[2], heard[3]
    best[:], weak[:], dry[:], near[:], least[:] = NEVER, NEVER, NEVER, NEVER, NEVER
    tail = 0
    events = 0
    for i in range(size):
        u = low + i
        if seeds[u]:
            near[i] = 0
            if seeds[u] & OUT:
                best[i] = 0
                queue[tail] = i
                tail += 1
            else:
                weak[i] = 0
        for k in range(beg[u], end[u]):
            c = code[k]
            if c >= 0:
                lost[c] = 0
                if fed:
                    starved[c] = 0
            if to[k] >= low:
                continue
            w = np.int64(word[to[k]])
            if w & none != none:
                near[i] = min(near[i], (w & none) + 1)
            if w >> half != none:
                key[events], edge[events], member[events] = 2 * (w >> half) + 1, k, i
                events += 1
            if fed and since[to[k]] != none and is_feeding(c, feeds):
                key[events], edge[events], member[events] = 2 * np.int64(since[to[k]]), k, i
                events += 1
    _sort(key, events, by_key)
    at, head = 0, 0
    while at < events or head < tail:
        now = key[by_key[at]] >> 1 if at < events else np.int64(NEVER)
        if head < tail:
            now = min(now, np.int64(best[queue[head]]))
        last, waiting = tail, 0
        if fed:
            for q in range(head, last):
                if dry[queue[q]] == NEVER:
                    dry[queue[q]] = now
                    pending[waiting] = queue[q]
                    waiting += 1
            soiled = 0
            while at < events and key[by_key[at]] == 2 * now:
                e = by_key[at]
                at += 1
                waiting, soiled = _dries(
                    member[e], code[edge[e]], low, spare, unfounded, circle, starved, dry, dirty, circles, pending,
                    waiting, soiled, now,
                )  # fmt: skip
            done = 0
            while done < waiting or soiled:
                while done < waiting:
                    v = low + pending[done]
                    done += 1
                    soiled = soil(circle[v], dirty, circles, soiled)
                    for k in range(rbeg[v], rend[v]):
                        d, c = rto[k], rcode[k]
                        if low <= d < high and is_feeding(c, feeds):
                            waiting, soiled = _dries(
                                d - low, c, low, spare, unfounded, circle, starved, dry, dirty, circles, pending,
                                waiting, soiled, now,
                            )  # fmt: skip
                for b in circles[:soiled]:
                    dirty[b] = False
                    waiting = _starve_circle(
                        b, low, beg, end, to, code, rbeg, rend, rto, rcode, spare, feeds, unfounded, circle,
                        circle_start, circle_member, since, dry, missing, absent, order, pending, waiting, now,
                    )  # fmt: skip
                soiled = 0
        while at < events and key[by_key[at]] == 2 * now + 1:
            e = by_key[at]
            at += 1
            tail = _loses(member[e], code[edge[e]], spare, lost, best, weak, least, queue, tail, now)
        for q in range(head, last):
            v = low + queue[q]
            for k in range(rbeg[v], rend[v]):
                if low <= rto[k] < high:
                    tail = _loses(rto[k] - low, rcode[k], spare, lost, best, weak, least, queue, tail, now)
        for p in range(waiting):
            if best[pending[p]] == NEVER:
                best[pending[p]] = now + 1
                queue[tail] = pending[p]
                tail += 1
        head = last
    _chains(low, high, rbeg, rend, rto, near, queue, order)
    deepest = np.int64(0)
    for i in range(size):
        places[i], margins[i] = low + i, least[i]
        stops = np.int64(best[i])
        if stops != NEVER:
            states[i], hops[i] = OUTAGE, stops
            deepest = max(deepest, stops)
        elif weak[i] != NEVER:
            states[i], hops[i] = DEGRADED, weak[i]
        else:
            states[i], hops[i] = AT_RISK, near[i]
        deepest = max(deepest, np.int64(near[i]))
        word[low + i] = near[i] | ((stops if stops != NEVER else none) << half)
        if fed:
            since[low + i] = dry[i] if dry[i] != NEVER else none
    return deepest


@njit(cache=True, nogil=True)
def _loses(
    i: int, c: int, spare: I32, lost: I32, best: I32, weak: I32, least: I32, queue: I32, tail: int, now: int
) -> int:  # fmt: skip
    # a member loses a provider in round `now`
    if c == SOFT:
        weak[i] = min(weak[i], now + 1)
        return tail
    if c >= 0:
        lost[c] += 1
        least[i] = min(least[i], spare[c] - lost[c])
        weak[i] = min(weak[i], now + 1)
        if lost[c] <= spare[c]:
            return tail
    else:
        least[i] = min(least[i], -1)
    if best[i] == NEVER:
        best[i] = now + 1
        queue[tail] = i
        tail += 1
    return tail


@njit(cache=True, nogil=True)
def _dries(
    i: int, c: int, low: int, spare: I32, unfounded: Bool, circle: I32, starved: I32, dry: I32, dirty: Bool,
    circles: I32, pending: I32, waiting: int, soiled: int, now: int,
) -> tuple[int, int]:  # fmt: skip
    # a provider that feeds a member has no source from round `now` on
    lacks = c == FEED
    if c >= 0:
        starved[c] += 1
        lacks = starved[c] > spare[c]
    soiled = soil(circle[low + i], dirty, circles, soiled)
    if lacks and not unfounded[low + i] and dry[i] == NEVER:
        dry[i] = now
        pending[waiting] = i
        waiting += 1
    return waiting, soiled


@njit(cache=True, nogil=True)
def _starve_circle(
    b: int, low: int, beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32,
    feeds: Bool, unfounded: Bool, circle: I32, circle_start: I32, circle_member: I32, since: U16, dry: I32,
    missing: I32, absent: I32, queue: I32, pending: I32, waiting: int, now: int,
) -> int:  # fmt: skip
    # who of the circle is not held has no source from now on
    first, last = circle_start[b], circle_start[b + 1]
    for i in range(first, last):
        v, run = circle_member[i], -1
        missing[i] = 0 if dry[v - low] == NEVER else NEVER
        if missing[i] or unfounded[v]:
            continue
        for k in range(beg[v], end[v]):
            c, w = code[k], to[k]
            if is_feeding(c, feeds):
                there = since[w] > now if w < low else dry[w - low] == NEVER
                missing[i] += missed(there and (circle[w] != b or unfounded[w]), c, run, spare, absent)
                run = c
    hold(b, rbeg, rend, rto, rcode, spare, feeds, unfounded, circle, circle_start, circle_member, missing, absent,
         queue)  # fmt: skip
    for i in range(first, last):
        if missing[i] and missing[i] != NEVER:
            j = circle_member[i] - low
            dry[j] = now
            pending[waiting] = j
            waiting += 1
    return waiting


@njit(cache=True, nogil=True)
def _chains(low: int, high: int, rbeg: I32, rend: I32, rto: I32, near: I32, queue: I32, order: I32) -> None:
    # shortest chains within the cycle, from what its members have from outside: nearest first, either of those or of
    # what was found since, which is found in order
    _sort(near, high - low, order)
    at, head, tail = 0, 0, 0
    while True:
        while at < high - low and near[order[at]] == NEVER:
            at += 1
        if head < tail and (at >= high - low or near[queue[head]] <= near[order[at]]):
            i = queue[head]
            head += 1
        elif at < high - low:
            i = order[at]
            at += 1
        else:
            return
        for k in range(rbeg[low + i], rend[low + i]):
            d = rto[k]
            if low <= d < high and near[d - low] > near[i] + 1:
                near[d - low] = near[i] + 1
                queue[tail] = d - low
                tail += 1


@njit(cache=True, nogil=True)
def _sort(key: I32, count: int, order: I32) -> None:
    # fill `order` with the positions of the first `count` keys, least first
    if count > FEW:
        order[:count] = np.argsort(key[:count], kind="mergesort")
        return
    for i in range(count):
        at = i
        while at > 0 and key[order[at - 1]] > key[i]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = i
