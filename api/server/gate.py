"""The gate: nothing of a request is read, and nothing answers it, before it is known who asks."""

import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.server.doorkeeper import Doorkeeper, address_of
from api.who import Principal

Still = Callable[[], Awaitable[bool]]
KEPT = 1.0  # seconds that an answer of `Lately` holds


@dataclass(eq=False)
class Lately:
    """Whether whoever asked may still be answered, looked up anew where the last answer is older than `KEPT`."""

    still: Still
    _asked: float | None = None
    _is_known: bool = False
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def __call__(self) -> bool:
        async with self._lock:
            now = time.monotonic()
            if self._asked is None or now - self._asked >= KEPT:
                self._is_known = await self.still()
                self._asked = now
            return self._is_known


class Gate:
    """Lets in whom the doorkeeper knows; `request.state.principal` and `.actor` say who it is.

    For whoever goes on being answered `.known()` says who it is by now, `None` for nobody, and `.still()` whether it
    is the same one with the same roles and scopes. A WebSocket of a browser sends no token: it comes in as nobody,
    and `.known_as` says who the payload of its first message is of.
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
            with contextlib.suppress(OSError):  # it has gone already
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

        async def known() -> Principal | None:
            found = await again()
            return None if isinstance(found, Response) else found

        async def still() -> bool:
            # what goes on was begun with the rights of then
            found = await known()
            return found is not None and (principal is None or rights_of(found) == rights_of(principal))

        state["principal"], state["actor"] = principal, None if principal is None else principal.actor
        state["known_as"], state["known"], state["still"] = known_as, known, still


def rights_of(principal: Principal) -> tuple[str, frozenset[str], Mapping[str, tuple[str, ...]]]:
    """Who it is, and what they may do and are shown."""
    return principal.actor, principal.roles, principal.scopes
