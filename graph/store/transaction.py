"""Write transactions that are tried again until they are known to have happened exactly once."""

import contextlib
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import neo4j
from neo4j.exceptions import (
    ConstraintError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from graph.deadline import check, deadline
from graph.engine.line import Line
from graph.errors import StorageError

Result = TypeVar("Result")
FIRST_PAUSE = 0.05  # seconds; doubled at every further try, with jitter
LONGEST_PAUSE = 2.0
# ArcadeDB answers a lost race between two writers with these instead of a transient error (measured on 26.10)
RACE_CODES = ("Neo.ClientError.Transaction", "Neo.DatabaseError.Transaction", "Neo.DatabaseError.General")
# and Neo4j with these one between two that declare the same thing at once, IF NOT EXISTS or not
SCHEMA_RACE = re.compile(r"Neo\.ClientError\.Schema\.\w+AlreadyExists")


class Runs(Protocol):
    """What runs a statement: a transaction, or a session of one."""

    def run(self, text: str, /, **parameters: Any) -> neo4j.Result:
        """The rows of a statement."""
        ...


@dataclass(frozen=True, slots=True)
class _OneStatement:
    session: neo4j.Session

    def run(self, text: str, /, **parameters: Any) -> neo4j.Result:
        """The rows of a statement, in what is left of the time of whoever asks."""
        return self.session.run(neo4j.Query(text, timeout=_time_left()), parameters)


@dataclass(slots=True)
class InUse:
    """How many sessions are open now; each has at most one connection of the driver's pool."""

    now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """One more within the block."""
        with self._lock:
            self.now += 1
        try:
            yield
        finally:
            with self._lock:
                self.now -= 1


@dataclass(frozen=True, slots=True)
class Sessions:
    """How to reach the database: a line to it, the database's name, and how long to go on trying, in seconds.

    What is read for somebody whose time is over (`graph.deadline`) is cut off: TooSlowError.
    """

    line: Line
    database: str | None
    retry_seconds: float = 30.0
    in_use: InUse = field(default_factory=InUse)

    @contextlib.contextmanager
    def open(self, **options: Any) -> Iterator[neo4j.Session]:
        """A session on the database."""
        with self.in_use.one(), self.line.session(database=self.database, **options) as session:
            yield session

    @contextlib.contextmanager
    def _cut_off(self, **options: Any) -> Iterator[neo4j.Session]:
        # a session to read in, that whoever stops the deadline cuts off
        current = deadline()
        with self.open(**options) as session:
            if current is None:
                yield session
                return
            try:
                with current.cuts(lambda: _cut(session)):
                    yield session
            except Exception:
                current.check()  # whatever being cut off looked like
                raise

    def write(self, work: Callable[[neo4j.Transaction, int], Result]) -> Result:
        """Run `work(tx, attempt)` in a transaction of its own and commit it.

        Tried again after lost races, lost connections and ambiguous commits, which is why `work` must look for its
        own marker first whenever `attempt` > 0. Raises StorageError when the time for it is over.
        """

        def once(attempt: int) -> Result:
            with self.open() as session, session.begin_transaction() as tx:
                result = work(tx, attempt)
                tx.commit()
                return result

        return self._tried(once)

    def looked_at(self, work: Callable[[neo4j.Transaction], Result]) -> Result:
        """Run `work(tx)` in a transaction that may take locks and is rolled back. Tried again as `write`."""

        def once(_: int) -> Result:
            with self._cut_off() as session, session.begin_transaction(timeout=_time_left()) as tx:
                check()
                result = work(tx)
                tx.rollback()
                return result

        return self._tried(once)

    def declare(self, text: str) -> None:
        """Run a statement of the schema in a transaction that the database makes; it can be repeated without harm."""

        def once(_: int) -> None:
            with self.open() as session:
                session.run(text).consume()

        self._tried(once)

    def _tried(self, once: Callable[[int], Result]) -> Result:
        until = time.monotonic() + self.retry_seconds
        attempt = 0
        while True:
            check()
            driver = self.line.driver
            try:
                with self.line.watched():
                    return once(attempt)
            except (DriverError, Neo4jError) as error:
                # whatever came of a driver that was cut off may go well with the next one
                if not is_worth_retrying(error) and self.line.driver is driver:
                    raise
                if time.monotonic() > until:
                    raise StorageError("storage.unavailable", reason=code_of(error)) from error
                pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
                time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
                attempt += 1

    def asked(self, work: Callable[[neo4j.Session], Result]) -> Result:
        """Run `work` once on a session that waits two seconds for a connection. StorageError where it cannot."""
        try:
            with self.line.watched(), self.line.quick_session(database=self.database) as session:
                return work(session)
        except (DriverError, Neo4jError) as error:
            raise StorageError("storage.unavailable", reason=code_of(error)) from error

    def look(self, work: Callable[[Runs], Result]) -> Result:
        """Run `work`, which runs one statement that reads; a transaction of its own costs two more trips.

        Tried again as `write`.
        """

        def once(_: int) -> Result:
            with self._cut_off(default_access_mode=neo4j.READ_ACCESS) as session:
                check()
                return work(_OneStatement(session))

        return self._tried(once)

    def read(self, work: Callable[[neo4j.Transaction], Result]) -> Result:
        """Run `work(tx)` in a read transaction, for what reads by more than one statement. Tried again as `write`.

        Not by the driver, which would go on trying to connect for somebody who waits no longer.
        """

        def once(_: int) -> Result:
            with (
                self._cut_off(default_access_mode=neo4j.READ_ACCESS) as session,
                session.begin_transaction(timeout=_time_left()) as tx,
            ):
                check()
                result = work(tx)
                tx.commit()
                return result

        return self._tried(once)


def _time_left() -> float | None:
    # Neo4j ends a transaction by itself when its time is over; ArcadeDB 26.10 does not look at it, nor at who has
    # gone, so what is cut off there runs to its end in the engine: statements are bounded by what they are
    current = deadline()
    return None if current is None else max(current.left, 0.001)


def _cut(session: neo4j.Session) -> None:
    # as `AsyncSession.cancel` does it: the driver offers it there only, and a thread that waits for a database that
    # has gone silent is not to be woken otherwise
    connection = getattr(session, "_connection", None)
    if connection is not None:
        connection.kill()


def is_worth_retrying(error: Exception) -> bool:
    """Whether the same work may succeed when it is done again."""
    if isinstance(error, TransientError | ServiceUnavailable | SessionExpired | ConstraintError):
        return True
    if not isinstance(error, Neo4jError):
        return False
    code = str(error.code)
    return code.startswith(RACE_CODES) or bool(SCHEMA_RACE.fullmatch(code))


def code_of(error: Exception) -> str:
    """What to tell of a driver's error: its code, never its text (which may hold data)."""
    return str(getattr(error, "code", None) or type(error).__name__)
