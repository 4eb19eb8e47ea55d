"""Who of a cycle is out, for a block of candidates: by both rules in turn until nothing changes (SEMANTICS 2).

The rule of outage goes once through a cycle, knot by knot, those that are needed first; only where a group can lose
members of the same cycle it goes again. The rule *no source* builds up who has one, there and back, until nobody
enters.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT, is_feeding
from queries.kernels.bits import ONE, WORDS, Rows, is_marked, touch
from queries.kernels.columns import ALL, above, cleared, count
from queries.kernels.failing import Graph, Work

U64 = NDArray[np.uint64]


@njit(cache=True, nogil=True)
def settle(low: int, high: int, graph: Graph, rows: Rows, work: Work) -> None:
    """The rows of a cycle, first and one past the last place, whose providers outside of it have handed theirs on."""
    for v in range(low, high):
        touch(v, rows)
        rows.due[v >> 6] &= ~(ONE << np.uint64(v & 63))
    changing = True
    while changing:
        while _around(low, high, graph, rows, work) and graph.loose[graph.cycle[low]]:
            pass
        changing = len(graph.circle) > 0 and _starve(low, high, graph, rows, work)


@njit(cache=True, nogil=True, forceinline=True)
def loses(v: int, low: int, high: int, graph: Graph, rows: Rows, work: Work) -> None:
    """Add to `work.row` of whom a place is out: a group of it has lost more than it can spare.

    Of what it needs all of only places from `low` to below `high` are looked at: others have handed on their rows.
    """
    row = work.row
    k, stop = np.int64(graph.beg[v]), np.int64(graph.end[v])
    while k < stop:
        c, after = graph.code[k], k + 1
        if c < 0 or graph.spare[c] == 0:
            p = graph.to[k]
            if c != SOFT and low <= p < high:
                for w in range(WORDS):
                    row[w] |= rows.bits[p, w]
        else:
            while after < stop and graph.code[after] == c:
                after += 1
            _broken(k, after, graph.spare[c], graph, rows, work)
        k = after


@njit(cache=True, nogil=True, forceinline=True)
def joined(v: int, more: U64, rows: Rows) -> bool:
    """Add a row to that of a place; whether any bit of it is new."""
    fresh = np.uint64(0)
    for w in range(WORDS):
        fresh |= more[w] & ~rows.bits[v, w]
        rows.bits[v, w] |= more[w]
    return bool(fresh)


@njit(cache=True, nogil=True)
def _around(low: int, high: int, graph: Graph, rows: Rows, work: Work) -> bool:
    # once through a cycle; whether anything is new
    row, turn, changed = work.row, graph.turn, False
    i = low
    while i < high:
        j = i
        row[:] = 0
        while j < high and graph.knot[turn[j]] == graph.knot[turn[i]]:
            loses(turn[j], low, high, graph, rows, work)
            for w in range(WORDS):
                row[w] |= rows.bits[turn[j], w]
            j += 1
        for each in range(i, j):
            changed |= joined(turn[each], row, rows)
        i = j
    return changed


@njit(cache=True, nogil=True)
def _broken(low: int, high: int, spare: int, graph: Graph, rows: Rows, work: Work) -> None:
    # add to `row` the bits of which a group, at edges low … high − 1, has lost more than it can spare
    many = 0
    for k in range(low, high):
        many += is_marked(graph.to[k], rows.has)
    if many <= spare:
        return
    digits = cleared(many, work.planes)
    for k in range(low, high):
        p = graph.to[k]
        if is_marked(p, rows.has):
            for w in range(WORDS):
                count(rows.bits[p, w], digits, w, work.planes)
    for w in range(WORDS):
        work.row[w] |= above(spare, digits, w, work.planes)


@njit(cache=True, nogil=True)
def _starve(low: int, high: int, graph: Graph, rows: Rows, work: Work) -> bool:
    # who has no source is out; whether that is new of any bit
    held, row = work.held, work.row
    held[: high - low] = 0
    again, up = True, True
    while again:
        again = False
        for j in range(low, high):
            v = j if up else low + high - 1 - j
            if graph.circle[v] >= 0 and not graph.unfounded[v]:
                again |= _enters(v, low, graph, rows, work)
        up = not up
    changed = False
    for v in range(low, high):
        if graph.circle[v] >= 0 and not graph.unfounded[v]:
            for w in range(WORDS):
                row[w] = ~held[v - low, w]
            changed |= joined(v, row, rows)
    return changed


@njit(cache=True, nogil=True)
def _enters(v: int, low: int, graph: Graph, rows: Rows, work: Work) -> bool:
    # note of which bits each feeding group of a place has enough members with a source; whether that is new of any
    row, held = work.row, work.held
    row[:] = ALL
    k, stop = np.int64(graph.beg[v]), np.int64(graph.end[v])
    while k < stop:
        c, after = graph.code[k], k + 1
        while c >= 0 and after < stop and graph.code[after] == c:
            after += 1
        if is_feeding(c, graph.feeds):
            _fed(k, after, v, low, graph, rows, work)
        k = after
    fresh = np.uint64(0)
    for w in range(WORDS):
        more = row[w] & ~rows.bits[v, w]
        fresh |= more & ~held[v - low, w]
        held[v - low, w] |= more
    return bool(fresh)


@njit(cache=True, nogil=True)
def _fed(first: int, last: int, v: int, low: int, graph: Graph, rows: Rows, work: Work) -> None:
    # keep in `row` the bits of which a feeding group, at edges first … last − 1, has enough members with a source
    c = graph.code[first]
    digits = cleared(last - first, work.planes)
    for e in range(first, last):
        p = graph.to[e]
        inside = graph.circle[p] == graph.circle[v] and not graph.unfounded[p]
        fell = is_marked(p, rows.has)
        for w in range(WORDS):
            word = work.held[p - low, w] if inside else ~rows.bits[p, w] if fell else ALL
            count(word, digits, w, work.planes)
    asked = graph.needed[c] if c >= 0 else 1
    for w in range(WORDS):
        work.row[w] &= above(asked - 1, digits, w, work.planes)
