"""Single points of failure: of services drawn, of the one with the most below it, and where something feeds."""

import numpy as np

from benchmarks.estates import TIERS, LayeredEstate, layered_estate
from benchmarks.figures import OURS, Bench, each, repeated
from graph.topology import Topology
from queries.cone import hard_cone
from queries.spof import single_points_of_failure

ASKED = 200  # services of which the median is taken


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says."""
    _of(bench, estate, topology, "")
    fed = layered_estate(estate.n, fed=True)
    _of(bench, fed, fed.topology(), ".fed")


def _of(bench: Bench, estate: LayeredEstate, topology: Topology, suffix: str) -> None:
    services = np.flatnonzero(estate.tier == [name for name, _, _ in TIERS].index("business service"))
    asked = np.random.default_rng(5).permutation(services)[:ASKED].tolist()
    below = [len(hard_cone(topology, service)) for service in asked]
    largest = asked[int(np.argmax(below))]
    single_points_of_failure(topology, largest)
    timing = each(lambda service: single_points_of_failure(topology, service), asked)
    found = len(single_points_of_failure(topology, largest))
    bench.timed(f"spof{suffix}.median", OURS, timing, below=int(np.median(below)))
    longest = repeated(lambda: single_points_of_failure(topology, largest))
    bench.timed(f"spof{suffix}.largest", OURS, longest, below=max(below), found=found)
