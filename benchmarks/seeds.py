"""Seed sets that are hard: the backbone, what leaves much degraded or at risk, and losses all over the estate."""

from collections.abc import Mapping

import numpy as np

from benchmarks.estates import LayeredEstate
from graph.topology import Topology
from queries.impact import State, impact

LOST = "outage"
DEGRADING = 0.2  # of all CIs: degraded or at risk
SCATTERED = 0.002  # of all CIs: members of groups, one of each
MODERATE = (100, 1_000)  # CIs that one affects beside its own; 362 are the picture of the design
TOUCHED = 100  # CIs that one writing touches


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


def moderate(topology: Topology, count: int) -> list[int]:
    """CIs that some hundred others rest on."""
    rng, found = np.random.default_rng(31), list[int]()
    while len(found) < count:
        ci = int(rng.integers(0, topology.n))
        if MODERATE[0] <= affected_by(topology, ci) <= MODERATE[1]:
            found.append(ci)
    return found


def affected_by(topology: Topology, ci: int) -> int:
    """How many are out, degraded or at risk once a CI is out."""
    counts = impact(topology, {ci: "outage"}).counts
    return sum(counts[state] for state in (State.OUTAGE, State.DEGRADED, State.AT_RISK))


def touched(estate: LayeredEstate, *, plain: bool = False) -> list[int]:
    """Relationships that one writing touches, drawn from all, or from those that are in no group."""
    among = np.flatnonzero(estate.group < 0) if plain else np.arange(estate.m)
    found: list[int] = among[np.random.default_rng(37).integers(0, len(among), TOUCHED // 2)].tolist()
    return found
