"""The ASGI application: who may come in, how much may be sent, and what answers."""

import hmac
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anyio import CapacityLimiter, move_on_after
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from api.register import Register
from api.server.graphql import answer
from api.server.importing import upload
from api.server.requests import refusal
from api.server.sockets import Socket
from api.server.streams import Watching
from api.who import local_actor
from graph.errors import FaultlineError

LONGEST_BODY = 1_000_000  # bytes; a query of a person or script has hundreds
PROBES = ("/livez", "/readyz")
LOCAL = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE)
STREAMED = "/import/"  # bodies that have a limit of their own, and are never held in memory
PATIENCE = 2.0  # seconds that a probe waits for the store; who asks has a limit of its own
WAITING = 4  # probes that may wait at once, so that a store that hangs takes no thread from questions


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may come in. Without a token: local mode, loopback only (INTERFACES: Who)."""

    token: str | None

    @property
    def local(self) -> bool:
        """Whether this is local mode."""
        return self.token is None

    @property
    def actor(self) -> str:
        """Whoever has come in, for the log."""
        return local_actor() if self.local else "token:admin"

    def knows(self, authorization: str) -> bool:
        """Whether that is the token."""
        scheme, _, token = authorization.partition(" ")
        given, known = token.strip().encode("utf-8", "surrogatepass"), (self.token or "").encode()
        return scheme.lower() == "bearer" and bool(known) and hmac.compare_digest(given, known)


def make_app(register: Register, guard: Guard) -> Starlette:
    """The application over an open register."""

    async def livez(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    waiting = CapacityLimiter(WAITING)

    async def readyz(_: Request) -> Response:
        reason = "server.store_silent"
        with move_on_after(PATIENCE):
            try:
                revision = await run_sync(register.store.revision, abandon_on_cancel=True, limiter=waiting)
                return JSONResponse({"ready": True, "revision": revision})
            except FaultlineError as error:
                reason = error.message.key
            except Exception:  # whatever it is, this process cannot answer questions now
                logging.getLogger(__name__).exception("the store cannot be read")
        return JSONResponse({"ready": False, "reason": reason}, 503)

    async def graphql(request: Request) -> Response:
        return await answer(request, register)

    watching = Watching()

    async def socket(websocket: WebSocket) -> None:
        with watching.place() as is_free:
            await Socket(websocket, register).serve(is_full=not is_free)

    async def imports(request: Request) -> Response:
        return await upload(request, register)

    routes = [
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/graphql", graphql, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", socket),
        Route(f"{STREAMED}{{source}}", imports, methods=["POST"]),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Gate, guard=guard), Middleware(BodyLimit)])
    app.state.watching = watching
    return app


class Gate:
    """Refuses before anything of the body is read: in local mode by Host and Origin, else by token."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app, self._guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return
        headers, state = Headers(scope=scope), scope.setdefault("state", {})
        # a browser's WebSocket sends no such header: it says who it is before it asks
        says_later = scope["type"] == "websocket" and not self._guard.local and "authorization" not in headers
        refused = None if says_later else self._refused(scope["path"], headers)
        state["actor"] = None if says_later else self._guard.actor
        state["known_as"] = self._known_as
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await refused(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _known_as(self, payload: Mapping[str, Any]) -> str | None:
        # who the payload of `connection_init` is of: the header as a field
        given = next((value for name, value in payload.items() if name.lower() == "authorization"), None)
        return self._guard.actor if isinstance(given, str) and self._guard.knows(given) else None

    def _refused(self, path: str, headers: Headers) -> Response | None:
        if self._guard.token is None:
            hosts, origins = headers.getlist("host"), headers.getlist("origin")
            if not hosts or not all(LOCAL.fullmatch(host) for host in hosts):
                return refusal(403, "server.foreign_host")
            if not all(LOCAL.fullmatch(re.sub(r"^https?://", "", origin)) for origin in origins):
                return refusal(403, "server.foreign_origin")
            return None
        if path in PROBES:
            return None
        if self._guard.knows(headers.get("authorization", "")):
            return None
        return refusal(401, "server.no_token", {"WWW-Authenticate": "Bearer"})


class BodyLimit:
    """Refuses bodies over the limit, by their announced length and by what really comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(STREAMED):
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        body = bytearray()
        more = announced.isdigit() and len(announced) < 20 and int(announced) <= LONGEST_BODY
        whole = more
        while more and len(body) <= LONGEST_BODY:
            message: Message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if not whole or len(body) > LONGEST_BODY:
            await refusal(413, "server.body_too_long")(scope, receive, send)
            return

        is_read = False

        async def again() -> Message:
            nonlocal is_read
            if is_read:  # what comes after the body is that nobody waits for the answer any more
                return await receive()
            is_read = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, again, send)
