"""Changes afterwards, over the register: predictions with the graph as it was, and requirements with their records."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.calibrating import GRAPHS, Calibrating
from api.register import Register, open_register
from graph.records.changes import change_of
from graph.settings import Settings
from tests.api.command import ESTATE, Run, environment
from tests.api.web import data, over
from tests.engines import Database, imported, inventory
from tests.schemas import validated

pytestmark = pytest.mark.storage
CALIBRATION = """query($period: String!) { calibration(period: $period) { __typename
  ... on Calibration { ended measured graphLater reason leftOut { changeId reason }
    rows { type predicted { count of rate low high reason effects { ciId records { kind id } } }
           occurred { count of effects { ciId predicted state types } } } }
  ... on InvalidInput { key path } } }"""
AFTERWARDS = """query($id: String!) { change(changeId: $id) { afterwards { reason graphLater
  predicted { ciId state types occurred records { kind id } } occurred { ciId predicted } beside { ciId } } } }"""
COMPLIANCE = """query($period: String, $ids: [String!]) { compliance(period: $period, ids: $ids) { __typename
  ... on Compliance { period { id } requirements { id text status reason lookedAt failingCount
    failing { kind id reasons } } } ... on InvalidInput { key path } } }"""
CUT = ESTATE["relationships"].replace("svc-claims,depends_on,app-2,,,\n", "")
PARTS = ("feasibility", "financial", "technical", "business", "organisational", "capacity", "security", "risk")
PLAN = ("duties", "agreements", "people", "processes", "budget", "schedule", "acceptance")


def written(moment: datetime) -> str:
    return moment.isoformat()


@pytest.fixture
def begun(database: Database, tmp_path: Path) -> Iterator[tuple[Register, datetime]]:
    """A register in which `svc-claims` rested on `app-2` when a change began, and does so no more."""
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as register:
        imported(register.store, inventory(tmp_path / "estate", ESTATE))
        start = datetime.now(UTC)
        end = start + timedelta(hours=1)
        times = f"{written(start)},{written(end)}"
        early = written(start - timedelta(days=3000))
        tables = {
            **ESTATE,
            "relationships": CUT,
            "changes": "change_id,title,status,actual_start,actual_end,affected,effect\n"
            f"CHG-1,restart,closed,{times},app-2,outage\n"
            f"CHG-2,still going,implementing,{written(start)},,app-2,outage\n"
            f"CHG-3,untimed,implemented,,{written(end)},app-2,outage\n"
            f"CHG-4,long ago,closed,{early},{written(start)},db-1,outage\n",
            "incidents": "incident_id,ci_id,services,started_at,caused_by_change\n"
            f"INC-1,host-1,svc-claims,{written(start)},CHG-1\n",
            "outages": f"outage_id,service,noticed_at\nOUT-1,svc-policy,{written(start)}\n",
        }
        imported(register.store, inventory(tmp_path / "estate", tables), full=True)
        yield register, start


def period_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y")


def test_a_change_is_predicted_with_the_graph_of_its_start(begun: tuple[Register, datetime]) -> None:
    register, start = begun
    web = over(register)
    found = data(web, CALIBRATION, period=period_of(start))["calibration"]
    every, *rows = found["rows"]

    assert (found["ended"], found["measured"], found["graphLater"], found["reason"]) == (3, 2, 1, None)
    assert [each["changeId"] for each in found["leftOut"]] == ["CHG-3"]
    # CHG-1 was to put the claims out, and did; of CHG-4, by the graph of now, none was to be hit
    assert (every["predicted"]["count"], every["predicted"]["of"]) == (1, 1)
    hit = [each for each in every["predicted"]["effects"] if each["records"]]
    assert hit == [{"ciId": "svc-claims", "records": [{"kind": "incident", "id": "INC-1"}]}]
    assert [(each["ciId"], each["predicted"], each["state"]) for each in every["occurred"]["effects"]] == [
        ("host-1", False, None), ("svc-claims", True, "outage"),
    ]  # fmt: skip
    assert {row["type"]: row["occurred"]["count"] for row in rows} == {"depends_on": 1, None: 0}
    assert {row["type"]: row["occurred"]["of"] for row in rows} == {"depends_on": 1, None: 1}
    assert (round(every["predicted"]["low"], 3), every["predicted"]["high"]) == (0.207, 1)


def test_one_change_tells_what_was_said_and_seen(begun: tuple[Register, datetime]) -> None:
    web = over(begun[0])
    told = data(web, AFTERWARDS, id="CHG-1")["change"]["afterwards"]

    assert told["predicted"] == [
        {"ciId": "svc-claims", "state": "outage", "types": ["depends_on"], "occurred": True,
         "records": [{"kind": "incident", "id": "INC-1"}]}
    ]  # fmt: skip
    assert ([each["ciId"] for each in told["beside"]], told["graphLater"]) == (["svc-policy"], False)
    assert data(web, AFTERWARDS, id="CHG-2")["change"]["afterwards"] is None
    untimed = data(web, AFTERWARDS, id="CHG-3")["change"]["afterwards"]
    assert (untimed["reason"], untimed["predicted"]) == ("nobody recorded when it began and ended", [])
    assert data(web, CALIBRATION, period="2026-13")["calibration"] == {
        "__typename": "InvalidInput", "key": "kpi.bad_period", "path": ["period"],
    }  # fmt: skip


def test_where_nobody_records_what_happens_nothing_is_measurable(begun: tuple[Register, datetime]) -> None:
    register, start = begun
    calibrating = Calibrating(register, register.store.settled())
    long_ago = start - timedelta(days=4000)
    lonely = change_of("C", {"status": "closed", "affected": ["app-2"], "actual_start": written(long_ago),
                             "actual_end": written(long_ago)})  # fmt: skip

    found = calibrating.of(lonely)
    assert getattr(found, "key", None) == "calibration.unwatched"
    empty = calibrating.between(long_ago, long_ago + timedelta(days=1))
    assert empty.reason is not None
    assert empty.reason.key == "calibration.no_changes"


def test_more_graphs_than_a_question_may_read_are_said(
    begun: tuple[Register, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    register, start = begun
    monkeypatch.setattr("api.calibrating.GRAPHS", 1)
    found = Calibrating(register, register.store.settled()).between(start, start + timedelta(days=1))

    assert GRAPHS > 1
    assert {id_: reason.key for id_, reason in found.left_out} == {
        "CHG-1": "calibration.many_graphs", "CHG-3": "calibration.no_times",
    }  # fmt: skip


def test_the_command_says_the_same(begun: tuple[Register, datetime], monkeypatch: pytest.MonkeyPatch, run: Run,
                                   database: Database, tmp_path: Path) -> None:  # fmt: skip
    for name, value in environment(database, tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    year = int(period_of(begun[1]))
    asked = ("changes", "calibration", "--from", f"{year}-01-01", "--to", f"{year + 1}-01-01")
    answer = run(*asked, "--json", "--records", "1").json

    assert (answer["changes"]["ended"], answer["changes"]["measured"]) == (3, 2)
    assert (answer["all"]["predicted"]["count"], answer["all"]["predicted"]["of"]) == (1, 1)
    assert len(answer["all"]["occurred"]["effects"]) == 1
    printed = run(*asked).out
    assert "3 changes ended, 2 compared, 1 not measurable." in printed
    assert "1 of 1: 100%" in printed
    nothing = run("changes", "calibration", "--from", "2001-01-01", "--to", "2001-02-01").out
    assert "Not measurable: no change ended in that time." in nothing


def papers(name: str, parts: tuple[str, ...]) -> str:
    return '"' + json.dumps(dict.fromkeys(parts, name)).replace('"', '""') + '"'


@pytest.fixture
def kept(database: Database, tmp_path: Path) -> Iterator[Register]:
    """Two changes of October on one service: one leaves nothing to be desired, one has nothing."""
    day, late = "2026-10-05T12:00:00Z", "2026-10-05T13:00:00Z"
    tables = {
        **ESTATE,
        "cis": ESTATE["cis"].replace("\n", ",,\n").replace("recovery_time,,", "recovery_time,document_kind,review_date")
        + "bu-1,个险部,Life,business_unit,,,,,,,\n"
        + "doc-1,分析,Analysis,document,,,,,,change_analysis,2026-10-02\n"
        + "doc-2,改进,Plan,document,,,,,,improvement_plan,2026-10-20\n",
        "slas": "sla_id,service,customer,signed_at\nsla-1,svc-claims,bu-1,2026-01-01\n",
        "changes": "change_id,title,category,status,planned_start,planned_end,actual_start,actual_end,affected,"
        "decision,decided_at,assessment,implementation_plan,failure_plan,back_out_plan,post_implementation_review,accepted_at,"
        "notified\n"
        f"CHG-1,good,major,closed,{day},{late},{day},{late},svc-claims=degraded,approved,2026-10-01T00:00:00Z,"
        f"{papers('D', PARTS)},{papers('P', PLAN)},F,B,R,2026-10-05T12:30:00Z,bu-1\n"
        f"CHG-2,bad,,closed,{day},{late},{day},{late},svc-claims=degraded,,,,,,,,,\n"
        f"CHG-3,not of a service itself,major,closed,{day},{late},{day},{late},app-2=outage,approved,"
        f"2026-10-01T00:00:00Z,{papers('D', PARTS)},{papers('P', PLAN)},F,B,R,,\n",
    }
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as register:
        report = imported(register.store, inventory(tmp_path / "estate", tables))
        assert report["rejected"] == []
        yield register


def test_requirements_open_to_the_records_that_fail_them(kept: Register) -> None:
    web = over(kept)
    found = {each["id"]: each for each in data(web, COMPLIANCE, period="2026-10")["compliance"]["requirements"]}
    failing = {id_: [each["id"] for each in one["failing"]] for id_, one in found.items()}

    # CHG-3 names no service, and puts one out: its customers are to be told
    assert failing == {
        **{id_: ["CHG-2"] for id_ in ("R7a", "R7b", "R7c", "R7d", "R8.4c", "R8.5d", "R8.6e", "R11.2b", "R11.2c",
                                      "R11.2d")},
        "R9.1f": ["CHG-2", "CHG-3"], "R11.2a": [], "R11.2e": [], "R11.2f": [], "R11.2g": [], "R11.2h": [],
    }  # fmt: skip
    assert {id_: found[id_]["lookedAt"] for id_ in ("R7a", "R7c", "R8.4c", "R9.1f")} == {
        "R7a": 2, "R7c": 2, "R8.4c": 3, "R9.1f": 3,
    }  # fmt: skip
    assert {id_ for id_, each in found.items() if each["status"] == "no_evidence"} == {"R11.2a", "R11.2f"}
    assert found["R9.1f"]["failing"][1]["reasons"] == ["1 customer was not told: 个险部 (bu-1)"]
    assert all(each["text"] for each in found.values())
    first = data(web, COMPLIANCE, ids=["r11.2c"])["compliance"]
    assert [each["id"] for each in first["requirements"]] == ["R11.2c"]
    assert data(web, COMPLIANCE, ids=["R99"])["compliance"]["path"] == ["ids"]
    assert data(web, COMPLIANCE, period="soon")["compliance"]["key"] == "kpi.bad_period"


def test_the_command_tells_requirements(kept: Register, monkeypatch: pytest.MonkeyPatch, run: Run, database: Database,
                                        tmp_path: Path) -> None:  # fmt: skip
    for name, value in environment(database, tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    answer: Any = validated("compliance", run("compliance", "R7c", "--period", "2026-10", "--json").json)
    validated("compliance", run("compliance", "--period", "2026-10", "--json").json)
    measured = run("changes", "calibration", "--from", "2026-10-01", "--to", "2026-11-01", "--json").json
    assert validated("calibration", measured)["changes"]["ended"] > 0
    nothing = run("changes", "calibration", "--from", "2001-10-01", "--to", "2001-11-01", "--json").json
    assert validated("calibration", nothing)["changes"]["ended"] == 0
    printed = run("compliance", "--period", "2026-10").out

    assert [each["failing"]["records"][0]["id"] for each in answer["requirements"]] == ["CHG-2"]
    assert "3 met, 11 not met, 0 lapsed, 2 without evidence." in printed
    assert "R7c CHG-2: no acceptance is recorded" in printed
    refused = run("compliance", "R99", "--period", "2026-10")
    assert (refused.code, "there is no requirement R99" in refused.err) == (2, True)
