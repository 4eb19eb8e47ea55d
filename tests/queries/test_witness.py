"""Every step of every witness holds in the graph; a seed is listed as the other seeds leave it."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.estate import Estate as NamedEstate
from queries.impact import State, impact
from queries.proof import certificate
from queries.reasons import Reasons, names_of
from queries.steps import Certificate, Cited, Leaning, Seeded, Sourceless, Weakened
from queries.witness import Step, listed_seeds, witness
from tests.graph.estates import Drawn, cases, estates, named_estate, seeds_of
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


def named(step: Step, estate: NamedEstate) -> tuple[Any, ...]:
    """What a step of a witness says, in the words of a certificate; its ground last."""
    lost = tuple(estate.ids[ci] for ci in step.lost)
    group = estate.group_id(step.edge) if step.members else None
    source = (
        None if step.from_ci is None else Cited(estate.relationship_id(step.ci, step.edge), estate.ids[step.from_ci])
    )
    return estate.ids[step.ci], step.rule, group, step.members, step.needed, lost, step.effect, source


def proved(made: Certificate) -> dict[str, tuple[int, tuple[Any, ...], tuple[Cited, ...]]]:
    """Of each CI that has a step in a certificate: which step, what it says, and the grounds it gives."""
    found: dict[str, tuple[int, tuple[Any, ...], tuple[Cited, ...]]] = {}
    said: tuple[Any, ...]
    grounds: tuple[Cited, ...]
    for at, step in enumerate(made.steps):
        for each in step.fallen if isinstance(step, Sourceless) else (step,):
            if isinstance(each, Seeded):
                said, grounds = (each.ci_id, "seed", None, 0, 0, (), each.effect), ()
            elif isinstance(each, Leaning):
                said, grounds = (each.ci_id, each.rule, None, 0, 0, (), None), (each.provider,)
            else:
                rule = "redundancy_lost" if isinstance(each, Weakened) else each.rule
                lost = tuple(cited.ci_id for cited in each.lost)
                said, grounds = (each.ci_id, rule, each.group, each.members, each.needed, lost, None), each.lost
            found[each.ci_id] = at, said, grounds
    return found


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_a_witness_is_one_chain_of_the_certificate(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = data.draw(seeds_of(drawn))
    estate = named_estate(drawn)
    found = impact(estate.topology, seeds)
    reasons = Reasons(found, names_of(estate))

    for ci in range(drawn.n):
        steps = [named(step, estate) for step in witness(found, ci, reasons)]
        proof = proved(certificate(estate, found, ci))
        assert [step[:-1] for step in steps] == [proof[step[0]][1] for step in steps]
        assert all(source in proof[ci_id][2] for ci_id, *_, source in steps[:-1])
        # downwards; only through those that lost their source together the order says nothing
        at = [(proof[ci_id][0], rule) for ci_id, rule, *_ in steps]
        assert all(now > later or (now == later and rule == "no_source") for (now, rule), (later, _) in pairwise(at))
        assert bool(steps) == (found.state(ci) != State.UNAFFECTED)
