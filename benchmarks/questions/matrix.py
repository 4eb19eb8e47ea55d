"""The matrix scenario × service: sites, feeds, switches and racks, one or some of them, states only."""

import numpy as np

from benchmarks.estates import TIERS, LayeredEstate
from benchmarks.figures import OURS, Bench, repeated
from graph.topology import Topology
from queries.matrix import Lost, matrix

SCENARIOS, SERVICES = 50, 4_000
LOST = ("site", "main feed", "feed", "distribution switch", "rack")


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says; services are as many as there are, 4,000 at the most."""
    names = [name for name, _, _ in TIERS]
    rng = np.random.default_rng(1)
    lost = []
    for number in range(SCENARIOS):
        some = np.flatnonzero(estate.tier == names.index(LOST[number % len(LOST)]))
        cis = rng.choice(some, min(len(some), 1 + number // 10), replace=False)
        lost.append(Lost(f"S-{number:02}", np.sort(cis).astype(np.int32)))
    services = np.flatnonzero(estate.tier == names.index("business service"))[:SERVICES].astype(np.int32)
    states = matrix(topology, lost, services).states
    counts = {
        word: int((states == state).sum()) for state, word in enumerate(("unaffected", "at_risk", "degraded", "outage"))
    }
    timing = repeated(lambda: matrix(topology, lost, services))
    bench.timed("matrix.states", OURS, timing, services=len(services), **counts)
