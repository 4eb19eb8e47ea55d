"""A connection cut once, in each phase of a write, of opening and of an import: done once all the same."""

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graph.engine import connect
from graph.store import Edit
from graph.store.audit import verify
from tests.engines import Database, change, depends, host, imported, written
from tests.importers.generated import generated
from tests.proxy import BEGIN, COMMIT, RUN, Proxy, proxied

EDITS = [host("a"), host("b"), depends("a", "b"), Edit("changes", "C", change("C"))]


@pytest.fixture
def line(database: Database) -> Iterator[tuple[Proxy, Database]]:
    """The database seen through a proxy."""
    with proxied(database.endpoint.uri) as proxy:
        endpoint = replace(database.endpoint, uri=proxy.uri)
        with contextlib.closing(connect(endpoint, database.settings)) as line:
            yield proxy, replace(database, endpoint=endpoint, line=line)


def markers(database: Database) -> Counter[str]:
    """How many commits each marker has."""
    return Counter(row["m"] for row in database.run("MATCH (c:Commit) RETURN c.marker AS m"))


@pytest.mark.parametrize("answer_lost", [False, True], ids=["request lost", "answer lost"])
def test_a_write_cut_at_any_message_is_one_commit(
    line: tuple[Proxy, Database], tmp_path: Path, answer_lost: bool, long_or_short: Callable[[int, int], int]
) -> None:
    proxy, database = line
    store = database.open(tmp_path / "undisturbed")
    proxy.arm(10**6, answer_lost=answer_lost)
    written(store, EDITS, marker="once")
    messages, undisturbed = proxy.disarm(), store.graph_hash()

    cuts: list[bytes] = []
    every = range(1, messages + 1)
    # a tenth of them, the commit and what follows it always
    for at in sorted({*random.Random(8).sample(every, long_or_short(messages, messages // 10)), *every[-3:]}):
        database.wipe()
        store = database.open(tmp_path / str(at))
        proxy.arm(at, answer_lost=answer_lost)
        done = written(store, EDITS, marker="once")
        proxy.disarm()
        if proxy.cut is None:
            break
        cuts.append(proxy.cut)
        # only a commit whose answer was lost had happened already when it was tried again
        assert done.repeated == (answer_lost and COMMIT in proxy.cut)
        assert (store.graph_hash(), store.revision()) == (undisturbed, len(EDITS))
        assert markers(database) == {"once": 1}
        assert verify(store).ok

    assert any(COMMIT in cut for cut in cuts)
    if long_or_short(1, 0):
        assert any(BEGIN in cut for cut in cuts)
        assert sum(RUN in cut for cut in cuts) > 5


@pytest.mark.parametrize("answer_lost", [False, True], ids=["request lost", "answer lost"])
def test_opening_an_empty_database_survives_a_cut_anywhere(
    line: tuple[Proxy, Database], tmp_path: Path, answer_lost: bool, long_or_short: Callable[[int, int], int]
) -> None:
    proxy, database = line
    database.run("MATCH (n) DETACH DELETE n")
    proxy.arm(10**6, answer_lost=answer_lost)
    database.open(tmp_path / "first")
    messages = proxy.disarm()

    chosen = random.Random(3).sample(range(1, messages + 1), min(messages, long_or_short(messages, 5)))
    for at in chosen:
        database.wipe()
        proxy.arm(at, answer_lost=answer_lost)
        store = database.open(tmp_path / str(at))
        assert proxy.cut is not None
        assert written(store, EDITS).revision == len(EDITS)
        assert database.run("MATCH (s:Store) RETURN count(s) AS c") == [{"c": 1}]


def test_an_import_whose_connection_is_cut_again_and_again_ends_as_without(
    line: tuple[Proxy, Database],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    long_or_short: Callable[[int, int], int],
) -> None:
    monkeypatch.setattr("importers.batches.BLOCK", 40)
    proxy, database = line
    files = generated(tmp_path / "inventory", 40, 1)
    store = database.open(tmp_path / "undisturbed")
    proxy.arm(10**6, answer_lost=False)
    imported(store, files)
    messages = proxy.disarm()
    undisturbed = store.graph_hash(), len(markers(database))

    # connections in the pool are begun anew or not, so that there are a few less of them
    every, met = range(1, messages + 1), 0
    for at in random.Random(5).sample(every, long_or_short(messages, 4)):
        database.wipe()
        store = database.open(tmp_path / str(at))
        proxy.arm(at, answer_lost=bool(at % 2))
        imported(store, files)
        met += proxy.cut is not None
        assert (store.graph_hash(), len(markers(database))) == undisturbed
        assert set(markers(database).values()) == {1}
        assert verify(store).ok
    assert met >= long_or_short(messages * 9 // 10, 3)
