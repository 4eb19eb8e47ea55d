"""A backup made while others write, restored into the other engine: the same register, or none that opens."""

import io
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from graph.errors import BadInputError, StorageError
from graph.ontology import load_ontology
from graph.store import Edit, Store, backup, backup_file, restore
from graph.store.audit import verify
from graph.store.backup import FROM_THE_LOG, LEFT_OUT, TABLES, BackedUp, LogBrokenError, back_up
from graph.store.backup_file import KeptCommit
from graph.store.head import Head
from graph.store.live import LiveEstate
from graph.store.restore import Restored, Restoring, check
from graph.store.runs import run_statement
from graph.store.statements import migrations
from importers.undo import undo_run
from tests.engines import Database, change, depends, host, imported, written
from tests.importers.generated import generated

ONTOLOGY = load_ontology()
SIZE = 16  # CIs
NAMES = {"runs": "Run", "scopes": "Scope", "seen": "Seen", "conflicts": "Conflict", "hashes": "GraphHash"}


@pytest.fixture(autouse=True)
def small_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lots so small that a small register has many of each kind."""
    monkeypatch.setattr("importers.batches.BLOCK", 20)
    monkeypatch.setattr(backup_file, "BLOCK", 4_000)
    monkeypatch.setattr(restore, "REVISIONS_AT_ONCE", 25)
    monkeypatch.setattr("graph.store.backup.COMMITS_AT_ONCE", 7)
    monkeypatch.setattr("graph.store.backup.NODES_AT_ONCE", 5)


def backed_up(store: Store) -> tuple[io.BytesIO, BackedUp]:
    file = io.BytesIO()
    return file, back_up(store, file)


def restoring(database: Database, folder: Path) -> Restoring:
    return Restoring(database.sessions, ONTOLOGY, Head(folder / "head.json"))


def restored(file: io.BytesIO, database: Database, folder: Path) -> Restored:
    return restoring(database, folder).restore(file, check(file, ONTOLOGY))


def beside(database: Database) -> dict[str, list[Any]]:
    """All that is kept beside the graph, and the numbers of the log's end and of CIs."""
    found: dict[str, list[Any]] = {}
    for name in (*NAMES.values(), "Gone", "Commit"):
        rows = database.run(f"MATCH (n:{name}) RETURN properties(n) AS p")
        found[name] = sorted(repr(sorted(row["p"].items())) for row in rows)
    found["CI"] = database.run("MATCH (c:CI) RETURN c.ci_id AS id, c.fl_num AS num, c.fl_rev AS rev ORDER BY id")
    (end,) = database.run("MATCH (s:Store) RETURN properties(s) AS p")
    found["end"] = sorted((name, value) for name, value in end["p"].items() if name != "token")
    return found


@contextmanager
def writing(store: Store) -> Iterator[list[int]]:
    """Somebody who writes all the time; the revisions so far."""
    stop, done = threading.Event(), [store.revision()]

    def write() -> None:
        while not stop.is_set():
            number = len(done)
            edits = [
                host(f"busy-{number % 5}", rack_unit=f"U{number}"),
                Edit("changes", f"B-{number}", change(f"B-{number}")),
            ]
            if number % 3 == 0:
                edits.append(Edit("changes", f"B-{number - 1}", None))
            done.append(written(store, edits).revision)
            time.sleep(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield done
    finally:
        stop.set()
        writer.join()


def filled(store: Store, folder: Path) -> None:
    """Two full runs, one of them taken back, one unfinished, a hash that is kept, and removed things."""
    imported(store, generated(folder / "one" / "inventory", SIZE, 1), full=True)
    report = imported(store, generated(folder / "two" / "inventory", SIZE, 2), full=True)
    undo_run(store, report["run"], "tester")
    store.bookkeep(lambda _: [("hash_keep", {"revision": 5, "hash": "fl1:five"})])
    began = run_statement("open", "inventory", "tester", "d", ["inventory:x"], "2026-11-01", full=False, staged=["h"])
    store.bookkeep(lambda _: [began])


def test_a_backup_under_load_restored_on_the_other_engine_is_the_same_register(
    store: Store, database: Database, other_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store, tmp_path)
    database.run("CREATE (:Token {fl_key: 'abc', digest: 'the-secret-of-a-token'})")
    read = backup._commits

    with writing(store) as done:
        while len(done) < 3:
            time.sleep(0.01)

        def later(*given: Any) -> Iterator[KeptCommit]:
            # what is beside the graph is read; the log is not yet, and is written on
            before = len(done)
            while len(done) <= before:
                time.sleep(0.01)
            yield from read(*given)

        monkeypatch.setattr(backup, "_commits", later)
        file, said = backed_up(store)
        assert said.revision < done[-1]
    back = restored(file, other_database, tmp_path / "other")
    there = other_database.open(tmp_path / "other")

    assert said.graph_hash == store.graph_hash(revision=said.revision) == there.graph_hash()
    assert (there.store_id, there.revision(), back.noted) == (store.store_id, said.revision, 0)
    assert verify(there).ok
    file.seek(0)
    assert "the-secret" not in repr(list(backup_file.Reader(file)))
    # written on, it goes on where the other one would have
    assert written(there, [host("busy-1", rack_unit="after")]).revision == said.revision + 1
    assert LiveEstate(there, tmp_path / "snapshot").estate().revision == said.revision + 1


def test_all_that_is_kept_beside_the_graph_comes_back_as_it_was(
    store: Store, database: Database, other_database: Database, tmp_path: Path
) -> None:
    filled(store, tmp_path)
    file, said = backed_up(store)

    restored(file, other_database, tmp_path / "other")
    there = other_database.open(tmp_path / "other")
    again, _ = backed_up(there)

    assert beside(other_database) == beside(database)
    assert check(again, ONTOLOGY).content == said.content
    # the next run of a scope finds what the runs before it saw
    assert imported(there, tmp_path / "one" / "inventory", full=True)["revisions"] == 0


def random_edits(rng: random.Random, there: dict[tuple[str, str], Edit]) -> list[Edit]:
    """Some edits that hold together: things come, change, go and come again."""
    edits: dict[tuple[str, str], Edit] = {}
    for _ in range(rng.randint(1, 6)):
        name = f"h{rng.randrange(8)}"
        match rng.randrange(5):
            case 0:
                edit = Edit(
                    "changes", name, None if ("changes", name) in there and rng.random() < 0.5 else change(name)
                )
            case 1:
                edit = host(name, **{rng.choice(["rack_unit", "fqdn", "colour"]): f"v{rng.randrange(3)}"})
            case 2 if not _related(there, edits, name):
                edit = Edit("ci", name, None)
            case 3 if len(cis := [key for kind, key in there if kind == "ci" and (kind, key) not in edits]) > 1:
                edit = depends(*rng.sample(sorted(cis), 2))
                edit = edit if rng.random() < 0.6 else Edit(edit.kind, edit.key, None)
            case _:
                continue
        edits[edit.kind, edit.key] = edit
    for what, edit in edits.items():
        there.pop(what, None) if edit.after is None else there.update({what: edit})
    return list(edits.values())


def _related(there: dict[tuple[str, str], Edit], edits: dict[tuple[str, str], Edit], name: str) -> bool:
    return any(name in key.split("|") for kind, key in (*there, *edits) if kind == "rel")


def test_any_history_restored_and_backed_up_again_has_the_same_content(
    store: Store, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    long_or_short: Callable[[int, int], int],
) -> None:  # fmt: skip
    for seed in range(long_or_short(30, 2)):
        rng, there = random.Random(seed), dict[tuple[str, str], Edit]()
        monkeypatch.setattr(restore, "REVISIONS_AT_ONCE", rng.choice([1, 7, 10**6]))
        database.wipe()
        source = database.open(tmp_path / f"source-{seed}")
        for _ in range(25):
            edits = random_edits(rng, there)
            if edits:
                written(source, edits)
        before = beside(database)
        file, said = backed_up(source)

        database.wipe()
        restored(file, database, tmp_path / f"back-{seed}")
        back = database.open(tmp_path / f"back-{seed}")

        assert verify(back).ok
        assert beside(database) == before
        assert backed_up(back)[1] == said


def test_an_empty_register_is_backed_up_and_restored(store: Store, other_database: Database, tmp_path: Path) -> None:
    file, said = backed_up(store)

    restored(file, other_database, tmp_path / "other")
    there = other_database.open(tmp_path / "other")

    assert (said.revision, said.commits, there.revision(), there.store_id) == (0, 0, 0, store.store_id)
    assert written(there, [host("a")]).revision == 1


class CutError(Exception):
    """The process is gone."""


def test_a_restore_cut_off_anywhere_is_refused_until_the_same_command_ends_it(
    store: Store, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    long_or_short: Callable[[int, int], int],
) -> None:  # fmt: skip
    filled(store, tmp_path)
    expected = beside(database)
    file, said = backed_up(store)
    writes = _writes(file, database, tmp_path, monkeypatch, None)
    chosen = random.Random(4).sample(range(1, writes + 1), min(writes, long_or_short(writes, 1)))
    begun = 0

    for at in {writes, *chosen}:
        _writes(file, database, tmp_path / str(at), monkeypatch, at)
        if database.run("MATCH (s:Store) RETURN s.fl_key AS key") == [{"key": "restoring"}]:
            begun += 1
            with pytest.raises(StorageError, match=r"store\.half_restored"):
                database.open(tmp_path / str(at))
        done = restored(file, database, tmp_path / str(at))
        there = database.open(tmp_path / str(at))
        assert (there.graph_hash(), verify(there).ok, done.backup.content) == (said.graph_hash, True, said.content)
        assert beside(database) == expected
    # of the writes before that the store itself is made
    assert begun >= len(chosen) // 3


def _writes(
    file: io.BytesIO, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, cut_before: int | None
) -> int:
    """Restore into the database, emptied; cut off before a transaction. How many there were."""
    from graph.store.transaction import Sessions

    database.wipe()
    real, count = Sessions.write, 0

    def counted(self: Sessions, work: Any) -> Any:
        nonlocal count
        count += 1
        if count == cut_before:
            raise CutError
        return real(self, work)

    with monkeypatch.context() as patch:
        patch.setattr(Sessions, "write", counted)
        if cut_before is None:
            restored(file, database, folder)
        else:
            with pytest.raises(CutError):
                restored(file, database, folder)
    return count


def test_only_an_empty_database_is_restored_into_and_nothing_else_is_changed(
    store: Store, database: Database, other_database: Database, tmp_path: Path
) -> None:
    written(store, [host("a"), host("b"), depends("a", "b")])
    file, _ = backed_up(store)
    other = other_database.open(tmp_path / "other")
    written(other, [host("mine")])
    before = other.graph_hash()

    with pytest.raises(BadInputError, match=r"backup\.not_empty"):
        restored(file, other_database, tmp_path / "fresh")
    assert (other.graph_hash(), other.revision()) == (before, 1)

    other_database.wipe()
    other_database.run("CREATE (:Person {name: 'somebody'})")
    with pytest.raises(BadInputError, match=r"backup\.not_empty"):
        restored(file, other_database, tmp_path / "fresh")
    assert other_database.run("MATCH (n) RETURN count(n) AS c") == [{"c": 1}]


def test_a_register_opened_and_never_written_gives_way_and_whoever_has_it_open_is_told(
    store: Store, other_database: Database, tmp_path: Path
) -> None:
    written(store, [host("a")])
    file, _ = backed_up(store)
    open_still = other_database.open(tmp_path / "other")

    restored(file, other_database, tmp_path / "other")

    assert other_database.open(tmp_path / "other").store_id == store.store_id
    with pytest.raises(StorageError, match=r"store\.replaced"):
        open_still.revision()
    with pytest.raises(StorageError, match=r"store\.replaced"):
        written(open_still, [host("b")])


def test_the_beginning_of_another_backup_and_the_head_of_another_register_are_refused(
    store: Store, database: Database, other_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(store, [host("a")])
    first, _ = backed_up(store)
    written(store, [host("b")])
    second, _ = backed_up(store)
    _writes(first, other_database, tmp_path / "one", monkeypatch, len(migrations()) + 2)

    with pytest.raises(BadInputError, match=r"backup\.other_begun"):
        restored(second, other_database, tmp_path / "one")

    other_database.wipe()
    written(other_database.open(tmp_path / "two"), [host("c")])
    other_database.wipe()
    with pytest.raises(BadInputError, match=r"backup\.other_head"):
        restored(second, other_database, tmp_path / "two")
    assert other_database.run("MATCH (s:Store) RETURN count(s) AS c") == [{"c": 0}]


def test_what_was_written_after_the_backup_is_told_where_the_head_had_noted_it(
    store: Store, database: Database, tmp_path: Path
) -> None:
    written(store, [host("a")])
    file, _ = backed_up(store)
    written(store, [host("b"), host("c")])

    database.wipe()
    done = restored(file, database, tmp_path / "head")
    there = database.open(tmp_path / "head")

    assert (done.backup.revision, done.noted, there.revision(), verify(there).ok) == (1, 3, 1, True)


def test_records_edited_by_hand_are_told_and_the_backup_holds_what_the_log_says(
    store: Store, database: Database, tmp_path: Path
) -> None:
    written(store, [host("a"), host("b")])
    sound = store.graph_hash()
    database.run("MATCH (c:CI {ci_id: 'a'}) SET c.name = 'tampered'")

    file, said = backed_up(store)
    database.wipe()
    restored(file, database, tmp_path / "back")

    assert said.graph_hash is None
    assert database.open(tmp_path / "back").graph_hash() == sound


def test_a_log_that_does_not_hold_is_not_backed_up(store: Store, database: Database) -> None:
    for name in "abc":
        written(store, [host(name)])
    database.run("MATCH (c:Commit {first: 2}) SET c.actor = 'somebody'")

    with pytest.raises(LogBrokenError) as refused:
        backed_up(store)

    assert refused.value.message.params == {"revision": 2}


def test_every_label_of_the_schema_is_backed_up_or_follows_from_the_log_or_is_left_out() -> None:
    labels = {
        label for _, _, texts in migrations() for text in texts for label in re.findall(r"FOR \(\w+:(\w+)\)", text)
    }

    assert TABLES.keys() == NAMES.keys()
    assert labels - {*NAMES.values(), *FROM_THE_LOG, *LEFT_OUT} == set()
