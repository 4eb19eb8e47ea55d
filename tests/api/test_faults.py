"""A server whose line to the database is bad: what it answers meanwhile, and that it recovers by itself."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from api.server import graphql as graphql_module
from api.server.requests import AGAIN
from api.server.settings import ServerSettings
from graph.errors import StorageError
from tests.api.command import ESTATE
from tests.api.served import serving
from tests.api.web import Web, over_store
from tests.engines import Database, host, imported, inventory, written
from tests.proxy import Mode, Proxy, proxied

IMPACT = '{ revision impact(seeds: [{ciId: "db-1"}]) { ... on Impact { counts { outage } } } }'
LONGEST = ServerSettings().request.query_seconds
NOTICED, BACK = 5.0, 10.0  # seconds until /readyz says that the database is away, and that it is back


@dataclass
class Away:
    """A store that cannot be reached, or that answers late."""

    trouble: StorageError | None = None
    seconds: float = 0.0
    at: int = 7
    asked: int = 0
    gone: threading.Event = field(default_factory=threading.Event)

    def revision(self) -> int:
        self.asked += 1
        self.gone.wait(self.seconds)
        if self.trouble is not None:
            raise self.trouble
        return self.at


def key_of(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["key"])


@pytest.fixture
def away() -> Away:
    return Away()


@pytest.fixture
def web(away: Away) -> Web:
    return over_store(away)


def test_a_database_that_is_away_is_503_with_the_time_to_come_again(web: Web, away: Away) -> None:
    away.trouble = StorageError("storage.unavailable", reason="ServiceUnavailable")

    for answer in (
        web.post("/graphql", json={"query": "{ revision }"}),
        web.post("/graphql", json={"query": "{ revision }"}, headers={"Faultline-Revision": "3"}),
        web.get("/graphql", params={"query": "{ revision }"}, headers={"Accept": "application/graphql-response+json"}),
    ):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, str(AGAIN))
        assert key_of(answer) == "storage.unavailable"
        assert answer.json().keys() == {"errors"}
        assert not [word for word in ("Traceback", "neo4j", ".py") if word in answer.text]


def test_an_answer_names_its_revision_and_a_request_may_ask_for_the_least(web: Web, away: Away) -> None:
    seen = web.post("/graphql", json={"query": "{ revision }"}, headers={"Faultline-Revision": "7"})
    away.at, away.asked = 8, 0
    threading.Timer(0.3, lambda: setattr(away, "at", 9)).start()
    waited = web.post("/graphql", json={"query": "{ revision }"}, headers={"Faultline-Revision": "9"})

    assert (seen.status_code, seen.headers["faultline-revision"]) == (200, "7")
    assert (waited.json(), waited.headers["faultline-revision"]) == ({"data": {"revision": 9}}, "9")
    assert 1 < away.asked < 30


def test_a_revision_that_does_not_come_is_503_and_one_that_is_no_number_400(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphql_module, "PATIENCE", 0.1)

    late = web.post("/graphql", json={"query": "{ revision }"}, headers={"Faultline-Revision": str(10**18 - 1)})

    assert (late.status_code, key_of(late), late.headers["retry-after"]) == (503, "server.not_yet", str(AGAIN))
    for wrong in ("-1", "1.5", "x", "٣", "9" * 40, ""):
        headers = {"Faultline-Revision": wrong.encode()}
        answer = web.post("/graphql", json={"query": "{ revision }"}, headers=cast(Any, headers))
        assert (answer.status_code, key_of(answer)) == (400, "server.least_revision")


def test_a_request_that_is_refused_for_now_tells_its_id(web: Web, away: Away) -> None:
    away.trouble = StorageError("storage.unavailable", reason="x")

    answer = web.post("/graphql", json={"query": "{ revision }"}, headers={"X-Request-Id": "r-1"})

    assert answer.json()["errors"][0]["extensions"]["requestId"] == "r-1"


@contextmanager
def behind(database: Database, folder: Path) -> Iterator[tuple[Proxy, str, Database]]:
    """A server with the example estate whose connections go through a proxy."""
    store = database.open(folder / "direct")
    imported(store, inventory(folder / "estate", ESTATE))
    with proxied(database.endpoint.uri) as proxy:
        endpoint = replace(database.endpoint, uri=proxy.uri)
        with serving(replace(database, endpoint=endpoint), folder) as (_, url):
            yield proxy, url, database


def ask(url: str) -> httpx.Response:
    return httpx.post(f"{url}/graphql", json={"query": IMPACT}, timeout=LONGEST + 15)


def until(url: str, status: int, patience: float) -> float:
    """Seconds until /readyz answers so; /livez answers 200 all the while."""
    begun = time.monotonic()
    while time.monotonic() - begun < patience:
        assert httpx.get(f"{url}/livez", timeout=2).status_code == 200
        if httpx.get(f"{url}/readyz", timeout=5).status_code == status:
            return time.monotonic() - begun
        time.sleep(0.1)
    raise AssertionError(f"/readyz was not {status} within {patience} s")


def disturbed(url: str, proxy: Proxy, mode: Mode, seconds: float) -> list[httpx.Response]:
    """The answers of questions asked while the line is bad for so long."""
    answers: list[httpx.Response] = []
    proxy.mode = mode
    end = time.monotonic() + seconds
    asking: list[threading.Thread] = []
    assert until(url, 503, NOTICED) < NOTICED
    while time.monotonic() < end:
        asking.append(threading.Thread(target=lambda: answers.append(ask(url))))
        asking[-1].start()
        assert httpx.get(f"{url}/livez", timeout=2).status_code == 200
        assert httpx.get(f"{url}/readyz", timeout=5).status_code == 503
        time.sleep(1.0)
    proxy.mode = "good"
    until(url, 200, BACK)
    back = ask(url)
    for each in asking:
        each.join()
    assert (back.status_code, back.json()["data"]["impact"]["counts"]) == (200, {"outage": 2})
    return answers


@pytest.mark.storage
@pytest.mark.processes
@pytest.mark.long
@pytest.mark.parametrize("mode", ["away", "silent"])
@pytest.mark.parametrize("seconds", [8.0, 60.0])
def test_a_server_cut_off_from_its_database_says_so_and_is_back_without_a_restart(
    database: Database, tmp_path: Path, mode: Mode, seconds: float
) -> None:
    with behind(database, tmp_path) as (proxy, url, direct):
        assert ask(url).status_code == 200
        before = direct.open(tmp_path / "direct").graph_hash()

        answers = disturbed(url, proxy, mode, seconds)
        other = direct.open(tmp_path / "direct")
        revision = written(other, [host("after")]).revision

        # those that were asked a little before the end may have been answered after it
        assert {answer.status_code for answer in answers} <= {200, 503}
        if seconds > LONGEST:
            assert sum(answer.status_code == 503 for answer in answers) >= len(answers) // 2
        for answer in answers:
            if answer.status_code == 503:
                assert answer.headers["retry-after"] == str(AGAIN)
                assert key_of(answer) in ("storage.unavailable", "server.too_slow", "server.store_silent")
            assert answer.elapsed.total_seconds() < LONGEST + 5
        assert before != other.graph_hash()
        assert ask(url).json()["data"]["revision"] == revision


@pytest.mark.storage
@pytest.mark.processes
def test_a_server_whose_database_is_gone_for_a_moment_is_back_without_a_restart(
    embedded_engine: Database, tmp_path: Path
) -> None:
    embedded_engine.wipe()
    with behind(embedded_engine, tmp_path) as (proxy, url, _):
        assert ask(url).status_code == 200
        proxy.mode = "away"
        until(url, 503, NOTICED)
        proxy.mode = "silent"
        time.sleep(1.0)
        assert httpx.get(f"{url}/readyz", timeout=5).status_code == 503
        proxy.mode = "good"
        until(url, 200, BACK)
        assert ask(url).json()["data"]["impact"]["counts"] == {"outage": 2}


@pytest.mark.storage
@pytest.mark.processes
@pytest.mark.long
@pytest.mark.parametrize("mode", ["slow", "dripping"])
def test_a_server_on_a_slow_line_answers_late_and_right(database: Database, tmp_path: Path, mode: Mode) -> None:
    with behind(database, tmp_path) as (proxy, url, _):
        expected = ask(url).json()
        proxy.mode = mode

        answer = ask(url)

        assert answer.status_code in (200, 503)
        assert answer.elapsed.total_seconds() < LONGEST + 5
        if answer.status_code == 200:
            assert answer.json() == expected
        assert httpx.get(f"{url}/livez", timeout=2).status_code == 200
        proxy.mode = "good"
        until(url, 200, BACK)
        assert ask(url).json() == expected
