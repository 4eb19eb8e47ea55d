"""Every bad input of docs/bad-input.md: its level, its key, its exit code; and the register as if it were not there."""

import re
import resource
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from api.texts import Texts
from graph.errors import BadInputError, Message, StorageError
from graph.settings import Settings
from graph.store import Store
from importers.model import Finding, Request
from importers.plan import new_plan, read_all
from importers.registry import source_named
from tests.engines import imported
from tests.importers.bad_input import CASES, GOOD, Files, Rows, inventory_of

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "bad-input.md"
EXITS = {"first": 2, "second": 1, "warning": 0, "none": 0}
# what only shows when the rows meet each other and the register
SETTLED_LATER = {
    "row.unknown_ci", "row.quorum_above_members", "row.quorums_differ", "row.mixed_feeds", "row.record_names_unknown"
}  # fmt: skip


class Said(NamedTuple):
    """A row of the document's tables."""

    input: str
    level: str
    key: str
    exit: int


@cache
def table() -> list[Said]:
    rows = re.findall(
        r"^\| (.+?) \| (first|second|warning|none) \| (.+?) \| (\d) \|$", DOCUMENT.read_text(), re.MULTILINE
    )
    return [Said(name, level, key.strip("`"), int(code)) for name, level, key, code in rows]


def files_of(name: str) -> Files:
    case = CASES[name]()
    return case.files() if isinstance(case, Rows) else case


def read(files: Files, folder: Path) -> list[tuple[str, Finding | None, Message]]:
    """What reading says, each with its level; nothing is looked up in a register."""
    request = Request(files.laid_out(folder), Settings(folder))
    source, plan = source_named(files.source), new_plan(folder)
    try:
        read_all(plan, source.transform(source.get(request), request), request.ontology, "Asia/Shanghai", source.name)
    except BadInputError as error:
        return [("first", None, error.message)]
    finally:
        plan.close()
    levels = {"second": plan.rejected, "warning": [*plan.warnings, *plan.unresolved]}
    return [(level, finding, finding.message) for level, found in levels.items() for finding in found]


def test_the_document_names_every_input_once_with_the_exit_code_of_its_level() -> None:
    assert sorted(said.input for said in table()) == sorted(CASES)
    assert [said for said in table() if said.exit != EXITS[said.level]] == []


READING = [
    said for said in table() if said.key not in SETTLED_LATER and said.level != "none" and said.input != "no name"
]


@pytest.mark.parametrize("said", READING, ids=lambda said: said.input)
def test_what_reading_finds_has_the_level_and_key_of_the_document(said: Said, tmp_path: Path) -> None:
    started, before = time.process_time(), peak()

    found = read(files_of(said.input), tmp_path)

    assert {(level, message.key) for level, _, message in found if level != "warning" or said.level == level} >= {
        (said.level, said.key)
    }
    assert {level for level, _, _ in found} <= {said.level, "warning"}
    for _, finding, message in found:
        place = finding.place.file if finding else message.params["file"]
        assert str(tmp_path) in str(place)
        for language in ("zh", "en"):
            words = Texts(language).say(message)
            assert 0 < len(words) < 1_000
            assert not re.search(r"[\x00-\x1f\u200b-\u200f\u202a-\u202e]", words)
    # seconds of this process and bytes above what it had, for inputs that would fill both
    assert time.process_time() - started < 10
    assert peak() - before < 700_000_000


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_a_foreign_byte_is_named_with_its_line_also_far_into_a_file(tmp_path: Path) -> None:
    rows = "".join(f"ci-{i},承保,host\n" for i in range(50_000)).encode()
    files = Files("inventory", {"in/cis.csv": b"ci_id,name,ci_class\n" + rows + b"x,\xb3\xd0,host\n" + rows})

    ((_, _, message),) = read(files, tmp_path)

    assert (message.params["line"], message.params["byte"]) == (50_002, "0xB3")


def test_after_the_first_level_the_register_is_as_before(store: Store, tmp_path: Path) -> None:
    imported(store, *inventory_of([]).laid_out(tmp_path / "good"))
    before, revision = store.graph_hash(), store.revision()

    for number, said in enumerate(said for said in table() if said.level == "first"):
        files = files_of(said.input)
        with pytest.raises(BadInputError) as refused:
            imported(store, *files.laid_out(tmp_path / str(number)), source=files.source)
        assert (said.input, refused.value.message.key) == (said.input, said.key)

    assert (store.graph_hash(), store.revision()) == (before, revision)


def test_after_the_second_level_the_register_is_that_of_the_input_without_the_rejected_rows(
    store: Store, other_store: Store, tmp_path: Path
) -> None:
    wrong = {said.input: said for said in table() if said.level == "second"}
    rows = {name: made for name in wrong if isinstance(made := CASES[name](), Rows)}

    report = imported(store, *inventory_of(list(rows.values())).laid_out(tmp_path / "all"))
    imported(other_store, *inventory_of([]).laid_out(tmp_path / "good"))

    good = {name: text.count("\n") for name, text in GOOD.items()}
    assert report["created"] == {
        "cis": good["cis"], "relationships": good["relationships"], "records": good["changes"]
    }  # fmt: skip
    assert {found["key"] for found in report["rejected"]} == {wrong[name].key for name in rows}
    expected = sum(text.count("\n") for case in rows.values() for text in case.tables.values())
    assert len(report["rejected"]) == expected
    assert [found for found in report["rejected"] if found["line"] is None] == []
    assert store.graph_hash() == other_store.graph_hash()


@pytest.mark.parametrize("source", ["compose", "kubernetes"])
def test_of_files_that_are_readable_and_wrong_nothing_is_kept(source: str, store: Store, tmp_path: Path) -> None:
    empty = store.graph_hash()

    for number, said in enumerate(said for said in table() if said.level == "second"):
        files = files_of(said.input)
        if files.source == source:
            report = imported(store, *files.laid_out(tmp_path / str(number)), source=source)
            assert {found["key"] for found in report["rejected"]} == {said.key}, said.input
            assert store.graph_hash() == empty, said.input


def test_each_inventory_row_alone_is_rejected_by_the_key_of_the_document(store: Store, tmp_path: Path) -> None:
    for number, said in enumerate(said for said in table() if said.level == "second" and said.key in SETTLED_LATER):
        report = imported(store, *files_of(said.input).laid_out(tmp_path / str(number)), dry_run=True)
        assert {found["key"] for found in report["rejected"]} == {said.key}, said.input


def test_warnings_reject_nothing_and_formula_cells_are_kept_as_they_are(store: Store, tmp_path: Path) -> None:
    for number, said in enumerate(said for said in table() if said.exit == 0):
        files = files_of(said.input)
        report = imported(store, *files.laid_out(tmp_path / str(number)), source=files.source)
        said_so = {found["key"] for name in ("warnings", "unresolved") for found in report[name]}
        assert (report["rejected"], report["conflicts"]) == ([], []), said.input
        assert said.level == "none" or said.key in said_so, said.input

    names = {key: thing.state["name"] for kind, key, thing in store.everything() if kind == "ci"}
    assert names["f-1"] == "=cmd|' /C calc'!A0"
    assert "caf\u00e9" in names


def test_the_engines_troubles_are_exit_3_and_tested_where_the_document_says() -> None:
    rows = re.findall(r"^\| .+ \| `(engine\.\w+)` \| `(.+?)` \|$", DOCUMENT.read_text(), re.MULTILINE)

    assert len(rows) == 10
    assert StorageError("engine.died").exit_code == 3
    for key, test in rows:
        assert key.replace(".", r"\.") in (words := (ROOT / test).read_text()) or key in words, (key, test)


def test_a_run_with_a_rejection_ends_nothing_though_it_is_full(store: Store, tmp_path: Path) -> None:
    imported(store, *inventory_of([]).laid_out(tmp_path / "good"), scope="s")
    fewer = Files("inventory", {"in/cis.csv": b"ci_id,name,ci_class\ngood-1,one,host\nx,y,hots\n"})

    report = imported(store, *fewer.laid_out(tmp_path / "fewer"), scope="s", full=True)

    assert (len(report["rejected"]), report["missing"], report["ended"]["relationships"]) == (1, 0, 0)
