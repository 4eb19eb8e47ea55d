"""Free ranges of starts are those found by trying every start."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.parties import Party
from queries.slots import Placing, Range, free_ranges, obstacles, sharing, turns
from tests.graph.estates import cases
from tests.queries.slow_conflicts import slow_conflicts
from tests.queries.test_conflicts import Plan, party, plans, requirement

EXAMPLES = settings(max_examples=cases(10_000, 40), deadline=None, suppress_health_check=list(HealthCheck))
STARTS = (1, 8)
UNTIL = 40  # nobody begins or ends any more


def free(plan: Plan, order: int) -> list[Range]:
    """As the fast version says of the first one planned."""
    parties = [party(work) for work in plan.works]
    base = {
        ci: {name: requirement(g) for name, g in plan.drawn.estate.groups.get(ci, {}).items()}
        for ci in range(plan.drawn.n)
    }
    altering = {number: [ci for ci, _ in each.alters] for number, each in enumerate(parties)}
    others = [parties[number] for number in sharing(altering, 0)]
    placings = [
        Placing([at(parties[0], starts[0]), *parties[1:]], 0, starts, STARTS[0], UNTIL, base, plan.drawn.n)
        for starts in turns(others, parties[0].name, STARTS)
    ]
    found = obstacles(plan.drawn.topology, placings, order=order)
    assert found.complete
    return free_ranges(STARTS, found.found)


def at(moved: Party, start: int) -> Party:
    return replace(moved, start=start, end=None if moved.end is None else start + moved.end - moved.start)


def tried(plan: Plan, order: int) -> list[Range]:
    """By trying every start."""
    moved = plan.works[0]
    ranges: list[Range] = []
    for start in range(STARTS[0], STARTS[1] + 1):
        there = replace(moved, start=start, end=None if moved.end is None else start + moved.end - moved.start)
        found = slow_conflicts(plan.drawn.estate, [there, *plan.works[1:]], STARTS[0], UNTIL, order)
        if any(moved.name in names for _, names in found):
            continue
        if ranges and ranges[-1][1] == start - 1:
            ranges[-1] = ranges[-1][0], start
        else:
            ranges.append((start, start))
    return ranges


@pytest.mark.many
@EXAMPLES
@given(plans(edits=False, most=7), st.integers(1, 3))
def test_free_ranges_are_those_of_every_start(plan: Plan, order: int) -> None:
    assert free(plan, order) == tried(plan, order)


@pytest.mark.many
@EXAMPLES
@given(plans(edits=True, most=7), st.integers(1, 3))
def test_free_ranges_of_changes_with_edits(plan: Plan, order: int) -> None:
    assert free(plan, order) == tried(plan, order)
