"""What is worked out once of a graph before single failures are swept over it, and the room they need."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.csr import Csr
from graph.kernels.build import SOFT, components
from queries.kernels.bits import WORDS

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
Bool = NDArray[np.bool_]
LOOKS, TURNS, SERVES = np.uint8(1), np.uint8(2), np.uint8(4)  # in `mark`
DIGITS = 32  # of a number of CIs


class Graph(NamedTuple):
    """The arrays of `Csr` that the rules read, and what follows from them.

    `mark`: of each place whether it has groups that can lose members (LOOKS), is in a cycle (TURNS), is a service that
    is asked about (SERVES). `cycle`: its row of `cyclic`, -1 for none. `up_start`, `up`: whom a place puts out when it
    is out, but for those of its own cycle: a place that needs it, or ~g where group g loses a member. `limit`: what
    each group may lose before its owner has to be looked at.

    A *knot* is a part of a cycle of which each needs each, so that one's outage is that of all. `knot`: the number of
    each place's, within a cycle those that are needed first; `turn`: all places, those of a cycle in the order of their
    knots; `loose`: whether once through a cycle may not be enough.
    """

    beg: I32
    end: I32
    to: I32
    code: I32
    needed: I32
    spare: I32
    owner: I32
    feeds: Bool
    unfounded: Bool
    circle: I32
    cyclic: I32
    cycle: I32
    mark: U8
    up_start: I32
    up: I32
    limit: I32
    knot: I32
    turn: I32
    loose: Bool


class Work(NamedTuple):
    """Room to work in.

    `lost`: members that each group has lost; `met`: the groups that lost one. `planes`: binary digits of counts within
    a group, `sums`: of the CIs that each candidate puts out, a column each. `row`: one row; `held`: one for each member
    of the longest cycle, where something feeds.
    """

    lost: I32
    met: I32
    planes: U64
    sums: U64
    row: U64
    held: U64


def graph_of(csr: Csr, services: I32) -> Graph:
    """What is worked out of a graph; `services`: places."""
    cycle = csr.cycles_of(np.arange(len(csr.place), dtype=np.int32))
    knot, _ = components(*needed_rows(csr.beg, csr.end, csr.to, csr.code, csr.spare, cycle))
    mark, loose = marks(csr.beg, csr.end, csr.to, csr.code, csr.spare, cycle, len(csr.cyclic), services)
    start, up = ups(csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.spare, cycle)
    circular = csr.feeds & (csr.circle[csr.owner] >= 0) if len(csr.circle) else np.zeros(len(csr.spare), np.bool_)
    return Graph(
        csr.beg, csr.end, csr.to, csr.code, csr.needed, csr.spare, csr.owner, csr.feeds, csr.unfounded, csr.circle,
        csr.cyclic, cycle, mark, start, up, np.where(circular, 0, csr.spare).astype(np.int32), knot,
        turns(knot, csr.cyclic), loose,
    )  # fmt: skip


def work_for(csr: Csr) -> Work:
    """Room for a graph."""
    longest = int((csr.cyclic[:, 1] - csr.cyclic[:, 0]).max(initial=0)) if len(csr.circle) else 0
    digits = (DIGITS, WORDS)
    return Work(
        np.zeros(len(csr.spare), np.int32), np.empty(len(csr.spare) + 1, np.int32), np.zeros(digits, np.uint64),
        np.zeros(digits, np.uint64), np.zeros(WORDS, np.uint64), np.zeros((longest, WORDS), np.uint64),
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
def marks(
    beg: I32, end: I32, to: I32, code: I32, spare: I32, cycle: I32, cycles: int, services: I32
) -> tuple[U8, Bool]:  # fmt: skip
    """`mark` and `loose` of `Graph`."""
    mark, loose = np.zeros(len(beg), np.uint8), np.zeros(cycles, np.bool_)
    for v in services:
        mark[v] |= SERVES
    for v in range(len(beg)):
        if cycle[v] >= 0:
            mark[v] |= TURNS
        for k in range(beg[v], end[v]):
            if code[k] >= 0 and spare[code[k]] > 0:
                mark[v] |= LOOKS
                if cycle[v] >= 0 and cycle[to[k]] == cycle[v]:
                    loose[cycle[v]] = True
    return mark, loose


@njit(cache=True, nogil=True)
def ups(rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32, cycle: I32) -> tuple[I32, I32]:
    """`up_start` and `up` of `Graph`."""
    start, up, count = np.zeros(len(rbeg) + 1, np.int32), np.empty(len(rto), np.int32), 0
    for v in range(len(rbeg)):
        for k in range(rbeg[v], rend[v]):
            d, c = rto[k], rcode[k]
            if c == SOFT or (cycle[v] >= 0 and cycle[d] == cycle[v]):
                continue
            up[count] = ~c if c >= 0 and spare[c] > 0 else d
            count += 1
        start[v + 1] = count
    return start, up[:count].copy()
