"""Changes (RFC) as records: who, when, what is touched and with which effect (ANSWERS: table `changes`)."""

from dataclasses import dataclass
from datetime import datetime

from graph.records.kept import moment, number, text, texts, yes_or_no
from graph.values import State

ACTIVE = frozenset({"submitted", "assessed", "approved", "scheduled", "implementing"})
IMPLEMENTED = frozenset({"implemented", "reviewed", "closed"})
DEFAULT_EFFECT = "outage"  # of an affected CI for which the change names none
DEFAULT_GRACE = 86_400  # seconds (ANSWERS)
# what was decided on, with the outages that were agreed for it: to alter one of these begins another round of decisions
DECIDED_ON = (
    "category", "affected", "effect", "edits", "planned_start", "planned_end", "template", "team", "grace",
    "expects_update", "back_out_time",
)  # fmt: skip
FOUR_EYES = ("voices", "authors", "requested_by", "round")  # by which it is known who has spoken, and who may still
# fields that steps and decisions set, and nobody who saves
LED = (
    *FOUR_EYES, "submitted_at", "decision", "decided_at", "decided_by", "actual_start", "actual_end", "outcome",
    "attempts", "post_implementation_review",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `affected`: (`ci_id`, effect), by id. `edits`: as kept, canonical JSON; `None`: it has none.

    `back_out_time`: seconds that backing out takes.
    """

    change_id: str
    title: str
    category: str | None
    status: str | None
    team: str | None
    planned_start: datetime | None
    planned_end: datetime | None
    actual_start: datetime | None
    actual_end: datetime | None
    zone: str | None
    affected: tuple[tuple[str, str], ...]
    edits: str | None
    submitted_at: datetime | None
    decision: str | None
    decided_at: datetime | None
    decided_by: str | None
    outcome: str | None
    attempts: int | None
    expects_update: bool
    grace: int
    back_out_plan: str | None
    test_evidence: tuple[str, ...]
    assessment: str | None
    requested_by: str | None = None
    authors: tuple[str, ...] = ()
    round: int = 1
    template: str | None = None
    voices: tuple[str, ...] = ()
    origin: str | None = None
    back_out_time: int | None = None

    @property
    def own(self) -> frozenset[str]:
        """Whose it is, who asked for it or wrote at it: they do not decide on it."""
        return frozenset([*self.authors, *([] if self.requested_by is None else [self.requested_by])])

    @property
    def has_window(self) -> bool:
        """Whether it has a planned start, and a planned end after it if any."""
        start, end = self.planned_start, self.planned_end
        return start is not None and (end is None or start < end)

    @property
    def seconds(self) -> int | None:
        """How long its window is; `None` where it has none, or no end."""
        start, end = self.planned_start, self.planned_end
        return int((end - start).total_seconds()) if start is not None and end is not None and start < end else None

    @property
    def is_active(self) -> bool:
        """Whether it may still take place (ANSWERS: submitted … implementing)."""
        return self.status in ACTIVE

    @property
    def is_implemented(self) -> bool:
        """Whether it took place."""
        return self.status in IMPLEMENTED


def change_of(change_id: str, state: State) -> Change:
    """A change from its record."""
    effect = text(state, "effect") or DEFAULT_EFFECT
    parts = [item.partition("=") for item in texts(state, "affected")]
    edits, category = text(state, "edits"), text(state, "category")
    if edits in ("[]", "null"):
        edits = None
    expects, grace = yes_or_no(state, "expects_update"), number(state, "grace")
    return Change(
        change_id=change_id,
        title=text(state, "title") or "",
        category=category,
        status=text(state, "status"),
        team=text(state, "team"),
        planned_start=moment(state, "planned_start"),
        planned_end=moment(state, "planned_end"),
        actual_start=moment(state, "actual_start"),
        actual_end=moment(state, "actual_end"),
        zone=text(state, "zone"),
        affected=tuple((ci_id, own or effect) for ci_id, _, own in parts),
        edits=edits,
        submitted_at=moment(state, "submitted_at"),
        decision=text(state, "decision"),
        decided_at=moment(state, "decided_at"),
        decided_by=text(state, "decided_by"),
        outcome=text(state, "outcome"),
        attempts=number(state, "attempts"),
        expects_update=(edits is not None or category == "major") if expects is None else expects,
        grace=DEFAULT_GRACE if grace is None else grace,
        back_out_plan=text(state, "back_out_plan"),
        test_evidence=texts(state, "test_evidence"),
        assessment=text(state, "assessment"),
        requested_by=text(state, "requested_by"),
        authors=texts(state, "authors"),
        round=number(state, "round") or 1,
        template=text(state, "template"),
        voices=texts(state, "voices"),
        origin=text(state, "origin"),
        back_out_time=number(state, "back_out_time"),
    )
