"""An operation runs until it is done, its time is over, or nobody waits for it any more."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from api.server.runtime import Runtime
from graph.deadline import Deadline, TooSlowError, within

Result = TypeVar("Result")


class GoneError(Exception):
    """Whoever asked has gone."""


async def finished(work: Coroutine[Any, Any, Result], request: Request, runtime: Runtime) -> Result:
    """What a query gives.

    What does not end in time is stopped (`graph.deadline`), and keeps its place until it has really ended.

    Raises
    ------
    TooSlowError
        `server.too_slow`.
    GoneError
        The client closed its connection.
    """
    limit = Deadline(runtime.settings.request.query_seconds)
    with within(limit):
        task = asyncio.ensure_future(work)
    gone, stopped = asyncio.ensure_future(_gone(request)), asyncio.Event()
    over = asyncio.ensure_future(stopped.wait())
    loop = asyncio.get_running_loop()
    runtime.stopping.running.add(limit)
    task.add_done_callback(lambda _: runtime.stopping.running.discard(limit))
    try:
        with limit.cuts(lambda: loop.call_soon_threadsafe(stopped.set)):
            await asyncio.wait({task, gone, over}, timeout=limit.seconds, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        if gone.done():
            raise GoneError
        raise TooSlowError("server.too_slow", seconds=limit.seconds)
    finally:
        gone.cancel()
        over.cancel()
        if not task.done():
            _give_up(task, request, runtime)
            limit.stop()


def _give_up(task: "asyncio.Future[Any]", request: Request, runtime: Runtime) -> None:
    runtime.metrics.given_up.inc()
    task.add_done_callback(lambda _: runtime.metrics.given_up.dec())
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    request.state.place.until(task)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
