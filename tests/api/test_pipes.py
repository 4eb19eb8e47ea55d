"""Commands as real processes: whoever reads has had enough, and Ctrl-C amid an import."""

import contextlib
import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.api.command import COMMAND, environment
from tests.engines import Database, imported, inventory

COUNT = 15_000  # three batches
MANY = "".join(f"ci-{i:05},name of ci {i},host\n" for i in range(COUNT))
PATIENCE = 240  # seconds on a busy machine
pytestmark = pytest.mark.neo4j_long


@contextmanager
def started(database: Database, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command as a process, which does not outlive the test."""
    given = {**os.environ, **environment(database, folder / "data"), "COLUMNS": "80"}
    with subprocess.Popen(
        [*COMMAND, *arguments], env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Fifteen thousand hosts."""
    return inventory(tmp_path / "many", cis="ci_id,name,ci_class\n" + MANY)


def test_a_reader_that_leaves_early_ends_the_command_without_a_word(database: Database, tmp_path: Path) -> None:
    store = database.open(tmp_path / "data")
    imported(
        store, inventory(tmp_path / "some", cis="ci_id,name,ci_class\n" + MANY[:60_000].rpartition("\n")[0] + "\n")
    )

    with started(database, tmp_path, "search", "name", "--limit", "1000") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        code = process.wait(PATIENCE)

    assert (code, said) == (0, "")


def test_ctrl_c_finishes_the_batch_and_the_same_command_goes_on(database: Database, tmp_path: Path, many: Path) -> None:
    store = None
    with started(database, tmp_path, "import", "inventory", str(many)) as process:
        while process.poll() is None and (store is None or store.revision() == 0):
            if (tmp_path / "data" / "head.json").exists():
                store = store or database.open(tmp_path / "data")
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert store is not None
    between = store.revision()
    with started(database, tmp_path, "import", "inventory", str(many), "--json") as again:
        out, _ = again.communicate(timeout=PATIENCE)

    assert "goes on" in said
    assert "Traceback" not in said
    assert 0 < between < COUNT
    assert again.returncode == 0, out
    assert store.revision() == COUNT


def test_on_a_terminal_an_import_shows_a_bar_with_rate_and_remaining_time(database: Database, tmp_path: Path) -> None:
    some = inventory(tmp_path / "some", cis="ci_id,name,ci_class\n" + MANY[:100_000].rpartition("\n")[0] + "\n")
    given = {**os.environ, **environment(database, tmp_path / "data"), "TERM": "xterm-256color", "COLUMNS": "100"}
    ours, theirs = pty.openpty()
    shown = b""
    with subprocess.Popen(
        [*COMMAND, "import", "inventory", str(some)], env=given, stdout=subprocess.DEVNULL, stderr=theirs
    ) as process:
        os.close(theirs)
        # a terminal whose last writer is gone answers with an error
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 4_096):
                shown += piece
        assert process.wait(PATIENCE) == 0
    os.close(ours)

    said = shown.decode()
    assert "Reading" in said
    assert "Writing" in said
    assert re.search(r"[\d,]+ rows/s", said)
    assert re.search(r"\d:\d\d:\d\d", said)
