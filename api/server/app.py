"""The ASGI application: who may come in, and what answers."""

import hmac
import re
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.register import Register
from api.server.admission import Admit
from api.server.bodies import BodyLimit
from api.server.freshness import Freshness
from api.server.graphql import answer
from api.server.observed import Observed
from api.server.probes import METRICS, PROBES, probes
from api.server.requests import refusal
from api.server.runtime import Runtime
from api.who import local_actor

LOCAL = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may come in. Without a token: local mode, loopback only (INTERFACES: Who). `free`: what needs none."""

    token: str | None
    free: tuple[str, ...] = PROBES

    @property
    def local(self) -> bool:
        """Whether this is local mode."""
        return self.token is None


def make_app(register: Register, guard: Guard, runtime: Runtime | None = None) -> Starlette:
    """The application over an open register."""
    shared = runtime or Runtime()
    free = (*guard.free, METRICS)

    async def graphql(request: Request) -> Response:
        return await answer(request, register, shared)

    routes = [
        *probes(Freshness(register, shared.settings.ready_lag), shared),
        Route("/graphql", graphql, methods=["GET", "POST"]),
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(
                Observed,
                metrics=shared.metrics,
                tracing=shared.tracing,
                patience=shared.settings.request.answer_seconds,
            ),
            Middleware(Gate, guard=guard),
            Middleware(Admit, admission=shared.admission, free=free),
            Middleware(BodyLimit, limits=shared.settings.request),
        ],
        exception_handlers={HTTPException: _nowhere},
    )
    # to the Host that was named, whoever's it is
    app.router.redirect_slashes = False
    return app


async def _nowhere(_: Request, error: Exception) -> Response:
    # no such path, or not by this method
    status, headers = getattr(error, "status_code", 404), getattr(error, "headers", None)
    return refusal(status, "server.not_found" if status == 404 else "server.method", headers)


class Gate:
    """Refuses before anything of the body is read: in local mode by Host and Origin, else by token."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app, self._guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        refused = self._refused(scope["path"], Headers(scope=scope))
        scope.setdefault("state", {})["actor"] = local_actor() if self._guard.local else "token:admin"
        await (self._app if refused is None else refused)(scope, receive, send)

    def _refused(self, path: str, headers: Headers) -> Response | None:
        if self._guard.token is None:
            hosts, origins = headers.getlist("host"), headers.getlist("origin")
            if not hosts or not all(LOCAL.fullmatch(host) for host in hosts):
                return refusal(403, "server.foreign_host")
            if not all(LOCAL.fullmatch(re.sub(r"^https?://", "", origin)) for origin in origins):
                return refusal(403, "server.foreign_origin")
            return None
        if path in self._guard.free:
            return None
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._guard.token.encode()):
            return None
        return refusal(401, "server.no_token", {"WWW-Authenticate": "Bearer"})
