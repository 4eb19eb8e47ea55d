"""What is watched: commits as they are written and imports as they go on, over a WebSocket and as events."""

import json
import signal
import threading
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from api.feed import Feed
from api.register import Register, open_register
from api.server import events, sockets
from graph.canonical import canonical
from graph.history import Commit, Header
from graph.settings import Settings
from tests.api.command import ESTATE, environment
from tests.api.served import PATIENCE, serving
from tests.api.test_import_parts import cancelled_at, done, parts, rows_of, whole
from tests.api.web import Local, data, over
from tests.engines import Database, host, imported, inventory, written

TOKEN = "t" * 32
REVISIONS = """subscription($after: Long) { revisions(after: $after) {
    revision first at actor source change run counts { cis relationships records } } }"""
PROGRESS = """subscription($run: String!) { importProgress(run: $run) { run status read total loaded
    report { revision created { cis } } } }"""
CSV = {"Content-Type": "text/csv"}
INIT = {"type": "connection_init"}


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """The estate of two services, on each engine in turn."""
    with open_register(Settings.from_environment(environment(database, tmp_path / "data"))) as found:
        imported(found.store, inventory(tmp_path / "estate", ESTATE))
        yield found


def told(text: str) -> list[tuple[str, Any]]:
    """Events of a stream: name and data; comments are passed over."""
    found = []
    for block in text.split("\n\n"):
        pairs = (line.partition(":") for line in block.splitlines())
        fields = {name: value.strip() for name, _, value in pairs}
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"]) if fields["data"] else None))
    return found


async def heard(app: Any, query: str, most: int, during: Callable[[], None] = lambda: None, **variables: Any) -> Any:
    """The first events of a subscription, while something is done."""
    body, sent = json.dumps({"query": query, "variables": variables}).encode(), []
    gone = anyio.Event()
    asked = iter([{"type": "http.request", "body": body}])

    async def receive() -> Any:
        for message in asked:
            return message
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        found = told(b"".join(m.get("body", b"") for m in sent).decode())
        if len(found) >= most:
            gone.set()

    headers = [(b"host", b"127.0.0.1"), (b"accept", b"text/event-stream"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(app, scope, receive, send)
            await anyio.sleep(0.6)
            await anyio.to_thread.run_sync(during)
    assert sent[0]["status"] == 200, sent
    return told(b"".join(m.get("body", b"") for m in sent).decode())


def test_each_commit_is_told_once_in_its_order_with_who_wrote_it(register: Register) -> None:
    store, web = register.store, over(register)
    before = store.revision()

    def write() -> None:
        for number in range(3):
            written(store, [host(f"h-{number}-{each}") for each in range(number + 1)])

    now = anyio.run(lambda: heard(web.app, REVISIONS, 3, write))
    again = anyio.run(lambda: heard(web.app, REVISIONS, 3, after=before))
    first = anyio.run(lambda: heard(web.app, REVISIONS, 1, after=0))

    commits = [data["data"]["revisions"] for _, data in now]
    assert [(c["first"], c["revision"], c["counts"]["cis"]) for c in commits] == [
        (before + 1, before + 1, 1), (before + 2, before + 3, 2), (before + 4, before + 6, 3),
    ]  # fmt: skip
    assert {(c["actor"], c["source"]) for c in commits} == {("tester", "inventory")}
    assert again == now
    assert first[0][1]["data"]["revisions"]["first"] == 1


def test_an_import_is_followed_to_its_report(register: Register) -> None:
    web = over(register)
    run = whole(web, parts(rows_of(ESTATE), 5), scope="scan", run="nightly")["run"]
    found = anyio.run(lambda: heard(web.app, PROGRESS, 2, run=run))
    nobody = anyio.run(lambda: heard(web.app, PROGRESS, 2, run="nobody"))

    assert [name for name, _ in found] == ["next", "complete"]
    assert found[0][1]["data"]["importProgress"]["status"] == "FINISHED"
    assert found[0][1]["data"]["importProgress"]["report"]["revision"] == register.store.revision()
    assert nobody[0][1]["errors"][0]["extensions"]["key"] == "import.unknown_run"


@pytest.mark.neo4j_long
def test_an_import_that_somebody_cancels_is_followed_to_that(register: Register) -> None:
    web = over(register)
    rows = [{"kind": "cis", "ci_id": "new", "name": "new", "ci_class": "host"}]
    with pytest.MonkeyPatch.context() as patch:
        cancelled_at(patch, "loaded")
        done(web, "startImport", run="nightly")
        done(web, "appendImport", run="nightly", sequence=1, rows=rows)
        refused = done(web, "finishImport", run="nightly")
        web.post("/import/inventory?table=cis", content="ci_id,name,ci_class\nb,b,host\n", headers=CSV)
    stream = data(web, "{ importRuns(first: 1) { nodes { run status } } }")["importRuns"]["nodes"][0]
    streamed = anyio.run(lambda: heard(web.app, PROGRESS, 2, run=stream["run"]))
    found = anyio.run(lambda: heard(web.app, PROGRESS, 2, run="nightly"))
    listed = data(web, "{ importRuns(first: 2) { nodes { run status } } }")["importRuns"]["nodes"]

    assert (refused["__typename"], refused["key"], refused["params"]["done"]) == ("InvalidInput", "import.cancelled", 1)
    for told_of in (found, streamed):
        assert [(name, each and each["data"]["importProgress"]["status"]) for name, each in told_of] == [
            ("next", "CANCELLED"), ("complete", None)
        ]  # fmt: skip
    assert listed == [{"run": run, "status": "cancelled"} for run in (stream["run"], "nightly")]
    assert done(web, "finishImport", run="nightly")["status"] == "FINISHED"


@pytest.mark.neo4j_long
def test_a_subscription_is_asked_of_a_stream_and_holds_to_the_limits(register: Register) -> None:
    web, body = over(register), {"query": REVISIONS}
    many = "subscription {" + " ".join(f"a{n}: revisions {{ revision }}" for n in range(60)) + "}"
    stream = {"Accept": "text/event-stream"}
    plain = web.post("/graphql", json=body)
    costly = web.post("/graphql", json={"query": many}, headers=stream)
    query = web.post("/graphql", json={"query": "{ revision }"}, headers=stream)

    assert (plain.status_code, costly.status_code, query.status_code) == (406, 400, 200)
    assert costly.json()["errors"][0]["extensions"]["key"] == "server.too_much"


class Log:
    """A log without end, that counts what is read of it."""

    def __init__(self) -> None:
        self.read = 0

    def revision(self) -> int:
        return 10**9

    def commits_page(self, *, after: int, limit: int) -> list[Commit]:
        self.read += limit
        header = Header("x" * 1_000, "inventory")

        none = zlib.compress(canonical({"revisions": [], "run": None}))
        return [
            Commit(after + n, after + n, "2026-11-27T00:00:00.000000Z", header, "", "", none)
            for n in range(1, limit + 1)
        ]


def endless() -> tuple[Any, Log]:
    log = Log()
    feed = Feed(cast(Any, log), threading.Event())
    settings = Settings(Path())
    access = Local(cast(Any, log), settings)
    register = SimpleNamespace(feed=feed, settings=settings, store=log, access=access)
    return over(cast(Register, register)).app, log


@pytest.mark.parametrize("kind", ["events", "socket"])
def test_whoever_does_not_read_is_dropped_and_nothing_is_held_for_him(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SENDING", 0.2)
    monkeypatch.setattr(sockets, "SENDING", 0.2)
    app, log = endless()

    async def slow() -> None:
        sent = 0
        body = json.dumps({"query": REVISIONS, "variables": {"after": 0}}).encode()
        if kind == "events":
            given: list[dict[str, Any]] = [{"type": "http.request", "body": body}]
        else:
            start = {"id": "1", "type": "subscribe", "payload": {"query": REVISIONS, "variables": {"after": 0}}}
            given = [
                {"type": "websocket.connect"},
                *({"type": "websocket.receive", "text": json.dumps(m)} for m in (INIT, start)),
            ]
        asked = iter(given)

        async def receive() -> Any:
            for message in asked:
                return message
            return await anyio.sleep_forever()

        async def send(_: Any) -> None:
            nonlocal sent
            sent += 1
            if sent > 30:  # what the buffers of a connection take; from here on it takes nothing
                await anyio.sleep_forever()

        headers = [(b"host", b"127.0.0.1"), (b"accept", b"text/event-stream"), (b"content-type", b"application/json")]
        scope = {"path": "/graphql", "query_string": b"", "headers": headers}
        if kind == "events":
            scope |= {"type": "http", "method": "POST"}
        else:
            scope |= {"type": "websocket", "subprotocols": [sockets.PROTOCOL]}
        with anyio.fail_after(PATIENCE):
            await app(scope, receive, send)

    anyio.run(slow)

    assert 0 < log.read <= 200


def knocked(app: Any, headers: list[tuple[bytes, bytes]], *, gone: bool = False) -> list[str]:
    """What is sent to somebody who opens a socket; `gone`: and has gone again."""
    sent: list[str] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])
        if gone:
            raise OSError  # as the server's library tells it

    scope = {"type": "websocket", "path": "/graphql", "query_string": b"", "headers": headers, "subprotocols": []}
    anyio.run(app, scope, receive, send)
    return sent


@pytest.mark.parametrize("header", [(b"host", b"evil.example"), (b"origin", b"http://evil.example"), (b"host", b"")])
def test_a_foreign_page_opens_no_socket(header: tuple[bytes, bytes]) -> None:
    app, log = endless()

    sent = knocked(app, [header, *([] if header[0] == b"host" else [(b"host", b"127.0.0.1")])])

    assert (sent, log.read) == (["websocket.close"], 0)


@pytest.mark.parametrize(("host", "told"), [(b"127.0.0.1", "websocket.accept"), (b"evil.example", "websocket.close")])
def test_one_that_has_gone_before_it_is_answered_is_no_error(host: bytes, told: str) -> None:
    app, log = endless()

    assert (knocked(app, [(b"host", host)], gone=True), log.read) == ([told], 0)


@asynccontextmanager
async def socket(url: str, protocol: str = sockets.PROTOCOL, **headers: str) -> AsyncIterator[ClientConnection]:
    address = url.replace("http://", "ws://") + "/graphql"
    async with connect(address, subprotocols=[Subprotocol(protocol)], additional_headers=headers, proxy=None) as found:
        yield found


async def closed_with(talk: Awaitable[Any]) -> int:
    try:
        await talk
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0
    return 0


async def conversation(connection: ClientConnection, *messages: Any) -> None:
    """Says these and listens until the other side ends it."""
    for message in messages:
        await connection.send(message if isinstance(message, str) else json.dumps(message))
    with anyio.fail_after(30):
        while True:
            await connection.recv()


def subscribe(name: str, query: str, **variables: Any) -> dict[str, Any]:
    return {"id": name, "type": "subscribe", "payload": {"query": query, "variables": variables}}


@pytest.mark.processes
@pytest.mark.neo4j_long
def test_a_socket_speaks_the_protocol(database: Database, tmp_path: Path) -> None:
    with serving(database, tmp_path) as (_, url):
        anyio.run(_speaks, url)


async def _speaks(url: str) -> None:
    upsert = 'mutation { upsertCis(input: {cis: [{ciId: "h", name: "h", ciClass: "host"}]}) { __typename } }'
    async with socket(url) as ours:
        for message in (INIT, {"type": "ping"}, subscribe("a", REVISIONS), subscribe("b", REVISIONS)):
            await ours.send(json.dumps(message))
        assert [json.loads(await ours.recv())["type"] for _ in range(2)] == ["connection_ack", "pong"]
        await ours.send(json.dumps({"id": "b", "type": "complete"}))
        for bad in ("{ revision }", "subscription { nothing }", "{"):
            await ours.send(json.dumps(subscribe("q", bad)))
            refused = json.loads(await ours.recv())
            assert (refused["type"], refused["id"]) == ("error", "q")
        await anyio.sleep(1)
        async with httpx.AsyncClient() as http:
            await http.post(f"{url}/graphql", json={"query": upsert}, timeout=60)
        with anyio.fail_after(PATIENCE):
            event = json.loads(await ours.recv())
        assert (event["type"], event["id"]) == ("next", "a")
        assert event["payload"]["data"]["revisions"]["counts"] == {"cis": 1, "relationships": 0, "records": 0}
        await ours.send(json.dumps(subscribe("all", REVISIONS, after=0)))
        assert json.loads(await ours.recv())["id"] == "all"

    ends: dict[str, tuple[list[Any], int]] = {
        "no word first": ([subscribe("a", REVISIONS)], 4401),
        "no JSON": (["{"], 4400),
        "a second word": ([INIT, INIT], 4429),
        "one name twice": ([INIT, subscribe("a", REVISIONS), subscribe("a", REVISIONS)], 4409),
        "no such message": ([INIT, {"type": "start", "id": "1"}], 4400),
        "no question": ([INIT, {"type": "subscribe", "id": "1", "payload": 5}], 4400),
        "too much": ([INIT, "x" * 2_000_000], 1009),
    }
    for what, (messages, code) in ends.items():
        async with socket(url) as ours:
            assert await closed_with(conversation(ours, *messages)) == code, what
    with pytest.raises(InvalidStatus, match="403"):
        async with socket(url, Origin="https://evil.example"):
            pass
    async with connect(url.replace("http", "ws") + "/graphql", proxy=None) as plain:
        assert await closed_with(conversation(plain)) == 4406


@pytest.mark.processes
@pytest.mark.neo4j_long
def test_a_guarded_socket_says_who_it_is_before_it_asks(database: Database, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    with serving(database, tmp_path, FAULTLINE_ADMIN_TOKEN_FILE=str(tmp_path / "token")) as (_, url):
        anyio.run(_guarded, url)


async def _guarded(url: str) -> None:
    known = {"type": "connection_init", "payload": {"Authorization": f"Bearer {TOKEN}"}}
    wrong = {"type": "connection_init", "payload": {"Authorization": "Bearer nobody"}}
    for message, expected in ((known, None), (wrong, 4403), (INIT, 4403)):
        async with socket(url) as ours:
            if expected is None:
                await ours.send(json.dumps(message))
                assert json.loads(await ours.recv()) == {"type": "connection_ack"}
            else:
                assert await closed_with(conversation(ours, message)) == expected
    async with socket(url, Authorization=f"Bearer {TOKEN}") as ours:
        await ours.send(json.dumps(INIT))
        assert json.loads(await ours.recv()) == {"type": "connection_ack"}
    with pytest.raises(InvalidStatus, match="403"):
        async with socket(url, Authorization="Bearer nobody"):
            pass


@pytest.mark.processes
@pytest.mark.neo4j_long
def test_a_server_ends_though_somebody_watches(database: Database, tmp_path: Path) -> None:
    with serving(database, tmp_path) as (process, url):
        anyio.run(_watched_to_the_end, url, process)

        assert process.wait(PATIENCE) == 0


async def _watched_to_the_end(url: str, process: Any) -> None:
    body, accept = {"query": REVISIONS}, {"Accept": "text/event-stream"}
    async with (
        socket(url) as ours,
        httpx.AsyncClient(timeout=60) as http,
        http.stream("POST", f"{url}/graphql", json=body, headers=accept) as answer,
    ):
        await ours.send(json.dumps(INIT))
        await ours.recv()
        await ours.send(json.dumps(subscribe("a", REVISIONS)))
        await anyio.sleep(0.5)
        process.send_signal(signal.SIGINT)
        with anyio.fail_after(PATIENCE):
            told_last = (await answer.aread()).decode()
            assert await closed_with(conversation(ours)) in (1000, 1001, 1012)
    assert told(told_last) == [("complete", None)]
