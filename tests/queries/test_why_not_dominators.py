"""Where dominators and articulation points are the single points of failure, and that they are so nowhere else."""

from typing import Any

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.topology import Topology
from queries.spof import single_points_of_failure
from tests.graph.estates import cases

EXAMPLES = settings(max_examples=cases(10_000), deadline=None, suppress_health_check=list(HealthCheck))
SERVICE = 0


@st.composite
def graphs(draw: st.DrawFn, *, cycles: bool) -> "nx.DiGraph[int]":
    """A few CIs, each on some others; CI 0 is the service."""
    n = draw(st.integers(2, 14))
    ends = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda ends: ends[0] != ends[1])
    pairs = draw(st.lists(ends, min_size=1, max_size=2 * n))
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(pairs if cycles else [(min(pair), max(pair)) for pair in pairs])
    return graph


def all_needed(graph: "nx.DiGraph[int]", **values: Any) -> Topology:
    made: Topology = Topology.from_edges(len(graph), *columns(graph), **values)
    return made


def any_one_needed(graph: "nx.DiGraph[int]", *, feeds: bool) -> Topology:
    source, target = columns(graph)
    many = len(source)
    made: Topology = Topology.from_edges(
        len(graph), source, target, group=source, min_available=[1] * many, feeds=[feeds] * many
    )
    return made


def columns(graph: "nx.DiGraph[int]") -> tuple[list[int], list[int]]:
    return [u for u, _ in graph.edges], [v for _, v in graph.edges]


def founded(graph: "nx.DiGraph[int]") -> "nx.DiGraph[int]":
    """The graph in which those who rest on no source are sources themselves."""
    sources = [ci for ci, degree in graph.out_degree() if degree == 0]
    fed = set(sources).union(*(nx.ancestors(graph, ci) for ci in sources))
    graph.remove_edges_from([(u, v) for u, v in graph.edges if u not in fed])
    return graph


def with_one_source(graph: "nx.DiGraph[int]") -> tuple["nx.DiGraph[int]", int]:
    """The graph with one more CI, on which all sources rest."""
    everything, sources = len(graph), [ci for ci, degree in graph.out_degree() if degree == 0]
    grown = graph.copy()
    grown.add_edges_from((ci, everything) for ci in sources)
    return grown, everything


def dominating(graph: "nx.DiGraph[int]", ci: int) -> list[int]:
    """What every path from the service to a CI leads through, between the two."""
    by, found = nx.immediate_dominators(graph, SERVICE), []
    while by[ci] != SERVICE:
        ci = by[ci]
        found.append(ci)
    return sorted(found)


def parting(graph: "nx.DiGraph[int]", ci: int) -> list[int]:
    """The articulation points of what the service rests on that part it from a CI."""
    below = graph.subgraph({SERVICE} | nx.descendants(graph, SERVICE)).to_undirected()
    found = []
    for point in set(nx.articulation_points(below)) - {SERVICE, ci}:
        rest = below.subgraph(set(below) - {point})
        if not nx.has_path(rest, SERVICE, ci):
            found.append(point)
    return sorted(found)


@pytest.mark.many
@EXAMPLES
@given(graphs(cycles=True), st.booleans())
def test_where_all_is_needed_they_are_everything_below(graph: "nx.DiGraph[int]", feeds: bool) -> None:
    topology = all_needed(graph, feeds=[feeds] * graph.number_of_edges())

    points = single_points_of_failure(topology, SERVICE).tolist()

    assert points == sorted(nx.descendants(graph, SERVICE))
    assert set(nx.immediate_dominators(topology, SERVICE).values()) <= {SERVICE, *points}


@pytest.mark.many
@EXAMPLES
@given(graphs(cycles=False), st.booleans())
def test_where_any_one_will_do_and_nothing_goes_in_circles_they_are_dominators_and_articulation_points(
    graph: "nx.DiGraph[int]", feeds: bool
) -> None:
    grown, everything = with_one_source(graph)

    points = single_points_of_failure(any_one_needed(graph, feeds=feeds), SERVICE).tolist()

    assert points == dominating(grown, everything)
    assert points == parting(grown, everything)


@pytest.mark.many
@EXAMPLES
@given(graphs(cycles=True))
def test_where_any_one_will_do_and_everything_feeds_they_are_dominators(graph: "nx.DiGraph[int]") -> None:
    grown, everything = with_one_source(founded(graph))

    points = single_points_of_failure(any_one_needed(graph, feeds=True), SERVICE).tolist()

    assert points == dominating(grown, everything)
    assert set(points) >= set(parting(grown, everything))


def test_in_a_circle_that_does_not_feed_a_dominator_may_be_none() -> None:
    ring: nx.DiGraph[int] = nx.DiGraph([(0, 1), (0, 2), (1, 2), (1, 3), (2, 1), (2, 3)])
    grown, everything = with_one_source(ring)

    assert dominating(grown, everything) == [3]
    assert single_points_of_failure(any_one_needed(ring, feeds=False), SERVICE).tolist() == []
    assert single_points_of_failure(any_one_needed(ring, feeds=True), SERVICE).tolist() == [3]


def test_with_a_circle_a_dominator_may_part_nothing() -> None:
    # 0 on 1, 1 on 2, and 2 on the source 3 or back on 0: nothing but 1 leads down, and an edge leads round it
    circle: nx.DiGraph[int] = nx.DiGraph([(0, 1), (1, 2), (2, 3), (2, 0)])
    grown, everything = with_one_source(circle)

    assert single_points_of_failure(any_one_needed(circle, feeds=True), SERVICE).tolist() == [1, 2, 3]
    assert dominating(grown, everything) == [1, 2, 3]
    assert parting(grown, everything) == [2, 3]
