"""The log over the API: what was recorded, page by page, and the history of one CI."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.register import Register, open_register
from graph.history import Header, Thing
from graph.settings import Settings
from graph.store import Edit
from graph.store.store import Draft
from tests.api.command import ESTATE, environment
from tests.api.web import data, over
from tests.engines import Database, imported, inventory

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike

LOG = """query($first: Int, $after: String) { revision revisions(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { number at actor source change run kind key before after previous } } }"""
HISTORY = """query($ci: String!, $most: Int, $before: Long) { ci(ciId: $ci) {
    sources history(most: $most, before: $before) { number key before after previous } } }"""


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """The estate of two services, then a CI of it renamed twice for a change, on each engine in turn."""
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as found:
        imported(found.store, inventory(tmp_path / "estate", ESTATE))
        for name in ("one", "two"):
            renamed(found, "db-1", name)
        yield found


def renamed(register: Register, ci_id: str, name: str) -> None:
    thing = register.store.kept("ci", [ci_id])[ci_id].thing
    edit = Edit("ci", ci_id, Thing({**thing.state, "name": name}, {**thing.sources, "name": "by hand"}))
    register.store.write(lambda _: Draft([edit]), Header("ann", "by hand", "C-1"))


def pages(register: Register, first: int) -> list[Any]:
    client, seen, after = over(register), list[Any](), None
    while True:
        page = data(client, LOG, first=first, after=after)["revisions"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return seen


def test_the_log_is_read_backwards_without_a_gap(register: Register) -> None:
    last = register.store.revision()

    found = pages(register, 3)

    assert [each["number"] for each in found] == list(range(last, 0, -1))
    assert found == pages(register, 500)
    newest = found[0]
    assert (newest["actor"], newest["source"], newest["change"], newest["run"]) == ("ann", "by hand", "C-1", None)
    assert (newest["kind"], newest["key"]) == ("ci", "db-1")
    assert (newest["before"]["name"], newest["after"]["name"]) == ("one", "two")
    assert {each["kind"] for each in found} >= {"ci", "relationship"}
    assert found[-1]["before"] is None
    assert found[-1]["run"]


def test_pages_hold_while_others_write(register: Register) -> None:
    client = over(register)
    page = data(client, LOG, first=2)["revisions"]
    renamed(register, "db-1", "three")

    following = data(client, LOG, first=2, after=page["pageInfo"]["endCursor"])["revisions"]

    assert [n["number"] for n in page["nodes"] + following["nodes"]] == list(
        range(following["totalCount"] - 1, following["totalCount"] - 5, -1)
    )


def test_a_ci_tells_its_history(register: Register) -> None:
    found = data(over(register), HISTORY, ci="db-1")["ci"]

    history = found["history"]
    assert [each["after"]["name"] for each in history[:2]] == ["two", "one"]
    assert history[-1]["before"] is None
    assert [each["previous"] for each in history] == [each["number"] for each in history[1:]] + [0]
    assert found["sources"]["name"] == "by hand"


def test_a_history_goes_on_before_one_of_its_revisions(register: Register) -> None:
    client = over(register)
    whole = data(client, HISTORY, ci="db-1")["ci"]["history"]

    first = data(client, HISTORY, ci="db-1", most=1)["ci"]["history"]
    rest = data(client, HISTORY, ci="db-1", before=first[0]["number"])["ci"]["history"]

    assert first + rest == whole


@pytest.mark.parametrize("before", [0, -1, 2**62, 1])
def test_a_history_begins_before_no_revision_of_others(register: Register, before: int) -> None:
    answer = over(register).post(
        "/graphql", json={"query": HISTORY, "variables": {"ci": "app-2", "before": before}}
    ).json()  # fmt: skip

    assert answer["errors"][0]["extensions"]["key"] == "server.not_its_revision"


@pytest.mark.parametrize("cursor", ["revision:0", "revision:99999", "revision:-1", "revision:x", "ci:db-1"])
def test_cursors_of_nothing_are_refused(register: Register, cursor: str) -> None:
    import base64

    forged = base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")

    answer = over(register).post("/graphql", json={"query": LOG, "variables": {"after": forged}}).json()

    assert answer["errors"][0]["extensions"]["key"] == "server.cursor"
