"""`faultline continuity`: as JSON in its published form, and as text that a manager can repeat."""

from pathlib import Path

import pytest

from tests.api.command import Run
from tests.engines import inventory
from tests.schemas import validated

FILES = {
    "cis": """\
ci_id,name,ci_class,status,site,recovery_time,failover_to,failover_time,rto
site-1,主机房,site,,,PT1H,,,
site-2,同城机房,site,,,PT1H,,,
svc-claims,理赔,business_service,,,,,,PT4H
svc-quiet,网站,business_service,,,,,,
svc-key,登录,business_service,,,,,,PT1H
svc-old,旧系统,business_service,retired,,,,,
app-1,理赔系统,application,,,PT30M,,,
db-1,理赔库 1,database_instance,,,PT6H,,,
db-2,理赔库 2,database_instance,,,PT2H,,,
host-1,host-1,host,,site-1,PT1H,,,
host-2,host-2,host,,site-2,,,,
msg-1,消息,middleware,,site-1,PT8H,msg-2,PT15M,
msg-2,消息备,middleware,,site-2,PT8H,,,
key-1,密钥,application,,,PT1H,,,
key-2,配置,application,,,PT2H,,,
""",
    "relationships": """\
source,type,target,strength,redundancy_group,min_available
svc-claims,depends_on,app-1,,,
app-1,depends_on,db-1,,db,1
app-1,depends_on,db-2,,db,1
app-1,depends_on,msg-1,,,
db-1,runs_on,host-1,,,
host-1,depends_on,site-1,,,
db-2,runs_on,host-2,,,
svc-key,depends_on,key-1,,,
key-1,depends_on,key-2,,,
key-2,depends_on,key-1,,,
""",
    "scenarios": """\
scenario_id,name,seeds,physical
SC-SITE-1,主机房损毁,site-1,yes
SC-POWER-1,主机房断电,site-1,no
SC-NONE,没有,class=rack,yes
""",
    "recovery_order": """\
before,after
app-1,db-1
""",
}


@pytest.fixture
def known(faultline: Run, tmp_path: Path) -> Run:
    """The command line on a register with three services."""
    assert faultline("import", "inventory", inventory(tmp_path / "estate", FILES)).code == 0
    return faultline


def test_after_a_physical_loss_what_was_housed_has_to_be_recovered(known: Run) -> None:
    answer = validated("continuity", known("continuity", "svc-claims", "--scenario", "SC-SITE-1", "--json").json)

    # the message bus fails over; of the databases the other one never stopped
    assert answer["results"] == [{name: answer[name] for name in answer if name not in ("revision", "results")}]
    assert (answer["scenario"], answer["physical"], answer["state"]) == ("SC-SITE-1", True, "outage")
    assert (answer["effective_recovery_time"], answer["rto"], answer["meets_rto"]) == (900, 14_400, "kept")
    assert [(step["ci_id"], step["finish"], step["by"]) for step in answer["critical_path"]] == [
        ("svc-claims", 900, "group"), ("app-1", 900, "group"), ("msg-1", 900, "failover"),
    ]  # fmt: skip
    assert answer["waves"] == [
        {"at": 900, "ci_ids": ["app-1", "msg-1", "svc-claims"]}, {"at": 3_600, "ci_ids": ["site-1"]},
        {"at": 7_200, "ci_ids": ["host-1"]}, {"at": 28_800, "ci_ids": ["db-1"]},
    ]  # fmt: skip


def test_a_loss_of_supply_hits_nothing_but_what_it_names(known: Run) -> None:
    answer = validated("continuity", known("continuity", "svc-claims", "--scenario", "SC-POWER-1", "--json").json)
    gone = validated("continuity", known("continuity", "svc-claims", "--seeds", "site-1", "--json").json)

    assert {wave["at"]: wave["ci_ids"] for wave in answer["waves"]}[3_600] == ["db-1", "host-1", "site-1"]
    assert {**gone, "scenario": "SC-POWER-1", "results": []} == {**answer, "results": []}


def test_from_nothing_a_missing_time_is_named(known: Run) -> None:
    answer = validated("continuity", known("continuity", "svc-claims", "--json").json)

    assert (answer["scenario"], answer["effective_recovery_time"], answer["upper_bound"]) == (None, None, None)
    assert answer["upper_reason"] == "unknown"
    # the order makes db-1 wait for app-1, which can do with db-2, whose host has no time
    assert answer["unknown"] == ["host-2"]
    assert answer["meets_rto"] == "missed"


def test_a_circle_is_told_with_the_start_by_hand_that_ends_it(known: Run) -> None:
    answer = validated("continuity", known("continuity", "svc-key", "--json").json)

    assert (answer["upper_reason"], answer["meets_rto"], answer["lower_bound"]) == ("circular", "missed", 3_600)
    assert answer["cycles"] == [
        {
            "ci_ids": ["key-1", "key-2"],
            "hand_starts_complete": True,
            "hand_starts": [
                {"relationship": "key-1|depends_on|key-2", "effective_recovery_time": 3_600},
                {"relationship": "key-2|depends_on|key-1", "effective_recovery_time": 10_800},
            ],
        }
    ]


def test_what_is_retired_never_comes_back(known: Run) -> None:
    answer = validated("continuity", known("continuity", "svc-claims", "--seeds", "app-1=retire", "--json").json)

    assert (answer["upper_reason"], answer["lower_bound"], answer["never"]) == ("never", None, ["app-1"])


def test_a_service_that_rests_on_nothing_does_not_stop(known: Run) -> None:
    answer = validated("continuity", known("continuity", "svc-quiet", "svc-claims", "--json").json)

    assert [result["service"] for result in answer["results"]] == ["svc-quiet", "svc-claims"]
    assert (answer["results"][0]["effective_recovery_time"], answer["results"][0]["meets_rto"]) == (0, None)
    assert "svc-quiet" in known("continuity", "svc-quiet").out


def test_the_answer_is_a_sentence_and_the_promise(known: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    english = " ".join(known("continuity", "svc-claims", "--scenario", "SC-SITE-1").out.split())
    monkeypatch.setenv("FAULTLINE_LANG", "zh")
    chinese = known("continuity", "svc-key").out

    assert english.startswith("After scenario SC-SITE-1 (physical loss): 理赔 (svc-claims) is back after 15 min. ")
    assert "Promised within 4 h: kept." in english
    assert "key-1、key-2" in chinese
    assert "承诺在 1 小时内恢复：做不到。" in chinese


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("nobody",), "impact.unknown_ci"),
        (("svc-old",), "impact.unknown_ci"),
        (("svc-claims", "--scenario", "SC-9"), "continuity.unknown_scenario"),
        (("svc-claims", "--scenario", "SC-NONE"), "scenario.matches_nothing"),
        (("svc-claims", "--scenario", "SC-SITE-1", "--seeds", "db-1"), "continuity.two_losses"),
        (("svc-claims", "--seeds", "db-9"), "impact.unknown_ci"),
        (("svc-claims", "--seeds", "db-1=degraded"), "continuity.effect"),
        (("svc-claims", "--physical"), "continuity.physical_of_nothing"),
        (("svc-claims", "--as-of", "yesterday"), "door.as_of"),
    ],
)
def test_a_question_that_cannot_be_put_is_refused(known: Run, arguments: tuple[str, ...], key: str) -> None:
    refused = known("continuity", *arguments, "--json")

    assert (refused.code, refused.json["error"]["key"]) == (2, key)
