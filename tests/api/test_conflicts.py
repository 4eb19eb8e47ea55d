"""Conflicts of imports over the API: listed a page at a time, decided, taken back, and refused with a type."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.register import Register, open_register
from api.who import local_actor
from graph.settings import Settings
from tests.api.command import environment
from tests.api.web import Web, data, over
from tests.engines import Database, imported, inventory, written
from tests.engines import host as host_of

LIST = """query($state: ConflictState, $first: Int, $after: String) {
  conflicts(state: $state, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id kind state source scope run file line ciId message given lastRevision firstSeenAt lastSeenAt vanishedAt
      matches { ciClass rule values count } candidates { ciId hasRow rules ci { name status } }
      decision { answer ciIds actor at } } } }"""
RESOLVE = """mutation($input: ResolveConflictInput!) { resolveConflict(input: $input) { __typename
    ... on ResolveConflictPayload { revision conflict { id state lastRevision decision { answer ciIds actor } } }
    ... on Error { key message params } ... on InvalidInput { path } ... on UnknownConflict { conflictId }
    ... on RevisionConflict { expected actual since { number kind key actor before after } } } }"""
CIS = "ci_id,name,ci_class,serial\n"
pytestmark = pytest.mark.neo4j_long


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """Three hosts, and an inventory with three rows that may be them and two that may be each other."""
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as found:
        written(found.store, [host_of(f"old-{number}", serial=f"S{number}") for number in range(3)])
        rows = "".join(f"new-{number},new {number},host,S{number}\n" for number in range(3))
        imported(found.store, files(tmp_path, rows), full=True)
        yield found


def files(folder: Path, rows: str) -> Path:
    return inventory(folder / "inv", cis=f"{CIS}{rows}twin-a,a,host,T\ntwin-b,b,host,T\n")


@pytest.fixture
def client(register: Register) -> Web:
    return over(register)


def listed(client: Web, **given: Any) -> Any:
    return data(client, LIST, **given)["conflicts"]


def said(client: Web, conflict: str, answer: str | None, **given: Any) -> Any:
    return data(client, RESOLVE, input={"conflict": conflict, "answer": answer, **given})["resolveConflict"]


def test_conflicts_are_read_a_page_at_a_time_with_what_they_may_be(client: Web) -> None:
    whole = listed(client)
    nodes, after = [], None
    while True:
        page = listed(client, first=2, after=after)
        nodes += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert [node["ciId"] for node in nodes] == ["new-0", "new-1", "new-2", "twin-a", "twin-b"]
    assert (whole["totalCount"], nodes) == (5, whole["nodes"])
    first, twin = nodes[0], nodes[3]
    assert (first["kind"], first["state"], first["source"], first["scope"]) == ("IDENTITY", "OPEN", "inventory", "inv")
    assert (first["file"].endswith("cis.csv"), first["line"], first["lastRevision"]) == (True, 2, 0)
    assert first["matches"] == [{"ciClass": "host", "rule": ["serial"], "values": ["S0"], "count": 1}]
    (candidate,) = first["candidates"]
    assert candidate == {
        "ciId": "old-0", "hasRow": False, "rules": ["serial"], "ci": {"name": "old-0", "status": "live"}
    }  # fmt: skip
    assert first["given"] == {"ci_class": "host", "name": "new 0", "serial": "S0"}
    assert twin["candidates"] == [{"ciId": "twin-b", "hasRow": True, "rules": ["serial"], "ci": None}]


def test_a_conflict_is_decided_followed_and_taken_back(register: Register, client: Web, tmp_path: Path) -> None:
    same, distinct = listed(client)["nodes"][:2]
    done = said(client, same["id"], "SAME", ciId="old-0", expectedRevision=0)
    said(client, distinct["id"], "DISTINCT")
    files(tmp_path, "new-0,new 0,host,S0\nnew-1,new 1,host,S1\n")
    imported(register.store, tmp_path / "inv", full=True)
    states = {state: [node["ciId"] for node in listed(client, state=state)["nodes"]]
              for state in ("OPEN", "RESOLVED", "VANISHED")}  # fmt: skip
    (decided, _) = listed(client, state="RESOLVED")["nodes"]
    cis = data(client, "{ cis(first: 50) { nodes { ciId name } } }")["cis"]["nodes"]
    back = said(client, same["id"], None, expectedRevision=done["conflict"]["lastRevision"])

    assert (done["conflict"]["state"], done["revision"]) == ("RESOLVED", done["conflict"]["lastRevision"])
    assert states == {"OPEN": ["twin-a", "twin-b"], "RESOLVED": ["new-0", "new-1"], "VANISHED": ["new-2"]}
    assert decided["decision"] | {"at": ""} == {
        "answer": "SAME", "ciIds": ["old-0"], "actor": local_actor(), "at": ""
    }  # fmt: skip
    assert {ci["ciId"]: ci["name"] for ci in cis}["old-0"] == "new 0"
    assert "new-1" in {ci["ciId"] for ci in cis}
    assert (back["conflict"]["state"], back["conflict"]["decision"]) == ("OPEN", None)


def test_what_cannot_be_said_is_told_by_its_type(client: Web) -> None:
    first, *_, twin = listed(client)["nodes"]
    unknown = [
        said(client, given, "DISTINCT") for given in ("nothing", "x" * 10_000, "'; MATCH (n) DETACH DELETE n", "冲突")
    ]
    other = said(client, first["id"], "SAME", ciId="twin-a")
    row = said(client, twin["id"], "SAME", ciId="twin-a")
    done = said(client, first["id"], "SAME", ciId="old-0")
    late = said(client, first["id"], "DISTINCT", expectedRevision=0)
    overwriting = said(client, first["id"], "DISTINCT")

    assert {each["__typename"] for each in unknown} == {"UnknownConflict"}
    assert (other["__typename"], other["key"], other["path"]) == (
        "InvalidInput", "identity.no_candidate", ["input", "conflict"]
    )  # fmt: skip
    assert row["key"] == "identity.own_row"
    for each in (late, overwriting):
        assert (each["__typename"], each["expected"]) == ("RevisionConflict", 0)
        assert each["actual"] == done["conflict"]["lastRevision"]


def test_who_decides_what_somebody_has_taken_back_is_told_who_did(client: Web) -> None:
    first = listed(client)["nodes"][0]["id"]
    known = said(client, first, "SAME", ciId="old-0")["conflict"]["lastRevision"]
    said(client, first, None, expectedRevision=known)
    late = said(client, first, "DISTINCT", expectedRevision=known)

    assert (late["__typename"], late["expected"], late["actual"]) == ("RevisionConflict", known, 0)
    (back,) = late["since"]
    assert (back["number"], back["kind"], back["key"], back["actor"], back["after"]) == (
        known + 1, "decision", first, local_actor(), None,
    )  # fmt: skip


@pytest.mark.parametrize("given", [{"first": -1}, {"after": "rubbish"}, {"after": "Y29uZmxpY3Q6eA"}])
def test_forged_pages_are_refused(client: Web, given: dict[str, Any]) -> None:
    answer = client.post("/graphql", json={"query": LIST, "variables": given}).json()

    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["key"] in ("server.first", "server.cursor")
