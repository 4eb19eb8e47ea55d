"""Compile every kernel now, so that no first question waits for it: `python -m api.warm` when an image is built."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from graph.csr import Csr
from graph.nx_compiled import is_directed_acyclic_graph, topological_generations
from graph.overlay import Rows, with_rows
from graph.snapshot import load, save
from graph.topology import WORKLIST_LEAST, Topology
from queries.impact import impact

# longer than the worklist looks, so that the sweep is compiled too
CHAIN = WORKLIST_LEAST * 2


def compile_kernels() -> None:
    """Put one question to every kind of topology, as it is built and as it is mapped from a snapshot."""
    for built in _topologies():
        for topology in (built, _mapped(built)):
            found = impact(topology, {topology.n - 1: "outage"})
            _ = found.counts  # first: states alone come from a pass of their own
            found.dense()
            topology.all_dependents_of([topology.n - 1])
            if is_directed_acyclic_graph(topology):
                list(topological_generations(topology))
            impact(with_rows(topology, Rows([0], [0], [1])), {1: "outage"})


def _topologies() -> Iterator[Topology]:
    yield Topology.from_edges(4, [0, 1, 1], [1, 2, 3], group=[-1, 0, 0], min_available=[1, 1, 1])
    ring = [1, 2, 2, 1]
    yield Topology.from_edges(4, [0, *ring], [1, 2, 1, 3, 3], feeds=[False, True, True, True, True])
    chain = np.arange(CHAIN, dtype=np.int32)
    yield Topology.from_edges(CHAIN + 1, chain, chain + 1)


def _mapped(topology: Topology) -> Topology:
    with tempfile.TemporaryDirectory(prefix="faultline-warm-") as folder:
        path = Path(folder) / "warm"
        save(path, {"store_id": "warm"}, topology.csr.named())
        return Topology(Csr(**load(path, "warm").arrays))


if __name__ == "__main__":
    compile_kernels()
