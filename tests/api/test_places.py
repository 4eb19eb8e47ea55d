"""Nobody holds all places: streams, sockets and strangers; and whoever is known no longer is told nothing more."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import httpx
import pytest

from api.access.changes import change_rights
from api.feed import Feed
from api.register import Register
from api.server import gate, sockets
from api.server.admission import STRANGER, Admission, Place
from api.server.places import Places
from api.server.runtime import Runtime
from api.server.settings import RequestLimits, ServerSettings
from graph.settings import Settings
from tests.api.access.in_memory import HOME, Door, bearer
from tests.api.test_requests_at_once import until
from tests.api.test_subscriptions import INIT, REVISIONS, Log, subscribe
from tests.api.web import Local, over

LOCAL = {"host": "127.0.0.1"}
ASKED = json.dumps({"query": REVISIONS, "variables": {"after": 0}}).encode()


class Quiet(Log):
    """A log in which nothing happens."""

    def revision(self) -> int:
        return 0


class Peer:
    """The other side of one request or connection: `says` goes in, `heard` has come out."""

    def __init__(self, app: Any, kind: str, path: str = "/graphql", **headers: str) -> None:
        given = {**LOCAL, "accept": "text/event-stream", "content-type": "application/json", **headers}
        self.heard: list[Any] = []
        self._says: asyncio.Queue[Any] = asyncio.Queue()
        scope = {
            "type": kind, "path": path, "query_string": b"", "client": ("192.0.2.1", 1), "method": "POST",
            "headers": [(name.encode(), text.encode()) for name, text in given.items()],
            "subprotocols": [sockets.PROTOCOL],
        }  # fmt: skip
        self.task: asyncio.Future[None] = asyncio.ensure_future(app(scope, self._says.get, self._send))

    async def _send(self, message: Any) -> None:
        await asyncio.sleep(0.001)
        self.heard.append(message)

    def says(self, kind: str, **message: Any) -> None:
        self._says.put_nowait({"type": kind, **message})

    def tells(self, *messages: Any) -> None:
        for each in messages:
            self.says("websocket.receive", text=json.dumps(each))

    @property
    def told(self) -> list[Any]:
        return [json.loads(each["text"]) for each in self.heard if each["type"] == "websocket.send"]

    @property
    def end(self) -> int | None:
        return next((each["code"] for each in self.heard if each["type"] == "websocket.close"), None)


@asynccontextmanager
async def peer(app: Any, kind: str, *messages: Any, **headers: str) -> AsyncIterator[Peer]:
    """One that leaves at the end; nothing may have gone wrong in the server."""
    there = Peer(app, kind, **headers)
    if kind == "http":
        there.says("http.request", body=ASKED)
    else:
        there.says("websocket.connect")
        there.tells(*messages)
    yield there
    there.says(f"{kind}.disconnect")
    async with asyncio.timeout(10):
        await there.task


def local(runtime: Runtime, log: Log) -> Any:
    """A server in local mode that watches this log."""
    settings, feed = Settings(Path()), Feed(cast(Any, log), threading.Event())
    access = Local(cast(Any, log), settings)
    register = SimpleNamespace(feed=feed, settings=settings, store=log, access=access)
    return over(cast(Register, register), runtime=runtime).app


def guarded(tmp_path: Path, log: Log) -> tuple[Door, str]:
    """A server with principals that watches this log, and a token for it."""
    door = Door(tmp_path)
    door.register.feed = Feed(cast(Any, log), threading.Event())
    return door, door.token("viewer")


def talked(talk: Callable[[], Awaitable[None]]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(30):
            await talk()

    asyncio.run(in_time())


def test_a_stream_of_events_is_one_of_those_that_watch_and_holds_no_other_place() -> None:
    shared = Runtime(watching=Places(5, 1))
    app = local(shared, Quiet())

    async def talk() -> None:
        async with peer(app, "http") as first:
            await until(lambda: bool(first.heard))
            assert (first.heard[0]["status"], shared.admission.running.total()) == (200, 0)
            async with peer(app, "http") as second:
                await until(lambda: bool(second.heard))
                assert second.heard[0]["status"] == 503
        assert dict(shared.admission.running) == {}
        async with peer(app, "http") as again:
            await until(lambda: bool(again.heard))
            assert again.heard[0]["status"] == 200

    talked(talk)


def test_a_place_is_given_back_once() -> None:
    async def talk() -> None:
        given: list[bool] = []
        place, work = Place(lambda: given.append(True)), asyncio.ensure_future(asyncio.sleep(0.01))
        place.until(work)
        place.leave()
        place.leave()
        assert not given
        await work
        await asyncio.sleep(0)
        assert given == [True]

    talked(talk)


def test_strangers_of_one_network_keep_out_neither_others_nor_what_pages_are_made_of(tmp_path: Path) -> None:
    door = Door(tmp_path)
    door.token("viewer")
    limits = RequestLimits(running_per_actor=4, waiting_seconds=0.05, body_seconds=5.0)
    app = over(cast(Register, door.register), "t" * 30, HOME, Runtime(ServerSettings(request=limits))).app

    async def asked(address: str, path: str) -> int:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            return (await client.get(path)).status_code

    async def talk() -> None:
        slow = [Peer(app, "http", "/session", **{"content-length": "9"}) for _ in range(4)]
        await asyncio.sleep(0.2)
        found = [await asked(*each) for each in (("192.0.2.1", "/sign-in"), ("192.0.2.2", "/sign-in"))]
        assert found == [429, 200]
        assert await asked("192.0.2.1", "/static/none.js") == 404
        for each in slow:
            each.says("http.disconnect")
            await each.task

    talked(talk)


def test_strangers_of_many_networks_leave_room_for_whoever_is_known() -> None:
    async def talk() -> None:
        admission = Admission(RequestLimits(running=8, running_per_actor=4, waiting_seconds=0.01))
        several = [f"{STRANGER}192.0.2.{last}" for last in range(9)]
        await asyncio.gather(*(admission.place(each) for each in several), return_exceptions=True)
        assert admission.running.total() == 4
        await admission.place("known")

    talked(talk)


def test_a_socket_that_has_not_said_who_it_is_takes_no_place_of_those_that_watch() -> None:
    shared = Runtime(watching=Places(5, 1), arriving=Places(5, 1))
    app = local(shared, Quiet())

    async def talk() -> None:
        async with peer(app, "websocket") as silent:
            await until(lambda: bool(silent.heard))
            with shared.watching.place("local:root") as is_free:
                assert is_free
            async with peer(app, "websocket", INIT) as one_more:
                await until(lambda: one_more.end is not None)
            assert (one_more.end, one_more.told) == (1013, [])
            silent.tells(INIT)
            await until(lambda: bool(silent.told))
            async with peer(app, "websocket", INIT) as other:
                await until(lambda: other.end is not None)
            assert (silent.told, other.end) == ([{"type": "connection_ack"}], 1013)

    talked(talk)


def test_each_subscription_of_a_socket_counts_as_a_request() -> None:
    app = local(Runtime(ServerSettings(request=RequestLimits(rate=2))), Quiet())

    async def talk() -> None:
        asked = [subscribe(name, REVISIONS) for name in "abc"]
        async with peer(app, "websocket", INIT, *asked) as found:
            await until(lambda: len(found.told) == 2)
        assert (found.told[1]["type"], found.told[1]["id"]) == ("error", "c")
        assert found.told[1]["payload"][0]["extensions"]["key"] == "limits.rate"

    talked(talk)


def test_whoever_is_known_no_longer_begins_nothing_over_a_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "KEPT", 0.0)
    door, text = guarded(tmp_path, Quiet())

    async def talk() -> None:
        async with peer(door.web.app, "websocket", INIT, **lowered(text)) as found:
            await until(lambda: bool(found.told))
            door.store.tokens.clear()
            found.tells(subscribe("a", REVISIONS))
            await until(lambda: found.end is not None)
        assert found.end == 4403

    talked(talk)


CHANGES: dict[str, Callable[[Door], object]] = {
    "gone": lambda door: door.store.tokens.clear(),
    "other roles": lambda door: change_rights(door.access, "ann", ["requester"], None, "tester"),
    "other scopes": lambda door: change_rights(door.access, "ann", None, {"owner": ["team-1"]}, "tester"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", ["websocket", "http"])
def test_whoever_is_known_no_longer_or_has_other_rights_is_told_nothing_more(
    kind: str, change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(gate, "KEPT", 0.05)
    door, text = guarded(tmp_path, Log())

    async def talk() -> None:
        several = [subscribe(name, REVISIONS, after=0) for name in "abc"]
        async with peer(door.web.app, kind, INIT, *several, **lowered(text)) as found:
            await until(lambda: len(found.heard) > 20)
            CHANGES[change](door)
            # within a second, not with the next ping or comment of the connection
            async with asyncio.timeout(5):
                await asyncio.wait([found.task] if kind == "http" else [asyncio.ensure_future(ended(found))])
        assert kind == "http" or found.heard[-1]["code"] == 4403

    with caplog.at_level(logging.ERROR):
        talked(talk)
    assert not caplog.records


def test_a_socket_is_closed_after_all_that_it_sends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # only the ping finds out
    monkeypatch.setattr(sockets, "PING", 0.3)
    monkeypatch.setattr(sockets, "Lately", lambda _: pinged)
    door, text = guarded(tmp_path, Log())

    async def pinged() -> bool:
        task = asyncio.current_task()
        return task is None or "_ping" not in task.get_name()

    async def talk() -> None:
        several = [subscribe(name, REVISIONS, after=0) for name in "abc"]
        async with peer(door.web.app, "websocket", INIT, *several, **lowered(text)) as found:
            await ended(found)
            await asyncio.sleep(0.1)
        assert (found.end, found.heard[-1]["type"]) == (4403, "websocket.close")

    with caplog.at_level(logging.ERROR):
        talked(talk)
    assert not caplog.records


def lowered(text: str) -> dict[str, str]:
    return {"host": "cmdb.example", **{name.lower(): value for name, value in bearer(text).items()}}


async def ended(found: Peer) -> None:
    await until(lambda: found.end is not None)


def test_an_answer_about_who_is_known_holds_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    async def still() -> bool:
        asked.append(True)
        return len(asked) == 1

    async def talk() -> None:
        lately = gate.Lately(still)
        assert [await lately() for _ in range(3)] == [True] * 3
        monkeypatch.setattr(gate, "KEPT", 0.0)
        assert not await lately()
        assert len(asked) == 2

    anyio.run(talk)


def test_there_are_so_many_and_no_more() -> None:
    watching = Places(most=2, of_one=1)

    with watching.place("a") as first, watching.place("a") as second, watching.place("b") as other:
        assert (first, second, other) == (True, False, True)
        with watching.place("c") as one_more:
            assert not one_more
    with watching.place("a") as again:
        assert again
