"""Which services a change leaves without redundancy: one more failure is enough, where it was not before."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.topology import CiIndex, Topology
from queries.cone import Left, hard_cone, left_under, part_below
from queries.impact import Effect, EffectWord
from queries.kernels.cones import GONE, STANDS, harmed, live_members, providers_first
from queries.kernels.singles import WORDS, fallen, harming
from queries.proposed import Proposal

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
ROOM = 2**27  # bytes for the bits of all rows; with fewer words a row there are more blocks
NOBODY = np.int64(-1)


def left_without_redundancy(
    proposal: Proposal, seeds: Mapping[CiIndex, EffectWord | Effect], services: ArrayLike
) -> NDArray[np.bool_]:
    """Which of some services rest, during a change, on a single point of failure that was none of them before.

    Parameters
    ----------
    proposal
        The change's edits; relationships point from dependent to provider.
    seeds
        What else stops while it is made (`Proposal.during`), over `proposal.both`.
    services
        Numbers of CIs of `both`, each once; none of them is out under the seeds. One that the change adds had no single
        points before.

    Returns
    -------
    np.ndarray
        A bool for each.

    Notes
    -----
    Equal to asking for all single points of failure of each of them, before and during (`queries.spof`), and comparing.
    Where one failure stops more than before, the first CI that it stops more loses a harmed group, one that has lost a
    member already, or has other relationships than before. So what breaks one of those is looked for below them alone,
    blocks of candidates as bits, and only that is tried on all services together.
    """
    asked = np.asarray(services, np.int32)
    lost = np.zeros(len(asked), np.bool_)
    if not len(asked):
        return lost
    own = np.arange(proposal.both.topology.n, dtype=np.int32)
    # while a CI that the change retires still counts, its second number stands for it
    own[list(proposal.live.values())] = list(proposal.live)
    known = proposal.before.topology.n
    now = _Below(proposal.both.topology, asked, seeds)
    tried = now.harming(_changed(proposal))
    if not len(tried):
        return lost
    then: _Below | None = None
    asked_before = np.empty(0, np.int32)
    for start in range(0, len(tried), now.block):
        left, block = np.flatnonzero(~lost), tried[start : start + now.block]
        if not len(left):
            break
        found = now.fallen(block, asked[left])
        _leave_out_themselves(found, block, asked[left])
        hit = found.any(axis=1)
        left, found = left[hit], found[hit]
        before = own[asked[left]]
        old = before < known
        if old.any():
            if then is None or not np.isin(before[old], asked_before).all():
                # at first only those that something stops now
                asked_before = before[old] if then is None else own[asked][own[asked] < known]
                then = _Below(proposal.before.topology, asked_before)
            # of candidates that put nobody out now nothing is asked about before
            tells = _bits(np.bitwise_or.reduce(found), len(block)) & (own[block] < known)
            found[old] &= ~then.fallen(np.where(tells, own[block], NOBODY), before[old])
        lost[left] = found.any(axis=1)
    return lost


def _changed(proposal: Proposal) -> I32:
    # who has other relationships in `both` than before, or was none
    new = range(proposal.before.topology.n, proposal.both.topology.n)
    return np.array([*proposal.edited, *proposal.live, *new], np.int32)


class _Below:
    """What some CIs rest on by hard relationships beside base seeds, and what each of these takes with it."""

    def __init__(
        self, topology: Topology, starts: I32, base: Mapping[CiIndex, EffectWord | Effect] | None = None
    ) -> None:
        self._given = topology
        self._within: I32 | None = None
        if not topology.is_settled:
            self._given, self._within, base = part_below(topology, starts, base or {})
            starts = np.searchsorted(self._within, starts).astype(np.int32)
        self._left = left_under(self._given, base)
        self._rows = _Rows(self._given, self._left, starts)
        self.block = self._rows.block

    def harming(self, changed: I32) -> I32:
        """Who, out alone, breaks a harmed group of these CIs or of what they rest on, or puts one of `changed` out."""
        csr, gone, marked = self._given.csr, self._left.gone, np.zeros(self._given.n, np.bool_)
        marked[csr.place[self._inside(changed.astype(np.int64))]] = True
        places = self._rows.places
        groups, whole = harmed(places, marked, gone, csr.beg, csr.end, csr.to, csr.code, csr.circle)
        starts: I32 = csr.index[np.concatenate([live_members(groups, gone, csr.to), places[whole]])]
        rows = _Rows(self._given, self._left, starts)
        found = [np.empty(0, np.int32)]
        for start in range(0, len(rows.places), rows.block):
            block = np.arange(start, min(start + rows.block, len(rows.places)))
            bits = harming(block, groups, rows.at(places[whole]), *rows.arrays, *rows.room(len(block)))
            found.append(csr.index[rows.places[block[_bits(bits, len(block))]]])
        cis: I32 = np.concatenate(found)
        return cis if self._within is None else self._within[cis]

    def fallen(self, block: ArrayLike, asked: I32) -> U64:
        """Bits, a row for each of `asked` (of these CIs): which of `block` (-1 in it: nobody) put it out alone."""
        rows, where = self._rows, np.asarray(block, np.int64)
        return fallen(self._at(where), self._at(asked.astype(np.int64)), *rows.arrays, *rows.room(len(where)))

    def _at(self, cis: I64) -> I64:
        # positions of CIs in the rows; of those that are not among them, and of nobody, -1
        found = np.full(len(cis), NOBODY)
        there = cis >= 0
        if self._within is not None:
            there &= np.isin(cis, self._within)
        found[there] = self._rows.at(self._given.csr.place[self._inside(cis)])
        return found

    def _inside(self, cis: I64) -> I64:
        # numbers in the graph in which they are looked for; those that are not in it are left out
        if self._within is None:
            return cis[cis >= 0]
        return np.searchsorted(self._within, cis[np.isin(cis, self._within)])


class _Rows:
    """What some CIs rest on as rows, providers first, for bits to be carried up; `block`: candidates at once."""

    def __init__(self, given: Topology, left: Left, starts: I32) -> None:
        csr = given.csr
        cone = hard_cone(given, starts, left.gone)
        self._local = np.full(given.n, STANDS, np.int32)
        self._local[left.gone > 0] = GONE
        self._local[cone] = np.arange(len(cone), dtype=np.int32)
        cycle = csr.cycles_of(cone)
        self.places: I32 = providers_first(cone, cycle, self._local, csr.beg, csr.end, csr.to, csr.code)
        self.arrays: tuple[Any, ...] = (
            self.places, cycle, self._local, csr.beg, csr.end, csr.to, csr.code, csr.needed, left.spare, csr.feeds,
            csr.unfounded, csr.circle,
        )  # fmt: skip
        self._room: tuple[Any, ...] = ()
        self.block = 64 * min(WORDS, max(1, ROOM // (8 * max(1, len(self.places)))))

    def at(self, places: I32) -> I64:
        """Positions of places; of those that are not among the rows -1."""
        return np.maximum(self._local[places], NOBODY)

    def room(self, candidates: int) -> tuple[Any, ...]:
        """Zeros for as many candidates at once; they are so again after use."""
        words = -(-candidates // 64)
        if not self._room or self._room[0].shape[1] != words:
            many, circular = len(self.places), len(self.arrays[-1]) > 0
            self._room = (
                np.zeros((many, words), np.uint64), np.zeros((many if circular else 0, words), np.uint64),
                np.zeros(many, np.uint8),
            )  # fmt: skip
        return self._room


def _bits(words: U64, count: int) -> NDArray[np.bool_]:
    return np.unpackbits(words.astype("<u8").view(np.uint8), count=count, bitorder="little").astype(np.bool_)


def _leave_out_themselves(found: U64, block: I32, asked: I32) -> None:
    # a service is not its own single point of failure
    order = np.argsort(block, kind="stable")
    at = np.searchsorted(block[order], asked)
    rows = np.flatnonzero((at < len(block)) & (block[order[np.minimum(at, len(block) - 1)]] == asked))
    bits = order[at[rows]]
    found[rows, bits >> 6] &= ~(np.uint64(1) << (bits & 63).astype(np.uint64))
