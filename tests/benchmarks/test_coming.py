"""A register with a thousand coming changes is drawn by a seed, made once where it is kept, and copied for each run."""

import csv
import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.estates import layered_estate
from benchmarks.seeds import MODERATE, TOUCHED, affected_by, touched
from benchmarks.serving import kept
from benchmarks.serving.drawn import CHANGES, LARGE, PICTURE, WAITING, month_after, write_changes
from benchmarks.warm_start import ci_ids
from graph.records.edits import edits_of

ESTATE = layered_estate(10_000)


def test_the_changes_are_of_one_month_a_tenth_has_edits_and_one_is_of_the_size_of_the_picture(tmp_path: Path) -> None:
    largest = write_changes(ESTATE, tmp_path, date(2026, 12, 1))

    with (tmp_path / "changes.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["change_id"]: row for row in csv.DictReader(file)}
    numbers, topology = {ci_id: ci for ci, ci_id in enumerate(ci_ids(ESTATE))}, ESTATE.topology()
    assert len(rows) == CHANGES
    assert abs(largest - PICTURE) <= 5
    assert affected_by(topology, numbers[rows[LARGE]["affected"]]) == largest
    assert all(row["planned_start"][:7] == row["planned_end"][:7] == "2026-12" for row in rows.values())
    edited = [edits_of(row["edits"]) for row in rows.values() if row["edits"]]
    assert len(edited) == CHANGES // 10
    assert {edit.source in numbers and edit.target in numbers for (group,) in edited for edit in group.edits} == {True}  # type: ignore[union-attr]
    assert {name for name, row in rows.items() if row["status"] == "assessed"} == set(WAITING)
    assert all(MODERATE[0] <= affected_by(topology, numbers[row["affected"]]) <= MODERATE[1] for row in rows.values())
    write_changes(ESTATE, tmp_path / "..", date(2026, 12, 1))
    assert (tmp_path / ".." / "changes.csv").read_bytes() == (tmp_path / "changes.csv").read_bytes()


@pytest.mark.parametrize(("day", "first"), [("2026-11-28", "2026-12-01"), ("2026-12-31", "2027-01-01")])
def test_coming_changes_are_of_the_next_month(day: str, first: str) -> None:
    assert month_after(date.fromisoformat(day)).isoformat() == first


def test_relationships_of_a_writing_are_in_no_group_where_that_is_asked() -> None:
    edges = touched(ESTATE, plain=True)

    assert len(edges) == TOUCHED // 2
    assert {int(ESTATE.group[edge]) for edge in edges} == {-1}
    assert edges == touched(ESTATE, plain=True) != touched(ESTATE)


def test_a_kept_register_is_made_once_and_made_anew_when_its_month_has_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    @contextmanager
    def engine(kind: str, data: Path) -> Iterator[None]:
        data.mkdir(parents=True, exist_ok=True)
        yield

    def filled(kind: str, made: object, data: Path, month: date) -> int:
        done.append("made")
        (data / "rows").write_text("rows", encoding="utf-8")
        return 362

    monkeypatch.setattr(kept, "running_engine", engine)
    monkeypatch.setattr(kept, "_filled", filled)

    def use() -> None:
        with kept.register_with_changes("embedded", ESTATE, tmp_path, lambda _: done.append("settled")) as found:
            assert found.largest == 362
            assert found.month == month_after(datetime.now(UTC).date()).isoformat()
            assert (found.data / "rows").read_text(encoding="utf-8") == "rows"
            (found.data / "rows").write_text("altered by the run", encoding="utf-8")

    use()
    use()
    assert done == ["made", "settled"]

    about = tmp_path / "embedded-10000" / kept.ABOUT
    about.write_text(json.dumps({"month": "2026-01-01", "largest": 362}), encoding="utf-8")
    use()
    assert done == ["made", "settled"] * 2


@pytest.mark.parametrize(
    ("only", "questions", "stages"),
    [
        (None, None, ["memory", "storage", "serving"]),
        ("serving", None, ["serving"]),
        ("serving", ["changes"], ["serving"]),
        (None, ["changes"], ["serving"]),
        (None, ["coming", "changes"], ["memory", "serving"]),
        ("memory", ["coming"], ["memory"]),
    ],
)
def test_a_stage_runs_where_it_or_one_of_its_questions_is_asked_for(
    only: str | None, questions: list[str] | None, stages: list[str]
) -> None:
    asked = Namespace(only=only, questions=questions)

    assert [stage for stage in command.STAGES if command.is_asked(asked, stage)] == stages
