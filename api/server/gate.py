"""The gate: nothing of a request is read, and nothing answers it, before it is known who asks."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.server.doorkeeper import Doorkeeper, address_of
from api.who import Principal

Still = Callable[[], Awaitable[bool]]


class Gate:
    """Lets in whom the doorkeeper knows; `request.state.principal` and `.actor` say who it is.

    `.still()` asks once more, for whoever goes on being answered. A WebSocket of a browser sends no token: it comes in
    as nobody, and `.known_as` says who the payload of its first message is of.
    """

    def __init__(self, app: ASGIApp, keeper: Doorkeeper) -> None:
        self._app, self._keeper = app, keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return
        asked = HTTPConnection(scope)
        found = await self._keeper.who(asked)
        if not isinstance(found, Response):
            self._note(scope, found, lambda: self._keeper.who(asked))
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await found(scope, receive, send)
        elif self._keeper.may_say_later(asked):
            self._note(scope, None, lambda: self._keeper.who(asked))
            await self._app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _note(
        self, scope: Scope, principal: Principal | None, again: Callable[[], Awaitable[Principal | Response]]
    ) -> None:
        state = scope.setdefault("state", {})

        async def known_as(payload: Mapping[str, Any]) -> Principal | None:
            # the header as a field
            given = next((value for name, value in payload.items() if name.lower() == "authorization"), None)
            scheme, _, text = given.partition(" ") if isinstance(given, str) else ("", "", "")
            if scheme.lower() != "bearer" or not text.strip():
                return None
            address = address_of(HTTPConnection(scope))
            found = await self._keeper.by_token(text.strip(), address)
            if isinstance(found, Response):
                return None
            self._note(scope, found, lambda: self._keeper.by_token(text.strip(), address))
            return found

        async def still() -> bool:
            return not isinstance(await again(), Response)

        state["principal"], state["actor"] = principal, None if principal is None else principal.actor
        state["known_as"], state["still"] = known_as, still
