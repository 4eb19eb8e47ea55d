"""Every verdict has a certificate that an independent checker accepts, and no forgery is accepted."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import BadInputError
from graph.estate import Estate
from queries.certificate import check
from queries.impact import State, impact
from queries.proof import alternatives, certificate
from queries.steps import read_certificate
from tests.graph.estates import Drawn, cases, estates, named_estate, seeds_of
from tests.oracles import slow_impact, without_source
from tests.queries.forgeries import Plain, tampered, useless

EXAMPLES = settings(max_examples=cases(10_000, 10), deadline=None, suppress_health_check=list(HealthCheck))
pytestmark = pytest.mark.many
LEVELS = {"not_out": 0, "at_risk": 1, "degraded": 2, "outage": 3}


def is_accepted(plain: Plain, estate: Estate) -> bool:
    """Whether the checker takes it."""
    try:
        read = read_certificate(plain)
    except BadInputError:
        return False
    return check(read.header, read.steps, estate).accepted


def is_true(plain: Plain, drawn: Drawn) -> bool:
    """Whether what it claims is so, by the slow definition."""
    claim, seeds = plain["claim"], {int(s["ci_id"].removeprefix("ci-")): s["effect"] for s in plain["seeds"]}
    state = slow_impact(drawn.estate, seeds).states[int(claim["ci_id"].removeprefix("ci-"))]
    if claim["state"] == "not_out":
        return state < LEVELS["outage"]
    return state == LEVELS[claim["state"]] if claim["exact"] else state >= LEVELS[claim["state"]]


@EXAMPLES
@given(st.data())
def test_every_verdict_has_a_certificate_that_is_accepted(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = data.draw(seeds_of(drawn))
    estate = named_estate(drawn)
    found = impact(estate.topology, seeds)

    for ci in range(drawn.n):
        made = certificate(estate, found, ci)
        read = read_certificate(made.plain())
        checked = check(read.header, read.steps, estate)
        assert read == made
        assert checked.accepted, (checked.bad_step, made)
        assert is_true(made.plain(), drawn)
        least = certificate(estate, found, ci, exact=False)
        assert check(least.header, least.steps, estate).accepted


@EXAMPLES
@given(st.data())
def test_what_is_accepted_is_true_whatever_was_changed(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = data.draw(seeds_of(drawn))
    random = Random(data.draw(st.integers(0, 2**32 - 1)))
    estate = named_estate(drawn)
    found = impact(estate.topology, seeds)
    ids = [f"ci-{ci}" for ci in range(drawn.n)]

    for ci in random.sample(range(drawn.n), min(drawn.n, 3)):
        made = certificate(estate, found, ci).plain()
        for _ in range(4):
            forged = tampered(made, ids, random)
            assert not is_accepted(forged, estate) or is_true(forged, drawn), forged
        for forged in useless(made):
            assert not is_accepted(forged, estate), forged


@EXAMPLES
@given(st.data())
def test_a_certificate_of_another_graph_is_accepted_only_where_it_is_true_there_too(data: st.DataObject) -> None:
    drawn, other = data.draw(estates(most=8)), data.draw(estates(most=8))
    seeds: Any = data.draw(seeds_of(drawn))
    estate, elsewhere = named_estate(drawn), named_estate(other)
    found = impact(estate.topology, seeds)

    for ci in range(min(drawn.n, other.n)):
        plain = certificate(estate, found, ci).plain()
        known = {f"ci-{i}" for i in range(other.n)} >= {seed["ci_id"] for seed in plain["seeds"]}
        assert not is_accepted(plain, elsewhere) or (known and is_true(plain, other))


@EXAMPLES
@given(st.data())
def test_alternatives_are_the_groups_that_break_also_where_the_ci_is_held_up(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = data.draw(seeds_of(drawn))
    estate = named_estate(drawn)
    found = impact(estate.topology, seeds)

    for ci in range(drawn.n):
        made = alternatives(estate, found, ci)
        mine = drawn.estate.groups.get(ci, {})
        held_up = replace(drawn.estate, groups={**drawn.estate.groups, ci: {}})
        others = {seed: effect for seed, effect in seeds.items() if seed != ci}
        slow = slow_impact(held_up, others, without_source(drawn.estate))
        broken = [g for g in mine.values() if sum(slow.rounds[m] is None for m in g[0]) < g[1]]
        assert all(check(each.header, each.steps, estate).accepted for each in made)
        assert len({each.steps[-1] for each in made}) == len(made)
        assert len(made) == (len(broken) if found.state(ci) == State.OUTAGE else 0)
