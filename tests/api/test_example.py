"""The example over the API: into an empty register, and into no other."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api import example
from api.example import AS_OF, EXAMPLE, moved, weeks_until
from api.pages.assets import load_queries
from api.register import Register, open_register
from graph.settings import Settings
from tests.api.command import ESTATE, environment
from tests.api.web import data, over
from tests.engines import Database, inventory

ENDS = {"changes": "planned_end", "windows": "to"}
LOAD = load_queries()["load_example"]


@pytest.fixture
def register(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    """An empty register on each engine in turn; the example is a small one."""
    changes = (
        "change_id,title,status,affected,planned_start,planned_end\nCHG-1,x,scheduled,db-1,{}T22:00:00Z,{}T23:00:00Z\n"
    )
    windows = "window_id,kind,scope,from,to\nWIN-1,maintenance,db-1,2020-01-01T00:00:00Z,\n"
    inventory(tmp_path / "example" / "inventory", ESTATE, changes=changes.format(*["2026-12-01"] * 2), windows=windows)
    (tmp_path / "example" / "demo.json").write_text('{"change": "CHG-1"}', "utf-8")
    monkeypatch.setattr(example, "EXAMPLE", tmp_path / "example")
    with open_register(Settings.from_environment(environment(database, tmp_path / "data"))) as found:
        yield found


def test_an_empty_register_is_filled_once(register: Register) -> None:
    first = data(over(register), LOAD)["loadExample"]
    again = data(over(register), LOAD)["loadExample"]

    assert first == {"__typename": "LoadExamplePayload", "revision": register.store.revision()}
    assert register.store.kept("ci", ["svc-policy"])["svc-policy"].thing.state["name"] == "承保"
    assert (again["__typename"], again["key"]) == ("InvalidInput", "pages.example_not_empty")


def test_nights_that_are_over_are_moved_on_by_whole_weeks_and_the_past_stays() -> None:
    written = EXAMPLE / "inventory"
    early = datetime.fromisoformat("2026-11-28T21:59:00+08:00")
    assert weeks_until(early, written) == 0
    with moved(written, 0) as same:
        assert same == written
    for later, weeks in ((timedelta(minutes=1), 0), (timedelta(minutes=2), 1), (timedelta(days=400), 58)):
        assert weeks_until(early + later, written) == weeks
    with moved(written, 58) as files:
        changed = {path.name for path in files.iterdir() if path.read_bytes() != (written / path.name).read_bytes()}
        assert changed == {"changes.csv", "windows.csv"}
        for table, field in (("changes", "planned_start"), ("windows", "from")):
            before, after = (rows(folder / f"{table}.csv") for folder in (written, files))
            by = {
                name: datetime.fromisoformat(after[name][field]) - datetime.fromisoformat(before[name][field])
                for name in before
                if before[name] != after[name]
            }
            coming = {
                name
                for name, row in before.items()
                if row[ENDS[table]] and datetime.fromisoformat(row[ENDS[table]]) > AS_OF
            }
            assert (set(by), set(by.values())) == (coming, {timedelta(weeks=58)})


def rows(file: Path) -> dict[str, dict[str, str]]:
    """A table by its ids."""
    with file.open(encoding="utf-8", newline="") as read:
        return {row.get("change_id") or row["window_id"]: row for row in csv.DictReader(read)}


@pytest.mark.neo4j_long
def test_where_there_is_no_checkout_it_is_told(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "EXAMPLE", Path("/nowhere"))

    assert data(over(register), LOAD)["loadExample"]["key"] == "cli.demo_missing"
    assert register.store.revision() == 0
