"""Write transactions that are tried again until they are known to have happened exactly once."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import neo4j
from neo4j.exceptions import (
    ConstraintError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from graph.engine.line import Line
from graph.errors import StorageError

Result = TypeVar("Result")
FIRST_PAUSE = 0.05  # seconds; doubled at every further try, with jitter
LONGEST_PAUSE = 2.0
# ArcadeDB answers a lost race between two writers with these instead of a transient error (measured on 26.10)
RACE_CODES = ("Neo.ClientError.Transaction", "Neo.DatabaseError.Transaction", "Neo.DatabaseError.General")
# and Neo4j with these one between two that declare the same thing at once, IF NOT EXISTS or not
SCHEMA_RACE = re.compile(r"Neo\.ClientError\.Schema\.\w+AlreadyExists")


@dataclass(frozen=True, slots=True)
class Sessions:
    """How to reach the database: a line to it, the database's name, and how long to go on trying, in seconds."""

    line: Line
    database: str | None
    retry_seconds: float = 30.0

    def open(self, **options: object) -> neo4j.Session:
        """A session on the database."""
        return self.line.session(database=self.database, **options)

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
            with self.open() as session, session.begin_transaction() as tx:
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
        deadline = time.monotonic() + self.retry_seconds
        attempt = 0
        while True:
            driver = self.line.driver
            try:
                with self.line.watched():
                    return once(attempt)
            except (DriverError, Neo4jError) as error:
                # whatever came of a driver that was cut off may go well with the next one
                if not is_worth_retrying(error) and self.line.driver is driver:
                    raise
                if time.monotonic() > deadline:
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

    def read(self, work: Callable[[neo4j.ManagedTransaction], Result]) -> Result:
        """Run `work` in a read transaction; tried again by the driver, and here where the end of one got lost."""

        def once(_: int) -> Result:
            with self.open(default_access_mode=neo4j.READ_ACCESS) as session:
                return session.execute_read(work)

        return self._tried(once)


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
