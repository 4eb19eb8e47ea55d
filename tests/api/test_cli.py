"""The command line on a register: what each command answers, in which form, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from api.cli import progress
from api.cli.imports import NICENESS
from graph.store.statements import migrations
from importers import plan
from tests.api import forms
from tests.api.command import Run
from tests.engines import inventory
from tests.schemas import validated


def test_import_answers_in_its_form_and_again_writes_nothing(
    faultline: Run, estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY", 3_600.0)
    foretold = faultline("import", "inventory", estate, "--dry-run", "--json")
    first = faultline("import", "inventory", estate, "--json")
    second = faultline("import", "inventory", estate, "--json")

    for answered in (foretold, first, second):
        jsonschema.validate(answered.json, forms.IMPORT)
        assert (answered.code, answered.err) == (0, "")
    assert first.json["created"] == foretold.json["created"] == {"cis": 9, "relationships": 11, "records": 0}
    assert (foretold.json["revision"], first.json["revision"], second.json["revision"]) == (0, 20, 20)
    assert (first.json["scope"], second.json["revisions"]) == ("estate", 0)


def test_a_long_import_without_a_terminal_tells_how_it_goes_in_json_lines_on_stderr(
    faultline: Run, estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    monkeypatch.setattr(plan, "TICK", 5)

    answered = faultline("import", "inventory", estate, "--json")

    told = [json.loads(line)["progress"] for line in answered.err.splitlines()]
    assert answered.json["revisions"] == 20
    assert [line["read"] for line in told[:4]] == [5, 10, 15, 16]
    assert (told[0]["of"], told[-1]["of"], told[-1]["loaded"]) == (None, 20, 20)


@pytest.mark.skipif(not hasattr(os, "nice"), reason="processes have no niceness here")
def test_a_process_that_imports_goes_behind_those_that_answer() -> None:
    program = "import os; from api.cli.imports import leave_room as go; go(); go(); print(os.nice(0))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert int(said) == max(NICENESS, os.nice(0)), "said twice it counts once"


def test_a_rejected_row_is_exit_1_named_with_its_file_line_and_field(
    faultline: Run, estate: Path, tmp_path: Path
) -> None:
    wrong = inventory(tmp_path / "wrong", cis="ci_id,name,ci_class\nx-1,x,hots\nx-2,x,host\n")

    as_json = faultline("import", "inventory", wrong, "--json")
    as_text = faultline("import", "inventory", wrong)

    (rejected,) = as_json.json["rejected"]
    jsonschema.validate(as_json.json, forms.IMPORT)
    assert as_json.code == as_text.code == 1
    assert (rejected["file"], rejected["line"], rejected["field"]) == (str(wrong / "cis.csv"), 2, "ci_class")
    assert (rejected["key"], rejected["params"]) == ("row.unknown_class", {"value": "hots", "nearest": "host"})
    assert f'{wrong / "cis.csv"}:2 ci_class: "hots" is no CI class; nearest: host' in as_text.out


def test_bad_input_is_exit_2_and_strict_makes_a_rejected_row_just_that(faultline: Run, tmp_path: Path) -> None:
    wrong = inventory(tmp_path / "wrong", cis="ci_id,name,ci_class\nx-1,x,hots\nx-2,x,host\n")
    broken = inventory(tmp_path / "broken", cis='ci_id,name,ci_class\nx-3,x,host\n"x-4,x,host\n')
    before = faultline("graph-hash").out

    strict = faultline("import", "inventory", wrong, "--strict", "--json")
    unread = faultline("import", "inventory", broken, "--json")
    told = faultline("import", "inventory", wrong, "--strict")

    for answered, key in ((strict, "import.strict"), (unread, "inventory.quote_open")):
        jsonschema.validate(answered.json, forms.ERROR)
        assert (answered.code, answered.json["error"]["key"]) == (2, key)
    assert unread.json["error"]["params"] == {"file": str(broken / "cis.csv"), "line": 3}
    assert (told.code, told.out) == (2, "")
    assert f"{wrong / 'cis.csv'}:2" in told.err
    assert '"hots" is no CI class; nearest: host' in told.err
    assert faultline("graph-hash").out == before


def test_a_run_is_undone_by_its_id_and_once_only(faultline: Run, estate: Path) -> None:
    before = faultline("graph-hash").out
    run = faultline("import", "inventory", estate, "--json").json["run"]

    undone = faultline("import", "--undo", run, "--json")
    again = faultline("import", "--undo", run, "--json")
    unknown = faultline("import", "--undo", "20200101T000000-00000000")

    assert (undone.code, undone.json["undone"]) == (0, run)
    assert faultline("graph-hash").out == before
    assert (again.code, again.json["error"]["key"]) == (2, "import.already_undone")
    assert (unknown.code, unknown.err) == (2, "faultline: there is no import run 20200101T000000-00000000\n")


def test_impact_answers_in_its_form(faultline: Run, estate: Path) -> None:
    faultline("import", "inventory", estate)

    answered = faultline("impact", "db-1", "--json")

    plain = answered.json
    validated("impact", plain)
    assert (answered.code, answered.err) == (0, "")
    assert plain["seeds"] == [{"ci_id": "db-1", "effect": "outage"}]
    assert plain["counts"] == {"outage": 2, "degraded": 1, "at_risk": 1}
    assert [(service["ci_id"], service["state"]) for service in plain["services"]] == [
        ("svc-claims", "outage"), ("svc-policy", "at_risk")
    ]  # fmt: skip
    assert [(a["ci_id"], a["state"], a["hops"], a["margin"]) for a in plain["affected"]] == [
        ("app-2", "outage", 1, -1), ("svc-claims", "outage", 2, -1),
        ("app-1", "degraded", 1, 0), ("svc-policy", "at_risk", 2, None),
    ]  # fmt: skip
    assert [step["rule"] for step in plain["affected"][2]["witness"]] == ["redundancy_lost", "seed"]


def test_impact_of_several_with_effects_and_a_limit(faultline: Run, estate: Path) -> None:
    faultline("import", "inventory", estate)

    both = faultline("impact", "db-1", "db-2=retire", "--limit", "1", "--json").json
    degraded = faultline("impact", "db-1=degraded", "--json").json

    validated("impact", both)
    assert [(seed["ci_id"], seed["effect"]) for seed in both["seeds"]] == [("db-1", "outage"), ("db-2", "retire")]
    assert (both["counts"]["outage"], both["total"], both["shown"], len(both["affected"])) == (4, 4, 1, 1)
    assert degraded["counts"]["outage"] == 0


def test_impact_of_the_past_is_that_of_the_past(faultline: Run, estate: Path, tmp_path: Path) -> None:
    first = faultline("import", "inventory", estate, "--json").json["revision"]
    more = inventory(tmp_path / "more", cis="ci_id,name,ci_class\nsvc-new,new,business_service\n",
                     relationships="source,type,target\nsvc-new,depends_on,db-1\n")  # fmt: skip
    faultline("import", "inventory", more)

    now, then = (faultline("impact", "db-1", *when, "--json").json for when in ((), ("--as-of", str(first))))

    assert (len(now["services"]), len(then["services"])) == (3, 2)
    assert (then["revision"], now["revision"]) == (first, first + 2)
    assert faultline("impact", "db-1", "--as-of", "999").code == 2
    assert faultline("impact", "db-1", "--as-of", "yesterday", "--json").json["error"]["key"] == "door.as_of"


@pytest.mark.parametrize("command", ["impact nobody db-1", "show nobody", "path nobody db-1", "path db-1 nobody"])
def test_an_unknown_ci_is_exit_2_and_named(command: str, faultline: Run, estate: Path) -> None:
    faultline("import", "inventory", estate)

    as_json, as_text = faultline(*command.split(), "--json"), faultline(*command.split())

    jsonschema.validate(as_json.json, forms.ERROR)
    assert (as_json.code, as_text.code) == (2, 2)
    assert as_json.json["error"]["key"] == "impact.unknown_ci"
    assert as_json.json["error"]["params"] == {"ci_ids": "nobody"}
    assert "nobody" in as_text.err


def test_search_show_path_graph_hash_audit_and_doctor_answer_in_their_forms(faultline: Run, estate: Path) -> None:
    faultline("import", "inventory", estate)

    found = faultline("search", "lipei", "--json")
    nothing = faultline("search", "zzzzzz", "--json")
    path = faultline("path", "svc-claims", "db-1", "--json")
    hashed, printed = faultline("graph-hash", "--json"), faultline("graph-hash")
    audit, doctor = faultline("audit", "verify", "--json"), faultline("doctor", "--json")

    for answered, form in (
        (found, forms.SEARCH), (nothing, forms.SEARCH), (path, forms.PATH), (hashed, forms.GRAPH_HASH),
        (audit, forms.AUDIT), (doctor, forms.DOCTOR),
    ):  # fmt: skip
        jsonschema.validate(answered.json, form)
        assert (answered.code, answered.err) == (0, "")
    assert {result["ci_id"] for result in found.json["results"]} >= {"svc-claims", "app-2"}
    assert nothing.json["results"] == []
    assert path.json["paths"][0] == ["svc-claims", "app-2", "db-1"]
    assert printed.out == hashed.json["graph_hash"] + "\n"
    assert {check["id"] for check in doctor.json["checks"]} == {"disk", "engine", "schema", "clock", "log", "snapshot"}
    assert [check for check in doctor.json["checks"] if not check["ok"]] == []


def test_search_says_which_hits_are_retired(faultline: Run, tmp_path: Path) -> None:
    faultline("import", "inventory", inventory(tmp_path / "a", cis="ci_id,name,ci_class\nold-1,x,host\nold-2,x,host\n"))
    faultline(
        "import", "inventory", inventory(tmp_path / "b", cis="ci_id,name,ci_class,status\nold-1,x,host,retired\n")
    )

    lines = {line.split()[0]: line for line in faultline("search", "old").out.splitlines()}

    assert lines["old-1"].endswith("retired")
    assert "retired" not in lines["old-2"]


def test_show_tells_fields_relationships_and_history_in_both_languages(
    faultline: Run, estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faultline("import", "inventory", estate)

    plain = faultline("show", "app-1", "--json").json
    english = faultline("show", "app-1").out
    monkeypatch.setenv("FAULTLINE_LANG", "zh")
    chinese = faultline("show", "app-1").out

    assert plain["fields"]["recovery_time"] == 14_400
    assert [r["relationship"] for r in plain["dependents"]] == ["app-2|depends_on|app-1", "svc-policy|depends_on|app-1"]
    assert english.splitlines()[0] == "承保系统 (app-1) · Application"
    assert "PT4H" in english
    assert "app-1 depends on db-1 [db]" in english
    assert "app-1 依赖 db-1 [db]" in chinese
    assert "app-2 依赖 app-1 (软依赖)" in chinese


def test_an_edited_record_is_exit_1_of_the_audit_and_of_the_doctor(
    faultline: Run, estate: Path, request: pytest.FixtureRequest
) -> None:
    faultline("import", "inventory", estate)
    request.getfixturevalue("database").run("MATCH (c:CI {ci_id: 'db-1'}) SET c.name = 'other'")

    audit, told, doctor = faultline("audit", "verify", "--json"), faultline("audit", "verify"), faultline("doctor")

    jsonschema.validate(audit.json, forms.AUDIT)
    assert (audit.code, told.code, doctor.code) == (1, 1, 1)
    assert audit.json["differing"] == [{"kind": "ci", "key": "db-1", "reason": "edited"}]
    assert "ci db-1: edited outside of Faultline" in told.out
    assert "■" in doctor.out


def test_the_doctor_names_a_missing_index_and_a_clock_that_is_behind(
    faultline: Run, estate: Path, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue("database")
    faultline("import", "inventory", estate)
    text = next(text for _, _, texts in migrations() for text in texts if " fl_ci_serial " in text)
    database.run("DROP INDEX fl_ci_serial")
    database.run("MATCH (s:Store) SET s.at = '2999-01-01T00:00:00.000000Z'")
    try:
        checks = {check["id"]: check for check in faultline("doctor", "--json").json["checks"]}
    finally:
        database.run(text)

    assert (checks["schema"]["ok"], checks["clock"]["ok"]) == (False, False)
    assert "fl_ci_serial" in checks["schema"]["message"]
    assert "behind the last commit (2999" in checks["clock"]["message"]


def test_an_id_is_known_in_every_normal_form_and_one_that_cannot_be_is_bad_input(
    faultline: Run, tmp_path: Path
) -> None:
    faultline("import", "inventory", inventory(tmp_path / "one", cis="ci_id,name,ci_class\nn\u00e4her,x,host\n"))

    shown, impact = faultline("show", "na\u0308her", "--json"), faultline("impact", "na\u0308her", "--json")
    strange = [
        faultline(*words, "--json") for words in (("show", "\udcff"), ("impact", "a b"), ("path", "\udcff", "b"))
    ]

    assert (shown.json["ci_id"], impact.json["seeds"][0]["ci_id"]) == ("n\u00e4her", "n\u00e4her")
    assert [(each.code, each.json["error"]["key"]) for each in strange] == [(2, "impact.bad_id")] * 3


def test_a_server_that_is_named_is_not_passed_over(faultline: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTLINE_SERVER", "http://127.0.0.1:1")

    refused = faultline("graph-hash", "--json")

    assert (refused.code, refused.json["error"]["key"]) == (2, "settings.no_server")


def test_what_is_exported_is_told(faultline: Run, estate: Path, tmp_path: Path) -> None:
    faultline("import", "inventory", estate)

    answered = faultline("export", "inventory", tmp_path / "out", "--json")
    told = faultline("export", "graphml", tmp_path / "graph.xml")
    refused = faultline("export", "json", tmp_path / "no" / "such" / "folder", "--json")

    jsonschema.validate(answered.json, forms.EXPORT)
    assert answered.json["rows"] == {"cis": 9, "relationships": 7}
    assert told.out == f"Written to {tmp_path / 'graph.xml'}: cis 9, relationships 11\n"
    assert (refused.code, refused.json["error"]["key"]) == (2, "door.cannot_write")


def test_the_data_directory_of_the_option_wins_over_that_of_the_environment(
    faultline: Run, estate: Path, tmp_path: Path
) -> None:
    faultline("--data-dir", tmp_path / "chosen", "import", "inventory", estate)

    assert (tmp_path / "chosen" / "head.json").is_file()
    assert not (tmp_path / "data" / "head.json").exists()
