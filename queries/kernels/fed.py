"""Outages spreading where relationships feed: whoever has no source any more stops too (SEMANTICS 2, *no source*)."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels.spread import FEED, NEVER, OUTAGE, SOFT

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def spread_fed(
    beg: I32,
    end: I32,
    to: I32,
    code: I32,
    rbeg: I32,
    rend: I32,
    rto: I32,
    rcode: I32,
    size: I32,
    needed: I32,
    feeds: Bool,
    unfounded: Bool,
    circle: I32,
    circle_start: I32,
    circle_member: I32,
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
    since: I32,
    starved: I32,
    pending: I32,
    budget: int,
) -> int:
    """As `spread`, with the rule *no source*: in each round, whoever has no source any more stops with the next.

    `since` receives the round from whose outages on a node has no source (its own outage included); `starved` counts a
    feeding group's members without a source; `pending` is scratch. Returns how many are out, -1 past `budget`.
    """
    tail = 0
    for i in range(len(seeds)):
        v = seeds[i]
        if stamp[v] != epoch:
            stamp[v] = epoch
            rnd[v] = low[v] = margin[v] = since[v] = NEVER
        if effects[i] == OUTAGE:
            if rnd[v] != 0:
                rnd[v] = 0
                queue[tail] = v
                tail += 1
        else:
            low[v] = 0
    dirty = np.zeros(len(circle_start) - 1, np.bool_)
    held = np.zeros(len(circle_member), np.bool_)
    first, now, looked = 0, 0, 0
    while first < tail:
        last = tail
        for q in range(first, last):
            looked += rend[queue[q]] - rbeg[queue[q]]
        if looked > budget:
            return -1
        # who has no source once all of the queue is out: directly, then by circles that only feed themselves
        waiting = 0
        for q in range(first, last):
            v = queue[q]
            if since[v] == NEVER:
                since[v] = now
                pending[waiting] = v
                waiting += 1
        done = 0
        while True:
            while done < waiting:
                v = pending[done]
                done += 1
                if circle[v] >= 0:
                    dirty[circle[v]] = True
                for k in range(rbeg[v], rend[v]):
                    d, c = rto[k], rcode[k]
                    if not (c == FEED or (c >= 0 and feeds[c])):
                        continue
                    if stamp[d] != epoch:
                        stamp[d] = epoch
                        rnd[d] = low[d] = margin[d] = since[d] = NEVER
                    if c >= 0:
                        if gstamp[c] != epoch:
                            gstamp[c] = epoch
                            lost[c] = 0
                            starved[c] = 0
                        starved[c] += 1
                    if circle[d] >= 0:
                        dirty[circle[d]] = True
                    if unfounded[d] or since[d] != NEVER:
                        continue
                    if c == FEED or starved[c] > size[c] - needed[c]:
                        since[d] = now
                        pending[waiting] = d
                        waiting += 1
            found = waiting
            for b in range(len(dirty)):
                if dirty[b]:
                    dirty[b] = False
                    waiting = _starve_circle(
                        b, beg, end, to, code, size, needed, feeds, unfounded, circle, circle_start, circle_member,
                        stamp, epoch, rnd, low, margin, since, held, pending, waiting, now,
                    )  # fmt: skip
            if waiting == found:
                break
        for q in range(first, last):
            v = queue[q]
            for k in range(rbeg[v], rend[v]):
                d, c = rto[k], rcode[k]
                if stamp[d] != epoch:
                    stamp[d] = epoch
                    rnd[d] = low[d] = margin[d] = since[d] = NEVER
                if c == SOFT:
                    low[d] = min(low[d], now + 1)
                    continue
                if c >= 0:
                    if gstamp[c] != epoch:
                        gstamp[c] = epoch
                        lost[c] = 0
                        starved[c] = 0
                    lost[c] += 1
                    left = size[c] - lost[c] - needed[c]
                    margin[d] = min(margin[d], left)
                    low[d] = min(low[d], now + 1)
                    if left >= 0:
                        continue
                else:
                    margin[d] = min(margin[d], -1)
                if rnd[d] == NEVER:
                    rnd[d] = now + 1
                    queue[tail] = d
                    tail += 1
        for p in range(waiting):
            v = pending[p]
            if rnd[v] == NEVER:
                rnd[v] = now + 1
                queue[tail] = v
                tail += 1
        first, now = last, now + 1
    return tail


@njit(cache=True, nogil=True)
def _starve_circle(
    b: int,
    beg: I32,
    end: I32,
    to: I32,
    code: I32,
    size: I32,
    needed: I32,
    feeds: Bool,
    unfounded: Bool,
    circle: I32,
    circle_start: I32,
    circle_member: I32,
    stamp: I32,
    epoch: int,
    rnd: I32,
    low: I32,
    margin: I32,
    since: I32,
    held: Bool,
    pending: I32,
    waiting: int,
    now: int,
) -> int:
    # a member of the circle stays while each of its feeding groups finds enough founded members: those outside that
    # still have a source, those inside that were held before it; what is not held in the end feeds only itself
    low_end, high_end = circle_start[b], circle_start[b + 1]
    for i in range(low_end, high_end):
        held[i] = False
    changed = True
    while changed:
        changed = False
        for i in range(low_end, high_end):
            v = circle_member[i]
            if held[i] or (stamp[v] == epoch and since[v] != NEVER):
                continue
            if unfounded[v] or _is_fed(
                v, b, beg, end, to, code, size, needed, feeds, unfounded, circle, circle_start, circle_member,
                stamp, epoch, since, held,
            ):  # fmt: skip
                held[i] = True
                changed = True
    for i in range(low_end, high_end):
        v = circle_member[i]
        if held[i] or (stamp[v] == epoch and since[v] != NEVER):
            continue
        if stamp[v] != epoch:
            stamp[v] = epoch
            rnd[v] = low[v] = margin[v] = NEVER
        since[v] = now
        pending[waiting] = v
        waiting += 1
    return waiting


@njit(cache=True, nogil=True)
def _is_fed(
    v: int,
    b: int,
    beg: I32,
    end: I32,
    to: I32,
    code: I32,
    size: I32,
    needed: I32,
    feeds: Bool,
    unfounded: Bool,
    circle: I32,
    circle_start: I32,
    circle_member: I32,
    stamp: I32,
    epoch: int,
    since: I32,
    held: Bool,
) -> bool:
    for k in range(beg[v], end[v]):
        c = code[k]
        if c == FEED:
            if not _founded(to[k], b, unfounded, circle, circle_start, circle_member, stamp, epoch, since, held):
                return False
        elif c >= 0 and feeds[c]:
            present = 0
            for j in range(beg[v], end[v]):
                if code[j] == c and _founded(
                    to[j], b, unfounded, circle, circle_start, circle_member, stamp, epoch, since, held
                ):
                    present += 1
            if present < needed[c]:
                return False
    return True


@njit(cache=True, nogil=True)
def _founded(
    w: int,
    b: int,
    unfounded: Bool,
    circle: I32,
    circle_start: I32,
    circle_member: I32,
    stamp: I32,
    epoch: int,
    since: I32,
    held: Bool,
) -> bool:
    if stamp[w] == epoch and since[w] != NEVER:
        return False
    if circle[w] != b or unfounded[w]:
        return True
    # members of a circle are in ascending order
    at = circle_start[b] + np.searchsorted(circle_member[circle_start[b] : circle_start[b + 1]], w)
    return bool(held[at])
