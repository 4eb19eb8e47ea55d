"""All four states in one pass over the rows in their order, providers first: for answers that touch much of the graph.

Where a cycle is met its members are settled together before the pass goes on. States are bits here (RISK, WEAK, OUT),
the worst counts.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT, is_feeding
from graph.kernels.strips import CYCLE, PLAIN
from queries.kernels.circles import hold, missed, soil
from queries.kernels.marks import DEGRADED, NEVER, OUTAGE

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
RISK, WEAK, OUT = 1, 2, 4  # at risk, degraded, outage
NEEDED, WEAKENS, MEMBER, LAST = 0, 1, 2, 3  # an edge in a pattern: hard, soft, of a group, the last of its group


@njit(cache=True, nogil=True)
def sweep(
    strips: I32, beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32,
    feeds: Bool, unfounded: Bool, circle: I32, circle_start: I32, circle_member: I32, state: U8, first: int,
) -> None:  # fmt: skip
    """Set `state` (the seeds' bits before, at places from `first` on) to the states 0 … 3 of all places.

    `spare`: members less needed, per group. The last five but two are those of `Csr`, `unfounded` and `circle` empty
    where nothing feeds: outside of circles that feed themselves the rule *no source* only hastens an outage, so that
    states are known without it.
    """
    lost, absent = np.empty(len(spare), np.int32), np.empty(len(spare) if len(circle) else 0, np.int32)
    dirty, circles = np.zeros(len(circle_start) - 1, np.bool_), np.empty(len(circle_start) - 1, np.int32)
    missing, members = np.empty(len(circle_member), np.int32), np.empty(len(circle_member), np.int32)
    pattern, extra = np.empty(16, np.int32), np.empty(16, np.int32)
    for s in range(len(strips)):
        low, high, k, length, kind = strips[s, 0], strips[s, 1], strips[s, 2], strips[s, 3], strips[s, 4]
        if high <= first:
            continue
        if kind == CYCLE:
            _settle(low, high, beg, end, to, code, rbeg, rend, rto, rcode, spare, feeds, unfounded, circle,
                    circle_start, circle_member, state, lost, absent, dirty, circles, missing, members)  # fmt: skip
            continue
        if low < first:
            low, k = first, k + (first - low) * length
        if kind == PLAIN:
            _plain(low, high, k, length, to, state)
            continue
        if length > len(pattern):
            pattern, extra = np.empty(2 * length, np.int32), np.empty(2 * length, np.int32)
        read_pattern(k, length, code, spare, pattern, extra)
        # no branch depends on a state: what rows look like is foreseen, what stops is not
        for u in range(low, high):
            met, weak, broken, gone = 0, 0, 0, 0
            for j in range(length):
                found = state[np.uint32(to[k + j])]
                met |= found
                out = found >> 2
                if pattern[j] == NEEDED:
                    broken |= out
                    continue
                weak |= out
                if pattern[j] != WEAKENS:
                    gone += out
                    if pattern[j] == LAST:
                        broken |= gone > extra[j]
                        gone = 0
            k += length
            state[u] |= RISK * (met > 0) | WEAK * weak | OUT * broken
    for u in range(len(state)):
        # the worst counts
        state[u] = OUTAGE if state[u] & OUT else DEGRADED if state[u] & WEAK else state[u]


@njit(cache=True, nogil=True)
def _plain(low: int, high: int, k: int, length: int, to: I32, state: U8) -> None:
    # rows of a length that is written out are read without a loop
    if length == 1:
        for u in range(low, high):
            met = state[np.uint32(to[k])]
            k += 1
            state[u] |= RISK * (met > 0) | (met & OUT)
    elif length == 2:
        for u in range(low, high):
            met = state[np.uint32(to[k])] | state[np.uint32(to[k + 1])]
            k += 2
            state[u] |= RISK * (met > 0) | (met & OUT)
    elif length == 3:
        for u in range(low, high):
            met = state[np.uint32(to[k])] | state[np.uint32(to[k + 1])] | state[np.uint32(to[k + 2])]
            k += 3
            state[u] |= RISK * (met > 0) | (met & OUT)
    elif length:
        for u in range(low, high):
            met = np.uint8(0)
            for j in range(k, k + length):
                met |= state[np.uint32(to[j])]
            k += length
            state[u] |= RISK * (met > 0) | (met & OUT)


@njit(cache=True, nogil=True)
def read_pattern(low: int, length: int, code: I32, spare: I32, pattern: I32, extra: I32) -> None:
    """What each edge of a row is to its dependent, by the row whose first edge is `low`; `extra`: a group's spare."""
    for j in range(length):
        c = code[low + j]
        if c == SOFT:
            pattern[j] = WEAKENS
        elif c < 0:
            pattern[j] = NEEDED
        else:
            pattern[j] = LAST if j + 1 == length or code[low + j + 1] != c else MEMBER
            extra[j] = spare[c]


@njit(cache=True, nogil=True)
def _settle(
    low: int, high: int, beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32,
    spare: I32, feeds: Bool, unfounded: Bool, circle: I32, circle_start: I32, circle_member: I32, state: U8, lost: I32,
    absent: I32, dirty: Bool, circles: I32, missing: I32, members: I32,
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
    tail, soiled, fed = 0, 0, len(circle) > 0
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
        if fed:
            soiled = soil(circle[u], dirty, circles, soiled)
    head = 0
    while head < tail or soiled:
        while head < tail:
            w = queue[head]
            head += 1
            if fed:
                soiled = soil(circle[w], dirty, circles, soiled)
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
                if fed and is_feeding(c, feeds):
                    soiled = soil(circle[d], dirty, circles, soiled)
        for b in circles[:soiled]:
            dirty[b] = False
            tail = _unfed(b, beg, end, to, code, rbeg, rend, rto, rcode, spare, feeds, unfounded, circle, circle_start,
                          circle_member, state, missing, absent, members, queue, tail)  # fmt: skip
        soiled = 0


@njit(cache=True, nogil=True)
def _unfed(
    b: int, beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32, feeds: Bool,
    unfounded: Bool, circle: I32, circle_start: I32, circle_member: I32, state: U8, missing: I32, absent: I32,
    members: I32, queue: I32, tail: int,
) -> int:  # fmt: skip
    # members of a circle that only feed each other stop
    low, high = circle_start[b], circle_start[b + 1]
    for i in range(low, high):
        v, run = circle_member[i], -1
        missing[i] = NEVER if state[v] & OUT else 0
        if missing[i] or unfounded[v]:
            continue
        for k in range(beg[v], end[v]):
            c, w = code[k], to[k]
            if is_feeding(c, feeds):
                there = not state[w] & OUT and (circle[w] != b or unfounded[w])
                missing[i] += missed(there, c, run, spare, absent)
                run = c
    hold(b, rbeg, rend, rto, rcode, spare, feeds, unfounded, circle, circle_start, circle_member, missing, absent,
         members)  # fmt: skip
    for i in range(low, high):
        if missing[i] and missing[i] != NEVER:
            state[circle_member[i]] |= OUT
            queue[tail] = circle_member[i]
            tail += 1
    return tail
