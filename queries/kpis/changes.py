"""Indicators of change and configuration management (Annex B.11)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from graph.records.audits import Audit
from graph.records.changes import Change
from graph.records.updates import is_there
from queries.claims import LATE_DECISION, WITHOUT_RESULT, unapproved
from queries.kpis.frame import Facts, Found, Measure, Part, counted, no_records
from queries.kpis.period import Period
from queries.ledgers import UPDATES, WITHOUT

DUE = ("met", "contradicted", "change_without_update")


def obligations_met(facts: Facts, period: Period) -> Found:
    """B11.1 obligations met : due. The standard counts changes: those of which every obligation is met."""
    due = [each for each in facts.ledgers.obliged(period.start, period.end) if each.bucket in DUE]
    met = [each for each in due if each.bucket == "met"]
    changes = {each.change_id for each in due}
    whole = changes - {each.change_id for each in due if each.bucket != "met"}
    standard = (len(whole), len(changes))
    unclear = facts.ledgers.obliged(period.start, period.end, "not_measurable")
    parameters = _told(obligations_not_measurable=len(unclear))
    parts = _parts("obligation", (e.id for e in met), (e.id for e in due))
    return Measure(*parts, parameters=parameters, standard=standard)


def unauthorised_cis(facts: Facts, period: Period) -> Found:
    """B11.2 CIs that live at the period's end, whose existence no change covers and no exception accepts."""
    end = min(period.end, facts.at)
    found = [ci_id for ci_id, place in _existing(facts, end).items() if _is_unauthorised(facts, place, end)]
    has_records = facts.began is not None and facts.began < period.end
    return counted(facts, period, "cis", "ci", found, has_records=has_records)


def _existing(facts: Facts, end: datetime) -> dict[str, int]:
    # CI → the update since which it exists; of CIs that exist and live then, baselines aside
    since: dict[str, int] = {}
    live: dict[str, bool] = {}
    for place, update in enumerate(facts.ledgers.updates):
        if update.at >= end:
            continue
        if update.kind == "existence":
            there = update.new if isinstance(update.new, dict) and is_there(update.new) else None
            since.pop(update.ci_id, None)
            if there is not None:
                since[update.ci_id], live[update.ci_id] = place, there.get("status") == "live"
        elif update.kind == "attribute" and update.field == "status":
            live[update.ci_id] = update.new == "live"
    return {ci_id: place for ci_id, place in since.items() if live[ci_id]}


def _is_unauthorised(facts: Facts, place: int, end: datetime) -> bool:
    ledgers = facts.ledgers
    return bool(ledgers.bucket[place] == WITHOUT) and ledgers.exception_of(ledgers.updates[place], end) is None


def updates_claimed(facts: Facts, period: Period) -> Found:
    """B11.3 updates that a change claims : updates."""
    ledgers = facts.ledgers

    def ids(buckets: Iterable[str]) -> list[str]:
        places = (place for bucket in buckets for place in ledgers.places(period.start, period.end, bucket).tolist())
        return [ledgers.updates[place].id for place in places]

    return Measure(*_parts("update", ids(b for b in UPDATES if b != "update_without_change"), ids(UPDATES)))


def correct_cis(facts: Facts, period: Period) -> Found:
    """B11.4 CIs whose last audit in the period found them correct : CIs audited. The standard divides by all CIs."""
    last: dict[str, Audit] = {}
    for audit in sorted(facts.audits, key=lambda each: (each.audited_at or period.end, each.audit_id)):
        if period.holds(audit.audited_at):
            last[audit.ci_id] = audit
    correct = [audit.audit_id for audit in last.values() if audit.correct]
    live = facts.live.get(period.end)
    if live is None:
        return Measure(*_parts("audit", correct, (audit.audit_id for audit in last.values())))
    coverage = {"coverage": {"audited": len(last), "live": live}}
    parts = _parts("audit", correct, (audit.audit_id for audit in last.values()))
    return Measure(*parts, parameters=coverage, standard=(len(correct), live))


def first_time_successes(facts: Facts, period: Period) -> Found:
    """B11.5 changes that succeeded at the first attempt : those that ended with a known outcome.

    A success whose attempts are not recorded is neither: it is told. The standard divides by all that ended.
    """
    ended = _ended(facts, period)
    known = [c for c in ended if c.outcome is not None and not _is_uncounted(c)]
    first = [c for c in known if c.outcome == "success" and c.attempts == 1]
    untold = len([c for c in ended if _is_uncounted(c)])
    parameters = _told(attempts_unknown=untold, ends_unknown=_without_end(facts, period))
    return Measure(*_changes(first, known), parameters=parameters, standard=(len(first), len(ended)))


def _is_uncounted(change: Change) -> bool:
    return change.outcome == "success" and change.attempts is None


def unauthorised_changes(facts: Facts, period: Period) -> Found:
    """B11.6 changes started and not approved; an emergency may be decided until three days after its end.

    One that took place and has no actual start began when it was planned to, at the latest at its end; that is told.
    """
    started = [change for change in facts.changes if period.holds(_begun(change))]
    waiting = [change for change in started if _waits(change, facts.at)]
    # whether a decision came in time is not known where no start is
    found = [c.change_id for c in started if c not in waiting and unapproved(c) not in (None, "no_start")]
    measure = counted(facts, period, "changes", "change", found, has_records=bool(started))
    if isinstance(measure, Measure):
        without = len([change for change in started if change.actual_start is None])
        return replace(measure, parameters=_told(emergencies_undecided=len(waiting), starts_unknown=without))
    return measure


def _begun(change: Change) -> datetime | None:
    if change.actual_start is not None or not _took_place(change):
        return change.actual_start
    return change.planned_start or change.actual_end


def _took_place(change: Change) -> bool:
    return change.is_implemented or change.status in WITHOUT_RESULT or change.actual_end is not None


def _waits(change: Change, at: datetime) -> bool:
    # where no end is known, until three days after its start
    end = change.actual_end or change.planned_end or _begun(change)
    return change.category == "emergency" and change.decision is None and end is not None and at - LATE_DECISION <= end


def change_incidents(facts: Facts, period: Period) -> Found:
    """B11.7 changes that ended and caused an incident : changes that ended. The standard counts the incidents."""
    ended = _ended(facts, period)
    caused = [incident.caused_by_change for incident in facts.incidents if incident.caused_by_change is not None]
    ids = {change.change_id for change in ended}
    bad = [change for change in ended if change.change_id in set(caused)]
    recorded = any(period.holds(each.started_at or each.detected_at) for each in facts.incidents)
    if not (bad or recorded or facts.is_fed("incidents", period)):
        return no_records("incidents", period)
    parameters = _told(ends_unknown=_without_end(facts, period))
    standard = (len([each for each in caused if each in ids]), len(ended))
    return Measure(*_changes(bad, ended), parameters=parameters, standard=standard)


def approvals(facts: Facts, period: Period) -> Found:
    """B11.8 changes decided and approved : decided. The standard divides by the requests, decided or not."""
    decided = [c for c in facts.changes if c.decision is not None and period.holds(c.decided_at)]
    approved = [change for change in decided if change.decision == "approved"]
    requested = [change for change in facts.changes if period.holds(change.submitted_at)]
    of_those = [change for change in requested if change.decision == "approved"]
    standard = (len(of_those), len(requested)) if requested else None
    return Measure(*_changes(approved, decided), standard=standard)


def on_time(facts: Facts, period: Period) -> Found:
    """B11.9 changes that ended not after their planned end : those that ended and had one. The standard: all ended."""
    ended = _ended(facts, period)
    both = [(change, change.planned_end) for change in ended if change.planned_end is not None]
    kept = [change for change, planned in both if change.actual_end is not None and change.actual_end <= planned]
    parameters = _told(ends_unknown=_without_end(facts, period))
    parts = _changes(kept, [change for change, _ in both])
    return Measure(*parts, parameters=parameters, standard=(len(kept), len(ended)))


def emergencies(facts: Facts, period: Period) -> Found:
    """B11.10 emergency changes by their actual, else planned start."""
    begun = [change for change in facts.changes if period.holds(change.actual_start or change.planned_start)]
    found = [change.change_id for change in begun if change.category == "emergency"]
    return counted(facts, period, "changes", "change", found, has_records=bool(begun))


def _ended(facts: Facts, period: Period) -> list[Change]:
    return [change for change in facts.changes if period.holds(change.actual_end)]


def _without_end(facts: Facts, period: Period) -> int:
    # changes that took place and whose end nobody recorded; by when they were planned to end, or began
    took_place = [change for change in facts.changes if change.actual_end is None and _took_place(change)]
    return len([change for change in took_place if period.holds(change.planned_end or _begun(change))])


def _told(**counts: int) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _changes(some: Sequence[Change], of: Sequence[Change]) -> tuple[Part, Part]:
    return _parts("change", (change.change_id for change in some), (change.change_id for change in of))


def _parts(kind: str, some: Iterable[str], of: Iterable[str]) -> tuple[Part, Part]:
    return Part.of(kind, some), Part.of(kind, of)
