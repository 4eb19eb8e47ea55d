"""NetworkX's algorithms on compiled arrays, under their own names, with their own answers and errors."""

from collections.abc import Hashable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from graph.kernels.levels import generations
from graph.topology import Topology

I32 = NDArray[np.int32]


class Labelled:
    """A NetworkX graph with the topology of its nodes, numbered in the order they have there."""

    __networkx_backend__ = "faultline"

    def __init__(self, original: "nx.Graph[Any]") -> None:
        self.original = original

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked for while it is being copied or unpickled, before there is an original
            raise AttributeError(name)
        return getattr(self.original, name)

    def __contains__(self, node: Hashable) -> bool:
        return node in self.original

    def __len__(self) -> int:
        return len(self.original)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.original)

    @cached_property
    def labels(self) -> list[Any]:
        """The nodes in order."""
        return list(self.original)

    @cached_property
    def numbers(self) -> dict[Any, int]:
        """The number of each node."""
        return {label: number for number, label in enumerate(self.labels)}

    @cached_property
    def topology(self) -> Topology:
        """The topology of the graph; self-loops, which a topology has none of, are left out."""
        pairs = [(self.numbers[u], self.numbers[v]) for u, v in self.original.edges() if u != v]
        ends = np.array(pairs, np.int32).reshape(-1, 2)
        made: Topology = Topology.from_edges(len(self.labels), ends[:, 0], ends[:, 1])
        return made

    @cached_property
    def loops(self) -> list[int]:
        """The numbers of nodes with an edge to themselves."""
        return [self.numbers[u] for u, v in self.original.edges() if u == v]


class GraphChangedError(RuntimeError, nx.NetworkXUnfeasible):
    """The graph changed during iteration; NetworkX raises one or the other, as the change happens to strike."""


Graph = Topology | Labelled


def _topology(graph: Graph) -> Topology:
    return graph if isinstance(graph, Topology) else graph.topology


def _named(graph: Graph, indices: I32) -> list[Any]:
    found: list[int] = indices.tolist()
    return found if isinstance(graph, Topology) else [graph.labels[i] for i in found]


def _number(graph: Graph, node: Any) -> int:
    if node not in graph:
        raise nx.NetworkXError(f"The node {node} is not in the digraph.")
    return int(node) if isinstance(graph, Topology) else graph.numbers[node]


def descendants(graph: Graph, source: Any) -> set[Any]:
    """All nodes reachable from `source`: everything that it rests on."""
    return set(_named(graph, _topology(graph).all_providers_of([_number(graph, source)])))


def ancestors(graph: Graph, source: Any) -> set[Any]:
    """All nodes from which `source` is reachable: everything that rests on it."""
    return set(_named(graph, _topology(graph).all_dependents_of([_number(graph, source)])))


def has_path(graph: Graph, source: Any, target: Any) -> bool:
    """Whether `target` can be reached from `source`."""
    for node in (source, target):
        if node not in graph:
            raise nx.NodeNotFound(f"Node {node} not found in graph")
    start, end = _number(graph, source), _number(graph, target)
    return start == end or end in _topology(graph).all_providers_of([start])


def strongly_connected_components(graph: Graph) -> Iterator[set[Any]]:
    """Components, providers first: what is reached comes before what reaches it, as Tarjan finds them."""
    csr = _topology(graph).settled.csr
    if not len(csr.index):
        return
    for places in np.split(np.arange(len(csr.index)), _bounds(csr.cyclic, len(csr.index))[1:-1]):
        yield set(_named(graph, csr.index[places]))


def _bounds(cyclic: I32, n: int) -> NDArray[np.int64]:
    inside = np.zeros(n + 1, np.bool_)
    for low, high in cyclic.tolist():
        inside[low + 1 : high] = True
    return np.flatnonzero(~inside)


def number_strongly_connected_components(graph: Graph) -> int:
    """How many components."""
    csr = _topology(graph).settled.csr
    return len(_bounds(csr.cyclic, len(csr.index))) - 1


def is_strongly_connected(graph: Graph) -> bool:
    """Whether every node reaches every other."""
    if not len(graph):
        raise nx.NetworkXPointlessConcept("Connectivity is undefined for the null graph.")
    return number_strongly_connected_components(graph) == 1


def is_directed_acyclic_graph(graph: Graph) -> bool:
    """Whether there is no cycle."""
    return not len(_topology(graph).settled.csr.cyclic) and not (isinstance(graph, Labelled) and graph.loops)


def condensation(graph: Graph, scc: Any = None) -> "nx.DiGraph[Any]":
    """The components as nodes, with `members`, and `mapping` from node to component."""
    if not len(graph):
        return nx.DiGraph(mapping={})
    components = list(strongly_connected_components(graph) if scc is None else scc)
    mapping = {node: number for number, component in enumerate(components) for node in component}
    condensed: nx.DiGraph[Any] = nx.DiGraph(mapping=mapping)
    condensed.add_nodes_from((number, {"members": component}) for number, component in enumerate(components))
    csr = _topology(graph).settled.csr
    numbers = np.fromiter((mapping[node] for node in graph), np.int64, len(graph))
    source = numbers[csr.index[np.repeat(np.arange(len(csr.index)), csr.end - csr.beg)]]
    target = numbers[csr.index[csr.to]]
    pairs = np.unique(np.stack([source, target], axis=1)[source != target], axis=0)
    condensed.add_edges_from(map(tuple, pairs.tolist()))
    return condensed


def topological_generations(graph: Graph) -> Iterator[list[Any]]:
    """Nodes by the longest chain of edges that leads to them; dependents come before their providers."""
    csr = _topology(graph).settled.csr
    loops = csr.place[np.array(graph.loops if isinstance(graph, Labelled) else [], np.int32)]
    places, bounds = generations(csr.beg, csr.end, csr.to, csr.rbeg, csr.rend, csr.place, loops)
    size = _size(graph)
    for low, high in pairwise(bounds.tolist()):
        if isinstance(graph, Labelled) and _size(graph) != size:
            raise GraphChangedError("Graph changed during iteration")
        yield _named(graph, csr.index[places[low:high]])
    if len(places) < len(csr.place):
        raise nx.NetworkXUnfeasible("Graph contains a cycle or graph changed during iteration")


def _size(graph: Graph) -> tuple[int, int]:
    return len(graph), graph.number_of_edges()
