"""The log is read along commit by commit, or in pages: either way it is all of it, in order."""

from pathlib import Path
from typing import Any

import pytest

from graph.store import Store, log
from tests.engines import Database, host, written

Span = tuple[int, int]


def spans(commits: Any) -> list[Span]:
    return [(commit.first, commit.last) for commit in commits]


def filled(database: Database, folder: Path, many: int) -> tuple[Store, list[Span]]:
    """A register of so many commits of one to three revisions."""
    store = database.open(folder)
    for at in range(many):
        written(store, [host(f"{at}-{number}") for number in range(1 + at % 3)])
    whole = database.run("MATCH (c:Commit) RETURN c.first AS first, c.last AS last ORDER BY first")
    return store, [(row["first"], row["last"]) for row in whole]


@pytest.mark.neo4j_long
@pytest.mark.parametrize("at_once", [2, pytest.param(1, marks=pytest.mark.long)])
def test_the_log_from_any_revision_to_any_other(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(log, "STEPS", 2)
    monkeypatch.setattr(log, "AT_ONCE", at_once)
    store, whole = filled(database, tmp_path, 6)
    end = whole[-1][1]

    for revision in range(1, end + 1):
        assert spans(store.commits_at(revision)) == [(f, t) for f, t in whole if f <= revision <= t]
    assert store.commits_at(0) == []
    for after in range(end + 3):
        later = [span for span in whole if span[0] > after]
        assert spans(store.commits(after=after)) == later
        assert spans(store.commits_page(after=after, limit=2)) == later[:2]
        for before in [None, *range(end + 3)]:
            found = [(f, t) for f, t in reversed(whole) if t > after and (before is None or f < before)]
            assert spans(store.commits_backwards(after=after, before=before, at_once=at_once)) == found


def test_what_comes_after_a_gap_is_found(database: Database, tmp_path: Path) -> None:
    store, whole = filled(database, tmp_path, 5)
    database.run("MATCH (c:Commit {first: $first}) DELETE c", first=whole[2][0])
    left = [span for span in whole if span != whole[2]]

    assert spans(store.commits()) == left
    assert spans(store.commits(after=whole[1][1])) == left[2:]
    assert spans(store.commits_backwards(after=0, before=whole[-1][1] + 1)) == left[::-1]


def test_a_few_of_a_long_log_are_read_without_the_rest(database: Database, tmp_path: Path) -> None:
    store, whole = filled(database, tmp_path, 6)
    asked: list[str] = []

    def noted(name: str, *more: Any, **parameters: Any) -> list[dict[str, Any]]:
        asked.append(name)
        return store.rows(name, *more, **parameters)

    forwards = list(log.forwards(noted, whole[-3][1], store.revision))
    backwards = list(log.backwards(noted, whole[-3][1], whole[-1][1] + 1))

    assert [row["first"] for row in forwards] == [whole[-2][0], whole[-1][0]]
    assert [row["first"] for row in backwards] == [whole[-1][0], whole[-2][0]]
    assert {*asked} == {"commit_beginning", "commit_ending"}


@pytest.mark.neo4j_long
@pytest.mark.parametrize(
    "edited",
    ["SET c.last = 1", "SET c.last = c.last + 1", "REMOVE c.last", "SET c.first = c.first + 1"],
)
def test_of_a_log_written_by_hand_no_commit_is_given_twice(database: Database, tmp_path: Path, edited: str) -> None:
    store, whole = filled(database, tmp_path, 6)
    database.run(f"MATCH (c:Commit {{first: $first}}) {edited}", first=whole[2][0])
    end = whole[-1][1]

    forwards = [row["first"] for row in log.forwards(store.rows, 0, store.revision)]
    backwards = [row["first"] for row in log.backwards(store.rows, 0, end + 1)]
    assert forwards == sorted({*forwards})
    assert backwards == sorted({*backwards}, reverse=True)
    assert {whole[0][0], whole[1][0], whole[-1][0]} <= {*forwards} & {*backwards}
    assert [store.commits_at(last)[0].first for _, last in (whole[0], whole[-1])] == [1, whole[-1][0]]
    assert len(store.commits_at(whole[3][1])) == 1


@pytest.mark.neo4j_long
@pytest.mark.parametrize("limit", [3, 10])
def test_a_page_reads_no_more_than_it_gives(database: Database, tmp_path: Path, limit: int) -> None:
    store, whole = filled(database, tmp_path, 12)
    read: list[dict[str, Any]] = []

    def noted(name: str, *more: Any, **parameters: Any) -> list[dict[str, Any]]:
        read.extend(found := store.rows(name, *more, **parameters))
        return found

    counting = Counting(noted, store.revision)
    found = Store.commits_page(counting, after=0, limit=limit)  # type: ignore[arg-type]

    assert spans(found) == whole[:limit]
    assert len(read) == limit


class Counting:
    """What a page of a store asks."""

    def __init__(self, rows: Any, revision: Any) -> None:
        self.rows, self.revision = rows, revision
