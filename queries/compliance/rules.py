"""The rules by which requirements are judged; which requirement takes which one is data (`graph/compliance`)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from graph.compliance import Requirement
from graph.errors import Message, ParamValue
from queries.claims import LATE_DECISION, unapproved
from queries.compliance.frame import Compliance, Failing, Judged, Known, Papers, Verdict

Rule = Callable[[Known, Requirement], Judged | Message]
CHANGE, UPDATE, DOCUMENT = "change", "update", "document"
COMING = ("approved", "scheduled", "implementing")  # statuses of changes that the schedule holds
EMERGENCY = "emergency"


def judged(known: Known, some: Sequence[Requirement]) -> Compliance:
    """Every one of some requirements, in their order."""
    return Compliance(tuple(Verdict(each, RULES[each.rule](known, each)) for each in some))


def papers(known: Known, wanted: Requirement) -> Judged | Message:
    """Each change of a group has the fields that are named."""
    return _each(_group(known, wanted.of), lambda each: _lacking(each, wanted))


def approved_papers(known: Known, wanted: Requirement) -> Judged | Message:
    """Each has them and is approved; one that has not begun may still be decided."""
    some = _group(known, wanted.of)
    waiting = [each for each in some if _waits(known, each) and not _lacking(each, wanted)]
    found = _each(some, lambda each: [*_lacking(each, wanted), *([] if _waits(known, each) else _unapproved(each))])
    return found if isinstance(found, Message) else Judged(found.looked_at, found.failing, len(waiting))


def recorded(known: Known, _wanted: Requirement) -> Judged | Message:
    """R11.2a: each update of the register in the period is one of a change, or is excepted."""
    entries = known.ledgers.entries(known.period.start, known.period.end)
    if not entries:
        return _nothing("updates")
    failing = [
        Failing(UPDATE, each.update.id, (Message("compliance.no_change", {"ci_id": each.update.ci_id}),))
        for each in entries
        if each.bucket == "update_without_change" and each.exception is None
    ]
    return Judged(len(entries), tuple(failing))


def before_and_after(known: Known, wanted: Requirement) -> Judged | Message:
    """R11.2d: approved before it begins, and reviewed after it ended; emergencies have a rule of their own."""
    some = [each for each in known.started if each.change.category != EMERGENCY]
    pending = [each for each in some if _waits(known, each) or _may_come(known, each, wanted.within)]

    def reasons(each: Papers) -> list[Message]:
        late = [] if _waits(known, each) else _unapproved(each)
        return late + _unreviewed(known, each, wanted.within)

    found = _each(some, reasons)
    if isinstance(found, Message):
        return found
    failing = {each.id for each in found.failing}
    return Judged(
        found.looked_at, found.failing, len([each for each in pending if each.change.change_id not in failing])
    )  # fmt: skip


def emergencies(known: Known, _wanted: Requirement) -> Judged | Message:
    """R11.2e: each emergency is authorised, at the latest three days after its end."""
    some = [each for each in known.started if each.change.category == EMERGENCY]
    if not some and known.started:
        return Judged(0, ())  # none was needed: the others say that changes are recorded
    waiting = {each.change.change_id for each in some if _emergency_waits(known, each)}
    found = _each(some, lambda each: [] if each.change.change_id in waiting else _unapproved(each))
    return found if isinstance(found, Message) else Judged(found.looked_at, found.failing, len(waiting))


def schedule(known: Known, _wanted: Requirement) -> Judged | Message:
    """R11.2f: each coming change has its place in the schedule, and none stays there after its time."""
    some = [each for each in known.papers if each.change.status in COMING]

    def reasons(each: Papers) -> list[Message]:
        change = each.change
        if not change.has_window or change.planned_end is None:
            return [Message("compliance.no_window", {})]
        over = change.planned_end <= known.at
        return [Message("compliance.not_moved_on", {"status": str(change.status)})] if over else []

    return _each(some, reasons)


def analysed(known: Known, wanted: Requirement) -> Judged | Message:
    """R11.2g: at the end of the period the last analysis is no older than that."""
    end = min(known.period.end, known.at).astimezone(known.period.end.tzinfo).date()
    days = [each for each in known.documents if each.kind == wanted.document and each.day <= end]
    if not days:
        return Message("compliance.no_document", {"kind": wanted.document})
    last = max(days, key=lambda each: (each.day, each.ci_id))
    if last.day + wanted.within >= end:
        return Judged(len(days), ())
    reason = Message("compliance.too_old", {"day": last.day.isoformat(), "days": wanted.within.days})
    return Judged(len(days), (Failing(DOCUMENT, last.ci_id, (reason,)),), lapsed=True)


def followed(known: Known, wanted: Requirement) -> Judged | Message:
    """R11.2h: each analysis of the period is followed by an improvement plan that takes its conclusions up."""
    zone = known.period.end.tzinfo
    start, end = known.period.start.date(), known.period.end.date()
    today = known.at.astimezone(zone).date()
    some = [each for each in known.documents if each.kind == wanted.after and start <= each.day < end]
    plans = [each.day for each in known.documents if each.kind == wanted.document]
    if not some:
        return Message("compliance.no_document", {"kind": wanted.after})
    open_ = [each for each in some if not any(each.day <= day <= each.day + wanted.within for day in plans)]
    waiting = [each for each in open_ if today <= each.day + wanted.within]
    reason = Message("compliance.not_followed", {"kind": wanted.document, "days": wanted.within.days})
    failing = tuple(Failing(DOCUMENT, each.ci_id, (reason,)) for each in open_ if each not in waiting)
    return Judged(len(some), failing, len(waiting))


def accepted(known: Known, _wanted: Requirement) -> Judged | Message:
    """R7c: what alters a service is accepted before it goes live, at the end of its change."""

    def reasons(each: Papers) -> list[Message]:
        if each.accepted_at is None:
            return [Message("compliance.not_accepted", {})]
        end = each.change.actual_end
        return [Message("compliance.accepted_late", {})] if end is not None and each.accepted_at > end else []

    return _each([each for each in known.ended if each.named and each.change.is_implemented], reasons)


def reported(known: Known, wanted: Requirement) -> Judged | Message:
    """R7d: of what altered a service there is a report, no later than that after its end."""
    some = [each for each in known.ended if each.named]
    found = _each(some, lambda each: _unreviewed(known, each, wanted.within))
    pending = [each for each in some if _may_come(known, each, wanted.within)]
    return found if isinstance(found, Message) else Judged(found.looked_at, found.failing, len(pending))


def noticed(known: Known, _wanted: Requirement) -> Judged | Message:
    """R9.1f: the customers of the services that a change affects are told."""

    def reasons(each: Papers) -> list[Message]:
        untold = sorted(each.customers - each.notified)
        params: dict[str, ParamValue] = {"customers": ", ".join(untold[:10]), "count": len(untold)}
        return [Message("compliance.not_told", params)] if untold else []

    return _each([each for each in known.started if each.customers], reasons)


RULES: Mapping[str, Rule] = {
    rule.__name__: rule
    for rule in (papers, approved_papers, recorded, before_and_after, emergencies, schedule, analysed, followed,
                 accepted, reported, noticed)
}  # fmt: skip


def _each(some: Sequence[Papers], reasons: Callable[[Papers], Iterable[Message]]) -> Judged | Message:
    if not some:
        return _nothing("changes")
    found = [Failing(CHANGE, each.change.change_id, tuple(reasons(each))) for each in some]
    failing = sorted((each for each in found if each.reasons), key=lambda each: each.id)
    return Judged(len(some), tuple(failing))


def _nothing(table: str) -> Message:
    return Message("compliance.nothing", {"table": table})


def _group(known: Known, of: str) -> list[Papers]:
    return [each for each in known.started if of == "changes" or each.named]


def _lacking(each: Papers, wanted: Requirement) -> list[Message]:
    lacking = [need for need in wanted.needs if not any(each.filled.has(part) for part in need.split("|"))]
    return [Message("compliance.lacks", {"what": ", ".join(lacking)})] if lacking else []


def _unapproved(each: Papers) -> list[Message]:
    why = unapproved(each.change)
    return [] if why is None else [Message(f"compliance.{why}", {})]


def _waits(known: Known, each: Papers) -> bool:
    # not decided, and not begun
    change = each.change
    begun = change.actual_start is not None or change.status not in ("submitted", "assessed", "approved", "scheduled")
    late = each.start is not None and each.start <= known.at
    return change.decision is None and not begun and not late


def _emergency_waits(known: Known, each: Papers) -> bool:
    end = each.change.actual_end or each.change.planned_end or each.start
    return each.change.decision is None and end is not None and known.at <= end + LATE_DECISION


def _may_come(known: Known, each: Papers, within: timedelta) -> bool:
    # its review is not there, and not due yet
    end = each.change.actual_end
    return end is not None and not each.filled.has("post_implementation_review") and known.at <= end + within


def _unreviewed(known: Known, each: Papers, within: timedelta) -> list[Message]:
    end = each.change.actual_end
    is_due = end is not None and known.at > end + within
    missing = is_due and not each.filled.has("post_implementation_review")
    return [Message("compliance.not_reviewed", {"days": within.days})] if missing else []
