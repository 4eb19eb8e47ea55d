"""`faultline continuity`: what is hit, what stands, what binds, and what is tolerable."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.command import Run
from tests.engines import inventory
from tests.schemas import validated

FILES = {
    "cis": """\
ci_id,name,ci_class,status,recovery_time,failover_time,rto,rpo,mtpd
svc-1,核心,business_service,,,,PT1H,PT5M,PT5H
svc-2,网站,business_service,,,,,PT5M,
svc-3,查询,business_service,,,,PT1H,,PT30M
db-0,零时库,database_instance,,PT0S,,,,
db-1,孤库,database_instance,,PT1H,,,,
sw-1,交换机,network_device,,PT1H,,,,
store-1,备份库,storage_array,,PT1H,,,,
app-c,收付,application,,PT4H,PT15M,,,
app-a,备一,application,,PT2H,,,,
app-z,备二,application,,,,,,
app-old,旧系统,application,retired,,,,,
""",
    "relationships": """\
source,type,target
svc-1,depends_on,app-c
app-c,fails_over_to,app-a
app-c,fails_over_to,app-z
svc-2,depends_on,db-1
db-1,connects_through,sw-1
svc-3,depends_on,db-0
""",
    "backups": "ci_id,kept_on,interval,duration\nsw-1,store-1,PT24H,PT1H\n",
    "recovery_order": "before,after\napp-a,app-a\napp-old,app-c\n",
    "scenarios": """\
scenario_id,name,seeds,physical
SC-1,一,app-c|app-a|app-z,yes
SC-2,二,db-1|db-0,no
SC-3,三,class=spaceship,no
SC-4,四,store-1,no
""",
}


@pytest.fixture
def known(faultline: Run, tmp_path: Path) -> Run:
    """The command line on a register of three services."""
    done = faultline("import", "inventory", inventory(tmp_path / "estate", FILES))
    assert done.code == 0, done.out
    return faultline


def told(known: Run, *arguments: str) -> Any:
    return validated("continuity", known("continuity", *arguments, "--json").json)


def test_a_backup_of_the_switch_is_none_of_the_database_that_is_connected_through_it(known: Run) -> None:
    rpo = told(known, "svc-2", "--seeds", "db-1")["rpo"]

    assert (rpo["upper"], rpo["upper_reason"], rpo["meets"], rpo["stores"]) == (None, "lost", "missed", ["db-1"])


def test_of_several_that_may_be_failed_over_to_the_one_that_may_stand_is_looked_at(known: Run) -> None:
    answer = told(known, "svc-1", "--scenario", "SC-1")

    assert (answer["lower_bound"], answer["upper_bound"], answer["meets_rto"]) == (900, 4 * 3_600, "unknown")
    assert (answer["mtpd"], answer["meets_mtpd"]) == (5 * 3_600, "kept")
    assert [(step["own"], step["own_reason"], step["by"]) for step in answer["critical_path"]] == [
        (0, None, "group"), (900, None, "failover"),
    ]  # fmt: skip


def test_what_takes_no_time_is_not_hit_and_has_lost_nothing(known: Run) -> None:
    answer = told(known, "svc-3", "--seeds", "db-0", "--physical")

    assert (answer["effective_recovery_time"], answer["state"]) == (0, "unaffected")
    assert (answer["rpo"]["upper"], answer["meets_mtpd"]) == (0, "kept")


def test_an_order_that_binds_nobody_is_told(known: Run) -> None:
    answer, text = told(known, "svc-3"), " ".join(known("continuity", "svc-3").out.split())

    assert [(note["key"], note["params"]) for note in answer["notes"]] == [
        ("continuity.order_of_itself", {"before": "app-a", "after": "app-a"}),
        ("continuity.order_of_nobody", {"before": "app-old", "after": "app-c", "ci_id": "app-old"}),
    ]
    assert "names app-a before itself" in text
    assert "app-old is not in the register or retired" in text


def test_text_says_which_kind_of_loss_it_is_and_what_is_tolerable(known: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    english = " ".join(known("continuity", "svc-1", "--scenario", "SC-1").out.split())
    supply = known("continuity", "svc-2", "--scenario", "SC-2").out
    monkeypatch.setenv("FAULTLINE_LANG", "zh")
    chinese = known("continuity", "svc-1", "--scenario", "SC-1").out

    assert english.startswith("After scenario SC-1 (physical loss): 核心 (svc-1) is back after 15 min to 4 h")
    assert "Longest tolerable disruption 5 h: kept." in english
    assert supply.startswith("After scenario SC-2 (loss of supply)")
    assert chinese.startswith("风险场景 SC-1（物理损毁）发生后")


def test_the_matrix_has_a_row_for_each_scenario_and_is_of_one_mind_with_each_answer(known: Run) -> None:
    answer = validated("matrix", known("continuity", "--matrix", "--json").json)

    rows = {row["scenario"]: row for row in answer["scenarios"]}
    assert list(rows) == ["SC-1", "SC-2", "SC-3", "SC-4"]
    assert rows["SC-3"]["error"]["key"] == "scenario.matches_nothing"
    assert rows["SC-3"]["services"] == []
    for scenario in ("SC-1", "SC-2", "SC-4"):
        for cell in rows[scenario]["services"]:
            one = told(known, cell["service"], "--scenario", scenario)
            assert cell == {name: one[name] for name in cell}
            assert rows[scenario]["physical"] == one["physical"]


def test_the_matrix_of_some_as_text(known: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    english = known("continuity", "svc-1", "svc-2", "--matrix", "--scenario", "SC-3", "--scenario", "SC-1").out
    monkeypatch.setenv("FAULTLINE_LANG", "zh")
    chinese = known("continuity", "--matrix", "--scenario", "SC-4").out

    assert english.startswith("What becomes of 2 services in 2 scenarios, the worst first:")
    assert "15 min – 4 h" in english
    assert "SC-3 cannot be evaluated" in english
    assert "SC-4（仅失去供应）：没有服务受影响。" in chinese


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ((), "continuity.no_service"),
        (("svc-1", "--scenario", "SC-1", "--scenario", "SC-2"), "continuity.one_scenario"),
        (("--matrix", "--seeds", "db-1"), "continuity.matrix_of_scenarios"),
        (("--matrix", "--period", "2026-10"), "continuity.matrix_of_scenarios"),
        (("--matrix", "--scenario", "SC-9"), "continuity.unknown_scenario"),
    ],
)
def test_what_does_not_go_together_is_refused(known: Run, arguments: tuple[str, ...], key: str) -> None:
    refused = known("continuity", *arguments, "--json")

    assert (refused.code, refused.json["error"]["key"]) == (2, key)
