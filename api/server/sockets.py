"""Subscriptions over a WebSocket (graphql-transport-ws): only those; what else is asked goes by HTTP.

A connection says who it is before it asks, is dropped when it does not read, and is closed when nothing is heard of it.
"""

import json
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import anyio
from anyio.abc import TaskGroup
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.register import Register
from api.schema.reading import Reading
from api.server.admission import RefusedError
from api.server.attempts import network_of
from api.server.doorkeeper import address_of
from api.server.gate import Lately
from api.server.requests import Question, parse_body, question_of
from api.server.runtime import Runtime
from api.server.streams import SENDING, answers, check_subscription, errors_of
from api.who import Principal
from graph.errors import BadInputError

End = tuple[int, str] | None  # how a connection is to end, if it is
FULL, FORBIDDEN = (1013, "Try again later"), (4403, "Forbidden")
PROTOCOL = "graphql-transport-ws"
INIT = 5.0  # seconds in which a connection says who it is
PING = 20.0  # seconds between two pings of ours
IDLE = 60.0  # seconds without a word after which a connection is closed; a pong is one
OPERATIONS = 10  # subscriptions of one connection
LONGEST_ID = 100  # characters


class Socket:
    """One connection. `state.known_as` says who the payload of `connection_init` is of, `None` for nobody."""

    def __init__(self, websocket: WebSocket, register: Register, runtime: Runtime) -> None:
        self._socket, self._register, self._runtime = websocket, register, runtime
        self._lock = anyio.Lock()
        self._operations: dict[str, anyio.CancelScope] = {}
        self._conversation, self._still = anyio.CancelScope(), Lately(websocket.state.still)
        self._ending: End = None

    async def serve(self) -> None:
        """Serve it until it ends."""
        is_ours = PROTOCOL in self._socket.scope.get("subprotocols", ())
        try:
            await self._socket.accept(PROTOCOL if is_ours else None)
        except OSError:
            return None  # it has gone already
        if not is_ours:
            return await self._close(4406, "Subprotocol")
        try:
            principal = await self._arrived()
            if principal is not None:
                with self._runtime.watching.place(principal.actor) as is_free:
                    await (self._served(principal) if is_free else self._close(*FULL))
        except* (TimeoutError, WebSocketDisconnect):
            pass  # it has gone, or does not read

    async def _arrived(self) -> Principal | None:
        # whoever has said nothing yet takes no place of those that watch
        holder = self._socket.state.actor or network_of(address_of(self._socket))
        with self._runtime.arriving.place(holder) as is_free:
            if is_free:
                return await self._initialised()
        await self._close(*FULL)
        return None

    async def _served(self, principal: Principal) -> None:
        # the first message may have said who it is
        self._still = Lately(self._socket.state.still)
        await self._say({"type": "connection_ack"})
        with self._conversation:
            async with anyio.create_task_group() as group:
                group.start_soon(self._ping)
                self._end(await self._converse(group, principal))
        # nothing may be sent behind the end, so all else has ended before
        if self._ending is not None:
            await self._close(*self._ending)

    def _end(self, ending: tuple[int, str]) -> None:
        self._ending = self._ending or ending
        self._conversation.cancel()

    async def _initialised(self) -> Principal | None:
        message: Mapping[str, Any] | None = None
        with anyio.move_on_after(INIT) as limit:
            message = await self._heard()
        if limit.cancelled_caught:
            await self._close(4408, "Connection initialisation timeout")
        elif message is None or message.get("type") != "connection_init":
            await self._close(4400 if message is None else 4401, "Unauthorized")
        else:
            payload = message.get("payload")
            state = self._socket.state
            principal: Principal | None = state.principal
            if principal is None and isinstance(payload, dict):
                principal = await state.known_as(payload)
            if principal is not None:
                return principal
            await self._close(*FORBIDDEN)
        return None

    async def _converse(self, group: TaskGroup, principal: Principal) -> tuple[int, str]:
        # how it ended
        while True:
            message: Mapping[str, Any] | None = None
            with anyio.move_on_after(IDLE) as limit:
                message = await self._heard()
            if limit.cancelled_caught:
                return 4408, "Idle"
            refused = await self._take(group, principal, message)
            if refused is not None:
                return refused

    async def _take(self, group: TaskGroup, who: Principal, message: Mapping[str, Any] | None) -> End:
        # what is to be told as the end of the connection, if this message ends it
        given = message or {}
        kind, name = given.get("type"), given.get("id")
        if kind in ("ping", "pong"):
            if kind == "ping":
                await self._say({"type": "pong"})
            return None
        if kind == "connection_init":
            return 4429, "Too many initialisation requests"
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID or kind not in ("subscribe", "complete"):
            return 4400, "Invalid message"
        if kind == "complete":
            scope = self._operations.pop(name, None)
            if scope is not None:
                scope.cancel()
            return None
        if name in self._operations:
            return 4409, "Subscriber already exists"
        return await self._subscribe(group, who, name, given.get("payload"))

    async def _subscribe(self, group: TaskGroup, who: Principal, name: str, payload: Any) -> End:
        question = self._question(payload) if isinstance(payload, dict) else None
        if question is None:
            return 4400, "Invalid message"
        if not await self._still():
            return FORBIDDEN
        try:
            self._count(who)
            self._refuse_many()
            check_subscription(question, self._runtime)
        except BadInputError as error:
            await self._say({"id": name, "type": "error", "payload": errors_of(error)})
            return None
        scope = self._operations[name] = anyio.CancelScope()
        group.start_soon(self._operate, name, scope, question, who)
        return None

    def _question(self, payload: Mapping[str, Any]) -> Question | None:
        try:
            return question_of(payload, self._runtime.settings.request, self._runtime.trusted)
        except BadInputError:
            return None

    def _count(self, who: Principal) -> None:
        try:
            self._runtime.admission.count(who.actor)
        except RefusedError as refused:
            raise BadInputError(refused.key, after=refused.after) from refused

    def _refuse_many(self) -> None:
        if len(self._operations) >= OPERATIONS:
            raise BadInputError("server.too_much", what="operations", asked=OPERATIONS + 1, most=OPERATIONS)

    async def _operate(self, name: str, scope: anyio.CancelScope, question: Question, principal: Principal) -> None:
        last: dict[str, Any] = {"id": name, "type": "complete"}
        with scope:
            async with aclosing(answers(question, Reading(self._register, principal), self._runtime)) as found:
                async for answer in found:
                    if not await self._still():
                        self._end(FORBIDDEN)
                    if answer["data"] is None and "errors" in answer:
                        last = {"id": name, "type": "error", "payload": answer["errors"]}
                        break
                    await self._say({"id": name, "type": "next", "payload": answer})
            if self._operations.get(name) is scope:
                del self._operations[name]
            await self._say(last)

    async def _ping(self) -> None:
        while True:
            await anyio.sleep(PING)
            if not await self._still():  # whoever asked is known no longer
                return self._end(FORBIDDEN)
            await self._say({"type": "ping"})

    async def _heard(self) -> dict[str, Any] | None:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text = message.get("text")
        return (
            None
            if text is None
            else parse_body(text.encode("utf-8", "surrogatepass"), self._runtime.settings.request.nesting)
        )

    async def _say(self, message: Mapping[str, Any]) -> None:
        async with self._lock:
            with anyio.fail_after(SENDING):
                await self._socket.send_text(json.dumps(message))

    async def _close(self, code: int, reason: str) -> None:
        with anyio.move_on_after(SENDING):
            await self._socket.close(code, reason)
