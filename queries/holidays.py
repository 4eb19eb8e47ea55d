"""Public holidays and made-up workdays as a base that a calendar's own days refine."""

from collections.abc import Mapping
from datetime import date
from functools import cache

# China's are decreed year by year (State Council, usually in November); the package repeats them from 2004 on
CHINA = frozenset({"Asia/Shanghai", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Urumqi", "PRC"})
Days = Mapping[date, bool]  # whether it is a workday: `False` for a holiday


@cache
def public_days(zone: str, year: int) -> Days | None:
    """The days of a year that differ from their weekday where a zone is.

    `None`: they should be known, and are not. Of zones outside mainland China nothing is known, and none are given.

    Examples
    --------
    The Saturday that made up for one of the days after the first of October:

    >>> days = public_days("Asia/Shanghai", 2026)
    >>> days[date(2026, 10, 7)], days[date(2026, 10, 10)], public_days("Europe/Berlin", 2026)
    (False, True, {})
    """
    if zone not in CHINA:
        return {}
    from chinese_calendar.constants import holidays, workdays

    found = {**dict.fromkeys(holidays, False), **dict.fromkeys(workdays, True)}
    return {day: is_workday for day, is_workday in found.items() if day.year == year} or None
