"""The same input again is known by its bytes, as long as nothing else has come to the register."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import importers.run as module
from graph.store import Store
from importers.again import note
from importers.load import load
from importers.plan import read_all
from importers.undo import undo_run
from tests.engines import host, imported, inventory, written

CIS = "ci_id,name,ci_class,version,serial\na,a,host,v1,1\nb,b,host,,2\nc,c,host,,\n"
RELATED = "source,type,target\na,depends_on,b\n"
ROWS = {"cis": 3, "relationships": 1, "records": 0}


class Reading:
    """Counts how often rows were read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0

        def counted(*arguments: Any) -> None:
            self.times += 1
            read_all(*arguments)

        monkeypatch.setattr("importers.run.read_all", counted)
        self._patch = monkeypatch

    @contextmanager
    def forced(self) -> Iterator[None]:
        """Nothing is recognised."""
        with self._patch.context() as patched:
            patched.setattr(module, "earlier_run", lambda *_: None)
            yield


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    return Reading(monkeypatch)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return inventory(tmp_path / "inv", cis=CIS, relationships=RELATED)


def told(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in ("run", "dry_run", "revision")}


def test_the_second_run_reads_no_row_and_writes_nothing(store: Store, reading: Reading, files: Path) -> None:
    first = imported(store, files)
    before = store.graph_hash()
    reports = [imported(store, files), imported(store, files, dry_run=True), imported(store, files)]

    assert reading.times == 1
    assert [(report["revisions"], report["unchanged"]) for report in reports] == [(0, ROWS)] * 3
    assert len({first["run"], *(report["run"] for report in reports)}) == 4
    assert store.graph_hash() == before


@pytest.mark.parametrize(
    ("options", "tables", "reads"),
    [
        ({}, {}, 1),
        ({"full": True}, {}, 4),
        ({"strict": True}, {}, 1),
        ({"create_references": True}, {"relationships": RELATED + "a,depends_on,new\n"}, 2),
        ({}, {"cis": CIS + "d,d,no_such_class,,\n"}, 2),
        ({"full": True}, {"cis": CIS + "d,d,no_such_class,,\n"}, 4),
        ({}, {"cis": CIS + "d,d,host,,1\n"}, 2),
        ({}, {"relationships": RELATED + "a,depends_on,nobody\n"}, 2),
        ({}, {"remarks.txt": "no table", "cis.tsv": "neither"}, 2),
    ],
)
def test_every_run_tells_what_it_would_tell_had_it_read_all(
    store: Store, reading: Reading, files: Path, options: dict[str, Any], tables: dict[str, str], reads: int
) -> None:
    inventory(files, tables)
    for _ in range(4):
        with reading.forced():
            expected = imported(store, files, dry_run=True, **options)
        assert told(imported(store, files, **options)) == told(expected)

    # four times to know what to expect, and as often as something new might have been found
    assert reading.times == 4 + reads


CHANGES: dict[str, Callable[[Store, Path], Any]] = {
    "a row": lambda _, files: inventory(files, cis=CIS.replace("c,c", "c,d")),
    "a file more": lambda _, files: inventory(files, changes="change_id,title\nx,y\n"),
    "a file renamed": lambda _, files: (files / "relationships.csv").rename(files / "old.csv"),
    "a CI of others": lambda store, _: written(store, [host("other")]),
    "another scope's run": lambda store, files: imported(store, inventory(files.parent / "two", cis=CIS)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_all_is_read(store: Store, reading: Reading, files: Path, change: str) -> None:
    imported(store, files)
    imported(store, files)
    assert reading.times == 1
    CHANGES[change](store, files)
    times = reading.times
    expected = change != "another scope's run"  # it wrote nothing: the same rows were there

    imported(store, files)

    assert reading.times - times == expected


@pytest.mark.parametrize("options", [{"full": True}, {"strict": True}, {"create_references": True}, {"scope": "x"}])
def test_with_other_options_all_is_read(store: Store, reading: Reading, files: Path, options: Any) -> None:
    imported(store, files)
    imported(store, files, **options)

    assert reading.times == 2


def test_a_file_written_to_while_it_is_read_is_read_again_next_time(
    store: Store, reading: Reading, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = module._settle

    def written_to(*arguments: Any, **options: Any) -> None:
        inventory(files, cis=CIS + "d,d,host,,\n")
        settle(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(module, "_settle", written_to)
        imported(store, files)
    inventory(files, cis=CIS)

    assert imported(store, files)["revisions"] == 0
    assert reading.times == 2


def test_what_somebody_commits_before_a_repetition_is_noted_is_compared_with(
    store: Store, reading: Reading, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(store, files)

    def late(*arguments: Any) -> bool:
        written(store, [host("a")])
        return bool(note(*arguments))

    monkeypatch.setattr("importers.run.note", late)

    assert imported(store, files)["updated"]["cis"] == 1
    assert reading.times == 2
    assert store.kept("ci", ["a"])["a"].thing.state["version"] == "v1"


def test_what_somebody_commits_during_a_run_is_compared_with_by_the_next(
    store: Store, reading: Reading, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loaded(*arguments: Any) -> Any:
        done = load(*arguments)
        written(store, [host("a")])
        return done

    with monkeypatch.context() as patched:
        patched.setattr("importers.run.load", loaded)
        imported(store, files)

    assert imported(store, files)["updated"]["cis"] == 1
    assert reading.times == 2


def test_what_was_unknown_while_rows_were_settled_is_looked_for_again(
    store: Store, reading: Reading, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inventory(files, relationships=RELATED + "a,depends_on,late\n")
    imported(store, files)

    def loading(*arguments: Any) -> Any:
        written(store, [host("late")])
        return load(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr("importers.run.load", loading)
        patched.setattr("importers.run.earlier_run", lambda *_: None)
        assert (report := imported(store, files))["revisions"] == 0
        assert len(report["rejected"]) == 1

    assert imported(store, files)["created"]["relationships"] == 1


def test_files_that_are_gone_when_all_is_written_are_no_error(
    store: Store, reading: Reading, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loaded(*arguments: Any) -> Any:
        done = load(*arguments)
        for file in files.iterdir():
            file.unlink()
        return done

    with monkeypatch.context() as patched:
        patched.setattr("importers.run.load", loaded)
        assert imported(store, files)["created"] == ROWS
    inventory(files, cis=CIS, relationships=RELATED)

    assert imported(store, files)["revisions"] == 0
    assert reading.times == 2


def test_a_path_that_is_no_utf_8_is_a_path(store: Store, reading: Reading, files: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(files.parent) + b"/x\xff"))
    files.rename(odd)

    reports = [imported(store, odd, scope="inv") for _ in range(2)]

    assert [report["revisions"] for report in reports] == [4, 0]
    assert reading.times == 1


def test_runs_that_repeated_are_undone_like_others(store: Store, reading: Reading, files: Path) -> None:
    before = store.graph_hash()
    runs = [imported(store, files)["run"] for _ in range(3)]
    assert reading.times == 1

    for run in reversed(runs):
        undo_run(store, run, "tester")

    assert store.graph_hash() == before
    assert imported(store, files)["created"] == ROWS
