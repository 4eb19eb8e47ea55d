"""A verdict depends on the graph alone: on no numbering, no order of rows, no limit of what is shown, no way to it."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.estate import Estate
from queries import impact as module
from queries.blast_radius import WORDS, BlastRadius, blast_radius
from queries.impact import Impact, impact
from queries.witness import listed_seeds
from tests.graph.estates import EFFECTS, LONG, Drawn, estates, named_estate, random_estate, seeds_of
from tests.oracles import slow_impact

LARGER = range(400 if LONG else 8)


def named(seeds: dict[int, str]) -> Any:
    return {f"ci-{ci}": effect for ci, effect in seeds.items()}


@settings(max_examples=5_000 if LONG else 40, deadline=None)
@given(st.data())
def test_the_order_of_rows_changes_nothing_not_even_a_witness(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds = named(data.draw(seeds_of(drawn)))
    order = list(data.draw(st.permutations(range(len(drawn.arrays["source"])))))

    assert (
        blast_radius(named_estate(drawn, order=order), seeds).plain()
        == blast_radius(named_estate(drawn), seeds).plain()
    )


@settings(max_examples=5_000 if LONG else 40, deadline=None)
@given(st.data())
def test_the_numbers_of_cis_change_no_verdict(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds = named(data.draw(seeds_of(drawn)))
    to = list(data.draw(st.permutations(range(drawn.n))))

    plain, moved = (blast_radius(named_estate(drawn, to=numbers), seeds).plain() for numbers in (None, to))

    for answer in (plain, moved):
        for affected in answer["affected"]:
            affected.pop("witness")
    assert moved == plain


@settings(max_examples=5_000 if LONG else 40, deadline=None)
@given(st.data())
def test_a_limit_shows_the_first_and_says_how_many_there_are(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    found = blast_radius(named_estate(drawn), named(data.draw(seeds_of(drawn))))
    limit = data.draw(st.integers(0, 5))

    whole, few = found.plain(), found.plain(limit=limit)

    assert few["affected"] == whole["affected"][:limit]
    assert (few["shown"], few["total"]) == (min(limit, whole["total"]), whole["total"])
    assert whole["shown"] == whole["total"] == len(whole["affected"]) == sum(whole["counts"].values())
    assert {**few, "affected": 0, "shown": 0} == {**whole, "affected": 0, "shown": 0}


def larger(seed: int) -> tuple[Drawn, dict[int, str]]:
    """An estate of 200 to 2,000 CIs (every other one without feeding), and a few seeds or many."""
    rng = np.random.default_rng(seed)
    drawn = random_estate(int(rng.integers(200, 2_000 if LONG else 500)), rng, feeds=bool(seed % 2))
    count = int(rng.integers(1, 4)) if rng.random() < 0.7 else drawn.n // 10
    return drawn, {int(ci): str(rng.choice(EFFECTS)) for ci in rng.choice(drawn.n, count, replace=False)}


@pytest.mark.parametrize("seed", LARGER)
def test_worklist_and_sweep_agree_to_the_bit_on_larger_estates(seed: int) -> None:
    drawn, seeds = larger(seed)
    topology = drawn.topology
    effects = {ci: module.Effect[word.upper()] for ci, word in seeds.items()}

    by_worklist = Impact(topology, effects, module._by_worklist(topology, effects, module.UNLIMITED))
    swept = Impact(topology, effects)

    assert by_worklist.few is not None
    assert [array.tolist() for array in by_worklist.dense()] == [array.tolist() for array in swept.dense()]
    cis = range(topology.n)
    assert [by_worklist.margin(ci) for ci in cis] == [swept.margin(ci) for ci in cis]
    assert by_worklist.counts == swept.counts
    assert listed_seeds(by_worklist) == listed_seeds(swept)


@pytest.mark.parametrize("seed", LARGER[:40:4])
def test_larger_estates_equal_the_slow_definition(seed: int) -> None:
    drawn, seeds = larger(seed)
    words: Any = seeds

    fast, slow = impact(drawn.topology, words), slow_impact(drawn.estate, seeds)

    assert [array.tolist() for array in fast.dense()] == [slow.states, slow.hops]
    assert [fast.margin(ci) for ci in range(drawn.n)] == slow.margins


@settings(max_examples=2_000 if LONG else 40, deadline=None)
@given(st.data())
def test_any_part_of_the_list_is_what_putting_all_in_order_gives(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    found = blast_radius(named_estate(drawn), named(data.draw(seeds_of(drawn))))
    rows = [found.affected_at(row) for row in range(len(found.affected))]
    ordered = sorted(rows, key=lambda hit: (-hit.state, hit.hops, found.estate.ids[hit.ci]))
    start, end = data.draw(st.integers(0, len(rows) + 2)), data.draw(st.integers(0, len(rows) + 2))

    assert found.affected.some(start, end) == ordered[start:end]
    assert list(found.affected) == ordered


@pytest.mark.many
@settings(max_examples=5_000 if LONG else 40, deadline=None)
@given(st.data())
def test_counts_and_states_of_services_are_those_of_the_list(data: st.DataObject) -> None:
    # as they are worked out before anything is listed, in either way
    drawn: Drawn = data.draw(estates())
    seeds = named(data.draw(seeds_of(drawn)))
    estate = named_estate(drawn)
    wanted = blast_radius(estate, seeds)
    tally = Counter(WORDS[affected.state] for affected in wanted.affected)
    services = [(affected.ci, affected.state) for affected in wanted.services]

    for found in (blast_radius(estate, seeds), _swept(estate, seeds)):
        assert {state: count for state, count in found.counts.items() if count} == tally
        assert found.service_states == services


def _swept(estate: Estate, seeds: Any) -> BlastRadius:
    found = blast_radius(estate, seeds)
    return replace(found, found=Impact(estate.topology, found.found.seeds))
