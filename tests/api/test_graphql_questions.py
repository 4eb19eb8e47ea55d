"""Questions over the API answer what the command line answers, on the example of an insurer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.continuity import Continuity
from api.reconciliation import Reconciliation
from api.register import Register, open_register
from api.weaknesses import weaknesses
from graph.settings import Settings
from queries.kpis.period import period_of
from queries.kpis.registry import ALL
from tests.api.command import environment
from tests.api.web import data, over
from tests.engines import Database, imported

INVENTORY = Path(__file__).parents[2] / "examples" / "insurer" / "inventory"
PERIOD = "2026-10"
SERVICE = "svc-lipei"
SPOF = """query($service: String!, $while: [SeedInput!]) {
  singlePointsOfFailure(service: $service, while: $while) { __typename
    ... on WeakPointsOfService { revision alreadyOut total service { ciId }
      points(most: 200) { ci { ciId } services cis via { ciId } }
      margins(most: 200) { ci { ciId } group members needed left margin }
      cuts(most: 200) { cis { ciId } } cutsComplete
      sharedFates(most: 200) { ci { ciId } group shared { ciId } breaks anyway members { ciId } } }
    ... on UnknownCi { ciIds } ... on InvalidInput { key path } } }"""
CONTINUITY = """query($service: String!, $scenario: String, $seeds: [SeedInput!], $physical: Boolean! = false) {
  continuity(service: $service, scenario: $scenario, seeds: $seeds, physical: $physical) { __typename
    ... on Recovery { answer state effectiveRecoveryTime rto meetsRto service { ciId }
      criticalPath { ci { ciId } finish } }
    ... on UnknownCi { ciIds } ... on InvalidInput { key path } } }"""
KPIS = """query($period: String!, $ids: [String!]) { kpis(period: $period, ids: $ids) { __typename
    ... on Kpis { period { id finished zone } kpis { id name value status reason unit trend { period value }
      numerator { value records(most: 100) { kind id } } denominator { value } } }
    ... on InvalidInput { key path } } }"""
UNMATCHED = """query($period: String!) { unmatchedChanges(period: $period) { __typename
    ... on UnmatchedChanges { updates { id count items(most: 100) { id record reason } } obligations { id count } }
    ... on InvalidInput { key path } } }"""
RUNS = """query($first: Int, $after: String) { importRuns(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { run source actor status startedAt finishedAt scopes full
      report { dryRun revisions created { cis relationships records } rejected { count items { file line key message } }
        warnings { count } } } } }"""


@pytest.fixture(scope="module")
def register(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """The insurer; what answers is the same code on both engines, whose reads are compared elsewhere."""
    embedded_engine.wipe()
    folder = tmp_path_factory.mktemp("insurer")
    with open_register(Settings.from_environment(environment(embedded_engine, folder))) as found:
        imported(found.store, INVENTORY)
        yield found


pytestmark = pytest.mark.storage


def services(register: Register) -> list[str]:
    estate = register.estate()
    return sorted(estate.ids.some(estate.services()))


def test_single_points_are_those_of_the_command_line(register: Register) -> None:
    estate = register.estate()
    for service in services(register)[:8]:
        answer = data(over(register), SPOF, service=service)["singlePointsOfFailure"]
        plain = weaknesses(register, estate, service, {}).plain(limit=200)

        def ids(some: Any) -> list[str]:
            return [each["ciId"] for each in some]

        assert (answer["service"]["ciId"], answer["alreadyOut"], answer["total"]) == (service, False, plain["total"])
        assert [
            {
                "ci_id": p["ci"]["ciId"],
                "via": ids(p["via"]),
                "takes_with_it": {"services": p["services"], "cis": p["cis"]},
            }
            for p in answer["points"]
        ] == plain["spofs"][:200]
        margins = [{"ci_id": m["ci"]["ciId"], **{n: v for n, v in m.items() if n != "ci"}} for m in answer["margins"]]
        assert margins == plain["margins"][:200]
        assert [sorted(ids(cut["cis"])) for cut in answer["cuts"]] == [cut["ci_ids"] for cut in plain["cuts"][:200]]
        assert answer["cutsComplete"] == plain["cuts_complete"]
        assert [
            (f["ci"]["ciId"], f["group"], f["shared"]["ciId"], f["breaks"], sorted(ids(f["members"])))
            for f in answer["sharedFates"]
        ] == [(f["ci_id"], f["group"], f["shared"], f["breaks"], f["members"]) for f in plain["shared_fate"]]


def test_what_is_out_anyway_has_no_single_points(register: Register) -> None:
    service = services(register)[0]

    answer = data(over(register), SPOF, service=service, **{"while": [{"ciId": service}]})["singlePointsOfFailure"]

    assert (answer["alreadyOut"], answer["total"], answer["points"], answer["margins"]) == (True, 0, [], [])


def test_recovery_is_that_of_the_command_line(register: Register) -> None:
    service, scenarios = services(register)[0], [None, *Continuity(register, register.estate()).scenarios]
    assert len(scenarios) > 3
    for scenario in scenarios:
        answer = data(over(register), CONTINUITY, service=service, scenario=scenario)["continuity"]
        plain = Continuity(register, register.estate()).answer(service, scenario, [], physical=False).plain()

        assert answer["answer"] == plain
        assert answer["state"] == plain["state"].upper()
        assert answer["effectiveRecoveryTime"] == plain["effective_recovery_time"]
        assert [(s["ci"]["ciId"], s["finish"]) for s in answer["criticalPath"]] == [
            (s["ci_id"], s["finish"]) for s in plain["critical_path"]
        ]


def test_indicators_are_those_of_the_command_line(register: Register) -> None:
    answer = data(over(register), KPIS, period=PERIOD)["kpis"]
    period = period_of(PERIOD, register.settings.timezone)
    plain = [value.plain() for value in Reconciliation(register).kpis(ALL, period)]

    assert (answer["period"]["id"], answer["period"]["finished"]) == (PERIOD, True)
    assert {(each["id"], each["value"], each["status"]) for each in answer["kpis"]} == {
        (each["id"], each["value"], each["status"]) for each in plain
    }
    assert any(each["value"] for each in answer["kpis"])
    for each in answer["kpis"]:
        assert (each["reason"] is None) == (each["status"] != "not_measurable")
        if each["numerator"]:
            assert len(each["numerator"]["records"]) == min(100, each["numerator"]["value"])
    some = data(over(register), KPIS, period=PERIOD, ids=["b11.3"])["kpis"]["kpis"]
    assert [each["id"] for each in some] == ["B11.3"]


def test_ledgers_are_those_of_the_command_line(register: Register) -> None:
    answer = data(over(register), UNMATCHED, period="2026")["unmatchedChanges"]
    period = period_of("2026", register.settings.timezone)
    plain = Reconciliation(register).unmatched(period.start, period.end)

    for ledger in ("updates", "obligations"):
        assert {b["id"]: b["count"] for b in answer[ledger]} == {n: b["count"] for n, b in plain[ledger].items()}
    for bucket in answer["updates"]:
        listed = plain["updates"][bucket["id"]]["items"][:100]
        assert [each["record"] for each in bucket["items"]] == listed
        assert all(each["reason"] for each in bucket["items"] if bucket["id"] != "matched")


def test_runs_are_listed_with_what_they_did(register: Register, tmp_path: Path) -> None:
    before = data(over(register), RUNS, first=20)["importRuns"]["totalCount"]
    (tmp_path / "cis.csv").write_text("ci_id,name,ci_class\nbad one,x,no_such_class\nh-9,h-9,host\n", encoding="utf-8")
    imported(register.store, tmp_path / "cis.csv")

    page = data(over(register), RUNS, first=1)["importRuns"]
    rest = data(over(register), RUNS, first=20, after=page["pageInfo"]["endCursor"])["importRuns"]

    newest = page["nodes"][0]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (before + 1, True)
    assert (newest["source"], newest["status"], newest["full"]) == ("inventory", "finished", False)
    assert (newest["report"]["created"]["cis"], newest["report"]["rejected"]["count"]) == (1, 1)
    assert newest["report"]["rejected"]["items"][0]["line"] == 2
    assert len(rest["nodes"]) == before
    assert rest["nodes"][-1]["report"]["created"]["cis"] > 2_000


def test_the_ontology_is_told_in_both_languages(register: Register) -> None:
    answer = data(
        over(register), "{ ontology { digest classes { id name tier fields { id } } relationshipTypes { id } } }"
    )

    known = register.store.ontology
    assert answer["ontology"]["digest"] == known.digest
    assert [each["id"] for each in answer["ontology"]["classes"]] == list(known.classes)
    assert [each["id"] for each in answer["ontology"]["relationshipTypes"]] == list(known.relationship_types)


@pytest.mark.parametrize(
    ("query", "field", "given", "told"),
    [
        (SPOF, "singlePointsOfFailure", {"service": "nobody"}, {"__typename": "UnknownCi", "ciIds": ["nobody"]}),
        (SPOF, "singlePointsOfFailure", {"service": "a\nb"}, {"key": "impact.bad_id", "path": ["service"]}),
        (CONTINUITY, "continuity", {"service": "nobody"}, {"__typename": "UnknownCi", "ciIds": ["nobody"]}),
        (CONTINUITY, "continuity", {"service": SERVICE, "scenario": "none"},
         {"key": "continuity.unknown_scenario", "path": ["scenario"]}),
        (CONTINUITY, "continuity", {"service": SERVICE, "physical": True},
         {"key": "continuity.physical_of_nothing", "path": ["seeds"]}),
        (KPIS, "kpis", {"period": "2026-13"}, {"key": "kpi.bad_period", "path": ["period"]}),
        (KPIS, "kpis", {"period": "2026", "ids": ["B99"]}, {"key": "kpi.unknown", "path": ["ids"]}),
        (UNMATCHED, "unmatchedChanges", {"period": ""}, {"key": "kpi.bad_period", "path": ["period"]}),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_put_says_what_is_wrong(
    register: Register, query: str, field: str, given: dict[str, Any], told: dict[str, Any]
) -> None:
    answer = data(over(register), query, **given)[field]

    assert {name: answer.get(name) for name in told} == told
