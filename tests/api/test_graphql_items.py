"""CIs with what they rest on and what rests on them, a page at a time, now and as it was; global ids."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.register import Register, open_register
from api.schema import reading
from api.schema.cursors import encode
from graph.settings import Settings
from graph.store import Edit
from tests.api.command import ESTATE, environment
from tests.api.web import data, over
from tests.engines import Database, imported, inventory, written

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike

PAGES = """query($ci: String!, $first: Int, $after: String, $asOf: DateTime) { ci(ciId: $ci, asOf: $asOf) {
    providers(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes { id type strength redundancyGroup lastRevision source { ciId name } target { ciId } } }
    dependents(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } nodes { id source { ciId } type target { ciId } } }
    redundancyGroups { name needed margin members { ciId } } } }"""
MORE = "source,type,target,strength,redundancy_group,min_available\napp-2,connects_through,db-1,soft,,\n"


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """The estate of two services, two CIs of it related twice, on each engine in turn."""
    twice = {**ESTATE, "relationships": ESTATE["relationships"] + MORE.splitlines()[1] + "\n"}
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as found:
        imported(found.store, inventory(tmp_path / "estate", twice))
        yield found


def keys(connection: Any) -> list[str]:
    return [f"{n['source']['ciId']}|{n['type']}|{n['target']['ciId']}" for n in connection["nodes"]]


def test_every_relationship_that_carries_impact_is_found_from_both_of_its_ends(register: Register) -> None:
    client, store = over(register), register.store
    ends: dict[str, tuple[list[str], list[str]]] = {}
    for kind, key, _ in store.everything():
        if kind == "ci":
            ends.setdefault(key, ([], []))
    for kind, key, _ in store.everything():
        provider = None if kind != "rel" else store.ontology.relationship_types[key.split("|")[1]].provider
        if provider is not None:
            source, _, target = key.split("|")
            dependent, other = (source, target) if provider == "target" else (target, source)
            ends[dependent][0].append(key)
            ends[other][1].append(key)

    found = {ci: data(client, PAGES, ci=ci)["ci"] for ci in ends}

    assert {ci: (keys(f["providers"]), keys(f["dependents"])) for ci, f in found.items()} == {
        ci: (sorted(rests), sorted(carries)) for ci, (rests, carries) in ends.items()
    }
    assert keys(found["app-2"]["providers"]) == [
        "app-2|connects_through|db-1", "app-2|depends_on|app-1", "app-2|depends_on|db-1",
    ]  # fmt: skip
    assert [n["strength"] for n in found["app-2"]["providers"]["nodes"]] == ["soft", "soft", "hard"]
    assert all(len(keys(f["providers"])) == f["providers"]["totalCount"] for f in found.values())


def test_pages_of_relationships_follow_each_other(register: Register) -> None:
    client, seen, after = over(register), list[str](), None
    while True:
        page = data(client, PAGES, ci="app-2", first=1, after=after)["ci"]["providers"]
        seen += keys(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert seen == ["app-2|connects_through|db-1", "app-2|depends_on|app-1", "app-2|depends_on|db-1"]


def test_a_group_says_how_many_members_it_can_lose(register: Register) -> None:
    client = over(register)

    assert data(client, PAGES, ci="app-1")["ci"]["redundancyGroups"] == [
        {"name": "db", "needed": 1, "margin": 1, "members": [{"ciId": "db-1"}, {"ciId": "db-2"}]}
    ]
    assert data(client, PAGES, ci="db-1")["ci"]["redundancyGroups"] == []


def test_what_was_is_asked_of_a_moment(register: Register) -> None:
    client, store = over(register), register.store
    before, moment = data(client, PAGES, ci="app-1")["ci"], store.rows("read_store")[0]["at"]
    written(store, [Edit("rel", "app-1|depends_on|db-2", None)])

    now, past = data(client, PAGES, ci="app-1")["ci"], data(client, PAGES, ci="app-1", asOf=moment)["ci"]

    assert past == before
    assert keys(now["providers"]) == ["app-1|depends_on|db-1", "app-1|located_in|site-1"]
    assert now["redundancyGroups"][0]["members"] == [{"ciId": "db-1"}]


def test_a_global_id_finds_its_record(register: Register) -> None:
    query = """query($id: ID!) { node(id: $id) { __typename id ... on Ci { ciId } ... on Relationship { type } } }"""
    client = over(register)
    ci = data(client, '{ ci(ciId: "app-1") { id } }')["ci"]["id"]
    related = data(client, PAGES, ci="app-1")["ci"]["providers"]["nodes"][0]["id"]

    assert data(client, query, id=ci)["node"] == {"__typename": "Ci", "id": ci, "ciId": "app-1"}
    assert data(client, query, id=related)["node"] == {
        "__typename": "Relationship",
        "id": related,
        "type": "depends_on",
    }
    for gone in (encode("ci", "nobody"), encode("relationship", "a|depends_on|b"), encode("change", "c")):
        assert data(client, query, id=gone)["node"] is None
    for strange in ("x", encode("relationship", "a"), encode("relationship", "a|no_such_type|b"), encode("ci", "\n")):
        answer = client.post("/graphql", json={"query": query, "variables": {"id": strange}})
        assert (answer.status_code, "internal error" in answer.text) == (200, False)


def test_a_ci_that_is_asked_for_many_times_is_read_once(register: Register) -> None:
    query = """{ cis { nodes { dependents { nodes { source { name } target { name } } } } } }"""
    kept, calls = register.store.kept, list[tuple[str, int]]()

    def noted(kind: str, ids: Collection[str]) -> Any:
        calls.append((kind, len(ids)))
        return kept(kind, ids)

    object.__setattr__(register.store, "kept", noted)
    data(over(register), query)

    # the page, its relationships, and nothing else: all ends are of the page
    assert sorted(calls) == [("ci", 9), ("rel", 10)]


RELATED = """query($first: Int!, $asOf: DateTime) { cis(first: $first, asOf: $asOf) {
    nodes { ciId relationships(first: 20) { totalCount nodes { id target { ciId } } } } } }"""


def test_the_log_is_walked_as_often_for_all_cis_of_a_moment_as_for_one(register: Register) -> None:
    client, store = over(register), register.store
    before, moment = data(client, RELATED, first=20), store.rows("read_store")[0]["at"]
    written(store, [Edit("rel", "app-1|depends_on|db-2", None)])
    walk, walks = store.commits_backwards, list[int]()

    def noted(**given: Any) -> Any:
        walks.append(given["after"])
        return walk(**given)

    data(client, RELATED, first=1, asOf=moment)  # the estate of then is kept from here on
    object.__setattr__(store, "commits_backwards", noted)
    data(client, RELATED, first=1, asOf=moment)
    of_one = len(walks)
    past = data(client, RELATED, first=20, asOf=moment)

    assert (past, len(walks) - of_one) == (before, of_one)
    assert data(client, RELATED, first=20) != before


def test_what_starts_at_a_hub_counts_as_gathered(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "RECORDS", 12)
    asked = "{ cis { nodes { relationships(first: 0) { totalCount } } } }"
    found = over(register).post("/graphql", json={"query": asked}).json()["errors"][0]["extensions"]

    assert (found["key"], found["params"]["what"]) == ("server.too_much", "records")


def test_the_ways_by_which_one_ci_depends_on_another_come_shortest_first(register: Register) -> None:
    query = """query($from: String!, $to: String!, $most: Int!, $asOf: DateTime) {
        paths(from: $from, to: $to, most: $most, asOf: $asOf) { __typename
          ... on PathsFound { complete paths { ciIds cis { name } } }
          ... on UnknownCi { ciIds } ... on InvalidInput { key path } } }"""
    client, store = over(register), register.store
    moment = store.rows("read_store")[0]["at"]

    def asked(start: str, end: str, most: int = 10, **more: Any) -> Any:
        return data(client, query, **{"from": start, "to": end, "most": most, **more})["paths"]

    found = asked("svc-claims", "host-1")
    ways = [["svc-claims", "app-2", "db-1", "host-1"], ["svc-claims", "app-2", "app-1", "db-1", "host-1"]]
    written(store, [Edit("rel", "db-1|runs_on|host-1", None)])

    assert [path["ciIds"] for path in found["paths"]] == ways
    assert [ci["name"] for ci in found["paths"][0]["cis"]] == ["理赔", "理赔系统", "保单库 1", "host-1"]
    assert found["complete"]
    assert asked("svc-claims", "host-1") == {"__typename": "PathsFound", "complete": True, "paths": []}
    assert asked("svc-claims", "host-1", asOf=moment) == found
    assert [path["ciIds"] for path in asked("svc-claims", "app-1", most=-5)["paths"]] == [
        ["svc-claims", "app-2", "app-1"]
    ]
    assert asked("nobody", "host-1") == {"__typename": "UnknownCi", "ciIds": ["nobody"]}
    assert asked("app-1", "a b") == {"__typename": "InvalidInput", "key": "impact.bad_id", "path": ["to"]}


def test_business_services_are_read_a_page_at_a_time(register: Register) -> None:
    query = """query($after: String) { services(first: 1, after: $after) {
        totalCount nodes { ciId } pageInfo { hasNextPage endCursor } } }"""
    client = over(register)
    one = data(client, query)["services"]
    other = data(client, query, after=one["pageInfo"]["endCursor"])["services"]

    assert [page["nodes"] for page in (one, other)] == [[{"ciId": "svc-claims"}], [{"ciId": "svc-policy"}]]
    assert [page["pageInfo"]["hasNextPage"] for page in (one, other)] == [True, False]
    assert one["totalCount"] == 2


def test_a_field_that_fails_leaves_others_their_answers(register: Register) -> None:
    query = """{ a: ci(ciId: "app-1") { providers(after: "x") { totalCount } dependents { nodes { id } } }
                 b: ci(ciId: "app-1") { dependents { nodes { type } } } }"""
    answer = over(register).post("/graphql", json={"query": query}).json()

    assert answer["data"] == {
        "a": None,
        "b": {"dependents": {"nodes": [{"type": "depends_on"}, {"type": "depends_on"}]}},
    }
    assert [error["extensions"]["key"] for error in answer["errors"]] == ["server.cursor"]


WRONG = {
    '{ ci(ciId: "app-1") { providers(first: -1) { totalCount } } }': "server.first",
    "{ cis(first: -1) { totalCount } }": "server.first",
    '{ ci(ciId: "app-1", asOf: "2026-01-01T00:00:00") { name } }': "door.as_of",
    "{ " + " ".join(f'a{n}: ci(ciId: "a", asOf: "200{n}-01-01T00:00:00Z") {{ name }}' for n in range(5)) + " }":
        "server.too_much",
    f'{{ node(id: "{encode("ci", "x")}!") {{ id }} }}': "server.cursor",
    f"""{{ impact(seeds: [{{ciId: "db-1"}}]) {{ ... on Impact {{
        affected(after: "{encode("affected", "9" * 5000 + ":1:x")}") {{ totalCount }} }} }} }}""": "server.cursor",
}  # fmt: skip


@pytest.mark.parametrize("query", WRONG)
def test_what_is_asked_wrongly_is_told_by_its_key(query: str, register: Register) -> None:
    answer = over(register).post("/graphql", json={"query": query})

    assert answer.status_code == 200
    assert {error["extensions"]["key"] for error in answer.json()["errors"]} == {WRONG[query]}
    assert not any(error["message"].startswith("Message(") for error in answer.json()["errors"])


def test_no_states_are_no_cis_and_a_page_of_none_goes_on_where_it_was(register: Register) -> None:
    query = """query($states: [State!], $first: Int, $after: String) { impact(seeds: [{ciId: "db-1"}]) { ... on Impact {
        affected(states: $states, first: $first, after: $after) {
            totalCount nodes { ci { ciId } } pageInfo { endCursor } } } } }"""
    client = over(register)
    one = data(client, query, first=1)["impact"]["affected"]["pageInfo"]["endCursor"]

    nothing = data(client, query, states=[])["impact"]["affected"]
    still = data(client, query, first=0, after=one)["impact"]["affected"]

    assert (nothing["totalCount"], nothing["nodes"]) == (0, [])
    assert (still["nodes"], still["pageInfo"]["endCursor"]) == ([], one)


def test_a_ci_names_its_owner_and_where_it_stands_now_and_then(register: Register) -> None:
    query = """query($ci: String!, $asOf: DateTime) { ci(ciId: $ci, asOf: $asOf) {
        owner { ciId name } site { ciId site { ciId } } } }"""
    client, store = over(register), register.store
    moment = store.rows("read_store")[0]["at"]
    written(store, [Edit("rel", "svc-policy|owned_by|team-1", None)])

    assert data(client, query, ci="app-1")["ci"] == {"owner": None, "site": {"ciId": "site-1", "site": None}}
    assert data(client, query, ci="svc-policy")["ci"] == {"owner": None, "site": None}
    then = data(client, query, ci="svc-policy", asOf=moment)["ci"]
    assert then == {"owner": {"ciId": "team-1", "name": "核心组"}, "site": None}
