"""NetworkX's algorithms on compiled arrays, under their own names, with their own answers and errors."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from graph.kernels.levels import generations
from graph.nx_cuts import (
    articulation_points,
    biconnected_components,
    dominance_frontiers,
    immediate_dominators,
    is_biconnected,
)
from graph.nx_labels import Graph, Labelled, as_networkx, loops_of, named, number_of, plain, topology_of
from graph.nx_longest import dag_longest_path, dag_longest_path_length

__all__ = [
    "ancestors",
    "articulation_points",
    "biconnected_components",
    "condensation",
    "dag_longest_path",
    "dag_longest_path_length",
    "descendants",
    "dominance_frontiers",
    "has_path",
    "immediate_dominators",
    "is_biconnected",
    "is_directed_acyclic_graph",
    "is_strongly_connected",
    "local_reaching_centrality",
    "number_strongly_connected_components",
    "strongly_connected_components",
    "topological_generations",
]

I32 = NDArray[np.int32]


class GraphChangedError(RuntimeError, nx.NetworkXUnfeasible):
    """The graph changed during iteration; NetworkX raises one or the other, as the change happens to strike."""


def descendants(graph: Graph, source: Any) -> set[Any]:
    """All nodes reachable from `source`: everything that it rests on."""
    return set(named(graph, topology_of(graph).all_providers_of([_present(graph, source)])))


def ancestors(graph: Graph, source: Any) -> set[Any]:
    """All nodes from which `source` is reachable: everything that rests on it."""
    return set(named(graph, topology_of(graph).all_dependents_of([_present(graph, source)])))


def _present(graph: Graph, node: Any) -> int:
    if node not in graph:
        raise nx.NetworkXError(f"The node {node} is not in the digraph.")
    return number_of(graph, node)


def local_reaching_centrality(
    graph: Graph, v: Any, paths: Any = None, weight: Any = None, normalized: bool = True
) -> float:
    """The share of the other nodes that `v` reaches: how large its row of the transitive closure is."""
    if paths is not None or weight is not None or len(graph) < 2 or not graph.number_of_edges():
        return float(as_networkx(nx.local_reaching_centrality)(plain(graph), v, paths, weight, normalized))
    if v not in graph:
        raise nx.NodeNotFound(f"Node {v} not found in graph")
    return len(topology_of(graph).all_providers_of([number_of(graph, v)])) / (len(graph) - 1)


def has_path(graph: Graph, source: Any, target: Any) -> bool:
    """Whether `target` can be reached from `source`."""
    for node in (source, target):
        if node not in graph:
            raise nx.NodeNotFound(f"Node {node} not found in graph")
    start, end = number_of(graph, source), number_of(graph, target)
    return start == end or end in topology_of(graph).all_providers_of([start])


def strongly_connected_components(graph: Graph) -> Iterator[set[Any]]:
    """Components, providers first: what is reached comes before what reaches it, as Tarjan finds them."""
    csr = topology_of(graph).settled.csr
    if not len(csr.index):
        return
    for places in np.split(np.arange(len(csr.index)), _bounds(csr.cyclic, len(csr.index))[1:-1]):
        yield set(named(graph, csr.index[places]))


def _bounds(cyclic: I32, n: int) -> NDArray[np.int64]:
    inside = np.zeros(n + 1, np.bool_)
    for low, high in cyclic.tolist():
        inside[low + 1 : high] = True
    return np.flatnonzero(~inside)


def number_strongly_connected_components(graph: Graph) -> int:
    """How many components."""
    csr = topology_of(graph).settled.csr
    return len(_bounds(csr.cyclic, len(csr.index))) - 1


def is_strongly_connected(graph: Graph) -> bool:
    """Whether every node reaches every other."""
    if not len(graph):
        raise nx.NetworkXPointlessConcept("Connectivity is undefined for the null graph.")
    return number_strongly_connected_components(graph) == 1


def is_directed_acyclic_graph(graph: Graph) -> bool:
    """Whether there is no cycle."""
    return not len(topology_of(graph).settled.csr.cyclic) and not loops_of(graph)


def condensation(graph: Graph, scc: Any = None) -> "nx.DiGraph[Any]":
    """The components as nodes, with `members`, and `mapping` from node to component."""
    if not len(graph):
        return nx.DiGraph(mapping={})
    components = list(strongly_connected_components(graph) if scc is None else scc)
    mapping = {node: number for number, component in enumerate(components) for node in component}
    condensed: nx.DiGraph[Any] = nx.DiGraph(mapping=mapping)
    condensed.add_nodes_from((number, {"members": component}) for number, component in enumerate(components))
    csr = topology_of(graph).settled.csr
    numbers = np.fromiter((mapping[node] for node in graph), np.int64, len(graph))
    source = numbers[csr.index[np.repeat(np.arange(len(csr.index)), csr.end - csr.beg)]]
    target = numbers[csr.index[csr.to]]
    pairs = np.unique(np.stack([source, target], axis=1)[source != target], axis=0)
    condensed.add_edges_from(map(tuple, pairs.tolist()))
    return condensed


def topological_generations(graph: Graph) -> Iterator[list[Any]]:
    """Nodes by the longest chain of edges that leads to them; dependents come before their providers."""
    csr = topology_of(graph).settled.csr
    loops = csr.place[np.array(loops_of(graph), np.int32)]
    places, bounds = generations(csr.beg, csr.end, csr.to, csr.rbeg, csr.rend, csr.place, loops)
    size = _size(graph)
    for low, high in pairwise(bounds.tolist()):
        if isinstance(graph, Labelled) and _size(graph) != size:
            raise GraphChangedError("Graph changed during iteration")
        yield named(graph, csr.index[places[low:high]])
    if len(places) < len(csr.place):
        raise nx.NetworkXUnfeasible("Graph contains a cycle or graph changed during iteration")


def _size(graph: Graph) -> tuple[int, int]:
    return len(graph), graph.number_of_edges()
