"""The graph as a change would leave it equals the slow definition: all orders in which CIs take their steps."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.ontology import load_ontology
from graph.records.edits import EditGroup
from graph.records.kept_graph import named_by
from queries.proposed import Proposal, propose
from tests.graph.estates import EFFECTS, cases
from tests.queries.slow_proposed import (
    World,
    random_edits,
    random_world,
    slow_during,
    slow_steps,
    ways,
)

EXAMPLES = settings(max_examples=cases(10_000, 100), deadline=None, suppress_health_check=list(HealthCheck))
WAYS = 200  # graphs on the way that a case may have
ONTOLOGY = load_ontology()


def proposed(world: World, groups: tuple[EditGroup, ...]) -> Proposal:
    return propose(world.estate(), ONTOLOGY, groups, world.kept(named_by(groups)))


def some_seeds(rng: np.random.Generator, steps: list[World]) -> dict[str, str]:
    ids = sorted(ci for ci in steps[-1].cis if any(world.is_live(ci) for world in steps))
    if not ids:
        return {}
    chosen = rng.choice(ids, min(len(ids), int(rng.integers(0, 4))), replace=False)
    return {str(ci): EFFECTS[int(rng.integers(3))] for ci in chosen}


def case(seed: int, *, feeds: bool) -> tuple[World, tuple[EditGroup, ...], list[World], set[int], dict[str, str]]:
    rng = np.random.default_rng(seed)
    while True:
        world = random_world(rng, int(rng.integers(3, 9)), feeds=feeds)
        groups = random_edits(rng, world, 3, feeds=feeds)
        steps, refused = slow_steps(world, groups)
        if ways(steps) <= WAYS:
            return world, groups, steps, refused, some_seeds(rng, steps)


def states(proposal: Proposal, found: Any, ids: list[str], *, during: bool) -> dict[str, int]:
    def number(ci_id: str) -> int:
        at = proposal.number_of(ci_id)
        return proposal.live.get(at, at) if during else at

    return {ci_id: int(found.state(number(ci_id))) for ci_id in ids}


@pytest.mark.many
@EXAMPLES
@given(st.integers(0, 2**32 - 1))
def test_during_is_the_worst_over_all_orders_of_switching(seed: int) -> None:
    world, groups, steps, refused, seeds = case(seed, feeds=False)
    proposal = proposed(world, groups)
    given: Any = {proposal.number_of(ci): effect for ci, effect in seeds.items()}

    slow = slow_during(steps, seeds)

    assert {int(c.at.split("[")[1].split("]")[0]) for c in proposal.conflicts} == refused
    assert states(proposal, proposal.during(given), sorted(slow), during=True) == slow


@pytest.mark.many
@EXAMPLES
@given(st.integers(0, 2**32 - 1))
def test_during_where_something_feeds(seed: int) -> None:
    world, groups, steps, _, seeds = case(seed, feeds=True)
    proposal = proposed(world, groups)
    given: Any = {proposal.number_of(ci): effect for ci, effect in seeds.items()}

    slow = slow_during(steps, seeds)

    assert states(proposal, proposal.during(given), sorted(slow), during=True) == slow
