"""How a server ends: it says so, answers what it was asked, and is gone before anybody kills it."""

import asyncio
import signal
import time
from collections.abc import Callable
from types import FrameType

import uvicorn

from graph.deadline import Deadline

QUERIES_LEFT = 10.0  # seconds that queries still have
ANSWERS_LEFT = 15  # seconds until all connections are closed; an engine of ours needs three more, 20 in all


class Stopping:
    """Whether this process is ending, the deadlines of queries that are running, and who else is told of the end."""

    def __init__(self) -> None:
        self.since: float | None = None
        self.running: set[Deadline] = set()
        self.told: list[Callable[[], object]] = []

    def begin(self) -> None:
        """End: no longer ready, from now on."""
        if self.since is None:
            self.since = time.monotonic()
            for tell in self.told:
                tell()

    def cut_short(self) -> None:
        """Stop the queries that are still running; what writes is never stopped."""
        for each in list(self.running):
            each.stop()


class Server(uvicorn.Server):
    """Ends with exit code 0 on SIGTERM and SIGINT. `drain`: seconds that it listens on while it says it is not ready.

    A second SIGINT ends it without waiting for answers.
    """

    def __init__(self, config: uvicorn.Config, stopping: Stopping, drain: float = 0.0) -> None:
        super().__init__(config)
        self._stopping, self._drain = stopping, drain

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note that it is to end; the signal is not passed on to whoever would die of it."""
        if self._stopping.since is not None and sig == signal.SIGINT:
            self.should_exit = self.force_exit = True
        self._stopping.begin()

    async def on_tick(self, counter: int) -> bool:
        """Whether to end now; asked ten times a second."""
        since = self._stopping.since
        if since is not None and time.monotonic() - since >= self._drain:
            self.should_exit = True
            asyncio.get_running_loop().call_later(QUERIES_LEFT, self._stopping.cut_short)
        return await super().on_tick(counter)
