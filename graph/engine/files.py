"""The files by which processes on one data directory share an engine."""

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from graph.errors import StorageError
from graph.whole import whole

try:
    import fcntl
except ImportError:  # Windows has no advisory locks of this kind: Neo4j is used there
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Running:
    """A running engine as its port file tells. `started`: when its process began, so that a reused pid is seen."""

    kind: str
    pid: int
    started: float
    port: int


@dataclass(frozen=True, slots=True)
class Files:
    """Paths under `<data directory>/engine`."""

    home: Path

    @property
    def users(self) -> Path:
        """Held shared by every user of the engine."""
        return self.home / "users.lock"

    @property
    def start(self) -> Path:
        """Held exclusively by whoever starts, joins or stops the engine, for as long as that takes."""
        return self.home / "start.lock"

    @property
    def supervisor(self) -> Path:
        """Held exclusively by the supervisor for as long as it lives."""
        return self.home / "supervisor.lock"

    @property
    def writer(self) -> Path:
        """Held exclusively by the one process that is writing."""
        return self.home / "writer.lock"

    @property
    def port(self) -> Path:
        """Where the engine answers; there only while it does."""
        return self.home / "port.json"

    @property
    def failure(self) -> Path:
        """Why the engine could not be started, for the one who waits for it."""
        return self.home / "failure.json"

    @property
    def log(self) -> Path:
        """What the engine said while it started and ran."""
        return self.home / "engine.log"

    def make(self) -> None:
        """Make the folder, for this user only, and a password where there is none.

        Raises StorageError when the data directory cannot be written.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            make_secret(self.home / "password")
        except OSError as error:
            raise StorageError("engine.no_directory", path=str(self.home), reason=error.strerror or "") from error

    def password(self) -> str:
        """The generated password."""
        return (self.home / "password").read_text(encoding="utf-8").strip()

    def running(self) -> Running | None:
        """What the port file says, `None` where there is none."""
        try:
            return Running(**json.loads(self.port.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def announce(self, running: Running) -> None:
        """Write the port file at once."""
        put(self.port, json.dumps(asdict(running)))


def make_secret(path: Path) -> None:
    """Make a file with a random text, for this user only, where there is none."""
    if path.exists():
        return
    # linked into its place whole: a process killed here leaves no empty file, and of two the first one's stays
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=path.name) as file:
        file.write(secrets.token_urlsafe(24))
        file.flush()
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(file.name)


def put(path: Path, text: str) -> None:
    """Write a small file of text whole."""
    with whole(path) as file:
        file.write(text.encode())


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Take an operating-system lock without waiting; the descriptor that holds it, or `None`."""
    if fcntl is None:
        raise StorageError("engine.unsupported", system="Windows")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def wait_lock(path: Path, *, shared: bool = False) -> int:
    """Take an operating-system lock, waiting for it; the descriptor that holds it."""
    if fcntl is None:
        raise StorageError("engine.unsupported", system="Windows")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    return descriptor


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock exclusively within the block."""
    descriptor = wait_lock(path)
    try:
        yield
    finally:
        os.close(descriptor)
