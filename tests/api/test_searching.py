"""A kept search index finds what one made anew does, whatever was written since it was made."""

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.register import Register
from api.searching import Searching
from graph.errors import StorageError
from graph.settings import Settings
from graph.store import Edit, Store
from tests.api.web import over
from tests.engines import host, written

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike

NAMES = ("承保数据库", "理赔系统", "Claims portal", "策略库", "policy store", "承保")


def found(index: Searching, text: str, limit: int) -> list[tuple[str, str, float]]:
    return [(ci_id, hit.match.word, hit.score) for ci_id, hit in index.search(text, limit)]


@pytest.mark.parametrize("most", [3, pytest.param(5_000, marks=pytest.mark.long)])
def test_what_was_written_since_is_found_and_what_was_removed_is_not(
    most: int, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.searching.MOST_CHANGED", most)
    rng, kept, there = np.random.default_rng(most), Searching(store), set[str]()
    for _ in range(12):
        for ci_id in rng.choice([f"db-{number}" for number in range(8)], 2, replace=False).tolist():
            gone = ci_id in there and rng.random() < 0.4
            there = there - {ci_id} if gone else there | {ci_id}
            name = str(rng.choice(NAMES))
            written(store, [Edit("ci", ci_id, None) if gone else host(ci_id, name=name, place=f"room {name[:2]}")])
        for text in ("db", "cb", "chengbao", "理赔", "claims", "polcy", "db-3", "room"):
            for limit in (1, 3, 20):
                assert found(kept, text, limit) == found(Searching(store), text, limit)


def test_what_was_written_while_the_index_was_kept_up_is_found_by_who_wrote_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Searching(store)
    written(store, [host("db-1")])
    kept.search("db")
    upto = written(store, [host("db-2")]).revision
    followed, last = Searching._followed, list[int]()

    def writing(self: Searching, held: Any, to: int | None) -> Any:
        done = followed(self, held, to)
        last.append(written(store, [host("db-3")]).revision)
        self.expire()
        return done

    with monkeypatch.context() as patched:
        patched.setattr(Searching, "_followed", writing)
        kept.keep_up(upto)

    assert {ci_id for ci_id, _ in kept.search("db", upto=last[0])} == {"db-1", "db-2", "db-3"}


def test_the_index_is_made_anew_beside_the_answers_once_much_has_changed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.searching.MOST_CHANGED", 3)
    written(store, [host(f"db-{number}") for number in range(4)])
    kept, entered, leave = Searching(store), threading.Event(), threading.Event()
    kept.search("db")
    first = kept._held
    make = Searching._make

    def slowly(self: Searching, then: Any) -> None:
        entered.set()
        assert leave.wait(30)
        make(self, then)

    monkeypatch.setattr(Searching, "_make", slowly)
    written(store, [host(f"new-{number}") for number in range(4)])
    assert len(kept.search("new")) == 4
    assert entered.wait(30)
    written(store, [Edit("ci", "new-1", None), host("new-2", name="other"), host("late")])
    assert {ci_id for ci_id, _ in kept.search("new")} == {"new-0", "new-2", "new-3"}
    leave.set()
    while kept._making:
        time.sleep(0.01)

    assert first is not None
    assert kept._held is not None
    assert kept._held.parts[0] is not first.parts[0]
    assert set(kept._held.changed) == {"new-1", "new-2", "late"}
    for text in ("new", "db", "late", "other"):
        assert found(kept, text, 20) == found(Searching(store), text, 20)


def test_a_store_that_was_set_back_is_read_anew(store: Store) -> None:
    revision, kept = written(store, [host("db-1")]).revision, Searching(store)
    kept.search("db")
    assert kept._held is not None
    kept._held = replace(kept._held, parts=(), seen=revision + 5)  # as of a store that had gone on

    assert [ci_id for ci_id, _ in kept.search("db", upto=revision)] == ["db-1"]


def test_cis_are_found_over_the_api(store: Store, tmp_path: Path) -> None:
    query = """query($text: String!, $most: Int!) { search(text: $text, most: $most) {
        revision hits { match score ci { ciId name lastRevision } } } }"""
    client = over(Register(store, Settings(tmp_path)))
    written(store, [host("db-1", name="承保数据库"), host("db-10", name="理赔数据库")])

    def asked(text: str, most: int = 20) -> Any:
        answer = client.post("/graphql", json={"query": query, "variables": {"text": text, "most": most}}).json()
        assert "errors" not in answer, answer
        return [(hit["ci"]["ciId"], hit["match"]) for hit in answer["data"]["search"]["hits"]]

    assert asked("db-1") == [("db-1", "EXACT"), ("db-10", "PREFIX")]
    assert asked("db-1", -4) == [("db-1", "EXACT")]
    assert asked("cbsjk", 1) == [("db-1", "EXACT")]
    assert asked("") == asked("<script>") == []
    written(store, [host("db-2", name="影像库")])
    assert asked("yingxiang") == [("db-2", "PREFIX")]


def test_a_search_that_failed_to_read_leaves_nothing_out_the_next_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(store, [host("db-1"), host("db-2")])
    index = Searching(store)

    def broken(*_: Any, **__: Any) -> Any:
        raise StorageError("storage.unavailable", reason="test")

    monkeypatch.setattr("api.searching.scan_cis", broken)
    with pytest.raises(StorageError):
        index.search("db")
    monkeypatch.undo()
    assert [ci_id for ci_id, _ in index.search("db")] == ["db-1", "db-2"]
    written(store, [host("db-3")])
    monkeypatch.setattr(Store, "commits", broken)
    with pytest.raises(StorageError):
        index.search("db")
    monkeypatch.undo()

    assert [ci_id for ci_id, _ in index.search("db")] == ["db-1", "db-2", "db-3"]
