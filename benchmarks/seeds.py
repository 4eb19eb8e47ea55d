"""Seed sets that are hard: the backbone, what leaves much degraded or at risk, and losses all over the estate."""

from collections.abc import Mapping

import numpy as np

from benchmarks.estates import LayeredEstate
from graph.topology import Topology
from queries.impact import State, impact

LOST = "outage"
DEGRADING = 0.2  # of all CIs: degraded or at risk
SCATTERED = 0.002  # of all CIs: members of groups, one of each


def seed_sets(estate: LayeredEstate, topology: Topology) -> dict[str, tuple[int, ...]]:
    """By name: `backbone`, `feeds` (one power feed of as many sites as leave a fifth degraded or at risk), `scattered`.

    `scattered` takes one member of groups all over the estate, so that little stops and much is at risk.
    """
    return {
        "backbone": (estate.backbone,),
        "feeds": _feeds(estate, topology),
        "scattered": _scattered(estate),
    }


def _feeds(estate: LayeredEstate, topology: Topology) -> tuple[int, ...]:
    chosen: list[int] = []
    for feed in estate.main_feeds.tolist():
        chosen.append(feed)
        counts = impact(topology, dict.fromkeys(chosen, "outage")).counts
        if share_weakened(counts, estate.n) >= DEGRADING:
            return tuple(chosen)
    raise AssertionError(f"no feeds leave {DEGRADING:.0%} degraded or at risk")


def share_weakened(counts: Mapping[State, int], n: int) -> float:
    """The share of all CIs that is degraded or at risk."""
    return (counts[State.DEGRADED] + counts[State.AT_RISK]) / n


def _scattered(estate: LayeredEstate) -> tuple[int, ...]:
    rng = np.random.default_rng([estate.n, 1])
    members = np.flatnonzero((estate.group >= 0) & (estate.tier[estate.source] < estate.tier.max() - 2))
    _, first = np.unique(estate.group[members], return_index=True)
    wanted = min(len(first), max(1, round(SCATTERED * estate.n)))
    drawn = estate.target[members[rng.permutation(first)[:wanted]]]
    return tuple(np.unique(drawn).tolist())


def random_cis(estate: LayeredEstate, count: int) -> list[int]:
    """CIs drawn from all."""
    rng = np.random.default_rng([estate.n, 2])
    found: list[int] = rng.integers(0, estate.n, count).tolist()
    return found
