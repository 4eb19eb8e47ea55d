"""What a register lacks equals its definition walked step by step."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.ontology import load_ontology
from graph.records.agreements import Agreement
from graph.records.changes import Change, change_of
from graph.records.plans import Plan, PlanTest, last_passed, plan_of, plan_test_of
from queries.gaps import Touched, broken_chains, majors, stale_plans, unowned, without_service
from tests.graph.estates import Drawn, cases, estates, named_estate
from tests.oracles import slow_impact

EXAMPLES = settings(max_examples=cases(10_000, 40), deadline=None, suppress_health_check=list(HealthCheck))
START, DAY = datetime(2026, 11, 1, tzinfo=UTC), date(2026, 11, 27)
MOMENTS = st.one_of(st.none(), st.integers(0, 5).map(lambda days: START + timedelta(days=days)))


def rests_on(drawn: Drawn, *, soft: bool = False) -> "nx.DiGraph[int]":
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(drawn.n))
    for ci, groups in drawn.estate.groups.items():
        graph.add_edges_from((ci, member) for members, _, _ in groups.values() for member in members)
    if soft:
        graph.add_edges_from((ci, other) for ci, others in drawn.estate.soft.items() for other in others)
    return graph


@pytest.mark.many
@EXAMPLES
@given(estates())
def test_without_a_service_is_what_no_walk_from_one_reaches(drawn: Drawn) -> None:
    estate, graph = named_estate(drawn), rests_on(drawn, soft=True)

    found = {gap.subject for gap in without_service(estate, load_ontology())}

    # named_estate: every third CI is a service, the others are hosts
    used = {other for ci in range(0, drawn.n, 3) for other in nx.descendants(graph, ci)}
    assert found == {f"ci-{ci}" for ci in range(drawn.n) if ci % 3 and ci not in used}
    assert {gap.subject for gap in unowned(estate, load_ontology(), {"ci-0"})} == {f"ci-{c}" for c in range(1, drawn.n)}


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_a_plan_is_stale_where_something_below_it_was_touched_since_its_last_passed_test(data: st.DataObject) -> None:
    drawn = data.draw(estates())
    ci = st.integers(0, drawn.n - 1)
    covers = data.draw(st.lists(ci, max_size=3, unique=True))
    results = st.sampled_from(["passed", "failed", None])
    tests = [
        PlanTest(f"T-{i}", data.draw(st.sampled_from(["P", "Q"])), *given_)
        for i, given_ in enumerate(data.draw(st.lists(st.tuples(MOMENTS, results), max_size=4)))
    ]
    touched = [
        Touched(f"ci-{where}", at, change_id=f"C-{i}")
        for i, (where, at) in enumerate(data.draw(st.lists(st.tuples(ci, MOMENTS), max_size=5)))
    ]
    now = START + timedelta(days=data.draw(st.integers(0, 6)))
    plan = Plan("P", "", (*(f"ci-{c}" for c in covers), "gone"))

    found = list(stale_plans(named_estate(drawn), [plan], tests, touched, now))

    graph = rests_on(drawn)
    below = {f"ci-{other}" for c in covers for other in {c, *nx.descendants(graph, c)}}
    passed = [t.tested_at for t in tests if t.plan_id == "P" and t.result == "passed" and t.tested_at]
    last = max(passed) if passed else None
    since = [
        t.change_id
        for t in touched
        if t.ci_id in below and (t.at is None or (t.at <= now and (last is None or t.at > last)))
    ]
    assert [gap.found["changes"] for gap in found] == ([sorted(map(str, since))] if since or last is None else [])
    assert last_passed("P", tests) == last


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_a_chain_is_broken_where_a_contract_below_promises_less(data: st.DataObject) -> None:
    drawn = data.draw(estates())
    ci = st.integers(0, drawn.n - 1)
    service, supplier = data.draw(ci), data.draw(ci)
    ours, theirs = (data.draw(st.one_of(st.none(), st.sampled_from([0.9, 0.99, 0.999]))) for _ in range(2))
    agreement = Agreement("A", f"ci-{service}", target=ours, provider_contract=data.draw(st.sampled_from([None, "K"])))
    contract: dict[str, Any] = {} if theirs is None else {"availability_target": theirs}

    found = list(broken_chains(named_estate(drawn), [agreement], {"K": contract}, {f"ci-{supplier}": ["K"]}, DAY))

    below = {service, *nx.descendants(rests_on(drawn), service)}
    is_below = supplier in below or agreement.provider_contract is not None
    broken = is_below and ours is not None and theirs is not None and theirs < ours
    assert [gap.subject for gap in found] == (["K"] if broken else [])
    if broken:
        (told,) = found[0].found["agreements"]
        out = slow_impact(drawn.estate, {supplier: "outage"}).states[service] == 3
        assert told["suppliers"] == ([f"ci-{supplier}"] if supplier in below else [])
        assert told["alone"] == (supplier in below and supplier != service and out)


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ({"category": "major", "status": "closed", "affected": ["a=outage"]}, {"a"}),
        ({"category": "major", "status": "approved", "affected": ["a=outage"]}, set()),
        ({"category": "major", "status": "failed", "affected": ["a"], "actual_start": "2026-11-01T00:00:00Z"}, {"a"}),
        ({"category": "standard", "status": "closed", "affected": ["a=outage"]}, set()),
        (
            {
                "category": "major",
                "status": "closed",
                "edits": '[{"op":"unrelate","source":"b","type":"depends_on","target":"c"}]',
            },
            {"b"},
        ),
        ({"category": "major", "status": "closed", "edits": "[{}]", "affected": ["a=outage"]}, {"a"}),
    ],
)
def test_a_major_change_that_took_place_touches_its_cis_and_those_it_alters(change: Any, touched: set[str]) -> None:
    assert {each.ci_id for each in majors([made(change)], load_ontology())} == touched


def made(state: Any) -> Change:
    return change_of("C", {"title": "t", **state})


def test_plans_and_tests_are_read_from_their_records() -> None:
    assert plan_of("P", {"name": "n", "covers": ["a", "b"]}) == Plan("P", "n", ("a", "b"))
    assert plan_test_of("T", {"plan_id": "P", "tested_at": "2026-11-01T00:00:00Z", "result": "passed"}) == PlanTest(
        "T", "P", START, "passed"
    )


def test_more_downtime_than_is_promised_breaks_a_chain_and_an_agreement_that_is_over_does_not() -> None:
    drawn = Drawn(1, {k: [] for k in ("source", "target", "soft", "group", "min_available", "feeds")}, None)  # type: ignore[arg-type]
    agreement = Agreement("A", "ci-0", allowed_downtime=60, provider_contract="K", valid_until=DAY)
    contracts = {"K": {"allowed_downtime": 61}}

    now, later = (
        list(broken_chains(named_estate(drawn), [agreement], contracts, {}, day)) for day in (DAY, date(2026, 11, 28))
    )

    assert now[0].found["agreements"][0]["promises"] == [{"field": "allowed_downtime", "agreement": 60, "contract": 61}]
    assert later == []
