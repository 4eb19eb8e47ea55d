"""The two engines that run here: what starts each of them, and how it says that it is ready."""

import ctypes
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from graph.errors import StorageError

EMBEDDED, NEO4J = "embedded", "neo4j"
KEPT = "classes.aot"  # beside the embedded engine, whose it is: graph.engine.classes
NEO4J_VERSION = "5.26.30"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>faultline</groupId><artifactId>engine</artifactId><version>1</version><dependencies><dependency>
<groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{NEO4J_VERSION}</version></dependency></dependencies>
</project>"""
# what Neo4j 5 needs opened on Java 17; found by starting it without
OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
CONF = """\
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.usage_report.enabled=false
server.memory.heap.initial_size=256m
server.memory.heap.max_size={memory}
server.memory.pagecache.size=256m
"""


@dataclass(frozen=True, slots=True)
class Launch:
    """What to run, and the words in its log that mean it listens. `user`, `database`: how to log in."""

    command: list[str]
    ready: str
    log: Path
    user: str
    database: str


def launch(kind: str, home: Path, port: int, http_port: int, memory: str) -> Launch:
    """The way to start an engine of that kind with its data under `home`, Bolt on `port` of the loopback."""
    makers: dict[str, Callable[[], Launch]] = {
        EMBEDDED: lambda: _embedded(home, port, http_port, memory),
        NEO4J: lambda: _neo4j(home, port, memory),
    }
    return makers[kind]()


def _embedded(home: Path, port: int, http_port: int, memory: str) -> Launch:
    package = embedded_package()
    # written by Faultline with a generated password; the engine reads it from the file, so that `ps` does not show it
    settings = {
        "server.rootPath": str(home / "arcadedb"),
        "server.rootPasswordPath": str(home / "password"),
        "server.defaultDatabases": "faultline[root]",
        "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "bolt.host": "127.0.0.1",
        "bolt.port": str(port),
        "server.httpIncomingHost": "127.0.0.1",
        "server.httpIncomingPort": str(http_port),
        "server.logsDirectory": str(home / "log"),
        "txWalFlush": "2",  # sync the write-ahead log: an acknowledged write survives a power cut
        "server.mode": "production",
    }
    java = package / "jre" / "bin" / ("java.exe" if os.name == "nt" else "java")
    # in an order of their own: what was kept of them fits only that, and a folder's own changes when it is copied
    jars = os.pathsep.join(sorted(map(str, (package / "jars").glob("*.jar"))))
    command = [str(java), f"-Xmx{memory}", "-XX:+UseSerialGC", "-Djava.awt.headless=true"]
    if (package / KEPT).is_file():
        # unverified, a wrong bit would be a crash; another Java may not know the options, and starts without
        command += ["-XX:+IgnoreUnrecognizedVMOptions", f"-XX:AOTCache={package / KEPT}", "-XX:+VerifySharedSpaces"]
    command += [f"-Darcadedb.{name}={value}" for name, value in settings.items()]
    command += ["-cp", jars, "com.arcadedb.server.ArcadeDBServer"]
    return Launch(command, "ArcadeDB Server started", home / "engine.log", "root", "faultline")


def embedded_package() -> Path:
    """The folder of the embedded engine. Raises StorageError `engine.unsupported` where this system has none."""
    found = importlib.util.find_spec("arcadedb_embedded")
    if found is None or found.origin is None or _glibc_too_old():
        system = f"{platform.system()} {platform.machine()} {' '.join(platform.libc_ver())}".strip()
        raise StorageError("engine.unsupported", system=system)
    return Path(found.origin).parent


def _glibc_too_old() -> bool:
    name, version = platform.libc_ver()
    parts = version.split(".")[:2]
    return name == "glibc" and all(part.isdecimal() for part in parts) and tuple(map(int, parts)) < (2, 34)


def _neo4j(home: Path, port: int, memory: str) -> Launch:
    java = shutil.which("java")
    if java is None:
        raise StorageError("engine.no_java")
    jars = neo4j_jars()
    conf = home / "neo4j" / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    (conf / "neo4j.conf").write_text(CONF.format(port=port, memory=memory), encoding="utf-8")
    command = [java, *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENED)]
    command += ["-cp", str(jars / "*"), "org.neo4j.server.CommunityEntryPoint"]
    command += [f"--home-dir={conf.parent}", f"--config-dir={conf}"]
    # it writes to its output only where that is a terminal
    return Launch(command, "Started.", conf.parent / "logs" / "neo4j.log", "neo4j", "neo4j")


def neo4j_jars() -> Path:
    """The folder of Neo4j's jars, fetched by Maven into the user's cache the first time."""
    folder = user_cache_path("faultline", appauthor=False) / f"neo4j-{NEO4J_VERSION}"
    if not (folder / "lib").is_dir():
        maven = shutil.which("mvn")
        if maven is None:
            raise StorageError("engine.no_maven")
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent))
        (scratch / "pom.xml").write_text(POM, encoding="utf-8")
        fetch = [maven, "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=lib"]
        done = subprocess.run(fetch, cwd=scratch, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StorageError("engine.no_jars", reason=done.stdout.strip()[-200:])
        if not folder.is_dir():
            scratch.replace(folder)
    return folder / "lib"


def die_with_parent() -> None:
    """Run in the child before the engine starts: it ends when its supervisor does, even by `kill -9` (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # 1: PR_SET_PDEATHSIG
