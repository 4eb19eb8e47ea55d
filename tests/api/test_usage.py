"""Wrong use of the command line: worded in the user's language, exit 2 or 3, as JSON where JSON was asked for."""

from pathlib import Path

import jsonschema
import pytest

from api.cli.version import VERSION
from tests.api.command import Run
from tests.api.forms import ERROR

WRONG = [
    (["imprt"], "usage.unknown_command_near"),
    (["xyzzy"], "usage.unknown_command"),
    (["import", "--strct"], "usage.unknown_option_near"),
    (["impact", "--xyzzy", "a"], "usage.unknown_option"),
    (["impact"], "usage.missing"),
    (["export", "inventory"], "usage.missing"),
    (["import", "nagios", "x"], "usage.choice"),
    (["export", "pdf", "x"], "usage.choice"),
    (["impact", "a", "--limit", "-1"], "usage.at_least"),
    (["impact", "a", "--limit", "ten"], "usage.at_least"),
    (["search", "a", "--limit", "0"], "usage.between"),
    (["import", "--scope"], "usage.needs_value"),
    (["show", "a", "b"], "usage.other"),
    (["import"], "usage.import_nothing"),
    (["import", "inventory"], "usage.import_nothing"),
    (["import", "inventory", "x", "--undo", "r"], "usage.import_both"),
    (["impact", ""], "impact.no_seeds"),
    (["impact", "a=explodes"], "impact.unknown_effect"),
    (["impact", "a", "a=retire"], "impact.two_effects"),
]


@pytest.mark.parametrize(("arguments", "key"), WRONG, ids=[" ".join(a) or "none" for a, _ in WRONG])
def test_wrong_use_is_exit_2_with_its_key(
    arguments: list[str], key: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULTLINE_LANG", "zh")

    as_json = run(*arguments, "--json") if arguments[-1] != "--scope" else run("import", "--json", "--scope")
    as_text = run(*arguments)

    jsonschema.validate(as_json.json, ERROR)
    assert (as_json.code, as_json.err, as_json.json["error"]["key"]) == (2, "", key)
    assert (as_text.code, as_text.out) == (2, "")
    first, *_ = as_text.err.splitlines()
    assert first == f"faultline: {as_json.json['error']['message']}"
    assert any("\u4e00" <= character <= "\u9fff" for character in first)


def test_without_any_word_the_help_is_shown_and_it_is_exit_2(run: Run) -> None:
    answered = run()

    assert (answered.code, answered.out) == (2, "")
    assert "graph-hash" in answered.err


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version") == (0, f"faultline, version {VERSION}\n", "")


@pytest.mark.parametrize(
    ("variable", "value", "key"),
    [
        ("FAULTLINE_TIMEZONE", "Mars/Olympus", "settings.timezone"),
        ("FAULTLINE_LANG", "fr", "settings.language"),
        ("FAULTLINE_NEO4J_PASSWORD_FILE", "/nowhere/at/all", "settings.password_file"),
    ],
)
def test_a_setting_that_cannot_be_used_is_exit_2_naming_its_variable(
    variable: str, value: str, key: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULTLINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(variable, value)

    as_json, as_text = run("graph-hash", "--json"), run("graph-hash")

    assert (as_json.code, as_json.json["error"]["key"]) == (2, key)
    assert as_text.code == 2
    assert variable in as_text.err


def test_a_data_directory_that_is_a_file_is_exit_3(run: Run, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")

    answered = run("--data-dir", taken, "graph-hash", "--json")

    assert (answered.code, answered.json["error"]["key"]) == (3, "engine.no_directory")
    assert answered.json["error"]["params"]["path"].startswith(str(taken))


def test_a_database_that_nobody_serves_is_exit_3_and_the_doctor_says_so_too(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULTLINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FAULTLINE_NEO4J_URI", "bolt://127.0.0.1:1")

    answered, doctor = run("show", "a", "--json"), run("doctor", "--json")

    assert (answered.code, answered.json["error"]["key"]) == (3, "engine.unreachable")
    assert doctor.code == 1
    (engine,) = [check for check in doctor.json["checks"] if not check["ok"]]
    assert (engine["id"], engine["key"]) == ("engine", "engine.unreachable")
    assert engine["hint"]


def test_bytes_that_are_no_text_are_shown_as_a_question_mark(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULTLINE_DATA_DIR", str(tmp_path))

    assert run("impact", "a=\udcff").code == 2
    assert run("impact", "a=\udcff", "--json").json["error"]["key"] == "impact.unknown_effect"
