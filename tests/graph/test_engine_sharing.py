"""One engine for all processes on a data directory: shared, outliving its starter, gone soon after its last user."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from graph.engine import connect, open_engine
from graph.engine.datadir import settle
from graph.engine.files import Files, Running, try_lock
from graph.errors import StorageError
from graph.settings import Settings
from tests.conftest import BOTH
from tests.engines import why_not

GONE_WITHIN = 5.0  # seconds after the last user (issue and INTERFACES)
PATIENCE = 60  # seconds for what need not be quick


class User:
    """Another process that uses the engine."""

    def __init__(self, data_dir: Path, kind: str) -> None:
        command = [sys.executable, "-m", "tests.graph.engine_user", str(data_dir), kind]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.engine = -1

    def ready(self) -> "User":
        word, pid, _ = self._answer().split()
        assert word == "ready"
        self.engine = int(pid)
        return self

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def write(self, ci_id: str) -> int:
        self.tell(f"write {ci_id}")
        return int(self._answer().split()[1])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class Office:
    """Starts users on one data directory."""

    def __init__(self, data_dir: Path, kind: str) -> None:
        self.data_dir, self.kind = data_dir, kind
        self.users: list[User] = []

    def user(self) -> User:
        self.users.append(User(self.data_dir, self.kind))
        return self.users[-1]

    @property
    def port_file(self) -> Running | None:
        return Files(self.data_dir / "engine").running()


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    reason = why_not(request.param)
    if reason:
        pytest.skip(reason)
    found = Office(tmp_path / "data", request.param)
    yield found
    for user in found.users:
        user.close()
    assert seconds_until_gone(found.users[0].engine, PATIENCE) < PATIENCE


def seconds_until_gone(pid: int, patience: float) -> float:
    """How long a process is still there, at most `patience`."""
    began = time.monotonic()
    while time.monotonic() - began < patience:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                break
        except psutil.NoSuchProcess:
            break
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.mark.long
def test_an_engine_outlives_the_one_who_started_it_and_ends_after_its_last_user(office: Office) -> None:
    starter = office.user().ready()
    joiner = office.user().ready()
    assert joiner.engine == starter.engine

    joiner.write("before")
    starter.kill()
    time.sleep(3)
    revision = joiner.write("after")

    assert (revision, psutil.pid_exists(joiner.engine)) == (2, True)
    joiner.tell("leave")
    joiner.process.wait(PATIENCE)
    assert seconds_until_gone(joiner.engine, 20) <= GONE_WITHIN
    assert office.port_file is None


@pytest.mark.neo4j_long
def test_an_engine_whose_users_are_all_killed_is_gone_soon_and_has_kept_what_it_acknowledged(office: Office) -> None:
    users = [office.user() for _ in range(2)]
    one, two = [user.ready() for user in users]
    one.write("a")
    two.write("b")

    one.kill()
    two.kill()

    assert seconds_until_gone(one.engine, 20) <= GONE_WITHIN
    assert office.user().ready().write("c") == 3


@pytest.mark.neo4j_long
def test_an_engine_whose_supervisor_is_killed_ends_and_the_next_user_starts_another(office: Office) -> None:
    user = office.user().ready()
    user.write("a")

    psutil.Process(psutil.Process(user.engine).ppid()).kill()

    assert seconds_until_gone(user.engine, 20) <= GONE_WITHIN
    another = office.user().ready()
    assert another.engine != user.engine
    assert another.write("b") == 2


@pytest.mark.neo4j_long
def test_two_who_start_at_once_share_one_engine(office: Office) -> None:
    users = [office.user() for _ in range(3)]

    assert len({user.ready().engine for user in users}) == 1


@pytest.mark.neo4j_long
def test_joining_takes_the_running_engine_of_whatever_kind(office: Office) -> None:
    user = office.user().ready()

    settings = Settings(office.data_dir)
    with open_engine(settings) as endpoint:
        connect(endpoint, settings).close()

    assert endpoint.kind == office.kind
    assert office.port_file is not None
    assert office.port_file.pid == user.engine


@pytest.mark.neo4j_long
def test_a_wrong_password_is_told_as_such(office: Office) -> None:
    office.user().ready()
    settings = Settings(office.data_dir)
    with open_engine(settings) as endpoint:
        (office.data_dir / "engine" / "password").write_text("another-password")
        with open_engine(settings) as wrong, pytest.raises(StorageError) as refused:
            connect(wrong, settings)

    assert refused.value.message.key == "engine.wrong_password"
    assert refused.value.message.params["user"] == endpoint.user
    assert "another-password" not in str(refused.value)


@pytest.mark.long
def test_a_password_file_that_was_changed_while_the_engine_was_off_is_told_when_it_starts(office: Office) -> None:
    user = office.user().ready()
    user.kill()
    assert seconds_until_gone(user.engine, 20) <= GONE_WITHIN
    (office.data_dir / "engine" / "password").write_text("another-password-of-some-length")

    settings = Settings(office.data_dir, engine_memory="512m", engine_start_timeout=30)
    with pytest.raises(StorageError) as refused, open_engine(settings, office.kind):
        pass

    assert refused.value.message.key == "engine.wrong_password"


@pytest.mark.storage
def test_a_supervisor_that_is_not_ready_yet_is_waited_for(tmp_path: Path) -> None:
    # as after a starter that was killed: its supervisor has the lock and has announced nothing
    files = settle(tmp_path / "data")
    lock = try_lock(files.supervisor)
    assert lock is not None
    freed = threading.Timer(3, os.close, (lock,))
    freed.start()

    with open_engine(Settings(tmp_path / "data", engine_memory="512m")) as endpoint:
        assert endpoint.kind == "embedded"
    freed.join()
