"""The ASGI application: who may come in, and what answers."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from api.pages.routes import page_routes, shell, wants_page
from api.register import Register
from api.server.admission import Admit
from api.server.bodies import STREAMED, BodyLimit
from api.server.calendars import Calendars
from api.server.doorkeeper import PROBES, Doorkeeper, Guard
from api.server.freshness import Freshness
from api.server.gate import Gate
from api.server.graphql import answer
from api.server.importing import upload
from api.server.observed import Observed
from api.server.probes import METRICS, probes
from api.server.requests import refusal
from api.server.runtime import Runtime
from api.server.sessions import Sessions
from api.server.sockets import Socket
from graph.settings import Settings


def make_app(register: Register, guard: Guard, runtime: Runtime | None = None) -> Starlette:
    """The application over an open register."""
    shared = runtime or Runtime()
    keeper = Doorkeeper(register.access, guard)

    async def graphql(request: Request) -> Response:
        page = wants_page(request)
        return shell(request, register.settings) if page else await answer(request, register, shared)

    async def socket(websocket: WebSocket) -> None:
        await Socket(websocket, register, shared).serve()

    async def imports(request: Request) -> Response:
        return await upload(request, register)

    routes = [
        *probes(Freshness(register, shared.settings.ready_lag), shared),
        Route("/graphql", graphql, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", socket),
        Route(f"{STREAMED}{{source}}", imports, methods=["POST"]),
        *Sessions(keeper, register.settings).routes(),
        *Calendars(keeper, register).routes(),
        *page_routes(register.settings),
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
            Middleware(Gate, keeper=keeper),
            Middleware(Admit, admission=shared.admission, free=(*PROBES, METRICS)),
            Middleware(BodyLimit, limits=shared.settings.request),
        ],
        exception_handlers={HTTPException: _nowhere(register.settings)},
    )
    # else to the Host that was named, whoever's it is
    app.router.redirect_slashes = False
    return app


def _nowhere(settings: Settings) -> Callable[[Request, Exception], Response]:
    # no such path, or not by this method: a page that says so to a browser, a key to a program
    def told(request: Request, error: Exception) -> Response:
        status, headers = getattr(error, "status_code", 404), getattr(error, "headers", None)
        if status == 404 and wants_page(request):
            return shell(request, settings, status=404)
        return refusal(status, "server.not_found" if status == 404 else "server.method", headers)

    return told
