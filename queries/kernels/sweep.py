"""All four states in one pass over the rows in their order, providers first: for answers that touch much of the graph.

Where a cycle is met its members are settled together before the pass goes on. States are bits here (RISK, WEAK, OUT),
the worst counts; rows of one level that look alike lie together, so that the processor foresees where each ends
(reachability at 3 M relationships: 22 ms in depth-first order, 6 ms so).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels.spread import DEGRADED, FEED, OUTAGE, SOFT

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
RISK, WEAK, OUT = 1, 2, 4  # at risk, degraded, outage


@njit(cache=True, nogil=True)
def sweep(
    beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32, mixed: Bool, spare: I32,
    cyclic: I32, feeds: Bool, unfounded: Bool, circle: I32, circle_start: I32, circle_member: I32, state: U8,
    first: int,
) -> None:  # fmt: skip
    """Set `state` (the seeds' bits before, at places from `first` on) to the states 0 … 3 of all places.

    `spare`: members less needed, per group. The last five but two are those of `Csr`, `unfounded` and `circle` empty
    where nothing feeds: outside of circles that feed themselves the rule *no source* only hastens an outage, so that
    states are known without it.
    """
    cycle, v, n = 0, first, len(beg)
    while cycle < len(cyclic) and cyclic[cycle, 1] <= first:
        cycle += 1
    if cycle < len(cyclic):
        v = min(v, cyclic[cycle, 0])
    lost = np.zeros(len(spare) if len(cyclic) else 0, np.int32)
    while v < n:
        stop = cyclic[cycle, 0] if cycle < len(cyclic) else n
        for u in range(v, stop):
            # no branch depends on a state: what rows look like is foreseen, what stops is not
            own, met = state[u], 0
            if not mixed[u]:
                for k in range(beg[u], end[u]):
                    met |= state[np.uint32(to[k])]
                state[u] = own | RISK * (met > 0) | (met & OUT)
                continue
            lost_one, broken, run, gone = 0, 0, -1, 0
            for k in range(beg[u], end[u]):
                found, c = state[np.uint32(to[k])], code[k]
                met |= found
                out = found >> 2
                if c >= 0:
                    gone = (gone if c == run else 0) + out
                    run = c
                    broken |= gone > spare[np.uint32(c)]
                    lost_one |= out
                elif c == SOFT:
                    lost_one |= out
                else:
                    broken |= out
            state[u] = own | RISK * (met > 0) | WEAK * lost_one | OUT * broken
        v = stop
        if cycle < len(cyclic):
            v = cyclic[cycle, 1]
            cycle += 1
            _settle(stop, v, beg, end, to, code, rbeg, rend, rto, rcode, spare, feeds, unfounded, circle,
                    circle_start, circle_member, state, lost)  # fmt: skip
    for u in range(n):
        # the worst counts
        state[u] = OUTAGE if state[u] & OUT else DEGRADED if state[u] & WEAK else state[u]


@njit(cache=True, nogil=True)
def _settle(
    low: int, high: int, beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32,
    spare: I32, feeds: Bool, unfounded: Bool, circle: I32, circle_start: I32, circle_member: I32, state: U8, lost: I32,
) -> None:  # fmt: skip
    # a cycle, at places low … high − 1, whose providers outside are settled
    met = 0
    for u in range(low, high):
        met |= state[u]
        for k in range(beg[u], end[u]):
            met |= state[np.uint32(to[k])]
    if not met:
        return
    queue = np.empty(high - low, np.int32)
    tail = 0
    for u in range(low, high):
        own = state[u]
        for k in range(beg[u], end[u]):
            if code[k] >= 0:
                lost[code[k]] = 0
        for k in range(beg[u], end[u]):
            c = code[k]
            if to[k] < low and state[to[k]] & OUT:
                own |= WEAK
                if c >= 0:
                    lost[c] += 1
                if c != SOFT and (c < 0 or lost[c] > spare[c]):
                    own |= OUT
        state[u] = own | RISK  # whoever is in a cycle rests on all of it
        if own & OUT:
            queue[tail] = u
            tail += 1
    head = 0
    while True:
        while head < tail:
            w = queue[head]
            head += 1
            for k in range(rbeg[w], rend[w]):
                d, c = rto[k], rcode[k]
                if not low <= d < high:
                    continue
                state[d] |= WEAK
                if c >= 0:
                    lost[c] += 1
                if c != SOFT and (c < 0 or lost[c] > spare[c]) and not state[d] & OUT:
                    state[d] |= OUT
                    queue[tail] = d
                    tail += 1
        if not len(circle):
            return
        found = tail
        for u in range(low, high):
            # a circle's members are looked at once, with the first of them
            b = circle[u]
            if b >= 0 and circle_member[circle_start[b]] == u:
                tail = _unfed(b, beg, end, to, code, spare, feeds, unfounded, circle, circle_start, circle_member,
                              state, queue, tail)  # fmt: skip
        if tail == found:
            return


@njit(cache=True, nogil=True)
def _unfed(
    b: int, beg: I32, end: I32, to: I32, code: I32, spare: I32, feeds: Bool, unfounded: Bool, circle: I32,
    circle_start: I32, circle_member: I32, state: U8, queue: I32, tail: int,
) -> int:  # fmt: skip
    # members that only feed each other: held is built upwards from what has a source
    low, high = circle_start[b], circle_start[b + 1]
    held = np.zeros(high - low, np.bool_)
    changed = True
    while changed:
        changed = False
        for i in range(low, high):
            v = circle_member[i]
            if held[i - low] or state[v] & OUT:
                continue
            if unfounded[v] or _is_fed(v, b, low, high, beg, end, to, code, spare, feeds, unfounded, circle,
                                       circle_member, state, held):  # fmt: skip
                held[i - low] = True
                changed = True
    for i in range(low, high):
        v = circle_member[i]
        if not held[i - low] and not state[v] & OUT:
            state[v] |= OUT
            queue[tail] = v
            tail += 1
    return tail


@njit(cache=True, nogil=True)
def _is_fed(
    v: int, b: int, low: int, high: int, beg: I32, end: I32, to: I32, code: I32, spare: I32, feeds: Bool,
    unfounded: Bool, circle: I32, circle_member: I32, state: U8, held: Bool,
) -> bool:  # fmt: skip
    run, lacking = -1, 0
    for k in range(beg[v], end[v]):
        c, w = code[k], to[k]
        if c != FEED and (c < 0 or not feeds[c]):
            continue
        fed = not state[w] & OUT
        if fed and circle[w] == b and not unfounded[w]:
            fed = held[np.searchsorted(circle_member[low:high], w)]
        if fed:
            continue
        if c == FEED:
            return False
        if c != run:
            run, lacking = c, 0
        lacking += 1
        if lacking > spare[c]:
            return False
    return True
