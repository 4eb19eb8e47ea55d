"""The ASGI application asked in this process, one request at a time."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import httpx
from starlette.types import ASGIApp

from api.access.known import Access
from api.register import Register
from api.server.app import make_app
from api.server.doorkeeper import Guard
from api.server.runtime import Runtime
from graph.settings import Settings
from graph.store.principals import Found


@dataclass(frozen=True)
class Web:
    """A server without a socket."""

    app: ASGIApp
    home: str

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.requests(method, path, [options])[0]

    def requests(self, method: str, path: str, each: Iterable[Mapping[str, Any]]) -> list[httpx.Response]:
        """The answers to several, one after the other: a loop and threads for each would take longer than they do."""

        async def one(options: Mapping[str, Any]) -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=self.home) as client:
                return await client.request(method, path, **options)

        async def all_of_them() -> list[httpx.Response]:
            return [await one(options) for options in each]

        return anyio.run(all_of_them)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)


def over(
    register: Register, token: str | None = None, home: str = "http://127.0.0.1:8470", runtime: Runtime | None = None
) -> Web:
    """The server over a register."""
    return Web(make_app(register, Guard(token), runtime), home)


class Local(Access):
    """Who may come in where there is no principal, and nothing is looked up for it."""

    def look(self, shown: Collection[str]) -> dict[str, Found]:
        return {each: Found(0, is_open=True) for each in shown}


def over_store(
    store: object, token: str | None = None, home: str = "http://127.0.0.1:8470", runtime: Runtime | None = None,
    settings: Settings | None = None,
) -> Web:  # fmt: skip
    """The server over something that stands for a store."""

    def estate(*_: int | None) -> SimpleNamespace:
        return SimpleNamespace(revision=cast(Any, store).revision())

    settings = settings or Settings(Path())
    access = Local(cast(Any, store), settings)
    live = SimpleNamespace(revision=None, estate=estate, since=lambda *_: None)
    register = SimpleNamespace(
        store=store, settings=settings, estate=estate, live=live, access=access, expire=lambda: None
    )
    return over(cast(Register, register), token, home, runtime)


def data(client: Web, query: str, **variables: Any) -> Any:
    """The data of an answer that is whole."""
    answer = client.post("/graphql", json={"query": query, "variables": variables})
    assert (answer.status_code, answer.json().get("errors")) == (200, None), answer.text
    return answer.json()["data"]
