"""The server on a port: `faultline serve` as a process of its own, or over an open register in this one."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import uvicorn

from api.register import Register
from api.server.app import make_app
from api.server.doorkeeper import Guard
from tests.api.command import COMMAND, environment
from tests.engines import Database

PATIENCE = 120  # seconds for a process to start on a busy machine
UNFORESEEN = ("Warning: ", "warning of Python", "unexpected error", "never retrieved")


@contextmanager
def serving(
    database: Database, folder: Path, *, host: str = "127.0.0.1", port: int = 0, read: bool = True, **variables: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server process and the address it says it has; `read`: whether somebody reads what it says after that.

    Nothing of it may be a warning of Python or an error that nobody foresaw.
    """
    given = {**os.environ, **environment(database, folder / "data"), **variables}
    process = subprocess.Popen(
        [*COMMAND, "serve", "--host", host, "--port", str(port)],
        env=given,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    patience = threading.Timer(PATIENCE, process.kill)
    patience.start()
    assert process.stderr is not None
    unforeseen: list[str] = []
    reading = threading.Thread(target=_note, args=(process.stderr, unforeseen))
    try:
        first = process.stderr.readline()
        assert "http://" in first, first + process.stderr.read()
        patience.cancel()
        if read:
            reading.start()
        yield process, first.split()[2]
    finally:
        patience.cancel()
        process.kill()
        if reading.is_alive():
            reading.join()
        process.communicate()
    assert not unforeseen, unforeseen


def _note(said: IO[str], unforeseen: list[str]) -> None:
    unforeseen += [line for line in said if any(each in line for each in UNFORESEEN)]


@contextmanager
def hosted(register: Register) -> Iterator[str]:
    """The pages over an open register, from this process; the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(make_app(register, Guard(None)), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
