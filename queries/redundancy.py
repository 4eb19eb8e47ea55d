"""Which services a change leaves without redundancy: one more failure is enough, where it was not before."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.overlay import part
from graph.topology import CiIndex, Topology
from queries.cone import hard_cone, left_under
from queries.impact import Effect, EffectWord
from queries.kernels.cones import GONE, STANDS, providers_first
from queries.kernels.singles import WORDS, fallen
from queries.proposed import Proposal

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
BLOCK = 64 * WORDS
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
    Here all are asked together, blocks of candidates as bits, and one new point is enough.
    """
    asked = np.asarray(services, np.int32)
    lost = np.zeros(len(asked), np.bool_)
    if not len(asked):
        return lost
    now = _Below(proposal.both.topology, asked, seeds)
    then: _Below | None = None
    # while a CI that the change retires still counts, its second number stands for it
    own = np.arange(proposal.both.topology.n, dtype=np.int32)
    own[list(proposal.live.values())] = list(proposal.live)
    known = proposal.before.topology.n
    for start in range(0, len(now.cis), BLOCK):
        left = np.flatnonzero(~lost)
        block = now.cis[start : start + BLOCK]
        found = now.fallen(block, asked[left])
        _leave_out_themselves(found, block, asked[left])
        if not found.any():
            continue
        if then is None:
            then = _Below(proposal.before.topology, asked[asked < known])
        # of candidates that put nobody out now nothing is asked about before
        earlier = np.where(_bits(np.bitwise_or.reduce(found), len(block)) & (own[block] < known), own[block], NOBODY)
        old = asked[left] < known
        found[old] &= ~then.fallen(earlier, asked[left][old])
        lost[left] = found.any(axis=1)
    return lost


class _Below:
    """What some CIs rest on by hard relationships, beside base seeds: `cis`, what each of these takes with it."""

    def __init__(
        self, topology: Topology, starts: I32, base: Mapping[CiIndex, EffectWord | Effect] | None = None
    ) -> None:
        self._within, given = None, topology
        if not topology.is_settled:
            # an overlaid graph is not built anew for a few CIs: what they rest on is taken out of it
            self._within = np.union1d(topology.all_providers_of(starts), starts).astype(np.int32)
            number = {ci: at for at, ci in enumerate(self._within.tolist())}
            base = {number[ci]: effect for ci, effect in (base or {}).items() if ci in number}
            starts, given = np.searchsorted(self._within, starts).astype(np.int32), part(topology, self._within)
        csr, left = given.csr, left_under(given, base)
        cone = hard_cone(given, starts, left.gone)
        local = np.full(given.n, STANDS, np.int32)
        local[left.gone > 0] = GONE
        local[cone] = np.arange(len(cone), dtype=np.int32)
        cycle = csr.cycles_of(cone)
        places = providers_first(cone, cycle, local, csr.beg, csr.end, csr.to, csr.code)
        self._given, self._local = given, local
        self._rows = (
            places, cycle, local, csr.beg, csr.end, csr.to, csr.code, csr.needed, left.spare, csr.feeds, csr.unfounded,
            csr.circle,
        )  # fmt: skip
        many = len(places)
        self._room = (
            np.zeros((many, WORDS), np.uint64), np.zeros((many if len(csr.circle) else 0, WORDS), np.uint64),
            np.zeros(many, np.uint8),
        )  # fmt: skip
        cis = csr.index[places]
        self.cis: I32 = cis if self._within is None else self._within[cis]

    def fallen(self, block: ArrayLike, asked: I32) -> U64:
        """Bits, a row for each of `asked` (which are among the first CIs): which of `block` put it out alone."""
        return fallen(self._at(np.asarray(block, np.int64)), self._at(asked.astype(np.int64)), *self._rows, *self._room)

    def _at(self, cis: I64) -> I64:
        # positions of CIs in the rows; of those that are not among them, and of nobody, -1
        there = cis >= 0
        if self._within is not None:
            found = np.searchsorted(self._within, cis)
            there &= (found < len(self._within)) & (self._within[found % len(self._within)] == cis)
            cis = found
        at = self._local[self._given.csr.place[np.where(there, cis, 0)]].astype(np.int64)
        return np.where(there, np.maximum(at, NOBODY), NOBODY)


def _bits(words: U64, count: int) -> NDArray[np.bool_]:
    return np.unpackbits(words.astype("<u8").view(np.uint8), count=count, bitorder="little").astype(np.bool_)


def _leave_out_themselves(found: U64, block: I32, asked: I32) -> None:
    # a service is not its own single point of failure
    order = np.argsort(block, kind="stable")
    at = np.searchsorted(block[order], asked)
    rows = np.flatnonzero((at < len(block)) & (block[order[np.minimum(at, len(block) - 1)]] == asked))
    bits = order[at[rows]]
    found[rows, bits >> 6] &= ~(np.uint64(1) << (bits & 63).astype(np.uint64))
