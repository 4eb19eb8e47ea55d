"""Which services a change leaves without redundancy is what trying each CI says."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.estate import Estate
from graph.ontology import load_ontology
from graph.records.edits import edits_of
from graph.records.kept_graph import KeptGraph
from graph.strings import StringTable
from graph.topology import Topology
from queries.impact import State, impact
from queries.proposed import Proposal, propose
from queries.redundancy import Losing, left_in_each, left_without_redundancy
from tests.graph.estates import Drawn, cases, estates, seeds_of
from tests.queries.slow_proposed import World
from tests.queries.test_proposed import case, proposed

WAYS = {
    "lists": {},
    "short lists": {"taken_along.BITS": 2, "redundancy.LISTED": 3},
    "followed upwards": {"taken_along.LOOKS": -1},
    "among what is asked about": {"taken_along.LOOKS": -1, "taken_along.FEW": 0},
}


@pytest.fixture(params=list(WAYS), autouse=True, scope="module")
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    """How it is found out what a failure takes with it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WAYS[request.param].items():
            patch.setattr(f"queries.{name}", value)
        yield


EXAMPLES = settings(max_examples=cases(10_000, 50), deadline=None, suppress_health_check=list(HealthCheck))


def slow_points(topology: Topology, service: int, seeds: Any) -> set[int]:
    """Who alone, beside the seeds, puts a service out that is not out under them."""
    return {
        ci
        for ci in range(topology.n)
        if ci != service
        and impact(topology, seeds).state(ci) != State.OUTAGE
        and impact(topology, {**seeds, ci: "outage"}).state(service) == State.OUTAGE
    }


def slow_lost(proposal: Proposal, seeds: Any, service: int) -> bool:
    """Whether one of those was none before; the second number of a retired CI is that CI."""
    own = {second: ci for ci, second in proposal.live.items()}
    now = {own.get(ci, ci) for ci in slow_points(proposal.both.topology, service, seeds)}
    before, service = proposal.before.topology, own.get(service, service)
    return bool(now - (slow_points(before, service, {}) if service < before.n else set()))


def standing(topology: Topology, seeds: Any) -> list[int]:
    return [ci for ci in range(topology.n) if impact(topology, seeds).state(ci) != State.OUTAGE]


def unedited(topology: Topology) -> Proposal:
    names, edges = StringTable.of(map(str, range(topology.n))), int(topology.csr.origin.max(initial=-1)) + 1
    estate = Estate(
        revision=0, topology=topology, ids=names, names=names, class_names=("host",),
        class_code=np.zeros(topology.n, np.uint16), criticality=np.zeros(topology.n, np.uint8),
        type_names=("runs_on",), type_code=np.zeros(edges, np.uint8), group=np.full(edges, -1, np.int32),
        group_names=StringTable.of(()),
    )  # fmt: skip
    return propose(estate, load_ontology(), (), KeptGraph({}, {}))


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_under_seeds_alone(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = data.draw(seeds_of(drawn))
    proposal, asked = unedited(drawn.topology), standing(drawn.topology, seeds)

    found = left_without_redundancy(proposal, seeds, asked)

    assert found.tolist() == [slow_lost(proposal, seeds, service) for service in asked]


@pytest.mark.many
@EXAMPLES
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_under_edits(seed: int, feeds: bool) -> None:
    world, groups, _, _, chosen = case(seed, feeds=feeds)
    proposal = proposed(world, groups)
    seeds = proposal.during({proposal.number_of(ci): effect for ci, effect in chosen.items()}).seeds  # type: ignore[misc]
    asked = standing(proposal.both.topology, seeds)

    found = left_without_redundancy(proposal, seeds, asked)

    assert found.tolist() == [slow_lost(proposal, seeds, service) for service in asked]


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_several_changes_at_once_are_each_by_itself(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    proposal = unedited(drawn.topology)
    seeds: Any = data.draw(st.lists(seeds_of(drawn), min_size=2, max_size=5))
    asked = [np.array(standing(drawn.topology, each), np.int32) for each in seeds]

    found = left_in_each([Losing(proposal, each, some) for each, some in zip(seeds, asked, strict=True)])

    assert [each.tolist() for each in found] == [
        [slow_lost(proposal, each, service) for service in some] for each, some in zip(seeds, asked, strict=True)
    ]


@pytest.mark.many
@EXAMPLES
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_changes_with_edits_and_without_at_once(seed: int, feeds: bool) -> None:
    world, groups, _, _, chosen = case(seed, feeds=feeds)
    edited, plain = proposed(world, groups), proposed(world, ())
    changes = []
    for proposal in (plain, edited, plain):
        there = [ci for ci in chosen if proposal is edited or proposal.before.find(ci) is not None]
        given: Any = {proposal.number_of(ci): chosen[ci] for ci in there}
        seeds = proposal.during(given).seeds
        changes.append(Losing(proposal, seeds, np.array(standing(proposal.both.topology, seeds), np.int32)))

    found = left_in_each(changes)

    assert [each.tolist() for each in found] == [
        left_without_redundancy(each.proposal, each.seeds, each.services).tolist() for each in changes
    ]


@pytest.mark.parametrize("block", [64, 512, 2**13])
def test_more_candidates_than_a_block_holds(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # services 0, 1 and 2 on two chains of 3,000: 0 on either of them, 1 on the second one, 2 on either and on the
    # second CI of the second one; the last CI of the first one stops, so that 2 gains the first CI of the second one
    monkeypatch.setattr("queries.redundancy.BLOCK", block)
    monkeypatch.setattr("queries.redundancy.WIDE", 2 * block)
    many = 3_000
    first, second = np.arange(3, many + 3), np.arange(many + 3, 2 * many + 3)
    source = np.concatenate([[0, 0, 1, 2, 2, 2], first[:-1], second[:-1]])
    ends = [first[0], second[0], second[0], first[0], second[0], second[1]]
    target = np.concatenate([ends, first[1:], second[1:]])
    group = np.concatenate([[0, 0, -1, 1, 1, -1], np.full(2 * many - 2, -1)])
    topology = Topology.from_edges(2 * many + 3, source, target, group=group, min_available=np.ones(len(source), int))

    found = left_without_redundancy(unedited(topology), {int(first[-1]): "outage"}, [0, 1, 2])

    assert found.tolist() == [True, False, True]


def test_a_provider_that_never_had_a_source_is_a_new_single_point() -> None:
    # w had its uplink from src or v; it gets one from e, which only feeds itself, and v rests on w
    group = {"strength": "hard", "redundancy_group": "uplink", "min_available": "1"}
    world = World(
        {ci: {"ci_class": "host", "name": ci, "status": "live"} for ci in ("svc", "w", "src", "v", "e", "e2")}
    )
    world.related = {
        ("svc", "depends_on", "w"): {"strength": "hard"}, ("w", "runs_on", "src"): dict(group),
        ("w", "runs_on", "v"): dict(group), ("v", "runs_on", "w"): {"strength": "hard"},
        ("e", "runs_on", "e2"): {"strength": "hard"}, ("e2", "runs_on", "e"): {"strength": "hard"},
    }  # fmt: skip
    moved: list[dict[str, Any]] = [
        {"op": "unrelate", "source": "w", "type": "runs_on", "target": "src"},
        {"op": "relate", "source": "w", "type": "runs_on", "target": "e", "redundancy_group": "uplink",
         "min_available": "1"},
    ]  # fmt: skip
    proposal = proposed(world, edits_of([{"group": "move", "edits": moved}], load_ontology()))
    service = proposal.number_of("svc")
    seeds = proposal.during({}).seeds

    assert slow_lost(proposal, seeds, service)
    assert left_without_redundancy(proposal, seeds, [service]).tolist() == [True]
