"""Indicators of service continuity that incidents give (Annex B.3)."""

from datetime import datetime, timedelta

from graph.records.incidents import Incident
from queries.kpis.frame import Facts, Found, Measure, counted
from queries.kpis.period import Period

AGAIN = timedelta(days=30)  # ANSWERS: how B11 is counted


def repeated_incidents(facts: Facts, period: Period) -> Found:
    """B3.8 incidents of a CI of which an earlier one was resolved at most 30 days before."""
    begun = [incident for incident in facts.incidents if period.holds(started(incident))]
    ends: dict[str, list[tuple[datetime, str]]] = {}
    for incident in facts.incidents:
        if incident.ci_id is not None and incident.resolved_at is not None:
            ends.setdefault(incident.ci_id, []).append((incident.resolved_at, incident.incident_id))
    found = [incident.incident_id for incident in begun if _is_repeated(incident, ends)]
    measure = counted(facts, period, "incidents", "incident", found, has_records=bool(begun))
    if isinstance(measure, Measure):
        return Measure(measure.numerator, parameters={"days": AGAIN.days})
    return measure


def started(incident: Incident) -> datetime | None:
    """When an incident began; where that is not known, when it was detected."""
    return incident.started_at or incident.detected_at


def _is_repeated(incident: Incident, ends: dict[str, list[tuple[datetime, str]]]) -> bool:
    begun = started(incident)
    return begun is not None and any(
        other != incident.incident_id and resolved <= begun <= resolved + AGAIN
        for resolved, other in ends.get(incident.ci_id or "", ())
    )
