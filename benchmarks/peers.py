"""What a user could pick instead: NetworkX, rustworkx, igraph, SciPy, each as its own manual would have it used."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import networkx as nx
import numpy as np
import rustworkx as rx
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from benchmarks.estates import LayeredEstate

if TYPE_CHECKING:
    import igraph


class Peer(Protocol):
    """A graph library: building its graph of an estate, and what rests on a CI (with the CI)."""

    name: str
    largest: int  # CIs; what it holds in less than 12 GB

    def build(self, estate: LayeredEstate) -> Any:
        """Its own graph."""

    def reach(self, graph: Any, ci: int) -> int:
        """How many CIs rest on this one, directly or not."""


class NetworkX:
    """Dictionaries of dictionaries; `nx.ancestors` for reachability. Edges carry what the quorum worklist reads."""

    name = "NetworkX"
    largest = 1_000_000

    def build(self, estate: LayeredEstate) -> "nx.DiGraph[int]":
        """A DiGraph from dependent to provider."""
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(range(estate.n))
        columns = (estate.source, estate.target, estate.group, estate.soft)
        graph.add_edges_from(
            (s, t, {"soft": True} if soft else {"group": g} if g >= 0 else {})
            for s, t, g, soft in zip(*(column.tolist() for column in columns), strict=True)
        )
        return graph

    def reach(self, graph: "nx.DiGraph[int]", ci: int) -> int:
        """By nx.ancestors."""
        return len(nx.ancestors(graph, ci))


class RustworkX:
    """A petgraph; `rustworkx.ancestors`."""

    name = "rustworkx"
    largest = 1_000_000

    def build(self, estate: LayeredEstate) -> "rx.PyDiGraph[Any, Any]":
        """A PyDiGraph without weights."""
        graph: rx.PyDiGraph[Any, Any] = rx.PyDiGraph(multigraph=False, node_count_hint=estate.n)
        graph.add_nodes_from(range(estate.n))
        graph.add_edges_from_no_data(list(zip(estate.source.tolist(), estate.target.tolist(), strict=True)))
        return graph

    def reach(self, graph: "rx.PyDiGraph[Any, Any]", ci: int) -> int:
        """By ancestors."""
        return len(rx.ancestors(graph, ci))


class IGraph:
    """Indexed edge lists in C; `subcomponent(mode="in")`."""

    name = "igraph"
    largest = 10_000_000

    def build(self, estate: LayeredEstate) -> "igraph.Graph":
        """A Graph from the edge array."""
        import igraph

        return igraph.Graph(n=estate.n, edges=np.column_stack([estate.source, estate.target]), directed=True)

    def reach(self, graph: "igraph.Graph", ci: int) -> int:
        """By subcomponent, which has the CI in it."""
        return len(graph.subcomponent(ci, mode="in")) - 1


class SciPy:
    """A sparse matrix of who depends on whom, by provider; `csgraph.breadth_first_order`."""

    name = "SciPy"
    largest = 10_000_000

    def build(self, estate: LayeredEstate) -> csr_array:
        """A matrix with a row per provider."""
        ones = np.ones(estate.m)
        return csr_array((ones, (estate.target, estate.source)), shape=(estate.n, estate.n))

    def reach(self, graph: csr_array, ci: int) -> int:
        """By breadth_first_order, which has the CI in it."""
        return len(breadth_first_order(graph, ci, return_predecessors=False)) - 1


PEERS: tuple[Peer, ...] = (NetworkX(), RustworkX(), IGraph(), SciPy())


@dataclass(frozen=True)
class Worklist:
    """Redundancy on NetworkX, as one would write it by hand: a queue, sets, and a count of losses per group."""

    graph: "nx.DiGraph[int]"
    spare: dict[int, int]

    @classmethod
    def of(cls, graph: "nx.DiGraph[int]", estate: LayeredEstate) -> "Worklist":
        """With the members that each group can lose."""
        grouped = estate.group >= 0
        numbers, first, size = np.unique(estate.group[grouped], return_index=True, return_counts=True)
        needed = estate.min_available[grouped][first]
        return cls(graph, dict(zip(numbers.tolist(), (size - needed).tolist(), strict=True)))

    @property
    def _dependents(self) -> dict[int, dict[int, dict[str, Any]]]:
        # the dictionaries themselves: the views that `pred` gives would make it slower
        found: dict[int, dict[int, dict[str, Any]]] = vars(self.graph)["_pred"]
        return found

    def outage(self, seeds: Iterable[int]) -> tuple[set[int], set[int]]:
        """What stops, and what lost something without stopping."""
        queue = list(seeds)
        out, weak = set(queue), set()
        lost: dict[int, int] = {}
        dependents = self._dependents
        for ci in queue:
            for dependent, data in dependents[ci].items():
                if dependent in out:
                    continue
                group = data.get("group")
                if group is not None:
                    lost[group] = lost.get(group, 0) + 1
                    if lost[group] <= self.spare[group]:
                        weak.add(dependent)
                        continue
                elif "soft" in data:
                    weak.add(dependent)
                    continue
                out.add(dependent)
                queue.append(dependent)
        return out, weak - out

    def states(self, seeds: Iterable[int]) -> tuple[int, int, int]:
        """How many are out, degraded, at risk."""
        out, degraded = self.outage(seeds)
        reached = out | degraded
        queue = list(reached)
        dependents = self._dependents
        for ci in queue:
            for dependent in dependents[ci]:
                if dependent not in reached:
                    reached.add(dependent)
                    queue.append(dependent)
        return len(out), len(degraded), len(reached) - len(out) - len(degraded)
