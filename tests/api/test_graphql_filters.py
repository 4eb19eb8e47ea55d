"""CIs over the API by filter and in an order, now and as they were, a page at a time while others write."""

import base64
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.register import Register, open_register
from graph.history import Thing
from graph.settings import Settings
from graph.store import Edit
from tests.api.command import ESTATE, environment
from tests.api.web import data, over
from tests.engines import Database, host, imported, inventory, written

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike

CIS = """query($filter: CiFilter, $orderBy: CiOrder, $first: Int, $after: String, $asOf: DateTime) {
  cis(filter: $filter, orderBy: $orderBy, first: $first, after: $after, asOf: $asOf) {
    totalCount pageInfo { hasNextPage endCursor } edges { cursor node { ciId name lastRevision } } } }"""


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """The estate of two services on each engine in turn."""
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as found:
        imported(found.store, inventory(tmp_path / "estate", ESTATE))
        yield found


def found(register: Register, **asked: Any) -> list[str]:
    return [edge["node"]["ciId"] for edge in data(over(register), CIS, **asked)["cis"]["edges"]]


def paged(register: Register, first: int, **asked: Any) -> list[str]:
    client, seen, after = over(register), list[str](), None
    while True:
        page = data(client, CIS, first=first, after=after, **asked)["cis"]
        seen += [edge["node"]["ciId"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(seen)
            return seen


def test_each_part_of_a_filter_chooses_what_it_says(register: Register) -> None:
    for wanted, ids in (
        ({"text": "db"}, ["db-1", "db-2"]),
        ({"text": "承保"}, ["app-1", "svc-policy"]),
        ({"text": "APP-"}, ["app-1", "app-2"]),
        ({"ciClass": ["application", "host"]}, ["app-1", "app-2", "host-1"]),
        ({"status": ["retired"]}, []),
        ({"owner": "team-1"}, ["svc-claims", "svc-policy"]),
        ({"owner": "nobody"}, []),
        ({"site": "site-1"}, ["app-1", "host-1", "site-1"]),
        ({"service": "svc-policy"}, ["app-1", "db-1", "db-2", "host-1", "site-1", "svc-policy"]),
        ({"service": "svc-policy", "ciClass": ["host"]}, ["host-1"]),
        ({"and": [{"text": "1"}, {"text": "db"}]}, ["db-1"]),
        ({"or": [{"text": "db-1"}, {"text": "app-2"}]}, ["app-2", "db-1"]),
        ({"or": []}, []),
        ({"not": {"service": "svc-policy"}}, ["app-2", "svc-claims", "team-1"]),
    ):
        assert found(register, filter=wanted) == ids, wanted


def test_orders_run_both_ways_page_by_page(register: Register) -> None:
    names = {ci["node"]["ciId"]: ci["node"] for ci in data(over(register), CIS)["cis"]["edges"]}
    for field, key in (("CI_ID", "ciId"), ("NAME", "name"), ("LAST_REVISION", "lastRevision")):
        wanted = sorted(names, key=lambda ci, key=key: (names[ci][key], ci))  # type: ignore[misc]
        assert paged(register, 2, orderBy={"field": field}) == wanted
        assert paged(register, 2, orderBy={"field": field, "direction": "DESC"}) == wanted[::-1]


def test_cis_are_listed_as_they_were(register: Register) -> None:
    moment = register.store.rows("read_store")[0]["at"]
    before = data(over(register), CIS, orderBy={"field": "NAME"}, asOf=moment)["cis"]
    db = register.store.kept("ci", ["db-1"])["db-1"].thing
    written(register.store, [
        host("h-9"), Edit("ci", "db-1", Thing({**db.state, "name": "zzz", "status": "retired"})),
        Edit("rel", "svc-claims|owned_by|team-1", None),
    ])  # fmt: skip

    assert data(over(register), CIS, orderBy={"field": "NAME"}, asOf=moment)["cis"] == before
    assert found(register, asOf=moment) == sorted(edge["node"]["ciId"] for edge in before["edges"])
    assert found(register, filter={"owner": "team-1"}, asOf=moment) == ["svc-claims", "svc-policy"]
    assert found(register, filter={"owner": "team-1"}) == ["svc-policy"]
    assert found(register, filter={"status": ["retired"]}) == ["db-1"]
    assert found(register, filter={"text": "h-9"}) == ["h-9"]
    assert found(register, orderBy={"field": "LAST_REVISION", "direction": "DESC"})[:2] == ["db-1", "h-9"]


def test_no_row_comes_twice_and_none_is_missed_while_others_write(register: Register, long_or_short: Any) -> None:
    rng, n = random.Random(5), long_or_short(10_000, 300)
    written(register.store, [host(f"x-{number:05}", name=f"n{number % 7}") for number in range(n)])
    client, seen, after, there = over(register), list[str](), None, {f"x-{number:05}" for number in range(n)}
    rounds = 0
    while True:
        page = data(
            client, CIS, first=n // 20, after=after, filter={"text": "x-"}, orderBy={"field": "NAME"}
        )["cis"]  # fmt: skip
        seen += [edge["node"]["ciId"] for edge in page["edges"]]
        after, rounds = page["pageInfo"]["endCursor"], rounds + 1
        if not page["pageInfo"]["hasNextPage"]:
            break
        gone = rng.sample(sorted(there), 3)
        written(register.store, [
            *(Edit("ci", ci_id, None) for ci_id in gone), host(f"x-new-{rounds}", name=f"n{rng.randrange(7)}"),
        ])  # fmt: skip
        there -= set(gone)

    assert rounds >= 19
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


def test_cursors_of_another_question_are_refused(register: Register) -> None:
    by_name = data(over(register), CIS, first=1, orderBy={"field": "NAME"})["cis"]["pageInfo"]["endCursor"]
    plain = data(over(register), CIS, first=1)["cis"]["pageInfo"]["endCursor"]
    forged = base64.urlsafe_b64encode(b'cis:["x",1,"a"]').decode().rstrip("=")
    for after, asked in (
        (by_name, {}), (by_name, {"orderBy": {"field": "CI_CLASS"}}), (plain, {"orderBy": {"field": "NAME"}}),
        (by_name, {"orderBy": {"field": "NAME"}, "filter": {"text": "db"}}),
        (by_name, {"orderBy": {"field": "NAME", "direction": "DESC"}}), (forged, {"orderBy": {"field": "NAME"}}),
    ):  # fmt: skip
        answer = over(register).post("/graphql", json={"query": CIS, "variables": {"after": after, **asked}}).json()
        assert answer["errors"][0]["extensions"]["key"] == "server.cursor", asked


def test_a_filter_has_an_end(register: Register) -> None:
    for wanted in ({"or": [{"text": "a"}] * 60}, {"text": "a" * 300}):
        answer = over(register).post("/graphql", json={"query": CIS, "variables": {"filter": wanted}}).json()

        assert answer["errors"][0]["extensions"]["key"] == "server.too_much"
