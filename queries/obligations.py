"""What implemented changes owe the register, and whether it is there (SEMANTICS 8: obligations)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from graph.errors import Message
from graph.records.edits import Edit
from graph.records.updates import Update
from queries.approvals import ApprovedEdit, Key, deciding, keys_of
from queries.claims import Claim
from queries.meets import I64

OBLIGATIONS = ("met", "contradicted", "change_without_update", "pending", "not_measurable")
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Obligation:
    """What an implemented change owes the register: one of its edits, or (`edit` is `None`) any update at all."""

    change_id: str
    number: int
    edit: Edit | None
    start: datetime | None
    due_at: datetime | None
    bucket: str
    update: Update | None
    reason: Message | None

    @property
    def id(self) -> str:
        """The change and which of its edits, from 1; 0 where it has none."""
        return f"{self.change_id}/{self.number}"

    @property
    def moment(self) -> datetime | None:
        """The moment that says which period it belongs to: its due time, else its start; `None`: to every one."""
        return self.due_at or self.start


class Shown:
    """The updates that changes claim, as places in a list that is in the order of revisions; the last one counts."""

    def __init__(self, updates: Sequence[Update], claims: Sequence[Claim], pairs: tuple[I64, I64]) -> None:
        self.updates = updates
        question, claim = pairs
        self.last: dict[int, int] = dict(zip(claim.tolist(), question.tolist(), strict=True))
        edited = np.array([each.is_edited for each in claims], np.bool_)[claim]
        self.edited = list(zip(question[edited].tolist(), claim[edited].tolist(), strict=True))
        self.keys: dict[int, tuple[Key, ...]] = {}
        self.last_of: dict[int, dict[Key, int]] = {}
        for place, number in self.edited:
            if place not in self.keys:
                self.keys[place] = tuple(keys_of(updates[place]))
            last = self.last_of.setdefault(number, {})
            for key in self.keys[place]:
                last[key] = place


def obligations(claims: Sequence[Claim], shown: Shown, at: datetime) -> list[Obligation]:
    """Every obligation in its bucket, in the order of due time (unknown ones last), change and edit."""
    found = [
        each for number, claim in enumerate(claims) if claim.is_obliged for each in _owed(claim, number, shown, at)
    ]
    return sorted(found, key=lambda each: (each.due_at or LAST, each.change_id, each.number))


def _owed(claim: Claim, number: int, shown: Shown, at: datetime) -> Iterator[Obligation]:
    if not claim.edits:
        yield _settled(
            claim, 0, None, at, shown.updates[shown.last[number]] if number in shown.last else None, met=True
        )
        return
    last = shown.last_of.get(number, {})
    for place, edit in enumerate(claim.edits, 1):
        update, met = _found(edit, claim, last, shown)
        yield _settled(claim, place, edit.edit, at, update, met=met)


def _found(edit: ApprovedEdit, claim: Claim, last: Mapping[Key, int], shown: Shown) -> tuple[Update | None, bool]:
    # an edit of several fields is contradicted by one of them, and met where some of them came and none is other
    places = [last[effect.key] for effect in edit.effects if effect.main and effect.key in last]
    other = [place for place in places if not _is_approved(claim, place, shown)]
    return (shown.updates[max(other or places)] if places else None), not other


def _is_approved(claim: Claim, place: int, shown: Shown) -> bool:
    # what the change's last edit of a field says is what it approves in the end
    effect = deciding(claim.approved, shown.keys[place])
    return effect is not None and effect.holds(shown.updates[place])


def _settled(
    claim: Claim, number: int, edit: Edit | None, at: datetime, update: Update | None, *, met: bool
) -> Obligation:
    due, times = claim.due, "planned" if claim.planned else "actual"
    reason: Message | None = None
    if due is None or claim.edits is None:
        bucket, update = "not_measurable", None
        reason = Message("ledgers.no_end" if due is None else "ledgers.edits_unreadable")
    elif at < due:
        bucket, reason = "pending", Message("ledgers.not_due", {"times": times})
    elif update is None:
        bucket = "change_without_update"
        why = f"ledgers.denied_{claim.denied}" if claim.denied else "ledgers.no_update"
        reason = Message(why, {"change_id": claim.change_id, "times": times})
    elif not met:
        bucket, reason = "contradicted", Message("ledgers.contradicted", {"update_id": update.id, "times": times})
    else:
        bucket = "met"
        reason = Message("ledgers.planned_times", {"times": times}) if claim.planned else None
    return Obligation(claim.change_id, number, edit, claim.start, due, bucket, update, reason)
