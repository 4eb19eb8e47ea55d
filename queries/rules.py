"""A recurrence rule as written (RFC 5545, 3.3.10), read strictly: what expands it takes rules that never end."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from math import prod
from types import MappingProxyType
from zoneinfo import ZoneInfo

from graph.errors import BadInputError
from graph.values import shown

OFTEN = 288  # occurrences in one day; every five minutes
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
MORE_OFTEN = ("HOURLY", "MINUTELY", "SECONDLY")
_NUMBERS = {  # of each part: whether it may count from the end, lowest, highest, the frequencies it goes with
    "BYMONTH": (False, 1, 12, FREQUENCIES),
    "BYMONTHDAY": (True, 1, 31, ("YEARLY", "MONTHLY", "DAILY")),
    "BYYEARDAY": (True, 1, 366, ("YEARLY",)),
    "BYWEEKNO": (True, 1, 53, ("YEARLY",)),
    "BYHOUR": (False, 0, 23, FREQUENCIES),
    "BYMINUTE": (False, 0, 59, FREQUENCIES),
    "BYSECOND": (False, 0, 59, FREQUENCIES),
    "BYSETPOS": (True, 1, 366, FREQUENCIES),
}
_OTHERS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY")
_NUMBER = re.compile(r"([+-]?)(\d{1,3})", re.ASCII)
_COUNT = re.compile(r"[1-9]\d{0,5}", re.ASCII)
_DAY = re.compile(r"(?:([+-]?)([1-9]\d?))?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_MOST_WEEKS = {"YEARLY": 53, "MONTHLY": 5}  # which Monday of a year or month there can be
Days = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule part by part. `days`: (weekday from 0, which one of its month or year, 0 for each); `until`: in UTC."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0
    days: Days = ()
    by: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))


def parse_rule(text: str, zone: ZoneInfo) -> Rule:
    """The rule that a text writes, with or without `RRULE:` before it.

    `zone` is that of an UNTIL without one; a date is its whole day. BadInputError `window.rule`, naming the part;
    `window.too_often` for what recurs within a day by its frequency, or more than `OFTEN` times by its parts.
    """
    parts = _parts(text)
    frequency = parts.pop("FREQ", "")
    if frequency in MORE_OFTEN:
        raise BadInputError("window.too_often", rule=shown(text), most=OFTEN)
    if frequency not in FREQUENCIES:
        raise _wrong("FREQ", frequency)
    if "COUNT" in parts and "UNTIL" in parts:
        raise _wrong("UNTIL", parts["UNTIL"])
    by = {name: _numbers(name, value, frequency) for name, value in parts.items() if name in _NUMBERS}
    if prod(len(by.get(name, (0,))) for name in ("BYHOUR", "BYMINUTE", "BYSECOND")) > OFTEN:
        raise BadInputError("window.too_often", rule=shown(text), most=OFTEN)
    if "BYSETPOS" in by and len(by) == 1 and "BYDAY" not in parts:
        raise _wrong("BYSETPOS", parts["BYSETPOS"])
    return Rule(
        frequency=frequency,
        interval=_count("INTERVAL", parts.get("INTERVAL", "1")),
        count=_count("COUNT", parts["COUNT"]) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"], zone) if "UNTIL" in parts else None,
        week_start=_weekday(parts.get("WKST", "MO")),
        days=_days(parts["BYDAY"], frequency, by) if "BYDAY" in parts else (),
        by=MappingProxyType(by),
    )


def _wrong(part: str, value: str) -> BadInputError:
    return BadInputError("window.rule", part=shown(part), value=shown(value))


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for pair in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, _, value = pair.partition("=")
        if (name not in _NUMBERS and name not in _OTHERS) or name in parts or not value:
            raise _wrong(name, value)
        parts[name] = value
    return parts


def _count(name: str, value: str) -> int:
    if not _COUNT.fullmatch(value):
        raise _wrong(name, value)
    return int(value)


def _numbers(name: str, value: str, frequency: str) -> tuple[int, ...]:
    from_end, low, high, frequencies = _NUMBERS[name]
    found = set()
    for item in value.split(","):
        match = _NUMBER.fullmatch(item)
        if match is None or frequency not in frequencies or not low <= int(match[2]) <= high:
            raise _wrong(name, value)
        # the first week counted from the end: what expands it misses its days of the year before
        if (match[1] and not from_end) or (name == "BYWEEKNO" and int(item) < -51):
            raise _wrong(name, value)
        found.add(int(item))
    return tuple(sorted(found))


def _weekday(value: str) -> int:
    if value not in WEEKDAYS:
        raise _wrong("WKST", value)
    return WEEKDAYS.index(value)


def _days(value: str, frequency: str, by: Mapping[str, tuple[int, ...]]) -> Days:
    found = set()
    for item in value.split(","):
        match = _DAY.fullmatch(item)
        if match is None:
            raise _wrong("BYDAY", value)
        which = int(f"{match[1] or ''}{match[2] or 0}")
        if which and ("BYWEEKNO" in by or abs(which) > _MOST_WEEKS.get(frequency, 0)):
            raise _wrong("BYDAY", value)
        found.add((WEEKDAYS.index(match[3]), which))
    # each Monday and the first Friday beside them: what expands it would look for days that are both
    if len({which == 0 for _, which in found}) > 1:
        raise _wrong("BYDAY", value)
    return tuple(sorted(found))


def _until(value: str, zone: ZoneInfo) -> datetime:
    match = _UNTIL.fullmatch(value)
    if match is None:
        raise _wrong("UNTIL", value)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        clock = time(int(match[4]), int(match[5]), int(match[6])) if match[4] else time(23, 59, 59)
        return datetime.combine(day, clock, UTC if match[7] else zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _wrong("UNTIL", value) from error
