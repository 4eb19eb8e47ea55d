"""Conflicts of changes in the words of the register: everything that SEMANTICS 5 calls one, as one answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from graph.errors import BadInputError
from graph.estate import Estate
from graph.records.changes import Change
from graph.records.incidents import Incident
from graph.records.windows import Window
from graph.topology import CiIndex
from queries.conflicts import EMERGENT, ORDER, Conflict, Ledger, conflicts_into
from queries.intervals import Interval, without
from queries.periods import Met, Period, agreed_times, blackouts_hit, concerned, maintenance_missed, periods
from queries.planned import (
    EPOCH,
    IMPLEMENTING,
    NO_LENGTH,
    REVERSED,
    UNKNOWN_CI,
    WITHOUT_CI,
    Asked,
    Planned,
    Reason,
    instant,
    moment_of,
)
from queries.recurrence import LATEST, OLDEST

BLACKOUT, OUTSIDE, REFUSED = "blackout", "outside_maintenance", "edit_conflict"
BLOCK, REVIEW = "block", "review"
WEIGHTY = ("critical", "high")  # services whose outage blocks (SEMANTICS 3)


@dataclass(frozen=True)
class Told:
    """A conflict in the words of the register. `changes`: by id, open incidents as `incident:<id>` among them."""

    kind: str
    changes: tuple[str, ...]
    intervals: tuple[tuple[datetime, datetime | None], ...]
    ci_ids: tuple[str, ...]
    services: tuple[str, ...]
    severity: str

    @property
    def id(self) -> str:
        """The same in every answer: the kind and who."""
        return f"{self.kind}:{'+'.join(self.changes)}"

    def plain(self, zone: str) -> dict[str, Any]:
        """As JSON, times in a zone."""
        intervals = [{"from": shown(begins, zone), "to": shown(ends, zone)} for begins, ends in self.intervals]
        return {
            "id": self.id,
            "kind": self.kind,
            "changes": list(self.changes),
            "intervals": intervals,
            "from": intervals[0]["from"],
            "to": intervals[-1]["to"],
            "ci_ids": list(self.ci_ids),
            "services": list(self.services),
            "severity": self.severity,
        }


@dataclass(frozen=True)
class ChangeConflicts:
    """The answer of `faultline changes conflicts`, by time, then id."""

    revision: int
    horizon: Interval
    found: tuple[Told, ...]
    order: int
    complete: bool
    others_possible: bool
    reasons: tuple[Reason, ...]

    def plain(self, zone: str) -> dict[str, Any]:
        """As JSON, times in a zone."""
        return {
            "revision": self.revision,
            "from": shown(self.horizon.start, zone),
            "to": shown(self.horizon.end, zone),
            "conflicts": [each.plain(zone) for each in self.found],
            "complete": self.complete,
            "k": self.order,
            "others_possible": self.others_possible,
            "reasons": plain_reasons(self.reasons),
        }


def plain_reasons(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Reasons as JSON: what may hide something is to be reviewed."""
    return [
        {"key": each.key, "params": dict(each.params), "severity": REVIEW if each.gap else "info"} for each in reasons
    ]


def shown(moment: datetime | None, zone: str) -> str | None:
    """A moment as JSON has it, in a zone; `None`: for ever."""
    return None if moment is None else moment.astimezone(ZoneInfo(zone)).isoformat()


def change_conflicts(
    asked: Asked, windows: Sequence[Window], since: datetime, until: datetime, zone: str, *, order: int = ORDER,
    about: str | None = None,
) -> ChangeConflicts:  # fmt: skip
    """How the changes of a horizon get in each other's way, and in that of blackouts and maintenance windows.

    Parameters
    ----------
    asked
        The register, its active changes and its incidents.
    windows
        Blackouts, maintenance windows, agreed outages.
    since, until
        The horizon; intervals are told within it.
    zone
        Of windows that name none.
    order
        The most changes in a set that puts something out.
    about
        The id of a change: only the conflicts that it is in, and only those count for `complete`. Default: all.

    Raises
    ------
    BadInputError
        `conflicts.horizon`: it has no length, or ends before it begins; `conflicts.years`.
    """
    check_horizon(since, until)
    horizon, plan = Interval(since, until), asked.plan
    found, reasons = periods(asked.estate, windows, since, until, zone)
    one = next((number for number, party in enumerate(plan.parties) if party.name == about), None)
    noted = noted_conflicts(asked.estate, plan, found, horizon, order=order, about=one)
    words = Words(asked.estate, plan, found)
    reasons = [*_within(asked, plan.reasons, horizon), *reasons]
    gaps = any(reason.gap for reason in reasons)
    told = sorted(words.all(noted.ledger.records()), key=lambda each: (each.intervals[0][0], each.id))
    return ChangeConflicts(
        asked.estate.revision, horizon, tuple(told), order, noted.complete and not gaps, noted.others_possible,
        tuple(reasons),
    )  # fmt: skip


def _within(asked: Asked, reasons: Iterable[Reason], horizon: Interval) -> Iterator[Reason]:
    # a CI that is not there is no gap at a time at which its change does not touch it, and neither is an incident
    # that names none at a time at which it is over (SEMANTICS 5)
    changes = {change.change_id: change for change in asked.changes}
    incidents = {incident.incident_id: incident for incident in asked.incidents}
    for reason in reasons:
        if reason.key == UNKNOWN_CI:
            change = changes[str(reason.params["change"])]
            yield replace(reason, gap=_touches(change, str(reason.params["ci_id"]), horizon))
        elif reason.key == WITHOUT_CI:
            incident = incidents[str(reason.params["incident"])]
            yield replace(reason, gap=_is_open(incident, horizon, asked))
        elif reason.key in (NO_LENGTH, REVERSED):
            yield replace(reason, gap=_is_about(changes[str(reason.params["change"])], horizon))
        else:
            yield reason


def _is_open(incident: Incident, horizon: Interval, asked: Asked) -> bool:
    start, end = min(incident.started_at or asked.at, asked.at), incident.expected_end
    if end is None or end <= asked.at:
        end = asked.at + asked.incident_lasts
    return end > horizon.start and _begins_before_end(start, horizon)


def _is_about(change: Change, horizon: Interval) -> bool:
    # whatever was meant by a window the wrong way round, both moments were
    first, last = change.planned_end or EPOCH, change.planned_start or EPOCH
    return change.status == IMPLEMENTING or (last >= horizon.start and _begins_before_end(first, horizon))


def _begins_before_end(start: datetime, horizon: Interval) -> bool:
    return horizon.end is None or start < horizon.end


def _touches(change: Change, ci_id: str, horizon: Interval) -> bool:
    start, end = change.planned_start or EPOCH, change.planned_end
    if change.status == IMPLEMENTING:
        return True  # it is under way, whatever was planned
    lasts = (ci_id, "retire") in change.affected
    return _begins_before_end(start, horizon) and (lasts or end is None or end > horizon.start)


def check_horizon(since: datetime, until: datetime) -> None:
    """Raise BadInputError `conflicts.horizon` for one without length, `conflicts.years` for one of other times."""
    if not since < until:
        raise BadInputError("conflicts.horizon", since=since.isoformat(), until=until.isoformat())
    if since.year < OLDEST or until.year >= LATEST:
        raise BadInputError("conflicts.years", oldest=OLDEST, latest=LATEST)


def horizon_end(since: datetime, days: int) -> datetime:
    """So many days later; BadInputError `conflicts.years` where the calendar ends before."""
    try:
        return since + timedelta(days=days)
    except OverflowError as error:
        raise BadInputError("conflicts.years", oldest=OLDEST, latest=LATEST) from error


@dataclass(frozen=True)
class Noted:
    """All conflicts of a horizon, and whether there may be more."""

    ledger: Ledger
    complete: bool
    others_possible: bool


def noted_conflicts(
    estate: Estate, plan: Planned, found: Sequence[Period], horizon: Interval, *, order: int, about: int | None = None
) -> Noted:  # fmt: skip
    """Every kind of conflict, noted in a ledger; `about`: only those that a party, by number, is in.

    What blocks most and is least comes first, since a ledger that is full takes nothing more.
    """
    begin, end = instant(horizon.start), instant(horizon.end)
    ledger = Ledger(end, hidden=plan.hidden)
    parties = plan.parties if about is None else [plan.parties[about]]
    concerns = concerned(estate.topology, parties, {ci for each in found for ci in each.cis or ()})
    for kind, met in (
        (BLACKOUT, blackouts_hit(parties, concerns, found, horizon)),
        (OUTSIDE, maintenance_missed(parties, concerns, found, horizon)),
    ):
        note_met(ledger, kind, met if about is None else (replace(each, party=about) for each in met))
    for refused in plan.refused:
        party, some = plan.parties[refused.change], frozenset((refused.change, *refused.others))
        if party.start < end and (about is None or about in some):
            ledger.note(REFUSED, some, (max(begin, party.start), ledger.beyond), party.edited, lasts=True)
    swept = conflicts_into(ledger, plan.scene, begin, order=order, about=about)
    return Noted(ledger, swept.complete and ledger.complete, swept.others_possible)


def note_met(ledger: Ledger, kind: str, met: Iterable[Met]) -> None:
    """Note changes that meet or miss periods."""
    for each in met:
        for start, end in each.times:
            ledger.note(kind, frozenset((each.party,)), (instant(start), instant(end)), each.cis, lasts=False)


@dataclass
class Words:
    """From numbers to what they are called."""

    estate: Estate
    plan: Planned
    found: Sequence[Period]

    def all(self, records: Iterable[Conflict]) -> list[Told]:
        """All of some conflicts."""
        return [self.told(record) for record in records]

    def told(self, record: Conflict) -> Told:
        """One conflict."""
        names = tuple(sorted(self.plan.parties[number].name for number in record.parties))
        cis = [ci for ci in record.cis if self._name(ci) is not None]
        intervals = tuple(
            (moment_of(begins), None if ends is None else moment_of(ends)) for begins, ends in record.intervals
        )
        services = [ci for ci in cis if ci in self._services]
        ci_ids, of_services = (tuple(sorted(str(self._name(ci)) for ci in some)) for some in (cis, services))
        return Told(
            record.kind, names, intervals, ci_ids, of_services, self._severity(record.kind, names, services, intervals)
        )

    @cached_property
    def _services(self) -> frozenset[CiIndex]:
        return frozenset(self.estate.services().tolist())

    @cached_property
    def _added(self) -> Mapping[CiIndex, str]:
        return {number: ci_id for ci_id, number in self.plan.numbers.items()}

    def _name(self, ci: CiIndex) -> str | None:
        return self.estate.ids[ci] if ci < self.estate.topology.n else self._added.get(ci)

    def _severity(
        self, kind: str, names: Sequence[str], services: Iterable[CiIndex],
        intervals: Sequence[tuple[datetime, datetime | None]],
    ) -> str:  # fmt: skip
        if kind == BLACKOUT:
            return BLOCK
        if kind != EMERGENT:
            return REVIEW
        for service in services:
            if self.estate.criticality_of(service) in WEIGHTY:
                times = agreed_times(self.found, service, names)
                if any(ends is None or without((Interval(begins, ends),), times) for begins, ends in intervals):
                    return BLOCK
        return REVIEW
