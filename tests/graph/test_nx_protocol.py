"""NetworkX's own code on a topology gives what it gives on a plain DiGraph, and cannot change the topology."""

import copy
import math
import pickle
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pytest

from graph.topology import Topology
from tests.graph.estates import LONG, random_estate

SEEDS = range(300 if LONG else 12)
Twins = tuple[Topology, "nx.DiGraph[int]"]


def plain_of(n: int, arrays: Mapping[str, list[int]]) -> "nx.DiGraph[int]":
    """What a person would build of the same relationships."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(sorted(set(zip(arrays["source"], arrays["target"], strict=True))))
    return graph


@cache
def twins(seed: int) -> Twins:
    """A random estate twice."""
    rng = np.random.default_rng(seed)
    drawn = random_estate(int(rng.integers(1, 14)), rng, feeds=True)
    return drawn.topology, plain_of(drawn.n, drawn.arrays)


@cache
def tree_of_services() -> Twins:
    """Without cycles, in one piece: what most algorithms ask for."""
    arrays = {"source": [0, 0, 1, 1, 2, 2, 3, 4, 5], "target": [1, 2, 3, 4, 4, 5, 6, 6, 6]}
    return Topology.from_edges(7, **arrays), plain_of(7, arrays)


def outcome(ask: Callable[[Any], Any], graph: Any) -> Any:
    """What an algorithm answers in plain words, or which error it raises."""
    try:
        return in_words(ask(graph))
    except (nx.NetworkXException, ZeroDivisionError, ValueError) as error:
        return type(error)


def in_words(value: Any) -> Any:
    if isinstance(value, nx.Graph):
        return sorted(value.nodes), sorted(value.edges), value.is_directed()
    if isinstance(value, float):
        return "nan" if math.isnan(value) else round(value, 9)
    if isinstance(value, set | frozenset):
        return sorted(map(in_words, value), key=repr)
    if isinstance(value, Mapping):
        return {key: in_words(each) for key, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [in_words(each) for each in value]
    return value


def by_members(condensed: "nx.DiGraph[int]") -> Any:
    """A condensation without the numbers of its nodes, whose order nothing promises."""
    members: dict[int, set[int]] = {number: data["members"] for number, data in condensed.nodes(data=True)}
    assert condensed.graph["mapping"] == {ci: number for number, some in members.items() for ci in some}
    ends = {(min(members[u]), min(members[v])) for u, v in condensed.edges}
    return set(map(frozenset, members.values())), ends


def is_sorted(graph: Any, order: list[int]) -> bool:
    """Whether every dependent comes before its providers; which of several such orders it is, nothing promises."""
    place = {ci: at for at, ci in enumerate(order)}
    return place.keys() == set(graph) and all(place[u] < place[v] for u, v in graph.edges)


def is_path(graph: Any, path: list[int]) -> tuple[bool, int]:
    """Whether it is one, and how long; which of several of that length it is, nothing promises."""
    return all(v in graph[u] for u, v in pairwise(path)), len(path)


UNCOMPILED: dict[str, Callable[[Any], Any]] = {
    "all_simple_paths": lambda g: nx.all_simple_paths(g, 0, len(g) - 1, cutoff=3),
    "all_topological_sorts": lambda g: list(nx.all_topological_sorts(g)) if len(g) < 6 else len(g),
    "attracting_components": lambda g: set(map(frozenset, nx.attracting_components(g))),
    "average_degree_connectivity": nx.average_degree_connectivity,
    "betweenness_centrality": nx.betweenness_centrality,
    "bfs_layers": lambda g: nx.bfs_layers(g, 0),
    "bfs_tree": lambda g: nx.bfs_tree(g, 0),
    "closeness_centrality": nx.closeness_centrality,
    "clustering": nx.clustering,
    "core_number": nx.core_number,
    "degree_centrality": nx.degree_centrality,
    "dfs_postorder_nodes": lambda g: nx.dfs_postorder_nodes(g, 0),
    "dominating_set": lambda g: nx.dominating_set(g, start_with=0),
    "edge_betweenness_centrality": nx.edge_betweenness_centrality,
    "edge_bfs": lambda g: nx.edge_bfs(g, 0),
    "edge_dfs": nx.edge_dfs,
    "find_cycle": lambda g: "no cycle" if nx.is_directed_acyclic_graph(g) else nx.find_cycle(g),
    "global_reaching_centrality": nx.global_reaching_centrality,
    "harmonic_centrality": nx.harmonic_centrality,
    "in_degree_centrality": nx.in_degree_centrality,
    "is_aperiodic": lambda g: "in pieces" if not nx.is_strongly_connected(g) else nx.is_aperiodic(g),
    "is_semiconnected": nx.is_semiconnected,
    "is_weakly_connected": nx.is_weakly_connected,
    "isolates": nx.isolates,
    "k_core": lambda g: nx.k_core(g, 2),
    "lexicographical_topological_sort": nx.lexicographical_topological_sort,
    "line_graph": nx.line_graph,
    "lowest_common_ancestor": lambda g: nx.lowest_common_ancestor(g, 0, len(g) - 1),
    "minimum_edge_cut": lambda g: nx.minimum_edge_cut(g, 0, len(g) - 1) if len(g) > 1 else None,
    "node_connectivity": nx.node_connectivity,
    "node_link_data": lambda g: sorted(
        (e["source"], e["target"]) for e in nx.node_link_data(g, edges="edges")["edges"]
    ),
    "out_degree_centrality": nx.out_degree_centrality,
    "pagerank": nx.pagerank,
    "reciprocity": lambda g: nx.reciprocity(g, list(g)),
    "reverse": nx.reverse,
    "shortest_path": nx.shortest_path,
    "shortest_path_length": nx.shortest_path_length,
    "simple_cycles": lambda g: nx.simple_cycles(g, length_bound=4),
    "square_clustering": nx.square_clustering,
    "to_numpy_array": lambda g: nx.to_numpy_array(g).tolist(),
    "topological_sort": lambda g: is_sorted(g, list(nx.topological_sort(g))),
    "transitive_closure": nx.transitive_closure,
    "transitive_reduction": nx.transitive_reduction,
    "triadic_census": nx.triadic_census,
    "voterank": nx.voterank,
    "weakly_connected_components": nx.weakly_connected_components,
}
COMPILED: dict[str, Callable[[Any], Any]] = {
    "ancestors": lambda g: {ci: nx.ancestors(g, ci) for ci in g},
    "articulation_points": lambda g: set(nx.articulation_points(g.to_undirected(as_view=True))),
    "biconnected_components": lambda g: set(map(frozenset, nx.biconnected_components(g.to_undirected(as_view=True)))),
    "condensation": lambda g: by_members(nx.condensation(g)),
    "condensation of given components": lambda g: nx.condensation(g, [{ci} for ci in g]),
    "dag_longest_path": lambda g: is_path(g, nx.dag_longest_path(g)),
    "dag_longest_path_length": nx.dag_longest_path_length,
    "descendants": lambda g: {ci: nx.descendants(g, ci) for ci in g},
    "dominance_frontiers": lambda g: {ci: nx.dominance_frontiers(g, ci) for ci in g},
    "immediate_dominators": lambda g: {ci: nx.immediate_dominators(g, ci) for ci in g},
    "has_path": lambda g: [[nx.has_path(g, a, b) for a in g] for b in g],
    "is_biconnected": lambda g: nx.is_biconnected(g.to_undirected(as_view=True)),
    "is_directed_acyclic_graph": nx.is_directed_acyclic_graph,
    "is_strongly_connected": nx.is_strongly_connected,
    "local_reaching_centrality": lambda g: [nx.local_reaching_centrality(g, ci) for ci in g],
    "number_strongly_connected_components": nx.number_strongly_connected_components,
    "strongly_connected_components": lambda g: set(map(frozenset, nx.strongly_connected_components(g))),
    "topological_generations": lambda g: list(map(set, nx.topological_generations(g))),
}
ASKED = UNCOMPILED | COMPILED


@pytest.mark.parametrize("name", ASKED)
def test_an_algorithm_answers_on_a_topology_as_on_a_plain_graph(name: str) -> None:
    ask = ASKED[name]
    topology, plain = tree_of_services()

    assert not isinstance(outcome(ask, plain), type)
    assert outcome(ask, topology) == outcome(ask, plain)
    for seed in SEEDS:
        topology, plain = twins(seed)
        assert outcome(ask, topology) == outcome(ask, plain), f"estate {seed}: {sorted(plain.edges)}"


VIEWS: dict[str, Callable[[Any], Any]] = {
    "adjacency": lambda g: {ci: list(row) for ci, row in g.adjacency()},
    "contains": lambda g: [0 in g, len(g) in g, -1 in g, "0" in g, None in g, np.int64(0) in g, (0, 1) in g],
    "copy": lambda g: g.copy(),
    "degree": lambda g: dict(g.degree()),
    "degree of some": lambda g: [g.degree(0), g.in_degree(0), g.out_degree(0), dict(g.degree([0]))],
    "edge_subgraph": lambda g: g.edge_subgraph(list(g.edges)[:3]),
    "edges": lambda g: list(g.edges),
    "edges of one": lambda g: [list(g.edges([0])), list(g.in_edges(0)), len(g.edges), (0, 1) in g.edges],
    "has_edge": lambda g: [[g.has_edge(a, b) for a in (*g, "x", -1)] for b in (*g, 99)],
    "in_degree": lambda g: dict(g.in_degree()),
    "in_edges": lambda g: sorted(g.in_edges()),
    "is": lambda g: [g.is_directed(), g.is_multigraph(), nx.is_frozen(g), nx.is_weighted(g), bool(g)],
    "neighbors": lambda g: [list(g.neighbors(ci)) for ci in g],
    "nodes": lambda g: [list(g), list(g.nodes), dict(g.nodes(data=True)), g.nodes[0], len(g), g.order()],
    "number_of_edges": lambda g: [g.number_of_edges(), g.size(), g.size("weight"), g.number_of_nodes()],
    "number_of_edges between": lambda g: [[g.number_of_edges(a, b) for a in g] for b in g],
    "out_degree": lambda g: dict(g.out_degree()),
    "predecessors": lambda g: [[list(g.predecessors(ci)), list(g.pred[ci])] for ci in g],
    "reverse view": lambda g: [sorted(g.reverse(copy=False).edges), sorted(nx.reverse_view(g).in_degree())],
    "subgraph": lambda g: [
        g.subgraph(range(5)),
        g.subgraph([]).copy(),
        nx.strongly_connected_components(g.subgraph([0])),
    ],
    "successors": lambda g: [[list(g.successors(ci)), list(g[ci]), list(g.succ[ci]), list(g.adj[ci])] for ci in g],
    "to_directed": lambda g: g.to_directed(),
    "to_undirected": lambda g: [g.to_undirected(), g.to_undirected(as_view=True), g.to_undirected(reciprocal=True)],
    "unknown neighbours": lambda g: list(g.successors(len(g))),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_shows_what_it_shows_of_a_plain_graph(name: str) -> None:
    look = VIEWS[name]
    for seed in SEEDS:
        topology, plain = twins(seed)
        assert outcome(look, topology) == outcome(look, plain), f"estate {seed}"


def related() -> Topology:
    return Topology.from_edges(
        5, [0, 0, 0, 1, 2, 2], [1, 2, 3, 4, 3, 4], soft=[0, 1, 0, 0, 0, 0], group=[-1, -1, -1, -1, 7, 7],
        min_available=[1] * 6, feeds=[0, 0, 1, 0, 1, 1],
    )  # fmt: skip


def test_edges_say_what_the_relationships_are() -> None:
    assert list(related().edges(data=True)) == [
        (0, 1, {"strength": "hard"}),
        (0, 2, {"strength": "soft"}),
        (0, 3, {"strength": "hard", "feeds": True}),
        (1, 4, {"strength": "hard"}),
        (2, 3, {"strength": "hard", "group": 0, "feeds": True}),
        (2, 4, {"strength": "hard", "group": 0, "feeds": True}),
    ]
    assert related()[0][2] == related().pred[2][0] == {"strength": "soft"}
    assert [e for *e, s in related().edges(data="strength", default="?") if s == "soft"] == [[0, 2]]


CHANGES: dict[str, Callable[[Any], Any]] = {
    "add_node": lambda t: t.add_node(9),
    "add_nodes_from": lambda t: t.add_nodes_from([9]),
    "add_edge": lambda t: t.add_edge(4, 0),
    "add_edges_from": lambda t: t.add_edges_from([(4, 0)]),
    "add_weighted_edges_from": lambda t: t.add_weighted_edges_from([(4, 0, 1.0)]),
    "remove_node": lambda t: t.remove_node(0),
    "remove_nodes_from": lambda t: t.remove_nodes_from([0]),
    "remove_edge": lambda t: t.remove_edge(0, 1),
    "remove_edges_from": lambda t: t.remove_edges_from([(0, 1)]),
    "clear": lambda t: t.clear(),
    "clear_edges": lambda t: t.clear_edges(),
    "update": lambda t: t.update(edges=[(4, 0)]),
    "name": lambda t: setattr(t, "name", "mine"),
    "attribute": lambda t: setattr(t, "csr", None),
    "no attribute": lambda t: delattr(t, "csr"),
    "of the graph": lambda t: t.graph.__setitem__("a", 1),
    "of a node": lambda t: t.nodes[0].__setitem__("a", 1),
    "of a node, by default": lambda t: t.nodes[0].setdefault("a", 1),
    "of an edge": lambda t: t[0][1].__setitem__("strength", "soft"),
    "of an edge, by update": lambda t: t.edges[0, 1].update(strength="soft"),
    "an edge away": lambda t: t._succ[0].__delitem__(1),
    "add_path": lambda t: nx.add_path(t, [4, 0]),
    "set_node_attributes": lambda t: nx.set_node_attributes(t, {0: 1}, "a"),
    "set_edge_attributes": lambda t: nx.set_edge_attributes(t, {(0, 1): 1}, "a"),
    "relabel_nodes": lambda t: nx.relabel_nodes(t, {0: 9}, copy=False),
    "contracted_nodes": lambda t: nx.contracted_nodes(t, 0, 1, copy=False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_refused(name: str) -> None:
    topology = related()
    before = dict(topology.edges), dict(topology.nodes), dict(topology.graph)

    with pytest.raises(nx.NetworkXError, match="cannot be changed"):
        CHANGES[name](topology)

    assert (dict(topology.edges), dict(topology.nodes), dict(topology.graph)) == before


@pytest.mark.parametrize("change", ["copy", "reverse", "to_directed", "to_undirected"])
def test_copies_are_plain_graphs_that_can_be_changed(change: str) -> None:
    topology = related()

    free = getattr(topology, change)()
    free.add_edge(4, 0, strength="hard")
    free.nodes[0]["a"] = 1
    free.edges[free.nodes and next(iter(free.edges))]["a"] = 1
    free.graph["a"] = 1

    assert not isinstance(free, Topology)
    assert (topology.number_of_edges(), topology.nodes[0], topology.graph) == (6, {}, {})
    assert all("a" not in data for *_, data in topology.edges(data=True))


@pytest.mark.parametrize("again", [lambda t: pickle.loads(pickle.dumps(t)), copy.copy, copy.deepcopy])  # noqa: S301 - ours
def test_pickled_or_copied_it_is_the_same_topology(again: Any) -> None:
    topology = related()
    assert topology.number_of_edges() == 6  # kept from here on, and not carried along

    same = again(topology)

    assert isinstance(same, Topology)
    assert all((array == same.csr.named()[name]).all() for name, array in topology.csr.named().items())
    assert dict(same.edges) == dict(topology.edges)
    with pytest.raises(ValueError, match="read-only"):
        same.csr.to[0] = 0


def test_the_class_makes_plain_graphs_as_networkx_asks_for_them() -> None:
    made: Any = Topology  # its own declared argument is its arrays
    empty, filled = made(), made([(0, 1)], name="plain")

    assert type(empty) is type(filled) is nx.DiGraph
    assert (list(filled.edges), filled.name) == ([(0, 1)], "plain")
