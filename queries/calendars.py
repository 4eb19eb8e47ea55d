"""Service time: when a service is promised to be there (JR/T 0074-2012, A.1.4), holidays and made-up workdays included.

Hours are local: a clock time that a switch skips is the moment of the switch, of one that comes twice the first counts.
So the hours of a day neither overlap nor leave a gap that is not written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from graph.errors import BadInputError
from graph.records.calendars import CalendarDay, Hours
from graph.values import ValueRefused, parse_clock, shown, zone_of
from queries.holidays import public_days
from queries.intervals import Interval, common, united
from queries.rules import WEEKDAYS

MIDNIGHT = 24 * 60  # minutes
OLDEST, LATEST = 1900, 2500  # years in which service time is looked for
LONGEST = 366 * 100  # days of one period
DAY, TICK = timedelta(days=1), timedelta.resolution


@dataclass(frozen=True)
class ServiceCalendar:
    """One calendar. `hours`: of each zone and weekday from Monday as 0, (from, to) in minutes; `days`: its own."""

    calendar_id: str
    hours: Mapping[str, Mapping[int, tuple[tuple[int, int], ...]]]
    days: Mapping[date, bool]

    def rests(self, zone: str) -> bool:
        """Whether some weekday has no hours: only then do public holidays concern it."""
        return len(self.hours[zone]) < len(WEEKDAYS)

    @cached_property
    def own_years(self) -> frozenset[int]:
        """Years of which it lists days of its own."""
        return frozenset(day.year for day in self.days)


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """The promised time within a period, disjoint and in order, in UTC.

    `unknown_years`: those of which neither public holidays are known nor the calendar lists days.
    """

    intervals: tuple[Interval, ...]
    unknown_years: tuple[int, ...] = ()


def service_calendar(
    calendar_id: str, hours: Iterable[Hours], days: Iterable[CalendarDay], *, zone: str
) -> ServiceCalendar:
    """A calendar from all records; those of other calendars are passed over.

    Parameters
    ----------
    hours
        Weekdays MO … SU, or 1 (Monday) … 7; without one: every weekday. Hours of one weekday may overlap: they are
        united.
    days
        A `holiday` has no hours. A `workday` has those of its weekday if that is Monday to Friday and has any, else
        those of the first weekday from Monday on that has (a Saturday worked for a Wednesday is a whole day).
    zone
        That of hours which name none.

    Raises
    ------
    BadInputError
        `calendar.unknown`: it has no hours at all. Of one of them: `calendar.weekday`, `calendar.clock`,
        `calendar.reversed` (ends when it begins, or before: over midnight is two rows), `calendar.zone`. Of a day:
        `calendar.kind`, `calendar.two_kinds`.
    """
    found: dict[str, dict[int, list[tuple[int, int]]]] = {}
    for row in hours:
        if row.calendar_id == calendar_id:
            mine = found.setdefault(_zone(row, zone), {})
            for weekday in _weekdays(row):
                mine.setdefault(weekday, []).append(_span(row))
    if not found:
        raise BadInputError("calendar.unknown", calendar_id=shown(calendar_id))
    kept = {where: {day: tuple(sorted(spans)) for day, spans in mine.items()} for where, mine in found.items()}
    return ServiceCalendar(calendar_id, kept, _own_days(calendar_id, days))


def service_time(calendar: ServiceCalendar, start: datetime, end: datetime) -> ServiceTime:
    """The moments of [start, end) that a calendar promises.

    Public holidays and made-up workdays of the zone (`queries.holidays`) hold where the calendar rests on some weekday;
    its own days come before them, and hold always.

    Raises
    ------
    BadInputError
        `calendar.period`: empty, reversed, longer than a century, or not within 1900 … 2500.

    Examples
    --------
    Office hours in the week of the first of October 2026, a Thursday, of which the Saturday after it is made up for:

    >>> hours = [Hours("office", day, "09:00", "18:00", "Asia/Shanghai") for day in ("MO", "TU", "WE", "TH", "FR")]
    >>> office = service_calendar("office", hours, [], zone="Asia/Shanghai")
    >>> week = datetime(2026, 9, 28, tzinfo=UTC), datetime(2026, 10, 11, tzinfo=UTC)
    >>> [f"{each.start:%a %d}" for each in service_time(office, *week).intervals]
    ['Mon 28', 'Tue 29', 'Wed 30', 'Thu 08', 'Fri 09', 'Sat 10']
    """
    if not (start < end and start.year >= OLDEST and end.year <= LATEST and (end - start).days <= LONGEST):
        raise BadInputError("calendar.period", start=start.isoformat(), end=end.isoformat())
    found: list[Interval] = []
    unknown: set[int] = set()
    for name in calendar.hours:
        zone = zone_of(name)
        for day in _dates(start.astimezone(zone).date(), (end - TICK).astimezone(zone).date()):
            is_workday = _differs(calendar, name, day, unknown)
            for low, high in _spans(calendar.hours[name], day, is_workday):
                found.append(Interval(moment(day, low, zone), moment(day, high, zone)))
    period = (Interval(start.astimezone(UTC), end.astimezone(UTC)),)
    return ServiceTime(common(united(found), period), tuple(sorted(unknown)))


def moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """When a clock in the zone first shows so many minutes after midnight of a day, or later; in UTC."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    found = local.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local:
        return found
    # skipped: by the offset after the switch it is before the switch, by the one before it after it
    low, high = local.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // timedelta(seconds=2) * timedelta(seconds=1)
        if middle.astimezone(zone).replace(tzinfo=None) >= local:
            high = middle
        else:
            low = middle
    return high


def _dates(first: date, last: date) -> Iterator[date]:
    return (first + DAY * count for count in range((last - first).days + 1))


def _differs(calendar: ServiceCalendar, zone: str, day: date, unknown: set[int]) -> bool | None:
    """Whether a day is a workday or (`False`) a holiday; `None`: it is as its weekday."""
    own = calendar.days.get(day)
    if own is not None or not calendar.rests(zone):
        return own
    public = public_days(zone, day.year)
    if public is None:
        if day.year not in calendar.own_years:
            unknown.add(day.year)
        return None
    return public.get(day)


def _spans(
    hours: Mapping[int, tuple[tuple[int, int], ...]], day: date, is_workday: bool | None
) -> tuple[tuple[int, int], ...]:
    mine = hours.get(day.weekday(), ())
    if is_workday is None:
        return mine
    if not is_workday:
        return ()
    return mine if mine and day.weekday() < 5 else hours[min(hours)]


def _zone(row: Hours, zone: str) -> str:
    try:
        return zone_of(row.zone or zone).key
    except ValueRefused as refused:
        raise BadInputError(
            "calendar.zone", calendar_id=shown(row.calendar_id), zone=shown(row.zone or zone)
        ) from refused


def _weekdays(row: Hours) -> range | tuple[int]:
    written = (row.weekday or "").strip().upper()
    if not written:
        return range(len(WEEKDAYS))
    if written in WEEKDAYS:
        return (WEEKDAYS.index(written),)
    if written in ("1", "2", "3", "4", "5", "6", "7"):
        return (int(written) - 1,)
    raise BadInputError("calendar.weekday", calendar_id=shown(row.calendar_id), weekday=shown(row.weekday))


def _span(row: Hours) -> tuple[int, int]:
    low, high = _minutes(row, row.start or "00:00"), _minutes(row, row.end or "24:00")
    if low >= high:
        raise BadInputError(
            "calendar.reversed", calendar_id=shown(row.calendar_id), start=row.start or "00:00", end=row.end or "24:00"
        )
    return low, high


def _minutes(row: Hours, written: str) -> int:
    try:
        hour, minute = parse_clock(written).split(":")
    except ValueRefused as refused:
        raise BadInputError("calendar.clock", calendar_id=shown(row.calendar_id), clock=shown(written)) from refused
    return int(hour) * 60 + int(minute)


def _own_days(calendar_id: str, days: Iterable[CalendarDay]) -> dict[date, bool]:
    found: dict[date, bool] = {}
    for row in days:
        if row.calendar_id != calendar_id:
            continue
        if row.kind not in ("holiday", "workday"):
            raise BadInputError("calendar.kind", calendar_id=shown(calendar_id), kind=shown(row.kind))
        if found.setdefault(row.day, row.kind == "workday") != (row.kind == "workday"):
            raise BadInputError("calendar.two_kinds", calendar_id=shown(calendar_id), date=row.day.isoformat())
    return found
