"""The indicators straight from ANSWERS, "How B11 is counted": (numerator, denominator), or why there is none.

Records are looked through one by one; the ledgers are the slow ones.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from graph.records.audits import Audit
from graph.records.changes import Change
from graph.records.feeds import Feed
from graph.records.incidents import Incident
from queries.kpis.period import Period
from tests.queries.slow_ledgers import bucket_of_update, due_of, end_of, is_approved, obligations, start_of, status
from tests.queries.worlds import World

Counted = tuple[int, int | None] | str


@dataclass
class Register:
    """A world with what indicators read beside it."""

    world: World
    incidents: list[Incident]
    audits: list[Audit]
    feeds: list[Feed]
    began: datetime | None


def counted(register: Register, kpi: str, period: Period) -> Counted:
    if period.start > register.world.at:
        return "kpi.not_begun"
    found = BY_ID[kpi](register, period)
    if isinstance(found, tuple) and found[1] == 0:
        return "kpi.nothing_to_measure"
    return found


def within(period: Period, moment: datetime | None) -> bool:
    return moment is not None and period.start <= moment < period.end


def is_fed(register: Register, table: str, period: Period) -> bool:
    return any(
        feed.table == table
        and (feed.start is None or feed.start < period.end)
        and (feed.end is None or feed.end > period.start)
        for feed in register.feeds
    )


def a_count(register: Register, table: str, period: Period, count: int, *, any_record: bool) -> Counted:
    return (count, None) if any_record or is_fed(register, table, period) else "kpi.no_records"


def b11_1(register: Register, period: Period) -> Counted:
    world = register.world
    buckets = obligations(world.updates, world.changes, world.at)
    due = [
        bucket
        for id_, bucket in buckets.items()
        for change in world.changes
        if change.change_id == id_.split("/")[0] and within(period, due_of(change))
        and bucket in ("met", "contradicted", "change_without_update")
    ]  # fmt: skip
    return due.count("met"), len(due)


def b11_2(register: Register, period: Period) -> Counted:
    world, count = register.world, 0
    end = min(period.end, world.at)
    for ci_id in {update.ci_id for update in world.updates}:
        mine = sorted((u for u in world.updates if u.ci_id == ci_id), key=lambda u: u.revision)
        past = [u for u in mine if u.at < end]
        existence = [u for u in past if u.kind == "existence"]
        if not existence or status(existence[-1]) != "live":
            continue
        last = existence[-1]
        bucket = bucket_of_update(last, world.updates, world.changes)[0]
        accepted = any(e.subject == ci_id and e.covers("existence", end) for e in world.exemptions)
        count += bucket == "update_without_change" and not accepted
    return a_count(
        register, "cis", period, count, any_record=register.began is not None and register.began < period.end
    )


def b11_3(register: Register, period: Period) -> Counted:
    world = register.world
    mine = [update for update in world.updates if within(period, update.at)]
    claimed = [update for update in mine if bucket_of_update(update, world.updates, world.changes)[1]]
    return len(claimed), len(mine)


def b11_4(register: Register, period: Period) -> Counted:
    audits = [audit for audit in register.audits if within(period, audit.audited_at)]
    last = [
        max((a for a in audits if a.ci_id == ci_id), key=lambda a: (a.audited_at or period.start, a.audit_id))
        for ci_id in {audit.ci_id for audit in audits}
    ]
    return len([audit for audit in last if audit.correct]), len(last)


def ended(register: Register, period: Period) -> list[Change]:
    return [change for change in register.world.changes if within(period, change.actual_end)]


def b11_5(register: Register, period: Period) -> Counted:
    known = [c for c in ended(register, period) if c.outcome and not (c.outcome == "success" and c.attempts is None)]
    return len([c for c in known if (c.outcome, c.attempts) == ("success", 1)]), len(known)


def begun(change: Change) -> datetime | None:
    took_place = change.actual_end or change.status in ("implemented", "reviewed", "closed", "failed", "backed_out")
    return change.actual_start or ((change.planned_start or change.actual_end) if took_place else None)


def b11_6(register: Register, period: Period) -> Counted:
    started = [change for change in register.world.changes if within(period, begun(change))]
    count = 0
    for change in started:
        end = end_of(change) or begun(change)
        may_come = end is not None and register.world.at <= end + timedelta(days=3)
        waits = change.category == "emergency" and change.decision is None and may_come
        is_dated = change.decision == "approved" and change.decided_at is not None
        unclear = start_of(change) is None and is_dated and change.category != "emergency"
        count += not is_approved(change) and not waits and not unclear
    return a_count(register, "changes", period, count, any_record=bool(started))


def b11_7(register: Register, period: Period) -> Counted:
    mine = ended(register, period)
    bad = len([c for c in mine if any(i.caused_by_change == c.change_id for i in register.incidents)])
    recorded = any(within(period, i.started_at or i.detected_at) for i in register.incidents)
    return (bad, len(mine)) if bad or recorded or is_fed(register, "incidents", period) else "kpi.no_records"


def b11_8(register: Register, period: Period) -> Counted:
    decided = [change for change in register.world.changes if change.decision and within(period, change.decided_at)]
    return len([change for change in decided if change.decision == "approved"]), len(decided)


def b11_9(register: Register, period: Period) -> Counted:
    both = [(c.actual_end, c.planned_end) for c in ended(register, period) if c.actual_end and c.planned_end]
    return len([1 for actual, planned in both if actual <= planned]), len(both)


def b11_10(register: Register, period: Period) -> Counted:
    begun = [change for change in register.world.changes if within(period, start_of(change))]
    count = len([change for change in begun if change.category == "emergency"])
    return a_count(register, "changes", period, count, any_record=bool(begun))


def b3_8(register: Register, period: Period) -> Counted:
    begun = [i for i in register.incidents if within(period, i.started_at or i.detected_at)]
    count = 0
    for one in begun:
        start = one.started_at or one.detected_at
        count += any(
            other.incident_id != one.incident_id and other.ci_id == one.ci_id and one.ci_id is not None
            and other.resolved_at is not None and start is not None
            and timedelta(0) <= start - other.resolved_at <= timedelta(days=30)
            for other in register.incidents
        )  # fmt: skip
    return a_count(register, "incidents", period, count, any_record=bool(begun))


BY_ID = {
    "B3.8": b3_8, "B11.1": b11_1, "B11.2": b11_2, "B11.3": b11_3, "B11.4": b11_4, "B11.5": b11_5, "B11.6": b11_6,
    "B11.7": b11_7, "B11.8": b11_8, "B11.9": b11_9, "B11.10": b11_10,
}  # fmt: skip
