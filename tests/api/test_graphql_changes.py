"""Changes over the API: the answers of the command line, and what was wrong where there is none."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.register import Register, open_register
from api.reviewing import judged
from api.scheduling import Schedule
from graph.settings import Settings
from queries.change_conflicts import change_conflicts
from queries.free_slots import free_slots
from queries.review import Review
from queries.review_answer import plain
from tests.api.command import environment
from tests.api.web import data, over
from tests.engines import Database, imported

INVENTORY = Path(__file__).parents[2] / "examples" / "insurer" / "inventory"
NOW = datetime.fromisoformat("2026-11-23T18:00:00+08:00")
ZONE = "Asia/Shanghai"
REVIEW = """query($change: String, $proposed: JSON, $at: DateTime) {
  review(change: $change, proposed: $proposed, at: $at) { __typename
    ... on Review { revision at verdict sentence score band riskModel worst evidenceHash passesIfComplete beforeAfter
      change { changeId title category status plannedStart plannedEnd zone }
      alone { verdict score reasons { key params severity } }
      inCompany { verdict score reasons { key params severity } }
      reasons { key params severity message }
      factors { id value unknown weight contribution records message } passesIf { kind params verdict message }
      services { service { ciId name } state criticality leftWithoutRedundancy } agreedOutages
      impact { complete counts { outage degraded atRisk } seeds { ci { ciId } effect }
        services { service { ciId } state }
        affected(first: 10) { totalCount nodes { ci { ciId } state hops margin certificate
          witness { ciId state rule from lost message } } } }
      conflicts { id kind severity message changes from to intervals { from to } cis { ciId } services { ciId } }
      approvers { role category ciId ci { ciId } services { ciId } message } notify { role ciId services { ciId } } }
    ... on Error { key message params } ... on InvalidInput { path } } }"""
CONFLICTS = """query($from: DateTime!, $to: DateTime!, $at: DateTime) { changeConflicts(from: $from, to: $to, at: $at) {
    revision complete k othersPossible notes
    conflicts { id kind severity message changes from to intervals { from to } cis { ciId } services { ciId } } } }"""
SLOTS = """query($change: String, $at: DateTime, $days: Int! = 90) {
  freeSlots(change: $change, at: $at, days: $days) { __typename
    ... on FreeSlots { revision change duration complete othersPossible from to
      slots { earliestStart latestStart verdict } rejected { start end reasons { kind from to message } } }
    ... on InvalidInput { key path } } }"""
CHANGES = """query($filter: ChangeFilter, $first: Int, $after: String) {
  changes(filter: $filter, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { id changeId title status plannedStart affectedCount lastRevision
      affected(most: 2) { ciId effect ci { ciId } } } } }"""
MOVE = {
    "format": "faultline.change/1", "title": "Move", "category": "major",
    "window": {"start": "2026-12-05T23:00:00", "end": "2026-12-06T01:00:00", "zone": ZONE},
    "affected": [{"ci_id": "db-hexin-1", "effect": "outage"}],
    "edits": [{"op": "add", "ci": {"ci_id": "db-hexin-9", "ci_class": "database_instance", "name": "db-hexin-9"}},
              {"op": "retire", "ci_id": "db-hexin-1"}],
    "back_out_plan": "DOC-1", "test_evidence": ["DOC-2"], "assessment": {"risk": "DOC-3"},
}  # fmt: skip


@pytest.fixture(scope="module")
def register(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """The insurer; what answers is the same code on both engines, whose reads are compared elsewhere."""
    embedded_engine.wipe()
    folder = tmp_path_factory.mktemp("insurer")
    with open_register(Settings.from_environment(environment(embedded_engine, folder))) as found:
        imported(found.store, INVENTORY)
        yield found


pytestmark = pytest.mark.storage


def ids(some: Any) -> list[str]:
    return [each["ciId"] for each in some]


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def same_conflict(told: Any, expected: Any) -> None:
    same = ("id", "kind", "severity", "changes")
    assert {name: told[name] for name in same} == {name: expected[name] for name in same}
    assert [(moment(s["from"]), moment(s["to"])) for s in told["intervals"]] == [
        (moment(s["from"]), moment(s["to"])) for s in expected["intervals"]
    ]
    assert (ids(told["cis"]), ids(told["services"])) == (expected["ci_ids"], expected["services"])
    assert told["message"]


def same_review(told: Any, expected: Any) -> None:
    assert told["__typename"] == "Review", told
    for ours, theirs in (
        ("revision", "revision"), ("band", "band"), ("riskModel", "risk_model"), ("worst", "worst"),
        ("evidenceHash", "evidence_hash"), ("beforeAfter", "before_after"), ("passesIfComplete", "passes_if_complete"),
    ):  # fmt: skip
        assert told[ours] == expected[theirs], ours
    assert (told["verdict"], told["score"]) == (expected["verdict"].upper(), round(expected["score"]))
    for ours, theirs in (("alone", "alone"), ("inCompany", "in_company")):
        assert told[ours] == {**expected[theirs], "verdict": expected[theirs]["verdict"].upper()}
    assert [{k: v for k, v in each.items() if k != "message"} for each in told["reasons"]] == expected["reasons"]
    assert [{k: v for k, v in each.items() if k != "message"} for each in told["factors"]] == expected["factors"]
    assert [(w["kind"], w["params"], w["verdict"].lower()) for w in told["passesIf"]] == [
        (w["kind"], w["params"], w["verdict"]) for w in expected["passes_if"]
    ]
    assert [
        (s["service"]["ciId"], s["service"]["name"], s["state"].lower(), s["criticality"], s["leftWithoutRedundancy"])
        for s in told["services"]
    ] == [
        (s["ci_id"], s["name"], s["state"], s["criticality"], s["left_without_redundancy"])
        for s in expected["services"]
    ]
    assert told["agreedOutages"] == [s["ci_id"] for s in expected["services"] if s["agreed_outage"]]
    for told_one, expected_one in zip(told["conflicts"], expected["conflicts"], strict=True):
        same_conflict(told_one, expected_one)
    for part in ("approvers", "notify"):
        assert [(w["role"], w["ciId"], ids(w["services"])) for w in told[part]] == [
            (w["role"], w["ci_id"], w["services"]) for w in expected[part]
        ]
    same_impact(told["impact"], expected["impact"])


def reviewed(register: Register, what: str) -> Review:
    schedule = Schedule(register, register.estate(), NOW)
    return judged(schedule, *schedule.change(what))


def same_impact(told: Any, expected: Any) -> None:
    counts = expected["counts"]
    assert told["counts"] == {"outage": counts["outage"], "degraded": counts["degraded"], "atRisk": counts["at_risk"]}
    assert sorted((s["ci"]["ciId"], s["effect"].lower()) for s in told["seeds"]) == sorted(
        (s["ci_id"], s["effect"]) for s in expected["seeds"]
    )
    assert [(s["service"]["ciId"], s["state"].lower()) for s in told["services"]] == [
        (s["ci_id"], s["state"]) for s in expected["services"]
    ]
    assert told["affected"]["totalCount"] == expected["total"]
    for node, each in zip(told["affected"]["nodes"], expected["affected"][:10], strict=True):
        assert (node["ci"]["ciId"], node["state"].lower(), node["hops"]) == (each["ci_id"], each["state"], each["hops"])
        assert [(s["ciId"], s["rule"], s["from"], s["lost"]) for s in node["witness"]] == [
            (s["ci_id"], s["rule"], s.get("from"), s.get("lost")) for s in each["witness"]
        ]


@pytest.mark.parametrize("change", ["CHG-E01", "CHG-B01", "CHG-M01", "CHG-00700", "CHG-00001"])
def test_a_review_is_that_of_the_command_line(register: Register, change: str) -> None:
    told = data(over(register), REVIEW, change=change, at=NOW.isoformat())["review"]

    same_review(told, plain(reviewed(register, change)))
    assert told["change"]["changeId"] == change
    assert change in told["sentence"]


def test_a_proposed_change_is_reviewed_on_the_graph_that_it_makes(register: Register, tmp_path: Path) -> None:
    import json

    (file := tmp_path / "move.json").write_text(json.dumps(MOVE), encoding="utf-8")

    told = data(over(register), REVIEW, proposed=MOVE, at=NOW.isoformat())["review"]

    same_review(told, plain(reviewed(register, str(file))))
    # there is no revision that a proof of it could speak of
    assert {node["certificate"] for node in told["impact"]["affected"]["nodes"]} == {None}


def test_similar_changes_are_told_with_how_they_went(register: Register) -> None:
    ask = """query($at: DateTime) { review(change: "CHG-E01", at: $at) { ... on Review {
      similar(most: 5) { changeId title outcome ended ciIds cis { ciId name } classes team edits { kind } }
      pastFailures { kind name failed ended rate ci { ciId } } factors { id value } } } }"""

    review = data(over(register), ask, at=NOW.isoformat())["review"]
    told = review["similar"]

    assert len(told) == 5
    assert told[0]["ciIds"] == ["db-hexin-1"]
    assert all(each["outcome"] in ("success", "failed", "backed_out", "partial") for each in told)
    assert "CHG-E01" not in [each["changeId"] for each in told]
    assert (told[0]["cis"], told[0]["edits"]) == ([{"ciId": "db-hexin-1", "name": "核心业务数据库 1"}], [])
    # the highest rate is what the factor counts; that of all changes comes last
    *rates, every = review["pastFailures"]
    assert [(each["kind"], each["name"]) for each in rates] == [
        ("class", "database_instance"), ("ci", "db-hexin-1"), ("team", "team-db"),
    ]  # fmt: skip
    assert (every["kind"], every["name"], every["rate"]) == ("all", None, every["failed"] / every["ended"])
    counted = next(each["value"] for each in review["factors"] if each["id"] == "past_failures")
    assert round(max(each["rate"] for each in rates), 6) == counted
    assert [each["ci"] for each in rates] == [None, {"ciId": "db-hexin-1"}, {"ciId": "team-db"}]


def test_what_cannot_be_reviewed_says_why(register: Register, tmp_path: Path) -> None:
    (file := tmp_path / "change.json").write_text("{}", encoding="utf-8")

    def asked(**given: Any) -> Any:
        return data(over(register), REVIEW, **given)["review"]

    for wrong, kind, key in (
        ({"change": "CHG-404"}, "UnknownChange", "review.unknown_change"),
        # an id is an id, whatever there is on the server's disk
        ({"change": str(file)}, "UnknownChange", "review.unknown_change"),
        ({"change": "x" * 10_000}, "UnknownChange", "review.unknown_change"),
        ({}, "InvalidInput", "change.one_of"),
        ({"change": "CHG-E01", "proposed": MOVE}, "InvalidInput", "change.one_of"),
        ({"proposed": {**MOVE, "titel": "x"}}, "InvalidInput", "edits.unknown_key"),
        ({"proposed": []}, "InvalidInput", "edits.not_a_table"),
        ({"proposed": {**MOVE, "window": {"start": "2026-12-06T01:00:00", "end": "2026-12-05T01:00:00"}}},
         "InvalidInput", "edits.end_before_start"),
    ):  # fmt: skip
        told = asked(**wrong)
        assert (told["__typename"], told["key"]) == (kind, key), wrong
        assert told["message"]
    unmapped = asked(proposed={**MOVE, "edits": [], "affected": [{"ci_id": "nobody-knows"}]}, at=NOW.isoformat())
    assert (unmapped["verdict"], "unmapped_resource" in [r["key"] for r in unmapped["reasons"]]) == ("REVIEW", True)


def test_conflicts_are_those_of_the_command_line(register: Register) -> None:
    since, until = NOW, NOW + timedelta(days=15)
    schedule = Schedule(register, register.estate(), NOW)
    expected = change_conflicts(schedule.asked(), schedule.windows, since, until, ZONE).plain(ZONE)

    asked = {"from": since.isoformat(), "to": until.isoformat(), "at": NOW.isoformat()}
    told = data(over(register), CONFLICTS, **asked)["changeConflicts"]

    assert len(told["conflicts"]) == len(expected["conflicts"]) > 2
    assert (told["complete"], told["k"], told["othersPossible"]) == (
        expected["complete"], expected["k"], expected["others_possible"],
    )  # fmt: skip
    for one, other in zip(told["conflicts"], expected["conflicts"], strict=True):
        same_conflict(one, other)


def test_free_slots_are_those_of_the_command_line(register: Register) -> None:
    schedule = Schedule(register, register.estate(), NOW)
    change = schedule.stored("CHG-E01")
    until = NOW + timedelta(days=20)
    expected = free_slots(schedule.asked(change), schedule.windows, change, NOW, until, ZONE).plain(ZONE)

    told = data(over(register), SLOTS, change="CHG-E01", at=NOW.isoformat(), days=20)["freeSlots"]

    assert (told["change"], told["duration"]) == ("CHG-E01", expected["duration"])
    assert [(moment(s["earliestStart"]), moment(s["latestStart"]), s["verdict"]) for s in told["slots"]] == [
        (moment(s["earliest_start"]), moment(s["latest_start"]), s["verdict"]) for s in expected["slots"]
    ]
    assert [[r["kind"] for r in each["reasons"]] for each in told["rejected"]] == [
        [r["kind"] for r in each["reasons"]] for each in expected["rejected"]
    ]
    assert data(over(register), SLOTS, change="CHG-E01", days=0)["freeSlots"]["key"] == "change.slots_asked"
    assert data(over(register), SLOTS, change="none")["freeSlots"]["key"] == "review.unknown_change"


def test_changes_are_listed_by_their_windows_a_page_at_a_time(register: Register) -> None:
    web, found, after = over(register), list[Any](), None
    expected = sorted(
        Schedule(register, register.estate(), NOW).changes,
        key=lambda c: (c.planned_start is None, c.planned_start, c.change_id),
    )
    while True:
        page = data(web, CHANGES, first=300, after=after)["changes"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert [each["changeId"] for each in found] == [each.change_id for each in expected]
    assert page["totalCount"] == len(expected) > 700
    one = data(web, "query($id: ID!) { node(id: $id) { __typename ... on Change { changeId } } }", id=found[0]["id"])
    assert one["node"] == {"__typename": "Change", "changeId": found[0]["changeId"]}


@pytest.mark.parametrize(
    "given",
    [
        {"text": "chg-e0"}, {"status": ["scheduled", "implemented"]}, {"category": ["major"]}, {"active": True},
        {"team": "team-dc", "active": False}, {"ci": "db-hexin-1"},
        {"from": "2026-11-24T00:00:00+08:00", "to": "2026-11-26T00:00:00+08:00"},
    ],
)  # fmt: skip
def test_a_filter_shows_what_it_says(register: Register, given: dict[str, Any]) -> None:
    def holds(change: Any) -> bool:
        since, until = moment(given.get("from")), moment(given.get("to"))
        return (
            given.get("text", "") in f"{change.change_id} {change.title}".lower()
            and change.status in given.get("status", [change.status])
            and change.category in given.get("category", [change.category])
            and change.team == given.get("team", change.team)
            and change.is_active == given.get("active", change.is_active)
            and ("ci" not in given or given["ci"] in dict(change.affected))
            and (since is None or change.planned_end is None or change.planned_end > since)
            and (until is None or change.planned_start < until)
        )

    told = data(over(register), CHANGES, filter=given, first=500)["changes"]

    expected = {each.change_id for each in Schedule(register, register.estate(), NOW).changes if holds(each)}
    assert {each["changeId"] for each in told["nodes"]} == expected != set()
