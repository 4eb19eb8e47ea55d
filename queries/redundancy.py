"""Which services a change leaves without redundancy: one more failure is enough, where it was not before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.csr import Csr
from graph.topology import CiIndex, Topology
from queries.cone import hard_cone
from queries.impact import Effect, EffectWord, State, impact
from queries.kernels.cones import GONE, STANDS, harmed, live_members
from queries.kernels.rising import breaking_more, fewer, forget, risen
from queries.proposed import Proposal

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
BLOCK = 512  # failures at once
WIDE = 2_048  # the same, where most take little with them
FEW = 10_000  # CIs that fall together before it is asked which of them matter
EVERY = 2**31
EVERYWHERE = np.empty(0, np.uint8)
UNSWEPT: tuple[Any, ...] = (np.empty(0, np.int32), np.empty(0, np.bool_))
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
    member already, or has other relationships than before. So what breaks one of those, and did not before, is looked
    for below them alone, blocks of candidates as bits, and only that is tried. What it stops by itself is found from it
    upwards; what it stops more, beside the seeds, is all among those that they or the edits touch, where it goes on
    from the rest of the graph, which stands as before.
    """
    asked = np.asarray(services, np.int32)
    lost = np.zeros(len(asked), np.bool_)
    if not len(asked):
        return lost
    now = _During(proposal, seeds)
    near = np.flatnonzero(now.inside[now.csr.place[asked]])
    if not len(near):
        return lost
    tried = now.tried(asked[near])
    for start in range(0, len(tried), BLOCK):
        left, block = near[~lost[near]], tried[start : start + BLOCK]
        if not len(left):
            break
        then = _Alone(proposal.before.topology, now.own[block], now.wanted)
        lost[left] = now.loses(asked[left], block, then)
    return lost


@dataclass(frozen=True)
class Losing:
    """A change of which `left_without_redundancy` is asked: its parameters."""

    proposal: Proposal
    seeds: Mapping[CiIndex, EffectWord | Effect]
    services: I32

    @property
    def is_plain(self) -> bool:
        """Whether the graph stays as it is."""
        return not self.proposal.edited and not self.proposal.live and not self.proposal.numbers


def left_in_each(changes: Sequence[Losing]) -> list[Bool]:
    """`left_without_redundancy` of several changes of one graph, each by itself.

    What single failures take with them before is worked out once for all changes without edits.
    """
    first = next((change.proposal.before.topology for change in changes if change.is_plain), None)
    plain = [change for change in changes if change.is_plain and change.proposal.before.topology is first]
    if first is None or len(plain) < 2:
        return [left_without_redundancy(each.proposal, each.seeds, each.services) for each in changes]
    known = dict[int, Bool]()
    asked: list[tuple[_During, I32, I64, Bool]] = []
    tried, wanted = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for each in plain:
        now = _During(each.proposal, each.seeds)
        lost: Bool = np.zeros(len(each.services), np.bool_)
        known[id(each)] = lost
        near: I64 = np.flatnonzero(now.inside[now.csr.place[each.services]])
        if len(near) and len(some := now.tried(each.services[near])):
            asked.append((now, each.services, near, lost))
            tried.append(some)
            wanted.append(now.wanted)
    every, places = np.unique(np.concatenate(tried)), np.unique(np.concatenate(wanted))
    for start in range(0, len(every), BLOCK):
        block = every[start : start + BLOCK]
        then = _Alone(first, block, places)
        for (now, services, near, lost), some in zip(asked, tried[1:], strict=True):
            left: I64 = near[~lost[near]]
            if len(left) and np.isin(block, some).any():
                lost[left] = now.loses(services[left], block, then)
    return [
        known[id(each)] if id(each) in known else left_without_redundancy(each.proposal, each.seeds, each.services)
        for each in changes
    ]


class _Alone:
    """What each of a block of CIs, out alone, takes with it in a graph; those that are not in it take nothing.

    `wanted`: places of which that is asked; others may be left out. `among`: where it is looked for.
    """

    def __init__(self, topology: Topology, block: I32, wanted: I32, among: U8 = EVERYWHERE) -> None:
        csr, self._n = topology.csr, topology.n
        self._csr, self.local = csr, np.full(topology.n, STANDS, np.int32)
        there = np.flatnonzero(block < topology.n)
        places, bits = csr.place[block[there]], _each(there, len(block))
        rules = _rules(csr, csr.spare)
        few: tuple[Any, ...] = (*rules, FEW, *UNSWEPT)
        self.places, self.bits, whole = risen(places, bits, among, self.local, *few)
        if not whole:
            forget(self.places, self.local)
            swept = UNSWEPT
            if not len(among):
                cone = hard_cone(topology, csr.index[wanted])
                among = _marked(topology.n, cone)
                swept = (cone, csr.cycles_of(cone) >= 0) if topology.is_settled else UNSWEPT
            every: tuple[Any, ...] = (*rules, EVERY, *swept)
            self.places, self.bits, _ = risen(places, bits, among, self.local, *every)

    def fallen(self, cis: I32) -> U64:
        """A row of bits for each of some CIs: which of the block put it out."""
        found = np.zeros((len(cis), self.bits.shape[1]), np.uint64)
        there = cis < self._n
        found[there] = _rows(self.local, self._csr.place[cis[there]], self.bits)
        return found


class _During:
    """The graph while a change is made. `inside`: 1 by place for all that its seeds or its edits touch.

    `wanted`: places of which it is asked what put them out before.
    """

    def __init__(self, proposal: Proposal, seeds: Mapping[CiIndex, EffectWord | Effect]) -> None:
        self._topology, self._before = proposal.both.topology, proposal.before.topology
        self.csr, n = self._topology.csr, self._topology.n
        self.own = np.arange(n, dtype=np.int32)
        # while a CI that the change retires still counts, its second number stands for it
        self.own[list(proposal.live.values())] = list(proposal.live)
        # who has other relationships in `both` than before, or was none
        new = range(self._before.n, n)
        self._changed = self.csr.place[np.array([*proposal.edited, *proposal.live, *new], np.int32)]
        found = impact(self._topology, seeds)
        gone = self.csr.place[found.indices(State.OUTAGE)]
        self._gone = _marked(n, gone)
        self._local = np.full(n, STANDS, np.int32)
        self._local[gone] = GONE
        self._spare = fewer(gone, self.csr.rbeg, self.csr.rend, self.csr.rcode, self.csr.spare)
        self._spare.flags.writeable = False  # as a topology's own: to the compiler another one is of another type
        if len(self._changed):
            more = dict.fromkeys(self.csr.index[self._changed].tolist(), Effect.DEGRADED)
            found = impact(self._topology, {**more, **seeds})
        self.inside = _marked(n, found.touched.places)

    @cached_property
    def _arrays(self) -> tuple[Any, ...]:
        return *_rules(self.csr, self._spare), EVERY, *UNSWEPT

    def tried(self, asked: I32) -> I32:
        """Who, out alone, breaks a harmed group of these CIs or of what they rest on, or puts a changed one out.

        Those that do so before, too, are left out. All further questions are about these CIs.
        """
        csr, before, n = self.csr, self._before, len(self._gone)
        resting = hard_cone(self._topology, asked, (self._gone | (self.inside == 0)).astype(np.uint8))
        self.inside = _marked(n, resting)
        own = self.own[csr.index[resting]]
        self.wanted = np.union1d(_and_members(csr, resting, before.n), before.csr.place[own[own < before.n]])
        groups, counted = harmed(
            resting, _marked(n, self._changed).astype(np.bool_), self._gone, csr.beg, csr.end, csr.to, csr.code,
            csr.circle,
        )  # fmt: skip
        alive, whole = live_members(groups, self._gone, csr.to), resting[counted]
        below = hard_cone(self._topology, csr.index[np.concatenate([alive, whole])], self._gone)
        # before, what was lost since then was a member, too
        members = live_members(groups, np.zeros_like(self._gone), csr.to)
        ends = self.own[csr.index[np.concatenate([members, whole])]]
        among = _marked(before.n, hard_cone(before, ends[ends < before.n])), _marked(n, below)
        nothing = np.zeros((0, 1), np.uint64), np.full(n, STANDS, np.int32)
        breaking = [np.empty(0, np.int32)]
        for start in range(0, len(below), WIDE):
            block = csr.index[below[start : start + WIDE]]
            breaking.append(block[self._breaking(block, among[1], groups, whole, nothing)])
        some, found = np.concatenate(breaking), [np.empty(0, np.int32)]
        for start in range(0, len(some), BLOCK):
            block = some[start : start + BLOCK]
            then = _Alone(before, self.own[block], self.wanted, among[0])
            local = np.concatenate([then.local, np.full(n - before.n, STANDS, np.int32)])
            found.append(block[self._breaking(block, among[1], groups, whole, (then.bits, local), then)])
        return np.concatenate(found)

    def _breaking(
        self, block: I32, among: U8, groups: I32, whole: I32, before: tuple[U64, I32], then: _Alone | None = None
    ) -> Bool:  # fmt: skip
        # who of a block breaks one of the groups, or puts one of the places out, and did not before
        csr = self.csr
        each = _each(np.arange(len(block)), len(block))
        places, bits, _ = risen(csr.place[block], each, among, self._local, *self._arrays)
        harm = breaking_more(groups, bits, self._local, self._spare, *before, csr.spare, csr.to, csr.code)
        more = _rows(self._local, whole, bits)
        more &= ~(0 * more if then is None else then.fallen(self.own[csr.index[whole]]))
        forget(places, self._local)
        return _bits(harm | np.bitwise_or.reduce(more), len(block))

    def loses(self, asked: I32, block: I32, alone: _Alone) -> Bool:
        """Which of `asked` one of `block` puts out that did not before; `alone`: what they take with them before."""
        found = self._fallen(block, alone, asked)
        _leave_out_themselves(found, block, asked)
        found &= ~alone.fallen(self.own[asked])
        lost: Bool = np.bitwise_or.reduce(found, axis=1) != 0
        return lost

    def _fallen(self, block: I32, alone: _Alone, asked: I32) -> U64:
        # a row of bits for each of `asked`: which of `block` put it out
        places = self.csr.place[block]
        mine = np.flatnonzero(self.inside[places])
        wanted = _marked(len(self._gone), self.wanted)[alone.places] > 0
        outside = wanted & (self.inside[alone.places] == 0)
        seeded = np.concatenate([alone.places[outside], places[mine]])
        bits = np.concatenate([alone.bits[outside], _each(mine, len(block))])
        rows, fell, _ = risen(seeded, bits, self.inside, self._local, *self._arrays)
        found = _rows(self._local, self.csr.place[asked], fell)
        forget(rows, self._local)
        return found


def _rules(csr: Csr, spare: I32) -> tuple[Any, ...]:
    return (
        csr.beg, csr.end, csr.to, csr.code, csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.needed, spare, csr.feeds,
        csr.unfounded, csr.circle, csr.circle_start, csr.circle_member,
    )  # fmt: skip


def _and_members(csr: Csr, rows: I32, below: int) -> I32:
    # places of rows, and of what they rest on directly, below a limit
    lengths = csr.end[rows] - csr.beg[rows]
    edges = np.repeat(csr.beg[rows] - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
    ends = np.unique(np.concatenate([rows, csr.to[edges]]))
    return ends[ends < below].astype(np.int32)


def _marked(n: int, places: I32) -> U8:
    marks = np.zeros(n, np.uint8)
    marks[places] = 1
    return marks


def _each(bits: I64, count: int) -> U64:
    # a row for each of these bits, of so many, with it alone
    rows = np.zeros((len(bits), -(-count // 64)), np.uint64)
    rows[np.arange(len(bits)), bits >> 6] = np.uint64(1) << (bits & 63).astype(np.uint64)
    return rows


def _rows(local: I32, places: I32, bits: U64) -> U64:
    # those of some places; nobody has fallen where there is none
    at = local[places]
    found = np.zeros((len(places), bits.shape[1]), np.uint64)
    found[at >= 0] = bits[at[at >= 0]]
    return found


def _bits(words: U64, count: int) -> Bool:
    return np.unpackbits(words.astype("<u8").view(np.uint8), count=count, bitorder="little").astype(np.bool_)


def _leave_out_themselves(found: U64, block: I32, asked: I32) -> None:
    # a service is not its own single point of failure
    order = np.argsort(block, kind="stable")
    at = np.searchsorted(block[order], asked)
    rows = np.flatnonzero((at < len(block)) & (block[order[np.minimum(at, len(block) - 1)]] == asked))
    bits = order[at[rows]]
    found[rows, bits >> 6] &= ~(np.uint64(1) << (bits & 63).astype(np.uint64))
