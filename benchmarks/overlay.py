"""A thousand relationships changed, as a change feed brings them, and the next answer."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.estates import LayeredEstate
from graph.overlay import Rows

CHANGED = 1_000  # relationships


def changed_rows(made: LayeredEstate) -> tuple[Rows, int]:
    """New rows of dependents drawn from all until they have a thousand relationships, and how many those are.

    Every plain relationship leads to another CI of the same tier, so that what has changed is an estate as before.
    """
    rng = np.random.default_rng([made.n, 3])
    order = np.argsort(made.source, kind="stable")
    start = np.searchsorted(made.source[order], np.arange(made.n + 1))
    drawn = rng.permutation(made.n)
    enough = int(np.searchsorted(np.cumsum(np.diff(start)[drawn]), CHANGED)) + 1
    dependents = np.sort(drawn[:enough])
    edges = np.concatenate([order[start[ci] : start[ci + 1]] for ci in dependents])
    target = _elsewhere(made, edges, rng)
    rows = Rows(
        dependents=dependents,
        source=made.source[edges],
        target=target,
        soft=made.soft[edges],
        group=made.group[edges],
        min_available=made.min_available[edges],
        feeds=made.feeds[edges],
    )
    return rows, len(edges)


def _elsewhere(made: LayeredEstate, edges: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int32]:
    """The provider of each, another one of its tier where the relationship is plain."""
    by_tier = np.argsort(made.tier, kind="stable").astype(np.int32)
    bounds = np.searchsorted(made.tier[by_tier], np.arange(int(made.tier.max()) + 2))
    before = made.target[edges]
    tier = made.tier[before]
    count = bounds[tier + 1] - bounds[tier]
    other = by_tier[bounds[tier] + (rng.random(len(edges)) * count).astype(np.int64)]
    plain = (made.group[edges] < 0) & (other != made.source[edges])
    return np.where(plain, other, before)
