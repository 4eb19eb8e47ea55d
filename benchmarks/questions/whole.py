"""Sweeps over all CIs: whose services each can affect, how many rest on each, and every single failure with quorum."""

import resource
from collections.abc import Callable
from typing import Any

import numpy as np

from api.sweeping import count_dependents, find_failures
from benchmarks.estates import TIERS, LayeredEstate
from benchmarks.figures import OURS, Bench, repeated
from graph.topology import Topology


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says, on all cores; with what the process grew by (`megabytes`) at the most."""
    everyone = np.arange(estate.n, dtype=np.int32)
    services = np.flatnonzero(estate.tier == len(TIERS) - 1).astype(np.int32)
    _timed(bench, "sweep.services", lambda: count_dependents(topology, services), services=len(services))
    _timed(bench, "sweep.sizes", lambda: count_dependents(topology, everyone))
    found = _timed(bench, "sweep.failures", lambda: find_failures(topology, everyone, services))
    bench.add("sweep.points", OURS, len(found.points.cis), "", services=len(services))


def _timed(bench: Bench, key: str, work: Callable[[], Any], **more: Any) -> Any:
    kept: list[Any] = [None]

    def asked() -> None:
        kept[0] = work()

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    timing = repeated(asked, least=3)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    bench.timed(key, OURS, timing, megabytes=round(grown), **more)
    return kept[0]
