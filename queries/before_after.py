"""What a change alters: states on the way and afterwards, single points, recovery, cycles (SEMANTICS 4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from graph.overlay import part
from graph.topology import CiIndex, Topology
from queries.blast_radius import WORDS
from queries.impact import Effect, EffectWord, Impact, State, impact
from queries.proposed import Flag, Proposal
from queries.spof import single_points_of_failure

I32 = NDArray[np.int32]
NONE = np.empty(0, np.int32)
FAILURES_A_SERVICE = 7  # so many single failures tried cost what all single points of one service do
Seeds = Mapping[CiIndex, EffectWord | Effect]
Recovery = Callable[[Literal["before", "after"], CiIndex], float | None]
"""Seconds in which a service comes back, before or after the change; `None`: not known, or never."""
Linked = Callable[[I32], I32]
"""Of some CIs those that are recovered after one of them, or fail over to it, though they do not rest on it."""


@dataclass(frozen=True, slots=True)
class Steady:
    """What differs for one service once all is done, though nothing is out; CIs by number, sorted.

    `added`, `removed`: single points. `rests_on`, `rested_on`: what it depends on only after and only before.
    """

    service: CiIndex
    added: I32
    removed: I32
    recovery_before: float | None = None
    recovery_after: float | None = None
    rests_on: I32 = field(default_factory=NONE.copy)
    rested_on: I32 = field(default_factory=NONE.copy)


@dataclass(frozen=True, eq=False)
class BeforeAfter:
    """A proposal compared with what there is, under the seeds of its change."""

    proposal: Proposal
    seeds: Seeds
    recovery: Recovery | None = None
    linked: Linked | None = None

    @cached_property
    def during(self) -> list[tuple[CiIndex, State]]:
        """Services at the worst moment of the change, those that are not unaffected; worst first."""
        found = self.proposal.during(self.seeds)
        return self._ranked(self._services_in(found))

    @cached_property
    def again(self) -> list[tuple[CiIndex, State, State]]:
        """Services under the seeds before and after, those that are affected in one of them; worst afterwards first."""
        one, other = (self._services_in(found) for found in self.proposal.again(self.seeds))
        worst = {ci: max(one.get(ci, State(0)), other.get(ci, State(0))) for ci in one.keys() | other.keys()}
        return [(ci, one.get(ci, State(0)), other.get(ci, State(0))) for ci, _ in self._ranked(worst)]

    @cached_property
    def steady(self) -> list[Steady]:
        """Services whose single points, dependencies or recovery differ, in the order of their ids."""
        points, rests = self.points, self._rests()
        found = []
        for ci in self.recovering.tolist():
            added, removed = points.get(ci, (NONE, NONE))
            more, less = rests.get(ci, (NONE, NONE))
            before, after = (None, None) if self.recovery is None else (
                self.recovery("before", ci), self.recovery("after", ci)
            )  # fmt: skip
            if len(added) or len(removed) or len(more) or len(less) or before != after:
                found.append(Steady(ci, added, removed, before, after, more, less))
        return sorted(found, key=lambda each: self.proposal.after.ids[each.service])

    @cached_property
    def services(self) -> I32:
        """The services that the edits can reach; of no other one anything differs once all is done."""
        return np.intersect1d(self._reached, self.proposal.after.services()).astype(np.int32)

    @cached_property
    def recovering(self) -> I32:
        """Those, and the services that can come back at another time because they wait for one that the edits reach."""
        reached, before, after = self._reached, self.proposal.before.topology, self.proposal.after.topology
        while self.linked is not None:
            more = np.setdiff1d(self.linked(reached), reached).astype(np.int32)
            if not len(more):
                break
            known = more[more < before.n]
            reached = np.unique(np.concatenate([reached, more, _above(before, known), _above(after, more)]))
        return np.intersect1d(reached, self.proposal.after.services()).astype(np.int32)

    @cached_property
    def flags(self) -> tuple[Flag, ...]:
        """Those of the proposal, and `out_after`: services that are out once all is done, though nothing else is."""
        ids = self.proposal.after.ids
        out = np.intersect1d(self._out, self.proposal.after.services())
        mine = (Flag("out_after", ids[ci], None) for ci in out[~np.isin(out, self._retired)].tolist())
        return tuple(sorted({*self.proposal.flags, *mine}, key=lambda flag: (flag.key, flag.ci_id, flag.group or "")))

    @cached_property
    def cycles_added(self) -> list[list[CiIndex]]:
        """Cycles of dependencies whose CIs were not in one before: all of each, in the order of their ids."""
        before, after = self.proposal.before.topology, self.proposal.after.topology
        found: dict[tuple[int, ...], None] = {}
        for dependent in self.proposal.edited:
            for provider in np.setdiff1d(after.providers_of(dependent), _providers(before, dependent)).tolist():
                if _along(self.proposal, dependent, provider) or dependent not in after.all_providers_of([provider]):
                    continue
                members = self._live_cycle(dependent)
                if len(members) > 1 and not _within(members, before, dependent):
                    found[tuple(members.tolist())] = None
        ids = self.proposal.after.ids
        return sorted((sorted(each, key=ids.__getitem__) for each in found), key=lambda each: [ids[ci] for ci in each])

    def _rests(self) -> dict[CiIndex, tuple[I32, I32]]:
        # what each service rests on after and not before, and the other way round; what is retired rests on nothing
        services = np.setdiff1d(self.services, self._retired)
        if not self.proposal.edited or not len(services):
            return {}
        return {ci: self._below.rests(ci, self._retired) for ci in services.tolist()}

    @cached_property
    def _below(self) -> "_Below":
        return _Below(self.proposal, self.services)

    def plain(self) -> dict[str, Any]:
        """As JSON (ANSWERS: `before_after`)."""
        ids = self.proposal.after.ids
        return {
            "during": [{"service": ids[ci], "state": WORDS[state]} for ci, state in self.during],
            "steady": [
                {
                    "service": ids[each.service],
                    "spofs_added": sorted(ids[int(ci)] for ci in each.added),
                    "spofs_removed": sorted(ids[int(ci)] for ci in each.removed),
                    "recovery_before": each.recovery_before,
                    "recovery_after": each.recovery_after,
                    "dependencies_added": sorted(ids[int(ci)] for ci in each.rests_on),
                    "dependencies_removed": sorted(ids[int(ci)] for ci in each.rested_on),
                }
                for each in self.steady
            ],
            "again": [
                {"service": ids[ci], "before": WORDS[one], "after": WORDS[other]} for ci, one, other in self.again
            ],
            "flags": [{"key": flag.key, "ci_id": flag.ci_id, "group": flag.group} for flag in self.flags],
            "cycles_added": [[ids[ci] for ci in cycle] for cycle in self.cycles_added],
        }

    def _live_cycle(self, ci: CiIndex) -> I32:
        # the cycle of a CI after; retired ones take no part, and without them less may hang together
        after = self.proposal.after.topology
        members = _cycle(after, ci)
        if not np.isin(members, self._retired).any():
            return members
        live = np.setdiff1d(members, self._retired).tolist()
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(live)
        graph.add_edges_from((one, other) for one in live for other in np.intersect1d(after.providers_of(one), live))
        (mine,) = (each for each in nx.strongly_connected_components(graph) if ci in each)
        return _sorted(list(mine))

    def _services_in(self, found: Impact) -> dict[CiIndex, State]:
        cis = found.topology.csr.index[found.touched.places]
        there = np.isin(cis, self.proposal.after.services())
        states = found.touched.states[there].tolist()
        return {ci: State(state) for ci, state in zip(cis[there].tolist(), states, strict=True)}

    def _ranked(self, found: Mapping[CiIndex, State]) -> list[tuple[CiIndex, State]]:
        estate = self.proposal.after
        return sorted(found.items(), key=lambda i: (-i[1], -int(estate.criticality[i[0]]), estate.ids[i[0]]))

    @cached_property
    def _retired(self) -> I32:
        return np.sort(np.fromiter(self.proposal.live, np.int32, len(self.proposal.live)))

    @cached_property
    def _out(self) -> I32:
        # who is out once all is done: retired by the change, or resting on that
        if not len(self._retired):
            return NONE
        return impact(self.proposal.after.topology, self.proposal.retired).indices(State.OUTAGE)

    @cached_property
    def _turning(self) -> I32:
        # where what a failure does can differ first: other rows, another source, or a provider that is out for good
        proposal = self.proposal
        found = [*proposal.edited, *proposal.sourceless.tolist(), *proposal.founded.tolist()]
        for ci in self._out.tolist():
            found += proposal.after.topology.dependents_of(ci).tolist()
        return np.setdiff1d(np.array(found, np.int32), self._out).astype(np.int32)

    @cached_property
    def _reached(self) -> I32:
        before, after = self.proposal.before.topology, self.proposal.after.topology
        described = [self.proposal.number_of(ci_id) for ci_id in sorted(self.proposal.draft.described)]
        start = np.union1d(self._turning, np.array(described, np.int32)).astype(np.int32)
        known = start[start < before.n]
        return np.unique(np.concatenate([start, _above(before, known), _above(after, start)])).astype(np.int32)

    @cached_property
    def points(self) -> Mapping[CiIndex, tuple[I32, I32]]:
        """Single points that each service has after and not before, and the other way round, where they differ."""
        failures, services = self._failures(), np.setdiff1d(self.services, self._out)
        if not len(failures) or not len(services):
            return {}
        below = self._below
        if len(failures) <= FAILURES_A_SERVICE * len(services):
            return below.by_failure(failures, services)
        return {ci: below.differing(ci) for ci in services.tolist()}

    def _failures(self) -> I32:
        # single failures that do another thing than before to where things can differ first; of no others anything does
        new = self._turning[self._turning >= self.proposal.before.topology.n]
        found = [self._differing(ci) for ci in np.setdiff1d(self._turning, new).tolist()]
        fresh = [self._differing(ci) for ci in np.intersect1d(new, self.services).tolist()]
        return np.unique(np.concatenate([NONE, *(ci for pair in (*found, *fresh) for ci in pair)])).astype(np.int32)

    def _differing(self, ci: CiIndex) -> tuple[I32, I32]:
        before, after = self.proposal.before.topology, self.proposal.after.topology
        had = single_points_of_failure(before, ci) if ci < before.n else NONE
        has = single_points_of_failure(after, ci, self.proposal.retired)
        return np.setdiff1d(has, had).astype(np.int32), np.setdiff1d(had, has).astype(np.int32)


class _Below:
    """All that some services rest on before or after, by itself: what is asked of them costs no look at the rest."""

    def __init__(self, proposal: Proposal, services: I32) -> None:
        before, after = proposal.before.topology, proposal.after.topology
        held, count = np.zeros(after.n, np.bool_), -1
        start = services
        while (now := int(np.count_nonzero(held))) > count:
            # closed under what either graph has them rest on; only those that are edited rest on other CIs there
            count = now
            held[start] = True
            held[_below(after, start)] = True
            held[_below(before, start[start < before.n])] = True
            start = np.array([ci for ci in (*proposal.edited, *proposal.live) if held[ci]], np.int32)
        cis = np.flatnonzero(held).astype(np.int32)
        self._cis = cis
        # those added have the highest numbers: the others keep theirs
        self._before, self._after = part(before, cis[cis < before.n]), part(after, cis)
        self._gone: dict[CiIndex, EffectWord] = {
            int(np.searchsorted(cis, ci)): effect for ci, effect in proposal.retired.items() if ci in cis
        }

    def by_failure(self, failures: I32, services: I32) -> dict[CiIndex, tuple[I32, I32]]:
        """Of each service which of these single failures put it out after and not before, and the other way round."""
        asked = np.searchsorted(self._cis, services).astype(np.int32)
        out = impact(self._after, self._gone).indices(State.OUTAGE)
        added: dict[int, list[int]] = {}
        removed: dict[int, list[int]] = {}
        there = np.intersect1d(failures, self._cis)
        for failure, at in zip(there.tolist(), np.searchsorted(self._cis, there).tolist(), strict=True):
            had, has = NONE, NONE
            if at < self._before.n:
                had = _hit(self._before, {at: "outage"}, asked)
            if at not in out:
                has = _hit(self._after, {**self._gone, at: "outage"}, asked)
            for more, less, noted in ((has, had, added), (had, has, removed)):
                for service in np.setdiff1d(more, less).tolist():
                    if service != at:
                        noted.setdefault(int(self._cis[service]), []).append(failure)
        return {ci: (_sorted(added.get(ci)), _sorted(removed.get(ci))) for ci in added.keys() | removed.keys()}

    def differing(self, service: CiIndex) -> tuple[I32, I32]:
        """The single points of a service after and not before, and the other way round."""
        at = int(np.searchsorted(self._cis, service))
        had = single_points_of_failure(self._before, at) if at < self._before.n else NONE
        has = single_points_of_failure(self._after, at, self._gone)
        return self._cis[np.setdiff1d(has, had)], self._cis[np.setdiff1d(had, has)]

    def rests(self, service: CiIndex, gone: I32) -> tuple[I32, I32]:
        """What a service rests on after and not before, and the other way round; `gone`: counts as not there after."""
        at = int(np.searchsorted(self._cis, service))
        had = self._cis[self._before.all_providers_of([at])] if at < self._before.n else NONE
        has = np.setdiff1d(self._cis[self._after.all_providers_of([at])], gone)
        return np.setdiff1d(has, had).astype(np.int32), np.setdiff1d(had, has).astype(np.int32)


def _sorted(some: list[int] | None) -> I32:
    return np.array(sorted(some or ()), np.int32)


def _hit(topology: Topology, seeds: Seeds, services: I32) -> I32:
    return np.intersect1d(impact(topology, seeds).indices(State.OUTAGE), services).astype(np.int32)


def _below(topology: Topology, cis: I32) -> I32:
    return topology.all_providers_of(cis) if len(cis) else NONE


def _above(topology: Topology, cis: I32) -> I32:
    return topology.all_dependents_of(cis) if len(cis) else NONE


def _providers(topology: Topology, ci: CiIndex) -> I32:
    return topology.providers_of(ci) if ci < topology.n else NONE


def _along(proposal: Proposal, dependent: CiIndex, provider: CiIndex) -> bool:
    # places of before are an order: a relationship along it closes no cycle unless another one against it does
    place = proposal.after.topology.csr.place
    return proposal.before.topology.is_ordered and bool(place[provider] < place[dependent])


def _within(members: I32, before: Topology, ci: CiIndex) -> bool:
    return ci < before.n and bool(np.isin(members, _cycle(before, ci)).all())


def _cycle(topology: Topology, ci: CiIndex) -> I32:
    # what it rests on and what rests on it, itself included
    both = np.intersect1d(topology.all_providers_of([ci]), topology.all_dependents_of([ci]))
    return np.union1d(both, [ci]).astype(np.int32)
