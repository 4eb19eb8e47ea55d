"""Every step of every witness holds in the graph; a seed is listed as the other seeds leave it."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.impact import State, impact
from queries.witness import Step, listed_seeds, witness
from tests.graph.estates import Drawn, cases, estates, seeds_of
from tests.oracles import Estate, SlowImpact, slow_impact

EXAMPLES = settings(max_examples=cases(10_000), deadline=None, suppress_health_check=list(HealthCheck))


def step_holds(estate: Estate, slow: SlowImpact, seeds: dict[int, str], step: Step) -> bool:
    """Whether a step is true of the graph and of the slow states."""
    state, source = slow.states[step.ci], step.from_ci
    groups = estate.groups.get(step.ci, {}).values()
    lost = set(step.lost)
    if step.rule == "seed":
        return step.effect == seeds[step.ci] and state == (2 if step.effect == "degraded" else 3)
    if source is None or source not in estate.providers(step.ci) or step.state != state:
        return False
    if step.rule in ("group_broken", "provider_out", "no_source"):
        fits = [g for g in groups if lost <= set(g[0]) and len(g[0]) == step.members and g[1] == step.needed]
        left = [len(g[0]) - sum(slow.rounds[m] is not None for m in g[0]) for g in fits]
        own = slow.rounds[step.ci]
        earlier = all((slow.rounds[m] or 0) < (own or 0) for m in lost) or step.rule == "no_source"
        kind = (step.rule == "provider_out") == (step.members == 1) or step.rule == "no_source"
        return (
            step.left in left
            and len(lost) == step.members - step.needed + 1
            and all(slow.rounds[m] is not None for m in lost)
            and earlier
            and kind
            and slow.rounds[source] is not None
        )
    if step.rule == "redundancy_lost":
        return lost == {source} and slow.rounds[source] is not None and any(source in g[0] for g in groups)
    if step.rule == "soft_provider_out":
        return source in estate.soft[step.ci] and slow.rounds[source] is not None
    return slow.states[source] == {"provider_degraded": 2, "provider_at_risk": 1}[step.rule]


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_every_step_of_every_witness_holds(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = data.draw(seeds_of(drawn))
    found, slow = impact(drawn.topology, seeds), slow_impact(drawn.estate, seeds)

    for ci in range(drawn.n):
        steps = witness(found, ci)
        if slow.states[ci] == State.UNAFFECTED:
            assert not steps
            continue
        assert steps[0].ci == ci
        assert steps[-1].rule == "seed"
        assert all(step_holds(drawn.estate, slow, seeds, step) for step in steps)
        assert all(step.from_ci == after.ci for step, after in pairwise(steps))


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_a_seed_is_listed_as_the_other_seeds_leave_it(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = data.draw(seeds_of(drawn))

    listed = listed_seeds(impact(drawn.topology, seeds))

    for seed in seeds:
        slow = slow_impact(drawn.estate, {ci: effect for ci, effect in seeds.items() if ci != seed})
        expected = (slow.states[seed], slow.hops[seed], slow.margins[seed])
        seen = listed.get(seed)
        assert (seen is None) == (slow.states[seed] == 0)
        assert seen is None or (seen.state, seen.hops, seen.margin) == expected
