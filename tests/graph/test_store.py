"""The register: one transaction, one commit; conflicts, repeats and ambiguous commits."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import neo4j
import pytest
from neo4j.exceptions import ConstraintError, IncompleteCommit, ServiceUnavailable

from graph.errors import RevisionConflictError, StorageError
from graph.store import Edit, Store
from graph.store import transaction as transactions
from tests.engines import Database, change, depends, host, written


def test_a_write_is_one_commit_whose_revisions_are_numbered_on(store: Store) -> None:
    first = written(store, [host("a"), host("b"), depends("a", "b")])
    second = written(store, [host("a", version="2")])

    assert (first.revision, second.revision) == (3, 4)
    assert [(c.first, c.last, c.header.actor) for c in store.commits()] == [(1, 3, "tester"), (4, 4, "tester")]
    (changed,) = second.revisions
    assert (changed.previous, changed.before, changed.after) == (1, host("a").after, host("a", version="2").after)


def test_an_edit_that_changes_nothing_makes_no_revision(store: Store) -> None:
    written(store, [host("a")])

    again = written(store, [host("a")])

    assert (again.revision, list(again.revisions)) == (1, [])


def test_an_edit_that_expects_another_revision_is_a_conflict_and_nothing_is_written(store: Store) -> None:
    written(store, [host("a")])
    written(store, [host("a", version="2")])

    with pytest.raises(RevisionConflictError) as refused:
        written(store, [host("b"), replace(host("a", version="3"), expected=1)])

    assert dict(refused.value.message.params) == {"key": "a", "expected": 1, "actual": 2}
    assert store.revision() == 2
    assert written(store, [replace(host("a", version="3"), expected=2)]).revision == 3


def test_a_thing_not_there_yet_is_expected_at_revision_zero(store: Store) -> None:
    written(store, [replace(host("a"), expected=0)])

    with pytest.raises(RevisionConflictError):
        written(store, [replace(host("a", version="2"), expected=0)])


def test_a_thing_that_comes_back_goes_on_from_its_last_revision(store: Store) -> None:
    written(store, [host("a")])
    written(store, [Edit("ci", "a", None)])

    (back,) = written(store, [host("a")]).revisions

    assert (back.number, back.previous) == (3, 2)
    assert [revision.number for _, revision in store.history_of("ci", "a", 3)] == [3, 2, 1]


def test_a_marked_write_happens_once(store: Store) -> None:
    once = written(store, [host("a")], marker="run:0")
    again = written(store, [host("a", version="2")], marker="run:0")

    assert (once.repeated, again.repeated, store.revision()) == (False, True, 1)


class Cut:
    """Cuts the connection once, before or after a commit really happened, as a driver would tell of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: type[Exception], *, after: bool) -> None:
        self.calls = 0
        real = neo4j.Transaction.commit

        def commit(tx: neo4j.Transaction) -> None:
            self.calls += 1
            if self.calls > 1:
                real(tx)
                return
            if after:
                real(tx)
            raise error("cut by the test")

        monkeypatch.setattr(neo4j.Transaction, "commit", commit)


@pytest.mark.parametrize("after", [False, True], ids=["lost", "ambiguous"])
@pytest.mark.parametrize("error", [ServiceUnavailable, IncompleteCommit, ConstraintError])
def test_a_commit_cut_off_happens_exactly_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, error: type[Exception], after: bool
) -> None:
    cut = Cut(monkeypatch, error, after=after)

    result = written(store, [host("a"), host("b")])

    assert cut.calls == 2 if not after else cut.calls >= 1
    assert (result.revision, result.repeated) == (2, after)
    assert [(c.first, c.last) for c in store.commits()] == [(1, 2)]


def test_a_connection_cut_in_any_phase_of_a_write_leaves_the_same_graph(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = neo4j.Transaction.run
    hashes, phases = [], 0
    while True:
        database.wipe()
        store = database.open(tmp_path / str(phases))
        calls = 0

        def run(tx: neo4j.Transaction, *given: Any, phase: int = phases, **named: Any) -> neo4j.Result:
            nonlocal calls
            calls += 1
            if calls == phase:
                raise ServiceUnavailable("cut by the test")
            return real(tx, *given, **named)

        with monkeypatch.context() as cutting:
            cutting.setattr(neo4j.Transaction, "run", run)
            written(store, [host("a"), host("b"), depends("a", "b"), Edit("changes", "C", change("C"))])
        hashes.append((store.graph_hash(), store.revision()))
        if phases > calls:
            break
        phases += 1

    assert phases > 8
    assert set(hashes) == {hashes[0]}


def test_a_write_that_cannot_happen_within_its_time_says_that_storage_is_unavailable(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: neo4j.Transaction) -> None:
        raise ServiceUnavailable("cut by the test")

    monkeypatch.setattr(neo4j.Transaction, "commit", refuse)
    hasty = replace(store, sessions=replace(store.sessions, retry_seconds=0.3))

    with pytest.raises(StorageError) as told:
        written(hasty, [host("a")])

    assert told.value.message.key == "storage.unavailable"


def test_an_error_that_repeating_cannot_heal_is_not_repeated(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[int] = []

    def work(tx: neo4j.Transaction, attempt: int) -> None:
        attempts.append(attempt)
        tx.run("THIS IS NO CYPHER").consume()

    monkeypatch.setattr(transactions, "FIRST_PAUSE", 0.01)
    with pytest.raises(neo4j.exceptions.Neo4jError):
        store.sessions.write(work)

    assert attempts == [0]


ENDS: list[tuple[str, Callable[[], Edit]]] = [("a relationship", lambda: depends("a", "nowhere"))]


@pytest.mark.parametrize("edit", [make for _, make in ENDS], ids=[name for name, _ in ENDS])
def test_what_the_database_did_not_write_is_not_committed(store: Store, edit: Callable[[], Edit]) -> None:
    with pytest.raises(Exception, match="not_written"):
        written(store, [host("a"), edit()])

    assert (store.revision(), list(store.everything())) == (0, [])
