"""Audits as records: whether a CI was found as the register says (ANSWERS: table `audits`)."""

from dataclasses import dataclass
from datetime import datetime

from graph.records.kept import moment, text
from graph.values import State


@dataclass(frozen=True, slots=True)
class Audit:
    """One look at one CI."""

    audit_id: str
    ci_id: str
    audited_at: datetime | None
    correct: bool
    auditor: str | None


def audit_of(audit_id: str, state: State) -> Audit:
    """An audit from its record."""
    return Audit(
        audit_id=audit_id,
        ci_id=text(state, "ci_id") or "",
        audited_at=moment(state, "audited_at"),
        correct=text(state, "result") == "correct",
        auditor=text(state, "auditor"),
    )
