"""Which services a change leaves without redundancy: one more failure is enough, where it was not before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.csr import Csr
from graph.kernels.patch import targets_of
from graph.topology import CiIndex
from queries.cone import hard_cone
from queries.impact import Effect, EffectWord, State, impact
from queries.kernels.cones import GONE, STANDS, harmed, live_members
from queries.kernels.rising import breaking_more, fewer, forget, risen
from queries.proposed import Proposal
from queries.taken_along import EVERY, UNSWEPT, Alone, Listed, each_of, lists_of, marked, rows_of, rules

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
BLOCK = 512  # failures at once
WIDE = 2_048  # the same, where most take little with them
LISTED = 4_096  # the same, where each place has a list


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
    (lost,) = left_in_each([Losing(proposal, seeds, np.asarray(services, np.int32))])
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
        proposal = self.proposal
        same = proposal.both.topology is proposal.before.topology
        return same and not proposal.edited and not proposal.live and not proposal.numbers


def left_in_each(changes: Sequence[Losing]) -> list[Bool]:
    """`left_without_redundancy` of several changes, each by itself.

    What single failures take with them before is worked out once for all changes of one graph without edits.
    """
    found = [_Asked(each) for each in changes]
    shared: dict[int, list[_Asked]] = {}
    for number, asked in enumerate(found):
        if len(asked.tried):
            key = id(asked.now.csr) if asked.losing.is_plain else -number
            shared.setdefault(key, []).append(asked)
    for some in shared.values():
        if not (some[0].now.is_listable and _by_lists(some)):
            _by_blocks(some)
    return [asked.lost for asked in found]


class _Asked:
    """A change that is asked about. `near`: which of its services its seeds or edits touch; `tried`: see `_During`."""

    def __init__(self, losing: Losing) -> None:
        self.losing, self._services = losing, losing.services
        self.lost: Bool = np.zeros(len(losing.services), np.bool_)
        self.tried = np.empty(0, np.int32)
        if len(losing.services):
            self.now = _During(losing.proposal, losing.seeds, is_plain=losing.is_plain)
            self._near = np.flatnonzero(self.now.inside[self.now.csr.place[losing.services]])
            if len(self._near):
                self.tried = self.now.tried(losing.services[self._near])

    @property
    def left(self) -> I64:
        """Of those near those of which it is not known yet that they lose something."""
        found: I64 = self._near[~self.lost[self._near]]
        return found

    def note(self, block: I32, then: Alone | Listed) -> None:
        """Note which of those lose something because of one of a block."""
        left = self.left
        self.lost[left] = self.now.loses(self._services[left], block, then)


def _by_blocks(some: Sequence[_Asked]) -> None:
    # of one change, or of several of one graph without edits: a row of bits for each CI that falls
    now = some[0].now
    every = np.unique(np.concatenate([asked.tried for asked in some]))
    wanted = np.unique(np.concatenate([asked.now.wanted for asked in some]))
    for start in range(0, len(every), BLOCK):
        block = every[start : start + BLOCK]
        then = Alone(now.before, now.own[block], wanted)
        for asked in some:
            if len(asked.left) and np.isin(block, asked.tried).any():
                asked.note(block, then)


def _by_lists(some: Sequence[_Asked]) -> bool:
    # the same by a list for each CI; whether it was done
    topology, csr = some[0].now.before, some[0].now.csr
    tried = [csr.place[asked.tried] for asked in some]
    cone = hard_cone(topology, csr.index[np.unique(np.concatenate([asked.now.wanted for asked in some]))])
    every = np.unique(np.concatenate(tried))
    for start in range(0, len(every), LISTED):
        block = every[start : start + LISTED]
        found = lists_of(topology, cone, block, csr.spare)
        if found is None:
            return False
        for asked, mine in zip(some, tried, strict=True):
            own = np.flatnonzero(np.isin(block, mine)).astype(np.int32)
            if len(own) and len(asked.left):
                asked.note(csr.index[block[own]], Listed(csr, found, own, asked.now.wanted))
    return True


class _During:
    """The graph while a change is made. `inside`: 1 by place for all that its seeds or its edits touch.

    `before`: the graph before. `wanted`: places of which it is asked what put them out then, sorted. `is_listable`:
    whether failures may be carried up as lists (`queries.kernels.lists`): nothing is edited, and there is an order.
    """

    def __init__(self, proposal: Proposal, seeds: Mapping[CiIndex, EffectWord | Effect], *, is_plain: bool) -> None:
        self._topology, self.before = proposal.both.topology, proposal.before.topology
        self.is_listable = is_plain and self.before.is_ordered
        self.csr, n = self._topology.csr, self._topology.n
        self.own = np.arange(n, dtype=np.int32)
        # while a CI that the change retires still counts, its second number stands for it
        self.own[list(proposal.live.values())] = list(proposal.live)
        # who has other relationships in `both` than before, or was none
        new = range(self.before.n, n)
        self._changed = self.csr.place[np.array([*proposal.edited, *proposal.live, *new], np.int32)]
        found = impact(self._topology, seeds)
        gone = self.csr.place[found.indices(State.OUTAGE)]
        self._gone = marked(n, gone)
        self._local = np.full(n, STANDS, np.int32)
        self._local[gone] = GONE
        self._spare = fewer(gone, self.csr.rbeg, self.csr.rend, self.csr.rcode, self.csr.spare)
        self._spare.flags.writeable = False  # as a topology's own: to the compiler another one is of another type
        if len(self._changed):
            more = dict.fromkeys(self.csr.index[self._changed].tolist(), Effect.DEGRADED)
            found = impact(self._topology, {**more, **seeds})
        self.inside = marked(n, found.touched.places)

    @cached_property
    def _arrays(self) -> tuple[Any, ...]:
        return *rules(self.csr, self._spare), EVERY, *UNSWEPT

    def tried(self, asked: I32) -> I32:
        """Who, out alone, breaks a harmed group of these CIs or of what they rest on, or puts a changed one out.

        Those that do so before, too, are left out. All further questions are about these CIs.
        """
        csr, before, n = self.csr, self.before, len(self._gone)
        resting = hard_cone(self._topology, asked, (self._gone | (self.inside == 0)).astype(np.uint8))
        self.inside = marked(n, resting)
        own = self.own[csr.index[resting]]
        self.wanted = np.union1d(_and_members(csr, resting, before.n), before.csr.place[own[own < before.n]])
        groups, counted = harmed(
            resting, marked(n, self._changed).astype(np.bool_), self._gone, csr.beg, csr.end, csr.to, csr.code,
            csr.circle,
        )  # fmt: skip
        alive, whole = live_members(groups, self._gone, csr.to), resting[counted]
        below = hard_cone(self._topology, csr.index[np.concatenate([alive, whole])], self._gone)
        # before, what was lost since then was a member, too
        members = live_members(groups, np.zeros_like(self._gone), csr.to)
        ends = self.own[csr.index[np.concatenate([members, whole])]]
        found = self._listed(groups, below, ends) if self.is_listable else None
        if found is not None:
            return found
        among = marked(before.n, hard_cone(before, ends[ends < before.n])), marked(n, below)
        nothing = np.zeros((0, 1), np.uint64), np.full(n, STANDS, np.int32)
        breaking = [np.empty(0, np.int32)]
        for start in range(0, len(below), WIDE):
            block = csr.index[below[start : start + WIDE]]
            breaking.append(block[self._breaking(block, among[1], groups, whole, nothing)])
        some, parts = np.concatenate(breaking), [np.empty(0, np.int32)]
        for start in range(0, len(some), BLOCK):
            block = some[start : start + BLOCK]
            then = Alone(before, self.own[block], self.wanted, among[0])
            local = np.concatenate([then.local, np.full(n - before.n, STANDS, np.int32)])
            parts.append(block[self._breaking(block, among[1], groups, whole, (then.bits, local), then)])
        return np.concatenate(parts)

    def _listed(self, groups: I32, below: I32, ends: I32) -> I32 | None:
        # the same where nothing is edited: no row counts whole
        now = lists_of(self._topology, below, below, self._spare, groups)
        if now is None:
            return None
        some = np.flatnonzero(now.harm.any(axis=0))
        then = lists_of(self.before, hard_cone(self.before, ends), below[some], self.csr.spare, groups)
        if then is None:
            return None
        more = (now.harm[:, some] & ~then.harm).any(axis=0)
        return self.csr.index[below[some[more]]]

    def _breaking(
        self, block: I32, among: U8, groups: I32, whole: I32, before: tuple[U64, I32], then: Alone | None = None
    ) -> Bool:  # fmt: skip
        # who of a block breaks one of the groups, or puts one of the places out, and did not before
        csr = self.csr
        each = each_of(np.arange(len(block)), len(block))
        places, bits, _ = risen(csr.place[block], each, among, self._local, *self._arrays)
        harm = breaking_more(groups, bits, self._local, self._spare, *before, csr.spare, csr.to, csr.code)
        more = rows_of(self._local, whole, bits)
        more &= ~(0 * more if then is None else then.fallen(self.own[csr.index[whole]]))
        forget(places, self._local)
        return _bits(harm | np.bitwise_or.reduce(more), len(block))

    def loses(self, asked: I32, block: I32, alone: Alone | Listed) -> Bool:
        """Which of `asked` one of `block` puts out that did not before; `alone`: what they take with them before."""
        found = self._fallen(block, alone, asked)
        _leave_out_themselves(found, block, asked)
        found &= ~alone.fallen(self.own[asked])
        lost: Bool = np.bitwise_or.reduce(found, axis=1) != 0
        return lost

    def _fallen(self, block: I32, alone: Alone | Listed, asked: I32) -> U64:
        # a row of bits for each of `asked`: which of `block` put it out
        places = self.csr.place[block]
        mine = np.flatnonzero(self.inside[places])
        fallen, bits = alone.among(self.wanted)
        outside = self.inside[fallen] == 0
        seeded = np.concatenate([fallen[outside], places[mine]])
        bits = np.concatenate([bits[outside], each_of(mine, len(block))])
        rows, fell, _ = risen(seeded, bits, self.inside, self._local, *self._arrays)
        found = rows_of(self._local, self.csr.place[asked], fell)
        forget(rows, self._local)
        return found


def _and_members(csr: Csr, rows: I32, below: int) -> I32:
    # places of rows, and of what they rest on directly, below a limit
    ends = np.unique(np.concatenate([rows, targets_of(rows, csr.beg, csr.end, csr.to)]))
    return ends[ends < below].astype(np.int32)


def _bits(words: U64, count: int) -> Bool:
    return np.unpackbits(words.astype("<u8").view(np.uint8), count=count, bitorder="little").astype(np.bool_)


def _leave_out_themselves(found: U64, block: I32, asked: I32) -> None:
    # a service is not its own single point of failure
    order = np.argsort(block, kind="stable")
    at = np.searchsorted(block[order], asked)
    rows = np.flatnonzero((at < len(block)) & (block[order[np.minimum(at, len(block) - 1)]] == asked))
    bits = order[at[rows]]
    found[rows, bits >> 6] &= ~(np.uint64(1) << (bits & 63).astype(np.uint64))
