"""When a window is: once, or by a recurrence rule in the local time of its zone (RFC 5545; SEMANTICS 5)."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule

from graph.errors import BadInputError
from graph.records.windows import Window
from graph.values import ValueRefused, shown, zone_of
from queries.intervals import Interval
from queries.rules import Rule, parse_rule

MOST = 20_000  # occurrences of one window that are looked at: one an hour for two years
OLDEST, LATEST = 1900, 2500  # years in which windows are looked for
CYCLE = 400  # years after which every date falls on its weekday again
APART = timedelta(days=2)  # no local time differs from UTC by more
_FREQUENCIES = {"YEARLY": rrule.YEARLY, "MONTHLY": rrule.MONTHLY, "WEEKLY": rrule.WEEKLY, "DAILY": rrule.DAILY}


def occurrences(window: Window, since: datetime, until: datetime, zone: str) -> tuple[Interval, ...]:
    """The intervals of a window that meet [since, until), in order; each in full, also where it begins earlier.

    Parameters
    ----------
    window
        `rrule` with `start` and `duration` (or `end`, that of the first one); else it is from `start` to `end`, and
        what is open at a side is given as far as the range goes.
    since, until
        The range: moments with a zone.
    zone
        That of a window which names none.

    Returns
    -------
    tuple
        In UTC, none twice; they may overlap (`queries.intervals.united`).

    Raises
    ------
    BadInputError
        `window.range`: empty, reversed, or not within 1900 … 2500. Of the window: `window.times` (it has none),
        `window.reversed`, `window.two_ends`, `window.zone`, `window.no_start`, `window.no_duration`; of its rule
        `window.rule`, `window.too_often`, `window.too_many` occurrences.

    Notes
    -----
    A local time that a switch of the clock skips is told by the offset before it, of one that comes twice the first is
    meant, and a duration is elapsed time (RFC 5545, 3.3.5 and 3.3.6). The start counts only where the rule gives it.

    Examples
    --------
    22:00 in Berlin, in winter and after the clocks were put forward:

    >>> from graph.records.windows import window_of
    >>> window = window_of("W-1", {"rrule": "FREQ=DAILY", "from": "2026-03-01T21:00:00Z", "duration": 3600})
    >>> days = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    >>> [f"{each.start:%d %H:%M}" for each in occurrences(window, *days, "Europe/Berlin")]
    ['28 21:00', '29 20:00']
    """
    if not (since < until and since.year >= OLDEST and until.year <= LATEST):
        raise BadInputError("window.range", since=since.isoformat(), until=until.isoformat())
    if window.rrule is not None:
        return _recurring(window, since, until, zone)
    if window.start is None and window.end is None:
        raise BadInputError("window.times", window_id=shown(window.window_id))
    if window.start and window.end and not window.start < window.end:
        raise BadInputError("window.reversed", window_id=shown(window.window_id))
    start, end = window.start or since, window.end or until
    met = start < until and since < end
    return (Interval(start.astimezone(UTC), end.astimezone(UTC)),) if met else ()


def _recurring(window: Window, since: datetime, until: datetime, zone: str) -> tuple[Interval, ...]:
    if window.start is None or not OLDEST <= window.start.year <= LATEST:
        raise BadInputError("window.no_start", window_id=shown(window.window_id))
    local, lasting = _zone(window, zone), _lasting(window)
    rule, found = parse_rule(window.rrule or "", local), set()
    first = window.start.astimezone(local).replace(tzinfo=None)
    for looked, start in enumerate(_starts(rule, first, since - lasting, until, local)):
        if looked >= MOST:
            raise BadInputError("window.too_many", window_id=shown(window.window_id), most=MOST)
        if since < start + lasting and start < until and (rule.until is None or start <= rule.until):
            found.add(Interval(start, start + lasting))
    return tuple(sorted(found))


def _zone(window: Window, zone: str) -> ZoneInfo:
    try:
        return zone_of(window.zone or zone)
    except ValueRefused as refused:
        raise BadInputError(
            "window.zone", window_id=shown(window.window_id), zone=shown(window.zone or zone)
        ) from refused


def _lasting(window: Window) -> timedelta:
    if window.duration is not None and window.end is not None:
        raise BadInputError("window.two_ends", window_id=shown(window.window_id))
    lasting = timedelta(seconds=window.duration or 0)
    if window.start and window.end:
        lasting = window.end - window.start
    if lasting <= timedelta():
        raise BadInputError("window.no_duration", window_id=shown(window.window_id))
    return lasting


def _starts(rule: Rule, first: datetime, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The moments at which it begins, those at the edges of the range with some beside them."""
    low, high = (each.astimezone(UTC).replace(tzinfo=None) for each in (since, until))
    begin = _whole(rule, first) if rule.count else _later(rule, _whole(rule, first), low - APART)
    # what expands it looks for the next one up to the year 9999: near there it soon gives up what never comes again
    ahead = CYCLE * ((9_999 - max(begin.year, until.year + 1)) // CYCLE)
    given = 0
    for found in rrule.rrule(dtstart=begin.replace(year=begin.year + ahead), **_arguments(rule, first)):
        local = found.replace(year=found.year - ahead)
        if local > high + APART or given == rule.count:
            return
        if local >= first:
            given += 1
            yield local.replace(tzinfo=zone).astimezone(UTC)


def _whole(rule: Rule, first: datetime) -> datetime:
    # a position (BYSETPOS) is one of the whole week, of which python-dateutil sees what comes after the start
    if rule.frequency != "WEEKLY":
        return first
    return datetime.combine(first - timedelta(days=(first.weekday() - rule.week_start) % 7), time())


def _arguments(rule: Rule, first: datetime) -> dict[str, Any]:
    """The rule as python-dateutil has it; what it leaves to the first occurrence (RFC 5545) is written out."""
    by = {"BYHOUR": (first.hour,), "BYMINUTE": (first.minute,), "BYSECOND": (first.second,), **rule.by}
    days = [rrule.weekday(day, which or None) for day, which in rule.days]
    if not days and not {"BYMONTHDAY", "BYYEARDAY"} & by.keys():
        if rule.frequency == "WEEKLY" or "BYWEEKNO" in by:
            days = [rrule.weekday(first.weekday())]
        elif rule.frequency != "DAILY":
            by["BYMONTHDAY"] = (first.day,)
            if rule.frequency == "YEARLY":
                by.setdefault("BYMONTH", (first.month,))
    return {
        "freq": _FREQUENCIES[rule.frequency],
        "interval": rule.interval,
        "wkst": rule.week_start,
        "byweekday": days or None,
        **{name.lower(): numbers for name, numbers in by.items()},
    }


def _later(rule: Rule, first: datetime, low: datetime) -> datetime:
    """A start in step with the first one, as late as can be while nothing from `low` on is lost."""
    if first >= low:
        return first
    if rule.frequency in ("DAILY", "WEEKLY"):
        step = rule.interval * (7 if rule.frequency == "WEEKLY" else 1)
        steps = (low - first).days // step - 1
        return first + timedelta(days=step * steps) if steps > 0 else first
    months = (low.year - first.year) * 12 + low.month - first.month
    step = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
    steps = months // step - 1
    if steps <= 0:
        return first
    year, month = divmod(first.year * 12 + first.month - 1 + step * steps, 12)
    return datetime(year, 1 if rule.frequency == "YEARLY" else month + 1, 1)
