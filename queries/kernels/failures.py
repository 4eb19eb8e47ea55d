"""Every single failure at once: blocks of candidates as bits, handed up from providers to those they put out.

Bit i of a row says that its place is out when candidate i alone stops. What a place needs all of hands its row on;
where a group can lose members, its owner looks at all of them when its turn comes, providers first, counting in
columns of bits (a number's binary digits lie in planes, one after the other). Cycles are settled as they are met, by
both rules in turn, which gives who is out in the end (SEMANTICS 2).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT, is_feeding
from queries.kernels.bits import (
    BLOCK,
    ONE,
    WORDS,
    Rows,
    begin,
    give_back,
    give_back_kept,
    hand_on,
    keep,
    lowest,
    noted,
    ones,
    touch,
)

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Bool = NDArray[np.bool_]
ALL = np.uint64(2**64 - 1)
DIGITS = 32  # of a number of CIs
FEW = 4  # bits of a word that are counted one by one: with more of them all 64 columns are counted at once


class Graph(NamedTuple):
    """The arrays of `Csr` that the rules read. `cycle`: of each place its row of `cyclic`, -1 for none.

    A *knot* is a part of a cycle of which each needs each, so that one's outage is that of all; a place in no cycle is
    one of its own. `knot`: the number of each place's, within a cycle those that are needed first; `turn`: all places,
    those of a cycle in the order of their knots.
    """

    beg: I32
    end: I32
    to: I32
    code: I32
    rbeg: I32
    rend: I32
    rto: I32
    rcode: I32
    needed: I32
    spare: I32
    feeds: Bool
    unfounded: Bool
    circle: I32
    cyclic: I32
    cycle: I32
    knot: I32
    turn: I32


class Work(NamedTuple):
    """Room to work in. `planes`: digits of counts within a group; `sums`: of the CIs that each candidate puts out.

    `row`: one row; `held`: one for each member of the longest cycle, where something feeds.
    """

    planes: U64
    sums: U64
    row: U64
    held: U64


def work_for(cyclic: I32, *, feeds: bool) -> Work:
    """Room for a graph with these cycles."""
    longest = int((cyclic[:, 1] - cyclic[:, 0]).max(initial=0)) if feeds else 0
    return Work(
        np.zeros((DIGITS, WORDS), np.uint64), np.zeros((DIGITS, WORDS), np.uint64), np.zeros(WORDS, np.uint64),
        np.zeros((longest, WORDS), np.uint64),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def needed_rows(beg: I32, end: I32, to: I32, code: I32, spare: I32, cycle: I32) -> tuple[I32, I32]:
    """The rows of what a place needs all of within its cycle: pointer, targets."""
    pointer, kept, count = np.zeros(len(beg) + 1, np.int32), np.empty(len(to), np.int32), 0
    for v in range(len(beg)):
        if cycle[v] >= 0:
            for k in range(beg[v], end[v]):
                c = code[k]
                if cycle[to[k]] == cycle[v] and c != SOFT and (c < 0 or spare[c] == 0):
                    kept[count] = to[k]
                    count += 1
        pointer[v + 1] = count
    return pointer, kept[:count].copy()


@njit(cache=True, nogil=True)
def turns(knot: I32, cyclic: I32) -> I32:
    """All places in their order, those of a cycle in the order of their knots."""
    turn = np.arange(len(knot)).astype(np.int32)
    for cycle in range(len(cyclic)):
        low, high = cyclic[cycle, 0], cyclic[cycle, 1]
        turn[low:high] = low + np.argsort(knot[low:high], kind="mergesort")
    return turn


@njit(cache=True, nogil=True)
def roles(graph: Graph) -> tuple[Bool, Bool]:
    """Of each place whether it has to look for itself, and whether its row is looked at when it is done.

    It looks at its groups that can lose members; cycles look at what feeds their circles.
    """
    looks, seen = np.zeros(len(graph.beg), np.bool_), np.zeros(len(graph.beg), np.bool_)
    for v in range(len(graph.beg)):
        circular = len(graph.circle) > 0 and graph.circle[v] >= 0
        for k in range(graph.beg[v], graph.end[v]):
            c = graph.code[k]
            choice = c >= 0 and graph.spare[c] > 0
            looks[v] |= choice
            if choice or (circular and is_feeding(c, graph.feeds)):
                seen[graph.to[k]] = True
    return looks, seen


@njit(cache=True, nogil=True)
def fell(
    asked: I32, service: I32, weight: I64, paired: bool, looks: Bool, seen: Bool, graph: Graph, rows: Rows, work: Work
) -> tuple[I32, I32, I64, I32]:  # fmt: skip
    """Of each of `asked` (sorted places) how many are out when it alone stops, itself included, of them services.

    `service`: of each place its number among the services, -1 for none; `weight`: of each service. Gives counts of CIs
    and services, sums of weights, and where `paired` pairs of a service and the asked place that puts it out.
    """
    cis, services = np.zeros(len(asked), np.int32), np.zeros(len(asked), np.int32)
    weights, pairs, count = np.zeros(len(asked), np.int64), np.empty((0, 2), np.int32), 0
    for start in range(0, len(asked), BLOCK):
        block = asked[start : start + BLOCK]
        begin(block, rows)
        for q in range(np.int64(block[0]) >> 6, len(rows.hot)):
            while rows.hot[q]:
                low, high = _decide((q << 6) + lowest(rows.hot[q]), looks, graph, rows, work)
                for u in range(low, high):
                    row = np.int64(rows.slot[u])
                    if not _any(row, rows):
                        give_back(u, rows)
                        continue
                    _add_up(row, start, cis, rows, work)
                    number = service[u]
                    if number >= 0:
                        _weigh(row, start, weight[number], services, weights, rows)
                        if paired:
                            pairs, count = noted(row, block, number, pairs, count, rows)
                    _hand_up(u, row, high, graph, rows)
                    if seen[u]:
                        keep(u, rows)
                    else:
                        give_back(u, rows)
        give_back_kept(rows)
        _take_sums(start, cis, work)
    return cis, services, weights, pairs[:count]


@njit(cache=True, nogil=True)
def _decide(v: int, looks: Bool, graph: Graph, rows: Rows, work: Work) -> tuple[int, int]:
    # of whom a place is out, and all of its cycle with it; first and one past the last of these
    if graph.cycle[v] >= 0:
        low, high = np.int64(graph.cyclic[graph.cycle[v], 0]), np.int64(graph.cyclic[graph.cycle[v], 1])
        _settle(low, high, graph, rows, work)
        return low, high
    rows.hot[v >> 6] ^= ONE << np.uint64(v & 63)
    if looks[v]:
        work.row[:] = 0
        _losses(v, graph, rows, work)
        _joined(v, rows, work.row)
    return v, v + 1


@njit(cache=True, nogil=True)
def _any(row: int, rows: Rows) -> bool:
    found = np.uint64(0)
    for w in range(WORDS):
        found |= rows.bits[row, w]
    return found != 0


@njit(cache=True, nogil=True)
def _hand_up(v: int, row: int, high: int, graph: Graph, rows: Rows) -> None:
    # to whoever needs it; who has a choice, or is in a cycle, only learns that there is something to look at
    for k in range(graph.rbeg[v], graph.rend[v]):
        d, c = np.int64(graph.rto[k]), graph.rcode[k]
        if d < high or c == SOFT:
            continue
        if c >= 0 and graph.spare[c] > 0:
            touch(d, rows)
        else:
            hand_on(row, d, rows)


@njit(cache=True, nogil=True)
def _add_up(row: int, start: int, cis: I32, rows: Rows, work: Work) -> None:
    # count one more for each bit that is set
    for w in range(WORDS):
        word = rows.bits[row, w]
        if ones(word) <= FEW:
            while word:
                cis[start + 64 * w + lowest(word)] += 1
                word &= word - ONE
        else:
            d = 0
            while word:
                both = work.sums[d, w] & word
                work.sums[d, w] ^= word
                word = both
                d += 1


@njit(cache=True, nogil=True)
def _take_sums(start: int, cis: I32, work: Work) -> None:
    for w in range(WORDS):
        for d in range(DIGITS):
            word = work.sums[d, w]
            work.sums[d, w] = 0
            while word:
                # bits are only ever set of candidates, so that this is one of the block
                cis[start + 64 * w + lowest(word)] += 1 << d
                word &= word - ONE


@njit(cache=True, nogil=True)
def _weigh(row: int, start: int, weight: int, services: I32, weights: I64, rows: Rows) -> None:
    for w in range(WORDS):
        word = rows.bits[row, w]
        while word:
            i = start + 64 * w + lowest(word)
            services[i] += 1
            weights[i] += weight
            word &= word - ONE


@njit(cache=True, nogil=True)
def _settle(low: int, high: int, graph: Graph, rows: Rows, work: Work) -> None:
    # both rules in turn until nothing changes: which comes first does not matter for who is out in the end
    for v in range(low, high):
        touch(v, rows)
        rows.hot[v >> 6] &= ~(ONE << np.uint64(v & 63))
    changing = True
    while changing:
        again = True
        while again:
            again = _around(low, high, graph, rows, work)
        changing = len(graph.circle) > 0 and _starve(low, high, graph, rows, work)


@njit(cache=True, nogil=True)
def _around(low: int, high: int, graph: Graph, rows: Rows, work: Work) -> bool:
    # once through a cycle, knot by knot; whether anything is new of any bit
    row, turn, changed = work.row, graph.turn, False
    i = low
    while i < high:
        j = i
        row[:] = 0
        while j < high and graph.knot[turn[j]] == graph.knot[turn[i]]:
            _losses(turn[j], graph, rows, work)
            j += 1
        if j > i + 1:
            for each in range(i, j):
                mine = rows.slot[turn[each]]
                for w in range(WORDS):
                    row[w] |= rows.bits[mine, w]
        for each in range(i, j):
            changed |= _joined(turn[each], rows, row)
        i = j
    return changed


@njit(cache=True, nogil=True)
def _losses(v: int, graph: Graph, rows: Rows, work: Work) -> None:
    # add to `row` the bits of which a group of a place has lost more than it can spare
    row = work.row
    k, stop = np.int64(graph.beg[v]), np.int64(graph.end[v])
    while k < stop:
        c, after = graph.code[k], k + 1
        if c < 0 or graph.spare[c] == 0:
            s = rows.slot[graph.to[k]]
            if c != SOFT and s >= 0:
                for w in range(WORDS):
                    row[w] |= rows.bits[s, w]
        else:
            while after < stop and graph.code[after] == c:
                after += 1
            _broken(k, after, graph.spare[c], graph, rows, work)
        k = after


@njit(cache=True, nogil=True)
def _joined(v: int, rows: Rows, more: U64) -> bool:
    fresh, mine = np.uint64(0), rows.slot[v]
    for w in range(WORDS):
        fresh |= more[w] & ~rows.bits[mine, w]
        rows.bits[mine, w] |= more[w]
    return fresh != 0


@njit(cache=True, nogil=True)
def _broken(low: int, high: int, spare: int, graph: Graph, rows: Rows, work: Work) -> None:
    # add to `row` the bits of which a group, at edges low … high − 1, has lost more than it can spare
    many = 0
    for k in range(low, high):
        many += rows.slot[graph.to[k]] >= 0
    if many <= spare:
        return
    digits = _cleared(many, work.planes)
    for k in range(low, high):
        s = rows.slot[graph.to[k]]
        if s >= 0:
            for w in range(WORDS):
                _count(rows.bits[s, w], digits, w, work.planes)
    for w in range(WORDS):
        work.row[w] |= _above(spare, digits, w, work.planes)


@njit(cache=True, nogil=True)
def _cleared(most: int, planes: U64) -> int:
    # so many binary digits are needed to count to `most`
    digits = 0
    while most >> digits:
        planes[digits] = 0
        digits += 1
    return digits


@njit(cache=True, nogil=True)
def _count(word: np.uint64, digits: int, w: int, planes: U64) -> None:
    for d in range(digits):
        both = planes[d, w] & word
        planes[d, w] ^= word
        word = both


@njit(cache=True, nogil=True)
def _above(limit: int, digits: int, w: int, planes: U64) -> np.uint64:
    # of which bits the count is greater than `limit`
    greater, equal = np.uint64(0), ALL
    for d in range(digits - 1, -1, -1):
        if (limit >> d) & 1:
            equal &= planes[d, w]
        else:
            greater |= equal & planes[d, w]
            equal &= ~planes[d, w]
    return greater if not limit >> digits else np.uint64(0)


@njit(cache=True, nogil=True)
def _starve(low: int, high: int, graph: Graph, rows: Rows, work: Work) -> bool:
    # who of a circle has a source, built upwards; the others are out (SEMANTICS 2, no source)
    held, row = work.held, work.row
    held[: high - low] = 0
    again = True
    while again:
        again = False
        for v in range(low, high):
            if graph.circle[v] < 0 or graph.unfounded[v]:
                continue
            _fed(v, low, graph, rows, work)
            fresh, mine = np.uint64(0), rows.slot[v]
            for w in range(WORDS):
                more = row[w] & ~rows.bits[mine, w]
                fresh |= more & ~held[v - low, w]
                held[v - low, w] |= more
            again |= fresh != 0
    changed = False
    for v in range(low, high):
        if graph.circle[v] >= 0 and not graph.unfounded[v]:
            for w in range(WORDS):
                row[w] = ~held[v - low, w]
            changed |= _joined(v, rows, row)
    return changed


@njit(cache=True, nogil=True)
def _fed(v: int, low: int, graph: Graph, rows: Rows, work: Work) -> None:
    # in `row` the bits of which each feeding group of a place has enough members with a source
    row = work.row
    row[:] = ALL
    k, stop = np.int64(graph.beg[v]), np.int64(graph.end[v])
    while k < stop:
        c, after = graph.code[k], k + 1
        while c >= 0 and after < stop and graph.code[after] == c:
            after += 1
        if is_feeding(c, graph.feeds):
            digits = _cleared(after - k, work.planes)
            for e in range(k, after):
                p = graph.to[e]
                inside = graph.circle[p] == graph.circle[v] and not graph.unfounded[p]
                s = rows.slot[p]
                for w in range(WORDS):
                    word = work.held[p - low, w] if inside else ALL if s < 0 else ~rows.bits[s, w]
                    _count(word, digits, w, work.planes)
            asked = graph.needed[c] if c >= 0 else 1
            for w in range(WORDS):
                row[w] &= _above(asked - 1, digits, w, work.planes)
        k = after
