"""What each of some CIs, out alone, takes with it: rows of bits, or lists where the graph has an order."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.csr import Csr
from graph.scratch import SCRATCH
from graph.topology import Topology
from queries.cone import hard_cone
from queries.kernels.cones import STANDS, providers_first
from queries.kernels.lists import as_bits, listed, losing
from queries.kernels.rising import forget, risen

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
FEW = 10_000  # CIs that fall together before it is asked which of them matter
BITS = 64  # failures, the lowest ones, that have a bit of one word in the place of entries in lists
LOOKS = 2**23  # entries of lists that are looked at before there are rows of bits instead; about 0.05 s
EVERY = 2**31
EVERYWHERE = np.empty(0, np.uint8)
UNSWEPT: tuple[Any, ...] = (np.empty(0, np.int32), np.empty(0, np.bool_))
NO_GROUPS = np.empty((0, 2), np.int32)


class Alone:
    """What each of a block of CIs, out alone, takes with it in a graph; those that are not in it take nothing.

    `wanted`: places of which that is asked; others may be left out. `among`: where it is looked for.
    """

    def __init__(self, topology: Topology, block: I32, wanted: I32, among: U8 = EVERYWHERE) -> None:
        csr, self._n = topology.csr, topology.n
        self._csr, self.local = csr, np.full(topology.n, STANDS, np.int32)
        there = np.flatnonzero(block < topology.n)
        places, bits = csr.place[block[there]], each_of(there, len(block))
        given = rules(csr, csr.spare)
        few: tuple[Any, ...] = (*given, FEW, *UNSWEPT)
        self.places, self.bits, whole = risen(places, bits, among, self.local, *few)
        if not whole:
            forget(self.places, self.local)
            swept = UNSWEPT
            if not len(among):
                cone = hard_cone(topology, csr.index[wanted])
                among = marked(topology.n, cone)
                swept = (cone, csr.cycles_of(cone) >= 0) if topology.is_settled else UNSWEPT
            every: tuple[Any, ...] = (*given, EVERY, *swept)
            self.places, self.bits, _ = risen(places, bits, among, self.local, *every)

    def among(self, wanted: I32) -> tuple[I32, U64]:
        """Those of these places that any of the block puts out, with their rows."""
        some = marked(self._n, wanted)[self.places] > 0
        return self.places[some], self.bits[some]

    def fallen(self, cis: I32) -> U64:
        """A row of bits for each of some CIs: which of the block put it out."""
        found = np.zeros((len(cis), self.bits.shape[1]), np.uint64)
        there = cis < self._n
        found[there] = rows_of(self.local, self._csr.place[cis[there]], self.bits)
        return found


@dataclass(frozen=True)
class Lists:
    """Of each place of a cone (sorted) the failures, by number, that put it out; `harm`: by group, who breaks it."""

    cone: I32
    count: int
    bits: U64
    entries: I32
    start: I64
    stop: I64
    harm: Bool


def lists_of(topology: Topology, cone: I32, failing: I32, spare: I32, groups: I32 = NO_GROUPS) -> Lists | None:
    """What these places, each alone, put out of a cone (sorted, closed downwards).

    `None`: too much for lists, or something in it feeds in a circle.
    """
    csr, count = topology.csr, len(failing)
    if len(groups) * count > LOOKS or (topology.has_feeds and (csr.circle[cone] >= 0).any()):
        return None
    row_of, number = SCRATCH.rows(topology.n), np.full(len(cone), -1, np.int32)
    row_of[cone] = np.arange(len(cone), dtype=np.int32)
    try:
        cycle = csr.cycles_of(cone)
        places = (
            providers_first(cone, cycle, row_of, csr.beg, csr.end, csr.to, csr.code) if (cycle >= 0).any() else cone
        )
        at = row_of[failing]
        number[at[at >= 0]] = np.flatnonzero(at >= 0)
        bits, entries, start, stop, whole = listed(
            places, cycle, number, count, BITS, row_of, csr.beg, csr.end, csr.to, csr.code, spare, LOOKS
        )
        if not whole:
            return None
        harm = losing(groups, count, BITS, bits, entries, start, stop, row_of, csr.to, csr.code, spare)
        rows = row_of[cone]
    finally:
        row_of[cone] = -1
    return Lists(cone, count, bits[rows], entries, start[rows], stop[rows], harm)


class Listed:
    """As `Alone`, of some of the failures of lists and of `wanted` places alone."""

    def __init__(self, csr: Csr, found: Lists, some: I32, wanted: I32) -> None:
        self._csr, self.places = csr, wanted
        bit = np.full(found.count, -1, np.int32)
        bit[some] = np.arange(len(some), dtype=np.int32)
        rows = np.searchsorted(found.cone, wanted)
        lists = found.bits, found.entries, found.start, found.stop
        self.bits: U64 = as_bits(rows, BITS, *lists, bit, -(-len(some) // 64))

    def among(self, wanted: I32) -> tuple[I32, U64]:
        """Those of these places that any of them puts out, with their rows."""
        some = self.bits.any(axis=1)
        return self.places[some], self.bits[some]

    def fallen(self, cis: I32) -> U64:
        """A row of bits for each of some CIs, all of them wanted."""
        return self.bits[np.searchsorted(self.places, self._csr.place[cis])]


def rules(csr: Csr, spare: I32) -> tuple[Any, ...]:
    """The arrays of a graph as `risen` takes them; `spare`: what its groups can lose."""
    return (
        csr.beg, csr.end, csr.to, csr.code, csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.needed, spare, csr.feeds,
        csr.unfounded, csr.circle, csr.circle_start, csr.circle_member,
    )  # fmt: skip


def marked(n: int, places: I32) -> U8:
    """1 at these of n places, 0 at the others."""
    marks = np.zeros(n, np.uint8)
    marks[places] = 1
    return marks


def each_of(bits: I64, count: int) -> U64:
    """A row for each of these bits, of so many, with it alone."""
    rows = np.zeros((len(bits), -(-count // 64)), np.uint64)
    rows[np.arange(len(bits)), bits >> 6] = np.uint64(1) << (bits & 63).astype(np.uint64)
    return rows


def rows_of(local: I32, places: I32, bits: U64) -> U64:
    """The rows of some places; nobody has fallen where there is none."""
    at = local[places]
    found = np.zeros((len(places), bits.shape[1]), np.uint64)
    found[at >= 0] = bits[at[at >= 0]]
    return found
