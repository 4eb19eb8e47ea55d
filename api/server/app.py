"""The ASGI application: who may come in, how much may be sent, and what answers."""

import hmac
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.register import Register
from api.server.graphql import answer, refusal
from graph.errors import FaultlineError

LONGEST_BODY = 1_000_000  # bytes; a query of a person or script has hundreds
PROBES = ("/livez", "/readyz")
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may come in. Without a token: local mode, loopback only (INTERFACES: Who)."""

    token: str | None

    @property
    def local(self) -> bool:
        """Whether this is local mode."""
        return self.token is None


def make_app(register: Register, guard: Guard) -> Starlette:
    """The application over an open register."""

    async def livez(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    def readyz(_: Request) -> Response:
        try:
            revision = register.store.revision()
        except FaultlineError as error:
            return JSONResponse({"ready": False, "reason": error.message.key}, 503)
        return JSONResponse({"ready": True, "revision": revision})

    async def graphql(request: Request) -> Response:
        return await answer(request, register)

    routes = [Route("/livez", livez), Route("/readyz", readyz), Route("/graphql", graphql, methods=["POST"])]
    return Starlette(routes=routes, middleware=[Middleware(Gate, guard=guard), Middleware(BodyLimit)])


class Gate:
    """Refuses before anything of the body is read: in local mode by Host and Origin, else by token."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app, self._guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refused(scope["path"], headers)
        await (self._app if refused is None else refused)(scope, receive, send)

    def _refused(self, path: str, headers: dict[str, str]) -> Response | None:
        if self._guard.local:
            if _host_of(headers.get("host", "")) not in LOCAL_NAMES:
                return refusal(403, "server.foreign_host")
            origin = headers.get("origin")
            if origin is not None and _host_of(origin.partition("://")[2]) not in LOCAL_NAMES:
                return refusal(403, "server.foreign_origin")
            return None
        if path in PROBES:
            return None
        scheme, _, token = headers.get("authorization", "").partition(" ")
        known = self._guard.token or ""
        if scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), known.encode()):
            return None
        return refusal(401, "server.no_token", {"WWW-Authenticate": "Bearer"})


def _host_of(authority: str) -> str:
    if authority.startswith("["):
        return authority.partition("]")[0] + "]"
    return authority.rpartition(":")[0] if ":" in authority else authority


class BodyLimit:
    """Refuses bodies over the limit, by their announced length and by what really comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        body = bytearray()
        more = announced.isdigit() and int(announced) <= LONGEST_BODY
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

        async def again() -> Message:
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, again, send)
