"""`faultline backup` and `faultline restore`: what they print, how they end, and `kill -9` in between."""

import os
import random
import re
import subprocess
import time
from pathlib import Path

import pytest

from graph.store.audit import verify
from tests.api.command import COMMAND, Run, environment
from tests.engines import Database, imported
from tests.importers.generated import generated


@pytest.mark.neo4j_long
def test_a_register_is_backed_up_looked_over_and_restored_elsewhere(
    faultline: Run, estate: Path, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    faultline("import", "inventory", estate)
    graph_hash = faultline("graph-hash").out.strip()
    file = tmp_path / "nightly.faultline"

    done = faultline("backup", file, "--json")
    again = faultline("backup", file, "--json")
    checked = faultline("restore", file, "--check", "--json")
    into_full = faultline("restore", file, "--json")
    database.wipe()
    monkeypatch.setenv("FAULTLINE_DATA_DIR", str(tmp_path / "elsewhere"))
    back = faultline("restore", file, "--json")

    assert (done.code, done.json["graph_hash"], done.json["bytes"]) == (0, graph_hash, file.stat().st_size)
    assert file.stat().st_mode & 0o077 == 0
    assert (again.code, again.json["error"]["key"]) == (2, "backup.exists")
    assert (checked.code, checked.json["content"]) == (0, done.json["content"])
    assert (into_full.code, into_full.json["error"]["key"]) == (2, "backup.not_empty")
    assert (back.code, back.json["graph_hash"], back.json["resumed"]) == (0, graph_hash, 0)
    assert faultline("graph-hash").out.strip() == graph_hash
    assert faultline("audit", "verify").code == 0
    assert faultline("doctor").code == 0


@pytest.mark.long
def test_the_drill_of_the_page_on_operations_is_what_it_says(
    faultline: Run, estate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    drill = re.findall(
        r"^\$ faultline (.*)$", page.partition("<!-- drill -->\n```console")[2].partition("```")[0], re.MULTILINE
    )
    faultline("import", "inventory", estate)
    monkeypatch.chdir(tmp_path)
    said = []

    for line in drill:
        if "--data-dir" in line:
            # the drill is on the embedded engine, whichever one the register is on
            monkeypatch.delenv("FAULTLINE_NEO4J_URI", raising=False)
        answered = faultline(*line.split())
        assert answered.code == 0, (line, answered)
        said.append(answered.out)

    assert len(said) == 6
    assert said[4].strip() in said[0]


@pytest.mark.storage
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_printed_is_in_the_users_language(
    run: Run, embedded_engine: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    embedded_engine.wipe()
    for name, value in environment(embedded_engine, tmp_path / "data", language).items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "b"

    done, checked, missing = run("backup", file), run("restore", file, "--check"), run("restore", tmp_path / "none")
    file.write_bytes(file.read_bytes()[:-10])
    cut_off = run("restore", file)

    assert (done.code, checked.code, missing.code, cut_off.code) == (0, 0, 2, 2)
    assert "graph-hash fl1:" in done.out or "图哈希 fl1:" in done.out
    assert str(tmp_path / "none") in missing.err
    for said in (checked.out, cut_off.err):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in said) == (language == "zh")


@pytest.mark.long
def test_a_restore_killed_at_any_point_never_serves_and_the_same_command_ends_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importers.batches.BLOCK", 40)
    store = database.open(tmp_path / "source")
    imported(store, generated(tmp_path / "one" / "inventory", 400, 1), full=True)
    expected, file, commits = store.graph_hash(), tmp_path / "b", len(list(store.commits()))
    given = {**os.environ, **environment(database, tmp_path / "source")}
    subprocess.run([*COMMAND, "backup", str(file)], env=given, check=True, capture_output=True)
    rng, met = random.Random(6), {"restoring": 0, "store": 0, "": 0}

    for number in range(12):
        database.wipe()
        data_dir = tmp_path / str(number)
        given = {**os.environ, **environment(database, data_dir)}
        words = [*COMMAND[:2], f"from graph.store import restore; restore.REVISIONS_AT_ONCE = 40; {COMMAND[2]}"]
        process = subprocess.Popen([*words, "restore", str(file)], env=given, stderr=subprocess.PIPE)
        # anywhere in the log, now and then once all of it is there: however fast that goes
        wanted = rng.randrange(commits * 5 // 4)
        while process.poll() is None and (
            not database.run("MATCH (s:Store) RETURN s.fl_key AS k")
            or database.run("MATCH (c:Commit) RETURN count(c) AS c")[0]["c"] < wanted
        ):
            time.sleep(0.005)
        process.kill()
        process.communicate()
        (found, *_) = [row["k"] for row in database.run("MATCH (s:Store) RETURN s.fl_key AS k")] or [""]
        met[found] += 1
        asked = subprocess.run([*COMMAND, "graph-hash"], env=given, capture_output=True, text=True, check=False)
        if found == "store":
            assert asked.stdout.strip() == expected
            continue
        assert (asked.returncode, asked.stdout) == (3, "")
        ended = subprocess.run([*COMMAND, "restore", str(file)], env=given, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        there = database.open(data_dir)
        assert (there.graph_hash(), verify(there).ok) == (expected, True)

    assert met["restoring"] >= 4, met
