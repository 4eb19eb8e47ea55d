"""A server in a process of its own, on a port that is free."""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

Address = tuple[str, int]


@contextmanager
def running(program: Sequence[str], data: Path) -> Iterator[Address]:
    """A server process and where it listens, as it says on its first line."""
    environment = {**os.environ, "FAULTLINE_DATA_DIR": str(data), "FAULTLINE_LANG": "en"}
    process = subprocess.Popen(
        [sys.executable, "-c", *program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        # its log is read away: a pipe that is full would hold it up
        threading.Thread(target=deque, args=(process.stdout, 0), daemon=True).start()
        port = first.split("http://")[-1].split()[0].removesuffix("/graphql").rstrip("/").split(":")[-1]
        yield "127.0.0.1", int(port)
    finally:
        process.terminate()
        process.wait(30)
