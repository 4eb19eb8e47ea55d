"""What is promised of a service, and whether it is there as often as promised (JR/T 0074-2012, 8.1, 8.3 d, e)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from graph.errors import BadInputError, Message
from graph.estate import Estate
from graph.records.agreements import Agreement
from graph.records.calendars import CalendarDay, Hours
from graph.records.outages import Outage
from graph.records.recoveries import RecoveryTimes
from queries.availability import Measured, measured_availability
from queries.calendars import service_calendar
from queries.kpis.period import Period
from queries.modelled import Modelled

FEW = 50  # CIs of each list in JSON; `*_total` says how many there are


@dataclass(frozen=True, slots=True)
class Promises:
    """The strictest of all that is promised of one service, in seconds; `None`: nothing is.

    `target`: the highest share of service time that an agreement promises, `agreement` and `calendar_id` those of it.
    """

    rto: int | None = None
    rpo: int | None = None
    target: float | None = None
    agreement: str | None = None
    calendar_id: str | None = None


def promised(service: str, times: RecoveryTimes, agreements: Iterable[Agreement], day: date) -> Promises:
    """What the service itself says and what is agreed on it, of that what binds on a day.

    Examples
    --------
    >>> one, other = Agreement("A-1", "svc", rto=3600, target=0.99), Agreement("A-2", "svc", rto=7200, target=0.999)
    >>> found = promised("svc", RecoveryTimes(rto=5400), [one, other], date(2026, 11, 27))
    >>> found.rto, found.target, found.agreement
    (3600, 0.999, 'A-2')
    """
    mine = sorted((a for a in agreements if a.service == service and a.holds(day)), key=lambda a: a.sla_id)
    targets = [a for a in mine if a.target is not None]
    best = max(targets, key=lambda a: a.target or 0.0, default=None)
    # without a target the hours that somebody agreed on are still those of the service
    hours = best if best is not None else next((a for a in mine if a.calendar_id is not None), None)
    return Promises(
        _least([times.rto, *(a.rto for a in mine)]),
        _least([times.rpo, *(a.rpo for a in mine)]),
        None if best is None else best.target,
        None if hours is None else hours.sla_id,
        None if hours is None else hours.calendar_id,
    )


def _least(values: Iterable[int | None]) -> int | None:
    return min((each for each in values if each is not None), default=None)


@dataclass(frozen=True)
class Hourly:
    """What the register holds of service time: calendars, and outages (`None`: nobody records them)."""

    hours: Sequence[Hours] = ()
    days: Sequence[CalendarDay] = ()
    outages: Sequence[Outage] | None = None
    zone: str = "UTC"

    def measured(self, service: str, promises: Promises, period: Period, at: datetime) -> Measured | Message:
        """The availability of a service in a period; why not, where its calendar cannot be read."""
        mine = None if self.outages is None else [each for each in self.outages if each.service == service]
        try:
            named = promises.calendar_id
            calendar = None if named is None else service_calendar(named, self.hours, self.days, zone=self.zone)
            return measured_availability(calendar, mine, period.start, period.end, at=at)
        except BadInputError as refused:
            return refused.message


@dataclass(frozen=True, eq=False)
class Availability:
    """How often a service is there: promised, measured in a period, and as its model has it.

    `model`: what the model says, worked out when it is asked for.
    """

    estate: Estate
    promises: Promises
    period: Period
    found: Measured | Message
    model: Callable[[], Modelled] = field(repr=False)

    @property
    def measured(self) -> Measured:
        """What was measured; nothing, where the calendar cannot be read."""
        return Measured() if isinstance(self.found, Message) else self.found

    @property
    def reason(self) -> Message | None:
        """Why it could not be measured."""
        if isinstance(self.found, Message):
            return self.found
        if self.found.reason is None:
            return None
        subject = {} if self.found.subject is None else {"subject": self.found.subject}
        return Message(f"continuity.unmeasured_{self.found.reason}", subject)

    @property
    def value(self) -> float | None:
        """The measured share."""
        return None if self.reason else self.measured.value

    def meets(self, value: float | None) -> str | None:
        """`kept` or `missed`; `unknown` where there is no value, `None` where nothing is promised."""
        if self.promises.target is None:
            return None
        return "unknown" if value is None else "kept" if value >= self.promises.target else "missed"

    def plain(self) -> dict[str, Any]:
        """As JSON (ANSWERS: continuity, availability)."""
        measured, modelled, ids = self.measured, self.model(), self.estate.ids
        return {
            "target": self.promises.target,
            "agreement": self.promises.agreement,
            "period": {
                "id": self.period.id, "from": self.period.start.isoformat(), "to": self.period.end.isoformat(),
                "zone": self.period.zone,
            },
            "measured": self.value,
            "measured_reason": None if self.reason is None else _plain(self.reason),
            "service_time": measured.denominator,
            "lost": measured.denominator - measured.numerator,
            "lost_planned": measured.planned,
            "outages": list(measured.outages),
            "modelled": None if modelled.value is None else modelled.plain(),
            "missing": [ids[ci] for ci in modelled.missing[:FEW]],
            "missing_total": len(modelled.missing),
            "importance_complete": modelled.importance_complete,
            "importance": [{"ci_id": ids[each.ci], "value": each.value} for each in modelled.importance[:FEW]],
            "importance_total": len(modelled.importance),
        }  # fmt: skip


def _plain(reason: Message) -> dict[str, Any]:
    return {"key": reason.key, "params": dict(reason.params)}
