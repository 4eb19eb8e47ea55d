"""The gate: nothing of a request is read, and nothing answers it, before it is known who asks."""

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.server.doorkeeper import Doorkeeper


class Gate:
    """Lets in whom the doorkeeper knows; `request.state.principal` and `.actor` say who it is."""

    def __init__(self, app: ASGIApp, keeper: Doorkeeper) -> None:
        self._app, self._keeper = app, keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return
        found = await self._keeper.who(HTTPConnection(scope))
        if not isinstance(found, Response):
            state = scope.setdefault("state", {})
            state["principal"], state["actor"] = found, found.actor
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await found(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})
