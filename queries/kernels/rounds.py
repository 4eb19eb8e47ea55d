"""States, hops and margins in one pass over the rows in their order: for answers that touch much of the graph.

What a dependent must know of a provider is one word: the round in which it stops, and the length of its shortest chain
to a seed; where something feeds also since which round the provider has no source. Cycles are settled as they are met
(`queries.kernels.cycle`). The result is that of `spread` to the bit.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import FEED, is_feeding
from graph.kernels.strips import CYCLE, PLAIN
from queries.kernels.cycle import FEW, is_touched, scratch_of, settle
from queries.kernels.marks import AT_RISK, DEGRADED, NEVER, OUTAGE
from queries.kernels.sweep import LAST, NEEDED, OUT, WEAK, WEAKENS, read_pattern

I32 = NDArray[np.int32]
U16 = NDArray[np.uint16]
Word = NDArray[Any]  # of uint16 or uint32
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
ROOM = 15  # chains and rounds may be that much shorter than the greatest number of half a word


@njit(cache=True, nogil=True)
def rounds(
    strips: I32, beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32,
    feeds: Bool, unfounded: Bool, circle: I32, circle_start: I32, circle_member: I32, seeds: U8, first: int, word: Word,
    since: U16, places: I32, states: U8, hops: I32, margins: I32,
) -> int:  # fmt: skip
    """Fill the last four arrays with what is affected, by place, from `first` on; returns how many they are.

    `seeds` has the bits of the seeds. `word`, all ones before, keeps chain and round in a half each, of 8 bits where it
    is of 16; `since`, full of the greatest number of such a half, is empty where nothing feeds. -1 where a chain or
    round does not fit.
    """
    half = word.itemsize * 4
    none = (1 << half) - 1
    fed = len(since) > 0
    # of each group, in cycles: members out, members without a source; of circles: to be looked at, what members miss
    lost, starved = np.empty(len(spare), np.int32), np.empty(len(spare) if fed else 0, np.int32)
    absent, missing = np.empty(len(starved), np.int32), np.empty(len(circle_member), np.int32)
    dirty = np.zeros(len(circle_start) - 1, np.bool_)
    pattern, extra, sorted_ = np.empty(16, np.int32), np.empty(16, np.int32), np.empty(16, np.int32)
    work, heard = scratch_of(strips, beg, end)
    count, deepest = 0, 0
    for s in range(len(strips)):
        low, high, k, length, kind = strips[s, 0], strips[s, 1], strips[s, 2], strips[s, 3], strips[s, 4]
        if high <= first:
            continue
        if kind == CYCLE:
            if is_touched(low, high, beg, end, to, word, half, none, seeds):
                longest = settle(
                    low, high, beg, end, to, code, rbeg, rend, rto, rcode, spare, feeds, unfounded, circle,
                    circle_start, circle_member, seeds, word, since, half, none, lost, starved, absent, dirty, missing,
                    work, heard, places[count:], states[count:], hops[count:], margins[count:],
                )  # fmt: skip
                deepest = max(deepest, longest)
                count += high - low
        else:
            if low < first:
                low, k = first, k + (first - low) * length
            if kind == PLAIN:
                count, longest = _plain(
                    low, high, k, length, to, seeds, word, since, half, none, places, states, hops, margins, count
                )
            else:
                if length > len(pattern):
                    pattern, extra = np.empty(2 * length, np.int32), np.empty(2 * length, np.int32)
                    sorted_ = np.empty(2 * length, np.int32)
                read_pattern(k, length, code, spare, pattern, extra)
                count, longest = _mixed(
                    low, high, k, length, to, code, feeds, unfounded, seeds, word, since, half, none, pattern, extra,
                    sorted_, places, states, hops, margins, count,
                )  # fmt: skip
            deepest = max(deepest, longest)
        if deepest > none - ROOM:
            return -1
    return count


@njit(cache=True, nogil=True)
def _plain(
    low: int, high: int, k: int, length: int, to: I32, seeds: U8, word: Word, since: U16, half: int, none: int,
    places: I32, states: U8, hops: I32, margins: I32, count: int,
) -> tuple[int, int]:  # fmt: skip
    # rows of a length that is written out are read without a loop
    deepest = 0
    for u in range(low, high):
        if length == 1:
            w = np.int64(word[np.uint32(to[k])])
            near, best = w & none, w >> half
        elif length == 2:
            v, w = np.int64(word[np.uint32(to[k])]), np.int64(word[np.uint32(to[k + 1])])
            near, best = min(v & none, w & none), min(v >> half, w >> half)
        else:
            near, best = none, none
            for j in range(k, k + length):
                w = np.int64(word[np.uint32(to[j])])
                near, best = min(near, w & none), min(best, w >> half)
        k += length
        own = seeds[u]
        margin = -1 if best != none else NEVER
        # without a branch: what is not affected is written too, and written over by what is
        chain = 0 if own else near + (near != none)
        best = 0 if own & OUT else best + (best != none)
        word[u] = chain | (best << half)
        if len(since):
            since[u] = best
        out = best != none
        deepest = max(deepest, chain if chain != none else 0, best if out else 0)
        places[count] = u
        states[count] = OUTAGE if out else DEGRADED if own & WEAK else AT_RISK
        hops[count] = best if out else chain
        margins[count] = margin
        count += chain != none
    return count, deepest


@njit(cache=True, nogil=True)
def _mixed(
    low: int, high: int, k: int, length: int, to: I32, code: I32, feeds: Bool, unfounded: Bool, seeds: U8, word: Word,
    since: U16, half: int, none: int, pattern: I32, extra: I32, sorted_: I32, places: I32, states: U8, hops: I32,
    margins: I32, count: int,
) -> tuple[int, int]:  # fmt: skip
    deepest, fed, first = 0, len(since) > 0, k
    some_feed = fed and _feeds(first, length, code, feeds)
    for u in range(low, high):
        near, best, weak, margin = none, none, none, NEVER
        # of the group met last: when the first and the last of its members stop, and how many there are and stop
        soonest, latest, members, lost = none, 0, 0, 0
        for j in range(length):
            w = np.int64(word[np.uint32(to[k + j])])
            near = min(near, w & none)
            stops = w >> half
            if pattern[j] == NEEDED:
                best = min(best, stops)
                margin = -1 if stops != none else margin
            elif pattern[j] == WEAKENS:
                weak = min(weak, stops)
            else:
                soonest, latest = min(soonest, stops), max(latest, stops)
                members, lost = members + 1, lost + (stops != none)
                if pattern[j] == LAST:
                    if lost:
                        spared = np.int64(extra[j])
                        margin, weak = min(margin, spared - lost), min(weak, soonest)
                        if spared == 0:
                            best = min(best, soonest)
                        elif spared == members - 1:
                            best = min(best, latest)
                        elif lost > spared:
                            best = min(best, _nth(k + j + 1 - members, k + j + 1, to, word, half, sorted_, spared))
                    soonest, latest, members, lost = none, 0, 0, 0
        dry = none  # since when no source is left
        if some_feed and not unfounded[u]:
            dry = _dry(k, first, length, to, code, feeds, since, none, pattern, extra, sorted_)
            best = min(best, dry)
        k += length
        if near == none and not seeds[u]:
            continue
        own = seeds[u]
        best = 0 if own & OUT else best + (best != none)
        weak = 0 if own & WEAK else weak + (weak != none)
        chain = 0 if own else near + 1
        word[u] = chain | (best << half)
        if fed:
            since[u] = min(best, dry)
        deepest = max(deepest, chain, best if best != none else 0)
        places[count], margins[count] = u, margin
        if best != none:
            states[count], hops[count] = OUTAGE, best
        elif weak != none:
            states[count], hops[count] = DEGRADED, weak
        else:
            states[count], hops[count] = AT_RISK, chain
        count += 1
    return count, deepest


@njit(cache=True, nogil=True)
def _feeds(k: int, length: int, code: I32, feeds: Bool) -> bool:
    found = False
    for j in range(k, k + length):
        found |= is_feeding(code[j], feeds)
    return found


@njit(cache=True, nogil=True)
def _dry(
    k: int, like: int, length: int, to: I32, code: I32, feeds: Bool, since: U16, none: int, pattern: I32, extra: I32,
    sorted_: I32,
) -> int:  # fmt: skip
    # the round from which one of the groups that feed a row has too few members with a source; `like`: the first edge
    # of a row of the same pattern
    dry, members = none, 0
    for j in range(length):
        c = code[like + j]
        if pattern[j] == NEEDED:
            if c == FEED:
                dry = min(dry, np.int64(since[np.uint32(to[k + j])]))
        elif pattern[j] != WEAKENS:
            members += 1
            if pattern[j] == LAST:
                if feeds[c]:
                    dry = min(dry, _nth(k + j + 1 - members, k + j + 1, to, since, 0, sorted_, np.int64(extra[j])))
                members = 0
    return dry


@njit(cache=True, nogil=True)
def _nth(low: int, high: int, to: I32, values: Word, shift: int, sorted_: I32, nth: int) -> int:
    # of the members of a group the value number `nth` from below, counted from 0
    if high - low > FEW:
        for k in range(low, high):
            sorted_[k - low] = np.int64(values[np.uint32(to[k])]) >> shift
        return np.int64(np.sort(sorted_[: high - low])[nth])
    for k in range(low, high):
        value = np.int64(values[np.uint32(to[k])]) >> shift
        at = k - low
        while at > 0 and sorted_[at - 1] > value:
            sorted_[at] = sorted_[at - 1]
            at -= 1
        sorted_[at] = value
    return np.int64(sorted_[nth])
