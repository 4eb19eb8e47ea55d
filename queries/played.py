"""A loss as the register records it, in numbers: who is hit, how long the work takes, who fails over to whom."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import Message
from graph.estate import Estate
from graph.overlay import part_with
from graph.records.backups import Backup
from graph.records.recoveries import RecoveryTimes
from graph.topology import CiIndex
from queries.cone import hard_cone
from queries.impact import Impact, State, impact
from queries.loss import Loss
from queries.recovery import all_below

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
UNRECORDED = RecoveryTimes()


@dataclass(frozen=True)
class Recorded:
    """What the register says of recovery, by `ci_id`: times, what may be failed over to, and rows (before, after).

    `replicas`: (`ci_id`, the one that its data are copied to, seconds that the copy is behind).
    """

    times: Mapping[str, RecoveryTimes] = field(default_factory=dict)
    failovers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    order: Sequence[tuple[str, str]] = ()
    replicas: Sequence[tuple[str, str, float | None]] = ()
    backups: Sequence[Backup] = ()


@dataclass(frozen=True, eq=False)
class NamedLoss:
    """What is lost: CIs out, and those of them retired, which never come back. `scenario`: its id, `None` for none.

    `is_everything`: all that the service rests on.
    """

    hit: I32
    scenario: str | None = None
    physical: bool = False
    is_everything: bool = False
    retired: frozenset[CiIndex] = frozenset()


def everything_below(estate: Estate, service: CiIndex) -> NamedLoss:
    """The loss of all that a service rests on by hard relationships: how long it takes to come back from nothing."""
    below = estate.topology.csr.index[hard_cone(estate.topology, service)]
    return NamedLoss(np.sort(below[below != service]), is_everything=True)


def looked_at(estate: Estate, services: Iterable[CiIndex], order: Iterable[tuple[str, str]]) -> I32:
    """The CIs whose times may decide: below the services, and below what is to be recovered before one of these."""
    t, before = estate.topology, dict[int, list[int]]()
    for first, then in order:
        a, b = estate.find(first), estate.find(then)
        if a is not None and b is not None:
            before.setdefault(b, []).append(a)
    seen, later = np.zeros(t.n, np.bool_), np.array(list(before), np.int32)
    fresh, found = np.fromiter(services, np.int32), np.empty(0, np.int32)
    while len(fresh):
        below = t.csr.index[all_below(t, fresh, seen)]
        found = np.concatenate([found, below])
        fresh = np.array([a for b in np.intersect1d(below, later).tolist() for a in before[b]], np.int32)
    return np.sort(found)


@dataclass(frozen=True)
class Played:
    """What is recorded of a loss, by number."""

    estate: Estate
    loss: NamedLoss
    recorded: Recorded

    def of(self, loss: NamedLoss) -> "Played":
        """The same estate after another loss; what is recorded of it is put into numbers once."""
        made = replace(self, loss=loss)
        made.__dict__["_known"] = self._known
        return made

    @cached_property
    def times(self) -> F64:
        """Own times; nan unknown, inf never."""
        times = self._known.copy()
        times[list(self.loss.retired)] = math.inf
        return times

    @cached_property
    def _known(self) -> F64:
        times = np.full(self.estate.topology.n, np.nan)
        for ci_id, of in self.recorded.times.items():
            ci = self.estate.find(ci_id)
            if ci is not None and of.recovery_time is not None:
                times[ci] = of.recovery_time
        return times

    @cached_property
    def hit(self) -> Bool:
        """Who is hit: lost, and not back in no time."""
        hit = np.zeros(self.estate.topology.n, np.bool_)
        hit[self.loss.hit] = True
        hit &= self.times != 0
        return hit

    @cached_property
    def impact(self) -> Impact:
        """What becomes of everybody at the first moment; whose time is not known counts as hit."""
        return self._impact_of(self.hit)

    @cached_property
    def _at_least(self) -> Impact:
        return self._impact_of(self.hit & ~np.isnan(self.times))

    def _impact_of(self, hit: Bool) -> Impact:
        return impact(self.estate.topology, dict.fromkeys(np.flatnonzero(hit).tolist(), "outage"))

    @cached_property
    def beside(self) -> dict[str, Any]:
        """Failovers and orders, as `recovery_path` and `recovery_bounds` take them."""
        n = self.estate.topology.n
        late, target = np.full(n, np.nan), np.full(n, -1, np.int32)
        for ci_id, others in self.recorded.failovers.items():
            ci, to = self.estate.find(ci_id), self._standing(others)
            if ci is not None and to is not None:
                time = self.recorded.times.get(ci_id, UNRECORDED).failover_time
                late[ci], target[ci] = math.nan if time is None else time, to
        found: dict[str, Any] = {"order": self._order or None}
        return found if (target < 0).all() else {**found, "failover_time": late, "failover_target": target}

    def within(self, cis: I32) -> "Played":
        """The same of some CIs (sorted) alone, numbered in their order: they rest on each other only.

        It answers in numbers; ids are those of the whole.
        """
        topology, given = self.estate.topology, Loss.of(self.estate.topology.n, self.times, self.hit, **self.beside)
        small, none = given.at(cis), np.empty(0, np.int32)
        made = replace(self, estate=replace(self.estate, topology=part_with(topology, cis, none, none)[0]))
        order = np.searchsorted(cis, given.order[np.isin(given.order, cis).all(axis=1)])
        beside: dict[str, Any] = {"order": order if len(order) else None}
        if len(small.failover_target):
            beside |= {"failover_time": small.failover_time, "failover_target": small.failover_target}
        made.__dict__.update(times=small.times, hit=small.hit, beside=beside)
        return made

    @property
    def _order(self) -> list[tuple[int, int]]:
        found = ((self.estate.find(before), self.estate.find(after)) for before, after in self.recorded.order)
        return [(a, b) for a, b in found if a is not None and b is not None and a != b]

    @property
    def notes(self) -> list[Message]:
        """Constraints on the order of recovery that bind nobody, and why: of itself, or about what is retired.

        Told of every service: what they were meant for, nobody knows.
        """
        found = []
        for before, after in self.recorded.order:
            words = {"before": before, "after": after}
            if before == after:
                found.append(Message("continuity.order_of_itself", words))
            elif missing := [ci_id for ci_id in (before, after) if self.estate.find(ci_id) is None]:
                found.append(Message("continuity.order_of_nobody", {**words, "ci_id": missing[0]}))
        return found

    def _standing(self, ci_ids: Sequence[str]) -> CiIndex | None:
        # of several one that surely stands, else one that may, the first by its id: that is the best for both bounds
        found = [ci for ci_id in sorted(ci_ids) if (ci := self.estate.find(ci_id)) is not None]
        return min(found, key=lambda ci: sum(each.state(ci) == State.OUTAGE for each in self._both), default=None)

    @property
    def _both(self) -> tuple[Impact, Impact]:
        return self.impact, self._at_least
