"""Importers at once on one key set: no CI or relationship lost or doubled, and no scope forgets a run."""

import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from graph.engine import connect
from graph.engine.files import held
from graph.settings import Settings
from graph.store import Store
from graph.store.audit import verify
from graph.store.runs import scopes
from importers.model import Request
from importers.registry import source_named
from importers.run import Watch, run_import
from tests.engines import Database, host, imported, inventory, written
from tests.importers.test_crashes import ended, start

IMPORTERS = 16
CIS = 100
ROWS = 40  # of a batch of a process; threads write larger ones


def version(folder: Path, number: int) -> Path:
    """The same CIs and relationships, each saying that it is of this version."""
    cis = "".join(f"ci-{n:03},CI {n},host,{number}\n" for n in range(CIS))
    related = "".join(f"ci-{n:03},depends_on,ci-{n + 1:03},{number}\n" for n in range(CIS - 1))
    return inventory(
        folder / str(number) / "shared",
        cis="ci_id,name,ci_class,version\n" + cis,
        relationships="source,type,target,version\n" + related,
    )


def lock_of(database: Database) -> Callable[[], AbstractContextManager[None]]:
    """Writers on the embedded engine queue for a lock in its folder, those on Neo4j for one in the database."""
    folder = database.endpoint.lock_dir
    return nullcontext if database.kind == "neo4j" or folder is None else partial(held, folder / "writer.lock")


def check(database: Database, store: Store, size: int) -> None:
    """Everything is there once, every batch is of one version, the log holds and every run counts."""
    assert database.run("MATCH (c:CI) RETURN count(c) AS n, count(DISTINCT c.ci_id) AS d") == [{"n": CIS, "d": CIS}]
    pairs = database.run("MATCH (a:CI)-[:depends_on]->(b:CI) RETURN a.ci_id AS a, b.ci_id AS b")
    assert Counter((row["a"], row["b"]) for row in pairs) == {
        (f"ci-{n:03}", f"ci-{n + 1:03}"): 1 for n in range(CIS - 1)
    }
    versions: dict[tuple[str, int], set[str]] = defaultdict(set)
    for kind, key, thing in store.everything():
        versions[kind, int(key[3:6]) // size].add(str(thing.state["version"]))
    assert all(len(found) == 1 for found in versions.values()), versions
    assert verify(store).ok
    runs = {row["r"] for row in database.run("MATCH (r:Run {status: 'finished'}) RETURN r.fl_key AS r")}
    assert len(runs) == IMPORTERS
    # a scope rests on every one of its partial runs: what only one of them saw must not be forgotten
    assert set(scopes(store)["inventory:shared"].runs) == runs


def test_importers_in_threads_lose_and_double_nothing(database: Database, tmp_path: Path) -> None:
    paths = [version(tmp_path, number) for number in range(IMPORTERS)]

    def run(number: int) -> int:
        with connect(database.endpoint, database.settings) as line:
            own = replace(database, line=line).open(tmp_path / "head", lock=lock_of(database))
            return len(imported(own, paths[number])["rejected"])

    with ThreadPoolExecutor(IMPORTERS) as pool:
        rejected = list(pool.map(run, range(IMPORTERS)))

    assert rejected == [0] * IMPORTERS
    check(database, database.open(tmp_path / "head"), 10_000)


@pytest.mark.long
def test_importers_in_processes_lose_and_double_nothing(database: Database, tmp_path: Path) -> None:
    paths = [version(tmp_path, number) for number in range(IMPORTERS)]

    local = database.kind == "embedded"
    data_dir = database.settings.data_dir if local else tmp_path / "data"
    (data_dir / "head.json").unlink(missing_ok=True)

    # the database is empty and not yet ours: the first to come makes it so
    started: list[subprocess.Popen[bytes]] = [
        start(database, data_dir, "import", "inventory", path, local=local) for path in paths
    ]
    answers = [ended(process) for process in started]

    assert [code for code, _ in answers] == [0] * IMPORTERS, answers
    check(database, database.open(data_dir), ROWS)
    (data_dir / "head.json").unlink()


def test_what_somebody_changes_while_an_unchanged_file_is_imported_is_seen_by_the_next_run(
    store: Store, tmp_path: Path
) -> None:
    files = inventory(tmp_path / "inv", cis="ci_id,name,ci_class,version\na,a,host,1\nb,b,host,1\n")
    imported(store, files)
    watch = Watch(loaded=lambda _: _change(store))
    request = Request([files], Settings(Path()), ontology=store.ontology)

    run_import(source_named("inventory"), request, store, "tester", watch=watch)
    changed = store.kept("ci", ["a"])["a"].thing.state["version"]
    imported(store, files)

    assert (changed, store.kept("ci", ["a"])["a"].thing.state["version"]) == ("2", "1")


def _change(store: Store) -> None:
    written(store, [host("a", version="2")])
