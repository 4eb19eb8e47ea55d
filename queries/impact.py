"""What breaks, and how badly, when some CIs stop (JR/T 0074-2012, 11.2 b; SEMANTICS 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.kernels.reach import taken
from graph.scratch import SCRATCH
from graph.topology import CiIndex, Topology
from queries.kernels.marks import NEVER
from queries.kernels.rounds import rounds
from queries.kernels.spread import HOPS, MARGIN, PLACE, STATE, spread, spread_fed
from queries.kernels.sweep import OUT, WEAK, sweep

EffectWord = Literal["outage", "degraded", "retire"]
I32 = NDArray[np.int32]
UNLIMITED = 2**62
MANY_SEEDS = 64


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
_STATES: Mapping[Effect, int] = {effect: min(int(effect), 3) for effect in Effect}  # of a seed: a retired one is out


class Touched(NamedTuple):
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

    A small answer comes whole. A large one is worked out when it is asked for: states alone in one pass over the rows,
    hops and margins with them in a slower one.
    """

    topology: Topology
    seeds: Mapping[CiIndex, Effect]
    few: Touched | None = field(repr=False, default=None)

    @cached_property
    def counts(self) -> dict[State, int]:
        """How many CIs are in each state; seeds count."""
        known = self._known
        if known is not None:
            found = np.bincount(known.states, minlength=4).tolist()
        else:
            found = [0, *(int(np.count_nonzero(self._many == state)) for state in (1, 2, 3))]
        found[0] = self.topology.n - sum(found[1:])
        return {state: found[state] for state in State}

    @property
    def touched(self) -> Touched:
        """Everything that is not unaffected."""
        return self.few or self._all

    @cached_property
    def _all(self) -> Touched:
        return _by_pass(self.topology, self.seeds)

    @property
    def _known(self) -> Touched | None:
        # what is touched, where that was worked out already
        return self.few or self.__dict__.get("_all")

    @cached_property
    def _many(self) -> NDArray[np.uint8]:
        # states by place
        return _by_sweep(self.topology, self.seeds)

    def indices(self, state: State) -> I32:
        """The CIs in a state, sorted."""
        known = self._known
        if state == State.UNAFFECTED or known is None:
            return np.flatnonzero(self._states() == state).astype(np.int32)
        return np.sort(self.topology.csr.index[known.places[known.states == state]])

    @cached_property
    def _order(self) -> tuple[I32, I32]:
        places = self.touched.places
        order = np.argsort(places, kind="stable").astype(np.int32)
        return places[order], order

    def _at(self, ci: CiIndex) -> int:
        # where a CI is among what is touched, -1 where it is not
        place = self._place(ci)
        places, order = self._order
        at = int(np.searchsorted(places, place))
        return int(order[at]) if at < len(places) and places[at] == place else -1

    def _place(self, ci: CiIndex) -> int:
        if not 0 <= ci < self.topology.n:
            raise IndexError(f"no CI {ci} among {self.topology.n}")
        return int(self.topology.csr.place[ci])

    def state(self, ci: CiIndex) -> State:
        """The state of a CI."""
        if self._known is None:
            return State(int(self._many[self._place(ci)]))
        at = self._at(ci)
        return State.UNAFFECTED if at < 0 else State(int(self.touched.states[at]))

    def states_of(self, cis: I32) -> NDArray[np.uint8]:
        """The states of some CIs, in their order."""
        places = self.topology.csr.place[cis]
        if self._known is None:
            return self._many[places]
        known, order = self._order
        states = np.zeros(len(places), np.uint8)
        if len(known):
            at = np.minimum(np.searchsorted(known, places), len(known) - 1)
            met = known[at] == places
            states[met] = self.touched.states[order[at[met]]]
        return states

    def hops(self, ci: CiIndex) -> int:
        """Outage: its round. Degraded: steps from what it lost. At risk: shortest chain to a seed. Else -1."""
        at = self._at(ci)
        return -1 if at < 0 else int(self.touched.hops[at])

    def margin(self, ci: CiIndex) -> int | None:
        """The least of left − needed over the groups that lost a member; `None` if none did."""
        at = self._at(ci)
        left = NEVER if at < 0 else int(self.touched.margins[at])
        return None if left == NEVER else left

    def at(self, cis: I32) -> tuple[NDArray[np.uint8], I32]:
        """States and hops (-1: unaffected) of some CIs, in their order."""
        places, order = self._order
        if not len(places):
            return np.zeros(len(cis), np.uint8), np.full(len(cis), -1, np.int32)
        wanted = self.topology.csr.place[cis]
        near = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
        is_there, rows = places[near] == wanted, order[near]
        touched = self.touched
        return touched.states[rows] * is_there, np.where(is_there, touched.hops[rows], np.int32(-1))

    def dense(self) -> tuple[NDArray[np.uint8], I32]:
        """States and hops of every CI by index (hops -1: unaffected)."""
        hops = np.full(self.topology.n, -1, np.int32)
        hops[self.topology.csr.index[self.touched.places]] = self.touched.hops
        return self._states(), hops

    def _states(self) -> NDArray[np.uint8]:
        known = self._known
        if known is None:
            return taken(self._many, self.topology.csr.place)
        states = np.zeros(self.topology.n, np.uint8)
        states[self.topology.csr.index[known.places]] = known.states
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
    if few is None and not _is_large(topology, effects):
        few = _by_worklist(topology, effects, topology.few if topology.is_ordered else UNLIMITED)
    return Impact(topology, effects, few)


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


def _is_large(topology: Topology, seeds: Mapping[CiIndex, Effect]) -> bool:
    # many seeds that many rest on directly: a worklist would hardly end, and what it looked at would be lost
    if len(seeds) <= MANY_SEEDS or not topology.is_ordered:
        return False
    places = topology.csr.place[np.fromiter(seeds, np.int32, len(seeds))]
    return int((topology.csr.rend[places] - topology.csr.rbeg[places]).sum()) > topology.few // 8


def _seeded(topology: Topology, seeds: Mapping[CiIndex, Effect]) -> I32:
    # a row of place and state each; a single one is this thread's, good until its next answer
    if len(seeds) == 1:
        ((ci, effect),) = seeds.items()
        one = SCRATCH.seed
        one[0, 0], one[0, 1] = topology.csr.place[ci], _STATES[effect]
        return one
    made = np.empty((len(seeds), 2), np.int32)
    made[:, 0] = topology.csr.place[np.fromiter(seeds, np.int32, len(seeds))]
    made[:, 1] = np.fromiter((_STATES[effect] for effect in seeds.values()), np.int32, len(seeds))
    return made


def _by_worklist(topology: Topology, seeds: Mapping[CiIndex, Effect], budget: int) -> Touched | None:
    csr = topology.csr
    slots = topology.n + len(csr.size)
    cell = SCRATCH.cells(min(slots, len(seeds) + 3 * budget))
    given = (
        csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.spare, _seeded(topology, seeds), SCRATCH.slots(slots), cell, budget
    )  # fmt: skip
    if topology.has_feeds:
        count = spread_fed(
            *given, csr.beg, csr.end, csr.to, csr.code, csr.feeds, csr.unfounded, csr.circle, csr.circle_start,
            csr.circle_member, SCRATCH.counts(len(csr.size)),
        )  # fmt: skip
    else:
        count = spread(*given)
    if count < 0:
        return None
    cell = cell[:count]
    return Touched(cell[:, PLACE].copy(), cell[:, STATE].astype(np.uint8), cell[:, HOPS].copy(), cell[:, MARGIN].copy())


def _seed_bits(topology: Topology, seeds: Mapping[CiIndex, Effect]) -> tuple[NDArray[np.uint8], int]:
    state = np.zeros(topology.n, np.uint8)
    places, effects = _seeded(topology, seeds).T
    state[places] = np.where(effects == State.OUTAGE, OUT, WEAK)
    return state, int(places.min()) if len(places) else topology.n


def _by_sweep(topology: Topology, seeds: Mapping[CiIndex, Effect]) -> NDArray[np.uint8]:
    """The states of all places, for an answer that touches much."""
    csr = topology.csr
    state, first = _seed_bits(topology, seeds)
    sweep(
        topology.strips, csr.beg, csr.end, csr.to, csr.code, csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.spare,
        csr.feeds, csr.unfounded, csr.circle, csr.circle_start, csr.circle_member, state, first,
    )  # fmt: skip
    return state


def _by_pass(topology: Topology, seeds: Mapping[CiIndex, Effect]) -> Touched:
    """As `_by_worklist`, for an answer that touches much."""
    csr, n = topology.csr, topology.n
    state, first = _seed_bits(topology, seeds)
    places, hops, margins = (np.empty(n, np.int32) for _ in range(3))
    states = np.empty(n, np.uint8)
    for half, kind in ((8, np.uint16), (16, np.uint32)):
        word = np.full(n, (1 << 2 * half) - 1, kind)
        since = np.full(n if topology.has_feeds else 0, (1 << half) - 1, np.uint16)
        count = rounds(
            topology.strips, csr.beg, csr.end, csr.to, csr.code, csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.spare,
            csr.feeds, csr.unfounded, csr.circle, csr.circle_start, csr.circle_member, state, first, word, since,
            places, states, hops, margins,
        )  # fmt: skip
        if count >= 0:
            return Touched(places[:count], states[:count], hops[:count], margins[:count])
    found = _by_worklist(topology, seeds, UNLIMITED)
    assert found is not None, "an unlimited worklist gives up nothing"  # noqa: S101 - for the type checker
    return found
