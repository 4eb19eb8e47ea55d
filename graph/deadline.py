"""How long the work of one request may take, wherever it is done.

A deadline goes with the context into every thread that works for the request. Whoever waits for the request stops it;
what then still works for it is cut off from the database and refused at its next read.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from graph.errors import FaultlineError


class TooSlowError(FaultlineError):
    """The time for a request is over; nothing was changed."""

    exit_code = 3


class Deadline:
    """The end of the time for one request; `seconds` from now on. Safe to use from any thread."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._stopped = False
        self._cut: dict[object, Callable[[], object]] = {}

    @property
    def left(self) -> float:
        """Seconds that are left, none once it was stopped."""
        return 0.0 if self._stopped else max(0.0, self._until - time.monotonic())

    def check(self) -> None:
        """Raise TooSlowError `server.too_slow` once it is over."""
        if self.left <= 0:
            raise TooSlowError("server.too_slow", seconds=self.seconds)

    def stop(self) -> None:
        """End it now, and cut off whatever waits for the database."""
        with self._lock:
            self._stopped = True
            cut = list(self._cut.values())
        for each in cut:
            each()

    @contextlib.contextmanager
    def cuts(self, off: Callable[[], object]) -> Iterator[None]:
        """Within the block, `off()` is called by whoever stops it."""
        name = object()
        with self._lock:
            self._cut[name] = off
        try:
            yield
        finally:
            with self._lock:
                del self._cut[name]


_CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def deadline() -> Deadline | None:
    """The deadline of whoever this is done for; `None` where nobody waits."""
    return _CURRENT.get()


def check() -> None:
    """Raise TooSlowError where a deadline is over."""
    if (current := _CURRENT.get()) is not None:
        current.check()


@contextlib.contextmanager
def within(limit: Deadline | None) -> Iterator[None]:
    """Work within the block is done under this deadline; `None`: under none, as what others use too is."""
    token = _CURRENT.set(limit)
    try:
        yield
    finally:
        _CURRENT.reset(token)


@contextlib.contextmanager
def acquired(lock: threading.Lock) -> Iterator[None]:
    """Hold a lock, waited for no longer than the deadline allows; TooSlowError where it is over."""
    current = _CURRENT.get()
    if current is None:
        lock.acquire()
    elif not lock.acquire(timeout=current.left):
        raise TooSlowError("server.too_slow", seconds=current.seconds)
    try:
        yield
    finally:
        lock.release()
