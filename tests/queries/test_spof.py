"""Single points of failure are those whose outage alone is enough, by trying each."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.overlay import Rows, with_rows
from graph.topology import Topology
from queries.impact import State, impact
from queries.spof import AlreadyOutError, single_points_of_failure
from tests.graph.estates import Drawn, cases, estates, seeds_of
from tests.oracles import slow_impact

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_single_points_are_those_found_by_trying_each(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    topology = drawn.topology

    for service in range(drawn.n):
        tried = [
            x for x in range(drawn.n) if x != service and slow_impact(drawn.estate, {x: "outage"}).states[service] == 3
        ]
        assert single_points_of_failure(topology, service).tolist() == tried


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_single_points_beside_other_seeds(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    base: Any = data.draw(seeds_of(drawn))
    service = data.draw(st.integers(0, drawn.n - 1))

    if slow_impact(drawn.estate, base).states[service] == State.OUTAGE:
        with pytest.raises(AlreadyOutError):
            single_points_of_failure(drawn.topology, service, base)
        return
    tried = [
        x
        for x in range(drawn.n)
        if x != service
        and slow_impact(drawn.estate, {**base, x: "outage"}).states[service] == 3
        and slow_impact(drawn.estate, base).states[x] != 3
    ]
    assert single_points_of_failure(drawn.topology, service, base).tolist() == tried


@pytest.mark.parametrize("many", [1, 600, 1500])
def test_more_candidates_than_a_block_holds(many: int) -> None:
    # a service on one of two chains that meet in a last CI
    first, second = list(range(1, many + 1)), list(range(many + 1, 2 * many + 1))
    source = [0, 0, *first, *second]
    target = [first[0], second[0], *first[1:], 2 * many + 1, *second[1:], 2 * many + 1]
    group = [0, 0] + [-1] * (2 * many)
    topology = Topology.from_edges(2 * many + 2, source, target, group=group, min_available=[1] * len(source))

    assert single_points_of_failure(topology, 0).tolist() == [2 * many + 1]


def test_a_large_group_is_counted() -> None:
    # 40 of 64 members are needed; 24 of them rest on one shelf, 25 on the other one
    members = np.arange(1, 65)
    source = np.concatenate([np.zeros(64, int), members[:49]])
    target = np.concatenate([members, np.where(np.arange(49) < 24, 65, 66)])
    group = np.where(source == 0, 0, -1)
    topology = Topology.from_edges(67, source, target, group=group, min_available=np.full(len(source), 40))

    assert single_points_of_failure(topology, 0).tolist() == [66]


@pytest.mark.parametrize("step", [1, -1])
def test_a_long_cycle_is_gone_along_once(step: int) -> None:
    # a service on either of two CIs of a cycle of 20,000, that rests on one more
    many = 20_000
    ring = np.arange(1, many + 1)
    source = np.concatenate([[0, 0, 1], ring])
    target = np.concatenate([[1, many // 2, many + 1], np.roll(ring, step)])
    group = np.where(source == 0, 0, -1)
    topology = Topology.from_edges(many + 2, source, target, group=group, min_available=np.ones(len(source), int))

    assert len(single_points_of_failure(topology, 0)) == many + 1


def test_the_core_of_a_ring_is_one_though_each_switch_has_two_uplinks() -> None:
    # service 0 on either switch; the switches feed each other and are fed by core 3
    topology = Topology.from_edges(
        4, [0, 0, 1, 1, 2, 2], [1, 2, 3, 2, 3, 1], group=[0, 0, 1, 1, 2, 2], min_available=[1] * 6,
        feeds=[False, False, True, True, True, True],
    )  # fmt: skip

    assert single_points_of_failure(topology, 0).tolist() == [3]
    assert impact(topology, {3: "outage"}).state(0) == State.OUTAGE


def test_a_service_that_is_not_there_or_is_out_is_refused() -> None:
    topology = Topology.from_edges(2, [0], [1])

    with pytest.raises(IndexError):
        single_points_of_failure(topology, 2)
    with pytest.raises(AlreadyOutError):
        single_points_of_failure(topology, 0, {1: "outage"})


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_a_topology_whose_rows_were_changed_has_the_points_of_one_built_anew(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    base: Any = data.draw(st.one_of(st.just({}), seeds_of(drawn)))
    service = data.draw(st.integers(0, drawn.n - 1))
    rows = {name: [values[at] for at, source in enumerate(drawn.arrays["source"]) if source == service]
            for name, values in drawn.arrays.items()}  # fmt: skip
    changed = with_rows(drawn.topology, Rows([service], **rows))

    def answer(topology: Topology) -> set[int] | None:
        try:
            return set(single_points_of_failure(topology, service, base).tolist())
        except AlreadyOutError:
            return None

    assert not changed.is_settled
    assert answer(changed) == answer(drawn.topology)
