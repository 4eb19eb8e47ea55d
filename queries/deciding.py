"""Whether a change is decided: whose voices it needs, whose it has, and who may still speak (R11.2c)."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from graph.errors import Message
from graph.lifecycle import Category, Step
from graph.records.changes import Change
from graph.records.decisions import Authority, Deputy, Voice
from graph.values import Value

APPROVED, REJECTED = "approved", "rejected"
PAPERS = ("assessment", "back_out_plan", "failure_plan", "implementation_plan", "test_evidence")
TABLES = ("assessment", "implementation_plan")  # fields whose parts a step can need


@dataclass(frozen=True, slots=True)
class Need:
    """`needed` different people must approve; `authority`: of its members or their deputies, `None`: any approvers.

    `by`: those who have, sorted.
    """

    authority: Authority | None
    needed: int
    by: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        """Whether enough of them have."""
        return len(self.by) >= self.needed


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a change is decided in its present round. `rejected_by`: who rejected it first; one is enough."""

    needs: tuple[Need, ...]
    rejected_by: str | None

    @property
    def decision(self) -> str | None:
        """`approved` or `rejected`, once that is so."""
        if self.rejected_by is not None:
            return REJECTED
        return APPROVED if all(need.is_met for need in self.needs) else None


@dataclass(frozen=True)
class Board:
    """What the register holds of those who decide."""

    authorities: Sequence[Authority] = ()
    deputies: Sequence[Deputy] = ()

    def concerned(self, change: Change) -> list[Authority]:
        """The authorities of changes of its category, in the order of their ids."""
        return [each for each in self.authorities if change.category in each.categories]

    def standing_in(self, change: Change) -> list[Deputy]:
        """The deputies who may speak on it, whenever."""
        return [each for each in self.deputies if each.concerns(change.change_id)]


def standing(change: Change, category: Category, voices: Iterable[Voice], board: Board) -> Standing:
    """How far a change is decided.

    Parameters
    ----------
    change
        The change, with the number of its present round: voices of earlier ones were given for something else.
    category
        Says how many different people must approve.
    voices
        Decisions on this change, others are left out; each person's first one in a round counts.
    board
        Authorities of whom a quorum must approve as well.

    Notes
    -----
    Four eyes: a voice of who asked for the change, or wrote at it, does not count, and nobody counts twice, whoever
    they speak for.
    """
    mine = list(_counted(change, voices))
    approving = [voice for voice in mine if voice.decision == APPROVED]
    people = tuple(sorted({voice.decided_by for voice in approving}))
    needs, deputies = [Need(None, category.voices, people)], board.standing_in(change)
    for authority in board.concerned(change):
        seats = _seats(authority, approving, deputies)
        needs.append(Need(authority, min(authority.quorum, len(authority.members)), tuple(sorted(seats))))
    rejecting = next((voice.decided_by for voice in mine if voice.decision == REJECTED), None)
    return Standing(tuple(needs), rejecting)


def refusal(change: Change, voices: Iterable[Voice], board: Board, who: str, behalf: str | None, at: datetime) -> (
    Message | None
):  # fmt: skip
    """Why somebody may not decide on a change at a moment, `None` if they may; `behalf`: as whose deputy."""
    deputies = board.standing_in(change)
    if who in change.own or behalf in change.own:
        return Message("decide_change.own", {"who": who})
    spoken = [voice for voice in _counted(change, voices) if who == voice.decided_by]
    if spoken:
        return Message("decide_change.twice", {"who": who, "decision": spoken[0].decision})
    if behalf is not None and not _speaks_for(deputies, who, behalf, at):
        return Message("decide_change.no_deputy", {"who": who, "person": behalf})
    concerned = board.concerned(change)
    if concerned and not any(_seat(each, who, behalf, deputies, at) for each in concerned):
        named = ", ".join(each.name for each in concerned)
        return Message("decide_change.no_member", {"who": who, "authorities": named})
    return None


def over(change: Change, category: Category, at: datetime) -> Message | None:
    """Why nobody decides any more, `None` where somebody may: what is decided beforehand, and whose window is over."""
    if category.decided != "before" or change.planned_end is None or at < change.planned_end:
        return None
    return Message("decide_change.window_over", {"end": change.planned_end.isoformat(timespec="minutes")})


def is_late(change: Change, category: Category, at: datetime) -> bool:
    """Whether a decision at a moment comes later after the end than a category allows that is decided afterwards."""
    end = change.actual_end or change.planned_end
    return category.within is not None and end is not None and at > end + timedelta(seconds=category.within)


def lacking(step: Step, filled: "Filled") -> list[str]:
    """What a step needs and is not there, as the life cycle writes it."""
    return [need for need in step.needs if not any(filled.has(part) for part in need.split("|"))]


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields of a change that have a value; `parts`: those of fields that are tables, as `assessment.risk`."""

    fields: frozenset[str]
    parts: frozenset[str]

    def has(self, name: str) -> bool:
        """Whether a field, or a part of one, is there."""
        return name in (self.parts if "." in name else self.fields)

    @classmethod
    def of(cls, fields: Mapping[str, Value]) -> Self:
        """Those of the record of a change."""
        parts = set[str]()
        for name in TABLES:
            try:
                found = json.loads(str(fields.get(name, "null")))
            except ValueError:
                continue  # a text: it has no parts
            if isinstance(found, dict):
                parts |= {f"{name}.{part}" for part, value in found.items() if value}
        return cls(frozenset(name for name, value in fields.items() if value not in ("", [])), frozenset(parts))


def lost_papers(before: Mapping[str, Value], after: Mapping[str, Value]) -> list[str]:
    """Papers of a change that it had and has no more, or parts of them, in order: they were looked at with it."""
    had, has = Filled.of(before), Filled.of(after)
    gone = (had.fields & set(PAPERS)) - has.fields
    # of one that is gone whole its parts need no mention, and a text has none
    return sorted(gone | {part for part in had.parts - has.parts if part.partition(".")[0] not in gone})


def _counted(change: Change, voices: Iterable[Voice]) -> Iterator[Voice]:
    # each person's first one in this round, in the order in which they were given; never of those whose it is
    spoken: set[str] = set()
    deciding = (APPROVED, REJECTED)
    for voice in sorted(voices, key=lambda each: (str(each.decided_at or ""), each.decided_by)):
        if voice.change_id != change.change_id or voice.round != change.round or voice.decision not in deciding:
            continue
        if voice.decided_by in spoken or not change.own.isdisjoint((voice.decided_by, voice.on_behalf_of)):
            continue
        spoken.add(voice.decided_by)
        yield voice


def _seats(authority: Authority, approving: Sequence[Voice], deputies: Sequence[Deputy]) -> set[str]:
    # members for whom somebody has spoken, each by another person
    found: dict[str, str] = {}
    for voice in approving:
        seat = _seat(authority, voice.decided_by, voice.on_behalf_of, deputies, voice.decided_at)
        if seat is not None and seat not in found:
            found[seat] = voice.decided_by
    return set(found)


def _seat(
    authority: Authority, who: str, behalf: str | None, deputies: Sequence[Deputy], at: datetime | None
) -> str | None:
    if behalf is None:
        return who if who in authority.members else None
    return behalf if behalf in authority.members and at is not None and _speaks_for(deputies, who, behalf, at) else None


def _speaks_for(deputies: Sequence[Deputy], who: str, person: str, at: datetime) -> bool:
    return any(each.person == person and each.deputy == who and each.holds(at) for each in deputies)
