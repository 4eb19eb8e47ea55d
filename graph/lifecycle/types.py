"""Frozen types of a life cycle: its categories of changes, and the steps that lead from status to status."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Decided = Literal["before", "after", "template"]
Decision = Literal["approved", "rejected"]
Applies = Literal["all", "named"]
Words = Mapping[str, str]  # language → the term


@dataclass(frozen=True, slots=True)
class Category:
    """A category of changes (R11.2a).

    `decided`: before it is carried out, after it (within `within` seconds of its end), or by the template that it
    follows. `voices`: how many different people must approve, whoever else a change authority asks for. `answers`:
    nobody approves while a question on the change is open.
    """

    id: str
    words: Words
    decided: Decided
    voices: int
    within: int | None
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step that somebody takes.

    `to`: the status after it; `None`: as before. `needs`: fields that must be there; `a|b`: one of them, `a.b`: the
    part `b` of a. `sets`: by field a text, `now` or `actor` in angle brackets for the moment and who takes it.
    `takes`: fields that may come with it, beside those that it needs and the moments that it sets.
    `decides`: it is a voice, and moves the change once all voices that it needs are there. `notices`: who is told.
    `applies`: it writes the edits of the change to the register, `all` of them or the groups that are `named`.
    """

    id: str
    words: Words
    categories: frozenset[str]
    starts: frozenset[str]
    to: str | None
    roles: frozenset[str]
    needs: tuple[str, ...]
    sets: Mapping[str, str]
    decides: Decision | None
    notices: tuple[str, ...]
    applies: Applies | None
    takes: tuple[str, ...] = ()

    @property
    def accepts(self) -> frozenset[str]:
        """The fields of a change that may come with it."""
        needed = {part.partition(".")[0] for need in self.needs for part in need.split("|")}
        return frozenset({*needed, *self.takes, *(name for name, value in self.sets.items() if value == "<now>")})


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """All of it; `id` names it with its version. `initial`: the status of a new change; `final`: no step leads on.

    `watch`: who is told when what was written elsewhere alters the verdict of a coming change.
    """

    id: str
    initial: str
    final: frozenset[str]
    categories: Mapping[str, Category]
    steps: tuple[Step, ...]
    watch: tuple[str, ...] = ()

    def steps_from(self, status: str, category: str | None) -> Iterator[Step]:
        """The steps that lead on from a status, for changes of a category."""
        return (step for step in self.steps if status in step.starts and category in step.categories)

    def step(self, name: str, status: str, category: str | None) -> Step | None:
        """The step of a name that leads on from a status."""
        return next((step for step in self.steps_from(status, category) if step.id == name), None)
