"""Who may come into the server and how much may be sent; nothing of the request is looked into before."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from api.server import app as app_module
from api.server.app import LONGEST_BODY
from api.server.run import SHORTEST_TOKEN, _bound, is_loopback, read_token, serve
from graph.errors import BadInputError, StorageError
from graph.settings import Settings
from tests.api.web import Web, over_store

TOKEN = "t" * SHORTEST_TOKEN


class StoreOfSeven:
    """A store at revision 7 that can be taken away; any other use of it is an error."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.waits = threading.Event()
        self.waits.set()

    def revision(self) -> int:
        self.waits.wait(10)
        if self.trouble is not None:
            raise self.trouble
        return 7


@pytest.fixture
def store() -> StoreOfSeven:
    return StoreOfSeven()


@pytest.fixture
def local(store: StoreOfSeven) -> Web:
    """The server in local mode."""
    return over_store(store)


@pytest.fixture
def guarded(store: StoreOfSeven) -> Web:
    """The server with a token."""
    return over_store(store, TOKEN, "http://faultline.example")


def key_of(response: Any) -> str:
    return str(response.json()["errors"][0]["extensions"]["key"])


def test_the_probes_answer(local: Web) -> None:
    assert (local.get("/livez").status_code, local.get("/livez").text) == (200, "ok\n")
    assert local.get("/readyz").json() == {"ready": True, "revision": 7}


def test_a_server_whose_store_is_gone_lives_but_is_not_ready(local: Web, store: StoreOfSeven) -> None:
    store.trouble = StorageError("storage.unavailable", reason="ServiceUnavailable")

    assert local.get("/livez").status_code == 200
    assert local.get("/readyz").status_code == 503
    assert local.get("/readyz").json() == {"ready": False, "reason": "storage.unavailable"}


def test_a_store_that_hangs_is_not_waited_for(local: Web, store: StoreOfSeven, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "PATIENCE", 0.1)
    store.waits.clear()

    answer = local.get("/readyz")
    store.waits.set()

    assert (answer.status_code, answer.json()) == (503, {"ready": False, "reason": "server.store_silent"})


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8470", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8470"])
def test_local_mode_lets_this_machine_in_by_its_names(host: str, local: Web) -> None:
    assert local.get("/livez", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:evil", "localhost:8470@evil",
     "[::2]", "[::1]evil", "10.0.0.1:8470"],
)  # fmt: skip
def test_local_mode_refuses_other_names_as_a_page_of_another_site_would_use(host: str, local: Web) -> None:
    for path in ("/livez", "/readyz", "/graphql", "/nothing"):
        answer = local.post(path, headers={"Host": host})
        assert (answer.status_code, key_of(answer)) == (403, "server.foreign_host")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://localhost.evil.example", "http://10.0.0.1"])
def test_local_mode_refuses_a_foreign_origin(origin: str, local: Web) -> None:
    answer = local.post("/graphql", headers={"Origin": origin}, json={"query": "{ revision }"})

    assert (answer.status_code, key_of(answer)) == (403, "server.foreign_origin")


@pytest.mark.parametrize("origin", ["http://localhost:8470", "http://127.0.0.1:5173", "https://[::1]"])
def test_local_mode_lets_its_own_origins_in(origin: str, local: Web) -> None:
    assert local.post("/graphql", headers={"Origin": origin}, json={"query": "{ revision }"}).status_code == 200


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}",
                      f"bearer {TOKEN.upper()}", "Bearer tökén"],
)  # fmt: skip
def test_without_the_token_all_but_the_probes_is_401(authorization: str | None, guarded: Web) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode()}

    for path in ("/graphql", "/nothing", "/livez/x"):
        answer = guarded.post(path, headers=headers, content=b"\xff" * 10)
        assert (answer.status_code, key_of(answer)) == (401, "server.no_token")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert [guarded.get(path, headers=headers).status_code for path in ("/livez", "/readyz")] == [200, 200]


def test_with_the_token_any_host_may_ask(guarded: Web) -> None:
    answer = guarded.post("/graphql", headers={"Authorization": f"Bearer {TOKEN}"}, json={"query": "{ revision }"})

    assert answer.json() == {"data": {"revision": 7}}


def test_the_token_is_looked_at_before_the_body(guarded: Web) -> None:
    read: list[str] = []

    async def body() -> AsyncIterator[bytes]:
        read.append("the body")
        yield b"{}"

    assert guarded.post("/graphql", content=body()).status_code == 401
    assert read == []


def test_a_body_over_the_limit_is_413_by_what_is_announced_and_by_what_comes(local: Web) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 500_000

    at_limit = local.post("/graphql", content=b" " * LONGEST_BODY, headers={"Content-Type": "application/json"})
    announced = local.post("/graphql", content=b" " * (LONGEST_BODY + 1))
    chunked = local.post("/graphql", content=pieces())
    absurd = local.post("/graphql", content=b"{}", headers={"Content-Length": "9" * 5_000})

    assert (at_limit.status_code, key_of(at_limit)) == (400, "server.no_query")
    for answer in (announced, chunked, absurd):
        assert (answer.status_code, key_of(answer)) == (413, "server.body_too_long")


def test_what_is_nowhere_is_404(local: Web) -> None:
    assert local.get("/nothing").status_code == 404


@pytest.mark.parametrize("host", ["::", "192.168.1.5", "faultline.example", "127.0.0.1.example", "0"])
def test_a_bind_beyond_the_loopback_is_refused_without_a_token(host: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as refused:
        serve(Settings(tmp_path), host, 0)

    assert (refused.value.message.key, refused.value.message.params["host"]) == ("server.open_bind", host)
    assert not list(tmp_path.iterdir())


def test_a_port_that_is_taken_is_told_before_an_engine_starts(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        with pytest.raises(StorageError) as refused:
            serve(Settings(tmp_path), "127.0.0.1", busy.getsockname()[1])

    assert refused.value.message.key == "server.port_taken"
    assert not list(tmp_path.iterdir())


def test_loopback_addresses_are_known() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost")))


def test_a_token_file_must_be_readable_and_hold_a_long_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(BadInputError, match=r"server\.token_file"):
        read_token(file)
    file.write_text("short\n")
    with pytest.raises(BadInputError, match=r"server\.token_short"):
        read_token(file)
    file.write_bytes(b"\xff" * 30)
    with pytest.raises(BadInputError, match=r"server\.token_file"):
        read_token(file)
    file.write_text(f"{TOKEN}\n")

    assert read_token(file) == TOKEN
    assert read_token(None) is None


def test_a_small_answer_waits_for_nobodys_acknowledgement() -> None:
    with _bound("127.0.0.1", 0) as listening:
        listening.listen()

        async def accepted() -> int:
            found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

            def come(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                found.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
                writer.close()

            async with await asyncio.start_server(come, sock=listening):
                _, writer = await asyncio.open_connection(*listening.getsockname())
                writer.close()
                return await found

        assert asyncio.run(accepted()) != 0
