"""Outages spreading from their seeds, one synchronous round after the other, touching only what they reach.

States: 0 unaffected, 1 at risk, 2 degraded, 3 outage. The rules and their numbers are those of SEMANTICS 2, *no source*
included. What is touched is numbered as it is met, so that a small answer works on a small array: a place's number is
`slot[place]`, good when the cell of that number names the place (Briggs and Torczon 1993: nothing has to be cleared).
Groups are numbered likewise, in the slots behind the places and the cells at the other end.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import FEED, SOFT, is_feeding
from queries.kernels.circles import hold, missed, soil
from queries.kernels.marks import AT_RISK, DEGRADED, NEVER, OUTAGE

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
# of a cell: its place; the round of its outage; of its degradation; the least margin; since which round it has no
# source; its shortest chain; in the end its state and hops. Two queues of numbers go down the cells as well: of what is
# out, later of what is reached, and of what has no source any more
PLACE, ROUND, LOW, MARGIN, SINCE, CHAIN, STATE, HOPS, QUEUE, PENDING = range(10)  # graph.scratch.CELL
# of a group's cell: the slot that has its number, how many members are out, how many have no source
GROUP, LOST, STARVED = range(3)
# global arrays are read-only to the compiler, as those of a topology are: else all below were compiled a second time
NONE, NOTHING, NO_CIRCLE = np.empty(0, np.int32), np.empty(0, np.bool_), np.zeros(1, np.int32)


@njit(cache=True, nogil=True)
def spread(
    rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32, seeds: I32, slot: I32, cell: I32, budget: int
) -> int:  # fmt: skip
    """`spread_fed` where nothing feeds: a call costs by the array, and most answers are small."""
    return spread_fed(rbeg, rend, rto, rcode, spare, seeds, slot, cell, budget, NONE, NONE, NONE, NONE, NOTHING,
                      NOTHING, NONE, NO_CIRCLE, NONE, np.empty(0, np.int32))  # fmt: skip


@njit(cache=True, nogil=True)
def spread_fed(
    rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32, seeds: I32, slot: I32, cell: I32, budget: int, beg: I32,
    end: I32, to: I32, code: I32, feeds: Bool, unfounded: Bool, circle: I32, circle_start: I32, circle_member: I32,
    absent: I32,
) -> int:  # fmt: skip
    """Fill `cell` with all that can reach a seed: state, hops and margin; returns how many they are.

    -1 when more than `budget` edges were to be looked at for outages, or for chains. `seeds`: a row each, of its place
    and its effect. `absent` has a place for every group. There are slots for places and groups, and cells for seeds and
    three times the budget, or for all.
    """
    count, groups, tail, looked = 0, 0, 0, 0
    for s in range(len(seeds)):
        i, count = _numbered(seeds[s, 0], slot, cell, count)
        cell[i, CHAIN] = 0
        if seeds[s, 1] == OUTAGE:
            if cell[i, ROUND] != 0:
                cell[i, ROUND] = 0
                cell[tail, QUEUE] = i
                tail += 1
        else:
            cell[i, LOW] = 0
    started = count
    fed = len(unfounded) > 0
    dirty, circles = np.zeros(len(circle_start) - 1, np.bool_), np.empty(len(circle_start) - 1, np.int32)
    missing, members = np.empty(len(circle_member), np.int32), np.empty(len(circle_member), np.int32)
    first, now = 0, 0
    while first < tail:
        last, waiting = tail, 0
        if fed:
            # who has no source once all of the queue is out: directly, then by circles that only feed themselves
            for q in range(first, last):
                if cell[cell[q, QUEUE], SINCE] == NEVER:
                    cell[cell[q, QUEUE], SINCE] = now
                    cell[waiting, PENDING] = cell[q, QUEUE]
                    waiting += 1
            done = 0
            while done < waiting:
                soiled = 0
                while done < waiting:
                    v = cell[cell[done, PENDING], PLACE]
                    done += 1
                    soiled = soil(circle[v], dirty, circles, soiled)
                    looked += rend[v] - rbeg[v]
                    if looked > budget:
                        return -1
                    for k in range(rbeg[v], rend[v]):
                        d, c = rto[k], rcode[k]
                        if not is_feeding(c, feeds):
                            continue
                        i, count = _numbered(d, slot, cell, count)
                        lacks = c == FEED
                        if c >= 0:
                            g, groups = _group_numbered(c, len(rbeg), slot, cell, groups)
                            cell[g, STARVED] += 1
                            lacks = cell[g, STARVED] > spare[c]
                        soiled = soil(circle[d], dirty, circles, soiled)
                        if lacks and not unfounded[d] and cell[i, SINCE] == NEVER:
                            cell[i, SINCE] = now
                            cell[waiting, PENDING] = i
                            waiting += 1
                for b in circles[:soiled]:
                    dirty[b] = False
                    looked += circle_start[b + 1] - circle_start[b]
                    if looked > budget:
                        return -1
                    waiting, count = _starve_circle(
                        b, beg, end, to, code, rbeg, rend, rto, rcode, spare, feeds, unfounded, circle, circle_start,
                        circle_member, slot, cell, missing, absent, members, waiting, count, now,
                    )  # fmt: skip
        for q in range(first, last):
            v = cell[cell[q, QUEUE], PLACE]
            looked += rend[v] - rbeg[v]
            if looked > budget:
                return -1
            for k in range(rbeg[v], rend[v]):
                c = rcode[k]
                i, count = _numbered(rto[k], slot, cell, count)
                if c == SOFT:
                    cell[i, LOW] = min(cell[i, LOW], now + 1)
                    continue
                if c >= 0:
                    g, groups = _group_numbered(c, len(rbeg), slot, cell, groups)
                    cell[g, LOST] += 1
                    left = spare[c] - cell[g, LOST]
                    cell[i, MARGIN] = min(cell[i, MARGIN], left)
                    cell[i, LOW] = min(cell[i, LOW], now + 1)
                    if left >= 0:
                        continue
                else:
                    cell[i, MARGIN] = min(cell[i, MARGIN], -1)
                if cell[i, ROUND] == NEVER:
                    cell[i, ROUND] = now + 1
                    cell[tail, QUEUE] = i
                    tail += 1
        for p in range(waiting):
            if cell[cell[p, PENDING], ROUND] == NEVER:
                cell[cell[p, PENDING], ROUND] = now + 1
                cell[tail, QUEUE] = cell[p, PENDING]
                tail += 1
        first, now = last, now + 1
    return _chains(rbeg, rend, rto, slot, cell, started, count, budget)


@njit(cache=True, nogil=True)
def _numbered(v: int, slot: I32, cell: I32, count: int) -> tuple[int, int]:
    # the number of a place's cell, a new one where there was none; and how many cells there are
    i = slot[v]
    if i < count and cell[i, PLACE] == v:
        return i, count
    slot[v] = count
    cell[count, PLACE] = v
    cell[count, ROUND] = cell[count, LOW] = cell[count, MARGIN] = NEVER
    cell[count, SINCE] = cell[count, CHAIN] = NEVER
    return count, count + 1


@njit(cache=True, nogil=True)
def _group_numbered(c: int, places: int, slot: I32, cell: I32, count: int) -> tuple[int, int]:
    # as `_numbered`, from the last cell down
    at, last = places + c, len(cell) - 1
    i = slot[at]
    if last - count < i <= last and cell[i, GROUP] == at:
        return i, count
    i = last - count
    slot[at] = i
    cell[i, GROUP] = at
    cell[i, LOST] = cell[i, STARVED] = 0
    return i, count + 1


@njit(cache=True, nogil=True)
def _chains(
    rbeg: I32, rend: I32, rto: I32, slot: I32, cell: I32, started: int, count: int, budget: int
) -> int:  # fmt: skip
    # the shortest chain of everything that can reach a seed, nearest first, and with it what state and hops are
    for i in range(started):
        cell[i, QUEUE] = i
    head, tail, looked = 0, started, 0
    while head < tail:
        i = cell[head, QUEUE]
        head += 1
        v, chain = cell[i, PLACE], cell[i, CHAIN]
        cell[i, STATE], cell[i, HOPS] = AT_RISK, chain
        if cell[i, ROUND] != NEVER:
            cell[i, STATE], cell[i, HOPS] = OUTAGE, cell[i, ROUND]
        elif cell[i, LOW] != NEVER:
            cell[i, STATE], cell[i, HOPS] = DEGRADED, cell[i, LOW]
        looked += rend[v] - rbeg[v]
        if looked > budget:
            return -1
        for k in range(rbeg[v], rend[v]):
            d, count = _numbered(rto[k], slot, cell, count)
            if cell[d, CHAIN] == NEVER:
                cell[d, CHAIN] = chain + 1
                cell[tail, QUEUE] = d
                tail += 1
    return count


@njit(cache=True, nogil=True)
def _starve_circle(
    b: int, beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32, feeds: Bool,
    unfounded: Bool, circle: I32, circle_start: I32, circle_member: I32, slot: I32, cell: I32, missing: I32,
    absent: I32, queue: I32, waiting: int, count: int, now: int,
) -> tuple[int, int]:  # fmt: skip
    # who of the circle is not held has no source from now on
    low, high = circle_start[b], circle_start[b + 1]
    for i in range(low, high):
        v, run = circle_member[i], -1
        missing[i] = 0 if _since(v, slot, cell, count) == NEVER else NEVER
        if missing[i] or unfounded[v]:
            continue
        for k in range(beg[v], end[v]):
            c, w = code[k], to[k]
            if is_feeding(c, feeds):
                there = _since(w, slot, cell, count) == NEVER and (circle[w] != b or unfounded[w])
                missing[i] += missed(there, c, run, spare, absent)
                run = c
    hold(b, rbeg, rend, rto, rcode, spare, feeds, unfounded, circle, circle_start, circle_member, missing, absent,
         queue)  # fmt: skip
    for i in range(low, high):
        if missing[i] and missing[i] != NEVER:
            number, count = _numbered(circle_member[i], slot, cell, count)
            cell[number, SINCE] = now
            cell[waiting, PENDING] = number
            waiting += 1
    return waiting, count


@njit(cache=True, nogil=True)
def _since(v: int, slot: I32, cell: I32, count: int) -> int:
    i = slot[v]
    return cell[i, SINCE] if i < count and cell[i, PLACE] == v else NEVER
