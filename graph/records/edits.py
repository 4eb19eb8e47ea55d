"""Edits of the graph that a change carries (ANSWERS: a proposed change), as frozen types, read strictly.

Edits of one group switch together; list order is the order within the window (SEMANTICS 4).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from graph.canonical import canonical
from graph.fields import parser_of
from graph.ontology import Field, Ontology, RelationshipType, load_ontology
from graph.records.reading import Table, parsed, refuse
from graph.values import State, Value, parse_quorum, shown

STRENGTHS = ("hard", "soft")
KEYS = ("ci_id", "ci_class")  # of a CI: what it is called and what it is; no edit sets them
RETIRED = "retired"
RIGHT = {
    "duration": "PT4H", "integer": "3", "number": "0.5", "boolean": "true, false", "date": "2026-11-28",
    "clock": "08:30", "ci": "db-1", "cis": "db-1", "ids": "DOC-1", "zone": "Asia/Shanghai", "quorum": "2, 50%, all",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Add:
    """A new CI. `state`: its fields as kept, class and name among them; `related`: shorthand fields, as (field, CI)."""

    ci_id: str
    state: State
    related: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Retire:
    """A CI is retired; what rests on it must be ended or regrouped by the same change."""

    ci_id: str


@dataclass(frozen=True, slots=True)
class Relate:
    """A new relationship. `strength` `None`: that of its type; `min_available` `None`: as the others of the group."""

    source: str
    type: str
    target: str
    strength: str | None = None
    redundancy_group: str | None = None
    min_available: str | None = None


@dataclass(frozen=True, slots=True)
class Unrelate:
    """A relationship ends."""

    source: str
    type: str
    target: str


@dataclass(frozen=True, slots=True)
class Regroup:
    """A CI's redundancy group has these members, as (type, target), and this quorum from now on.

    `members` `None`: those that it has; members not named again are plain relationships from then on.
    `redundancy_group` `None`: those named are in no group any more.
    """

    ci_id: str
    redundancy_group: str | None
    min_available: str | None = None
    members: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class SetField:
    """A field of a CI has this value from now on, `None` for none; a shorthand field ends and makes a relationship."""

    ci_id: str
    field: str
    value: Value | None


Edit = Add | Retire | Relate | Unrelate | Regroup | SetField


@dataclass(frozen=True, slots=True)
class EditGroup:
    """Edits that switch together; one that stands by itself is a group without a name."""

    name: str | None
    edits: tuple[Edit, ...]


def edits_of(given: Any, ontology: Ontology | None = None, *, at: str = "edits") -> tuple[EditGroup, ...]:
    """The groups of edits of a list, in its order; `None` has none.

    Parameters
    ----------
    given
        The list as parsed, or the JSON text that `Change.edits` keeps.
    ontology
        Classes, fields and relationship types that edits may name. Default: those of the package.
    at
        What messages call the list.

    Raises
    ------
    BadInputError
        `edits.*`, naming the position, the field, and what would be right.

    Examples
    --------
    >>> edits_of('[{"op": "retire", "ci_id": "db-1"}]')
    (EditGroup(name=None, edits=(Retire(ci_id='db-1'),)),)
    """
    if isinstance(given, str | bytes):
        try:
            given = orjson.loads(given)
        except orjson.JSONDecodeError:
            refuse("json", at)
    if given is None:
        return ()
    if not isinstance(given, list):
        refuse("not_a_list", at, field=at, value=shown(given))
    reader = _Reader(ontology or load_ontology())
    return tuple(reader.group(f"{at}[{number}]", each) for number, each in enumerate(given))


class _Reader:
    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._any_class = {f.id: f for kind in ontology.classes.values() for f in kind.fields.values()}
        self._of: Mapping[str, Callable[[Table], Edit]] = {
            "add": self._add, "retire": self._retire, "relate": self._relate, "unrelate": self._unrelate,
            "regroup": self._regroup, "set": self._set,
        }  # fmt: skip

    def group(self, at: str, found: Any) -> EditGroup:
        """A group of edits, or one edit by itself."""
        table = Table.of(at, found)
        if table.has("op") or not (table.has("group") or table.has("edits")):
            return EditGroup(None, (self._edit(table),))
        name, inner = table.name("group"), table.items("edits")
        if name is None:
            refuse("missing", at, field="group")
        if not inner:
            refuse("missing", at, field="edits")
        table.end()
        return EditGroup(
            name, tuple(self._edit(Table.of(f"{at}.edits[{n}]", each)) for n, each in enumerate(inner))
        )  # fmt: skip

    def _edit(self, table: Table) -> Edit:
        table.needed("op")
        op = table.choice("op", tuple(self._of))
        edit = self._of[str(op)](table)
        table.end()
        return edit

    def _add(self, table: Table) -> Add:
        ci = Table.of(f"{table.at}.ci", table.needed("ci"))
        ci_id, class_name = ci.id("ci_id"), str(ci.needed("ci_class"))
        kind = self._ontology.classes.get(class_name)
        if kind is None:
            refuse("unknown_class", ci.at, value=shown(class_name))
        ci.needed("name")
        state: State = {"ci_class": class_name}
        related = []
        for name, declared in kind.fields.items():
            value = self._field(ci.at, declared, ci.get(name))
            if value is not None and declared.shorthand:
                self._no_loop(ci.at, name, ci_id, str(value))
                related.append((name, str(value)))
            elif value is not None:
                state[name] = value
        ci.end()
        if state.get("status") == RETIRED:
            refuse("value", ci.at, field="status", value=RETIRED, right="planned, live")
        return Add(ci_id, state, tuple(related))

    def _retire(self, table: Table) -> Retire:
        return Retire(table.id("ci_id"))

    def _relate(self, table: Table) -> Relate:
        source, kind, target = self._ends(table)
        strength = table.choice("strength", STRENGTHS)
        group, quorum = table.name("redundancy_group"), self._quorum(table)
        if kind.provider is None and (strength or group or quorum):
            refuse("no_impact", table.at, type=kind.id)
        if quorum and not group:
            refuse("quorum_without_group", table.at)
        if group and (strength == "soft" or (strength is None and not kind.hard)):
            refuse("soft_member", table.at, group=group)
        return Relate(source, kind.id, target, strength, group, quorum)

    def _unrelate(self, table: Table) -> Unrelate:
        source, kind, target = self._ends(table)
        return Unrelate(source, kind.id, target)

    def _ends(self, table: Table) -> tuple[str, RelationshipType, str]:
        source, kind, target = table.id("source"), self._type(table), table.id("target")
        self._no_loop(table.at, "target", source, target)
        return source, kind, target

    def _type(self, table: Table) -> RelationshipType:
        name = str(table.needed("type"))
        kind = self._ontology.relationship_types.get(name)
        if kind is None:
            refuse("unknown_type", table.at, value=shown(name))
        return kind

    def _no_loop(self, at: str, name: str, one: str, other: str) -> None:
        if one == other:
            refuse("self_loop", at, field=name, ci_id=one)

    def _quorum(self, table: Table) -> str | None:
        found = table.get("min_available")
        if found is None or found == "":
            return None
        return parsed(table.at, "min_available", found, parse_quorum, RIGHT["quorum"])

    def _regroup(self, table: Table) -> Regroup:
        ci_id, group, quorum = table.id("ci_id"), table.name("redundancy_group"), self._quorum(table)
        if "redundancy_group" not in table.held:
            refuse("missing", table.at, field="redundancy_group")
        members = None if table.get("members") is None else tuple(
            self._member(ci_id, Table.of(f"{table.at}.members[{number}]", each))
            for number, each in enumerate(table.items("members"))
        )  # fmt: skip
        if members is not None and not members:
            refuse("missing", table.at, field="members")
        if members and len(set(members)) < len(members):
            twice = next(each for each in members if members.count(each) > 1)
            refuse("member_twice", table.at, type=twice[0], ci_id=twice[1])
        if group is None and members is None:
            refuse("missing", table.at, field="members")
        if group is None and quorum is not None:
            refuse("quorum_without_group", table.at)
        return Regroup(ci_id, group, quorum, members)

    def _member(self, ci_id: str, table: Table) -> tuple[str, str]:
        kind, target = self._type(table), table.id("target")
        table.end()
        self._no_loop(table.at, "target", ci_id, target)
        if kind.provider is None:
            refuse("no_impact", table.at, type=kind.id)
        return kind.id, target

    def _set(self, table: Table) -> SetField:
        ci_id, name = table.id("ci_id"), str(table.needed("field"))
        if "value" not in table.held:
            refuse("missing", table.at, field="value")
        declared = self._any_class.get(name)
        if declared is None or name in KEYS:
            refuse("unknown_field", table.at, value=shown(name))
        value = self._field(table.at, declared, table.get("value"))
        if name == "status" and value == RETIRED:
            refuse("retire_instead", table.at)
        if value is None and declared.required:
            refuse("missing", table.at, field="value")
        if declared.shorthand:
            self._no_loop(table.at, name, ci_id, str(value))
        return SetField(ci_id, name, value)

    def _field(self, at: str, declared: Field, raw: Any) -> Value | None:
        if raw is None or raw == "":
            return None
        right = ", ".join(declared.choices) or RIGHT.get(declared.type, "")
        found = parsed(at, declared.id, raw, parser_of(declared), right)
        return None if found in ("", []) else found


def plain(groups: tuple[EditGroup, ...]) -> str:
    """The canonical JSON that `Change.edits` keeps of these; `edits_of` reads it back."""
    return canonical([_plain_group(group) for group in groups]).decode()


def _plain_group(group: EditGroup) -> dict[str, Any]:
    edits = [_plain_edit(edit) for edit in group.edits]
    return edits[0] if group.name is None else {"group": group.name, "edits": edits}


def _plain_edit(edit: Edit) -> dict[str, Any]:
    match edit:
        case Add(ci_id, state, related):
            return {"op": "add", "ci": {"ci_id": ci_id, **state, **dict(related)}}
        case Retire(ci_id):
            return {"op": "retire", "ci_id": ci_id}
        case Relate(source, kind, target, strength, group, quorum):
            more = {"strength": strength, "redundancy_group": group, "min_available": quorum}
            ends = {"op": "relate", "source": source, "type": kind, "target": target}
            return ends | {name: value for name, value in more.items() if value is not None}
        case Unrelate(source, kind, target):
            return {"op": "unrelate", "source": source, "type": kind, "target": target}
        case Regroup(ci_id, group, quorum, members):
            found: dict[str, Any] = {"op": "regroup", "ci_id": ci_id, "redundancy_group": group}
            if quorum is not None:
                found["min_available"] = quorum
            if members is not None:
                found["members"] = [{"type": kind, "target": target} for kind, target in members]
            return found
        case SetField(ci_id, name, value):
            return {"op": "set", "ci_id": ci_id, "field": name, "value": value}
