"""What breaks, and how badly, when some CIs stop (JR/T 0074-2012, 11.2 b; SEMANTICS 2)."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from graph.topology import CiIndex, Topology
from queries.kernels.spread import NEVER, distances, spread, spread_fed
from queries.kernels.sweep import sweep

EffectWord = Literal["outage", "degraded", "retire"]
I32 = NDArray[np.int32]
# share of the relationships that the worklist may look at before reading all of them in order is cheaper (measured:
# a look costs about 6 ns there and 1.5 ns in order, `make bench`)
WORKLIST_SHARE = 0.1
WORKLIST_LEAST = 20_000


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
        self.size = self.groups = -1
        self.epoch = 0

    def fit(self, topology: Topology) -> int:
        """Make the arrays large enough and give the number that marks this run's entries."""
        n, groups = topology.n, len(topology.csr.size)
        if n > self.size or groups > self.groups or self.epoch > 2**30:
            self.size, self.groups, self.epoch = max(n, self.size), max(groups, self.groups), 0
            self.stamp, self.seen = np.zeros(self.size, np.int32), np.zeros(self.size, np.int32)
            self.rnd, self.low, self.margin = (np.empty(self.size, np.int32) for _ in range(3))
            self.hops, self.queue, self.reached = (np.empty(self.size, np.int32) for _ in range(3))
            self.lost, self.gstamp = np.zeros(self.groups, np.int32), np.zeros(self.groups, np.int32)
            self.since, self.pending = np.empty(0, np.int32), np.empty(0, np.int32)
            self.starved = np.zeros(self.groups, np.int32)
        if topology.has_feeds and len(self.since) < self.size:
            self.since, self.pending = np.empty(self.size, np.int32), np.empty(self.size, np.int32)
        self.epoch += 1
        return self.epoch


_SCRATCH = _Scratch()


@dataclass(frozen=True)
class Impact:
    """The states of all CIs under some seeds. Counts, states and `dense` include the seeds.

    `places` are what is not unaffected, in no stated order; `states`, `hop`, `left` go with it.
    """

    topology: Topology
    seeds: Mapping[CiIndex, Effect]
    places: I32 = field(repr=False)
    states: NDArray[np.uint8] = field(repr=False)
    hop: I32 = field(repr=False)
    left: I32 = field(repr=False)

    @cached_property
    def counts(self) -> dict[State, int]:
        """How many CIs are in each state; seeds count."""
        found = np.bincount(self.states, minlength=4)
        found[0] = self.topology.n - len(self.places)
        return {state: int(found[state]) for state in State}

    def indices(self, state: State) -> I32:
        """The CIs in a state, sorted."""
        if state == State.UNAFFECTED:
            return np.flatnonzero(self.dense()[0] == 0).astype(np.int32)
        return np.sort(self.topology.csr.index[self.places[self.states == state]])

    @cached_property
    def _order(self) -> tuple[I32, I32]:
        indices = self.topology.csr.index[self.places]
        order = np.argsort(indices).astype(np.int32)
        return indices[order], order

    def _at(self, ci: CiIndex) -> int:
        if not 0 <= ci < self.topology.n:
            raise IndexError(f"no CI {ci} among {self.topology.n}")
        indices, order = self._order
        at = int(np.searchsorted(indices, ci))
        return int(order[at]) if at < len(indices) and indices[at] == ci else -1

    def state(self, ci: CiIndex) -> State:
        """The state of a CI."""
        at = self._at(ci)
        return State.UNAFFECTED if at < 0 else State(int(self.states[at]))

    def hops(self, ci: CiIndex) -> int:
        """Outage: its round. Degraded: steps from what it lost. At risk: shortest chain to a seed. Else -1."""
        at = self._at(ci)
        return -1 if at < 0 else int(self.hop[at])

    def margin(self, ci: CiIndex) -> int | None:
        """The least of left − needed over the groups that lost a member; `None` if none did."""
        at = self._at(ci)
        return None if at < 0 or self.left[at] == NEVER else int(self.left[at])

    def dense(self) -> tuple[NDArray[np.uint8], I32]:
        """States and hops of every CI by index (hops -1: unaffected)."""
        states = np.zeros(self.topology.n, np.uint8)
        hops = np.full(self.topology.n, -1, np.int32)
        indices = self.topology.csr.index[self.places]
        states[indices] = self.states
        hops[indices] = self.hop
        return states, hops


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
    places = topology.csr.place[np.fromiter(effects, np.int32, len(effects))]
    kinds = np.fromiter((min(effect, State.OUTAGE) for effect in effects.values()), np.int32, len(effects))
    if not topology.has_feeds:
        budget = max(WORKLIST_LEAST, int(topology.m * WORKLIST_SHARE))
        found = _by_worklist(topology, effects, places, kinds, budget)
        return found or _by_sweep(topology, effects, places, kinds)
    return _fed_by_worklist(topology, effects, places, kinds)


def _effect(effect: EffectWord | Effect) -> Effect:
    if isinstance(effect, Effect):
        return effect
    found = _EFFECTS.get(effect)
    if found is None:
        raise ValueError(f"effect {effect!r} is none of {', '.join(_EFFECTS)}")
    return found


def _by_worklist(
    topology: Topology, seeds: Mapping[CiIndex, Effect], places: I32, kinds: I32, budget: int
) -> Impact | None:
    csr, scratch = topology.csr, _SCRATCH
    epoch = scratch.fit(topology)
    _, looked = spread(
        csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.size, csr.needed, places, kinds, scratch.stamp, epoch,
        scratch.rnd, scratch.low, scratch.margin, scratch.lost, scratch.gstamp, scratch.queue, budget,
    )  # fmt: skip
    if looked < 0:
        return None
    reached = distances(csr.rbeg, csr.rend, csr.rto, places, scratch.seen, epoch, scratch.hops, scratch.reached, budget)
    return None if reached < 0 else _gathered(topology, seeds, scratch, epoch, reached)


def _fed_by_worklist(topology: Topology, seeds: Mapping[CiIndex, Effect], places: I32, kinds: I32) -> Impact:
    csr, scratch = topology.csr, _SCRATCH
    epoch = scratch.fit(topology)
    spread_fed(
        csr.beg, csr.end, csr.to, csr.code, csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.size, csr.needed, csr.feeds,
        csr.unfounded, csr.circle, csr.circle_start, csr.circle_member, places, kinds, scratch.stamp, epoch,
        scratch.rnd, scratch.low, scratch.margin, scratch.lost, scratch.gstamp, scratch.queue, scratch.since,
        scratch.starved, scratch.pending,
    )  # fmt: skip
    reached = distances(
        csr.rbeg, csr.rend, csr.rto, places, scratch.seen, epoch, scratch.hops, scratch.reached, topology.m + 1
    )
    return _gathered(topology, seeds, scratch, epoch, reached)


def _gathered(
    topology: Topology, seeds: Mapping[CiIndex, Effect], scratch: _Scratch, epoch: int, reached: int
) -> Impact:
    places = scratch.reached[:reached].copy()
    touched = scratch.stamp[places] == epoch
    rnd = np.where(touched, scratch.rnd[places], NEVER)
    low = np.where(touched, scratch.low[places], NEVER)
    left = np.where(touched, scratch.margin[places], NEVER).astype(np.int32)
    out, degraded = rnd != NEVER, low != NEVER
    states = np.where(out, 3, np.where(degraded, 2, 1)).astype(np.uint8)
    hop = np.where(out, rnd, np.where(degraded, low, scratch.hops[places])).astype(np.int32)
    return Impact(topology, seeds, places, states, hop, left)


def _by_sweep(topology: Topology, seeds: Mapping[CiIndex, Effect], places: I32, kinds: I32) -> Impact:
    csr = topology.csr
    first = int(places.min())
    states, hops, left = sweep(
        csr.beg, csr.end, csr.to, csr.code, csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.size, csr.needed, csr.cyclic,
        places, kinds, first,
    )  # fmt: skip
    found = np.flatnonzero(states).astype(np.int32)
    return Impact(topology, seeds, found, states[found], hops[found], left[found])
