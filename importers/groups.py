"""Redundancy groups as they will be at the end of the run (SEMANTICS 1, INTERFACES: validated together)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from graph.errors import ParamValue
from graph.history import Thing
from graph.ontology import Ontology
from graph.store import ends_of
from graph.values import shown
from importers.lookup import Lookup
from importers.plan import Plan
from importers.reconcile import may_set, owner_of
from importers.rows import RelationshipRow
from importers.spool import sorted_rows

SOURCES_AT_ONCE = 2_000


@dataclass
class _Member:
    target: str
    type: str
    quorum: str | None
    soft: bool
    rows: list[tuple[int, RelationshipRow]] = field(default_factory=list)


Groups = dict[str, list[_Member]]


def settle_groups(plan: Plan, store: Lookup, ontology: Ontology) -> None:
    """Reject the rows of every group that would be wrong at the end of the run; the rest is sorted by dependent.

    Checked on the final group, members of the store that the run does not mention included: one quorum per group, from
    1 to the number of its members, all feeding or none, none soft. Retired members count here: retiring one is
    legitimate and only flagged when read (`quorum_impossible`), and what is kept must be importable again.
    """
    types = [name for name, kind in ontology.relationship_types.items() if kind.provider]
    ending = {key for keys in plan.ending.values() for key in keys}
    for dependents in _by_dependent(plan):
        kept = dict(store.relationships_at(dependents, types))
        present: dict[str, dict[str, Thing]] = defaultdict(dict)
        for key, found in kept.items():
            if key not in ending:
                present[ends_of(key)[0]][key] = found.thing
        for dependent, rows in dependents.items():
            left = rows
            while True:
                # what is refused leaves other groups with fewer members than they seemed to have
                _check_dependent(plan, ontology, present[dependent], left)
                alive = [item for item in left if item[0] not in plan.left_out["grouped"]]
                if len(alive) == len(left):
                    break
                left = alive
    plan.staged = sorted({row.source for _, row in plan.rows("grouped")})


def _by_dependent(plan: Plan) -> Iterator[dict[str, list[tuple[int, RelationshipRow]]]]:
    held: dict[str, list[tuple[int, RelationshipRow]]] = {}
    ordered = sorted_rows(plan.spools["grouped"], lambda row: row.source, plan.folder)
    alive = ((number, row) for number, row in ordered if number not in plan.left_out["grouped"])
    for source, rows in groupby(alive, key=lambda item: str(item[1].source)):
        held[source] = list(rows)
        if len(held) >= SOURCES_AT_ONCE:
            yield held
            held = {}
    if held:
        yield held


def _check_dependent(
    plan: Plan,
    ontology: Ontology,
    present: Mapping[str, Thing],
    rows: list[tuple[int, RelationshipRow]],
) -> None:
    groups: Groups = defaultdict(list)
    touched: dict[str, list[tuple[int, RelationshipRow]]] = defaultdict(list)
    given = {row.key: (number, row) for number, row in rows}
    for key in sorted(present.keys() | given.keys()):
        thing, item = present.get(key), given.get(key)
        before = thing.state if thing else {}
        after: dict[str, Any] = dict(before)
        if item:
            after = {name: value for name, value in {**before, **item[1].given}.items() if name not in item[1].cleared}
        group = after.get("redundancy_group")
        if item:
            for name in {before.get("redundancy_group"), group} - {None}:
                touched[str(name)].append(item)
        if group is not None:
            _, kind, target = ends_of(key)
            quorum = item[1].given.get("min_available") if item else before.get("min_available")
            soft = after.get("strength", "hard" if ontology.relationship_types[kind].hard else "soft") == "soft"
            member = _Member(target, kind, None if quorum is None else str(quorum), soft, [item] if item else [])
            groups[str(group)].append(member)
    for name, concerned in touched.items():
        _check_group(plan, ontology, name, groups.get(name, []), concerned)


def _check_group(
    plan: Plan,
    ontology: Ontology,
    name: str,
    members: list[_Member],
    rows: list[tuple[int, RelationshipRow]],
) -> None:
    written = {m.quorum for m in members if m.rows and m.quorum is not None}
    # a row's quorum is the whole group's; where no row says one, that of the members already there stays
    said = written or {m.quorum for m in members if m.quorum is not None}
    left = len({m.target for m in members})
    problem: tuple[str, dict[str, ParamValue]] | None = None
    if len(written) > 1:
        problem = "row.quorums_differ", {"quorums": ", ".join(sorted(map(str, written)))}
    elif any(m.soft for m in members):
        problem = "row.soft_member", {}
    elif len({ontology.relationship_types[m.type].feeds for m in members}) > 1:
        problem = "row.mixed_feeds", {"types": ", ".join(sorted({m.type for m in members}))}
    else:
        quorum = next(iter(said), None)
        if members and quorum and quorum.isdecimal() and int(quorum) > left:
            problem = "row.quorum_above_members", {"quorum": quorum, "members": left}
    if problem:
        key, params = problem
        for number, row in rows:
            plan.reject("grouped", number, row, key, "min_available", group=shown(name), **params)


@dataclass(frozen=True, slots=True)
class Quorum:
    """The quorum of a group, and the data source that it is of; `overruled`: the run's own was not taken."""

    value: str
    source: str
    overruled: bool = False


def quorum_of_group(
    rows: list[RelationshipRow], members: list[Thing], source: str, ontology: Ontology
) -> Quorum | None:
    """The one quorum that every member of a group gets: what a row says, unless a stronger source said otherwise.

    `members` carry the quorum that this very group had before; of several, that of the strongest source counts.
    """
    held = [
        Quorum(str(thing.state["min_available"]), owner_of(thing, "min_available"))
        for thing in members
        if "min_available" in thing.state
    ]
    best = held[0] if held else None
    for other in held[1:]:
        if best and ontology.stronger(other.source, best.source):
            best = other
    said = next((str(row.given["min_available"]) for row in rows if "min_available" in row.given), None)
    if said is None:
        return best
    if best is None or may_set(source, best.source, ontology):
        return Quorum(said, source)
    return Quorum(best.value, best.source, best.value != said)
