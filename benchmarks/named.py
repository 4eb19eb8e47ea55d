"""What NetworkX names and is compiled here, beside the libraries that have it too."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import networkx as nx
import numpy as np
import rustworkx as rx

from benchmarks.estates import TIERS, LayeredEstate
from benchmarks.figures import Timing, once, repeated
from benchmarks.peers import Peer
from graph.topology import Topology

Ask = Callable[[Any], Any]
Start = int
LONG = 1.0  # s; what takes longer is run once


@dataclass(frozen=True)
class Named:
    """The same questions for whoever knows them: of which service, and of which graph without circles."""

    estate: LayeredEstate
    start: Start
    acyclic: LayeredEstate

    @classmethod
    def of(cls, estate: LayeredEstate, topology: Topology) -> "Named":
        """The largest service of an estate, and the estate without the relationships within its cycles."""
        return cls(estate, largest_service(estate, topology), without_circles(estate, topology))

    def ours(self, topology: Topology) -> Iterable[tuple[str, Timing, Any]]:
        """By NetworkX's names on a topology: key, timing, answer."""
        yield from self._asked(asked_of_networkx(self.start), topology, self.acyclic.topology())

    def theirs(self, peer: Peer, graph: Any) -> Iterable[tuple[str, Timing, Any]]:
        """By another library on its own graph."""
        asked = ASKED[peer.name](self.start)
        yield from self._asked(asked, graph, peer.build(self.acyclic) if "longest" in asked else None)

    def _asked(self, asked: Mapping[str, Ask], graph: Any, acyclic: Any) -> Iterable[tuple[str, Timing, Any]]:
        graphs = {"dominators": graph, "joints": undirected(graph), "longest": acyclic}
        for key, ask in asked.items():
            work = partial(ask, graphs[key])
            answer, seconds = once(work)
            timing = repeated(work, least=3, warm=0) if seconds < LONG else Timing((seconds,))
            yield key, timing, plainly(key, answer, self.start)


def largest_service(estate: LayeredEstate, topology: Topology) -> Start:
    """The business service that rests on the most."""
    services = np.flatnonzero(estate.tier == len(TIERS) - 1).tolist()
    return max(services, key=lambda service: len(topology.all_providers_of(service)))


def without_circles(estate: LayeredEstate, topology: Topology) -> LayeredEstate:
    """The estate without the relationships within its cycles: longest paths are of graphs that have none."""
    csr = topology.csr
    source, target = (csr.cycles_of(csr.place[ends]) for ends in (estate.source, estate.target))
    kept = (source < 0) | (source != target)
    columns = ("source", "target", "soft", "group", "min_available", "feeds", "kind")
    return replace(estate, **{name: getattr(estate, name)[kept] for name in columns})


def asked_of_networkx(start: Start) -> Mapping[str, Ask]:
    """By NetworkX's names; ours too, on a topology."""
    return {
        "dominators": lambda graph: nx.immediate_dominators(graph, start),
        "joints": lambda graph: set(nx.articulation_points(graph)),
        "longest": nx.dag_longest_path_length,
    }


def asked_of_rustworkx(start: Start) -> Mapping[str, Ask]:
    """Its dominators have the start, which dominates itself."""
    return {
        "dominators": lambda graph: rx.immediate_dominators(graph, start),
        "joints": rx.articulation_points,
        "longest": rx.dag_longest_path_length,
    }


def asked_of_igraph(start: Start) -> Mapping[str, Ask]:
    """It has no longest paths."""
    return {
        "dominators": lambda graph: graph.dominator(start, mode="out"),
        "joints": lambda graph: graph.articulation_points(),
    }


def undirected(graph: Any) -> Any:
    """The graph as each library wants it for articulation points: without directions."""
    if isinstance(graph, Topology):
        return graph.to_undirected(as_view=True)
    if isinstance(graph, nx.DiGraph):
        plain: nx.Graph[int] = nx.Graph()
        plain.add_nodes_from(graph)
        plain.add_edges_from(graph.edges)
        return plain
    return graph.to_undirected(multigraph=False) if isinstance(graph, rx.PyDiGraph) else graph


def plainly(key: str, answer: Any, start: Start) -> Any:
    """The answer in the same words, whoever gives it."""
    if key == "joints":
        return set(answer)
    if key == "longest":
        return int(answer)
    given = answer.items() if isinstance(answer, dict) else enumerate(answer)
    return {ci: int(by) for ci, by in given if ci != start and by >= 0}


ASKED: Mapping[str, Callable[[Start], Mapping[str, Ask]]] = {
    "NetworkX": asked_of_networkx,
    "rustworkx": asked_of_rustworkx,
    "igraph": asked_of_igraph,
}
