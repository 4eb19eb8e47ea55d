"""Dominators, articulation points and longest paths are those of plain NetworkX."""

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.overlay import Rows, with_room, with_rows
from graph.topology import Topology
from tests.graph.estates import cases
from tests.graph.test_nx_protocol import in_words, outcome

EXAMPLES = settings(max_examples=cases(10_000), deadline=None, suppress_health_check=list(HealthCheck))
WEIGHTS = st.one_of(st.integers(-3, 5), st.sampled_from([0.5, -0.25, 1.75]))


@st.composite
def edges(draw: st.DrawFn, most: int = 24) -> list[tuple[int, int]]:
    """The edges of a graph, self-loops and circles among them, from sparse to dense."""
    n = draw(st.integers(1, most))
    node = st.integers(0, n - 1)
    return draw(st.lists(st.tuples(node, node), min_size=1, max_size=3 * n))


def compiled(ask: Callable[..., Any], graph: Any, *args: Any, **kwargs: Any) -> Any:
    """What the backend answers on a graph of NetworkX, converted for this one question."""
    with nx.config(cache_converted_graphs=False):
        return ask(graph, *args, backend="faultline", **kwargs)


def named(pairs: list[tuple[int, int]], graph: Any) -> Any:
    """The graph of these edges between nodes that are no numbers, in the order they come."""
    graph.add_edges_from((f"ci-{u}", f"ci-{v}") for u, v in pairs)
    return graph


def topology_of(pairs: list[tuple[int, int]]) -> Topology:
    ends = np.array([pair for pair in pairs if pair[0] != pair[1]], np.int32).reshape(-1, 2)
    return Topology.from_edges(max(map(max, pairs)) + 1, ends[:, 0], ends[:, 1])


def without_loops(pairs: list[tuple[int, int]], graph: Any) -> Any:
    graph.add_nodes_from(range(max(map(max, pairs)) + 1))
    graph.add_edges_from(pair for pair in pairs if pair[0] != pair[1])
    return graph


@pytest.mark.many
@EXAMPLES
@given(edges())
def test_dominators_and_their_frontiers_are_those_of_networkx(pairs: list[tuple[int, int]]) -> None:
    graph = named(pairs, nx.DiGraph())
    topology, plain = topology_of(pairs), without_loops(pairs, nx.DiGraph())

    for ask in (nx.immediate_dominators, nx.dominance_frontiers):
        assert compiled(ask, graph, next(iter(graph))) == ask(graph, next(iter(graph)))
        for start in plain:
            assert ask(topology, start) == ask(plain, start)


@pytest.mark.many
@EXAMPLES
@given(edges())
def test_articulation_points_are_those_of_networkx(pairs: list[tuple[int, int]]) -> None:
    graph = named(pairs, nx.Graph())
    view, plain = topology_of(pairs).to_undirected(as_view=True), without_loops(pairs, nx.Graph())

    for ask in (nx.articulation_points, nx.biconnected_components):
        assert in_sets(compiled(ask, graph)) == in_sets(ask(graph))
        assert in_sets(ask(view)) == in_sets(ask(plain))
    assert compiled(nx.is_biconnected, graph) == nx.is_biconnected(graph)
    assert nx.is_biconnected(view) == nx.is_biconnected(plain)


def in_sets(found: Any) -> list[Any]:
    return sorted(map(in_words, found), key=repr)


@pytest.mark.many
@EXAMPLES
@given(edges(), st.data())
def test_a_longest_path_weighs_what_that_of_networkx_weighs(pairs: list[tuple[int, int]], data: st.DataObject) -> None:
    acyclic = data.draw(st.booleans())
    graph: nx.DiGraph[int] = nx.DiGraph(
        (min(pair), max(pair)) if acyclic else pair for pair in pairs if pair[0] != pair[1] or not acyclic
    )
    for u, v in graph.edges:
        if data.draw(st.booleans()):
            graph.edges[u, v]["weight"] = data.draw(WEIGHTS)
    default: Any = data.draw(WEIGHTS)

    found = outcome(lambda g: compiled(nx.dag_longest_path, g, default_weight=default), graph)
    length = outcome(lambda g: compiled(nx.dag_longest_path_length, g, default_weight=default), graph)

    assert length == outcome(lambda g: nx.dag_longest_path_length(g, default_weight=default), graph)
    if isinstance(found, type):
        assert found is length is nx.NetworkXUnfeasible
    else:
        assert sum(graph[u][v].get("weight", default) for u, v in pairwise(found)) == length


@pytest.mark.many
def test_a_topology_whose_rows_were_changed_answers_as_one_built_anew() -> None:
    topology = with_rows(with_room(Topology.from_edges(5, [0, 1, 2], [1, 2, 3])), Rows([0, 1], [0, 0], [1, 4]))
    anew: nx.DiGraph[int] = nx.DiGraph(topology.edges)
    anew.add_nodes_from(topology)

    assert nx.immediate_dominators(topology, 0) == nx.immediate_dominators(anew, 0)
    assert nx.dag_longest_path_length(topology) == nx.dag_longest_path_length(anew)
    view = topology.to_undirected(as_view=True)
    assert set(nx.articulation_points(view)) == set(nx.articulation_points(anew.to_undirected()))


@pytest.mark.many
def test_chains_as_long_as_memory_are_gone_along_without_recursion() -> None:
    many = 100_000
    chain = Topology.from_edges(many, np.arange(many - 1), np.arange(1, many))
    ladder = Topology.from_edges(
        many,
        np.concatenate([np.arange(many - 1), np.arange(1, many), np.zeros(many - 2, int)]),
        np.concatenate([np.arange(1, many), np.arange(many - 1), np.arange(2, many)]),
    )

    assert nx.immediate_dominators(chain, 0) == {ci: ci - 1 for ci in range(1, many)}
    assert set(nx.immediate_dominators(ladder, 0).values()) == {0}
    assert nx.dag_longest_path_length(chain) == many - 1
    assert sum(1 for _ in nx.articulation_points(chain.to_undirected(as_view=True))) == many - 2
    assert nx.is_biconnected(ladder.to_undirected(as_view=True))


@pytest.mark.parametrize("weight", [2**60, "3", None, 10**400, float("nan")])
def test_weights_that_floats_do_not_hold_are_left_to_networkx(weight: Any) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_weighted_edges_from([("a", "b", weight), ("b", "c", 1), ("a", "c", 1)])

    ours, theirs = (outcome_or_type(graph, backend) for backend in ("faultline", "networkx"))

    assert ours == theirs


def outcome_or_type(graph: Any, backend: str) -> Any:
    try:
        return nx.dag_longest_path(graph, backend=backend)
    except (TypeError, OverflowError) as error:
        return type(error)


def test_what_a_relationship_is_counts_as_for_networkx_where_it_is_named_as_weight() -> None:
    grouped = Topology.from_edges(3, [0, 1], [1, 2], group=[4, 7], min_available=[1, 1])

    assert nx.dag_longest_path_length(grouped, weight="group") == 1  # numbers 0 and 1
    with pytest.raises(TypeError):
        nx.dag_longest_path(grouped, weight="strength")


def test_an_order_that_is_given_decides_between_paths() -> None:
    diamond = Topology.from_edges(4, [0, 0, 1, 2], [1, 2, 3, 3])

    assert nx.dag_longest_path(diamond, topo_order=[0, 2, 1, 3]) == nx.dag_longest_path(
        nx.DiGraph(diamond.edges), topo_order=[0, 2, 1, 3]
    )


def test_who_asks_about_a_node_that_is_not_there_is_told_as_by_networkx() -> None:
    chain = Topology.from_edges(2, [0], [1])

    for ask in (nx.immediate_dominators, nx.dominance_frontiers):
        with pytest.raises(nx.NetworkXError, match="start is not in G"):
            ask(chain, 7)
    with pytest.raises(nx.NodeNotFound):
        nx.local_reaching_centrality(chain, 7)
    with pytest.raises(nx.NetworkXError, match="positive"):
        nx.local_reaching_centrality(Topology.from_edges(2, [], []), 0)
    with pytest.raises(nx.NetworkXNotImplemented):
        list(nx.articulation_points(chain))
    with pytest.raises(nx.NetworkXUnfeasible):
        nx.dag_longest_path(Topology.from_edges(2, [0, 1], [1, 0]))


def test_other_algorithms_run_on_an_undirected_view_and_copies_of_it_are_plain() -> None:
    view = Topology.from_edges(4, [0, 1, 2], [1, 2, 3]).to_undirected(as_view=True)
    shuffled = list(view)
    random.Random(1).shuffle(shuffled)

    assert nx.diameter(view) == 3
    assert list(nx.connected_components(view)) == [{0, 1, 2, 3}]
    assert set(nx.articulation_points(view.subgraph(shuffled[:4]))) == {1, 2}
    assert type(view.copy()) is nx.Graph
    assert view.copy().__networkx_backend__ == "networkx"
    with pytest.raises(nx.NetworkXError):
        view.add_edge(0, 3)
