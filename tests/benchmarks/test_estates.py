"""The measured estates are the same for the same seed, and shaped as they are said to be."""

import networkx as nx
import numpy as np
import pytest

from benchmarks.estates import PER_CI, TIERS, layered_estate
from benchmarks.overlay import CHANGED, changed_rows
from benchmarks.seeds import DEGRADING, seed_sets, share_weakened
from graph.overlay import with_rows
from queries.impact import State, impact

N = 10_000


@pytest.mark.parametrize("fed", [False, True])
def test_one_seed_makes_one_estate(fed: bool) -> None:
    first, again, other = layered_estate(N, fed=fed), layered_estate(N, fed=fed), layered_estate(N, 8, fed=fed)

    assert all(np.array_equal(array, again.arrays()[name]) for name, array in first.arrays().items())
    assert not np.array_equal(first.source[:100], other.source[:100])


def test_it_has_three_relationships_a_ci_groups_soft_ones_and_cycles() -> None:
    estate = layered_estate(N)

    topology = estate.topology()

    assert topology.m == estate.m == round(PER_CI * N)
    assert 0.06 < estate.owners / N < 0.08
    assert 0.04 < estate.soft.mean() < 0.08
    assert not estate.feeds.any()
    sizes = np.diff(topology.csr.cyclic, axis=1)
    assert len(sizes) > 20
    assert sizes.max() >= 5
    assert sorted(np.unique(estate.tier).tolist()) == list(range(len(TIERS)))


def test_a_twentieth_feeds_in_circles_too_where_that_is_asked() -> None:
    estate = layered_estate(N, fed=True)

    topology = estate.topology()

    assert 0.03 < estate.feeds.mean() < 0.07
    assert len(topology.csr.circle_start) - 1 >= 2


def test_the_backbone_stops_nearly_all_and_the_feeds_leave_a_fifth_without_redundancy() -> None:
    estate = layered_estate(N)
    topology = estate.topology()

    sets = seed_sets(estate, topology)

    assert impact(topology, {estate.backbone: "outage"}).counts[State.OUTAGE] > 0.9 * N
    weakened = impact(topology, dict.fromkeys(sets["feeds"], "outage")).counts
    assert share_weakened(weakened, N) >= DEGRADING
    assert weakened[State.OUTAGE] < 0.05 * N
    assert len(nx.ancestors(topology, estate.backbone)) > 0.9 * N


def test_an_estate_too_small_for_its_tiers_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        layered_estate(20)


def test_a_thousand_relationships_change_and_the_graph_before_stays() -> None:
    estate = layered_estate(N)
    topology = estate.topology()
    rows, count = changed_rows(estate)

    changed = with_rows(topology, rows)

    assert CHANGED <= count < CHANGED + 20
    fresh = set(zip(np.asarray(rows.source).tolist(), np.asarray(rows.target).tolist(), strict=True))
    before = set(zip(estate.source.tolist(), estate.target.tolist(), strict=True))
    assert len(fresh - before) > 0.7 * count
    assert all(changed.has_edge(*pair) for pair in fresh)
    assert {pair for pair in fresh if topology.has_edge(*pair)} == fresh & before
