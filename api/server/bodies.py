"""Bodies are taken whole, as they are, up to a length and in a time."""

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.server.requests import refusal
from api.server.settings import RequestLimits

STREAMED = "/import/"  # bodies that have a limit of their own, and are never held in memory
LONGEST_NUMBER = 20  # digits of a length; more are not even read


class BodyLimit:
    """Refuses what is packed, too long (by its announced length and by what really comes), or does not come."""

    def __init__(self, app: ASGIApp, limits: RequestLimits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(STREAMED):
            await self._app(scope, receive, send)
            return
        body = self._refused(Headers(scope=scope)) or await self._timely(receive)
        if isinstance(body, Response):
            await body(scope, receive, send)
        elif body is not None:
            await self._app(scope, _Again(body, receive), send)

    def _refused(self, headers: Headers) -> Response | None:
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            # nothing is unpacked: a kilobyte may be a gigabyte
            return refusal(415, "limits.encoding", {"Accept-Encoding": "identity"})
        announced = headers.get("content-length", "0")
        short = announced.isascii() and announced.isdigit() and len(announced) < LONGEST_NUMBER
        if not short or int(announced) > self._limits.body_bytes:
            return refusal(413, "server.body_too_long")
        return None

    async def _timely(self, receive: Receive) -> bytes | Response | None:
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                return await self._read(receive)
        except TimeoutError:
            return refusal(408, "limits.body_slow", {"Connection": "close"})

    async def _read(self, receive: Receive) -> bytes | Response | None:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None  # the client has gone
            body += message.get("body", b"")
            if len(body) > self._limits.body_bytes:
                return refusal(413, "server.body_too_long")
            if not message.get("more_body", False):
                return bytes(body)


@dataclass(eq=False, slots=True)
class _Again:
    # the body once, then whatever else the client does
    body: bytes | None
    receive: Receive

    async def __call__(self) -> Message:
        if self.body is None:
            return await self.receive()
        body, self.body = self.body, None
        return {"type": "http.request", "body": body, "more_body": False}
