"""The engine's parent: starts it, waits until it has no user any more, ends it. Run as a process of its own."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import neo4j
import psutil
from neo4j.exceptions import DriverError, Neo4jError

from graph.engine.files import Files, Running, put, try_lock
from graph.engine.kinds import NEO4J, Launch, die_with_parent, launch
from graph.errors import FaultlineError, StorageError

POLL = 0.1  # seconds
TRIES = 3  # a port found free may be taken a moment later
GRACE = 2.5  # seconds between asking an engine to end and ending it
# ArcadeDB says it in its own words, and then hangs instead of ending (26.10)
_TAKEN = re.compile(r"address already in use|BindException|unable to listen for", re.IGNORECASE)
_FULL = re.compile(r"no space left on device", re.IGNORECASE)


def main(arguments: list[str]) -> int:
    """Supervise the engine of a data directory: home, kind, memory, seconds to start, seconds to linger."""
    home, kind, memory, patience, linger = arguments
    files = Files(Path(home))
    mine = try_lock(files.supervisor)
    if mine is None:
        return 0
    signal.signal(signal.SIGTERM, _leave)
    try:
        process, port = _start(files, kind, memory, float(patience))
    except FaultlineError as error:
        told = {"key": error.message.key, "params": dict(error.message.params)}
        put(files.failure, json.dumps(told))
        return 3
    try:
        files.announce(Running(kind, process.pid, psutil.Process(process.pid).create_time(), port))
        _watch(files, process, float(linger))
    finally:
        files.port.unlink(missing_ok=True)
        end(process)
    return 0


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit(0)


def _start(files: Files, kind: str, memory: str, patience: float) -> tuple[subprocess.Popen[bytes], int]:
    for attempt in range(TRIES):
        port, http_port = free_ports(2)
        way = launch(kind, files.home, port, http_port, memory)
        way.log.unlink(missing_ok=True)
        process = run(files, way.command)
        try:
            wait_until_ready(files, process, way, port, patience)
        except StorageError as error:
            end(process)
            if error.message.key != "engine.port_taken" or attempt == TRIES - 1:
                raise
        else:
            return process, port
    raise AssertionError("the last try returns or raises")


def run(files: Files, command: list[str]) -> subprocess.Popen[bytes]:
    """An engine's process, which ends with this one; what it says goes to the engine's log."""
    with files.log.open("wb") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=files.home,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - a plain system call, in a process without threads
        )


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on at this moment."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def wait_until_ready(
    files: Files, process: subprocess.Popen[bytes], way: Launch, port: int, patience: float
) -> None:  # fmt: skip
    """Wait until an engine answers, for `patience` seconds. Raises StorageError, `engine.*`, where it does not."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        ended = process.poll() is not None  # asked before its words are read: then they are its last
        said = "".join(_text(log) for log in {files.log, way.log})
        if _TAKEN.search(said):
            raise StorageError("engine.port_taken", port=port)
        if _FULL.search(said):
            raise StorageError("engine.disk_full", path=str(files.home))
        if ended:
            raise StorageError("engine.died", log=str(files.log), last=_last_line(said))
        if way.ready in said and _answers(files, way, port):
            return
        time.sleep(POLL)
    raise StorageError("engine.not_started", log=str(files.log))


def last_words(files: Files) -> str:
    """The last line that an engine wrote to its output."""
    return _last_line(_text(files.log))


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def _answers(files: Files, way: Launch, port: int) -> bool:
    uri, password = f"bolt://127.0.0.1:{port}", files.password()
    if way.user == NEO4J:
        _first_password(uri, password)
    with neo4j.GraphDatabase.driver(uri, auth=(way.user, password), telemetry_disabled=True) as driver:
        try:
            with driver.session(database=way.database) as session:
                session.run("RETURN 1").consume()
        except Neo4jError as error:
            if "Unauthorized" in str(error.code) or "Security" in str(error.code):
                raise StorageError("engine.wrong_password", uri=uri, user=way.user) from error
            return False
        except DriverError:
            return False
    return True


def _first_password(uri: str, password: str) -> None:
    # a new Neo4j lets its first user in only to choose a password
    with (
        contextlib.suppress(Neo4jError, DriverError),
        neo4j.GraphDatabase.driver(uri, auth=("neo4j", "neo4j"), telemetry_disabled=True) as driver,
        driver.session(database="system") as session,
    ):
        session.run("ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password", password=password).consume()


def _watch(files: Files, process: subprocess.Popen[bytes], linger: float) -> None:
    unused_since: float | None = None
    while process.poll() is None:
        time.sleep(POLL)
        users = try_lock(files.users)
        if users is None:
            unused_since = None
            continue
        os.close(users)
        unused_since = unused_since or time.monotonic()
        if time.monotonic() - unused_since >= linger and _close_door(files):
            return


def _close_door(files: Files) -> bool:
    """End the engine under the start lock, so that nobody joins one that is going."""
    door = try_lock(files.start)
    if door is None:
        return False
    users = try_lock(files.users)
    if users is None:
        os.close(door)
        return False
    files.port.unlink(missing_ok=True)
    running = psutil.Process().children()
    for child in running:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.terminate()
    _, alive = psutil.wait_procs(running, GRACE)
    for child in alive:
        child.kill()
    return True


def end(process: subprocess.Popen[bytes]) -> None:
    """End an engine, asking it first."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
            return
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
