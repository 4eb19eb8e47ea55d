"""Measured availability: what was there of the promised service time (JR/T 0074-2012, A.1.3)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from graph.records.outages import Outage
from queries.calendars import ServiceCalendar, service_time
from queries.intervals import Interval, common, seconds, united, without


@dataclass(frozen=True, slots=True)
class Measured:
    """Availability of one service in one period, in seconds of its service time up to `until`.

    `numerator` / `denominator`: what was not lost to unplanned outages / what was promised. `planned`: lost to planned
    ones alone, not taken off the numerator. `outages`, `planned_outages`: those that took service time away, by id;
    `open_outages`: those of both that have not ended by then. Not measurable: all are 0 and empty, and there is a
    `reason`, with a `subject` where it is about one thing.
    """

    numerator: int = 0
    denominator: int = 0
    planned: int = 0
    outages: tuple[str, ...] = ()
    planned_outages: tuple[str, ...] = ()
    open_outages: tuple[str, ...] = ()
    until: datetime | None = None
    reason: str | None = None
    subject: str | None = None

    @property
    def value(self) -> float | None:
        """The share, 0 to 1."""
        return None if self.reason else self.numerator / self.denominator

    @property
    def value_with_planned(self) -> float | None:
        """The share if planned outages are losses like others."""
        return None if self.reason else (self.numerator - self.planned) / self.denominator


def measured_availability(
    calendar: ServiceCalendar | None, outages: Iterable[Outage] | None, start: datetime, end: datetime, *, at: datetime
) -> Measured:
    """(promised service time − service time without service) / promised service time, in [start, end).

    Parameters
    ----------
    calendar
        The service time that is promised; `None`: none is.
    outages
        Of the service; each from when somebody noticed until it was restored. What two share counts once, and as
        unplanned where one of them was. `None`: nobody records them.
    start, end
        The period, as a rule a calendar month. Of one that is not over the part before `at` is measured.
    at
        Now, for the question: outages that are open last until then.

    Returns
    -------
    Measured
        Or not measurable, with the reason: `no_calendar`, `no_outage_records`, `period_in_future`, `no_service_time`,
        `holidays_unknown` (subject: the year), `outage_without_start`, `outage_reversed` (subject: the outage).

    Raises
    ------
    BadInputError
        `calendar.period`.

    Examples
    --------
    Office hours of one Monday, and an outage from 17:00 until Tuesday morning:

    >>> from graph.records.calendars import Hours
    >>> from queries.calendars import service_calendar
    >>> office = service_calendar("office", [Hours("office", "MO", "09:00", "18:00", None)], [], zone="UTC")
    >>> day, after = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    >>> lost = Outage("O-1", "svc", day.replace(hour=17), after.replace(hour=9), planned=False)
    >>> found = measured_availability(office, [lost], day, after, at=after)
    >>> found.numerator, found.denominator
    (28800, 32400)
    """
    if calendar is None:
        return Measured(reason="no_calendar")
    promised = service_time(calendar, start, end)
    if outages is None:
        return Measured(reason="no_outage_records")
    if at <= start:
        return Measured(reason="period_in_future")
    if promised.unknown_years:
        return Measured(reason="holidays_unknown", subject=str(promised.unknown_years[0]))
    until = min(end, at).astimezone(UTC)
    time = common(promised.intervals, (Interval(start.astimezone(UTC), until),))
    if not seconds(time):
        return Measured(reason="no_service_time")
    found = list(outages)
    wrong = next(_wrong(found), None)
    return wrong or _measured(time, found, until)


def _wrong(outages: Iterable[Outage]) -> Iterator[Measured]:
    for outage in outages:
        if outage.noticed_at is None:
            yield Measured(reason="outage_without_start", subject=outage.outage_id)
        elif outage.restored_at is not None and outage.restored_at < outage.noticed_at:
            yield Measured(reason="outage_reversed", subject=outage.outage_id)


def _measured(time: tuple[Interval, ...], outages: Iterable[Outage], until: datetime) -> Measured:
    lost: dict[bool, list[Interval]] = {False: [], True: []}
    counted: dict[bool, list[str]] = {False: [], True: []}
    still: list[str] = []
    for outage in outages:
        each = _span(outage, until)
        if each is None or not common(time, (each,)):
            continue
        lost[outage.planned].append(each)
        counted[outage.planned].append(outage.outage_id)
        if outage.restored_at is None or outage.restored_at > until:
            still.append(outage.outage_id)
    unplanned = common(time, united(lost[False]))
    planned = without(common(time, united(lost[True])), unplanned)
    promised = seconds(time)
    return Measured(
        numerator=promised - seconds(unplanned),
        denominator=promised,
        planned=seconds(planned),
        outages=tuple(sorted(counted[False])),
        planned_outages=tuple(sorted(counted[True])),
        open_outages=tuple(sorted(still)),
        until=until,
    )


def _span(outage: Outage, until: datetime) -> Interval | None:
    start, end = outage.noticed_at, min(outage.restored_at or until, until)
    return Interval(start, end) if start is not None and start < end else None
