"""All states in one pass over the rows in their order, providers first: for answers that touch much of the graph.

Where a cycle is met its members are settled together before the pass goes on. For graphs in which nothing feeds; the
result is that of `spread` to the bit.
"""

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels.spread import AT_RISK, DEGRADED, NEVER, OUTAGE, SOFT

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]


@njit(cache=True, nogil=True)
def _look(
    v: int, beg: I32, end: I32, to: I32, code: I32, needed: I32, size: I32,
    state: U8, rnd: I32, chain: I32, seed: U8, held: I32,
) -> tuple[int, int, int, int]:  # fmt: skip
    """State, hops, margin and chain of one node from its providers as they stand."""
    low, high = beg[v], end[v]
    out = 0 if seed[v] == OUTAGE else NEVER
    weak = 0 if seed[v] == DEGRADED else NEVER
    margin, near, worst = NEVER, NEVER, 0
    k = low
    while k < high:
        w, c = to[k], code[k]
        s = state[w]
        if s:
            near = min(near, chain[w] + 1)
            if s == OUTAGE:
                if c == SOFT:
                    weak = min(weak, rnd[w] + 1)
                elif c < 0:
                    out = min(out, rnd[w] + 1)
                    margin = min(margin, -1)
                else:
                    weak = min(weak, rnd[w] + 1)
            worst = max(worst, s)
        k += 1
    # groups: the round in which one breaks is that of its (n - m + 1)-th lost member
    for k in range(low, high):
        c = code[k]
        if c < 0 or state[to[k]] != OUTAGE:
            continue
        first = True
        for j in range(low, k):
            if code[j] == c and state[to[j]] == OUTAGE:
                first = False
                break
        if not first:
            continue
        count = 0
        for j in range(k, high):
            if code[j] == c and state[to[j]] == OUTAGE:
                held[count] = rnd[to[j]]
                count += 1
        margin = min(margin, size[c] - count - needed[c])
        spare = size[c] - needed[c]
        if count > spare:
            ordered = np.sort(held[:count])
            out = min(out, ordered[spare] + 1)
    if seed[v]:
        near = 0
    if out != NEVER:
        return OUTAGE, out, margin, near
    if weak != NEVER:
        return DEGRADED, weak, margin, near
    return (AT_RISK if worst else 0), near, margin, near


@njit(cache=True, nogil=True)
def _settle(
    low: int, high: int, beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32,
    size: I32, needed: I32, state: U8, rnd: I32, chain: I32, margin: I32, seed: U8, lost: I32,
) -> None:  # fmt: skip
    """A cycle, at places low … high − 1, whose providers outside are settled."""
    count = high - low
    best = np.full(count, NEVER, np.int32)
    weak = np.full(count, NEVER, np.int32)
    near = np.full(count, NEVER, np.int32)
    least = np.full(count, NEVER, np.int32)
    for i in range(count):
        v = low + i
        if seed[v]:
            near[i] = 0
            if seed[v] == OUTAGE:
                best[i] = 0
            else:
                weak[i] = 0
        for k in range(beg[v], end[v]):
            if code[k] >= 0:
                lost[code[k]] = 0
    # rounds: events (round, place outside or inside) are handled in the order of their rounds
    events = [np.int64(0) for _ in range(0)]
    for i in range(count):
        v = low + i
        if best[i] == 0:
            events.append(np.int64(v))
        for k in range(beg[v], end[v]):
            w = to[k]
            if w < low and state[w]:
                near[i] = min(near[i], chain[w] + 1)
                if state[w] == OUTAGE:
                    events.append((np.int64(rnd[w]) << 32) | np.int64(w))
    pending = np.unique(np.array(events, dtype=np.int64)) if events else np.empty(0, np.int64)
    queue = np.empty(count, np.int32)
    head, tail, at = 0, 0, 0
    done = np.zeros(count, np.bool_)
    while at < len(pending) or head < tail:
        # the earlier of the next event from outside and the next outage inside
        if head < tail and (at >= len(pending) or best[queue[head] - low] <= pending[at] >> 32):
            w = queue[head]
            head += 1
        else:
            w = np.int32(pending[at] & 0xFFFFFFFF)
            at += 1
        inside = low <= w < high
        if inside:
            if done[w - low]:
                continue
            done[w - low] = True
        after = (best[w - low] if inside else rnd[w]) + 1
        for k in range(rbeg[w], rend[w]):
            d, c = rto[k], rcode[k]
            if not low <= d < high:
                continue
            i = d - low
            if c == SOFT:
                weak[i] = min(weak[i], after)
                continue
            if c >= 0:
                lost[c] += 1
                left = size[c] - lost[c] - needed[c]
                least[i] = min(least[i], left)
                weak[i] = min(weak[i], after)
                if left >= 0:
                    continue
            else:
                least[i] = min(least[i], -1)
            if best[i] == NEVER:
                best[i] = after
                queue[tail] = d
                tail += 1
    _chains(low, high, rbeg, rend, rto, near)
    for i in range(count):
        v = low + i
        chain[v], margin[v] = near[i], least[i]
        if best[i] != NEVER:
            state[v], rnd[v] = OUTAGE, best[i]
        elif weak[i] != NEVER:
            state[v], rnd[v] = DEGRADED, weak[i]
        elif near[i] != NEVER:
            state[v], rnd[v] = AT_RISK, near[i]


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


@njit(cache=True, nogil=True)
def sweep(
    beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32, size: I32, needed: I32,
    cyclic: I32, seeds: I32, effects: I32, first: int,
) -> tuple[U8, I32, I32]:  # fmt: skip
    """State, hops and margin of every place."""
    n = len(beg)
    state = np.zeros(n, np.uint8)
    rnd = np.empty(n, np.int32)
    chain = np.empty(n, np.int32)
    margin = np.empty(n, np.int32)
    seed = np.zeros(n, np.uint8)
    for i in range(len(seeds)):
        seed[seeds[i]] = max(seed[seeds[i]], effects[i])
    longest = 1
    for v in range(n):
        longest = max(longest, end[v] - beg[v])
    held = np.empty(longest, np.int32)
    lost = np.zeros(len(size), np.int32)
    cycle = 0
    while cycle < len(cyclic) and cyclic[cycle, 1] <= first:
        cycle += 1
    v = min(first, cyclic[cycle, 0]) if cycle < len(cyclic) else first
    while v < n:
        if cycle < len(cyclic) and v == cyclic[cycle, 0]:
            low, high = v, cyclic[cycle, 1]
            touched = False
            for u in range(low, high):
                if seed[u]:
                    touched = True
                    break
                for k in range(beg[u], end[u]):
                    if to[k] < low and state[to[k]]:
                        touched = True
                        break
                if touched:
                    break
            if touched:
                _settle(low, high, beg, end, to, code, rbeg, rend, rto, rcode, size, needed, state, rnd, chain,
                        margin, seed, lost)  # fmt: skip
            v = high
            cycle += 1
            continue
        met = seed[v] != 0
        if not met:
            for k in range(beg[v], end[v]):
                if state[to[k]]:
                    met = True
                    break
        if met:
            s, h, g, c = _look(v, beg, end, to, code, needed, size, state, rnd, chain, seed, held)
            state[v], rnd[v], margin[v], chain[v] = s, h, g, c
        v += 1
    return state, rnd, margin
