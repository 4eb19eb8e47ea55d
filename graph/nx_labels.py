"""Graphs that NetworkX hands over: a topology as it is, any other with the topology of its nodes in order."""

from collections.abc import Callable, Hashable, Iterator
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

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
        """The topology of the graph, its edges in order; self-loops, which a topology has none of, are left out."""
        ends = np.array([(u, v) for u, v in self._pairs if u != v], np.int32).reshape(-1, 2)
        made: Topology = Topology.from_edges(len(self.labels), ends[:, 0], ends[:, 1])
        return made

    @cached_property
    def loops(self) -> list[int]:
        """The numbers of nodes with an edge to themselves."""
        return [u for u, v in self._pairs if u == v]

    @property
    def _pairs(self) -> Iterator[tuple[int, int]]:
        # by adjacency: of a graph that stands for another one's complement it alone is true (`nx.k_components`)
        directed, number = self.original.is_directed(), self.numbers
        for node, neighbours in self.original.adjacency():
            u = number[node]
            yield from ((u, v) for v in map(number.__getitem__, neighbours) if directed or u <= v)


Graph = Topology | Labelled


def topology_of(graph: Graph) -> Topology:
    """The topology itself, or that of a labelled graph."""
    return graph if isinstance(graph, Topology) else graph.topology


def plain(graph: Graph) -> "nx.Graph[Any]":
    """The graph that NetworkX's own code works on: a topology itself, or what was labelled."""
    return graph if isinstance(graph, Topology) else graph.original


def as_networkx(algorithm: Any) -> Callable[..., Any]:
    """The algorithm as NetworkX wrote it, without dispatch."""
    own: Callable[..., Any] = algorithm.orig_func
    return own


def named(graph: Graph, indices: I32) -> list[Any]:
    """The nodes of these numbers."""
    found: list[int] = indices.tolist()
    return found if isinstance(graph, Topology) else [graph.labels[i] for i in found]


def number_of(graph: Graph, node: Any) -> int:
    """The number of a node that is there."""
    return int(node) if isinstance(graph, Topology) else graph.numbers[node]


def loops_of(graph: Graph) -> list[int]:
    """The numbers of nodes with an edge to themselves; a topology has none."""
    return [] if isinstance(graph, Topology) else graph.loops
