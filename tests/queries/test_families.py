"""Minimal sets of causes are those found by trying every set."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.topology import Topology
from queries.families import minimal_sets
from queries.spof import single_points_of_failure
from tests.graph.estates import Drawn, cases, estates, seeds_of
from tests.oracles import slow_impact

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))


def tried(
    drawn: Drawn, target: int, causes: dict[int, set[int]], order: int, base: dict[int, str] | None = None
) -> list[tuple[int, ...]]:
    """By trying every set, smaller ones first."""
    found: list[tuple[int, ...]] = []
    for size in range(1, order + 1):
        for some in combinations(sorted({cause for mine in causes.values() for cause in mine}), size):
            if any(set(less) <= set(some) for less in found):
                continue
            seeds = {ci: "outage" for ci, mine in causes.items() if mine & set(some)}
            seeds = {**(base or {}), **seeds}
            if slow_impact(drawn.estate, seeds).states[target] == 3:
                found.append(some)
    return found


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_families_are_all_minimal_sets_up_to_an_order(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates(most=10))
    causes: Any = data.draw(
        st.dictionaries(st.integers(0, drawn.n - 1), st.sets(st.integers(0, 5), max_size=2), max_size=6)
    )
    target, order = data.draw(st.integers(0, drawn.n - 1)), data.draw(st.integers(1, 3))

    found = minimal_sets(drawn.topology, target, causes, order=order)

    assert found.complete
    assert list(found.sets) == tried(drawn, target, causes, order)


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_families_beside_seeds_that_are_given_anyway(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates(most=10))
    base: Any = data.draw(seeds_of(drawn))
    causes = {ci: {ci} for ci in range(drawn.n)}
    target = data.draw(st.integers(0, drawn.n - 1))
    if slow_impact(drawn.estate, base).states[target] == 3:
        return
    del causes[target]

    found = minimal_sets(drawn.topology, target, causes, base=base)

    assert found.complete
    assert list(found.sets) == tried(drawn, target, causes, 3, base)


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_what_is_found_within_bounds_is_minimal_and_said_not_to_be_all(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates(most=10))
    causes = {ci: {ci} for ci in range(drawn.n)}
    target, bound = data.draw(st.integers(0, drawn.n - 1)), data.draw(st.integers(1, 6))
    del causes[target]

    found = minimal_sets(drawn.topology, target, causes, kept=bound, tried=10 * bound)

    every = tried(drawn, target, causes, 3)
    assert set(found.sets) <= set(every)
    assert found.complete <= (list(found.sets) == every)


def test_a_group_that_explodes_is_bounded_and_says_so() -> None:
    # one of two members, each out by any of 300 CIs: 90,000 pairs
    many = 300
    source = [0, 0, *[1] * many, *[2] * many]
    target = [1, 2, *range(3, 2 * many + 3)]
    group = [0, 0] + [-1] * (2 * many)
    topology = Topology.from_edges(2 * many + 3, source, target, group=group, min_available=[1] * len(source))

    found = minimal_sets(topology, 0, {ci: [ci] for ci in range(1, 2 * many + 3)})

    assert not found.complete
    assert found.sets[0] == (1, 2)
    assert {len(each) for each in found.sets} == {2}


def test_a_feeding_circle_beside_does_not_hide_the_pairs_of_ordinary_groups() -> None:
    # a service on one of two nodes, each with a long chain below it, and on a ring of two switches with a core
    many = 40
    rows = [(0, 1, 0, 0), (0, 2, 0, 0), (1, 3, -1, 0), (2, 4, -1, 0), (0, 5, -1, 0)]
    rows += [(5, 6, 1, 1), (5, 7, 1, 1), (6, 5, 2, 1), (6, 7, 2, 1)]
    rows += [(at, at + 2, -1, 0) for at in (3, 4)]
    rows = [
        (a + 2 * many * (a > 4), b + 2 * many * (b > 4), g, f) for a, b, g, f in rows if (a, b) not in ((3, 5), (4, 6))
    ]
    rows += [(ci, ci + 2, -1, 0) for ci in range(3, 3 + 2 * many)]
    n = 8 + 2 * many
    source, target, group, feeds = ([row[i] for row in rows] for i in range(4))
    topology = Topology.from_edges(
        n, source, target, group=group, min_available=[1] * len(rows), feeds=[bool(f) for f in feeds]
    )
    points = set(single_points_of_failure(topology, 0).tolist())

    found = minimal_sets(topology, 0, {ci: [ci] for ci in range(1, n) if ci not in points}, tried=3)

    assert not found.complete
    assert (1, 2) in found.sets
