"""What a change's edits approve: which field of the register may get which value (SEMANTICS 8)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from graph.errors import BadInputError
from graph.ontology import Ontology, RelationshipType
from graph.records.edits import Add, Edit, Regroup, Relate, Retire, SetField, Unrelate, edits_of
from graph.records.updates import Update, is_there
from graph.values import State, Value

Key = tuple[str, ...]  # what an update is of, in the words of `keys_of`
STRENGTH, GROUP, QUORUM = "strength", "redundancy_group", "min_available"


@dataclass(frozen=True, slots=True)
class Effect:
    """One field that an edit gives a value. Without `main`, the edit allows it but is not about it."""

    key: Key
    holds: Callable[[Update], bool]
    main: bool = True


@dataclass(frozen=True, slots=True)
class ApprovedEdit:
    """One edit of a change with what it approves and the CIs it names."""

    edit: Edit
    effects: tuple[Effect, ...]
    ci_ids: tuple[str, ...]


def approved_edits(text: str | None, ontology: Ontology) -> tuple[ApprovedEdit, ...] | None:
    """The edits that a change keeps, in their order; which of them switch together does not matter here.

    `None` where they cannot be read.
    """
    if text is None:
        return ()
    try:
        groups = edits_of(text, ontology)
    except BadInputError:
        return None
    words = _Words(ontology.relationship_types, ontology.shorthands)
    return tuple(
        ApprovedEdit(edit, tuple(_effects(edit, words)), _ci_ids(edit, words))
        for group in groups
        for edit in group.edits
    )


Latest = Mapping[Key, tuple[int, Effect]]


def latest(edits: Sequence[ApprovedEdit]) -> Latest:
    """Of each field the edit that speaks of it last, and what that approves."""
    return {effect.key: (number, effect) for number, edit in enumerate(edits) for effect in edit.effects}


def deciding(approved: Latest, keys: Iterable[Key]) -> Effect | None:
    """What a change approves in the end of an update with these keys; of one edit, the field itself goes first."""
    found = [approved[key] for key in keys if key in approved]
    return max(found, key=itemgetter(0))[1] if found else None


class _Words(NamedTuple):
    types: Mapping[str, RelationshipType]
    shorthands: Mapping[str, str]


def _ci_ids(edit: Edit, words: _Words) -> tuple[str, ...]:
    match edit:
        case Relate(source, _, target) | Unrelate(source, _, target):
            return source, target
        case Regroup(ci_id, _, _, members):
            return ci_id, *(target for _, target in members or ())
        case SetField(ci_id, field, str(value)) if field in words.shorthands:
            return ci_id, value
        case _:
            return (edit.ci_id,)


def _effects(edit: Edit, words: _Words) -> Iterator[Effect]:
    match edit:
        case Add():
            yield Effect(("existence", edit.ci_id), partial(_created, edit.state))
            for field, end in edit.related:
                key = f"{edit.ci_id}|{words.shorthands[field]}|{end}"
                yield Effect(("relationship", key), _related, main=False)
        case Retire():
            yield Effect(("existence", edit.ci_id), _retired)
        case Relate():
            yield from _related_by(edit, words)
        case Unrelate():
            yield Effect(("relationship", f"{edit.source}|{edit.type}|{edit.target}"), _ended)
        case Regroup():
            yield from _regrouped_by(edit, words)
        case SetField():
            yield from _set_by(edit, words)


def _related_by(edit: Relate, words: _Words) -> Iterator[Effect]:
    kind = words.types[edit.type]
    strength = None if kind.provider is None else edit.strength or ("hard" if kind.hard else "soft")
    holds = partial(_linked, strength, edit.redundancy_group, edit.min_available)
    yield Effect(("relationship", f"{edit.source}|{edit.type}|{edit.target}"), holds)
    if edit.redundancy_group is not None and edit.min_available is not None:
        owner = edit.target if kind.provider == "source" else edit.source
        yield Effect(("quorum", owner, edit.redundancy_group), partial(_valued, edit.min_available), main=False)


def _regrouped_by(edit: Regroup, words: _Words) -> Iterator[Effect]:
    for type_, target in edit.members or ():
        ends = (edit.ci_id, target)
        source, end = ends if words.types[type_].provider != "source" else ends[::-1]
        yield Effect(
            ("relationship", f"{source}|{type_}|{end}"), partial(_grouped, edit.redundancy_group, edit.min_available)
        )
    if edit.redundancy_group is not None and edit.members is not None:
        # who is not named leaves the group
        yield Effect(("left", edit.ci_id, edit.redundancy_group), partial(_grouped, None, None), main=False)
    if edit.redundancy_group is not None and edit.min_available is not None:
        yield Effect(("quorum", edit.ci_id, edit.redundancy_group), partial(_valued, edit.min_available))


def _set_by(edit: SetField, words: _Words) -> Iterator[Effect]:
    type_ = words.shorthands.get(edit.field)
    if type_ is None:
        yield Effect(("attribute", edit.ci_id, edit.field), partial(_valued, edit.value))
        return
    yield Effect(("ended", edit.ci_id, type_), _ended, main=edit.value is None)
    if edit.value is not None:
        yield Effect(("relationship", f"{edit.ci_id}|{type_}|{edit.value}"), _related)


def _valued(wanted: Value | None, update: Update) -> bool:
    return update.new == wanted


def _created(wanted: State, update: Update) -> bool:
    new = update.new
    return isinstance(new, Mapping) and is_there(new) and all(new.get(name) == wanted[name] for name in wanted)


def _retired(update: Update) -> bool:
    return isinstance(update.new, Mapping) and not is_there(update.new)


def _related(update: Update) -> bool:
    return update.new is not None


def _ended(update: Update) -> bool:
    return update.new is None


def _linked(strength: str | None, group: str | None, quorum: str | None, update: Update) -> bool:
    new = update.new
    return isinstance(new, Mapping) and new.get(STRENGTH) == strength and _is_in(new, group, quorum)


def _grouped(group: str | None, quorum: str | None, update: Update) -> bool:
    # a relationship that ended is in no group either
    if update.new is None:
        return group is None
    return isinstance(update.new, Mapping) and _is_in(update.new, group, quorum)


def _is_in(new: Mapping[str, Value], group: str | None, quorum: str | None) -> bool:
    # a relationship that comes into a group brings the quorum with it; an edit that names none leaves it as it was
    return new.get(GROUP) == group and (group is None or quorum is None or new.get(QUORUM, "all") == quorum)


def keys_of(update: Update) -> Iterator[Key]:
    """What an update is of, the field itself first; further ones where an edit names no other end."""
    match update.kind:
        case "relationship":
            yield ("relationship", update.field)
            source, type_, _ = update.field.split("|")
            if update.new is None:
                yield ("ended", source, type_)
            if update.group is not None:
                yield ("left", update.ci_id, update.group)
        case "quorum":
            yield ("quorum", update.ci_id, update.group or "")
        case "existence":
            yield ("existence", update.ci_id)
        case _:
            yield ("attribute", update.ci_id, update.field)
