"""`faultline review`: verdict, reasons, people and what would help, of a change in the register and of a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.texts import LANGUAGES, Texts
from graph.risk.model import FACTORS, REASONS
from tests.api.command import Run, environment
from tests.engines import KINDS, Database
from tests.schemas import validated

CHANGE: dict[str, Any] = {
    "format": "faultline.change/1",
    "title": "数据库升级",
    "category": "standard",
    "window": {"start": "2026-11-28T22:00:00", "end": "2026-11-29T02:00:00", "zone": "Asia/Shanghai"},
    "affected": [{"ci_id": "db-2", "effect": "outage"}],
    "back_out_plan": "DOC-1",
    "test_evidence": ["DOC-2"],
    "assessment": {"risk": "DOC-3"},
}
BEFORE = ("--at", "2026-11-27T00:00:00")  # its window


@pytest.fixture
def known(faultline: Run, estate: Path) -> Run:
    """The command line on a register with two services."""
    assert faultline("import", "inventory", estate).code == 0
    return faultline


def proposed(folder: Path, **more: Any) -> Path:
    """A file with a proposed change."""
    path = folder / "change.json"
    path.write_text(json.dumps({**CHANGE, **more}, ensure_ascii=False), encoding="utf-8")
    return path


def keys(answer: dict[str, Any], part: str = "alone") -> list[str]:
    return [reason["key"] for reason in answer[part]["reasons"]]


def test_a_database_of_two_leaves_its_service_without_redundancy(known: Run, tmp_path: Path) -> None:
    answer = validated("review", known("review", proposed(tmp_path), *BEFORE, "--json").json)

    assert keys(answer) == ["left_without_redundancy"]
    assert answer["alone"]["verdict"] == "review"
    (service,) = [each for each in answer["services"] if each["ci_id"] == "svc-policy"]
    assert (service["state"], service["left_without_redundancy"]) == ("at_risk", True)
    assert answer["impact"]["seeds"] == [{"ci_id": "db-2", "effect": "outage"}]


def test_a_critical_service_that_goes_down_blocks_until_its_outage_is_agreed(known: Run, tmp_path: Path) -> None:
    affected = [{"ci_id": "app-1", "effect": "outage"}]
    blocked = validated("review", known("review", proposed(tmp_path, affected=affected), "--json").json)
    agreed = [{"service": "svc-policy", "from": "2026-11-28T20:00:00", "to": "2026-11-29T03:00:00"}]
    passed = validated(
        "review", known("review", proposed(tmp_path, affected=affected, agreed_outage=agreed), "--json").json
    )

    assert blocked["alone"]["verdict"] == "block"
    assert keys(blocked)[0] == "service_out_critical"
    assert {"kind": "agreed_outage", "params": {"service": "svc-policy"}} in [
        {name: wish[name] for name in ("kind", "params")} for wish in blocked["passes_if"]
    ]
    assert "outage_agreed" in keys(passed)
    assert passed["alone"]["verdict"] != "block"
    assert [who["ci_id"] for who in blocked["approvers"]] == ["team-1", None]


def test_papers_that_are_missing_are_named(known: Run, tmp_path: Path) -> None:
    bare = proposed(tmp_path, affected=[{"ci_id": "site-1"}], back_out_plan=None, test_evidence=[], assessment=None)

    answer = known("review", bare, "--json").json

    assert {"missing_back_out_plan", "missing_test_evidence", "missing_assessment"} <= set(keys(answer))


def test_edits_are_judged_and_compared(known: Run, tmp_path: Path) -> None:
    edits = [
        {"op": "add", "ci": {"ci_id": "db-3", "ci_class": "database_instance", "name": "db-3"}},
        {"op": "relate", "source": "app-2", "type": "depends_on", "target": "db-3", "strength": "hard"},
        {"op": "retire", "ci_id": "db-1"},
    ]

    answer = validated("review", known("review", proposed(tmp_path, affected=[], edits=edits), "--json").json)

    assert answer["alone"]["verdict"] == "block"
    assert {"retired_member", "out_after"} <= set(keys(answer))

    moved = [*edits[:2], {"op": "unrelate", "source": "app-2", "type": "depends_on", "target": "db-1"}, edits[2]]
    answer = validated("review", known("review", proposed(tmp_path, affected=[], edits=moved), "--json").json)

    assert answer["alone"]["verdict"] == "review"
    assert "retired_member" in keys(answer)
    (steady,) = [each for each in answer["before_after"]["steady"] if each["service"] == "svc-claims"]
    assert (steady["spofs_added"], steady["spofs_removed"]) == (["db-3"], ["db-1", "host-1", "site-1"])


def test_a_change_of_the_register_is_found_by_its_id(known: Run, tmp_path: Path) -> None:
    table = tmp_path / "changes.csv"
    table.write_text(
        "change_id,title,category,status,affected,planned_start,planned_end\n"
        "CHG-1,切换,major,scheduled,db-2=outage,2026-11-28T22:00:00,2026-11-29T02:00:00\n",
        encoding="utf-8",
    )
    assert known("import", "inventory", table).code == 0

    at = ("--at", "2026-11-27T00:00:00")
    answer = validated("review", known("review", "CHG-1", "--json", *at).json)
    again = known("review", "CHG-1", "--json", "--limit", "0", *at).json

    assert answer["change"] == "CHG-1"
    assert again["evidence_hash"] == answer["evidence_hash"]
    assert again["impact"]["shown"] == 0
    assert known("review", "CHG-1", "--fail-on", "review").code == 1


def test_a_resource_that_is_not_in_the_register_is_a_reason(known: Run, tmp_path: Path) -> None:
    answer = validated(
        "review", known("review", proposed(tmp_path, affected=[{"ci_id": "db-9"}]), *BEFORE, "--json").json
    )

    assert keys(answer) == ["unmapped_resource"]
    assert keys(answer, "in_company") == ["unmapped_resource"]


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("x.json", "{", "review.unreadable"),
        ("x.yaml", "a: 1\n---\nb: 2\n", "review.documents"),
        ("x.json", '{"services": {"a": {}}}', "edits.another_kind"),
        ("x.yaml", "format: another\nservices: {}\n", "edits.another_kind"),
    ],
)
def test_a_file_that_is_no_change_is_refused(known: Run, tmp_path: Path, name: str, text: str, key: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    answered = known("review", path, "--json")

    assert (answered.code, answered.json["error"]["key"]) == (2, key)


def test_a_change_that_is_not_there_is_refused(known: Run) -> None:
    answered = known("review", "CHG-9", "--json")

    assert (answered.code, answered.json["error"]["key"]) == (2, "review.unknown_change")


def test_the_text_says_the_verdict_first_and_markdown_has_headings(
    known: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = proposed(tmp_path, affected=[{"ci_id": "app-1"}])

    assert known("review", path).out.startswith("■ proposed must not go ahead as it is: 数据库升级\nRisk ")
    assert (
        "\n## Why\n\n- ■ critical service 承保 (svc-policy) goes down\n"
        in known("review", path, "--format", "markdown").out
    )
    monkeypatch.setenv("FAULTLINE_LANG", "zh")
    assert "关键服务 承保（svc-policy）中断" in known("review", path).out


def changes(folder: Path, *rows: str) -> Path:
    """A table of changes."""
    path = folder / "changes.csv"
    head = "change_id,title,category,status,affected,planned_start,planned_end\n"
    path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_what_only_two_changes_together_put_out_blocks_in_company(known: Run, tmp_path: Path) -> None:
    other = changes(tmp_path, "CHG-2,另一个,standard,scheduled,db-1=outage,2026-11-29T01:00:00,2026-11-29T03:00:00")
    assert known("import", "inventory", other).code == 0

    answer = validated("review", known("review", proposed(tmp_path), *BEFORE, "--json").json)

    assert (answer["alone"]["verdict"], answer["in_company"]["verdict"]) == ("review", "block")
    assert (answer["verdict"], answer["worst"]) == ("block", "in_company")
    (emergent,) = [each for each in answer["conflicts"] if each["kind"] == "emergent_outage"]
    assert emergent["changes"] == ["CHG-2", "proposed"]
    assert "svc-policy" in emergent["services"]
    assert {"service": "svc-policy", "changes": "CHG-2"} in [r["params"] for r in answer["in_company"]["reasons"]]
    assert "(together with CHG-2)" in known("review", proposed(tmp_path)).out


def test_a_blackout_of_a_service_blocks_whoever_touches_what_it_rests_on(known: Run, tmp_path: Path) -> None:
    windows = tmp_path / "windows.csv"
    windows.write_text(
        "window_id,kind,scope,from,to\nW-1,blackout,svc-policy,2026-11-29T00:00:00,2026-11-30T00:00:00\n",
        encoding="utf-8",
    )
    assert known("import", "inventory", windows).code == 0

    answer = validated("review", known("review", proposed(tmp_path), *BEFORE, "--json").json)

    assert answer["alone"]["verdict"] == "block"
    assert keys(answer)[0] == "blackout_hit"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_factor_and_flag_has_its_words(language: str) -> None:
    texts = Texts(language).all

    assert {f"review.reason_{reason}" for reason in REASONS} <= texts.keys()
    assert {f"review.factor_{factor}" for factor in FACTORS} <= texts.keys()


def test_an_outage_agreed_every_week_agrees_to_no_other_day(known: Run, tmp_path: Path) -> None:
    windows = tmp_path / "windows.csv"
    windows.write_text(
        "window_id,kind,scope,from,rrule,duration\nW-2,agreed_outage,svc-policy,2026-11-07T20:00:00,FREQ=WEEKLY,8h\n",
        encoding="utf-8",
    )
    assert known("import", "inventory", windows).code == 0
    affected = [{"ci_id": "app-1"}]
    later = {"start": "2026-11-30T22:00:00", "end": "2026-12-01T02:00:00", "zone": "Asia/Shanghai"}

    on_saturday = validated("review", known("review", proposed(tmp_path, affected=affected), "--json").json)
    on_monday = known("review", proposed(tmp_path, affected=affected, window=later), "--json").json

    assert "outage_agreed" in keys(on_saturday)
    assert keys(on_monday)[0] == "service_out_critical"


def test_a_member_that_is_taken_away_for_good_leaves_its_service_without_redundancy(known: Run, tmp_path: Path) -> None:
    edits = [{"op": "unrelate", "source": "app-1", "type": "depends_on", "target": "db-2"}]

    answer = validated("review", known("review", proposed(tmp_path, affected=[], edits=edits), "--json").json)

    assert {"service": "svc-policy"} in [
        reason["params"] for reason in answer["alone"]["reasons"] if reason["key"] == "left_without_redundancy"
    ]
    assert answer["verdict"] == "review"


def test_a_stored_change_that_ends_before_it_starts_is_not_known_to_be_safe(known: Run, tmp_path: Path) -> None:
    row = "CHG-3,反了,standard,scheduled,db-2=outage|db-2=degraded,2026-11-29T02:00:00,2026-11-28T22:00:00"
    assert known("import", "inventory", changes(tmp_path, row)).code == 0

    answer = validated("review", known("review", "CHG-3", "--json").json)

    assert {"what": "window"} in [reason["params"] for reason in answer["alone"]["reasons"]]
    assert answer["impact"]["seeds"] == [{"ci_id": "db-2", "effect": "outage"}]


def test_a_clean_retirement_has_no_second_number_and_is_not_called_silent(known: Run, tmp_path: Path) -> None:
    edits = [
        {"op": "unrelate", "source": "db-1", "type": "runs_on", "target": "host-1"},
        {"op": "retire", "ci_id": "host-1"},
    ]
    affected = [{"ci_id": "host-1", "effect": "degraded"}]

    answer = validated("review", known("review", proposed(tmp_path, affected=affected, edits=edits), "--json").json)

    assert "no_dependents_recorded" not in keys(answer)
    assert not [seed for seed in answer["impact"]["seeds"] if "|" in seed["ci_id"]]


def test_a_longer_recovery_time_of_the_only_database_is_told(known: Run, tmp_path: Path) -> None:
    more = tmp_path / "cis.csv"
    rows = (
        "svc-claims,理赔,business_service,PT0S",
        "app-2,理赔系统,application,PT1H",
        "db-1,保单库 1,database_instance,PT2H",
        "host-1,host-1,host,PT1H",
        "site-1,主机房,site,PT1H",
    )
    more.write_text("ci_id,name,ci_class,recovery_time\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert known("import", "inventory", more).code == 0
    edits = [{"op": "set", "ci_id": "db-1", "field": "recovery_time", "value": "PT100H"}]
    path = proposed(tmp_path, affected=[], edits=edits)

    answer = validated("review", known("review", path, "--json").json)

    steady = {each["service"]: each for each in answer["before_after"]["steady"]}
    assert steady["svc-claims"]["recovery_before"] == 5 * 3600
    assert steady["svc-claims"]["recovery_after"] == 103 * 3600
    assert "comes back from nothing in" in known("review", path, "--format", "markdown").out


def test_a_ci_that_a_full_run_no_longer_sees_is_stale(known: Run, estate: Path, tmp_path: Path) -> None:
    cis = estate / "cis.csv"
    cis.write_text(
        "".join(line for line in cis.read_text(encoding="utf-8").splitlines(keepends=True) if "db-2" not in line),
        encoding="utf-8",
    )
    assert known("import", "inventory", estate, "--full").code == 0

    answer = validated("review", known("review", proposed(tmp_path), "--json").json)

    assert {"ci_id": "svc-policy"} in [r["params"] for r in answer["alone"]["reasons"] if r["key"] == "low_confidence"]


def test_a_year_that_nothing_is_looked_for_in_is_refused(known: Run, tmp_path: Path) -> None:
    answered = known("review", proposed(tmp_path, window={"start": "9999-12-31T00:00:00Z"}), "--json")

    assert (answered.code, answered.json["error"]["key"]) == (2, "edits.value")


@pytest.mark.storage
@pytest.mark.neo4j
def test_the_same_question_has_the_same_evidence_on_both_engines(
    run: Run, estate: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ("--at", "2026-11-27T00:00:00")
    hashes = []
    for kind in KINDS:
        engine: Database = request.getfixturevalue(f"{kind}_engine")
        engine.wipe()
        for name, value in environment(engine, tmp_path / kind).items():
            monkeypatch.setenv(name, value)
        assert run("import", "inventory", estate).code == 0
        hashes += [run("review", proposed(tmp_path), "--json", *at, "--limit", limit).json["evidence_hash"]
                   for limit in ("0", "50")]  # fmt: skip

    assert len(set(hashes)) == 1
