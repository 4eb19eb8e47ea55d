"""Subscriptions as server-sent events: one request, one stream (GraphQL over SSE, distinct connections mode)."""

import json
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.schema.reading import Reading
from api.server.gate import Lately, Still
from api.server.requests import EVENTS, Question, refusal
from api.server.runtime import Runtime
from api.server.streams import SENDING, answers

HEARTBEAT = 15.0  # seconds after which a comment is sent, so that proxies keep an idle stream
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(Response):
    """The answers to a subscription; it ends with the subscription, with its reader, or when the reader is too slow."""

    def __init__(self, question: Question, reading: Reading, runtime: Runtime, still: Still) -> None:
        super().__init__(media_type=EVENTS, headers=HEADERS)
        del self.headers["content-length"]
        self._question, self._reading, self._runtime, self._still = question, reading, runtime, still

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._runtime.watching.place(self._reading.actor) as is_free:
            if not is_free:
                await refusal(503, "server.too_many_watch", {"Retry-After": "10"})(scope, receive, send)
                return
            # it lives as long as its reader likes: from here on it is one of those that watch, and of nothing else
            scope["state"]["place"].leave()
            await self._stream(receive, send)

    async def _stream(self, receive: Receive, send: Send) -> None:
        lock, still = anyio.Lock(), Lately(self._still)

        async def put(text: str) -> None:
            async with lock:
                with anyio.fail_after(SENDING):
                    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            group.cancel_scope.cancel()

        async def beat() -> None:
            while True:
                await anyio.sleep(HEARTBEAT)
                if not await still():  # whoever asked is known no longer
                    group.cancel_scope.cancel()
                await put(":\n\n")

        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(watch)
                group.start_soon(beat)
                async with aclosing(answers(self._question, self._reading, self._runtime)) as found:
                    async for answer in found:
                        if not await still():
                            group.cancel_scope.cancel()
                        await put(event("next", answer))
                await put(event("complete"))
                with anyio.fail_after(SENDING):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                group.cancel_scope.cancel()
        except* TimeoutError:
            pass  # the reader is dropped; what it has not read it finds in the log


def event(name: str, data: Mapping[str, Any] | None = None) -> str:
    """One event. JSON has no line ends of its own."""
    return f"event: {name}\ndata: {'' if data is None else json.dumps(data)}\n\n"
