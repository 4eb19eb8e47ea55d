"""NetworkX's dominators and articulation points on compiled arrays.

Neither are single points of failure of a service: `docs/answers/why-not-dominators.md`.
"""

from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from graph.kernels.dominators import DOMINATOR, dominators, frontiers
from graph.kernels.joints import joints
from graph.nx_labels import Graph, loops_of, named, number_of, topology_of
from graph.scratch import SCRATCH

I32 = NDArray[np.int32]


def immediate_dominators(graph: Graph, start: Any) -> dict[Any, Any]:
    """Of each node reached from `start` the last one before it that every path there leads through."""
    count = _dominated(graph, start)
    nodes = _reached(graph, count)
    return {nodes[at]: nodes[by] for at, by in enumerate(SCRATCH.cell[1:count, DOMINATOR].tolist(), 1)}


def dominance_frontiers(graph: Graph, start: Any) -> dict[Any, set[Any]]:
    """Of each node reached from `start` where what it dominates ends."""
    csr, count = topology_of(graph).csr, _dominated(graph, start)
    given = csr.rbeg, csr.rend, csr.rto, SCRATCH.slot, SCRATCH.queue, count, SCRATCH.cell
    nodes = _reached(graph, count)
    pairs = np.empty((4 * count, 2), np.int32)
    found = frontiers(*given, pairs)
    if found > len(pairs):
        pairs = np.empty((found, 2), np.int32)
        frontiers(*given, pairs)
    ends: dict[Any, set[Any]] = {node: set() for node in nodes}
    for at, end in pairs[:found].tolist():
        ends[nodes[at]].add(nodes[end])
    for node in named(graph, np.array(loops_of(graph), np.int32)):
        if node in ends:
            ends[node].add(node)
    return ends


def _dominated(graph: Graph, start: Any) -> int:
    # how many are reached; who dominates them is in this thread's scratch
    if start not in graph:
        raise nx.NetworkXError("start is not in G")
    topology = topology_of(graph)
    csr, n = topology.csr, topology.n
    place = int(csr.place[number_of(graph, start)])
    return int(
        dominators(
            csr.beg, csr.end, csr.to, csr.rbeg, csr.rend, csr.rto, place, SCRATCH.slots(n), SCRATCH.queued(n),
            SCRATCH.cells(n),
        )
    )  # fmt: skip


def _reached(graph: Graph, count: int) -> list[Any]:
    return named(graph, topology_of(graph).csr.index[SCRATCH.queue[:count]])


def articulation_points(graph: Graph) -> Iterator[Any]:
    """Nodes without which their piece of the graph would fall apart, directions aside."""
    csr = topology_of(graph).csr
    _, part, top = _parts(graph)
    # the top of a part is in the part of its own edge too, or else it is a root and needs a second part
    tops, parts = np.unique(top, return_counts=True)
    yield from named(graph, csr.index[tops[(part[tops] >= 0) | (parts > 1)]])


def biconnected_components(graph: Graph) -> Iterator[set[Any]]:
    """Sets of nodes that hang together by more than any one node of theirs, or by one edge."""
    csr = topology_of(graph).csr
    members, part, top = _parts(graph)
    ends = np.searchsorted(part[members], np.arange(1, len(top)))
    for some, above in zip(np.split(members, ends), top, strict=False):
        yield set(named(graph, csr.index[np.append(some, above)]))


def is_biconnected(graph: Graph) -> bool:
    """Whether all of the graph is one such set."""
    members, _, top = _parts(graph)
    return len(top) == 1 and len(members) + 1 == len(graph)


def _parts(graph: Graph) -> tuple[I32, I32, I32]:
    # places but for roots, part by part; the part of each place; and of each part the place above it, which is in it
    csr = topology_of(graph).csr
    parent, part, count = joints(csr.beg, csr.end, csr.to, csr.rbeg, csr.rend, csr.rto)
    members = np.argsort(part, kind="stable")[int((part < 0).sum()) :].astype(np.int32)
    first = members[part[members] != part[parent[members]]]
    top = np.empty(count, np.int32)
    top[part[first]] = parent[first]
    return members, part, top
