"""Sweeps over a whole estate say of every CI what is said of it when it alone is asked about."""

import doctest
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.estates import TIERS, layered_estate
from graph.topology import Topology
from queries import sweeps
from queries.impact import State, impact
from queries.kernels.bits import BLOCK
from queries.spof import single_points_of_failure
from queries.sweeps import (
    Failures,
    Felled,
    Lists,
    dependents_counted,
    dependents_listed,
    felled,
    joined,
    merged,
    single_failures,
)
from tests.graph.estates import Drawn, cases, estates
from tests.queries.slow_sweeps import slow_dependents, slow_felled, slow_takes

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))


def rows(found: Felled) -> list[tuple[int, int, int]]:
    return list(zip(found.cis.tolist(), found.services.tolist(), found.weight.tolist(), strict=True))


def lists(found: Lists) -> list[list[int]]:
    return [found[number].tolist() for number in range(len(found))]


def some(data: st.DataObject, drawn: Drawn) -> list[int]:
    return data.draw(st.lists(st.integers(0, drawn.n - 1), unique=True))


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_what_a_ci_takes_with_it_is_what_is_out_when_it_alone_stops(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds = data.draw(st.lists(st.integers(0, drawn.n - 1), max_size=20))
    weights = {ci: data.draw(st.integers(0, 5)) for ci in some(data, drawn)}
    given_weights = np.array([weights.get(ci, 7) for ci in range(drawn.n)])

    found = felled(drawn.topology, seeds, np.isin(np.arange(drawn.n), list(weights)), given_weights)

    assert rows(found) == slow_takes(drawn.estate, seeds, weights)


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_every_single_failure_names_the_single_points_of_every_service(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    services = some(data, drawn)
    gone = {seed: slow_felled(drawn.estate, seed) for seed in range(drawn.n)}

    found = single_failures(drawn.topology, range(drawn.n), services)

    assert lists(found.points) == [[x for x in range(drawn.n) if service in gone[x]] for service in services]
    assert rows(found.felled) == slow_takes(drawn.estate, range(drawn.n), dict.fromkeys(services, 1))


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_who_rests_on_a_ci_is_who_reaches_it(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    services, asked = some(data, drawn), data.draw(st.lists(st.integers(0, drawn.n - 1), max_size=8))
    above = [slow_dependents(drawn.estate, ci) for ci in range(drawn.n)]

    assert dependents_counted(drawn.topology, range(drawn.n)).tolist() == [len(each) for each in above]
    assert dependents_counted(drawn.topology, services).tolist() == [len(each & {*services}) for each in above]
    assert lists(dependents_listed(drawn.topology, asked, services)) == [
        sorted(above[ci] & {*services}) for ci in asked
    ]


def cut(data: st.DataObject, drawn: Drawn) -> list[list[int]]:
    lots = data.draw(st.lists(st.integers(0, 3), min_size=drawn.n, max_size=drawn.n))
    return data.draw(st.permutations([[ci for ci in range(drawn.n) if lots[ci] == lot] for lot in range(4)]))


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_results_of_lots_merged_are_those_of_all_however_they_are_cut(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    topology, services, lots = drawn.topology, some(data, drawn), cut(data, drawn)

    def form(found: Failures) -> Any:
        return found.seeds.tolist(), rows(found.felled), lists(found.points)

    parts = [single_failures(topology, lot, services) for lot in lots]
    whole = form(single_failures(topology, range(drawn.n), services))
    assert form(merged(parts)) == whole
    assert form(merged([merged(parts[:2]), merged(parts[2:])])) == whole

    counted = sum(dependents_counted(topology, lot) for lot in lots)
    assert np.array_equal(counted, dependents_counted(topology, range(drawn.n)))
    listed = joined([dependents_listed(topology, services, lot) for lot in lots])
    assert lists(listed) == lists(dependents_listed(topology, services, range(drawn.n)))


@pytest.mark.parametrize("fed", [False, True])
def test_more_than_a_block_on_a_layered_estate(fed: bool) -> None:
    estate = layered_estate(3_000, fed=fed)
    topology = estate.topology()
    services = np.flatnonzero(estate.tier == len(TIERS) - 1).astype(np.int32)
    mask = estate.tier == len(TIERS) - 1
    assert topology.n > 10 * BLOCK

    found = single_failures(topology, range(topology.n), services)

    for number, service in enumerate(services.tolist()):
        assert np.array_equal(found.points[number], single_points_of_failure(topology, service))
    for seed in [*range(0, topology.n, 41), estate.backbone]:
        out = impact(topology, {seed: "outage"}).indices(State.OUTAGE)
        assert rows(found.felled)[seed][:2] == (len(out) - 1, int(mask[out].sum()) - int(mask[seed]))
    reached = dependents_counted(topology, range(topology.n))
    assert all(reached[ci] == len(topology.all_dependents_of(ci)) for ci in range(0, topology.n, 41))


@pytest.mark.parametrize("step", [1, -1])
def test_a_long_chain_and_a_long_cycle(step: int) -> None:
    # each on the next one, all on the last; whichever way it lies
    many = 5 * BLOCK + 7
    ring = np.arange(many)
    chain = Topology.from_edges(many, ring[:-1], ring[1:])
    turned = Topology.from_edges(many, ring, np.roll(ring, step))
    nobody = np.zeros(many, np.bool_)

    assert np.array_equal(felled(chain, ring, nobody).cis, ring)
    assert np.array_equal(dependents_counted(chain, ring), ring)
    assert set(felled(turned, ring, ~nobody).services.tolist()) == {many - 1}
    assert set(dependents_counted(turned, ring).tolist()) == {many - 1}


def test_a_large_group_is_counted() -> None:
    # 40 of 64 members are needed; 24 of them rest on one shelf, 25 on the other one
    members = np.arange(1, 65)
    source = np.concatenate([np.zeros(64, int), members[:49]])
    target = np.concatenate([members, np.where(np.arange(49) < 24, 65, 66)])
    group = np.where(source == 0, 0, -1)
    topology = Topology.from_edges(67, source, target, group=group, min_available=np.full(len(source), 40))

    assert rows(felled(topology, [65, 66], np.arange(67) == 0)) == [(24, 0, 0), (26, 1, 1)]


def test_nobody_asked_about_and_nothing_there() -> None:
    topology, empty = Topology.from_edges(2, [0], [1]), Topology.from_edges(0, [], [])

    assert rows(felled(topology, [], np.array([True, False]))) == []
    assert dependents_counted(topology, []).tolist() == [0, 0]
    assert dependents_counted(empty, []).tolist() == []
    assert lists(single_failures(topology, [0, 1], []).points) == []
    assert lists(single_failures(topology, [], [0]).points) == [[]]


def test_who_is_not_there_is_named() -> None:
    topology = Topology.from_edges(2, [0], [1])

    for ask in (
        lambda: felled(topology, [2], np.array([True, False])),
        lambda: single_failures(topology, [0], [-1]),
        lambda: dependents_counted(topology, [0, 2]),
        lambda: dependents_listed(topology, [2], [0]),
    ):
        with pytest.raises(IndexError, match="no CI"):
            ask()


def test_the_examples_are_right() -> None:
    assert doctest.testmod(sweeps).failed == 0
    assert doctest.testmod(sweeps).attempted > 5
