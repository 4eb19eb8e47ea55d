"""What a change's edits approve: which field of the register may get which value (SEMANTICS 8)."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graph.ontology import Field, Ontology, RelationshipType
from graph.records.updates import Update, is_there
from graph.values import ValueRefused, parse_boolean, parse_duration, parse_integer, parse_number, parse_quorum

Key = tuple[str, ...]  # what an update is of, in the words of `keys_of`
Plain = Mapping[str, Any]
STRENGTH, GROUP_OF, QUORUM = "strength", "redundancy_group", "min_available"
PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "duration": parse_duration, "boolean": parse_boolean, "integer": parse_integer, "number": parse_number,
    "quorum": parse_quorum,
}  # fmt: skip


class UnreadableEditsError(ValueError):
    """Edits that are not in the form of a proposed change."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One field that an edit gives a value. Without `main`, the edit allows it but is not about it."""

    key: Key
    holds: Callable[[Update], bool]
    main: bool = True


@dataclass(frozen=True, slots=True)
class ApprovedEdit:
    """One edit of a change, as written, with what it approves and the CIs it names."""

    plain: Plain
    effects: tuple[Effect, ...]
    ci_ids: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """What edits are read with, looked up once: the ontology's fields by name, its relationship types, shorthands."""

    fields: Mapping[str, Field]
    types: Mapping[str, RelationshipType]
    shorthands: Mapping[str, str]

    @classmethod
    def of(cls, ontology: Ontology) -> "Words":
        """The words of an ontology; a field that several classes declare is that of the first."""
        fields = {name: field for c in reversed(list(ontology.classes.values())) for name, field in c.fields.items()}
        return cls(fields, ontology.relationship_types, dict(ontology.shorthands))


def approved_edits(text: str | None, words: Words) -> tuple[ApprovedEdit, ...]:
    """The edits of a change (ANSWERS: a proposed change), in their order; the groups they switch in do not matter here.

    Raises UnreadableEditsError for text that is no list of edits or holds an edit without what its kind needs.
    """
    try:
        found = json.loads(text or "[]")
        return tuple(_approved(edit, words) for edit in _flat(found))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UnreadableEditsError(str(error)) from error


def _flat(found: Any) -> Iterator[Plain]:
    for item in found:
        if "op" in item:
            yield item
        else:
            yield from item["edits"]


def _approved(edit: Plain, words: Words) -> ApprovedEdit:
    effects, ci_ids = MAKERS[edit["op"]](edit, words)
    return ApprovedEdit(edit, tuple(effects), tuple(dict.fromkeys(ci_ids)))


Made = tuple[Sequence[Effect], Sequence[str]]


def _add(edit: Plain, words: Words) -> Made:
    ci = edit["ci"]
    wanted = {
        name: _kept(words.fields.get(name), raw)
        for name, raw in ci.items()
        if name != "ci_id" and name not in words.shorthands and raw not in (None, "")
    }
    effects = [Effect(("existence", ci["ci_id"]), partial(_created, wanted))]
    ends = [(type_, ci[name]) for name, type_ in words.shorthands.items() if ci.get(name)]
    effects += [
        Effect(("relationship", f"{ci['ci_id']}|{type_}|{end}"), partial(_related, {}), main=False)
        for type_, end in ends
    ]
    return effects, [ci["ci_id"]]


def _retire(edit: Plain, _: Words) -> Made:
    return [Effect(("existence", edit["ci_id"]), _retired)], [edit["ci_id"]]


def _relate(edit: Plain, words: Words) -> Made:
    source, type_, target = edit["source"], edit["type"], edit["target"]
    kind = words.types[type_]
    wanted: dict[str, Any] = {GROUP_OF: edit.get(GROUP_OF) or None}
    if kind.provider is not None:
        wanted[STRENGTH] = edit.get(STRENGTH) or ("hard" if kind.hard else "soft")
    owner = target if kind.provider == "source" else source
    effects = [Effect(("relationship", f"{source}|{type_}|{target}"), partial(_related, wanted))]
    if edit.get(QUORUM):
        quorum = parse_quorum(edit[QUORUM])
        effects.append(Effect(("quorum", owner, str(edit[GROUP_OF])), partial(_valued, quorum), main=False))
    return effects, [source, target]


def _unrelate(edit: Plain, _: Words) -> Made:
    key = f"{edit['source']}|{edit['type']}|{edit['target']}"
    return [Effect(("relationship", key), _gone)], [edit["source"], edit["target"]]


def _regroup(edit: Plain, words: Words) -> Made:
    owner, group = edit["ci_id"], str(edit[GROUP_OF])
    members, effects = edit.get("members") or [], []
    for member in members:
        provider = words.types[member["type"]].provider
        ends = (member["target"], owner) if provider == "source" else (owner, member["target"])
        key = f"{ends[0]}|{member['type']}|{ends[1]}"
        effects.append(Effect(("relationship", key), partial(_related, {GROUP_OF: group})))
    if members:  # who is not named leaves the group
        effects.append(Effect(("left", owner, group), _ungrouped, main=False))
    if edit.get(QUORUM):
        effects.append(Effect(("quorum", owner, group), partial(_valued, parse_quorum(edit[QUORUM]))))
    return effects, [owner, *(member["target"] for member in members)]


def _set(edit: Plain, words: Words) -> Made:
    ci_id, name, value = edit["ci_id"], edit["field"], edit["value"]
    type_ = words.shorthands.get(name)
    if type_ is not None:
        ended = Effect(("ended", ci_id, type_), _gone, main=not value)
        if not value:
            return [ended], [ci_id]
        return [ended, Effect(("relationship", f"{ci_id}|{type_}|{value}"), partial(_related, {}))], [ci_id, value]
    if name == "status" and value == "retired":
        return _retire(edit, words)
    return [Effect(("attribute", ci_id, name), partial(_valued, _kept(words.fields.get(name), value)))], [ci_id]


MAKERS: Mapping[str, Callable[[Plain, Words], Made]] = {
    "add": _add, "retire": _retire, "relate": _relate, "unrelate": _unrelate, "regroup": _regroup, "set": _set,
}  # fmt: skip


def _kept(field: Field | None, raw: Any) -> Any:
    # as the register keeps it, so that PT1H and 3600 are one value; what cannot be kept is never found there
    try:
        if raw in (None, ""):
            return None
        return PARSERS[field.type](raw) if field is not None and field.type in PARSERS else raw
    except ValueRefused:
        return raw


def _valued(wanted: Any, update: Update) -> bool:
    return _same(update.new, wanted)


def _same(found: Any, wanted: Any) -> bool:
    # texts of a field that its class does not declare are kept as text
    return found == wanted or (isinstance(found, str) and found == str(wanted))


def _created(wanted: Plain, update: Update) -> bool:
    new = update.new
    return isinstance(new, Mapping) and is_there(new) and all(_same(new.get(name), wanted[name]) for name in wanted)


def _retired(update: Update) -> bool:
    return isinstance(update.new, Mapping) and not is_there(update.new)


def _related(wanted: Plain, update: Update) -> bool:
    return isinstance(update.new, Mapping) and all(update.new.get(name) == wanted[name] for name in wanted)


def _gone(update: Update) -> bool:
    return update.new is None


def _ungrouped(update: Update) -> bool:
    return update.new is None or (isinstance(update.new, Mapping) and GROUP_OF not in update.new)


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
