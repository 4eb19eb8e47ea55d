"""What breaks, and how badly, when some CIs stop (JR/T 0074-2012, 11.2 b; SEMANTICS 2)."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from graph.csr import Csr
from graph.topology import WORKLIST_LEAST, WORKLIST_SHARE, CiIndex, Topology
from queries.kernels.fed import spread_fed
from queries.kernels.rounds import rounds
from queries.kernels.spread import NEVER, distances, gathered, ripple
from queries.kernels.sweep import OUT, WEAK, sweep

EffectWord = Literal["outage", "degraded", "retire"]
I32 = NDArray[np.int32]
UNLIMITED = 2**62


class State(IntEnum):
    """How a CI stands; worse is higher."""

    UNAFFECTED = 0
    AT_RISK = 1
    DEGRADED = 2
    OUTAGE = 3


class Effect(IntEnum):
    """What is done to a seed; retiring is an outage that lasts."""

    DEGRADED = 2
    OUTAGE = 3
    RETIRE = 4


_EFFECTS: Mapping[str, Effect] = {effect.name.lower(): effect for effect in Effect}


class _Scratch(threading.local):
    """Arrays of one thread, used again by every answer: a small answer never pays for the size of the graph."""

    def __init__(self) -> None:
        self.size = self.groups = self.fed = -1
        self.epoch = 0

    def fit(self, topology: Topology) -> int:
        """Make the arrays large enough and give the number that marks this run's entries."""
        n, groups = topology.n, len(topology.csr.size)
        if n > self.size or groups > self.groups or self.epoch > 2**30:
            # more than asked for, so that a graph that grows does not make them anew at every change
            self.size, self.groups, self.epoch = max(n + n // 8, self.size), max(groups + groups // 8, self.groups), 0
            self.stamp, self.seen = np.zeros(self.size, np.int32), np.zeros(self.size, np.int32)
            self.rnd, self.low, self.margin = (np.empty(self.size, np.int32) for _ in range(3))
            self.hops, self.queue, self.reached = (np.empty(self.size, np.int32) for _ in range(3))
            self.out_states = np.empty(self.size, np.uint8)
            self.out_hops, self.out_margins = np.empty(self.size, np.int32), np.empty(self.size, np.int32)
            self.lost, self.gstamp = np.zeros(self.groups, np.int32), np.zeros(self.groups, np.int32)
            self.fed = -1
        if topology.has_feeds and self.fed < self.size:
            self.fed = self.size
            self.since, self.pending = np.empty(self.size, np.int32), np.empty(self.size, np.int32)
            self.starved = np.zeros(self.groups, np.int32)
        self.epoch += 1
        return self.epoch


_SCRATCH = _Scratch()


@dataclass(frozen=True, slots=True)
class Touched:
    """What is not unaffected: places in no stated order, and with each its state, hops and margin (NEVER: none)."""

    places: I32
    states: NDArray[np.uint8]
    hops: I32
    margins: I32

    def at(self, places: I32) -> "Touched":
        """The same at other places."""
        return Touched(places, self.states, self.hops, self.margins)


def _only(effect: Effect) -> Touched:
    none, state = np.zeros(1, np.int32), np.full(1, min(effect, State.OUTAGE), np.uint8)
    return Touched(none, state, none, np.full(1, NEVER, np.int32))


_ALONE = {effect: _only(effect) for effect in Effect}


@dataclass(frozen=True)
class Impact:
    """The states of all CIs under some seeds. Counts, states and `dense` include the seeds.

    A small answer comes whole; of a large one the states are known at once, hops and margins when first asked for.
    """

    topology: Topology
    seeds: Mapping[CiIndex, Effect]
    few: Touched | None = field(repr=False)
    many: NDArray[np.uint8] = field(repr=False, default_factory=lambda: np.empty(0, np.uint8))  # states by place

    @cached_property
    def counts(self) -> dict[State, int]:
        """How many CIs are in each state; seeds count."""
        if self.few is not None:
            found = np.bincount(self.few.states, minlength=4).tolist()
        else:
            found = [0, *(int(np.count_nonzero(self.many == state)) for state in (1, 2, 3))]
        found[0] = self.topology.n - sum(found[1:])
        return {state: found[state] for state in State}

    @cached_property
    def touched(self) -> Touched:
        """Everything that is not unaffected."""
        if self.few is not None:
            return self.few
        hops, margins = self._detail
        places = np.flatnonzero(self.many).astype(np.int32)
        return Touched(places, self.many[places], hops[places], margins[places])

    @cached_property
    def _detail(self) -> tuple[I32, I32]:
        return _detailed(self.topology, self.seeds)

    def indices(self, state: State) -> I32:
        """The CIs in a state, sorted."""
        if state == State.UNAFFECTED or self.few is None:
            return np.flatnonzero(self._states() == state).astype(np.int32)
        return np.sort(self.topology.csr.index[self.touched.places[self.touched.states == state]])

    @cached_property
    def _order(self) -> tuple[I32, I32]:
        indices = self.topology.csr.index[self.touched.places]
        order = np.argsort(indices).astype(np.int32)
        return indices[order], order

    def _at(self, ci: CiIndex) -> int:
        indices, order = self._order
        at = int(np.searchsorted(indices, ci))
        return int(order[at]) if at < len(indices) and indices[at] == ci else -1

    def _place(self, ci: CiIndex) -> int:
        if not 0 <= ci < self.topology.n:
            raise IndexError(f"no CI {ci} among {self.topology.n}")
        return int(self.topology.csr.place[ci])

    def state(self, ci: CiIndex) -> State:
        """The state of a CI."""
        place = self._place(ci)
        if self.few is None:
            return State(int(self.many[place]))
        at = self._at(ci)
        return State.UNAFFECTED if at < 0 else State(int(self.touched.states[at]))

    def hops(self, ci: CiIndex) -> int:
        """Outage: its round. Degraded: steps from what it lost. At risk: shortest chain to a seed. Else -1."""
        place = self._place(ci)
        if self.few is None:
            return int(self._detail[0][place]) if self.many[place] else -1
        at = self._at(ci)
        return -1 if at < 0 else int(self.touched.hops[at])

    def margin(self, ci: CiIndex) -> int | None:
        """The least of left − needed over the groups that lost a member; `None` if none did."""
        place = self._place(ci)
        if self.few is None:
            left = int(self._detail[1][place]) if self.many[place] else NEVER
        else:
            at = self._at(ci)
            left = NEVER if at < 0 else int(self.touched.margins[at])
        return None if left == NEVER else left

    def dense(self) -> tuple[NDArray[np.uint8], I32]:
        """States and hops of every CI by index (hops -1: unaffected)."""
        hops = np.full(self.topology.n, -1, np.int32)
        hops[self.topology.csr.index[self.touched.places]] = self.touched.hops
        return self._states(), hops

    def _states(self) -> NDArray[np.uint8]:
        if self.few is None:
            return self.many[self.topology.csr.place]
        states = np.zeros(self.topology.n, np.uint8)
        states[self.topology.csr.index[self.touched.places]] = self.touched.states
        return states


def impact(topology: Topology, seeds: Mapping[CiIndex, EffectWord | Effect]) -> Impact:
    """What becomes of all CIs when the seeds stop, are degraded, or are retired.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider; impact flows back along them.
    seeds
        CI index → effect. Retiring counts as an outage.

    Returns
    -------
    Impact
        Four states with hops and margins, redundancy considered.

    Raises
    ------
    IndexError
        A seed is no CI of the topology.
    ValueError
        An effect is none of the three words.

    Examples
    --------
    One of two database nodes may stop, and the application has no redundancy left:

    >>> t = Topology.from_edges(4, [0, 1, 1], [1, 2, 3], group=[-1, 0, 0], min_available=[1, 1, 1])
    >>> found = impact(t, {2: "outage"})
    >>> found.state(1).name, found.margin(1), found.state(0).name
    ('DEGRADED', 0, 'AT_RISK')
    """
    effects = {int(ci): _effect(effect) for ci, effect in seeds.items()}
    for ci in effects:
        if not 0 <= ci < topology.n:
            raise IndexError(f"seed {ci} is no CI among {topology.n}")
    few = _alone(topology, effects)
    if few is None:
        budget = max(WORKLIST_LEAST, int(topology.m * WORKLIST_SHARE)) if topology.is_ordered else UNLIMITED
        few = _by_worklist(topology, effects, budget)
    return Impact(topology, effects, few) if few else Impact(topology, effects, None, _by_sweep(topology, effects))


def _effect(effect: EffectWord | Effect) -> Effect:
    if isinstance(effect, Effect):
        return effect
    found = _EFFECTS.get(effect)
    if found is None:
        raise ValueError(f"effect {effect!r} is none of {', '.join(_EFFECTS)}")
    return found


def _alone(topology: Topology, seeds: Mapping[CiIndex, Effect]) -> Touched | None:
    # many CIs have no dependents: nothing is to be computed, and calling compiled code would be most of the time
    if len(seeds) != 1:
        return None
    ((ci, effect),) = seeds.items()
    csr = topology.csr
    place = csr.place[ci]
    return _ALONE[effect].at(csr.place[ci : ci + 1]) if csr.rbeg[place] == csr.rend[place] else None


def _seeded(topology: Topology, seeds: Mapping[CiIndex, Effect]) -> tuple[I32, I32]:
    places = topology.csr.place[list(seeds)]
    # a retired seed is out
    return places, np.array([min(effect, 3) for effect in seeds.values()], np.int32)


def _by_worklist(topology: Topology, seeds: Mapping[CiIndex, Effect], budget: int) -> Touched | None:
    scratch = _SCRATCH
    epoch = scratch.fit(topology)
    look = _fed_ripple if topology.has_feeds else _ripple
    count = look(topology.csr, scratch, epoch, _seeded(topology, seeds), budget)
    if count < 0:
        return None
    return Touched(
        scratch.reached[:count].copy(),
        scratch.out_states[:count].copy(),
        scratch.out_hops[:count].copy(),
        scratch.out_margins[:count].copy(),
    )


def _ripple(csr: Csr, scratch: _Scratch, epoch: int, seeded: tuple[I32, I32], budget: int) -> int:
    return ripple(
        csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.spare, *seeded, scratch.stamp, scratch.seen, epoch, scratch.rnd,
        scratch.low, scratch.margin, scratch.lost, scratch.gstamp, scratch.queue, scratch.hops, scratch.reached, budget,
        scratch.out_states, scratch.out_hops, scratch.out_margins,
    )  # fmt: skip


def _fed_ripple(csr: Csr, scratch: _Scratch, epoch: int, seeded: tuple[I32, I32], budget: int) -> int:
    out = spread_fed(
        csr.beg, csr.end, csr.to, csr.code, csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.size, csr.needed, csr.feeds,
        csr.unfounded, csr.circle, csr.circle_start, csr.circle_member, *seeded, scratch.stamp, epoch,
        scratch.rnd, scratch.low, scratch.margin, scratch.lost, scratch.gstamp, scratch.queue, scratch.since,
        scratch.starved, scratch.pending, budget,
    )  # fmt: skip
    if out < 0:
        return -1
    count = distances(
        csr.rbeg, csr.rend, csr.rto, seeded[0], scratch.seen, epoch, scratch.hops, scratch.reached, budget
    )
    gathered(
        scratch.reached, count, scratch.stamp, epoch, scratch.rnd, scratch.low, scratch.margin, scratch.hops,
        scratch.out_states, scratch.out_hops, scratch.out_margins,
    )  # fmt: skip
    return int(count)


def _seed_bits(topology: Topology, seeds: Mapping[CiIndex, Effect]) -> tuple[NDArray[np.uint8], int]:
    state = np.zeros(topology.n, np.uint8)
    places, kinds = _seeded(topology, seeds)
    state[places] = np.where(kinds == State.OUTAGE, OUT, WEAK)
    return state, int(places.min()) if len(places) else topology.n


def _by_sweep(topology: Topology, seeds: Mapping[CiIndex, Effect]) -> NDArray[np.uint8]:
    csr = topology.csr
    state, first = _seed_bits(topology, seeds)
    sweep(
        csr.beg, csr.end, csr.to, csr.code, csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.mixed, csr.spare, csr.cyclic,
        csr.feeds, csr.unfounded, csr.circle, csr.circle_start, csr.circle_member, state, first,
    )  # fmt: skip
    return state


def _detailed(topology: Topology, seeds: Mapping[CiIndex, Effect]) -> tuple[I32, I32]:
    """Hops and margin by place, for an answer that touches much."""
    csr = topology.csr
    hops, margins = np.empty(topology.n, np.int32), np.empty(topology.n, np.int32)
    if not topology.has_feeds:
        state, first = _seed_bits(topology, seeds)
        if rounds(
            csr.beg, csr.end, csr.to, csr.code, csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.mixed, csr.spare,
            csr.cyclic, state, hops, margins, first,
        ):  # fmt: skip
            return hops, margins
    found = _by_worklist(topology, seeds, UNLIMITED)
    if found is not None:
        hops[found.places], margins[found.places] = found.hops, found.margins
    return hops, margins
