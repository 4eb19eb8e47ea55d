"""`kill -9` of the importer and of the engine: the same command again ends where an uninterrupted run would have."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from api.who import local_actor
from graph.engine.files import Files, Running
from graph.store import Store
from graph.store.alive import is_left
from graph.store.audit import verify
from tests.engines import Database, imported, running
from tests.importers.command import command
from tests.importers.generated import generated

SIZE = 400  # CIs; with batches of 40 rows about 45 commits a run
ROWS = 40
PATIENCE = 180.0  # seconds until a test gives up on a process
STORAGE_UNAVAILABLE = 3


@dataclass
class Tally:
    """What the kills met."""

    kills: int = 0
    mid_import: int = 0
    acknowledged: set[tuple[int, str]] = field(default_factory=set)

    def note(self, store: Store) -> None:
        """Take down what is committed: it may never be lost again."""
        self.acknowledged |= {(commit.last, commit.hash) for commit in store.commits()}
        self.mid_import += bool(store.rows("runs_running"))

    def lost(self, store: Store) -> set[tuple[int, str]]:
        return self.acknowledged - {(commit.last, commit.hash) for commit in store.commits()}


def start(database: Database, data_dir: Path, *arguments: str | Path, local: bool = False) -> subprocess.Popen[bytes]:
    """The command line as a process: on that database as one elsewhere, or (`local`) on the data directory's engine."""
    remote = (
        {}
        if local
        else {
            "FAULTLINE_NEO4J_URI": database.endpoint.uri,
            "FAULTLINE_NEO4J_USER": database.endpoint.user,
            "FAULTLINE_NEO4J_PASSWORD": database.endpoint.password,
            "FAULTLINE_NEO4J_DATABASE": str(database.endpoint.database),
        }
    )
    words = command(database.kind, ROWS, "--data-dir", data_dir, *arguments)
    return subprocess.Popen(
        words, env={**os.environ, **remote}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Exit code and what it said on stderr."""
    _, said = process.communicate(timeout=PATIENCE)
    return process.returncode, said.decode()


def killed_at(process: subprocess.Popen[bytes], ready: Callable[[], bool], pause: float) -> bool:
    """`kill -9` once `ready` (and a pause more); whether it was still running then."""
    deadline = time.monotonic() + PATIENCE
    while not ready() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(pause)
    alive = process.poll() is None
    process.kill()
    process.communicate()
    return alive


def expected_hashes(database: Database, folder: Path, inputs: list[Path]) -> list[str]:
    """What uninterrupted runs of these inputs, one after the other, leave."""
    database.wipe()
    store = database.open(folder)
    hashes = []
    for path in inputs:
        assert not imported(store, path, full=True, actor=local_actor())["rejected"]  # changes name who altered them
        hashes.append(store.graph_hash())
    database.wipe()
    return hashes


def inventories(folder: Path, count: int, size: int = SIZE) -> list[Path]:
    """Inputs of one scope that are imported in turn."""
    two = [generated(folder / str(seed) / "inventory", size, seed) for seed in (1, 2)]
    return [two[number % 2] for number in range(count)]


@pytest.mark.neo4j_long
def test_an_importer_killed_anywhere_leaves_what_an_uninterrupted_one_does(
    database: Database, tmp_path: Path, long_or_short: Callable[[int, int], int]
) -> None:
    kills, rng, tally = long_or_short(50, 5), random.Random(4), Tally()
    inputs = inventories(tmp_path, 1 + kills // 4)
    hashes = expected_hashes(database, tmp_path / "reference", inputs)
    store = database.open(tmp_path / "data")

    for number, (path, expected) in enumerate(zip(inputs, hashes, strict=True)):
        share = (number + 1) * kills // len(inputs)
        while tally.kills < share:
            before = store.revision()
            # now and then while it still reads, else after some commits more, at any point of the next one
            further = rng.choice([0, 0, 1, 2, 3, 5, 8])
            process = start(database, tmp_path / "data", "import", "inventory", path, "--full")
            if rng.random() < 0.1:
                until = time.monotonic() + rng.uniform(0, 2)
                killed_at(process, lambda until=until: time.monotonic() > until or _began(store, 0), 0)  # type: ignore[misc]
            else:
                wanted = before + further * ROWS
                killed_at(process, lambda wanted=wanted: _began(store, wanted), rng.uniform(0, 0.03))  # type: ignore[misc]
            tally.kills += 1
            tally.note(store)
        code, said = ended(start(database, tmp_path / "data", "import", "inventory", path, "--full"))
        assert (code, store.graph_hash()) == (0, expected), said

    assert tally.lost(store) == set()
    assert verify(store).ok
    assert tally.mid_import >= tally.kills * 4 // 5, tally


def _began(store: Store, revision: int) -> bool:
    return bool(store.rows("runs_running")) and store.revision() >= revision


@contextlib.contextmanager
def joined(kind: str, data_dir: Path) -> Iterator[Store]:
    """The register of a data directory, the engine started if need be."""
    with running(kind, data_dir) as database:
        yield database.open(data_dir)


def kill_engine(data_dir: Path, *, supervisor: bool) -> None:
    """`kill -9` of the engine, or of the process that watches over it."""
    told = Files(data_dir / "engine").running()
    assert isinstance(told, Running)
    engine = psutil.Process(told.pid)
    victim = engine.parent() if supervisor else engine
    assert victim is not None
    victim.kill()
    psutil.wait_procs([engine], PATIENCE)


@pytest.mark.long
def test_an_engine_killed_during_an_import_loses_nothing_and_the_next_run_goes_on(
    database: Database, tmp_path: Path, long_or_short: Callable[[int, int], int]
) -> None:
    kills, rng, tally = long_or_short(20, 2), random.Random(7), Tally()
    kind, data_dir = database.kind, tmp_path / "data"
    inputs = inventories(tmp_path, 1 + kills // 4)
    hashes = expected_hashes(database, tmp_path / "reference", inputs)

    for number, (path, expected) in enumerate(zip(inputs, hashes, strict=True)):
        while tally.kills < (number + 1) * kills // len(inputs):
            code, said = _run_and_kill(kind, data_dir, path, rng, tally)
            tally.kills += 1
            assert code in (0, STORAGE_UNAVAILABLE), said
        with joined(kind, data_dir) as store:
            tally.mid_import += bool(store.rows("runs_running"))
            code, said = ended(local(kind, data_dir, path))
            assert (code, store.graph_hash()) == (0, expected), said
            assert tally.lost(store) == set()
            assert verify(store).ok

    # who kills an engine through its supervisor lets the importer get ahead by some commits, now and then to the end
    assert tally.mid_import >= tally.kills // 2, tally


def local(kind: str, data_dir: Path, path: Path) -> subprocess.Popen[bytes]:
    """An import that starts the engine of its data directory, or joins it."""
    words = command(kind, ROWS, "--data-dir", data_dir, "import", "inventory", path, "--full")
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def _run_and_kill(kind: str, data_dir: Path, path: Path, rng: random.Random, tally: Tally) -> tuple[int, str]:
    """Start an import and kill its engine after some commits; how the importer ended."""
    with joined(kind, data_dir) as store:
        tally.mid_import += tally.kills > 0 and bool(store.rows("runs_running"))
        wanted = store.revision() + rng.choice([0, 1, 2, 3]) * ROWS
        process = local(kind, data_dir, path)
        while not _began(store, wanted) and process.poll() is None:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.1))
        # what is committed by now has been acknowledged
        tally.acknowledged |= {(commit.last, commit.hash) for commit in store.commits()}
        kill_engine(data_dir, supervisor=bool(tally.kills % 2))
    return ended(process)


def test_ctrl_c_finishes_the_batch_says_how_to_go_on_and_the_same_command_does(
    database: Database, tmp_path: Path
) -> None:
    (path,) = inventories(tmp_path, 1)
    (expected,) = expected_hashes(database, tmp_path / "reference", [path])
    store = database.open(tmp_path / "data")

    process = start(database, tmp_path / "data", "import", "inventory", path, "--full")
    while not _began(store, ROWS) and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    code, said = ended(process)
    interrupted = store.rows("runs_running")

    assert (code, len(interrupted), verify(store).ok) == (1, 1, True), said
    assert str(interrupted[0]["run"]) in said
    assert is_left(store.rows("run_read", run=interrupted[0]["run"])[0]["silent"])
    assert ended(start(database, tmp_path / "data", "import", "inventory", path, "--full"))[0] == 0
    assert store.graph_hash() == expected
    # it went on with the same run instead of beginning another
    assert {commit.header.run for commit in store.commits()} == {interrupted[0]["run"]}
