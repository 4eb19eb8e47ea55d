"""Who decides on changes, as records: authorities, deputies, templates, and the voices that were given (R11.2c)."""

from dataclasses import dataclass
from datetime import datetime

from graph.records.kept import moment, number, text, texts, yes_or_no
from graph.values import State


@dataclass(frozen=True, slots=True)
class Authority:
    """A change authority: of changes of these categories `quorum` of its members must approve."""

    authority_id: str
    name: str
    categories: frozenset[str]
    members: tuple[str, ...]
    quorum: int


@dataclass(frozen=True, slots=True)
class Deputy:
    """Who speaks for a person, from a moment until another one; `None`: until further notice.

    `change_id`: on this change only; `None`: on every one.
    """

    person: str
    deputy: str
    start: datetime
    end: datetime | None
    change_id: str | None = None

    def holds(self, at: datetime) -> bool:
        """Whether that is so at a moment."""
        return self.start <= at and (self.end is None or at < self.end)

    def concerns(self, change_id: str) -> bool:
        """Whether it is for that change."""
        return self.change_id is None or self.change_id == change_id


@dataclass(frozen=True, slots=True)
class Template:
    """A standard change that was approved beforehand: of which classes, with which effect at the worst, and when."""

    template_id: str
    name: str
    classes: frozenset[str]
    effect: str | None
    start: datetime | None
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it may be used at a moment."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Voice:
    """What somebody decided on a change in a round of decisions; `on_behalf_of`: as whose deputy.

    `late`: later after the end of the change than its category allows.
    """

    change_id: str
    round: int
    decided_by: str
    decision: str
    on_behalf_of: str | None
    reason: str | None
    decided_at: datetime | None
    evidence_hash: str | None
    late: bool = False


def authority_of(authority_id: str, state: State) -> Authority:
    """An authority from its record; one that names no quorum needs all of its members."""
    members = texts(state, "members")
    return Authority(
        authority_id=authority_id,
        name=text(state, "name") or authority_id,
        categories=frozenset(texts(state, "categories")),
        members=members,
        quorum=number(state, "quorum") or len(members),
    )


def deputy_of(_key: str, state: State) -> Deputy:
    """A deputy from its record."""
    start = moment(state, "from")
    if start is None:
        raise ValueError("a record of deputies has no start")
    return Deputy(
        text(state, "person") or "", text(state, "deputy") or "", start, moment(state, "to"), text(state, "change_id")
    )


def template_of(template_id: str, state: State) -> Template:
    """A template from its record."""
    return Template(
        template_id=template_id,
        name=text(state, "name") or template_id,
        classes=frozenset(texts(state, "classes")),
        effect=text(state, "effect"),
        start=moment(state, "valid_from"),
        end=moment(state, "valid_to"),
    )


def voice_of(_key: str, state: State) -> Voice:
    """A decision from its record."""
    return Voice(
        change_id=text(state, "change_id") or "",
        round=number(state, "round") or 1,
        decided_by=text(state, "decided_by") or "",
        decision=text(state, "decision") or "",
        on_behalf_of=text(state, "on_behalf_of"),
        reason=text(state, "reason"),
        decided_at=moment(state, "decided_at"),
        evidence_hash=text(state, "evidence_hash"),
        late=yes_or_no(state, "late") or False,
    )
