"""Kept tables are those of the store, at every revision that has been, whatever is written in between."""

import random
import threading

import pytest

from api.tables import Tables
from graph.history import Thing
from graph.records.changes import Change, change_of
from graph.records.windows import window_of
from graph.store import Edit, Store
from graph.store.tables import table
from graph.values import State
from tests.engines import host, written

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike


def row(table_name: str, number: int, **fields: str) -> Edit:
    key = f"{table_name}-{number}"
    return Edit(table_name, key, Thing({f"{table_name.removesuffix('s')}_id": key, **fields}, {"*": "inventory"}))


def read(store: Store, name: str, at: int) -> list[Change]:
    return table(store, name, change_of, revision=at)


@pytest.mark.parametrize("far", [3, 50_000])
def test_they_are_read_once_and_followed(far: int, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.tables.FAR", far)
    rng, kept, revisions = random.Random(far), Tables(store), [0]
    for number in range(30):
        which = rng.randrange(8)
        edit = rng.choice([
            row("changes", which, title=f"t{number}"), Edit("changes", f"changes-{which}", None), host(f"h{number}"),
            row("windows", which, kind="blackout", scope="*"),
        ])  # fmt: skip
        revisions.append(written(store, [edit]).revision)
        at = rng.choice(revisions[-3:])
        assert kept.table("changes", change_of, at) == read(store, "changes", at)
        if rng.random() < 0.3:
            windows = table(store, "windows", window_of, revision=at)
            assert kept.table("windows", window_of, at) == windows


def test_a_table_is_not_read_again_where_nothing_of_it_changed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[str]()

    def make(key: str, state: State) -> str:
        made.append(key)
        return f"{key}: {state['title']}"

    written(store, [row("changes", 1, title="a"), row("changes", 2, title="b")])
    kept = Tables(store)
    assert kept.table("changes", make, store.revision()) == ["changes-1: a", "changes-2: b"]
    written(store, [row("changes", 2, title="c"), host("h")])
    assert kept.table("changes", make, store.revision()) == ["changes-1: a", "changes-2: c"]
    assert made == ["changes-1", "changes-2", "changes-2"]


def test_many_threads_may_ask_while_others_write(store: Store) -> None:
    written(store, [row("changes", 0, title="0")])
    kept, wrong, done = Tables(store), list[str](), threading.Event()

    def ask() -> None:
        while not done.is_set():
            at = store.settled()
            found = kept.table("changes", change_of, at)
            if found != read(store, "changes", at):
                wrong.append(str(at))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(20):
        written(store, [row("changes", number % 4, title=str(number))])
    done.set()
    for thread in threads:
        thread.join()
    assert not wrong
