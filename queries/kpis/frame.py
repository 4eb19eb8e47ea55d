"""What every indicator shares: the facts it reads, and the value it gives with formula, records, trend and target."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Literal

from graph.errors import Message
from graph.records.audits import Audit
from graph.records.changes import Change
from graph.records.feeds import Feed, Target
from graph.records.incidents import Incident
from queries.kpis.period import Period
from queries.ledgers import Ledgers

Unit = Literal["ratio", "count", "seconds"]
Plain = dict[str, Any]
FIRST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """A numerator or denominator: an exact integer and the records behind it, as (kind, id)."""

    value: int
    records: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, kind: str, ids: Iterable[str]) -> "Part":
        """So many records of one kind, in the order of their ids."""
        listed = sorted(ids)
        return cls(len(listed), tuple((kind, each) for each in listed))

    def plain(self, limit: int | None) -> Plain:
        """As JSON; records beyond `limit` are counted."""
        shown = [{"kind": kind, "id": id_} for kind, id_ in self.records[:limit]]
        more = {"truncated": True, "total": len(self.records)} if len(shown) < len(self.records) else {}
        return {"value": self.value, "records": shown, **more}


@dataclass(frozen=True, slots=True)
class Measure:
    """What an indicator comes to. `standard`: (numerator, denominator) as the standard itself words it."""

    numerator: Part
    denominator: Part | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    standard: tuple[int, int] | None = None

    @property
    def value(self) -> Fraction:
        """Exactly."""
        return Fraction(self.numerator.value, 1 if self.denominator is None else self.denominator.value)

    def told(self) -> Plain:
        """The parameters, with the standard's own reading where that is another number."""
        own = None if self.denominator is None else (self.numerator.value, self.denominator.value)
        if self.standard is None or self.standard == own:
            return dict(self.parameters)
        numerator, denominator = self.standard
        value = numerator / denominator if denominator else None
        return {**self.parameters, "standard": {"numerator": numerator, "denominator": denominator, "value": value}}


@dataclass(frozen=True)
class Facts:
    """All that indicators read, at a moment. `began`: since when there is a register. `live`: live CIs at moments."""

    at: datetime
    ledgers: Ledgers
    changes: Sequence[Change] = ()
    incidents: Sequence[Incident] = ()
    audits: Sequence[Audit] = ()
    feeds: Sequence[Feed] = ()
    targets: Sequence[Target] = ()
    began: datetime | None = None
    live: Mapping[datetime, int] = field(default_factory=dict)

    def is_fed(self, table: str, period: Period) -> bool:
        """Whether a feed of this table is declared in the period."""
        return any(feed.table == table and feed.is_on(period.start, period.end) for feed in self.feeds)


Found = Measure | Message  # a message says why it cannot be measured
Function = Callable[[Facts, Period], Found]


@dataclass(frozen=True, slots=True)
class Kpi:
    """One line of the registry; `name` is the key of its name among the texts."""

    id: str
    name: str
    clause: str
    formula: str
    unit: Unit
    function: Function

    @property
    def order(self) -> tuple[int, int]:
        """Its place among all: B3.8 before B11.1."""
        clause, number = self.id.removeprefix("B").split(".")
        return int(clause), int(number)


@dataclass(frozen=True, slots=True)
class Value:
    """What an indicator came to in a period, with the months up to then."""

    kpi: Kpi
    found: Found
    target: Target | None
    trend: tuple[tuple[str, Found], ...]

    @property
    def status(self) -> str:
        """`not_measurable`, else `met` or `missed` where there is a target, else `measured`."""
        if isinstance(self.found, Message):
            return "not_measurable"
        if self.target is None:
            return "measured"
        return "met" if self.target.is_met(self.found.value) else "missed"

    def plain(self, limit: int | None = None) -> Plain:
        """As JSON (ANSWERS: kpi); records beyond `limit` of a list are counted."""
        found, kpi = self.found, self.kpi
        head = {"id": kpi.id, "clause": kpi.clause, "formula": kpi.formula, "unit": kpi.unit}
        parts: list[Plain | None] = [None, None]
        if isinstance(found, Measure):
            parts = [None if p is None else p.plain(limit) for p in (found.numerator, found.denominator)]
        return {
            **head, "value": _value(found), "status": self.status, "reason": _reason(found),
            "numerator": parts[0], "denominator": parts[1],
            "target": self.target and {"op": self.target.op, "value": self.target.value},
            "trend": [{"period": name, "value": _value(each), "reason": _reason(each)} for name, each in self.trend],
            "parameters": found.told() if isinstance(found, Measure) else {},
        }  # fmt: skip


def _value(found: Found) -> int | float | None:
    if isinstance(found, Message):
        return None
    return found.numerator.value if found.denominator is None else float(found.value)


def _reason(found: Found) -> Plain | None:
    if isinstance(found, Measure):
        return None
    return {"key": found.key, "params": dict(found.params), "severity": "review"}


def evaluated(kpi: Kpi, facts: Facts, period: Period) -> Value:
    """An indicator in a period and in the months up to its end.

    A ratio of nothing is not measurable, and neither is a period that has not begun.
    """
    trend = tuple((month.id, _measured(kpi, facts, month)) for month in period.trend())
    return Value(kpi, _measured(kpi, facts, period), _target(kpi, facts, period), trend)


def _measured(kpi: Kpi, facts: Facts, period: Period) -> Found:
    if period.start > facts.at:
        return Message("kpi.not_begun", {"period": period.id})
    found = kpi.function(facts, period)
    if isinstance(found, Measure) and found.denominator is not None and not found.denominator.value:
        return Message("kpi.nothing_to_measure", {"period": period.id})
    return found


def _target(kpi: Kpi, facts: Facts, period: Period) -> Target | None:
    held = [target for target in facts.targets if target.kpi_id == kpi.id and (target.start or FIRST) < period.end]
    return max(held, key=lambda target: target.start or FIRST, default=None)


def counted(facts: Facts, period: Period, table: str, kind: str, ids: Iterable[str], *, has_records: bool) -> Found:
    """A count, which is 0 only where its table has a record or a declared feed in the period (ANSWERS)."""
    part = Part.of(kind, ids)
    if part.value or has_records or facts.is_fed(table, period):
        return Measure(part)
    return no_records(table, period)


def no_records(table: str, period: Period) -> Message:
    """Not measurable: nothing is recorded, and nobody says that it would be."""
    return Message("kpi.no_records", {"table": table, "period": period.id})
