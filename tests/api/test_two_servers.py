"""Several servers on one database: each sees what any of them wrote, and says which revision it answers of."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.server.graphql import REVISION
from tests.api.served import serving
from tests.engines import Database, depends, host, written

pytestmark = [pytest.mark.storage, pytest.mark.processes, pytest.mark.long]
AT_ONCE = 1.0  # seconds within which a write is seen by every server
IMPACT = '{ revision impact(seeds: [{ciId: "b"}]) { ... on Impact { revision counts { outage } } } }'


def asked(url: str, query: str, least: int | None = None) -> tuple[int, Any]:
    """The revision that an answer names, and its data."""
    headers = {} if least is None else {REVISION: str(least)}
    answer = httpx.post(f"{url}/graphql", json={"query": query}, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return int(answer.headers[REVISION]), answer.json()["data"]


def test_two_servers_started_at_once_on_an_empty_database_both_come_up_and_agree(
    database: Database, tmp_path: Path
) -> None:
    # no mark of a migration either: both make the schema and the register
    database.run("MATCH (n) DETACH DELETE n")
    with ExitStack() as both, ThreadPoolExecutor(2) as pool:
        starting = [pool.submit(both.enter_context, serving(database, tmp_path / str(at))) for at in range(2)]
        urls = [each.result()[1] for each in starting]
        store = database.open(tmp_path / "third")
        assert database.run("MATCH (s:Store) RETURN count(s) AS c") == [{"c": 1}]
        for url in urls:
            asked(url, IMPACT)  # compiled by now

        revision = written(store, [host("a"), host("b"), depends("a", "b")]).revision
        begun = time.monotonic()
        for url in urls:
            seen, data = asked(url, IMPACT)
            assert (seen, data["revision"], data["impact"]["revision"]) == (revision, revision, revision)
            assert data["impact"]["counts"] == {"outage": 1}
        assert time.monotonic() - begun < AT_ONCE * len(urls)
        for number in range(20):
            revision = written(store, [host("a", rack_unit=f"U{number}")]).revision
            for url in urls:
                seen, _ = asked(url, "{ revision }", least=revision)
                assert seen >= revision
        assert [httpx.get(f"{url}/readyz", timeout=10).json()["revision"] for url in urls] == [revision] * 2


def test_a_server_is_not_ready_once_a_backup_of_another_register_is_there(database: Database, tmp_path: Path) -> None:
    database.open(tmp_path / "first")
    with serving(database, tmp_path / "served") as (_, url):
        before = httpx.get(f"{url}/readyz", timeout=10).status_code
        database.run("MATCH (s:Store) SET s.store_id = 'another'")

        ready = httpx.get(f"{url}/readyz", timeout=10)
        answer = httpx.post(f"{url}/graphql", json={"query": "{ revision }"}, timeout=60)

    assert (before, ready.status_code, ready.json()["reason"]) == (200, 503, "store.replaced")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["key"]) == (503, "store.replaced")
