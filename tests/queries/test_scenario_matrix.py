"""The matrix says of each service and scenario what the answer about that service says."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from graph.errors import Message
from graph.records.recoveries import RecoveryTimes
from graph.records.scenarios import Scenario
from queries.played import NamedLoss, Recorded, looked_at
from queries.scenario_matrix import ScenarioMatrix, scenario_matrix
from queries.service_recovery import ServiceRecovery
from tests.graph.estates import Drawn, cases, named_estate
from tests.queries.losses import losses
from tests.queries.slow_recovery import HIGH, LOW, World
from tests.schemas import validated

EXAMPLES = settings(max_examples=cases(10_000, 25), deadline=None, suppress_health_check=list(HealthCheck))


def recorded(world: World) -> tuple[NamedLoss, Recorded]:
    """What the register would hold of a loss; who never comes back was retired."""
    n = len(world.hit)
    hit = np.flatnonzero(world.hit).astype(np.int32)
    retired = frozenset(ci for ci in hit.tolist() if world.times[ci] == math.inf)
    whole = [None if math.isnan(time) or math.isinf(time) else int(time) for time in world.times]
    late = [None if math.isnan(time) else int(time) for time in world.failover_time]
    times = {f"ci-{ci}": RecoveryTimes(whole[ci], late[ci], rto=3, mtpd=5) for ci in range(n)}
    failovers = {f"ci-{ci}": [f"ci-{to}"] for ci, to in enumerate(world.failover_target) if to >= 0}
    order = [(f"ci-{before}", f"ci-{after}") for before, after in world.order]
    return NamedLoss(hit, "S-1", retired=retired), Recorded(times, failovers, order)


@pytest.mark.many
@EXAMPLES
@given(losses())
def test_a_cell_is_what_the_answer_about_the_service_says(given_: tuple[Drawn, World]) -> None:
    drawn, world = given_
    estate, (loss, known) = named_estate(drawn), recorded(world)
    services, scenario = list(range(drawn.n)), Scenario("S-1", "", (), physical=False)

    found = scenario_matrix(estate, [scenario], {"S-1": loss}, services, known, [3] * drawn.n)

    answer = validated("matrix", found.plain())
    for cell in answer["scenarios"][0]["services"]:
        service = estate.find(cell["service"])
        assert service is not None
        one = ServiceRecovery(estate, service, loss, known).plain()
        assert cell == {name: one[name] for name in cell}
    assert [each.upper for each in found.rows[0].cells] == world.run(HIGH)


@pytest.mark.many
@EXAMPLES
@given(losses())
def test_the_best_of_several_targets_is_right_for_both_bounds(given_: tuple[Drawn, World]) -> None:
    drawn, world = given_
    estate, (loss, known) = named_estate(drawn), recorded(world)
    # everybody may fail over to everybody: earlier or later than over any single one, never otherwise
    everybody = [f"ci-{ci}" for ci in range(drawn.n)]
    many = Recorded(known.times, dict.fromkeys(everybody, everybody))
    singles = [
        World(world.estate, world.hit, world.times, world.failover_time, (to,) * drawn.n) for to in range(drawn.n)
    ]

    for service in range(drawn.n):
        found = ServiceRecovery(estate, service, loss, many).path
        assert found.upper_bound == min(single.run(HIGH)[service] for single in singles)
        if not len(found.cycles):
            assert found.lower_bound == min(single.run(LOW)[service] for single in singles)


def test_a_scenario_that_cannot_be_evaluated_is_a_row_with_its_error() -> None:
    estate = named_estate(Drawn(1, {name: [] for name in EDGES}, None))  # type: ignore[arg-type]
    refused = Message("scenario.matches_nothing", {"scenario_id": "S-2", "query": "class=rack"})
    scenarios = [Scenario(name, "", (), physical=True) for name in ("S-2", "S-1")]
    loss = NamedLoss(np.array([0], np.int32), "S-1", physical=True)

    found: ScenarioMatrix = scenario_matrix(estate, scenarios, {"S-2": refused, "S-1": loss}, [0], Recorded(), [None])

    one, other = validated("matrix", found.plain())["scenarios"]
    assert (one["scenario"], one["error"], one["services"][0]["state"]) == ("S-1", None, "outage")
    assert (other["error"]["key"], other["services"]) == ("scenario.matches_nothing", [])
    assert [len(row.affected()) for row in found.rows] == [1, 0]


EDGES = ("source", "target", "soft", "group", "min_available", "feeds")


@pytest.mark.many
def test_what_is_recovered_before_is_looked_at_however_long_the_chain_of_orders() -> None:
    many = 3_000
    estate = named_estate(Drawn(many, {name: [] for name in EDGES}, None))  # type: ignore[arg-type]
    order = [(f"ci-{ci + 1}", f"ci-{ci}") for ci in range(many - 2)]

    assert looked_at(estate, [0], order).tolist() == list(range(many - 1))
