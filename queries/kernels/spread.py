"""Outages spreading from their seeds, one synchronous round after the other, touching only what they reach.

States: 0 unaffected, 1 at risk, 2 degraded, 3 outage. The rules and their numbers are those of SEMANTICS 2.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels import graph_kernels

assert graph_kernels  # noqa: S101 - numba's cache folder is set before anything is compiled

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
U8 = NDArray[np.uint8]
NEVER = 2**30  # a round, hop or margin that is none
HARD, SOFT, FEED = -1, -2, -3  # graph.kernels.build
AT_RISK, DEGRADED, OUTAGE = 1, 2, 3


@njit(cache=True, nogil=True)
def spread(
    rbeg: I32,
    rend: I32,
    rto: I32,
    rcode: I32,
    spare: I32,
    seeds: I32,
    effects: I32,
    stamp: I32,
    epoch: int,
    rnd: I32,
    low: I32,
    margin: I32,
    lost: I32,
    gstamp: I32,
    queue: I32,
    budget: int,
) -> int:
    """Rounds of outages, hops of degradations and margins, where nothing feeds.

    Fills `rnd` (round of an outage), `low` (hops of a degradation), `margin` of every touched node; entries count only
    where `stamp` is `epoch`. `queue` receives what is out, by round. Returns how many are out, -1 when more
    than `budget` edges were looked at and the run was given up.
    """
    tail, looked = 0, 0
    for i in range(len(seeds)):
        v = seeds[i]
        if stamp[v] != epoch:
            stamp[v] = epoch
            rnd[v] = NEVER
            low[v] = NEVER
            margin[v] = NEVER
        if effects[i] == OUTAGE:
            if rnd[v] != 0:
                rnd[v] = 0
                queue[tail] = v
                tail += 1
        else:
            low[v] = 0
    head = 0
    while head < tail:
        v = queue[head]
        head += 1
        after = rnd[v] + 1
        looked += rend[v] - rbeg[v]
        if looked > budget:
            return -1
        for k in range(rbeg[v], rend[v]):
            d, c = rto[k], rcode[k]
            if stamp[d] != epoch:
                stamp[d] = epoch
                rnd[d] = NEVER
                low[d] = NEVER
                margin[d] = NEVER
            if c == SOFT:
                low[d] = min(low[d], after)
                continue
            if c >= 0:
                if gstamp[c] != epoch:
                    gstamp[c] = epoch
                    lost[c] = 0
                lost[c] += 1
                left = spare[c] - lost[c]
                margin[d] = min(margin[d], left)
                low[d] = min(low[d], after)
                if left >= 0:
                    continue
            else:
                margin[d] = min(margin[d], -1)
            if rnd[d] == NEVER:
                rnd[d] = after
                queue[tail] = d
                tail += 1
    return tail


@njit(cache=True, nogil=True)
def distances(
    rbeg: I32, rend: I32, rto: I32, seeds: I32, seen: I32, epoch: int, hops: I32, queue: I32, budget: int
) -> int:
    """All that can reach a seed, nearest first, with the length of its shortest chain; -1 past the budget."""
    tail = 0
    for s in seeds:
        if seen[s] != epoch:
            seen[s] = epoch
            hops[s] = 0
            queue[tail] = s
            tail += 1
    head, looked = 0, 0
    while head < tail:
        v = queue[head]
        head += 1
        looked += rend[v] - rbeg[v]
        if looked > budget:
            return -1
        for k in range(rbeg[v], rend[v]):
            d = rto[k]
            if seen[d] != epoch:
                seen[d] = epoch
                hops[d] = hops[v] + 1
                queue[tail] = d
                tail += 1
    return tail


@njit(cache=True, nogil=True)
def ripple(
    rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32, seeds: I32, effects: I32, stamp: I32, seen: I32, epoch: int,
    rnd: I32, low: I32, margin: I32, lost: I32, gstamp: I32, queue: I32, hops: I32, reached: I32, budget: int,
    states: U8, hop: I32, left: I32,
) -> int:  # fmt: skip
    """`spread`, `distances` and `gathered` in one call, where nothing feeds: for answers so small that calls count."""
    if spread(rbeg, rend, rto, rcode, spare, seeds, effects, stamp, epoch, rnd, low, margin, lost, gstamp, queue,
              budget) < 0:  # fmt: skip
        return -1
    count = distances(rbeg, rend, rto, seeds, seen, epoch, hops, reached, budget)
    gathered(reached, count, stamp, epoch, rnd, low, margin, hops, states, hop, left)
    return count


@njit(cache=True, nogil=True)
def gathered(
    reached: I32, count: int, stamp: I32, epoch: int, rnd: I32, low: I32, margin: I32, hops: I32,
    states: U8, hop: I32, left: I32,
) -> None:  # fmt: skip
    """States, hops and margins of the `count` places reached, in their order."""
    for i in range(count):
        v = reached[i]
        states[i], hop[i], left[i] = AT_RISK, hops[v], NEVER
        if stamp[v] == epoch:
            left[i] = margin[v]
            if rnd[v] != NEVER:
                states[i], hop[i] = OUTAGE, rnd[v]
            elif low[v] != NEVER:
                states[i], hop[i] = DEGRADED, low[v]
