"""How many requests are answered at once, how often somebody may ask, and how long an answer may take."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import strawberry

from api.server import graphql
from api.server.admission import Admission, RefusedError
from api.server.requests import AGAIN
from api.server.runtime import Runtime
from api.server.settings import RequestLimits, ServerSettings
from graph.deadline import check
from tests.api.web import Web, over_store

REVISION = {"query": "{ revision }"}


class SlowStore:
    """A store that answers when it is let."""

    def __init__(self) -> None:
        self.lets, self.asked = threading.Event(), 0

    def revision(self) -> int:
        self.asked += 1
        assert self.lets.wait(30)
        return 7


def runtime(**limits: Any) -> Runtime:
    return Runtime(ServerSettings(request=RequestLimits(**limits)))


def served(work: Callable[[httpx.AsyncClient], Awaitable[Any]], web: Web) -> Any:
    """What `work` gives with a client that may ask several things at once."""

    async def all_of_it() -> Any:
        transport = httpx.ASGITransport(web.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=web.home) as client:
            return await work(client)

    return asyncio.run(all_of_it())


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.005)


@contextmanager
def let_at_the_end(store: SlowStore) -> Iterator[None]:
    try:
        yield
    finally:
        store.lets.set()


def key_of(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["key"])


def test_a_query_that_takes_too_long_is_told_and_keeps_its_place_until_it_has_ended() -> None:
    store, shared = SlowStore(), runtime(query_seconds=0.1, running=1, waiting_seconds=0.1)

    async def work(client: httpx.AsyncClient) -> tuple[httpx.Response, httpx.Response, httpx.Response]:
        late = await client.post("/graphql", json=REVISION)
        behind = await client.post("/graphql", json=REVISION)
        assert shared.admission.running.total() == 1
        store.lets.set()
        await until(lambda: not shared.admission.running)
        return late, behind, await client.post("/graphql", json=REVISION)

    with let_at_the_end(store):
        late, behind, after = served(work, over_store(store, runtime=shared))

    assert (late.status_code, key_of(late), late.headers["retry-after"]) == (503, "server.too_slow", str(AGAIN))
    assert (behind.status_code, key_of(behind)) == (429, "limits.busy_all")
    assert after.json() == {"data": {"revision": 7}}
    assert "faultline_requests_given_up 0.0" in shared.metrics.text().decode()


HEADERS = [(b"host", b"localhost"), (b"content-type", b"application/json")]
SCOPE = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": HEADERS}


def receiving(then: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[Any]]:
    """The question, and after `then` that the client has gone."""
    messages = iter([{"type": "http.request", "body": json.dumps(REVISION).encode(), "more_body": False}])

    async def receive() -> Any:
        message = next(messages, None)
        if message is None:
            await then()
        return message or {"type": "http.disconnect"}

    return receive


def test_nothing_is_done_any_more_for_who_has_gone() -> None:
    store, shared = SlowStore(), runtime()
    web = over_store(store, runtime=shared)

    async def work(_: httpx.AsyncClient) -> None:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await web.app(dict(SCOPE), receiving(lambda: until(lambda: store.asked == 1)), send)
        assert sent[0]["status"] == 499
        assert [each.left for each in shared.stopping.running] == [0]
        store.lets.set()
        await until(lambda: not shared.admission.running)

    with let_at_the_end(store):
        served(work, web)


def test_who_does_not_read_holds_no_place() -> None:
    store, shared = SlowStore(), runtime(answer_seconds=0.05)
    store.lets.set()
    web = over_store(store, runtime=shared)

    async def never(*_: Any) -> None:
        await asyncio.sleep(60)

    async def work(_: httpx.AsyncClient) -> None:
        await web.app(dict(SCOPE), receiving(never), never)

    served(work, web)

    assert not shared.admission.running
    assert 'faultline_refused_total{key="limits.not_taken"} 1.0' in shared.metrics.text().decode()


def test_a_query_that_still_runs_when_the_server_has_to_end_is_told() -> None:
    store, shared = SlowStore(), runtime()

    async def work(client: httpx.AsyncClient) -> httpx.Response:
        asked = asyncio.ensure_future(client.post("/graphql", json=REVISION))
        await until(lambda: store.asked == 1)
        shared.stopping.cut_short()
        answer = await asked
        store.lets.set()
        return answer

    with let_at_the_end(store):
        answer = served(work, over_store(store, runtime=shared))

    assert (answer.status_code, key_of(answer)) == (503, "server.too_slow")


@strawberry.type
class Query:
    revision: int = 7


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def save(self) -> bool:
        """Something that is written, and takes longer than a query may."""
        await asyncio.sleep(0.3)
        check()
        return True


def test_what_changes_something_is_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql, "SCHEMA", strawberry.Schema(Query, Mutation))
    shared = runtime(query_seconds=0.05)

    async def work(client: httpx.AsyncClient) -> httpx.Response:
        asked = asyncio.ensure_future(client.post("/graphql", json={"query": "mutation { save }"}))
        await until(lambda: bool(shared.admission.running))
        shared.stopping.cut_short()
        return await asked

    answer = served(work, over_store(object(), runtime=shared))

    assert answer.json() == {"data": {"save": True}}


def test_an_actor_has_so_many_places_and_a_small_queue() -> None:
    store, shared = SlowStore(), runtime(running_per_actor=2, waiting_per_actor=1)

    async def work(client: httpx.AsyncClient) -> list[httpx.Response]:
        asked = [asyncio.ensure_future(client.post("/graphql", json=REVISION)) for _ in range(4)]
        done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        assert [each.result().status_code for each in done] == [429]
        assert (await client.get("/livez")).status_code == 200
        store.lets.set()
        return await asyncio.gather(*asked)

    with let_at_the_end(store):
        answers = served(work, over_store(store, runtime=shared))

    assert sorted(each.status_code for each in answers) == [200, 200, 200, 429]
    (refused,) = (each for each in answers if each.status_code == 429)
    assert (key_of(refused), refused.headers["retry-after"]) == ("limits.busy", "1")
    assert not shared.admission.running
    assert not shared.admission.waiting


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    web = over_store(SlowStore(), runtime=runtime(rate=3))

    answers = [web.post("/graphql", json={"query": "{ __typename }"}) for _ in range(5)]

    assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
    assert key_of(answers[-1]) == "limits.rate"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 11
    assert web.get("/livez").status_code == 200


def test_one_who_asks_much_leaves_room_for_others_and_turns_come_in_order() -> None:
    async def work() -> list[str]:
        admission = Admission(RequestLimits(running=3, running_per_actor=2))
        order: list[str] = []
        held = [await admission.place("greedy"), await admission.place("greedy")]

        async def come(actor: str) -> None:
            place = await admission.place(actor)
            order.append(actor)
            await asyncio.sleep(0)
            place.leave()

        waiting = asyncio.ensure_future(come("greedy"))
        await asyncio.sleep(0)
        await come("modest")
        held[0].leave()
        await waiting
        held[1].leave()
        assert not admission.running
        return order

    assert asyncio.run(work()) == ["modest", "greedy"]


def test_who_waits_and_gives_up_leaves_nothing_behind() -> None:
    async def work() -> None:
        admission = Admission(RequestLimits(running=1, waiting_seconds=0.02))
        place = await admission.place("a")
        gone = asyncio.ensure_future(admission.place("b"))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(RefusedError):
            await admission.place("c")
        place.leave()
        assert (dict(admission.running), admission.waiting) == ({}, {})
        # its turn has come, and it goes at the same moment
        place, late = await admission.place("a"), asyncio.ensure_future(admission.place("b"))
        await asyncio.sleep(0)
        place.leave()
        late.cancel()
        with pytest.raises(asyncio.CancelledError):
            await late
        assert (dict(admission.running), admission.waiting) == ({}, {})

    asyncio.run(work())


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def body() -> Any:
        yield b"{"
        await asyncio.sleep(30)

    answer = over_store(object(), runtime=runtime(body_seconds=0.05)).post("/graphql", content=body())

    assert (answer.status_code, key_of(answer)) == (408, "limits.body_slow")


def test_limits_of_a_server_are_those_of_its_settings() -> None:
    few = over_store(object(), runtime=runtime(body_bytes=40, nesting=2, document_characters=30))
    asked = ({"query": "{ __typename }"}, {"query": "{ x" * 3}, {"query": "{" + " " * 40 + "}"})

    found = [few.post("/graphql", json=each) for each in asked]

    assert [each.status_code for each in found] == [200, 400, 413]
