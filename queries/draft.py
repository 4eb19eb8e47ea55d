"""Edits applied to what is kept, group by group: which relationships a CI has at each step, and what no longer applies.

Edits of one group switch together: one that does not apply keeps back its whole group (SEMANTICS 4 and 5).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from graph.errors import Message, ParamValue
from graph.ontology import Ontology
from graph.records.edits import Add, Edit, EditGroup, Regroup, Relate, Retire, SetField, Unrelate
from graph.records.kept_graph import Ends, KeptGraph, named_by, owner_of
from graph.values import State, Value, shown

T = TypeVar("T")
RETIRED = "retired"
QUORUM = ("redundancy_group", "min_available")
Owned = Mapping[Ends, State]


@dataclass(frozen=True, slots=True)
class EditConflict:
    """An edit that no longer applies: `at` in the list of edits, and why."""

    at: str
    message: Message


@dataclass(frozen=True, slots=True)
class Step:
    """The relationships of a CI from some step on, and which of their providers the change has retired by then."""

    owned: Owned
    dead: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a draft holds of a CI, to put it back."""

    state: State | None
    added: State | None
    retired: int | None
    owned: dict[Ends, State] | None
    had_versions: bool
    described: bool


class _RefusedError(Exception):
    def __init__(self, key: str, **params: ParamValue) -> None:
        super().__init__(key)
        self.message = Message(f"edits.{key}", params)


@dataclass
class Draft:
    """What edits make of the register, as far as they name it; made anew by `after` for more edits."""

    ontology: Ontology
    cis: dict[str, State] = field(default_factory=dict)
    added: dict[str, State] = field(default_factory=dict)
    retired: dict[str, int] = field(default_factory=dict)  # at which step
    owned: dict[str, dict[Ends, State]] = field(default_factory=dict)
    versions: dict[str, list[tuple[int, Owned]]] = field(default_factory=dict)  # of each CI edited, from its first on
    described: set[str] = field(default_factory=set)  # CIs of which a field is set
    steps: int = 0
    conflicts: list[EditConflict] = field(default_factory=list)

    def after(self, groups: Iterable[EditGroup], kept: KeptGraph, at: str = "edits") -> "Draft":
        """The draft with more groups of edits; `kept`: what they name, as it is in the register."""
        draft = self._copied()
        for ci_id, state in kept.cis.items():
            draft.cis.setdefault(ci_id, state)
        owned = _owned(kept, self.ontology)
        draft.owned |= {ci_id: each for ci_id, each in owned.items() if ci_id not in draft.owned}
        draft.take(groups, at)
        return draft

    def take(self, groups: Iterable[EditGroup], at: str = "edits") -> None:
        """More groups of edits on this draft itself; it holds already what they name."""
        for number, group in enumerate(groups):
            self._take(group, f"{at}[{number}]")

    def _take(self, group: EditGroup, at: str) -> None:
        # one more group, or what keeps it back
        undo = self._kept_of(named_by((group,)))
        self.steps += 1
        trial = _Trial(self)
        problems = []
        for number, edit in enumerate(group.edits):
            place = at if group.name is None else f"{at}.edits[{number}]"
            try:
                trial.apply(edit)
            except _RefusedError as refused:
                problems.append(EditConflict(place, refused.message))
        if not problems:
            problems = [EditConflict(at, message) for message in trial.unsettled()]
        if problems:
            self._put_back(undo)
            self.conflicts += problems
        else:
            self.note(trial.touched)

    def _kept_of(self, ci_ids: Iterable[str]) -> dict[str, "_Kept"]:
        return {
            ci_id: _Kept(
                self.cis.get(ci_id), self.added.get(ci_id), self.retired.get(ci_id),
                dict(self.owned[ci_id]) if ci_id in self.owned else None, ci_id in self.versions,
                ci_id in self.described,
            )
            for ci_id in ci_ids
        }  # fmt: skip

    def _put_back(self, kept: Mapping[str, "_Kept"]) -> None:
        for ci_id, was in kept.items():
            _restored(self.cis, ci_id, was.state)
            _restored(self.added, ci_id, was.added)
            _restored(self.retired, ci_id, was.retired)
            _restored(self.owned, ci_id, was.owned)
            if not was.had_versions:
                self.versions.pop(ci_id, None)
            if not was.described:
                self.described.discard(ci_id)

    @classmethod
    def between(cls, ontology: Ontology, before: KeptGraph, after: KeptGraph) -> "Draft":
        """The draft of one step that makes a part of the register into another one of the same CIs, whatever it takes.

        A CI that was retired and is no more comes back; for its groups to count it, their CIs are of that part too.
        """
        draft = cls(ontology, cis=dict(before.cis), owned=_owned(before, ontology), steps=1)
        for ci_id, state in after.cis.items():
            was = draft.cis.get(ci_id, {"status": RETIRED})
            draft.cis[ci_id] = state
            back = RETIRED == was.get("status") != state.get("status")
            if back:
                draft.added[ci_id] = state
            elif was.get("status") != RETIRED == state.get("status"):
                draft.before(ci_id, draft.owned[ci_id])
                draft.retired[ci_id] = draft.steps
            elif was != state and state.get("status") != RETIRED:
                draft.described.add(ci_id)
        now = _owned(after, ontology)
        for owner, owned in draft.owned.items():
            # what comes back was not there, and no member of anything
            was_there = {ends: state for ends, state in owned.items() if draft.provider_of(ends) not in draft.added}
            once = {} if owner in draft.added else was_there
            if owner in draft.added or once != now[owner]:
                draft.before(owner, once)
                draft.owned[owner] = now[owner]
                draft.note([owner])
        return draft

    def note(self, touched: Iterable[str]) -> None:
        """Keep what these have at the present step."""
        for owner in touched:
            versions = self.versions.setdefault(owner, [])
            versions.append((self.steps, dict(self.owned[owner])))

    def before(self, owner: str, kept: Owned) -> None:
        """What a CI had before the change, noted once."""
        self.versions.setdefault(owner, [(0, dict(kept))])

    def steps_of(self, owner: str, until: int | None = None) -> list[Step]:
        """What a CI that is edited or retired has at each step (before `until`), those alike once; first as it was."""
        versions = self.versions[owner]
        providers = {self.provider_of(ends) for _, owned in versions for ends in owned}
        turns = {at for at, _ in versions} | {step for ci_id, step in self.retired.items() if ci_id in providers}
        found: list[Step] = []
        for turn in sorted(turn for turn in turns if until is None or turn < until):
            owned = [each for at, each in versions if at <= turn][-1]
            mine = {self.provider_of(ends) for ends in owned}
            step = Step(owned, frozenset(ci for ci in mine if self.retired.get(ci, turn + 1) <= turn))
            if not found or found[-1] != step:
                found.append(step)
        return found

    def provider_of(self, ends: Ends) -> str:
        """The end of a relationship that does not own it."""
        return ends[0] if owner_of(ends, self.ontology) == ends[2] else ends[2]

    def _copied(self) -> "Draft":
        return replace(
            self,
            cis=dict(self.cis),
            added=dict(self.added),
            retired=dict(self.retired),
            owned={ci_id: dict(owned) for ci_id, owned in self.owned.items()},
            versions={ci_id: list(versions) for ci_id, versions in self.versions.items()},
            described=set(self.described),
            conflicts=list(self.conflicts),
        )


class _Trial:
    """One group of edits on a draft of its own."""

    def __init__(self, draft: Draft) -> None:
        self._draft, self._types = draft, draft.ontology.relationship_types
        self.touched: dict[str, None] = {}
        self._groups: dict[tuple[str, str], None] = {}

    def apply(self, edit: Edit) -> None:
        match edit:
            case Add():
                self._add(edit)
            case Retire(ci_id):
                self._retire(ci_id)
            case Relate():
                self._relate(edit)
            case Unrelate(source, kind, target):
                self._unrelate((source, kind, target))
            case Regroup():
                self._regroup(edit)
            case SetField(ci_id, name, value):
                self._set(ci_id, name, value)

    def unsettled(self) -> list[Message]:
        """What does not hold of the groups touched, now that all edits have switched."""
        found = []
        for owner, name in self._groups:
            members = [(e, s) for e, s in self._draft.owned[owner].items() if s.get("redundancy_group") == name]
            quorums = sorted({str(s["min_available"]) for _, s in members if "min_available" in s})
            feeding = {self._types[ends[1]].feeds for ends, _ in members}
            if len(quorums) > 1:
                found.append(_message("quorums_differ", ci_id=owner, group=name, quorums=", ".join(quorums)))
            if len(feeding) > 1:
                types = ", ".join(sorted({ends[1] for ends, _ in members}))
                found.append(_message("mixed_feeds", ci_id=owner, group=name, types=types))
        return found

    def _live(self, ci_id: str) -> State:
        state = self._draft.cis.get(ci_id)
        if state is None:
            raise _RefusedError("no_such_ci", ci_id=ci_id)
        if state.get("status") == RETIRED:
            raise _RefusedError("retired_already", ci_id=ci_id)
        return state

    def _owned(self, owner: str) -> dict[Ends, State]:
        owned = self._draft.owned[owner]
        self._draft.before(owner, owned)
        self.touched[owner] = None
        return owned

    def _add(self, edit: Add) -> None:
        draft, ci_id = self._draft, edit.ci_id
        if ci_id in draft.cis:
            raise _RefusedError("there_already", ci_id=ci_id)
        draft.cis[ci_id] = draft.added[ci_id] = edit.state
        draft.owned[ci_id] = {}
        self._owned(ci_id)
        for name, target in edit.related:
            self._set(ci_id, name, target)

    def _retire(self, ci_id: str) -> None:
        state = self._live(ci_id)
        self._draft.before(ci_id, self._draft.owned[ci_id])
        self._draft.cis[ci_id] = {**state, "status": RETIRED}
        self._draft.retired[ci_id] = self._draft.steps

    def _relate(self, edit: Relate) -> None:
        ends = (edit.source, edit.type, edit.target)
        for end in (edit.source, edit.target):
            self._live(end)
        owner = owner_of(ends, self._draft.ontology)
        if ends in self._draft.owned[owner]:
            raise _RefusedError("related_already", source=ends[0], type=ends[1], target=ends[2])
        kind = self._types[edit.type]
        state: State = {} if kind.provider is None else {"strength": edit.strength or ("hard" if kind.hard else "soft")}
        if edit.redundancy_group is not None:
            state["redundancy_group"] = edit.redundancy_group
            quorum = edit.min_available or self._quorum_of(owner, edit.redundancy_group)
            if quorum is not None:
                state["min_available"] = quorum
            self._groups[owner, edit.redundancy_group] = None
        self._owned(owner)[ends] = state

    def _quorum_of(self, owner: str, group: str) -> str | None:
        # where a group's rows say nothing all members are needed
        members = (s for s in self._draft.owned[owner].values() if s.get("redundancy_group") == group)
        return min((str(s["min_available"]) for s in members if "min_available" in s), default=None)

    def _unrelate(self, ends: Ends) -> None:
        for end in (ends[0], ends[2]):
            if end not in self._draft.cis:
                raise _RefusedError("no_such_ci", ci_id=end)
        owner = owner_of(ends, self._draft.ontology)
        if ends not in self._draft.owned[owner]:
            raise _RefusedError("not_related", source=ends[0], type=ends[1], target=ends[2])
        del self._owned(owner)[ends]

    def _regroup(self, edit: Regroup) -> None:
        ci_id, group = edit.ci_id, edit.redundancy_group
        self._live(ci_id)
        mine = self._draft.owned[ci_id]
        had = [ends for ends, state in mine.items() if group is not None and state.get("redundancy_group") == group]
        wanted = had if edit.members is None else [(ci_id, kind, target) for kind, target in edit.members]
        if not wanted:
            raise _RefusedError("no_such_group", ci_id=ci_id, group=str(group))
        for ends in wanted:
            if ends not in mine:
                raise _RefusedError("not_related", source=ends[0], type=ends[1], target=ends[2])
            if group is not None and mine[ends].get("strength") == "soft":
                raise _RefusedError("soft_now", source=ends[0], type=ends[1], target=ends[2], group=group)
        quorum = edit.min_available or (None if group is None else self._quorum_of(ci_id, group))
        owned = self._owned(ci_id)
        for ends in {*had, *wanted}:
            plain: State = {name: value for name, value in owned[ends].items() if name not in QUORUM}
            if ends in wanted and group is not None:
                plain |= {"redundancy_group": group} | ({"min_available": quorum} if quorum is not None else {})
            owned[ends] = plain
        if group is not None:
            self._groups[ci_id, group] = None

    def _set(self, ci_id: str, name: str, value: Value | None) -> None:
        state = self._live(ci_id)
        kind = self._draft.ontology.classes.get(str(state["ci_class"]))
        declared = None if kind is None else kind.fields.get(name)
        if declared is None:
            raise _RefusedError("undeclared_field", ci_id=ci_id, field=name, ci_class=shown(state["ci_class"]))
        if declared.shorthand:
            self._point(ci_id, declared.shorthand, None if value is None else str(value))
            return
        self._draft.described.add(ci_id)
        changed = {field: old for field, old in state.items() if field != name}
        self._draft.cis[ci_id] = changed if value is None else {**changed, name: value}

    def _point(self, ci_id: str, kind: str, target: str | None) -> None:
        # a column of CIs stands for the one relationship of its type
        had = [ends for ends in self._draft.owned[ci_id] if ends[:2] == (ci_id, kind)]
        if target is not None and (ci_id, kind, target) in had:
            self._live(target)  # that it points to what was retired meanwhile does not apply either
        elif target is not None:
            self._relate(Relate(ci_id, kind, target))
        for ends in had:
            if ends[2] != target:
                del self._owned(ci_id)[ends]


def _owned(kept: KeptGraph, ontology: Ontology) -> dict[str, dict[Ends, State]]:
    found: dict[str, dict[Ends, State]] = {ci_id: {} for ci_id in kept.cis}
    for ends, state in kept.related.items():
        owner = owner_of(ends, ontology)
        if owner in found:
            found[owner][ends] = state
    return found


def _restored(held: dict[str, T], ci_id: str, was: T | None) -> None:
    if was is None:
        held.pop(ci_id, None)
    else:
        held[ci_id] = was


def _message(key: str, **params: ParamValue) -> Message:
    return Message(f"edits.{key}", params)
