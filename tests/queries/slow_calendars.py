"""Slow, obvious versions of calendars and recurrences: every moment, and every day, is looked at."""

import calendar
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from queries.rules import Rule

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@cache
def first_shown(local: datetime, zone: ZoneInfo) -> datetime:
    """The first minute in which a clock in the zone shows a local time or a later one."""
    found = local.replace(tzinfo=UTC) - timedelta(hours=26)
    while found.astimezone(zone).replace(tzinfo=None) < local:
        found += MINUTE
    return found


def slow_service_time(
    hours: list[tuple[str, int, int, int]], days: Mapping[date, bool], start: datetime, end: datetime, step: timedelta
) -> Iterator[datetime]:
    """The moments, a step apart, that are service time; hours are (zone, weekday, from, to) in minutes."""
    while start < end:
        for name in {zone for zone, *_ in hours}:
            zone = ZoneInfo(name)
            mine = [(weekday, low, high) for other, weekday, low, high in hours if other == name]
            near = [start.astimezone(zone).date() + count * DAY for count in (-1, 0, 1)]
            if any(
                first_shown(datetime.combine(day, time()) + low * MINUTE, zone)
                <= start
                < first_shown(datetime.combine(day, time()) + high * MINUTE, zone)
                for day in near
                for low, high in slow_hours(mine, days, day)
            ):
                yield start
                break
        start += step


def slow_hours(hours: list[tuple[int, int, int]], days: Mapping[date, bool], day: date) -> list[tuple[int, int]]:
    """The hours of one day: its weekday's, none on a holiday, a whole day's on a workday."""
    own = [(low, high) for weekday, low, high in hours if weekday == day.weekday()]
    if day not in days:
        return own
    if not days[day]:
        return []
    if own and day.weekday() < 5:
        return own
    first = min(weekday for weekday, _, _ in hours)
    return [(low, high) for weekday, low, high in hours if weekday == first]


def slow_starts(rule: Rule, first: datetime, zone: ZoneInfo, last: date) -> list[datetime]:
    """When a rule begins, up to the end of a year: all days are asked whether they fit, each in its period."""
    found: list[datetime] = []
    periods: dict[tuple[int, ...], list[datetime]] = {}
    day = date(first.year, 1, 1)
    while day <= date(last.year, 12, 31) + 7 * DAY:
        period = _period(rule, first.date(), day)
        if period is not None and _fits(rule, first, day):
            periods.setdefault(period, []).extend(_times(rule, first, day))
        day += DAY
    for _, times in sorted(periods.items()):
        some = sorted(times)
        if "BYSETPOS" in rule.by:
            places = {p - 1 if p > 0 else len(some) + p for p in rule.by["BYSETPOS"]}
            some = [each for at, each in enumerate(some) if at in places]
        found += [each for each in some if each >= first]
    starts = [each.replace(tzinfo=zone).astimezone(UTC) for each in found[: rule.count]]
    return [each for each in starts if rule.until is None or each <= rule.until]


def _period(rule: Rule, first: date, day: date) -> tuple[int, ...] | None:
    if rule.frequency == "DAILY":
        number = (day - first).days
    elif rule.frequency == "WEEKLY":
        monday = first - ((first.weekday() - rule.week_start) % 7) * DAY
        number = (day - monday).days // 7
    elif rule.frequency == "MONTHLY":
        number = (day.year - first.year) * 12 + day.month - first.month
    else:
        number = day.year - first.year
    return (number,) if number >= 0 and number % rule.interval == 0 else None


def _fits(rule: Rule, first: datetime, day: date) -> bool:
    by, days = dict(rule.by), rule.days
    if not days and "BYMONTHDAY" not in by and "BYYEARDAY" not in by:
        if rule.frequency == "WEEKLY" or "BYWEEKNO" in by:
            days = ((first.weekday(), 0),)
        elif rule.frequency in ("MONTHLY", "YEARLY"):
            by["BYMONTHDAY"] = (first.day,)
            if rule.frequency == "YEARLY" and "BYMONTH" not in by:
                by["BYMONTH"] = (first.month,)
    length = calendar.monthrange(day.year, day.month)[1]
    year = 366 if calendar.isleap(day.year) else 365
    at = day.timetuple().tm_yday
    return (
        ("BYMONTH" not in by or day.month in by["BYMONTH"])
        and ("BYMONTHDAY" not in by or not {day.day, day.day - length - 1}.isdisjoint(by["BYMONTHDAY"]))
        and ("BYYEARDAY" not in by or not {at, at - year - 1}.isdisjoint(by["BYYEARDAY"]))
        and ("BYWEEKNO" not in by or not _week_numbers(day, rule.week_start).isdisjoint(by["BYWEEKNO"]))
        and (not days or any(_is_day(rule, by, weekday, which, day) for weekday, which in days))
    )


def _week_numbers(day: date, week_start: int) -> set[int]:
    """Its number from the front and from the back; week 1 is the first one with four days in the year."""

    def monday(year: int) -> date:
        fourth = date(year, 1, 4)
        return fourth - ((fourth.weekday() - week_start) % 7) * DAY

    # weeks of the year in which the day lies, only those days of them that do
    if not monday(day.year) <= day < monday(day.year + 1):
        return _outside(day, week_start)
    count = (monday(day.year + 1) - monday(day.year)).days // 7
    number = (day - monday(day.year)).days // 7 + 1
    return {number, number - count - 1}


def _outside(day: date, week_start: int) -> set[int]:
    other = day.year - 1 if day.month == 1 else day.year + 1

    def monday(year: int) -> date:
        fourth = date(year, 1, 4)
        return fourth - ((fourth.weekday() - week_start) % 7) * DAY

    count = (monday(other + 1) - monday(other)).days // 7
    number = (day - monday(other)).days // 7 + 1
    return {number, number - count - 1}


def _is_day(rule: Rule, by: Mapping[str, tuple[int, ...]], weekday: int, which: int, day: date) -> bool:
    if day.weekday() != weekday:
        return False
    if not which:
        return True
    if rule.frequency == "MONTHLY" or "BYMONTH" in by:
        at, length = day.day, calendar.monthrange(day.year, day.month)[1]
    else:
        at, length = day.timetuple().tm_yday, 366 if calendar.isleap(day.year) else 365
    return which in ((at - 1) // 7 + 1, -((length - at) // 7 + 1))


def _times(rule: Rule, first: datetime, day: date) -> Iterator[datetime]:
    for hour in rule.by.get("BYHOUR", (first.hour,)):
        for minute in rule.by.get("BYMINUTE", (first.minute,)):
            for second in rule.by.get("BYSECOND", (first.second,)):
                yield datetime.combine(day, time(hour, minute, second))
