"""Every single failure at once: blocks of candidates as bits, handed up from providers to those they put out.

Bit i of a row says that its place is out when candidate i alone stops. What a place needs all of hands its row on; a
group that can lose members counts how many have lost anything at all, and only past its limit its owner looks at them,
bit by bit. Places are visited in their order, providers first, and only those that somebody of the block puts out.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels.bits import BLOCK, ONE, WORDS, Rows, begin, hand_on, lowest, noted, ones, touch
from queries.kernels.failing import DIGITS, LOOKS, SERVES, TURNS, Graph, Work
from queries.kernels.knots import joined, loses, settle

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
FEW = 4  # bits of a word that are counted one by one: with more of them all 64 columns are counted at once


@njit(cache=True, nogil=True)
def fell(
    asked: I32, number: I32, weight: I64, paired: bool, graph: Graph, rows: Rows, work: Work
) -> tuple[I32, I32, I64, I32]:  # fmt: skip
    """Of each of `asked` (sorted places) how many are out when it alone stops, itself included, of them services.

    `number`: of each place its number among the services, where it is marked as one; `weight`: of each service. Gives
    counts of CIs and services, sums of weights, and where `paired` pairs of a service and who puts it out.
    """
    cis, services = np.zeros(len(asked), np.int32), np.zeros(len(asked), np.int32)
    weights, pairs, count = np.zeros(len(asked), np.int64), np.empty((0, 2), np.int32), 0
    for start in range(0, len(asked), BLOCK):
        block, met = asked[start : start + BLOCK], 0
        begin(block, rows)
        for q in range(np.int64(block[0]) >> 6, len(rows.due)):
            while rows.due[q]:
                low, high = _decide((q << 6) + lowest(rows.due[q]), graph, rows, work)
                for v in range(low, high):
                    if not _any(v, rows):
                        continue
                    _add_up(v, start, cis, rows, work)
                    met = _hand_up(v, met, graph, rows, work)
                    if graph.mark[v] & SERVES:
                        _weigh(v, start, weight[number[v]], services, weights, rows)
                        if paired:
                            pairs, count = noted(v, block, number[v], pairs, count, rows)
        _take_sums(start, cis, work)
        for i in range(met):
            work.lost[work.met[i]] = 0
    return cis, services, weights, pairs[:count]


@njit(cache=True, nogil=True, forceinline=True)
def _decide(v: int, graph: Graph, rows: Rows, work: Work) -> tuple[int, int]:
    # of whom a place is out, and all of its cycle with it; first and one past the last of these
    if graph.mark[v] & TURNS:
        low, high = np.int64(graph.cyclic[graph.cycle[v], 0]), np.int64(graph.cyclic[graph.cycle[v], 1])
        settle(low, high, graph, rows, work)
        return low, high
    rows.due[v >> 6] ^= ONE << np.uint64(v & 63)
    if graph.mark[v] & LOOKS:
        work.row[:] = 0
        loses(v, v, v, graph, rows, work)
        joined(v, work.row, rows)
    return v, v + 1


@njit(cache=True, nogil=True, forceinline=True)
def _any(v: int, rows: Rows) -> bool:
    found = np.uint64(0)
    for w in range(WORDS):
        found |= rows.bits[v, w]
    return bool(found)


@njit(cache=True, nogil=True, forceinline=True)
def _hand_up(v: int, met: int, graph: Graph, rows: Rows, work: Work) -> int:
    # to whoever needs it; groups that can lose members only count; how many of them are met
    for k in range(graph.up_start[v], graph.up_start[v + 1]):
        d = graph.up[k]
        if d >= 0:
            hand_on(v, d, rows)
            continue
        g = ~d
        if not work.lost[g]:
            work.met[met] = g
            met += 1
        work.lost[g] += 1
        if work.lost[g] == graph.limit[g] + 1:
            touch(graph.owner[g], rows)
    return met


@njit(cache=True, nogil=True, forceinline=True)
def _add_up(v: int, start: int, cis: I32, rows: Rows, work: Work) -> None:
    # count one more for each bit that is set
    for w in range(WORDS):
        word = rows.bits[v, w]
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
                cis[start + 64 * w + lowest(word)] += 1 << d
                word &= word - ONE


@njit(cache=True, nogil=True)
def _weigh(v: int, start: int, weight: int, services: I32, weights: I64, rows: Rows) -> None:
    for w in range(WORDS):
        word = rows.bits[v, w]
        while word:
            i = start + 64 * w + lowest(word)
            services[i] += 1
            weights[i] += weight
            word &= word - ONE
