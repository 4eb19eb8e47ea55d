"""Imports that nobody carries out any more: told as such, no longer followed, and gone on with all the same."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from api.register import Register, open_register
from graph.settings import Settings
from graph.store import alive
from graph.store.uploads import CLOSED, set_status
from importers.load import InterruptedRunError
from importers.model import Request
from importers.registry import source_named
from importers.run import Watch, run_import
from tests.api.command import ESTATE, environment
from tests.api.test_import_parts import done, parts, rows_of
from tests.api.test_subscriptions import PROGRESS, heard
from tests.api.web import data, over
from tests.engines import Database, imported, inventory

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike
LISTED = "{ importRuns { nodes { run status } } }"
HOUR = 3_600_000  # milliseconds


@pytest.fixture
def register(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    """An empty register, on each engine in turn; batches are small."""
    monkeypatch.setattr("importers.batches.BLOCK", 2)
    with open_register(Settings.from_environment(environment(database, tmp_path / "data"))) as found:
        yield found


def interrupted(register: Register, folder: Path) -> str:
    """An import stopped after its first batch, as by Ctrl-C; its run."""
    files = inventory(folder, ESTATE)
    request = Request([files], Settings(Path()), ontology=register.store.ontology)
    with pytest.raises(InterruptedRunError) as stopped:
        run_import(source_named("inventory"), request, register.store, "tester", watch=Watch(stopped=lambda: True))
    return str(stopped.value.message.params["run"])


def statuses(register: Register) -> dict[str, str]:
    return {each["run"]: each["status"] for each in data(over(register), LISTED)["importRuns"]["nodes"]}


def followed(register: Register, run: str) -> list[Any]:
    """What is told of a run until nothing more is."""
    found = anyio.run(lambda: heard(over(register).app, PROGRESS, 9, run=run))
    return [name if told is None else told["data"]["importProgress"]["status"] for name, told in found]


def test_a_run_that_was_stopped_is_told_so_at_once_and_the_same_import_goes_on(
    register: Register, tmp_path: Path
) -> None:
    run = interrupted(register, tmp_path / "estate")

    assert statuses(register) == {run: "interrupted"}
    assert followed(register, run) == ["INTERRUPTED", "complete"]
    assert imported(register.store, tmp_path / "estate")["run"] == run
    assert statuses(register) == {run: "finished"}
    assert followed(register, run) == ["FINISHED", "complete"]


def test_a_run_whose_importer_was_killed_is_followed_until_it_has_been_silent_for_long(
    database: Database, register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = interrupted(register, tmp_path / "estate")
    database.run("MATCH (r:Run) SET r.alive_at = timestamp()")  # killed, it could not say so
    monkeypatch.setattr(alive, "LEFT", HOUR)
    assert statuses(register) == {run: "running"}
    monkeypatch.setattr(alive, "LEFT", 2_000)

    database.run("MATCH (r:Run) SET r.alive_at = timestamp()")
    assert followed(register, run) == ["RUNNING", "INTERRUPTED", "complete"]
    assert statuses(register) == {run: "interrupted"}
    assert imported(register.store, tmp_path / "estate")["run"] == run


def test_a_run_that_another_of_its_scope_overtook_is_not_followed_for_ever(register: Register, tmp_path: Path) -> None:
    run = interrupted(register, tmp_path / "estate")
    other = imported(register.store, inventory(tmp_path / "other" / "estate", cis=ESTATE["cis"]))["run"]

    assert statuses(register) == {run: "abandoned", other: "finished"}
    assert followed(register, run) == ["ABANDONED", "complete"]


def test_an_import_in_parts_whose_server_was_killed_ends_and_is_finished_by_another(
    database: Database, register: Register
) -> None:
    web = over(register)
    done(web, "startImport", run="nightly")
    for sequence, rows in parts(rows_of(ESTATE), 5):
        done(web, "appendImport", run="nightly", sequence=sequence, rows=rows)
    assert followed_once(register, "nightly") == "OPEN"
    set_status(register.store, "nightly", CLOSED)
    assert followed_once(register, "nightly") == "RUNNING"
    database.run("MATCH (u:Upload) SET u.alive_at = timestamp() - $ago", ago=HOUR)

    assert followed(register, "nightly") == ["INTERRUPTED", "complete"]
    assert done(web, "finishImport", run="nightly")["status"] == "FINISHED"
    assert followed(register, "nightly") == ["FINISHED", "complete"]


def followed_once(register: Register, run: str) -> str:
    found = anyio.run(lambda: heard(over(register).app, PROGRESS, 1, run=run))
    return str(found[0][1]["data"]["importProgress"]["status"])


def test_whoever_carries_a_run_out_says_so_again_and_again(
    database: Database, register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = interrupted(register, tmp_path / "estate")
    monkeypatch.setattr(alive, "EVERY", 0.02)

    def silent() -> int:
        return int(register.store.rows("run_read", run=run)[0]["silent"])

    with alive.going(register.store, "run_alive", run):
        for _ in range(2):
            database.run("MATCH (r:Run) SET r.alive_at = 0")
            deadline = time.monotonic() + 60
            while alive.is_left(silent()) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not alive.is_left(silent())
    assert not alive.is_left(silent())
    with pytest.raises(ValueError, match="broken"), alive.going(register.store, "run_alive", run):
        raise ValueError("broken")
    assert alive.is_left(silent())
