"""Incidents as records: what was disturbed, since when, and which change caused it (ANSWERS: table `incidents`)."""

from dataclasses import dataclass
from datetime import datetime

from graph.records.kept import moment, text, texts
from graph.values import State


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident; open until it is resolved."""

    incident_id: str
    title: str | None
    ci_id: str | None
    services: tuple[str, ...]
    status: str | None
    priority: str | None
    started_at: datetime | None
    detected_at: datetime | None
    diagnosed_at: datetime | None
    repaired_at: datetime | None
    resolved_at: datetime | None
    expected_end: datetime | None
    caused_by_change: str | None
    problem_id: str | None


def incident_of(incident_id: str, state: State) -> Incident:
    """An incident from its record."""
    return Incident(
        incident_id=incident_id,
        title=text(state, "title"),
        ci_id=text(state, "ci_id"),
        services=texts(state, "services"),
        status=text(state, "status"),
        priority=text(state, "priority"),
        started_at=moment(state, "started_at"),
        detected_at=moment(state, "detected_at"),
        diagnosed_at=moment(state, "diagnosed_at"),
        repaired_at=moment(state, "repaired_at"),
        resolved_at=moment(state, "resolved_at"),
        expected_end=moment(state, "expected_end"),
        caused_by_change=text(state, "caused_by_change"),
        problem_id=text(state, "problem_id"),
    )
