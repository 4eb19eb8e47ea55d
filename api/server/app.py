"""The ASGI application: who may come in, how much may be sent, and what answers."""

import logging

from anyio import CapacityLimiter, move_on_after
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.register import Register
from api.server.doorkeeper import Doorkeeper, Guard
from api.server.gate import Gate
from api.server.graphql import answer
from api.server.requests import refusal
from api.server.sessions import session_routes
from graph.errors import FaultlineError

LONGEST_BODY = 1_000_000  # bytes; a query of a person or script has hundreds
PATIENCE = 2.0  # seconds that a probe waits for the store; who asks has a limit of its own
WAITING = 4  # probes that may wait at once, so that a store that hangs takes no thread from questions


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

    keeper = Doorkeeper(register.access, guard)
    routes = [Route("/livez", livez), Route("/readyz", readyz), Route("/graphql", graphql, methods=["GET", "POST"])]
    routes += session_routes(keeper, register.settings.language)
    return Starlette(routes=routes, middleware=[Middleware(Gate, keeper=keeper), Middleware(BodyLimit)])


class BodyLimit:
    """Refuses bodies over the limit, by their announced length and by what really comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
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

        async def again() -> Message:
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, again, send)
