"""`faultline serve` as a process of its own."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.api.command import COMMAND, environment
from tests.engines import Database

PATIENCE = 120  # seconds for a process to start on a busy machine


@contextmanager
def serving(database: Database, folder: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server process and the address it says it has."""
    given = {**os.environ, **environment(database, folder / "data"), **variables}
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"], env=given, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    patience = threading.Timer(PATIENCE, process.kill)
    patience.start()
    try:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert "http://" in first, first + process.stderr.read()
        patience.cancel()
        yield process, first.split()[2]
    finally:
        patience.cancel()
        process.kill()
        process.communicate()
