"""Scenarios name what they lose; the matrix says what becomes of every service."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import BadInputError
from graph.estate import Columns, Estate, build_estate
from graph.ontology import load_ontology
from graph.records.scenarios import Scenario, scenario_of
from queries.impact import impact
from queries.matrix import Lost, Matrix, matrix, merged
from queries.scenarios import Known, lost_with, queried, seeds_of, shared_loss
from tests.docs.printed import insurer
from tests.graph.estates import Drawn, cases, estates, named_estate
from tests.oracles import slow_impact
from tests.queries.slow_scenarios import slow_lost

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))
PLAIN = ("depends_on", "located_in")
SHARED = frozenset(name for name, kind in load_ontology().relationship_types.items() if kind.shared_loss)


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_a_matrix_is_the_impact_of_each_scenario_however_it_is_cut(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    some = st.integers(0, drawn.n - 1)
    seeds: Any = data.draw(st.lists(st.sets(some), max_size=5))
    services = np.array(data.draw(st.lists(some, max_size=6)), np.int32)
    lost = [Lost(f"S-{number}", np.array(sorted(each), np.int32)) for number, each in enumerate(seeds)]
    cut = data.draw(st.integers(0, len(lost)))

    whole = matrix(drawn.topology, lost, services)

    for row, each in enumerate(seeds):
        states = slow_impact(drawn.estate, dict.fromkeys(each, "outage")).states
        assert whole.states[row].tolist() == [states[service] for service in services]
    parts = [matrix(drawn.topology, lost[cut:], services), matrix(drawn.topology, lost[:cut], services)]
    assert plain(merged(parts)) == plain(whole)
    ones: Sequence[Matrix] = [matrix(drawn.topology, [each], services) for each in reversed(lost)]
    if ones:
        assert plain(reduce(lambda a, b: merged([a, b]), ones)) == plain(whole)


def plain(found: Matrix) -> tuple[Any, ...]:
    return found.scenario_ids, found.states.tolist(), found.lower.tolist(), found.upper.tolist()


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_what_is_housed_is_lost_with_its_housing(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds = data.draw(st.sets(st.integers(0, drawn.n - 1)))
    arrays = drawn.arrays
    types = [data.draw(st.sampled_from(["runs_on"] if feeds else PLAIN)) for feeds in arrays["feeds"]]
    estate = named_estate(drawn, types_of=types)
    ends = zip(arrays["source"], arrays["group"], arrays["target"], types, strict=True)
    shared = {
        (source, f"plain-{target}" if group < 0 else f"g{group}", target)
        for source, group, target, name in ends
        if name in SHARED
    }

    found = lost_with(shared_loss(estate, SHARED), np.array(sorted(seeds), np.int32))

    assert set(found.tolist()) == slow_lost(drawn.estate, shared, seeds)


@pytest.mark.parametrize("members", [{}, {(0, "g"): [(0, None), (1, None)]}])
def test_what_is_housed_is_housed_also_where_another_relationship_joins_the_same_two(
    members: dict[tuple[int, str], list[tuple[int, str | None]]],
) -> None:
    types = list(load_ontology().relationship_types)
    columns = Columns(
        ids=["host-1", "site-1"], names=[""] * 2, classes=["host", "site"], criticalities=[""] * 2,
        source=np.array([0, 0]), target=np.array([1, 1]),
        type_code=np.array([types.index("depends_on"), types.index("located_in")], np.uint8),
        soft=np.zeros(2, np.bool_), members=members,
    )  # fmt: skip
    estate = build_estate(1, columns, load_ontology())

    assert lost_with(shared_loss(estate, SHARED), np.array([1], np.int32)).tolist() == [0, 1]
    assert asked(estate, "in=site-1") == ["host-1", "site-1"]
    assert asked(Estate.from_arrays(estate.meta(), estate.arrays()), "in=site-1") == ["host-1", "site-1"]


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_states_of_some_are_those_of_each(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    some = st.integers(0, drawn.n - 1)
    found = impact(drawn.topology, dict.fromkeys(data.draw(st.sets(some)), "outage"))
    if data.draw(st.booleans()):
        assert found.touched.places.size >= 0
    cis = np.array(data.draw(st.lists(some)), np.int32)

    assert found.states_of(cis).tolist() == [found.state(int(ci)) for ci in cis]


@pytest.fixture(scope="module")
def example() -> Estate:
    return insurer()


def asked(estate: Estate, *seeds: str, known: Known | None = None) -> list[str]:
    return [estate.ids[ci] for ci in seeds_of(estate, Scenario("S-1", "", seeds, physical=False), known)]


def test_ids_and_queries_together_lose_all_that_they_name(example: Estate) -> None:
    racks = asked(example, "class=rack")

    assert asked(example, "site-a", "feed-a1-1") == sorted(["feed-a1-1", "site-a"], key=lambda i: example.find(i) or 0)
    assert len(racks) == sum(example.class_of(ci) == "rack" for ci in range(example.topology.n))
    assert set(asked(example, "class=rack & in=room-a1", "rack-b1-05")) == {
        *(rack for rack in racks if rack.startswith("rack-a1")), "rack-b1-05",
    }  # fmt: skip


def test_a_room_holds_its_racks_and_what_stands_in_them(example: Estate) -> None:
    inside = asked(example, "in=room-a1")

    assert {"room-a1", "rack-a1-01"} <= set(inside)
    assert not [ci_id for ci_id in inside if "-b" in ci_id]


def test_a_product_in_a_version_is_two_attributes() -> None:
    chosen = estate_of(["db-1", "db-2", "db-3"], "database_instance", [])
    known = Known({"engine": dict.fromkeys(("db-1", "db-2"), "Oracle 19"), "version": {"db-1": "19.3", "db-3": "19.3"}})

    assert asked(chosen, "engine=Oracle 19 & version=19.3", known=known) == ["db-1"]
    assert asked(chosen, "version=19.3", known=known) == ["db-1", "db-3"]
    assert queried([Scenario("S", "", ("db-1", "class=host & version=1 & engine=x"), False)]) == {"version", "engine"}


def test_a_supplier_falls_with_whom_it_has_subcontracted_to_and_a_release_with_what_contains_it() -> None:
    chain = estate_of(["sup-1", "sup-2", "sup-3", "sup-4"], "supplier", [(0, 1), (1, 2), (3, 0)])

    assert asked(chain, "supplier=sup-1") == ["sup-1", "sup-2", "sup-3"]
    known = Known(releases=[("sup-4", "sup-2"), ("gone", "sup-2")])
    assert asked(chain, "release=sup-2", known=known) == ["sup-2", "sup-4"]


def estate_of(ids: list[str], kind: str, subcontracted: list[tuple[int, int]]) -> Estate:
    types, m = list(load_ontology().relationship_types), len(subcontracted)
    columns = Columns(
        ids=ids, names=[""] * len(ids), classes=[kind] * len(ids), criticalities=[""] * len(ids),
        source=np.array([source for source, _ in subcontracted], np.int64),
        target=np.array([target for _, target in subcontracted], np.int64),
        type_code=np.full(m, types.index("subcontracted_to"), np.uint8), soft=np.zeros(m, np.bool_), members={},
    )  # fmt: skip
    return build_estate(1, columns, load_ontology())


@pytest.mark.parametrize(
    ("key", "seeds"),
    [
        ("no_seeds", ()), ("unknown_ci", ("site-z",)), ("unknown_ci", ("in=site-z",)),
        ("unknown_ci", ("site-a", "host-z")),
        ("query", ("=rack",)), ("query", ("class=",)), ("query", ("class=rack & in",)), ("query", ("class=rack & ",)),
        ("unknown_field", ("colour=red",)), ("matches_nothing", ("class=spaceship",)),
        ("matches_nothing", ("site-a", "class=rack & in=feed-a1-1")),
    ],
)  # fmt: skip
def test_a_scenario_that_loses_less_than_it_says_is_refused(example: Estate, key: str, seeds: tuple[str, ...]) -> None:
    with pytest.raises(BadInputError, match=rf"scenario\.{key}"):
        asked(example, *seeds)


def test_recovery_is_asked_for_each_scenario_where_it_is_wanted(example: Estate) -> None:
    services = example.services()
    lost = [Lost(each, seeds_of(example, scenario_of(each, {"seeds": [each]}))) for each in ("site-b", "site-a")]

    found = matrix(
        example.topology, lost, services, lambda cis: (np.full(len(services), len(cis)), np.full(len(services), np.inf))
    )  # fmt: skip

    assert found.scenario_ids == ("site-a", "site-b")
    assert found.lower.tolist() == [[1.0] * len(services)] * 2
    assert np.isinf(found.upper).all()
    assert found.states.shape == (2, len(services))
