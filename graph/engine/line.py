"""A driver that is replaced where the database has fallen silent, so that nobody waits for an answer that never comes.

The driver waits for ever on a connection whose other end is gone without a word (a firewall that forgot it, a machine
that lost its power). So what takes long is watched: where a new connection is not answered either, all old ones are cut
off, and whoever waited on them tries again. A long statement of a database that answers others is left alone.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

SILENT = 5.0  # seconds after which a statement makes us ask whether the database is there
GOODBYE = 1.0  # seconds that whoever is at work has to finish
LOOKED = 1.0  # seconds between two looks
QUICK = {
    "connection_timeout": 2.0,
    "connection_acquisition_timeout": 2.0,
    "max_transaction_retry_time": 0.0,
    "max_connection_pool_size": 4,
    "liveness_check_timeout": 0.0,
}
# an engine that is busy, or collects garbage, is not cut off for it
PATIENT = {**QUICK, "connection_timeout": 10.0, "connection_acquisition_timeout": 10.0}


class Line:
    """As much of a driver as we use. `make` makes one, with the options given."""

    def __init__(self, make: Callable[..., neo4j.Driver]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._numbers = count()
        self._busy: dict[int, float] = {}
        self._watcher: threading.Thread | None = None
        self._quick: neo4j.Driver | None = None
        self.driver = make()

    def session(self, **options: Any) -> neo4j.Session:
        """A session on the driver of now."""
        return self.driver.session(**options)

    def quick_session(self, **options: Any) -> neo4j.Session:
        """A session that waits no longer than two seconds for a connection, which is tried before it is used."""
        with self._lock:
            if self._closed.is_set():
                raise DriverError("closed")
            if self._quick is None:
                self._quick = self._make(**QUICK)
            return self._quick.session(**options)

    def get_server_info(self) -> neo4j.ServerInfo:
        """What the server says of itself."""
        return self.driver.get_server_info()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Within it, somebody waits for the database."""
        if self._watcher is None:
            self._watch()
        number = next(self._numbers)
        self._busy[number] = time.monotonic()
        try:
            yield
        finally:
            del self._busy[number]

    def close(self) -> None:
        """Close all connections; who is still at work on one is waited for, for a moment.

        A connection that is closed while another thread writes on it says goodbye into the middle of a message.
        """
        self._closed.set()
        until = time.monotonic() + GOODBYE
        while self._busy and time.monotonic() < until:
            time.sleep(0.01)
        with self._lock:
            drivers, self._quick = [self.driver, self._quick], None
        for driver in drivers:
            if driver is not None:
                driver.close()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _watch(self) -> None:
        with self._lock:
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._look, daemon=True)
                self._watcher.start()

    def _look(self) -> None:
        asked = 0.0
        while not self._closed.wait(LOOKED):
            now = time.monotonic()
            waiting = any(now - since > SILENT for since in list(self._busy.values()))
            if waiting and now - asked > SILENT:
                if not self._answers():
                    self._renew()
                asked = time.monotonic()

    def _answers(self) -> bool:
        with self._make(**PATIENT) as driver:
            try:
                driver.get_server_info()
            except (DriverError, Neo4jError, OSError):
                return False
        return True

    def _renew(self) -> None:
        with self._lock:
            if self._closed.is_set():
                return
            old, self.driver = self.driver, self._make()
            quick, self._quick = self._quick, None
        for driver in (old, quick):
            if driver is not None:
                # saying goodbye to somebody who does not listen takes time
                threading.Thread(target=driver.close, daemon=True).start()
