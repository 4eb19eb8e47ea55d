"""Every verdict has a certificate that an independent checker accepts, and no forgery is accepted."""

from collections import Counter
from collections.abc import Callable, Iterator
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
from queries.steps import Certificate
from tests.graph.estates import LONG, Drawn, cases, estates, named_estate, seeds_of
from tests.oracles import slow_impact, without_source
from tests.queries.forgeries import RINGS, TRICKS, Plain, read_certificate, self_founding, tampered, useless
from tests.queries.slow_certificate import LEVELS, number, proves

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))
FEWER = settings(EXAMPLES, max_examples=cases(10_000, 50))  # of what follows from the first
pytestmark = pytest.mark.many
Recorder = Callable[[str, object], None]


def is_accepted(plain: Plain, estate: Estate) -> bool:
    """Whether the checker takes it."""
    try:
        read = read_certificate(plain)
    except BadInputError:
        return False
    return check(read.header, read.steps, estate).accepted


def is_well_formed(plain: Plain) -> bool:
    """Whether it can be read at all."""
    try:
        read_certificate(plain)
    except BadInputError:
        return False
    return True


def is_true(plain: Plain, drawn: Drawn) -> bool:
    """Whether what it claims is so, by the slow definition."""
    claim, seeds = plain["claim"], {number(s["ci_id"]): s["effect"] for s in plain["seeds"]}
    state = slow_impact(drawn.estate, seeds).states[number(claim["ci_id"])]
    if claim["state"] == "not_out":
        return state < LEVELS["outage"]
    return state == LEVELS[claim["state"]] if claim["exact"] else state >= LEVELS[claim["state"]]


def of_every_ci(drawn: Drawn, seeds: Any) -> Iterator[Certificate]:
    """Certificates of all CIs, of what is less than an outage two: with nothing worse, and at least."""
    estate = named_estate(drawn)
    found = impact(estate.topology, seeds)
    for ci in range(drawn.n):
        made = certificate(estate, found, ci)
        yield made
        if made.header.claim.exact:
            yield certificate(estate, found, ci, exact=False)


def test_every_verdict_has_a_certificate_that_is_accepted(record_property: Recorder) -> None:
    built = Counter[str]()

    @EXAMPLES
    @given(st.data())
    def one_world(data: st.DataObject) -> None:
        drawn: Drawn = data.draw(estates())
        estate = named_estate(drawn)
        for made in of_every_ci(drawn, data.draw(seeds_of(drawn))):
            read = read_certificate(made.plain())
            checked = check(read.header, read.steps, estate)
            assert read == made
            assert checked.accepted, (checked.bad_step, made)
            assert is_true(made.plain(), drawn)
            assert proves(made.plain(), drawn)
            built[made.header.claim.state] += 1

    one_world()
    record_property("certificates accepted", dict(built))
    assert built.total() >= (20_000 if LONG else 500)


def test_no_forgery_is_accepted_and_nothing_else_is_refused(record_property: Recorder) -> None:
    refused, proving = Counter[str](), Counter[str]()

    def judged(kind: str, forged: Plain, graph: Drawn, there: Estate) -> None:
        # told by another oracle than the checker whether it proves its claim still
        proved, accepted = is_well_formed(forged) and proves(forged, graph), is_accepted(forged, there)
        assert accepted == proved, (kind, forged)
        assert not accepted or is_true(forged, graph), (kind, forged)
        (proving if proved else refused)[kind] += 1

    def self_founded(made: Plain, drawn: Drawn, estate: Estate) -> None:
        for kind, forged in self_founding(made, drawn):
            assert not is_accepted(forged, estate), (kind, forged)
            judged(kind, forged, drawn, estate)

    @EXAMPLES
    @given(st.data())
    def one_world(data: st.DataObject) -> None:
        drawn, other = data.draw(estates()), data.draw(estates(most=8))
        made = [each.plain() for each in of_every_ci(drawn, data.draw(seeds_of(drawn)))]
        random = Random(data.draw(st.integers(0, 2**32 - 1)))
        estate, elsewhere = named_estate(drawn), named_estate(other)
        ids = [f"ci-{ci}" for ci in range(drawn.n)]

        for each in random.sample(made, min(len(made), 4)):
            for _ in range(4):
                judged(*tampered(each, ids, random), drawn, estate)
            for kind, forged in useless(each):
                assert not is_accepted(forged, estate), (kind, forged)
                judged(kind, forged, drawn, estate)
            judged("other revision", each, other, elsewhere)
        self_founded(made[0], drawn, estate)

    one_world()
    # random worlds have rings of both kinds seldom: these are looked at in every run
    self_founded(next(of_every_ci(RINGS, {0: "outage"})).plain(), RINGS, named_estate(RINGS))
    record_property("forgeries refused", dict(refused))
    record_property("changed and proving still", dict(proving))
    kinds = {*TRICKS, "several", "other revision", "ring that stands by itself", "ring that falls by itself"}
    assert refused.keys() == kinds
    assert refused.total() >= (50_000 if LONG else 1_000)
    assert proving.total() > 0


@FEWER
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
