"""Ages of data are the least that fit together, found by working everything out until nothing changes."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.estate import Columns, Estate, build_estate
from graph.ontology import load_ontology
from graph.records.backups import backup_of
from graph.topology import Topology
from queries.data_age import Copies, DataAges, Rpo, copies_of, data_ages, lie_elsewhere, rpo_of, stores_of
from tests.graph.estates import Drawn, cases, estates, named_estate, random_estate
from tests.oracles import slow_impact
from tests.queries.slow_data_age import Copy, slow_ages

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))
LAGS = st.sampled_from([0.0, 1.0, 2.0, 5.0, math.nan])


def columns(copies: list[Copy]) -> Copies:
    of, on, behind, passes = zip(*copies, strict=True) if copies else ((), (), (), ())
    return Copies(of, on, behind, passes)


def mask(n: int, some: set[int]) -> list[bool]:
    return [ci in some for ci in range(n)]


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_ages_are_the_least_that_fit_together(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    some = st.integers(0, drawn.n - 1)
    hit, holds, elsewhere = (data.draw(st.sets(some)) for _ in range(3))
    copies: Any = data.draw(st.lists(st.tuples(some, some, LAGS, st.booleans()), max_size=8))
    states = slow_impact(drawn.estate, dict.fromkeys(hit, "outage")).states
    out = {ci for ci, state in enumerate(states) if state == 3}

    found = data_ages(
        drawn.topology,
        hit=mask(drawn.n, hit),
        out=mask(drawn.n, out),
        holds=mask(drawn.n, holds),
        copies=columns(copies),
        elsewhere=mask(drawn.n, elsewhere),
    )

    for bound, unknown in ((found.lower, 0.0), (found.upper, math.inf)):
        known = [(of, on, unknown if math.isnan(lag) else lag, passes) for of, on, lag, passes in copies]
        assert bound.tolist() == slow_ages(drawn.estate, known, hit, out, holds, elsewhere)


def ages(
    topology: Topology, hit: set[int], holds: set[int], copies: list[Copy], out: set[int] | None = None,
    elsewhere: set[int] | None = None,
) -> DataAges:  # fmt: skip
    n = topology.n
    return data_ages(
        topology, hit=mask(n, hit), out=mask(n, out or hit), holds=mask(n, holds), copies=columns(copies),
        elsewhere=mask(n, elsewhere or set()),
    )  # fmt: skip


def test_of_a_group_the_needed_th_youngest_counts() -> None:
    # service 0 needs two of three databases, each with a replica of its own on 4
    three = Topology.from_edges(5, [0, 0, 0], [1, 2, 3], group=[0, 0, 0], min_available=[2, 2, 2])
    copies: list[Copy] = [(1, 4, 10.0, True), (2, 4, 20.0, True), (3, 4, 30.0, True)]

    assert ages(three, {1, 2, 3}, {1, 2, 3}, copies).upper[0] == 20
    assert ages(three, {1, 2}, {1, 2, 3}, copies).upper[0] == 10
    assert ages(three, {1}, {1, 2, 3}, copies).upper[0] == 0


def test_a_store_that_keeps_its_data_on_another_is_as_old_as_that_and_its_own_replica_may_be_younger() -> None:
    # service 0 on database 1 on array 2, which is copied to 3; all but that are lost
    chain = Topology.from_edges(5, [0, 1], [1, 2])

    copied: list[Copy] = [(2, 3, 60.0, True)]
    assert ages(chain, {1, 2}, {1, 2}, copied, elsewhere={1}).upper.tolist() == [60, 60, 60, 0, 0]
    assert ages(chain, {1, 2}, {1, 2}, [*copied, (1, 4, 5.0, True)], elsewhere={1}).upper[0] == 5
    assert ages(chain, {1, 2}, {1, 2}, [], elsewhere={1}).upper[0] == math.inf
    assert ages(chain, {1, 2}, {1, 2}, copied).upper[0] == math.inf


@pytest.mark.parametrize(
    ("classes", "related", "elsewhere"),
    [
        (("database_instance", "storage_array"), [(0, "stores_on", 1)], [0]),
        (("database_instance", "volume", "storage_array"), [(0, "stores_on", 1), (1, "runs_on", 2)], [0, 1]),
        # a backup of a switch's configuration makes it no place for the data of what is connected through it
        (("database_instance", "network_device"), [(0, "connects_through", 1)], []),
        (("database_instance", "database_instance"), [(0, "depends_on", 1)], []),
        (("database_instance", "storage_array"), [(0, "runs_on", 1)], []),
        (("volume", "host"), [(0, "stores_on", 1)], []),
        (("volume", "volume", "volume"), [(0, "stores_on", 1), (1, "stores_on", 0), (2, "stores_on", 0)], [2]),
    ],
)
def test_data_lie_elsewhere_only_where_a_relationship_says_so(
    classes: tuple[str, ...], related: list[tuple[int, str, int]], elsewhere: list[int]
) -> None:
    estate = estate_of(classes, related)

    assert np.flatnonzero(lie_elsewhere(estate)).tolist() == elsewhere


def estate_of(classes: tuple[str, ...], related: list[tuple[int, str, int]]) -> Estate:
    types, ids = list(load_ontology().relationship_types), [f"ci-{ci}" for ci in range(len(classes))]
    columns = Columns(
        ids=ids, names=[""] * len(ids), classes=list(classes), criticalities=[""] * len(ids),
        source=np.array([source for source, _, _ in related], np.int64),
        target=np.array([target for _, _, target in related], np.int64),
        type_code=np.array([types.index(name) for _, name, _ in related], np.uint8),
        soft=np.zeros(len(related), np.bool_), members={},
    )  # fmt: skip
    return build_estate(1, columns, load_ontology())


def test_a_lost_replica_hands_on_what_a_living_one_has_of_it() -> None:
    # database 0 is copied to 1, which is copied to 2: the first two are lost
    alone = Topology.from_edges(3, [], [])

    assert ages(alone, {0, 1}, {0, 1, 2}, [(0, 1, 60.0, True), (1, 2, 300.0, True)]).upper[0] == 360
    assert ages(alone, {0, 1}, {0, 1, 2}, [(0, 1, 60.0, False), (1, 2, 300.0, True)]).upper[0] == math.inf
    assert ages(alone, {0, 1}, {0, 1, 2}, [(0, 1, 60.0, True), (1, 0, 60.0, True)]).upper[0] == math.inf


def test_what_holds_no_data_loses_none_and_what_is_only_out_is_no_source() -> None:
    pair = Topology.from_edges(3, [0], [1])

    assert ages(pair, {1}, set(), []).upper.tolist() == [0, 0, 0]
    assert ages(pair, {0}, {0, 1}, [(0, 2, 5.0, True)], out={0, 2}, elsewhere={0}).upper[0] == 0
    assert ages(pair, {1}, {1}, [(1, 2, 5.0, True)], out={1, 2}).upper[0] == math.inf


def test_what_is_not_known_makes_the_bounds_differ_and_the_promise_unknown() -> None:
    alone = Topology.from_edges(3, [], [])
    found = ages(alone, {0}, {0}, [(0, 1, math.nan, True), (0, 2, 90.0, False)])

    assert (found.lower[0], found.upper[0]) == (0, 90)
    assert [rpo_of(found, 0, promised).meets for promised in (90, 60, None)] == ["kept", "unknown", None]
    plain = Rpo(60, 90, math.inf).plain()
    assert plain == {"promised": 60, "lower": 90, "upper": None, "upper_reason": "unknown", "meets": "missed"}
    assert Rpo(60, math.inf, math.inf).plain()["upper_reason"] == "lost"


def test_input_that_makes_no_sense_is_refused() -> None:
    pair = Topology.from_edges(2, [], [])

    with pytest.raises(IndexError):
        ages(pair, {0}, {0}, [(0, 2, 1.0, True)])
    with pytest.raises(ValueError, match="behind"):
        ages(pair, {0}, {0}, [(0, 1, -1.0, True)])
    with pytest.raises(ValueError, match="each of 2"):
        data_ages(pair, hit=[True], out=[True, True], holds=[True, True], copies=columns([]))


def test_records_become_copies_and_stores() -> None:
    estate = named_estate(random_estate(4, np.random.default_rng(0), feeds=False))
    backups = [
        backup_of({"ci_id": "ci-1", "kept_on": "ci-2", "interval": 60, "duration": 5}),
        backup_of({"ci_id": "ci-3", "kept_on": "ci-2", "interval": 60}),
        backup_of({"ci_id": "ci-1", "kept_on": "retired", "interval": 60}),
    ]

    copies = copies_of(estate, [("ci-0", "ci-1", None), ("ci-0", "gone", 3)], backups)

    assert (copies.of, copies.on, copies.passes_on) == ([0, 1, 3], [1, 2, 2], [True, False, False])
    assert np.isnan(np.asarray(copies.behind)).tolist() == [True, False, True]
    assert stores_of(estate, copies).tolist() == [True, True, False, True]
    assert stores_of(estate, copies, {"business_service", "host"}).all()
