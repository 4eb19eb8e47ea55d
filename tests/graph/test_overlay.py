"""A changed topology is the one built from the changed relationships; the one before goes on answering."""

from typing import Any
from unittest.mock import patch

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.overlay import Rows, part, with_rows
from graph.topology import Topology
from queries.impact import impact
from queries.witness import listed_seeds
from tests.graph.estates import LONG, cases, random_estate

EXAMPLES = settings(max_examples=10_000 if LONG else 80, deadline=None, suppress_health_check=list(HealthCheck))
EFFECTS = ("outage", "degraded", "retire")
Arrays = dict[str, list[Any]]


def rows_of(arrays: Arrays, dependents: set[int]) -> Arrays:
    kept = [e for e, source in enumerate(arrays["source"]) if source in dependents]
    return {name: [values[e] for e in kept] for name, values in arrays.items()}


def joined(one: Arrays, other: Arrays) -> Arrays:
    return {name: one[name] + other[name] for name in one}


def answers(topology: Topology, seeds: Any) -> tuple[Any, ...]:
    found = impact(topology, seeds)
    states, hops = found.dense()
    reached = topology.all_dependents_of(list(seeds)).tolist(), topology.all_providers_of(list(seeds)).tolist()
    margins = [found.margin(ci) for ci in range(topology.n)]
    return states.tolist(), hops.tolist(), margins, reached, listed_seeds(found)


def large_answers(topology: Topology, seeds: Any) -> tuple[Any, ...]:
    """The same as a graph would give them in which no worklist is short enough."""
    with patch.object(Topology, "few", -1):
        return answers(topology, seeds)


def structure(topology: Topology) -> tuple[Any, ...]:
    components = sorted(map(sorted, nx.strongly_connected_components(topology)))
    return components, sorted(topology.edges), nx.is_directed_acyclic_graph(topology), topology.number_of_edges()


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, Arrays, set[int]]]:
    """States of one graph: its size, its relationships, and who has others than in the state before."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    feeds = draw(st.booleans())
    n = draw(st.integers(1, 12))
    arrays = random_estate(n, rng, feeds=feeds).arrays
    states = [(n, arrays, set(range(n)))]
    for _ in range(draw(st.integers(1, 4))):
        n += int(rng.integers(0, 3))
        changed = {int(ci) for ci in rng.integers(0, n, int(rng.integers(0, n + 1)))} | set(range(states[-1][0], n))
        kept = rows_of(states[-1][1], set(range(n)) - changed)
        arrays = joined(kept, rows_of(random_estate(n, rng, feeds=feeds).arrays, changed))
        states.append((n, arrays, changed))
    return states


def brought_forward(topology: Topology, state: tuple[int, Arrays, set[int]]) -> Topology:
    n, arrays, changed = state
    return with_rows(topology, Rows(sorted(changed), **rows_of(arrays, changed)), n=n)


@pytest.mark.many
@EXAMPLES
@given(histories(), st.data())
def test_a_changed_topology_answers_as_one_built_anew(states: list[Any], data: st.DataObject) -> None:
    n, arrays, _ = states[0]
    line = [Topology.from_edges(n, **arrays)]
    for state in states[1:]:
        line.append(brought_forward(line[-1], state))
    seeds = [
        data.draw(st.dictionaries(st.integers(0, n - 1), st.sampled_from(EFFECTS), min_size=1, max_size=3))
        for n, _, _ in states
    ]

    # from the newest to the oldest: none was altered by what came after it
    for topology, (n, arrays, _), seeded in reversed(list(zip(line, states, seeds, strict=True))):
        anew = Topology.from_edges(n, **arrays)
        assert answers(topology, seeded) == answers(anew, seeded) == answers(topology.settled, seeded)
        assert large_answers(topology, seeded) == large_answers(anew, seeded) == answers(anew, seeded)
        assert (topology.n, topology.m) == (anew.n, anew.m)


@pytest.mark.many
@settings(max_examples=cases(2_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_networkx_sees_a_changed_topology_as_one_built_anew(states: list[Any]) -> None:
    n, arrays, _ = states[0]
    topology = Topology.from_edges(n, **arrays)
    for state in states[1:]:
        topology = brought_forward(topology, state)

    assert structure(topology) == structure(Topology.from_edges(states[-1][0], **states[-1][1]))


@pytest.mark.many
@settings(max_examples=cases(2_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(histories(), histories(), st.data())
def test_two_changes_of_one_topology_do_not_meet(one: list[Any], other: list[Any], data: st.DataObject) -> None:
    n, arrays, _ = one[0]
    start = Topology.from_edges(n, **arrays)
    drawn = [state for state in (*one[1:], *other[1:]) if state[0] >= n]
    seeds = data.draw(st.dictionaries(st.integers(0, n - 1), st.sampled_from(EFFECTS), min_size=1, max_size=2))
    before = answers(start, seeds)

    branches = [(with_rows(start, Rows(range(m), **arrays), n=m), m, arrays) for m, arrays, _ in drawn]

    for branch, m, arrays in branches:
        assert answers(branch, seeds) == answers(Topology.from_edges(m, **arrays), seeds)
    assert answers(start, seeds) == before


def chain(n: int) -> Topology:
    return Topology.from_edges(n, range(n - 1), range(1, n))


def test_a_relationship_against_the_order_is_known_as_such_until_the_topology_is_settled() -> None:
    topology = chain(4)

    down = with_rows(topology, Rows([0], [0, 0], [1, 3]))
    up = with_rows(topology, Rows([3], [3], [0]))

    assert (down.is_ordered, up.is_ordered, up.is_settled) == (True, False, False)
    assert (up.settled.is_ordered, up.settled.is_settled, nx.is_strongly_connected(up)) == (True, True, True)
    assert up.settled is up.settled


def test_a_cycle_that_loses_a_relationship_is_not_taken_for_one_any_more() -> None:
    # 0 → 1 → 2 → 0, and 1 → 3
    topology = Topology.from_edges(4, [0, 1, 2, 1], [1, 2, 0, 3])

    broken = with_rows(topology, Rows([2], [], []))
    kept = with_rows(topology, Rows([1], [1, 1], [2, 3]))

    assert (broken.is_ordered, kept.is_ordered) == (False, True)
    assert large_answers(broken, {3: "outage"}) == answers(broken.settled, {3: "outage"})


def test_a_part_answers_for_its_cis_as_the_whole_does() -> None:
    topology = Topology.from_edges(
        6, [0, 0, 1, 2, 4], [1, 2, 3, 3, 0], group=[0, 0, -1, -1, -1], min_available=[1, 1, 1, 1, 1]
    )
    found = part(topology, np.array([0, 1, 2, 3], np.int32))

    assert sorted(found.edges(data=True)) == sorted(edge for edge in topology.edges(data=True) if edge[0] != 4)
    assert [impact(found, {1: "outage"}).state(ci) for ci in range(4)] == [
        impact(topology, {1: "outage"}).state(ci) for ci in range(4)
    ]


def test_the_origin_of_a_changed_relationship_goes_on_where_the_given_ones_end() -> None:
    changed = with_rows(chain(3), Rows([1], [1, 1], [2, 0]), given=7)
    csr = changed.csr
    place = csr.place[1]
    row = range(csr.beg[place], csr.end[place])

    assert sorted((int(csr.index[csr.to[e]]), int(csr.origin[e])) for e in row) == [(0, 8), (2, 7)]
    settled = changed.settled.csr
    assert sorted(settled.origin.tolist()) == [0, 7, 8]


@pytest.mark.parametrize(
    ("rows", "n", "why"),
    [
        (Rows([1], [0], [2]), 3, "edge 0: 0 is none of the dependents"),
        (Rows([5], [], []), 3, "a dependent lies outside"),
        (Rows([1], [1], [1]), 3, "is a self-loop"),
        (Rows([1], [1], [2], group=[0], min_available=[2]), 3, "above the number of members"),
        (Rows([1], [1], [2]), 2, "fewer than"),
    ],
)
def test_rows_that_cannot_be_are_refused(rows: Rows, n: int, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        with_rows(chain(3), rows, n=n)
