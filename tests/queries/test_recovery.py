"""Recovery equals time simulated from the definition; slack and improvement equal perturbation."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.topology import Topology
from queries import slack as trials
from queries.continuity import RecoveryPath, recovery_path
from queries.recovery import recovery_bounds
from tests.graph.estates import Drawn, cases
from tests.queries.losses import bounds_of, losses, path_of
from tests.queries.slow_recovery import HIGH, LOW, SlowRecovery, World

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))
HOUR = 3_600.0
LONG = 2.0**30  # seconds


@pytest.mark.many
@EXAMPLES
@given(losses())
def test_everybody_is_back_when_time_simulated_says_so(given_: tuple[Drawn, World]) -> None:
    drawn, world = given_

    found = bounds_of(drawn, world)

    assert found.lower.tolist() == world.run(LOW)
    assert found.upper.tolist() == world.run(HIGH)


@pytest.mark.many
@EXAMPLES
@given(losses(), st.data())
def test_what_is_told_of_a_service(given_: tuple[Drawn, World], data: st.DataObject) -> None:
    drawn, world = given_
    service = data.draw(st.integers(0, drawn.n - 1))

    found, slow = path_of(drawn, world, service), SlowRecovery(world, service)

    assert (found.lower_bound, found.upper_bound) == (slow.lows[service], slow.highs[service])
    assert found.upper_reason == slow.reason
    assert (None if math.isnan(found.effective) else found.effective) == slow.effective
    assert sorted(tuple(circle.tolist()) for circle in found.cycles) == sorted(slow.circles)
    assert set(found.never.tolist()) == {ci for ci in slow.reaches() if world.hit[ci] and world.times[ci] == math.inf}
    assert set(found.unknown.tolist()) == slow.unknown()
    known = [ci for ci in slow.reaches() if 0 < slow.lows[ci] == slow.highs[ci] < math.inf]
    assert {ci: wave.at for wave in found.waves for ci in wave.cis.tolist()} == {ci: slow.lows[ci] for ci in known}


@pytest.mark.many
@EXAMPLES
@given(losses(), st.data())
def test_the_critical_path_adds_up(given_: tuple[Drawn, World], data: st.DataObject) -> None:
    drawn, world = given_
    service = data.draw(st.integers(0, drawn.n - 1))

    found = path_of(drawn, world, service)

    total = found.lower_bound if math.isnan(found.effective) else found.effective
    worth = [0.0 if math.isnan(s.own) else s.own for s in found.steps]
    assert sum(worth) == (0.0 if math.isinf(total) else total)
    assert [s.ci for s in found.steps[:1]] == ([service] if 0 < total < math.inf else [])
    assert all(s.by == "order" or after.ci in drawn.estate.providers(s.ci) for s, after in pairwise(found.steps))
    assert all((s.by in ("own", "failover")) == (s is found.steps[-1]) for s in found.steps)


@pytest.mark.many
@EXAMPLES
@given(losses(), st.data())
def test_slack_and_improvement_are_those_found_by_changing_a_time(
    given_: tuple[Drawn, World], data: st.DataObject
) -> None:
    drawn, world = given_
    service = data.draw(st.integers(0, drawn.n - 1))
    found, slow = path_of(drawn, world, service), SlowRecovery(world, service)
    if not slow.effective:
        assert not found.improvement
        return

    hit = [ci for ci in slow.reaches() if world.hit[ci] and 0 < world.times[ci] < math.inf]
    # who is not hit lets others fail over, or binds an order: that can be later, and is no improvement
    saved = {ci: slow.effective - slow.back_with(ci, 0.0) for ci in hit}
    assert dict(found.improvement) == {ci: seconds for ci, seconds in saved.items() if seconds > 0}
    for step, slack in zip(found.steps, found.slack.tolist(), strict=True):
        own = world.times[step.ci] if world.hit[step.ci] else 0.0
        # however long: what never comes back is waited for by nobody, which can be sooner
        assert slow.back_with(step.ci, own + min(slack, LONG)) == slow.effective
        # times are whole: what holds a quarter of a second later holds longer
        assert slack == math.inf or slow.back_with(step.ci, own + slack + 0.25) > slow.effective


@pytest.mark.many
@EXAMPLES
@given(losses(), st.data())
def test_a_start_by_hand_is_the_recovery_without_one_relationship(
    given_: tuple[Drawn, World], data: st.DataObject
) -> None:
    drawn, world = given_
    service = data.draw(st.integers(0, drawn.n - 1))
    found, slow = path_of(drawn, world, service), SlowRecovery(world, service)

    ours = [(s.dependent, s.provider, s.effective) for starts in found.hand_starts for s in starts]

    theirs = [(c, m, math.nan if seconds is None else seconds) for (c, _, m), seconds in slow.hand_starts()]
    assert sorted(map(repr, ours)) == sorted(map(repr, theirs))
    assert found.hand_starts_complete


@pytest.mark.many
@EXAMPLES
@given(losses(), st.data())
def test_whatever_the_unknown_times_are_the_bounds_hold(given_: tuple[Drawn, World], data: st.DataObject) -> None:
    drawn, world = given_
    some = st.sampled_from([0.0, 0.5, 1.0, 3.0, 20.0])
    times, late = (
        tuple(data.draw(some) if math.isnan(time) else time for time in column)
        for column in (world.times, world.failover_time)
    )

    bounds = bounds_of(drawn, world)
    true = World(world.estate, world.hit, times, late, world.failover_target, world.order).run(HIGH)

    assert (bounds.lower <= true).all()
    assert (true <= bounds.upper).all()


def two_of_three() -> Topology:
    """A service (0) on a cluster (1) that needs two of its nodes (2, 3, 4)."""
    return Topology.from_edges(5, [0, 1, 1, 1], [1, 2, 3, 4], group=[-1, 0, 0, 0], min_available=[1, 2, 2, 2])


def recovered(topology: Topology, hours: list[float], service: int = 0, **more: object) -> RecoveryPath:
    """With the hours that each CI takes; whoever takes none is not hit."""
    times = np.array(hours) * HOUR
    return recovery_path(topology, times, service, times != 0, **more)  # type: ignore[arg-type]


def test_of_a_group_the_needed_th_that_is_back_decides() -> None:
    found = recovered(two_of_three(), [0, 1, 2, 5, 9])

    assert found.effective == 6 * HOUR
    assert [(s.ci, s.own / HOUR, s.by) for s in found.steps] == [(0, 0, "group"), (1, 1, "group"), (3, 5, "own")]
    assert found.improvement == ((3, 3 * HOUR), (4, 3 * HOUR), (1, HOUR))


def test_a_missing_time_matters_only_where_it_decides() -> None:
    one, two = (recovered(two_of_three(), [0, 1, 2, *rest]) for rest in ([5, math.nan], [math.nan, math.nan]))

    assert (one.lower_bound, one.upper_bound, one.upper_reason) == (3 * HOUR, 6 * HOUR, None)
    assert (two.upper_bound, two.upper_reason, two.unknown.tolist()) == (math.inf, "unknown", [3, 4])


@pytest.mark.parametrize(("target", "hours"), [(4, 0.5), (3, 3), (1, 3)])
def test_a_failover_counts_where_its_target_stands(target: int, hours: float) -> None:
    # the cluster would fail over to a node that is not hit, to one that is, or to itself
    late, targets = [math.nan, HOUR / 2, math.nan, math.nan, math.nan], [-1, target, -1, -1, -1]

    found = recovered(two_of_three(), [0, 1, 2, 5, 0], failover_time=late, failover_target=targets)

    assert found.effective == hours * HOUR
    assert found.steps[1].by == ("failover" if target == 4 else "group")
    assert sum(step.own for step in found.steps) == found.effective


def test_failing_over_in_a_circle_or_into_the_loss_helps_nobody() -> None:
    topology = Topology.from_edges(3, [0], [1])

    found = recovered(topology, [0, 4, 4], failover_time=[1.0] * 3, failover_target=[-1, 2, 1])

    assert found.effective == 4 * HOUR


def test_whoever_needs_one_that_failed_over_is_back_with_it() -> None:
    # a chain, of which all rows look alike: they are read in one go
    topology, late = Topology.from_edges(4, [0, 1, 2], [1, 2, 3]), [math.nan, math.nan, 1.0, math.nan]

    found = recovery_bounds(
        topology, [0, 2, math.nan, 5], [True] * 4, failover_time=late, failover_target=[-1, -1, 3, -1]
    )
    spared = recovery_bounds(
        topology, [0, 2, math.nan, 0], [True] * 4, failover_time=late, failover_target=[-1, -1, 3, -1]
    )

    assert found.upper.tolist() == [math.inf, math.inf, math.inf, 5]
    assert spared.upper.tolist() == [3, 3, 1, 0]


def test_an_order_of_recovery_is_waited_for_and_a_circle_of_orders_is_one() -> None:
    topology = Topology.from_edges(3, [0, 0], [1, 2])

    first = recovered(topology, [0, 1, 2], order=[(2, 1)])
    both = recovered(topology, [0, 1, 2], order=[(2, 1), (1, 2)])

    assert first.effective == 3 * HOUR
    assert [(s.ci, s.by) for s in first.steps] == [(0, "group"), (1, "order"), (2, "own")]
    assert both.upper_reason == "circular"
    assert [c.tolist() for c in both.cycles] == [[1, 2]]
    assert [(s.edge, s.effective / HOUR) for s in both.hand_starts[0]] == [(-2, 3), (-1, 3)]


def test_what_is_too_much_to_try_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    # nodes 2 and 3 are hit, and 4 would fail over to 3
    late, targets = [math.nan] * 4 + [HOUR], [-1, -1, -1, -1, 3]

    def found() -> RecoveryPath:
        return recovered(two_of_three(), [0, 1, 2, 5, 9], failover_time=late, failover_target=targets)

    assert found().improvement_complete
    everything = dict(found().improvement)
    monkeypatch.setattr(trials, "BUDGET", 1)
    some = found()

    assert not some.improvement_complete
    assert dict(some.improvement).items() < everything.items()


def test_a_circle_within_a_circle_is_told_as_what_comes_next() -> None:
    # 0 and 1 need each other, and 0 needs 2, which needs 3 and the other way round
    topology = Topology.from_edges(4, [0, 1, 0, 2, 3], [1, 0, 2, 3, 2])

    found = recovered(topology, [1, 1, 1, 1])

    assert [c.tolist() for c in found.cycles] == [[2, 3], [0, 1]]
    assert found.lower_bound == 2 * HOUR


def test_a_retired_provider_is_waited_for_in_vain() -> None:
    found = recovered(Topology.from_edges(2, [0], [1]), [0, math.inf])

    assert (found.upper_reason, found.lower_bound, found.never.tolist()) == ("never", math.inf, [1])
    assert (found.steps, found.improvement) == ((), ())


def test_a_service_without_dependencies_that_is_not_hit_never_stops() -> None:
    found = recovered(Topology.from_edges(2, [], []), [0, 5])

    assert (found.effective, found.steps, found.waves) == (0.0, (), ())


def test_a_ring_of_switches_comes_back_with_its_core() -> None:
    # switches 1 and 2 are fed by each other or by core 3
    topology = Topology.from_edges(
        4, [0, 1, 1, 2, 2], [1, 3, 2, 3, 1], group=[-1, 0, 0, 0, 0], min_available=[1] * 5,
        feeds=[False, True, True, True, True],
    )  # fmt: skip

    assert recovered(topology, [0, 0, 0, 2]).effective == 2 * HOUR
    assert [s.ci for s in recovered(topology, [0, 0, 0, 2]).steps] == [0, 1, 3]


@pytest.mark.parametrize("many", [2_000])
def test_a_long_cycle_of_hit_cis_is_replayed_once(many: int) -> None:
    # of which the first needs one of two: the cycle, or the last CI
    ring = np.arange(many)
    source, target = np.append(ring, 0), np.append(np.roll(ring, -1), many)
    group = np.where(source == 0, 0, -1)
    topology = Topology.from_edges(many + 1, source, target, group=group, min_available=np.ones(many + 1, int))

    found = recovery_bounds(topology, np.ones(many + 1), np.ones(many + 1, bool))

    assert found.upper[1] == many + 1
    assert found.upper[0] == 2


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"recovery_times": [0.0, -1.0]}, ValueError),
        ({"recovery_times": [0.0]}, ValueError),
        ({"hit": [True]}, ValueError),
        ({"failover_time": [-1.0, 0.0], "failover_target": [-1, -1]}, ValueError),
        ({"failover_target": [2, -1]}, IndexError),
        ({"order": [(0, 0)]}, ValueError),
        ({"order": [(0, 2)]}, IndexError),
        ({"service": 2}, IndexError),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, object], error: type[Exception]) -> None:
    full: dict[str, object] = {"recovery_times": [0.0, 1.0], "service": 0, "hit": [True, True], **arguments}

    with pytest.raises(error):
        recovery_path(Topology.from_edges(2, [0], [1]), **full)  # type: ignore[arg-type]
