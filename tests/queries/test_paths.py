"""Dependency paths are the shortest, in a fixed order, and a budget never hides that there are more."""

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.topology import Topology
from queries.paths import dependency_paths

EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda edge: edge[0] != edge[1]), max_size=22)


def estate(edges: list[tuple[int, int]]) -> "nx.DiGraph[int]":
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(7))
    graph.add_edges_from(edges)
    return graph


def slow_paths(graph: "nx.DiGraph[int]", dependent: int, provider: int) -> list[tuple[int, ...]]:
    if not nx.has_path(graph, dependent, provider):
        return []
    every = (tuple(path) for path in nx.shortest_simple_paths(graph, dependent, provider))
    return sorted(every, key=lambda path: (len(path), path))


@given(EDGES, st.integers(0, 6), st.integers(0, 6))
def test_all_paths_are_those_of_networkx_in_order(edges: list[tuple[int, int]], dependent: int, provider: int) -> None:
    graph = estate(edges)

    found = dependency_paths(graph, dependent, provider, most=10_000)

    assert found.complete
    assert list(found.paths) == slow_paths(graph, dependent, provider)


@given(EDGES, st.integers(1, 5), st.integers(0, 120))
def test_a_budget_cuts_the_end_off_and_says_so(edges: list[tuple[int, int]], most: int, steps: int) -> None:
    graph = estate(edges)
    every = slow_paths(graph, 0, 6)

    found = dependency_paths(graph, 0, 6, most=most, steps=steps)

    assert list(found.paths) == every[: len(found.paths)]
    assert len(found.paths) <= most
    assert not found.complete or len(found.paths) == len(every)


def test_as_many_paths_as_asked_for_are_complete_when_there_are_no_more() -> None:
    ring_of_two = estate([(0, 1), (0, 2), (1, 3), (2, 3)])

    assert dependency_paths(ring_of_two, 0, 3, most=2).complete
    assert not dependency_paths(ring_of_two, 0, 3, most=1).complete


def test_exponentially_many_paths_cost_only_the_budget() -> None:
    rungs: nx.DiGraph[int] = nx.DiGraph()
    for rung in range(0, 300, 3):
        rungs.add_edges_from([(rung, rung + 1), (rung, rung + 2), (rung + 1, rung + 3), (rung + 2, rung + 3)])

    found = dependency_paths(rungs, 0, 300, most=5)

    assert not found.complete
    assert [len(path) for path in found.paths] == [201] * 5
    assert list(found.paths) == sorted(found.paths)


@settings(deadline=None)  # the first topology of a machine waits for its kernels to compile
@given(EDGES, st.integers(0, 6), st.integers(0, 6))
def test_a_topology_gives_the_same_paths(edges: list[tuple[int, int]], dependent: int, provider: int) -> None:
    graph = estate(edges)
    ends = list(graph.edges)
    topology = Topology.from_edges(7, [a for a, _ in ends], [b for _, b in ends])

    assert dependency_paths(topology, dependent, provider) == dependency_paths(graph, dependent, provider)


def test_a_hub_with_many_dependents_costs_nothing() -> None:
    hub = 100_001
    topology = Topology.from_edges(hub + 1, [*range(hub), 0], [*[hub] * hub, 1])

    assert dependency_paths(topology, 0, hub, steps=20).paths == ((0, hub), (0, 1, hub))


def test_a_near_path_is_found_though_what_lies_below_is_too_much_to_look_at() -> None:
    wide = 5_000
    edges = [(0, 1), (1, 2), *((2, ci) for ci in range(3, wide)), *((ci, wide) for ci in range(3, wide))]
    graph: nx.DiGraph[int] = nx.DiGraph(edges)

    found = dependency_paths(graph, 0, 2, steps=100)

    assert (found.paths, found.complete) == (((0, 1, 2),), False)


def test_what_is_not_below_has_no_path() -> None:
    found = dependency_paths(estate([(0, 1)]), 1, 0)

    assert (found.paths, found.complete) == ((), True)


def test_a_budget_too_small_to_look_is_no_answer() -> None:
    found = dependency_paths(estate([(0, 1), (1, 2)]), 0, 2, steps=1)

    assert (found.paths, found.complete) == ((), False)


def test_a_ci_reaches_itself_by_itself() -> None:
    assert dependency_paths(estate([(0, 1), (1, 0)]), 0, 0).paths == ((0,),)


def test_an_unknown_end_is_named() -> None:
    with pytest.raises(IndexError, match="99"):
        dependency_paths(estate([]), 0, 99)
