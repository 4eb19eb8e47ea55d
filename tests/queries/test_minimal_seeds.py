"""The seeds that suffice for what becomes of a CI are those found by trying."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.topology import Topology
from queries.impact import EffectWord, impact
from queries.minimal_seeds import all_that_suffice, one_that_suffices
from tests.graph.estates import EFFECTS, Drawn, cases, estates
from tests.queries.slow_seeds import slow_all, slow_one, slow_state

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))
FEWER = settings(EXAMPLES, max_examples=cases(10_000, 50))  # of what follows from the first


def many_seeds(drawn: Drawn) -> st.SearchStrategy[dict[int, str]]:
    return st.dictionaries(st.integers(0, drawn.n - 1), st.sampled_from(EFFECTS), min_size=1, max_size=7)


@pytest.mark.many
@FEWER
@given(st.data())
def test_one_set_is_what_leaving_out_one_by_one_leaves(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = data.draw(many_seeds(drawn))
    found = impact(drawn.topology, seeds)

    for ci in range(drawn.n):
        assert one_that_suffices(found, ci) == slow_one(drawn.estate, seeds, ci)


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_all_sets_are_those_found_by_trying_every_one(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates(most=10))
    seeds: Any = data.draw(many_seeds(drawn))
    order, found = data.draw(st.integers(1, 3)), impact(drawn.topology, seeds)

    for ci in range(drawn.n):
        every = all_that_suffice(found, ci, order=order)
        assert every.complete
        assert list(every.sets) == slow_all(drawn.estate, seeds, ci, order)


@pytest.mark.many
@FEWER
@given(st.data())
def test_within_bounds_each_set_suffices_and_none_of_its_parts(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates(most=10))
    seeds: Any = data.draw(many_seeds(drawn))
    bound, found = data.draw(st.integers(1, 4)), impact(drawn.topology, seeds)

    for ci in range(drawn.n):
        some = all_that_suffice(found, ci, kept=bound, tried=5 * bound)
        state = slow_state(drawn.estate, seeds, ci)
        for each in some.sets:
            assert slow_state(drawn.estate, {seed: seeds[seed] for seed in each}, ci) >= state
            for seed in each:
                fewer = {other: seeds[other] for other in each if other != seed}
                assert slow_state(drawn.estate, fewer, ci) < state
        assert some.complete <= (list(some.sets) == slow_all(drawn.estate, seeds, ci, 3))


def test_of_ten_thousand_seeds_the_two_that_are_left_are_found_by_halving(monkeypatch: pytest.MonkeyPatch) -> None:
    many, asked = 10_000, list[Any]()
    source, members = [0] * many, range(1, many + 1)
    topology = Topology.from_edges(many + 1, source, members, group=source, min_available=[many - 1] * many)
    seeds: dict[int, EffectWord] = dict.fromkeys(members, "outage")

    def counted(*given: Any) -> Any:
        asked.append(given)
        return impact(*given)

    monkeypatch.setattr("queries.minimal_seeds.impact", counted)

    assert one_that_suffices(impact(topology, seeds), 0) == (many - 1, many)
    assert len(asked) < 50
