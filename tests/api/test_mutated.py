"""However a request was altered, the answer is no 5xx, nothing goes wrong unforeseen, and nothing has changed."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import httpx
import pytest

from api.register import Register
from api.schema.root import make_schema
from api.server.runtime import Runtime
from api.server.settings import RequestLimits, ServerSettings
from graph.engine.files import held
from tests.api.command import ESTATE
from tests.api.hostile import Hostile
from tests.api.mutated import mutated, right_ones
from tests.api.web import Web, over
from tests.engines import KINDS, Database, imported, inventory

SCHEMA = make_schema()._schema
AT_ONCE = 8
OFTEN = RequestLimits(rate=10**9, query_seconds=600)  # how busy the machine is, is not what is tested


@pytest.mark.many
@pytest.mark.neo4j_long
def test_no_mutated_request_breaks_or_changes_anything(
    database: Database, tmp_path: Path, long_or_short: Callable[[int, int], int]
) -> None:
    web, register = served(database, tmp_path)
    before = register.store.graph_hash()
    right = [web.post("/graphql", json=asked) for asked in right_ones(SCHEMA)]
    broken, counted = asyncio.run(
        sent(web, list(islice(mutated(SCHEMA, 1 + KINDS.index(database.kind)), long_or_short(50_000, 500))))
    )
    after = register.store.graph_hash()

    assert [answer.text for answer in right if "errors" in answer.json()] == []
    assert broken == []
    assert after == before
    assert counted[200] > sum(counted.values()) / 20, "most were not even looked into"


def served(database: Database, folder: Path) -> tuple[Web, Register]:
    """A server over the estate of two services; as with an engine of its own, it waits for the end of the log."""
    place = database.endpoint.lock_dir
    lock = contextlib.nullcontext if place is None else partial(held, place / "writer.lock")
    register = Register(database.open(folder / "head", lock=lock), replace(database.settings, data_dir=folder))
    imported(register.store, inventory(folder / "estate", ESTATE))
    return over(register, runtime=Runtime(ServerSettings(request=OFTEN))), register


async def sent(web: Web, requests: list[Hostile]) -> tuple[list[tuple[Hostile, int, str]], dict[int, int]]:
    """Those that broke something, and how many had which status."""
    broken: list[tuple[Hostile, int, str]] = []
    counted: dict[int, int] = {}
    waiting = iter(requests)
    transport = httpx.ASGITransport(web.app, raise_app_exceptions=False)

    async def one_by_one(client: httpx.AsyncClient) -> None:
        for each in waiting:
            headers = [(name.encode(), value.encode("latin-1")) for name, value in each.headers.items()]
            answer = await client.request(each.method, each.path, content=each.content, headers=headers)
            counted[answer.status_code] = counted.get(answer.status_code, 0) + 1
            if answer.status_code >= 500 or "server.internal" in answer.text:
                broken.append((each, answer.status_code, answer.text[:500]))

    async with httpx.AsyncClient(transport=transport, base_url=web.home) as client:
        await asyncio.gather(*(one_by_one(client) for _ in range(AT_ONCE)))
    return broken, counted
