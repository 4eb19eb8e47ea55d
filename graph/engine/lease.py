"""Using the engine of a data directory: whoever comes first starts it, everybody else joins, the last one ends it."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil

from graph.engine.datadir import refuse_newer, settle
from graph.engine.endpoint import Endpoint
from graph.engine.files import Files, Running, held, try_lock, wait_lock
from graph.engine.kinds import EMBEDDED, launch
from graph.errors import StorageError
from graph.settings import Settings

POLL = 0.05  # seconds


@contextlib.contextmanager
def open_engine(settings: Settings, kind: str = EMBEDDED) -> Iterator[Endpoint]:
    """The database of these settings, for as long as the block lasts.

    With `neo4j_uri` set that is it, and nothing is started. Else the engine of the data directory is joined, or started
    by a supervisor process of its own, which ends it a few seconds after the last user's end, however that came.

    Raises StorageError, `engine.*`: the directory cannot be used, the engine cannot be started or does not answer.
    """
    if settings.neo4j_uri:
        refuse_newer(settings.data_dir)
        yield Endpoint(
            settings.neo4j_uri, settings.neo4j_user, settings.neo4j_password, settings.neo4j_database, "remote"
        )
        return
    files = settle(settings.data_dir)
    # the lock on `users` is released by the operating system when this process ends, also by kill -9
    with held(files.start):
        lease = wait_lock(files.users, shared=True)
        try:
            running = _running(files) or _start(files, settings, kind)
        except BaseException:
            os.close(lease)
            raise
    try:
        way = launch(running.kind, files.home, running.port, 0, settings.engine_memory)
        uri = f"bolt://127.0.0.1:{running.port}"
        yield Endpoint(uri, way.user, files.password(), way.database, running.kind, files.home)
    finally:
        os.close(lease)


def _running(files: Files) -> Running | None:
    alone = try_lock(files.supervisor)
    if alone is None:
        return files.running()
    # nobody supervises: what a killed supervisor left behind is cleared away
    os.close(alone)
    left = files.running()
    if left is not None:
        end_process(left)
        files.port.unlink(missing_ok=True)
    return None


def end_process(running: Running) -> None:
    """End an engine that has no supervisor any more; a process that only got the same number is left alone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(running.pid)
        if abs(process.create_time() - running.started) < 1:
            process.terminate()
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(5)
                return
            process.kill()


def _start(files: Files, settings: Settings, kind: str) -> Running:
    files.failure.unlink(missing_ok=True)
    command = [sys.executable, "-m", "graph.engine.supervisor", str(files.home), kind, settings.engine_memory]
    command += [str(settings.engine_start_timeout), str(settings.engine_linger)]
    supervisor = _spawned(files, command)
    deadline = time.monotonic() + settings.engine_start_timeout + 5
    while time.monotonic() < deadline:
        running = files.running()
        if running is not None:
            # not ours to wait for: it outlives this process
            supervisor.returncode = 0
            return running
        code = supervisor.poll()
        if code:
            break
        if code == 0:
            # another one, whose starter was killed, is at it: it is waited for, or followed when it is gone
            alone = try_lock(files.supervisor)
            if alone is not None:
                os.close(alone)
                supervisor = _spawned(files, command)
        time.sleep(POLL)
    supervisor.kill()
    supervisor.wait()
    raise _failure(files)


def _spawned(files: Files, command: list[str]) -> subprocess.Popen[bytes]:
    with files.log.open("ab") as log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=files.home
        )


def _failure(files: Files) -> StorageError:
    try:
        told = json.loads(files.failure.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return StorageError("engine.not_started", log=str(files.log))
    return StorageError(told["key"], **told["params"])
