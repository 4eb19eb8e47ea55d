"""What the register holds of recovery, read for the services that are asked about."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from api.register import Register
from graph.errors import BadInputError, Message
from graph.estate import Estate
from graph.records.agreements import Agreement, agreement_of
from graph.records.backups import Backup, backup_of
from graph.records.calendars import calendar_day_of, hours_of
from graph.records.feeds import feed_of
from graph.records.kept import number
from graph.records.outages import outage_of
from graph.records.recoveries import times_of
from graph.records.scenarios import Scenario, scenario_of
from graph.store.recovery import failovers_of, recovery_order
from graph.store.tables import recovery_times, related, relationships, states, table
from graph.topology import Topology
from graph.values import State, Value, shown
from queries.blast_radius import known_as, numbers_of
from queries.cone import hard_cone
from queries.kpis.period import Period, month_before, period_of
from queries.modelled import Modelled, modelled_availability, unavailability
from queries.played import NamedLoss, Recorded, everything_below, looked_at
from queries.promises import Availability, Hourly, Promises, promised
from queries.recovery import all_below
from queries.scenario_matrix import ScenarioMatrix, scenario_matrix
from queries.scenarios import Known, lost_with, queried, seeds_of, shared_loss
from queries.service_recovery import ServiceRecovery, service_of

I32 = NDArray[np.int32]
Seeds = Sequence[tuple[str, str]]
FIGURES = ("mtbf", "recovery_time", "availability")  # fields that the modelled availability is made of
Record = TypeVar("Record")


class Continuity:
    """A register at one revision, as the question of recovery reads it.

    `period`: in which availability is measured, as `kpi` has it; the last month that is over by default.
    """

    def __init__(self, register: Register, estate: Estate, period: str | None = None) -> None:
        # relationships are named by where they stand in a topology whose rows follow each other
        self.estate = replace(estate, topology=estate.topology.settled)
        self._store, self._revision = register.store, estate.revision
        self.at, zone = register.store.clock().astimezone(UTC), register.settings.timezone
        self._losses: dict[str, NamedLoss] = {}
        self.period: Period = month_before(self.at, zone) if period is None else period_of(period, zone)

    def answer(self, ci_id: str, scenario: str | None, seeds: Seeds, *, physical: bool) -> ServiceRecovery:
        """How one service comes back: after a scenario, after the loss of some CIs, else from nothing."""
        service = service_of(self.estate, ci_id)
        if scenario is not None:
            loss = self._scenario(scenario)
        elif seeds:
            loss = self._seeds(seeds, physical=physical)
        else:
            loss = everything_below(self.estate, service)
        recorded = self._recorded([service], loss.hit)
        promises = self._promises(service, recorded)
        return ServiceRecovery(self.estate, service, loss, recorded, promises, self._availability(service, promises))

    def matrix(self, ci_ids: Sequence[str], scenario_ids: Sequence[str]) -> ScenarioMatrix:
        """What becomes of some services in some scenarios; of all where none are named."""
        services = sorted({service_of(self.estate, ci_id) for ci_id in ci_ids}) or self.estate.services().tolist()
        losses = {each: self._loss_or_why(each) for each in scenario_ids or self.scenarios}
        lost = [loss.hit for loss in losses.values() if isinstance(loss, NamedLoss)]
        recorded = self._recorded(services, np.unique(np.concatenate([np.empty(0, np.int32), *lost])))
        limits = [self._promises(service, recorded).rto for service in services]
        scenarios = [self.scenarios[each] for each in losses]
        return scenario_matrix(self.estate, scenarios, losses, services, recorded, limits)

    def _loss_or_why(self, scenario_id: str) -> NamedLoss | Message:
        self._known_scenario(scenario_id)
        try:
            return self._scenario(scenario_id)
        except BadInputError as refused:
            return refused.message

    def _promises(self, service: int, recorded: Recorded) -> Promises:
        name, day = self.estate.ids[service], self.at.astimezone(self.period.start.tzinfo).date()
        return promised(name, recorded.times.get(name) or times_of({}), self._agreements, day)

    def _availability(self, service: int, promises: Promises) -> Availability:
        found = self._hourly.measured(self.estate.ids[service], promises, self.period, self.at)
        return Availability(self.estate, promises, self.period, found, partial(self._modelled, service))

    def _modelled(self, service: int) -> Modelled:
        below = self._ids(self.estate.topology.csr.index[hard_cone(self.estate.topology, service)])
        figures: dict[str, dict[str, Value]] = {name: {} for name in FIGURES}
        for ci_id, state in self._states(below):
            for name in FIGURES & state.keys():
                figures[name][ci_id] = state[name]
        return modelled_availability(self.estate.topology, service, unavailability(self.estate, figures))

    def _table(self, name: str, make: Callable[[str, State], Record]) -> list[Record]:
        return table(self._store, name, make, revision=self._revision)

    @cached_property
    def _order(self) -> list[tuple[str, str]]:
        return recovery_order(self._store, self._revision)

    @cached_property
    def _agreements(self) -> list[Agreement]:
        return self._table("slas", agreement_of)

    @cached_property
    def _backups(self) -> list[Backup]:
        return self._table("backups", lambda _, state: backup_of(state))

    @cached_property
    def _hourly(self) -> Hourly:
        outages = self._table("outages", outage_of)
        fed = any(
            feed.table == "outages" and feed.is_on(self.period.start, self.period.end)
            for feed in self._table("feeds", feed_of)
        )
        return Hourly(
            self._table("calendars", lambda _, state: hours_of(state)),
            self._table("calendar_days", lambda _, state: calendar_day_of(state)),
            outages if outages or fed else None,
            self.period.zone,
        )

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """Those of the register, by id."""
        return {scenario.scenario_id: scenario for scenario in self._table("scenarios", scenario_of)}

    def _scenario(self, scenario_id: str) -> NamedLoss:
        if scenario_id not in self._losses:  # several services ask about one
            scenario = self._known_scenario(scenario_id)
            found = seeds_of(self.estate, scenario, self._known(scenario))
            self._losses[scenario_id] = self._lost(found, scenario_id, physical=scenario.physical)
        return self._losses[scenario_id]

    def _known_scenario(self, scenario_id: str) -> Scenario:
        if scenario_id not in self.scenarios:
            raise BadInputError("continuity.unknown_scenario", scenario_id=shown(scenario_id))
        return self.scenarios[scenario_id]

    def _seeds(self, seeds: Seeds, *, physical: bool) -> NamedLoss:
        wrong = [effect for _, effect in seeds if effect not in ("outage", "retire")]
        if wrong:
            raise BadInputError("continuity.effect", effect=shown(wrong[0]))
        numbers = numbers_of(self.estate, (known_as(ci_id) for ci_id, _ in seeds))
        found = np.array(list(numbers.values()), np.int32)
        retired = frozenset(numbers[known_as(ci_id)] for ci_id, effect in seeds if effect == "retire")
        return replace(self._lost(found, None, physical=physical), retired=retired)

    def _lost(self, seeds: I32, name: str | None, *, physical: bool) -> NamedLoss:
        if physical:
            seeds = lost_with(self._housing, seeds)
        return NamedLoss(np.unique(seeds).astype(np.int32), name, physical)

    def _recorded(self, services: Sequence[int], hit: I32) -> Recorded:
        cis, t = looked_at(self.estate, services, self._order), self.estate.topology
        failovers = failovers_of(self._store, self._ids(cis), self._revision)
        copies = self._replicas(self._ids(cis))
        # whether these stand decides, too
        others = {each for some in failovers.values() for each in some} | {target for _, target, _ in copies}
        others |= {backup.kept_on for backup in self._backups}
        starts = np.array([*cis, *(ci for each in others if (ci := self.estate.find(each)) is not None)], np.int32)
        decide = np.intersect1d(t.csr.index[all_below(t, starts)], hit)
        wanted = [*self._ids(decide), *failovers, *self._ids(services)]
        times = recovery_times(self._store, wanted, revision=self._revision)
        return Recorded(times, failovers, self._order, copies, self._backups)

    @cached_property
    def _housing(self) -> Topology:
        types = self._store.ontology.relationship_types.items()
        return shared_loss(self.estate, [kind for kind, declared in types if declared.shared_loss])

    def _replicas(self, ci_ids: Iterable[str]) -> list[tuple[str, str, float | None]]:
        # a copy that is lost too may have its data from one of its own
        found: list[tuple[str, str, float | None]] = []
        seen: set[str] = set()
        while fresh := sorted(set(ci_ids) - seen):
            seen.update(fresh)
            rows = relationships(self._store, fresh, ["replicates_to"], revision=self._revision)
            found += [(source, target, number(state, "lag")) for (source, _, target), state in rows.items()]
            ci_ids = [target for _, _, target in rows]
        return found

    def _known(self, scenario: Scenario) -> Known:
        # what its queries ask about, of all CIs
        everyone, fields = self._ids(range(self.estate.topology.n)), queried([scenario])
        asks = any("release" in seed for seed in scenario.seeds)
        releases = related(self._store, everyone if asks else (), ["contains_release"], revision=self._revision)
        declared = {name for kind in self._store.ontology.classes.values() for name in kind.fields}
        found: dict[str, dict[str, Value]] = {name: {} for name in fields & declared}
        for ci_id, state in self._states(everyone if fields else ()):
            for name in fields & state.keys():
                found.setdefault(name, {})[ci_id] = state[name]
        return Known(found, [(source, target) for source, _, target in releases])

    def _states(self, ci_ids: Iterable[str]) -> Iterator[tuple[str, State]]:
        return states(self._store, ci_ids, revision=self._revision)

    def _ids(self, cis: Iterable[int]) -> list[str]:
        return [self.estate.ids[int(ci)] for ci in cis]
