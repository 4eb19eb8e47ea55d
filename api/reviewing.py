"""What a review needs, gathered from the register: the change, its edits on the graph, and what is known beside it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from api.holding import Holding
from api.plans import Known
from api.scheduling import Schedule
from graph.estate import Estate
from graph.records.agreements import agreement_of
from graph.records.changes import Change
from graph.records.recoveries import FAILOVER, order_of
from graph.records.windows import Window
from graph.risk import load_risk_model
from queries.before_after import BeforeAfter, Recovery
from queries.blast_radius import Circumstances
from queries.judging import Judging, People
from queries.played import Recorded, looked_at
from queries.proposed import Proposal
from queries.recovery_compared import recovery_compared
from queries.review import Review
from queries.surroundings import Promise
from queries.worked import Worked

I32 = NDArray[np.int32]


def judged(
    schedule: Schedule, change: Change, agreed: Sequence[Window] = (), circumstances: Circumstances | None = None,
    worked: Worked | None = None,
) -> Review:  # fmt: skip
    """The review of a change of a schedule, at its moment; `agreed`: outages agreed for it beside the register's.

    `circumstances`: what was known beside the graph then, where that is kept; else what is known now of that moment.
    `worked`: see `Judging`.
    Raises BadInputError `review.year` for a window in years in which nothing is looked for, and `edits.*`.
    """
    return judging_of(schedule, change, circumstances=circumstances, worked=worked).review(change, agreed)


def judging_of(
    schedule: Schedule, *changes: Change, circumstances: Circumstances | None = None, worked: Worked | None = None
) -> Judging:  # fmt: skip
    """What reviews of active changes of a schedule, and of these, are made of; see `judged`."""
    holding, zone = schedule.holding, schedule.register.settings.timezone
    beside = _Beside(holding, schedule.estate, zone, schedule.register.plans.services(schedule.estate))
    return Judging(
        asked=schedule.asked(*changes),
        windows=schedule.windows,
        zone=zone,
        model=load_risk_model(),
        ended=[each for each in schedule.changes if each.outcome is not None],
        circumstances=holding.circumstances(schedule.at) if circumstances is None else circumstances,
        log_hash=holding.log_hash(),
        people=beside.people,
        recovery=beside.recovery,
        linked=beside.linked,
        lost=beside.lost,
        worked=worked,
    )


class _Beside:
    """What the register knows of services and of recovery, read only for those that a change concerns."""

    def __init__(self, holding: Holding, estate: Estate, zone: str, known: dict[str, Known]) -> None:
        self._holding, self._estate, self._zone = holding, estate, ZoneInfo(zone)
        self._order = holding.table("recovery_order", lambda _, state: order_of(state))
        self._known = known  # of services

    def people(self, services: Sequence[str], at: datetime) -> People:
        """Owners, and what is promised at a moment: the RTO, and the shortest downtime that anything allows."""
        known = self._of(services)
        owners = {service: some for service in services if (some := known[service][0])}
        rto = {service: [times.rto] for service in services if (times := known[service][1]) is not None}
        downtime: dict[str, list[int | None]] = {}
        customers: dict[str, set[str]] = {}
        day, wanted = at.astimezone(self._zone).date(), set(services)
        for agreement in self._holding.table("slas", agreement_of):
            if agreement.service in wanted and agreement.holds(day):
                rto.setdefault(agreement.service, []).append(agreement.rto)
                downtime.setdefault(agreement.service, []).append(agreement.allowed_downtime)
                if agreement.customer is not None:
                    customers.setdefault(agreement.service, set()).add(agreement.customer)
        promises = {
            name: Promise(
                _least([*some, *downtime.get(name, ())]), tuple(sorted(customers.get(name, ()))), _least(some)
            )
            for name, some in rto.items()
        }  # fmt: skip
        return People(owners, promises)

    def _of(self, services: Sequence[str]) -> Mapping[str, Known]:
        if fresh := [each for each in services if each not in self._known]:
            owners: dict[str, list[str]] = {}
            for service, _, owner in self._holding.related(fresh, ["owned_by"]):
                owners.setdefault(service, []).append(owner)
            times = self._holding.recovery_times(fresh)
            for each in fresh:
                self._known[each] = owners.get(each, []), times.get(each)
        return self._known

    def recovery(self, proposal: Proposal) -> Recovery:
        """When services come back; what is recorded is read when the first one is asked about."""
        made: list[Recovery] = []

        def found(which: Literal["before", "after"], service: int) -> float | None:
            if not made:
                made.append(recovery_compared(proposal, self._recorded(proposal)))
            return made[0](which, service)

        return found

    def linked(self, cis: I32) -> I32:
        """CIs that are recovered after one of these, or fail over to it."""
        ids = self._ids(cis.tolist())
        after = [later for earlier, later in self._order if earlier in ids]
        sources = self._holding.failing_over_to(ids)
        numbers = {ci for ci_id in (*after, *sources) if (ci := self._estate.find(ci_id)) is not None}
        return np.array(sorted(numbers), np.int32)

    def lost(self, hit: I32, out: I32) -> Recorded:
        """Times of what is lost, and of those who may fail over once they are out; orders of recovery."""
        failovers: dict[str, list[str]] = {}
        for source, _, target in self._holding.related(self._ids(out.tolist()), [FAILOVER]):
            failovers.setdefault(source, []).append(target)
        times = self._holding.recovery_times({*self._ids(hit.tolist()), *failovers})
        return Recorded(times, failovers, self._order)

    def _recorded(self, proposal: Proposal) -> Recorded:
        # of everything below the services that may differ, in either graph, and below what may be failed over to
        services = BeforeAfter(proposal, {}, linked=self.linked).recovering.tolist()
        below = partial(_below, proposal, self._order)
        cis = below(services)
        failovers: dict[str, list[str]] = {}
        for source, _, target in self._holding.related(self._ids(cis.tolist()), [FAILOVER]):
            failovers.setdefault(source, []).append(target)
        targets = {ci for some in failovers.values() for each in some if (ci := self._estate.find(each)) is not None}
        wanted = self._ids([*cis.tolist(), *below(sorted(targets)).tolist()])
        return Recorded(self._holding.recovery_times(wanted), failovers, self._order)

    def _ids(self, cis: Iterable[int]) -> set[str]:
        # of CIs that were there before
        return {self._estate.ids[ci] for ci in cis if ci < self._estate.topology.n}


def _least(values: Iterable[int | None]) -> int | None:
    return min((each for each in values if each is not None), default=None)


def _below(proposal: Proposal, order: Sequence[tuple[str, str]], cis: Sequence[int]) -> I32:
    found = [
        looked_at(estate, [ci for ci in cis if ci < estate.topology.n], order)
        for estate in (proposal.before, proposal.after)
    ]
    return np.unique(np.concatenate(found)).astype(np.int32)
