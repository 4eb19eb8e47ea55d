"""Every request gets an id and leaves a line in the log; what went wrong unforeseen is told to the log alone."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.feeds import FEEDS
from api.server.metrics import Metrics
from api.server.notes import HEADER, NOTE, Note, request_id_of
from api.server.requests import refusal
from api.server.telemetry import Tracing

LOG = logging.getLogger("faultline.request")
TOKEN_NAME = 40  # characters of the name of a calendar's address that are logged
LONGEST_PATH = 200  # characters of it that are logged


class NotTakenError(Exception):
    """The client does not read its answer."""


@dataclass(eq=False, slots=True)
class _Sent:
    status: int = 0


class Observed:
    """The outermost of the application."""

    def __init__(self, app: ASGIApp, metrics: Metrics, tracing: Tracing, patience: float) -> None:
        self._app, self._metrics, self._tracing, self._patience = app, metrics, tracing, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        about, sent, began = Note(request_id_of(Headers(scope=scope))), _Sent(), time.perf_counter()

        async def with_id(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                sent.status = message.get("status", 101)
                MutableHeaders(scope=message)[HEADER] = about.request_id
            try:
                async with asyncio.timeout(self._patience):
                    await send(message)
            except TimeoutError:
                raise NotTakenError from None

        token = NOTE.set(about)
        self._metrics.running.inc()
        try:
            with self._tracing.span("request") as noted:
                noted("faultline.request_id", about.request_id)
                await self._app(scope, receive, with_id)
                noted("http.response.status_code", sent.status)
        except NotTakenError:
            about.key = "limits.not_taken"  # left unfinished, the connection is closed
        except Exception:
            LOG.exception("unexpected error", extra={"fields": {"request_id": about.request_id}})
            if sent.status or scope["type"] != "http":
                raise
            await refusal(500, "server.internal")(scope, receive, with_id)
        finally:
            self._metrics.running.dec()
            NOTE.reset(token)
            self._tell(scope, about, sent.status, time.perf_counter() - began)

    def _tell(self, scope: Scope, about: Note, status: int, seconds: float) -> None:
        # the path of what was not found is no label: there are as many as somebody likes to ask for
        route = getattr(scope.get("endpoint"), "__name__", "none")
        self._metrics.requests.labels(route, str(status)).observe(seconds)
        if about.key is not None:
            self._metrics.refused.labels(about.key).inc()
        fields: dict[str, Any] = {
            "request_id": about.request_id,
            "method": scope.get("method", "WEBSOCKET"),
            "path": _without_secret(scope["path"])[:LONGEST_PATH],
            "status": status,
            "milliseconds": round(seconds * 1_000, 2),
            "actor": about.actor,
            "operation": about.operation,
            "revision": about.revision,
            "cost": about.cost,
            "key": about.key,
        }
        LOG.info("request", extra={"fields": {name: value for name, value in fields.items() if value is not None}})


def _without_secret(path: str) -> str:
    # the address of a calendar is all that whoever reads it shows
    if not path.startswith(FEEDS):
        return path
    name, dot, _ = path.removeprefix(FEEDS).partition(".")
    return f"{FEEDS}{name[:TOKEN_NAME]}{dot and '.…'}"
