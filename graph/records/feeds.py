"""Feeds and targets of indicators as records: what makes a count of nothing a 0, and what a value shall reach."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from graph.records.kept import moment, text
from graph.values import State


@dataclass(frozen=True, slots=True)
class Feed:
    """A table is fed by a data source from a moment on, until another: nothing in it then means that nothing was."""

    feed_id: str
    table: str
    data_source: str | None
    start: datetime | None
    end: datetime | None

    def is_on(self, start: datetime, end: datetime) -> bool:
        """Whether it feeds at some moment of a range."""
        return (self.start is None or self.start < end) and (self.end is None or self.end > start)


@dataclass(frozen=True, slots=True)
class Target:
    """What an indicator shall reach from a moment on: `op` is `>=` or `<=`, of a ratio, a count or seconds."""

    kpi_id: str
    op: str
    value: float
    start: datetime | None

    def is_met(self, value: Fraction) -> bool:
        """Whether a value reaches it, exactly."""
        wanted = Fraction(str(self.value))
        return value >= wanted if self.op == ">=" else value <= wanted


def feed_of(feed_id: str, state: State) -> Feed:
    """A feed from its record."""
    return Feed(
        feed_id, text(state, "table") or "", text(state, "data_source"), moment(state, "from"), moment(state, "to")
    )


def target_of(_: str, state: State) -> Target:
    """A target from its record."""
    value = state.get("value")
    known = float(value) if isinstance(value, int | float) else 0.0
    return Target(text(state, "kpi_id") or "", text(state, "op") or ">=", known, moment(state, "from"))
