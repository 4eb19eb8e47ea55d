"""The matrix scenario × service: sites, feeds, switches, racks, one or some of them; states, and recovery with it."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.estates import TIERS, LayeredEstate
from benchmarks.figures import OURS, Bench, once, repeated
from benchmarks.questions.back import losing
from graph.topology import Topology
from queries.matrix import Lost, matrix
from queries.recovery import recovery_bounds

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
    given = losing(estate.n)
    promised = rng.integers(1, 25, len(services)) * 3600.0

    def recovery(cis: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        hit = np.zeros(estate.n, np.bool_)
        hit[cis] = True
        found = recovery_bounds(topology, **{**given, "hit": hit})
        return found.lower[services], found.upper[services]

    def judged() -> tuple[int, int]:
        whole = matrix(topology, lost, services, recovery)
        return int((whole.upper <= promised).sum()), int((whole.lower > promised).sum())

    (kept, missed), seconds = once(judged)
    bench.add("matrix.recovery", OURS, seconds * 1e3, "ms", services=len(services), kept=kept, missed=missed)
