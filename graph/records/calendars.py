"""Service-time calendars as records: hours by weekday, and days that differ (tables `calendars`, `calendar_days`)."""

from dataclasses import dataclass
from datetime import date

from graph.records.kept import text
from graph.values import State


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of one weekday of a calendar, as written. `None`: every weekday, from 00:00, to 24:00, the usual zone."""

    calendar_id: str
    weekday: str | None
    start: str | None
    end: str | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A date that differs from its weekday: `holiday`, or `workday` (made up for another one)."""

    calendar_id: str
    day: date
    kind: str


def hours_of(state: State) -> Hours:
    """Hours from their record."""
    return Hours(
        calendar_id=text(state, "calendar_id") or "",
        weekday=text(state, "weekday"),
        start=text(state, "from"),
        end=text(state, "to"),
        zone=text(state, "zone"),
    )


def calendar_day_of(state: State) -> CalendarDay:
    """A day from its record."""
    return CalendarDay(
        calendar_id=text(state, "calendar_id") or "",
        day=date.fromisoformat(text(state, "date") or ""),
        kind=text(state, "kind") or "",
    )
