"""What every requirement shares: what is known, and what comes of it: a status with the records that fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from graph.compliance import Requirement
from graph.errors import Message
from graph.records.changes import Change
from queries.deciding import Filled
from queries.kpis.period import Period
from queries.ledgers import Ledgers

Status = Literal["met", "not_met", "lapsed", "no_evidence"]
Plain = dict[str, Any]
STARTLESS = frozenset({"draft", "cancelled", "rejected"})  # statuses of changes that do not take place


@dataclass(frozen=True, slots=True)
class Papers:
    """A change with what is filled in of it, and what only requirements read.

    `services`: business services that it names itself, or that it puts out or degrades; `named`: those that it names.
    `customers`: of these services, by agreements that hold then; `notified`: who was told.
    """

    change: Change
    filled: Filled
    services: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    customers: frozenset[str] = frozenset()
    notified: frozenset[str] = frozenset()
    accepted_at: datetime | None = None

    @property
    def start(self) -> datetime | None:
        """When it began, or is to begin."""
        return self.change.actual_start or self.change.planned_start


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the register: its kind, and the day that its review date names."""

    ci_id: str
    kind: str
    day: date


@dataclass(frozen=True)
class Known:
    """All that requirements read of a period, at a moment."""

    at: datetime
    period: Period
    papers: Sequence[Papers]
    ledgers: Ledgers
    documents: Sequence[Document] = ()

    @property
    def started(self) -> list[Papers]:
        """Changes that began in the period or are to begin in it, drafts and those that never come aside."""
        return [each for each in self.papers
                if each.change.status not in STARTLESS and self.period.holds(each.start)]  # fmt: skip

    @property
    def ended(self) -> list[Papers]:
        """Changes of which it is recorded that they ended in the period."""
        return [each for each in self.papers if self.period.holds(each.change.actual_end)]


@dataclass(frozen=True, slots=True)
class Failing:
    """A record that fails a requirement, and why."""

    kind: str
    id: str
    reasons: tuple[Message, ...]

    def plain(self) -> Plain:
        """As JSON."""
        return {"kind": self.kind, "id": self.id, "reasons": [_plain(each) for each in self.reasons]}


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule found: how many records it looked at, and those that fail; `pending`: may still come right."""

    looked_at: int
    failing: tuple[Failing, ...]
    pending: int = 0
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """A requirement, judged; a message says what there is no evidence of."""

    requirement: Requirement
    found: Judged | Message

    @property
    def status(self) -> Status:
        """Nothing is met by default: without a record to judge there is no evidence."""
        if isinstance(self.found, Message):
            return "no_evidence"
        if self.found.lapsed:
            return "lapsed"
        return "not_met" if self.found.failing else "met"

    def plain(self, limit: int | None = None) -> Plain:
        """As JSON; failing records beyond `limit` are counted."""
        found, wanted = self.found, self.requirement
        head = {"id": wanted.id, "clause": wanted.clause, "text": wanted.text, "status": self.status}
        if isinstance(found, Message):
            nothing = {"count": 0, "records": list[Plain]()}
            return {**head, "reason": _plain(found), "looked_at": 0, "pending": 0, "failing": nothing}
        records = [each.plain() for each in found.failing[:limit]]
        failing = {"count": len(found.failing), "records": records}
        return {**head, "reason": None, "looked_at": found.looked_at, "pending": found.pending, "failing": failing}


@dataclass(frozen=True, slots=True)
class Compliance:
    """Every requirement of a period."""

    verdicts: tuple[Verdict, ...] = field(default_factory=tuple)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of each status."""
        found = [each.status for each in self.verdicts]
        return {status: found.count(status) for status in ("met", "not_met", "lapsed", "no_evidence")}


def _plain(reason: Message) -> Plain:
    return {"key": reason.key, "params": dict(reason.params), "severity": "review"}
