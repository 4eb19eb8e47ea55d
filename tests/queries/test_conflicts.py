"""Conflicts of changes are those found by looking at every instant and every set of those at work."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.topology import Topology
from queries.conflicts import Conflicts, Ledger, conflicts_into, conflicts_of
from queries.ground import USED, Ground, Grounds
from queries.parties import Party, Requirement
from queries.spells import Scene
from tests.graph.estates import Drawn, cases, random_estate
from tests.oracles import Group
from tests.queries.slow_conflicts import Conflicts as SlowConflicts
from tests.queries.slow_conflicts import Work, slow_conflicts

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))
BEGIN, END = 2, 9  # of a horizon within times of 0 to 11


@dataclass(frozen=True)
class Plan:
    """An estate and what is planned on it."""

    drawn: Drawn
    works: list[Work]

    def conflicts(self, order: int) -> Conflicts:
        """As the fast version says."""
        parties = [party(w) for w in self.works]
        return conflicts_of(self.drawn.topology, parties, BEGIN, END, order=order, base=self.base)

    @property
    def base(self) -> Any:
        """The groups of all CIs as they are recorded."""
        groups = self.drawn.estate.groups
        return {ci: {name: requirement(g) for name, g in groups.get(ci, {}).items()} for ci in range(self.drawn.n)}

    def named(self, found: Conflicts) -> SlowConflicts:
        """In the words of the slow version."""
        return {
            (each.kind, frozenset(self.works[number].name for number in each.parties)): (
                each.intervals,
                frozenset(each.cis),
            )
            for each in found.found
        }


def requirement(group: Group) -> Requirement:
    return Requirement(*group)


def party(work: Work) -> Party:
    edits: Any = {
        lineage: [None if group is None else requirement(group) for group in groups]
        for lineage, groups in work.edits.items()
    }
    seeds: Any = work.seeds
    return Party(work.name, work.start, work.end, seeds, edits, is_change=work.is_change)


@st.composite
def plans(draw: st.DrawFn, *, edits: bool, feeds: bool = True, most: int = 9) -> Plan:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    drawn = random_estate(draw(st.integers(2, most)), rng, feeds=feeds)
    works = [random_work(number, drawn, rng, edits) for number in range(draw(st.integers(1, 5)))]
    return Plan(drawn, works)


def random_work(number: int, drawn: Drawn, rng: np.random.Generator, edits: bool) -> Work:
    start = int(rng.integers(0, 10))
    end = None if rng.random() < 0.15 else start + int(rng.integers(1, 8))
    effects = ["outage"] * 4 + ["degraded", "retire"]
    some = rng.choice(drawn.n, int(rng.integers(1, min(3, drawn.n) + 1)), replace=False).tolist()
    seeds = {int(ci): effects[int(rng.integers(0, len(effects)))] for ci in some}
    if rng.random() < 0.1:
        return Work(f"incident:{number}", start, end, dict.fromkeys(seeds, "outage"), is_change=False)
    altered = random_edits(drawn, rng) if edits and rng.random() < 0.6 else {}
    return Work(f"C{number}", start, end, {} if altered and rng.random() < 0.4 else seeds, altered)


def random_edits(drawn: Drawn, rng: np.random.Generator) -> dict[tuple[int, str], list[Group | None]]:
    found: dict[tuple[int, str], list[Group | None]] = {}
    for _ in range(int(rng.integers(1, 3))):
        ci = int(rng.integers(0, drawn.n))
        name = str(rng.choice([*drawn.estate.groups.get(ci, {}), "new"]))
        found[ci, name] = [random_group(ci, name, drawn, rng) for _ in range(1 + int(rng.random() < 0.2))]
    return found


def random_group(ci: int, name: str, drawn: Drawn, rng: np.random.Generator) -> Group | None:
    mine = drawn.estate.groups.get(ci, {})
    if name in mine and rng.random() < 0.4:
        return None
    others = [other for other in range(drawn.n) if other != ci]
    members = tuple(sorted(rng.choice(others, int(rng.integers(1, min(3, len(others)) + 1)), False).tolist()))
    fed = mine[name][2] if name in mine else bool(rng.random() < 0.3)
    return members, int(rng.integers(1, len(members) + 1)), fed


@pytest.mark.many
@EXAMPLES
@given(plans(edits=True), st.lists(st.tuples(st.integers(0, 5), st.integers(6, 11)), min_size=2, max_size=4), st.data())
def test_who_asks_later_finds_what_who_asks_first_finds(
    plan: Plan, horizons: list[tuple[int, int]], data: st.DataObject
) -> None:
    # what falls is kept with the parties, as far as there is room
    shared = Scene(plan.drawn.topology, [party(w) for w in plan.works], plan.base)
    shared.ground.falls.most = data.draw(st.sampled_from([0, 5, 2**20]))
    for begin, end in horizons:
        kept, alone = Ledger(end), Ledger(end)
        found = conflicts_into(kept, shared, begin, order=3)
        fresh = conflicts_into(alone, replace(shared, grounds=Grounds()), begin, order=3)
        assert (kept.records(), found.complete) == (alone.records(), fresh.complete)
    if not shared.ground.falls.most:
        assert not shared.ground.falls.known


@pytest.mark.many
@EXAMPLES
@given(plans(edits=True), st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 3)), min_size=1, max_size=4))
def test_what_was_found_before_a_window_was_moved_misleads_nobody(plan: Plan, moves: list[tuple[int, int]]) -> None:
    grounds, parties = Grounds(), [party(w) for w in plan.works]
    for number, by in [(0, 0), *moves]:
        at = number % len(parties)
        moved = parties[at]
        parties[at] = replace(moved, start=moved.start + by, end=None if moved.end is None else moved.end + by)
        kept, alone = Ledger(END), Ledger(END)
        found = conflicts_into(kept, Scene(plan.drawn.topology, parties, plan.base, grounds=grounds), BEGIN, order=3)
        fresh = conflicts_into(alone, Scene(plan.drawn.topology, parties, plan.base), BEGIN, order=3)
        assert (kept.records(), found.complete) == (alone.records(), fresh.complete)


def test_windows_that_are_tried_do_not_take_the_place_of_the_schedule() -> None:
    topology = Topology.from_edges(4, [0, 0, 0], [1, 2, 3], group=[0, 0, 0], min_available=[1, 1, 1])
    moves = Party("C1", 2, 5, {}, {(0, "g0"): [Requirement((1, 2), 2)]})
    other, grounds = Party("C2", 0, 9, {1: "outage"}), Grounds()

    def ground(start: int, until: int = 9) -> Ground:
        parties = [replace(moves, start=start, end=start + 3), replace(other, end=until)]
        return Scene(topology, parties, {0: {"g0": Requirement((1, 2, 3), 1)}}, grounds=grounds).ground

    kept = ground(2)
    for until in range(8):
        assert ground(2, until) is kept, "windows of those without edits make no other ground"
    assert len({ground(start) for start in range(3, 9)}) == 6
    assert ground(2) is kept

    for start in range(3, 3 + USED):
        ground(start)
    assert ground(2) is not kept, "a schedule that nobody asks about any more gives its place up"


@pytest.mark.many
@EXAMPLES
@given(plans(edits=False), st.integers(1, 3))
def test_conflicts_are_those_of_every_instant_and_every_set(plan: Plan, order: int) -> None:
    found = plan.conflicts(order)

    assert found.complete
    assert plan.named(found) == slow_conflicts(plan.drawn.estate, plan.works, BEGIN, END, order)


@pytest.mark.many
@EXAMPLES
@given(plans(edits=True), st.integers(1, 3))
def test_conflicts_of_changes_with_edits(plan: Plan, order: int) -> None:
    found = plan.conflicts(order)

    assert found.complete
    assert plan.named(found) == slow_conflicts(plan.drawn.estate, plan.works, BEGIN, END, order)


@pytest.mark.many
@EXAMPLES
@given(plans(edits=False))
def test_what_has_no_end_goes_on_when_more_is_looked_at(plan: Plan) -> None:
    parties = [party(w) for w in plan.works]

    def endless(end: int) -> set[tuple[str, tuple[int, ...], int]]:
        found = conflicts_of(plan.drawn.topology, parties, BEGIN, end, order=3, base=plan.base).found
        return {(each.kind, each.parties, start) for each in found for start, until in each.intervals if until is None}

    assert endless(END) <= endless(max([END, *(each.end for each in parties if each.end is not None)]) + 1)


def test_two_that_end_with_the_horizon_are_not_told_without_end() -> None:
    topology = Topology.from_edges(3, [0, 0], [1, 2], group=[0, 0], min_available=[1, 1])
    parties = [Party("C1", 2, 9, {1: "outage"}), Party("C2", 5, 9, {2: "outage"})]

    ends = {end: [each.intervals for each in conflicts_of(topology, parties, 0, end).found] for end in (8, 9, 10)}

    assert ends == {8: [((5, 8),)], 9: [((5, 9),)], 10: [((5, 9),)]}


def test_what_a_retired_ci_does_together_with_others_goes_on_though_its_window_ends_with_the_horizon() -> None:
    topology = Topology.from_edges(4, [0, 0], [1, 2], group=[0, 0], min_available=[1, 1])
    retires = Party("C1", 2, 9, {1: "retire", 3: "outage"})
    incident = Party("incident:I1", 0, None, {2: "outage"}, is_change=False)

    ends = {
        end: [each.intervals for each in conflicts_of(topology, [retires, incident], 0, end).found] for end in (9, 10)
    }

    assert ends == {9: [((2, None),)], 10: [((2, None),)]}
