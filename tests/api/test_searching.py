"""A kept search index finds what one made anew does, whatever was written since it was made."""

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


@pytest.mark.parametrize("most", [3, 5_000])
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
