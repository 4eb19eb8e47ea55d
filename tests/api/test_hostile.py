"""What no honest client sends is refused, typed and with an id, or answered that there is nothing; nothing breaks."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.register import Register, open_register
from api.server.notes import HEADER
from api.server.protocol import Http
from graph.settings import Settings
from tests.api.command import ESTATE, environment
from tests.api.hostile import ANSWERED, REFUSED
from tests.api.web import Web, over, over_store
from tests.engines import Database, imported, inventory


@pytest.fixture
def alone() -> Web:
    """A server whose store is not asked anything."""
    return over_store(object())


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """The estate of two services, on each engine in turn."""
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as found:
        imported(found.store, inventory(tmp_path / "estate", ESTATE))
        yield found


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_request_is_refused_typed_and_with_an_id(name: str, alone: Web) -> None:
    sent = REFUSED[name]

    answer = alone.request(sent.method, sent.path, **sent.options)

    assert answer.status_code == sent.status, answer.text[:300]
    assert [error["extensions"]["key"] for error in answer.json()["errors"]][:1] == [sent.key]
    assert {error["extensions"]["requestId"] for error in answer.json()["errors"]} == {answer.headers[HEADER]}
    assert len(answer.content) < 50_000, "a small request has a small refusal"


@pytest.mark.neo4j_long
def test_what_is_asked_for_and_not_there_is_answered_and_nothing_has_changed(register: Register) -> None:
    web, before, found = over(register), register.store.graph_hash(), dict[str, object]()
    for name, sent in ANSWERED.items():
        answer = web.request(sent.method, sent.path, **sent.options)
        keys = {error["extensions"]["key"] for error in answer.json().get("errors", ())}
        if (answer.status_code, keys) != (sent.status, {sent.key} - {None}):
            found[name] = (answer.status_code, answer.text[:300])

    assert found == {}
    assert register.store.graph_hash() == before


def test_what_is_no_http_is_refused_likewise(alone: Web) -> None:
    config = uvicorn.Config(alone.app, http=Http, log_config=None, lifespan="off")
    lines = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX:" + b"x" * 70_000,
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ]

    async def all_of_it(listening: socket.socket) -> list[bytes]:
        server = uvicorn.Server(config)
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        found = []
        for each in lines:
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            writer.write(each)
            found.append(await asyncio.wait_for(reader.read(), 20))
            writer.close()
        server.should_exit = True
        await serving
        return found

    with socket.create_server(("127.0.0.1", 0)) as listening:
        answers = asyncio.run(all_of_it(listening))

    for answer in answers:
        head, _, told = answer.partition(b"\r\n\r\n")
        # one without a Host is HTTP of sorts, and refused as one with a foreign Host
        status, key = (b"403", b"server.foreign_host") if b"foreign_host" in told else (b"400", b"server.no_http")
        assert head.startswith(b"HTTP/1.1 " + status), answer[:200]
        assert HEADER.encode().lower() in head.lower()
        assert b'"key":"' + key in told


def test_a_body_without_an_end_is_ended(alone: Web) -> None:
    sent: list[int] = []

    async def endless() -> Any:
        while True:
            sent.append(1)
            yield b" " * 100_000

    answer = alone.post("/graphql", content=endless(), headers={"Content-Type": "application/json"})

    assert answer.status_code == 413
    assert len(sent) <= 12
