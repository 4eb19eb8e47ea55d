"""Reporting periods: a month, a quarter or a year in the organisation's zone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from graph.errors import BadInputError

_PERIOD = re.compile(r"(?P<year>[1-9]\d{3})(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])))?", re.ASCII)
TREND = 12  # months of a trend


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on, before `end`; both are midnights of the zone."""

    id: str
    start: datetime
    end: datetime
    zone: str

    def holds(self, moment: datetime | None) -> bool:
        """Whether a moment lies in it."""
        return moment is not None and self.start <= moment < self.end

    def is_finished(self, at: datetime) -> bool:
        """Whether it is over at a moment."""
        return self.end <= at

    def trend(self) -> Sequence["Period"]:
        """The months up to its last one, oldest first."""
        last = self.end.year * 12 + self.end.month - 2  # of the month that ends with it, counted from 0
        months = (divmod(number, 12) for number in range(last - TREND + 1, last + 1))
        return [_between(f"{y:04}-{m + 1:02}", y, m + 1, 1, self.zone) for y, m in months if y > 0]


def period_of(text: str, zone: str) -> Period:
    """The period of `2026-10`, `2026-Q4` or `2026`. Raises BadInputError `kpi.bad_period` for other text.

    Examples
    --------
    >>> period_of("2026-Q4", "Asia/Shanghai").start.isoformat()
    '2026-10-01T00:00:00+08:00'
    >>> [month.id for month in period_of("2026-10", "UTC").trend()][:2]
    ['2025-11', '2025-12']
    """
    found = _PERIOD.fullmatch(text.strip().upper())
    if not found or int(found["year"]) > 9998:
        raise BadInputError("kpi.bad_period", value=text[:60])
    year, month, quarter = int(found["year"]), found["month"], found["quarter"]
    if month:
        return _between(found[0], year, int(month), 1, zone)
    if quarter:
        return _between(found[0], year, 3 * int(quarter) - 2, 3, zone)
    return _between(found[0], year, 1, 12, zone)


def month_before(at: datetime, zone: str) -> Period:
    """The last calendar month that is over at a moment.

    Examples
    --------
    >>> from datetime import UTC
    >>> month_before(datetime(2026, 11, 30, 16, tzinfo=UTC), "Asia/Shanghai").id
    '2026-11'
    """
    local = at.astimezone(ZoneInfo(zone))
    year, month = divmod(local.year * 12 + local.month - 2, 12)
    return _between(f"{year:04}-{month + 1:02}", year, month + 1, 1, zone)


def _between(name: str, year: int, month: int, months: int, zone: str) -> Period:
    years, rest = divmod(month - 1 + months, 12)
    start, end = datetime(year, month, 1), datetime(year + years, rest + 1, 1)
    return Period(name, start.replace(tzinfo=ZoneInfo(zone)), end.replace(tzinfo=ZoneInfo(zone)), zone)
