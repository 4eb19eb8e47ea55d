"""Which changes may have made updates of which CIs, and when (SEMANTICS 8)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain, repeat
from operator import attrgetter
from typing import Literal, cast

import numpy as np

from graph.ontology import Ontology
from graph.records.changes import Change
from graph.records.updates import Update
from queries.approvals import ApprovedEdit, Latest, approved_edits, latest
from queries.meets import I64, Rows

FOREVER = 2**62  # microseconds; of a time that is not known

LATE_DECISION = timedelta(days=3)  # SEMANTICS 8: an emergency may be decided so long after its end
EMERGENCY = "emergency"  # the category that is decided afterwards
NEVER = frozenset({"draft", "rejected", "cancelled"})  # statuses of changes that did not take place
WITHOUT_RESULT = frozenset({"failed", "backed_out"})
Denied = Literal["not_approved", "decided_late", "undated_decision", "no_start", "never_took_place"]


@dataclass(frozen=True)
class Claim:
    """A change as the ledgers see it. `edits` is `None` where they cannot be read.

    `start` and `end` are the actual times, else (`planned`) the planned ones; `due` is the end and the grace.
    """

    change: Change
    edits: tuple[ApprovedEdit, ...] | None

    @property
    def change_id(self) -> str:
        """The id of the change."""
        return self.change.change_id

    @property
    def start(self) -> datetime | None:
        """When it began."""
        return self.change.actual_start or self.change.planned_start

    @property
    def end(self) -> datetime | None:
        """When it ended."""
        return self.change.actual_end or self.change.planned_end

    @property
    def planned(self) -> bool:
        """Whether a planned time stands for an actual one."""
        return self.change.actual_start is None or self.change.actual_end is None

    @cached_property
    def due(self) -> datetime | None:
        """When the register must show it."""
        end = self.end
        try:
            return None if end is None else end + timedelta(seconds=self.change.grace)
        except OverflowError:
            return None

    @cached_property
    def ci_ids(self) -> tuple[str, ...]:
        """The CIs that it affects or edits."""
        edited = (ci_id for edit in self.edits or () for ci_id in edit.ci_ids)
        return tuple(dict.fromkeys((*(ci_id for ci_id, _ in self.change.affected), *edited)))

    @cached_property
    def approved(self) -> Latest:
        """What it approves of each field that it edits."""
        return latest(self.edits or ())

    @property
    def is_edited(self) -> bool:
        """Whether it says what it changes."""
        return self.edits is None or bool(self.edits)

    @cached_property
    def denied(self) -> Denied | None:
        """Why it may claim nothing; `None`: it may."""
        if self.change.status in NEVER:
            return "never_took_place"
        return "no_start" if self.start is None else unapproved(self.change)

    @property
    def is_obliged(self) -> bool:
        """Whether the register owes it something: it is implemented, and not failed or backed out."""
        change = self.change
        owes = bool(self.edits) or self.edits is None or change.expects_update
        return change.is_implemented and change.outcome not in WITHOUT_RESULT and owes


def unapproved(change: Change) -> Denied | None:
    """Why a change was carried out without authorisation; `None`: it was approved in time.

    In time is not after its actual start (without one, its planned start); an emergency's decision may follow until
    three days after its end.
    """
    if change.decision != "approved":
        return "not_approved"
    if change.decided_at is None:
        return "undated_decision"
    start, end = change.actual_start or change.planned_start, change.actual_end or change.planned_end
    if start is not None and change.decided_at <= start:
        return None
    if change.category == EMERGENCY:
        return None if end is None or change.decided_at - LATE_DECISION <= end else "decided_late"
    return "no_start" if start is None else "decided_late"


def is_decided_late(change: Change, at: datetime | None) -> bool:
    """Whether a coming or running change was not approved before it was to begin, or is not yet though it is time."""
    if not change.is_active:
        return False
    if change.decision is not None:
        return unapproved(change) == "decided_late"
    start = change.actual_start or change.planned_start
    return change.category != EMERGENCY and start is not None and at is not None and start <= at


def claim_of(change: Change, ontology: Ontology) -> Claim:
    """A change with its edits read."""
    return Claim(change, approved_edits(change.edits, ontology))


def microseconds(moments: Sequence[datetime | None], unknown: int = -FOREVER) -> I64:
    """Moments as numbers; seconds as a float are exact to the microsecond until 2255."""
    count = len(moments)
    if None in moments:
        listed: Iterator[float] = (float("nan") if moment is None else moment.timestamp() for moment in moments)
        seconds = np.fromiter(listed, np.float64, count)
        known = ~np.isnan(seconds)
        return np.where(known, np.rint(np.where(known, seconds, 0.0) * 1e6), unknown).astype(np.int64)
    return np.rint(
        np.fromiter(map(datetime.timestamp, cast("Sequence[datetime]", moments)), np.float64, count) * 1e6
    ).astype(np.int64)


@dataclass(frozen=True)
class Asked:
    """Updates as arrays: between which moments each of them happened."""

    updates: Sequence[Update]
    after: I64
    until: I64

    @classmethod
    def of(cls, updates: Sequence[Update]) -> "Asked":
        """These updates."""
        after, until = ([getattr(update, name) for update in updates] for name in ("seen_after", "at"))
        return cls(updates, microseconds(after), microseconds(until))


@dataclass(frozen=True)
class Rowed:
    """Some of the claims as rows by CI, to be looked up; `claim` is the number of each row's claim."""

    owners: Mapping[str, int]
    rows: Rows
    claim: I64

    @classmethod
    def of(cls, claims: Sequence[Claim], numbers: Iterable[int]) -> "Rowed":
        """The rows of the claims of these numbers; one whose start is not known begins at its end, else is in none."""
        begun = np.array([number for number in numbers if claims[number].start or claims[number].end], np.int64)
        some = [claims[number] for number in begun]
        named = list(chain.from_iterable(claim.ci_ids for claim in some))
        owners = {ci_id: number for number, ci_id in enumerate(dict.fromkeys(named))}
        times = np.array([len(claim.ci_ids) for claim in some], np.int64)
        start = np.repeat(microseconds([claim.start or claim.end for claim in some], FOREVER), times)
        due = np.repeat(microseconds([claim.due for claim in some], FOREVER), times)
        owner = np.fromiter(map(owners.__getitem__, named), np.int64, len(named))
        return cls(owners, Rows.of(owner, start, due), np.repeat(begun, times))

    def ends(self, updates: Sequence[Update]) -> Iterator[tuple[I64, I64]]:
        """Places of updates with the numbers of their CIs; then of those with another end, with the numbers of that."""
        for name in ("ci_id", "other"):
            end = map(attrgetter(name), updates)
            owner = np.fromiter(map(self.owners.get, end, repeat(-1)), np.int64, len(updates))
            places = np.flatnonzero(owner >= 0)
            yield places, owner[places]

    def pairs(self, asked: Asked) -> tuple[I64, I64]:
        """(update, claim) where the claim names the update's CI or other end and was under way; in that order."""
        found = []
        for places, owner in self.ends(asked.updates):
            question, row = self.rows.meeting(owner, asked.after[places], asked.until[places])
            found.append((places[question], self.claim[row]))
        question, claim = (np.concatenate(part) for part in zip(*found, strict=True))
        # both ends of a relationship may be named by one change
        width = int(self.claim.max(initial=0)) + 1
        both = np.unique(question * width + claim)
        return both // width, both % width
