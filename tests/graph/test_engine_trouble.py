"""An engine that cannot be started or reached says what is wrong, by key."""

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import neo4j
import psutil
import pytest

from graph.engine import Endpoint, connect, open_engine, supervisor
from graph.engine.endpoint import version_of
from graph.engine.files import Files
from graph.engine.kinds import NEO4J_VERSION
from graph.errors import BadInputError, StorageError
from graph.settings import Settings
from tests.engines import Database

BROKEN_JAVA = {
    "engine.died": "echo 'Error: could not create the Java machine' >&2; exit 1",
    "engine.port_taken": "echo 'java.net.BindException: Address already in use'; exec /bin/sleep 60",
    "engine.disk_full": "echo 'java.io.IOException: No space left on device'; exec /bin/sleep 60",
    "engine.not_started": "echo starting; exec /bin/sleep 60",
}


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets what `java` does; the jars seem to be there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (tmp_path / "cache" / "faultline" / f"neo4j-{NEO4J_VERSION}" / "lib").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def does(script: str) -> None:
        (programs / "java").write_text(f"#!/bin/sh\n{script}\n")
        (programs / "java").chmod(0o755)

    return does


@pytest.mark.processes
@pytest.mark.skipif(sys.platform != "linux", reason="where the cache and the shell are is known on Linux")
@pytest.mark.parametrize("key", BROKEN_JAVA)
def test_an_engine_that_cannot_start_says_why_and_leaves_nothing_behind(
    tmp_path: Path, java: Callable[[str], None], key: str
) -> None:
    java(BROKEN_JAVA[key])
    settings = Settings(tmp_path / "data", engine_start_timeout=2.0)

    with pytest.raises(StorageError) as refused, open_engine(settings, "neo4j"):
        pass

    assert (refused.value.message.key, refused.value.exit_code) == (key, 3)
    if key == "engine.died":
        assert refused.value.message.params["last"] == "Error: could not create the Java machine"
    assert Files(tmp_path / "data" / "engine").running() is None
    assert not [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == str(tmp_path / "data" / "engine")]


@pytest.mark.processes
def test_without_java_neo4j_says_that_it_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StorageError, match=r"engine\.no_java"), open_engine(Settings(tmp_path / "data"), "neo4j"):
        pass


@pytest.mark.processes
def test_without_maven_neo4j_says_that_it_needs_it(
    tmp_path: Path, java: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    java("exit 0")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))

    with pytest.raises(StorageError, match=r"engine\.no_maven"), open_engine(Settings(tmp_path / "data"), "neo4j"):
        pass


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port of the loopback that somebody listens on."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield int(busy.getsockname()[1])


@pytest.mark.neo4j_long
def test_a_port_taken_meanwhile_is_left_for_another(
    database: Database, tmp_path: Path, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = supervisor.free_ports
    offered = [[taken_port, free(1)[0]]]
    monkeypatch.setattr(supervisor, "free_ports", lambda count: offered.pop() if offered else free(count))
    files = Files(tmp_path / "engine")
    files.make()

    process, port = supervisor._start(files, database.kind, "512m", 60)

    process.kill()
    process.wait()
    assert offered == []
    assert port != taken_port


@pytest.mark.parametrize(
    ("agent", "version"),
    [
        ("Neo4j/5.26.0 compatible (ArcadeDB)", (5, 26)),
        ("Neo4j/5.26.30", (5, 26)),
        ("Neo4j/2025.01.0", (2025, 1)),
        ("Neo4j/4.4.38", (4, 4)),
        ("Neo4j/dev", None),
        ("Neo4j/", None),
        ("Memgraph/2.0.0", None),
        ("", None),
    ],
)
def test_a_servers_version_is_read_from_what_it_calls_itself(agent: str, version: tuple[int, int] | None) -> None:
    assert version_of(agent) == version


class Fake:
    """A driver of a server that calls itself `agent` and answers everything."""

    def __init__(self, agent: str) -> None:
        self.agent, self.closed = agent, False

    def get_server_info(self) -> Any:
        return SimpleNamespace(agent=self.agent)

    def session(self, **_: Any) -> Any:
        return self

    def run(self, _: str) -> Any:
        return SimpleNamespace(consume=lambda: None)

    def __enter__(self) -> "Fake":
        return self

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("agent", ["Neo4j/4.4.38", "Neo4j/5.25.1", "Memgraph/3.0"])
def test_a_server_too_old_or_foreign_is_refused_and_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: str
) -> None:
    fake = Fake(agent)
    monkeypatch.setattr(neo4j.GraphDatabase, "driver", lambda *_, **__: fake)

    with pytest.raises(StorageError) as refused:
        connect(Endpoint("bolt://somewhere", "neo4j", "secret", None, "remote"), Settings(tmp_path))

    assert refused.value.message.key == "engine.too_old"
    assert dict(refused.value.message.params) == {"agent": agent, "oldest": "5.26"}
    assert fake.closed


def test_a_named_database_starts_nothing_here(tmp_path: Path, taken_port: int) -> None:
    uri = f"bolt://127.0.0.1:{taken_port}"
    data_dir = tmp_path / "data"
    settings = Settings.from_environment({"FAULTLINE_NEO4J_URI": uri, "FAULTLINE_DATA_DIR": str(data_dir)})

    with open_engine(settings) as endpoint:
        assert (endpoint.uri, endpoint.kind, endpoint.lock_dir) == (uri, "remote", None)

    assert not data_dir.exists()


def test_a_named_database_is_used_as_it_is(database: Database, tmp_path: Path) -> None:
    given = database.endpoint
    password = tmp_path / "password"
    password.write_text(f"{given.password}\n")
    settings = Settings.from_environment(
        {
            "FAULTLINE_NEO4J_URI": given.uri,
            "FAULTLINE_NEO4J_USER": given.user,
            "FAULTLINE_NEO4J_PASSWORD_FILE": str(password),
            "FAULTLINE_NEO4J_DATABASE": given.database or "",
            "FAULTLINE_DATA_DIR": str(tmp_path / "data"),
        }
    )

    with open_engine(settings) as endpoint, connect(endpoint, settings) as line:
        assert line.get_server_info().agent
    assert not (tmp_path / "data").exists()


def test_where_nobody_listens_the_database_is_unreachable(tmp_path: Path) -> None:
    uri = f"bolt://127.0.0.1:{supervisor.free_ports(1)[0]}"

    with pytest.raises(StorageError) as refused:
        connect(Endpoint(uri, "neo4j", "secret", None, "remote"), Settings(tmp_path))

    assert (refused.value.message.key, dict(refused.value.message.params)) == ("engine.unreachable", {"uri": uri})


@pytest.mark.parametrize(
    ("variables", "key"),
    [
        ({"FAULTLINE_TIMEZONE": "Mars/Olympus"}, "settings.timezone"),
        ({"FAULTLINE_LANG": "fr"}, "settings.language"),
        ({"FAULTLINE_NEO4J_PASSWORD_FILE": "/nowhere/at/all"}, "settings.password_file"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_name(variables: dict[str, str], key: str) -> None:
    with pytest.raises(BadInputError) as refused:
        Settings.from_environment(variables)

    assert refused.value.message.key == key
