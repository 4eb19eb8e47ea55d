"""Modelled availability is what adding up every state gives, and what is printed in the books."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.topology import Topology
from queries import modelled
from queries.kernels.modules import exactly_without
from queries.modelled import Modelled, modelled_availability, unavailability
from tests.graph.estates import Drawn, cases, estates, named_estate, random_estate
from tests.queries.slow_modelled import chance, exactly, outcomes

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))
CHANCES = st.sampled_from([0.0, 0.001, 0.1, 0.25, 0.5, 1.0])


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_availability_and_importance_are_sums_over_all_states(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates(most=6))
    out = data.draw(st.lists(CHANCES, min_size=drawn.n, max_size=drawn.n))
    service = data.draw(st.integers(0, drawn.n - 1))

    found = modelled_availability(drawn.topology, service, out)

    fatal = outcomes(drawn.estate, service)
    assert found.method == "exact"
    assert found.value == pytest.approx(1 - chance(fatal, out), abs=1e-12)
    importance = {each.ci: each.value for each in found.importance}
    for ci in range(drawn.n):
        rise = chance(fatal, [*out[:ci], 1.0, *out[ci + 1 :]]) - chance(fatal, [*out[:ci], 0.0, *out[ci + 1 :]])
        assert importance.get(ci, 0.0) == pytest.approx(rise if out[ci] else 0.0, abs=1e-12)


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_drawn_states_come_near_what_is_exact_and_again_to_the_same(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    out = data.draw(st.lists(CHANCES, min_size=drawn.n, max_size=drawn.n))
    service, seed = data.draw(st.integers(0, drawn.n - 1)), data.draw(st.integers(0, 2**32))

    exact = modelled_availability(drawn.topology, service, out)
    found = modelled_availability(drawn.topology, service, out, enumerate_up_to=-1, samples=16_384, seed=seed)

    if found.method == "exact":
        assert found == exact
        return
    assert found == modelled_availability(
        drawn.topology, service, out, enumerate_up_to=-1, samples=16_384, seed=seed
    )  # fmt: skip
    assert found.low is not None
    assert found.low <= (found.value or 0) <= (found.high or 0)
    # six standard deviations of 16,384 states at the most
    assert found.value == pytest.approx(exact.value, abs=6 * math.sqrt(0.25 / 16_384))
    assert (found.method, found.seed) == ("monte_carlo", seed)


@pytest.mark.many
@EXAMPLES
@given(st.lists(CHANCES, min_size=1, max_size=9), st.integers(0, 9))
def test_how_many_of_the_others_are_out_is_found_by_halves(out: list[float], spare: int) -> None:
    found = exactly_without(spare, np.array(out))

    others = [out[:at] + out[at + 1 :] for at in range(len(out))]
    assert found.tolist() == pytest.approx([exactly(spare, some) for some in others], rel=1e-12, abs=0)


def test_a_group_of_thousands_is_looked_at_in_a_moment() -> None:
    # as many of 3,000 as half of them; by itself each is as important as any other
    members = 3_000
    group = Topology.from_edges(
        members + 1, [0] * members, range(1, members + 1), group=[0] * members, min_available=[1_501] * members
    )

    found = modelled_availability(group, 0, [0.0, *[0.5] * members])

    assert found.value == pytest.approx(0.5 - math.comb(members, members // 2) / 2 ** (members + 1), abs=1e-12)
    assert {round(each.value, 12) for each in found.importance} == {
        round(math.comb(members - 1, members // 2) / 2 ** (members - 1), 12)
    }
    assert found.importance_complete


def test_where_rows_are_many_fewer_states_are_drawn_and_the_interval_is_wider(monkeypatch: pytest.MonkeyPatch) -> None:
    bridge = alternatives([[1, 4], [2, 5], [1, 3, 5], [2, 3, 4]], 5)
    out = [0.0, *[0.1] * 5, *[0.0] * 4]
    many = modelled_availability(bridge, 0, out, enumerate_up_to=4)
    monkeypatch.setattr(modelled, "WORK", 10_000)
    few = modelled_availability(bridge, 0, out, enumerate_up_to=4)

    assert (few.low or 1) < (many.low or 0) < 0.97848 < (many.high or 1) < (few.high or 0)
    assert not few.importance_complete


def alternatives(paths: list[list[int]], parts: int) -> Topology:
    """A service, 0, on one of some paths of which each needs all of its parts, numbered from 1."""
    nodes = range(parts + 1, parts + 1 + len(paths))
    source = [0] * len(paths) + [node for node, path in zip(nodes, paths, strict=True) for _ in path]
    target = [*nodes, *(part for path in paths for part in path)]
    group = [0] * len(paths) + [-1] * (len(source) - len(paths))
    return Topology.from_edges(parts + 1 + len(paths), source, target, group=group, min_available=[1] * len(source))


def test_the_bridge_of_the_books() -> None:
    # Barlow and Proschan, Statistical Theory of Reliability and Life Testing (1975), chapter 2: five parts of which the
    # third bridges two lines; R(p) = 2p² + 2p³ − 5p⁴ + 2p⁵, at 0.9: 0.97848
    bridge = alternatives([[1, 4], [2, 5], [1, 3, 5], [2, 3, 4]], 5)
    out = [0.0, *[0.1] * 5, *[0.0] * 4]

    found = modelled_availability(bridge, 0, out)

    assert found.value == pytest.approx(0.97848, abs=1e-12)
    assert found.method == "exact"
    # the bridge matters least: R(1 with it) − R(without) = p²(2 − p)² … as series-parallel either way
    assert found.importance[-1].ci == 3
    assert found.importance[-1].value == pytest.approx((1 - 0.1**2) ** 2 - (1 - (1 - 0.9**2) ** 2), abs=1e-12)
    sampled = modelled_availability(bridge, 0, out, enumerate_up_to=4, seed=7)
    assert sampled.low is not None
    assert sampled.low <= 0.97848 <= (sampled.high or 0)


@pytest.mark.parametrize(
    ("needed", "members", "reliability"),
    [(2, 3, 0.972), (1, 3, 0.999), (3, 3, 0.729), (2, 4, 0.9963), (3, 5, 0.99144)],
)
def test_k_of_n_of_the_books(needed: int, members: int, reliability: float) -> None:
    # Rausand and Høyland, System Reliability Theory (2nd edition 2004), 4.2: sums of binomial terms at p = 0.9
    group = Topology.from_edges(
        members + 1, [0] * members, range(1, members + 1), group=[0] * members, min_available=[needed] * members
    )

    assert modelled_availability(group, 0, [0.0, *[0.1] * members]).value == pytest.approx(reliability, abs=1e-12)


def test_series_and_alternatives_are_exact_however_many_they_are() -> None:
    # 500 pairs in series, each of its own two parts
    pairs = range(1, 501)
    source = [0] * 500 + [pair for pair in pairs for _ in (0, 1)]
    target = [*pairs, *range(501, 1501)]
    group, needed = [-1] * 500 + [0] * 1000, [1] * 1500
    found = modelled_availability(
        Topology.from_edges(1501, source, target, group=group, min_available=needed), 0, [0.0] * 501 + [0.01] * 1000
    )

    assert found.method == "exact"
    assert found.value == pytest.approx((1 - 0.01**2) ** 500, abs=1e-12)
    assert len(found.importance) == 1000


def test_a_missing_figure_makes_it_not_measurable_and_is_named_unless_nothing_rests_on_it() -> None:
    chain = Topology.from_edges(4, [0, 1], [1, 2])
    nan = math.nan

    assert modelled_availability(chain, 0, [nan, nan, nan, nan]) == Modelled(missing=(1, 2))
    assert modelled_availability(chain, 0, [nan, 0.1, 0.1, nan]).value == pytest.approx(0.81)


def test_what_is_no_probability_is_refused() -> None:
    pair = Topology.from_edges(2, [0], [1])

    with pytest.raises(ValueError, match="CI 1"):
        modelled_availability(pair, 0, [0.0, 1.5])
    with pytest.raises(ValueError, match="each of 2"):
        modelled_availability(pair, 0, [0.0])
    with pytest.raises(IndexError):
        modelled_availability(pair, 2, [0.0, 0.0])


def test_figures_of_records_become_shares_of_time() -> None:
    estate = named_estate(random_estate(4, np.random.default_rng(0), feeds=False))
    found = unavailability(
        estate,
        {
            "mtbf": {"ci-0": 99 * 3_600, "ci-1": 0, "ci-2": 5, "gone": 1},
            "recovery_time": {"ci-0": 3_600, "ci-1": 0, "gone": 1},
            "availability": {"ci-2": 0.75, "ci-0": 0.5},
        },
    )

    assert found[[0, 2]].tolist() == [0.01, 0.25]
    assert np.isnan(found[[1, 3]]).all()
