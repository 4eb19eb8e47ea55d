"""Which services a change leaves without redundancy is what trying each CI says."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.estate import Estate
from graph.ontology import load_ontology
from graph.records.kept_graph import KeptGraph
from graph.strings import StringTable
from graph.topology import Topology
from queries.impact import State, impact
from queries.proposed import Proposal, propose
from queries.redundancy import left_without_redundancy
from tests.graph.estates import Drawn, cases, estates, seeds_of
from tests.queries.test_proposed import case, proposed

EXAMPLES = settings(max_examples=cases(10_000, 100), deadline=None, suppress_health_check=list(HealthCheck))


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


def test_more_candidates_than_a_block_holds() -> None:
    # services 0 and 1 on either of two chains of 3,000; of the first one the last CI stops, on which 1 rests anyway
    many = 3_000
    first, second = np.arange(2, many + 2), np.arange(many + 2, 2 * many + 2)
    source = np.concatenate([[0, 0, 1], first[:-1], second[:-1]])
    target = np.concatenate([[first[0], second[0], second[0]], first[1:], second[1:]])
    group = np.where(source == 0, 0, -1)
    topology = Topology.from_edges(2 * many + 2, source, target, group=group, min_available=np.ones(len(source), int))

    found = left_without_redundancy(unedited(topology), {int(first[-1]): "outage"}, [0, 1])

    assert found.tolist() == [True, False]
