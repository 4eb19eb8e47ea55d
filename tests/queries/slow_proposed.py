"""Edits and what they do, the slow and obvious way: the whole register copied at each step, all orders tried."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import networkx as nx
import numpy as np

from graph.estate import Columns, build_estate
from graph.estate import Estate as NamedEstate
from graph.ontology import load_ontology
from graph.records.edits import Add, Edit, EditGroup, Regroup, Relate, Retire, SetField, Unrelate
from graph.records.kept_graph import Ends, KeptGraph
from tests.oracles import Estate, Group, founded, slow_impact, without_source

TYPES = load_ontology().relationship_types
DEAD = "†"  # behind an id: the CI once the change has retired it


class NoLongerError(Exception):
    """An edit does not apply."""


@dataclass
class World:
    """A register: CIs by id (class, status), relationships by their ends. `by_change`: retired by the change."""

    cis: dict[str, dict[str, Any]] = field(default_factory=dict)
    related: dict[Ends, dict[str, Any]] = field(default_factory=dict)
    by_change: set[str] = field(default_factory=set)

    def is_live(self, ci_id: str) -> bool:
        """Whether it is there and not retired."""
        return ci_id in self.cis and self.cis[ci_id]["status"] != "retired"

    def kept(self, named: frozenset[str]) -> KeptGraph:
        """The part of it that edits name."""
        return KeptGraph(
            {ci: dict(state) for ci, state in self.cis.items() if ci in named},
            {ends: dict(state) for ends, state in self.related.items() if ends[0] in named},
        )

    def estate(self) -> NamedEstate:
        """It as an estate; all types here have their dependent as the source."""
        ids = sorted(ci for ci in self.cis if self.is_live(ci))
        number = {ci: at for at, ci in enumerate(ids)}
        names = list(TYPES)
        rows = [
            (ends, state)
            for ends, state in sorted(self.related.items(), key=lambda row: (names.index(row[0][1]), row[0]))
            if TYPES[ends[1]].provider and ends[0] in number
        ]
        there = [(ends, state) for ends, state in rows if ends[2] in number]
        members: dict[tuple[int, str], list[tuple[int, str | None]]] = {}
        for at, (ends, state) in enumerate(there):
            if "redundancy_group" in state:
                key = number[ends[0]], state["redundancy_group"]
                members.setdefault(key, []).append((at, state.get("min_available")))
        lost = {
            (number[ends[0]], state.get("redundancy_group") or f"{ends[1]}|{ends[2]}")
            for ends, state in rows
            if ends[2] not in number and state.get("strength") != "soft"
        }
        columns = Columns(
            ids, ids, [self.cis[ci]["ci_class"] for ci in ids], [""] * len(ids),
            np.array([number[ends[0]] for ends, _ in there], np.int64),
            np.array([number[ends[2]] for ends, _ in there], np.int64),
            np.array([names.index(ends[1]) for ends, _ in there], np.uint8),
            np.array([state.get("strength") == "soft" for _, state in there], np.bool_),
            members, lost - members.keys(),
        )  # fmt: skip
        return build_estate(3, columns, load_ontology())

    def row(self, ci_id: str) -> tuple[dict[str, Group], frozenset[str]]:
        """What a CI needs: its groups, whose members are ids, and its soft providers."""
        groups: dict[str, list[tuple[str, str | None, bool]]] = {}
        soft = set()
        for (source, kind, target), state in self.related.items():
            if (
                source != ci_id
                or not TYPES[kind].provider
                or (not self.is_live(target) and target not in self.by_change)
            ):
                continue
            node = target + DEAD if target in self.by_change else target
            if state.get("strength") == "soft":
                soft.add(node)
                continue
            group = state.get("redundancy_group")
            name = f"g-{group}" if group else f"p-{kind}-{target}"
            groups.setdefault(name, []).append((node, state.get("min_available"), TYPES[kind].feeds))
        found: dict[str, Any] = {}
        for name, some in groups.items():
            members = tuple(sorted({node for node, _, _ in some}))
            # blank means as the others
            quorums = {quorum for _, quorum, _ in some if quorum}
            needed = max((_needed(quorum, len(members)) for quorum in quorums), default=len(members))
            found[name] = (members, needed, some[0][2])
        # a hard relationship hides a soft one to the same provider
        plain = {members[0] for name, (members, _, _) in found.items() if name.startswith("p-")}
        return found, frozenset(soft - plain)


def _needed(quorum: str | None, n: int) -> int:
    if quorum is None or quorum == "all":
        return n
    return -(-int(quorum[:-1]) * n // 100) if quorum.endswith("%") else min(int(quorum), n)


def slow_steps(world: World, groups: tuple[EditGroup, ...]) -> tuple[list[World], set[int]]:
    """The register before, and after each group of edits; the numbers of groups that no longer apply."""
    found, refused = [copy.deepcopy(world)], set()
    for number, group in enumerate(groups):
        trial = copy.deepcopy(found[-1])
        try:
            for edit in group.edits:
                _apply(trial, edit)
            _check_groups(trial)
        except NoLongerError:
            refused.add(number)
            trial = copy.deepcopy(found[-1])
        found.append(trial)
    return found, refused


def _apply(world: World, edit: Edit) -> None:
    match edit:
        case Add(ci_id, state):
            _check(ci_id not in world.cis)
            world.cis[ci_id] = {"status": "live", **state}
        case Retire(ci_id):
            _check(world.is_live(ci_id))
            world.cis[ci_id]["status"] = "retired"
            world.by_change.add(ci_id)
        case Relate(source, kind, target, strength, group, quorum):
            _check(world.is_live(source) and world.is_live(target) and (source, kind, target) not in world.related)
            state = {"strength": strength or "hard"} if TYPES[kind].provider else {}
            if group:
                state["redundancy_group"] = group
                quorum = quorum or _quorum(world, source, group)
                state |= {"min_available": quorum} if quorum else {}
            world.related[source, kind, target] = state
        case Unrelate(source, kind, target):
            _check((source, kind, target) in world.related)
            del world.related[source, kind, target]
        case Regroup():
            _regroup(world, edit)
        case SetField(ci_id, "site", value):
            _check(world.is_live(ci_id) and (value is None or world.is_live(str(value))))
            old = {ends: state for ends, state in world.related.items() if ends[:2] == (ci_id, "located_in")}
            for ends in old:
                del world.related[ends]
            if value is not None:
                ends = ci_id, "located_in", str(value)
                world.related[ends] = old.get(ends, {"strength": "hard"})


def _regroup(world: World, edit: Regroup) -> None:
    _check(world.is_live(edit.ci_id))
    mine = {ends: state for ends, state in world.related.items() if ends[0] == edit.ci_id}
    had = {e for e, s in mine.items() if edit.redundancy_group and s.get("redundancy_group") == edit.redundancy_group}
    named = had if edit.members is None else {(edit.ci_id, kind, target) for kind, target in edit.members}
    _check(bool(named) and named <= mine.keys())
    _check(not edit.redundancy_group or all(mine[ends].get("strength") != "soft" for ends in named))
    quorum = edit.min_available or (edit.redundancy_group and _quorum(world, edit.ci_id, edit.redundancy_group))
    for ends in had | named:
        mine[ends].pop("redundancy_group", None)
        mine[ends].pop("min_available", None)
        if ends in named and edit.redundancy_group:
            mine[ends] |= {"redundancy_group": edit.redundancy_group} | ({"min_available": quorum} if quorum else {})


def _quorum(world: World, ci_id: str, group: str) -> str | None:
    found = [
        s["min_available"]
        for e, s in world.related.items()
        if e[0] == ci_id and s.get("redundancy_group") == group and "min_available" in s
    ]
    return min(found, default=None)


def _check_groups(world: World) -> None:
    groups: dict[tuple[str, str], list[tuple[str | None, bool]]] = {}
    for (source, kind, _), state in world.related.items():
        if "redundancy_group" in state:
            each = state.get("min_available"), TYPES[kind].feeds
            groups.setdefault((source, state["redundancy_group"]), []).append(each)
    for some in groups.values():
        _check(len({quorum for quorum, _ in some if quorum}) <= 1 and len({feeds for _, feeds in some}) == 1)


def _check(holds: bool) -> None:
    if not holds:
        raise NoLongerError


def mixed(steps: list[World]) -> Iterator[dict[str, tuple[dict[str, Group], frozenset[str]]]]:
    """Every graph there can be on the way: each CI at a step of its own, in the order of steps."""
    last = steps[-1]
    ids = sorted({ci for world in steps for ci in world.cis if world.is_live(ci)})
    choices: dict[str, list[Any]] = {}
    for ci_id in ids:
        rows = [world.row(ci_id) for world in steps if world.is_live(ci_id)]
        choices[ci_id] = [row for at, row in enumerate(rows) if row not in rows[:at]]
    dead = {ci_id + DEAD: last.row(ci_id) for ci_id in last.by_change}
    for chosen in product(*choices.values()):
        yield dict(zip(choices, chosen, strict=True)) | dead


def ways(steps: list[World]) -> int:
    """How many graphs there can be on the way."""
    found = 1
    for ci_id in {ci for world in steps for ci in world.cis}:
        rows = [world.row(ci_id) for world in steps if world.is_live(ci_id)]
        found *= max(1, sum(row not in rows[:at] for at, row in enumerate(rows)))
    return found


Rows = Mapping[str, tuple[dict[str, Group], frozenset[str]]]


def plain(rows: Rows) -> tuple[Estate, dict[str, int]]:
    """A graph of rows in numbers, and the number of each CI."""
    number = {ci: at for at, ci in enumerate(sorted(rows))}
    groups = {
        number[ci]: {
            name: (tuple(number[str(m)] for m in members), needed, feeds)
            for name, (members, needed, feeds) in mine.items()
        }
        for ci, (mine, _) in rows.items()
    }
    soft = {number[ci]: frozenset(number[str(p)] for p in some) for ci, (_, some) in rows.items()}
    return Estate(len(number), groups, soft), number


def slow_run(rows: Rows, seeds: Mapping[str, str], excused: set[str] | None = None) -> dict[str, int]:
    """The states in a graph of rows; what the change retired is out; `excused`: F, where it is not this graph's."""
    estate, number = plain(rows)
    given = {number[ci]: effect for ci, effect in seeds.items() if ci in number}
    given |= {at: "retire" for ci, at in number.items() if ci.endswith(DEAD)}
    without = without_source(estate) if excused is None else {number[ci] for ci in excused & number.keys()}
    # out from the start, with no chain to a seed
    starved = set(range(estate.n)) - founded(estate, set(), without) - without
    found = slow_impact(estate, given | dict.fromkeys(starved, "outage"), without)
    return {ci: found.states[at] for ci, at in number.items()}


def sourceless(world: World) -> set[str]:
    """F of a register: who has no source though nothing is out."""
    estate, number = plain({ci: world.row(ci) for ci in world.cis if world.is_live(ci)})
    without = without_source(estate)
    return {ci for ci, at in number.items() if at in without}


def slow_during(steps: list[World], seeds: Mapping[str, str]) -> dict[str, int]:
    """The worst state of every CI over all graphs there can be on the way; of what the change retires, as it was.

    Who had no source before is excused. Whoever falls in the last graph by its own F is out as well, until nobody does.
    """
    excused, fell = sourceless(steps[0]), dict[str, str]()
    while True:
        worst: dict[str, int] = {}
        for rows in mixed(steps):
            for ci_id, state in slow_run(rows, {**seeds, **fell}, excused).items():
                worst[ci_id] = max(worst.get(ci_id, 0), state)
        out = {ci: "outage" for ci, state in worst.items() if state == 3 and not ci.endswith(DEAD)}
        last = slow_after(steps, {**seeds, **out})
        more = {ci: "outage" for ci, state in last.items() if state == 3}
        if more.keys() <= out.keys():
            return {ci: state for ci, state in worst.items() if not ci.endswith(DEAD)}
        fell = out | more


def slow_after(steps: list[World], seeds: Mapping[str, str]) -> dict[str, int]:
    """The state of every CI at the last step; what the change retired is out."""
    last = steps[-1]
    rows = {ci: last.row(ci) for ci in last.cis if last.is_live(ci)}
    dead = {ci + DEAD: last.row(ci) for ci in last.by_change}
    found = slow_run(rows | dead, seeds)
    return {ci: found[ci] for ci in rows}


def slow_points(steps: list[World], at: int) -> tuple[dict[str, set[str]], set[str]]:
    """The single points of each live service at a step, by trying each; and the services that are out anyway."""
    world = steps[at]
    live = sorted(ci for ci in world.cis if world.is_live(ci))
    start = slow_after([world], {})
    services = [ci for ci in live if world.cis[ci]["ci_class"] == "business_service"]
    points = {ci: set[str]() for ci in services if start[ci] != 3}
    for failure in (ci for ci in live if start[ci] != 3):
        found = slow_after([world], {failure: "outage"})
        for service, mine in points.items():
            if found[service] == 3 and failure != service:
                mine.add(failure)
    return points, set(services) - points.keys()


def slow_cycles(steps: list[World]) -> list[list[str]]:
    """The cycles of the last step of which some are in none together at the first."""
    had, has = (_cycles(steps[at]) for at in (0, -1))
    return sorted(sorted(cycle) for cycle in has if not any(cycle <= each for each in had))


def _cycles(world: World) -> set[frozenset[str]]:
    graph: Any = nx.DiGraph()
    there = {ci for ci in world.cis if world.is_live(ci)}
    graph.add_edges_from((s, t) for s, kind, t in world.related if TYPES[kind].provider and {s, t} <= there)
    return {frozenset(each) for each in nx.strongly_connected_components(graph) if len(each) > 1}


def random_world(rng: np.random.Generator, n: int, *, feeds: bool) -> World:
    """A register of n CIs: cycles, groups, soft and feeding relationships, some CIs retired already."""
    world = World()
    ids = [f"ci-{number}" for number in range(n)]
    for ci_id in ids:
        status = "retired" if rng.random() < 0.08 else "live"
        world.cis[ci_id] = {
            "ci_class": "business_service" if rng.random() < 0.4 else "host", "name": ci_id, "status": status
        }  # fmt: skip
    kinds = ["depends_on", "runs_on"] if feeds else ["depends_on", "stores_on"]
    for source in ids:
        for target in rng.permutation([ci for ci in ids if ci != source])[: int(rng.integers(0, 4))]:
            state: dict[str, Any] = {"strength": "soft" if rng.random() < 0.2 else "hard"}
            kind = kinds[int(rng.random() < 0.5)]
            if state["strength"] == "hard" and rng.random() < 0.6:
                # one group a type: what feeds and what does not is never mixed
                group = f"g{kinds.index(kind)}"
                state["redundancy_group"] = group
                quorum = _quorum(world, source, group) or ("1", "50%", "all", "2")[int(rng.integers(4))]
                state["min_available"] = quorum
            world.related[source, kind, str(target)] = state
    return world


def random_edits(rng: np.random.Generator, world: World, most: int, *, feeds: bool) -> tuple[EditGroup, ...]:
    """Edits of which most apply."""
    groups: list[EditGroup] = []
    now, kinds = copy.deepcopy(world), ["depends_on", "runs_on" if feeds else "stores_on"]
    for number in range(int(rng.integers(1, most + 1))):
        edits = tuple(_random_edit(rng, now, kinds, number) for _ in range(int(rng.integers(1, 4))))
        group = EditGroup(f"e{number}", edits) if len(edits) > 1 else EditGroup(None, edits)
        groups.append(group)
        now = slow_steps(now, (group,))[0][-1]
    return tuple(groups)


def _random_edit(rng: np.random.Generator, world: World, kinds: list[str], number: int) -> Edit:
    one, other = (str(ci) for ci in rng.choice(sorted(world.cis), 2, replace=False))
    kind, group = kinds[rank := int(rng.random() < 0.5)], f"g{rank}"
    quorum = (None, "1", "50%", "all", "5")[int(rng.integers(5))]
    mine = sorted(ends for ends in world.related if ends[:2] == (one, kind))
    members = tuple((k, target) for _, k, target in mine) if rng.random() < 0.6 and mine else None
    related = sorted(world.related) or [(one, kind, other)]
    choices: list[tuple[float, Edit]] = [
        (0.35, Unrelate(*related[int(rng.integers(len(related)))])),
        (0.15, Relate(one, kind, other, "hard", group, quorum)),
        (0.15, Relate(one, kind, other, "soft" if rng.random() < 0.2 else None)),
        (0.10, Retire(one)),
        (0.07, Add(f"new-{number}", {"ci_class": "host", "name": "new"})),
        (0.05, SetField(one, "site", other if rng.random() < 0.8 else None)),
        (0.10, Regroup(one, group, quorum, members)),
        (0.03, Regroup(one, None, None, members or (("depends_on", other),))),
    ]
    return choices[int(rng.choice(len(choices), p=[share for share, _ in choices]))][1]
