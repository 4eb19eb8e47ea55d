"""`POST /graphql`: what is no request, what goes wrong inside, and what the first fields answer."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.register import Register, open_register
from api.schema.cursors import decode, encode
from api.server.requests import MEDIA, nesting, nesting_of_json
from graph.errors import BadInputError
from graph.settings import Settings
from graph.store import Edit
from tests.api.command import ESTATE, environment
from tests.api.web import Web, data, over, over_store
from tests.engines import Database, host, imported, inventory, written

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike

SECRET = "bolt://user:secret@db"


class Broken:
    """A store that fails as no store should."""

    def revision(self) -> int:
        raise RuntimeError(SECRET)


@pytest.fixture
def alone() -> Web:
    """A server whose store answers nothing."""
    return over_store(Broken())


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


BODIES = {
    "nothing": b"",
    "null": b"null",
    "a number": b"5",
    "a text": b'"a"',
    "a list": b"[]",
    "invalid UTF-8": b'{"query": "\xff"}',
    "no JSON": b"{",
    "deep JSON": b'{"query":' + b"[" * 100_000,
    "a deep variable": b'{"query": "{revision}", "variables": ' + deep(100) + b"}",
    "no query": b"{}",
    "a query that is no text": b'{"query": 5}',
    "variables that are no object": b'{"query": "{revision}", "variables": [1]}',
    "an operation that is no text": b'{"query": "{revision}", "operationName": 5}',
    "a long document": json.dumps({"query": "{revision}" + "#" * 20_000}).encode(),
    "a deep document": json.dumps({"query": "{a" * 50 + "}" * 50}).encode(),
    "a lone surrogate": b'{"query": "{ revision }", "operationName": "\\ud800"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_what_is_no_request_is_400_never_500(body: bytes, alone: Web) -> None:
    answer = alone.post("/graphql", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["errors"]


@pytest.mark.parametrize("query", ["{", "{ nothing }", "mutation { revision }", "{ ci }", "{ ci(ciId: 5) { name } }"])
def test_a_document_that_is_wrong_says_how(query: str, alone: Web) -> None:
    answers = [alone.post("/graphql", json={"query": query}, headers={"Accept": a}) for a in (MEDIA, "*/*")]

    assert [answer.status_code for answer in answers] == [400, 200]  # GraphQL over HTTP: the older kind is always 200
    assert all(answer.json()["errors"][0]["message"] and "data" not in answer.json() for answer in answers)


def test_what_goes_wrong_inside_is_masked(alone: Web) -> None:
    answer = alone.post("/graphql", json={"query": "{ revision }"})

    (error,) = answer.json()["errors"]
    assert error["message"] == "internal error"
    assert not any(word in answer.text for word in (SECRET, "RuntimeError", "Traceback", ".py"))


def test_what_is_never_closed_is_looked_at_once() -> None:
    started = time.process_time()

    for text in ('\\"' * 400_000, '"' * 400_001, '"""' * 300_000 + '"', "#" * 400_000, '"\\\n' * 200_000):
        nesting_of_json(text)
        nesting(text)

    # seconds of this process; one look takes hundredths, looking again and again took hours
    assert time.process_time() - started < 10


def test_comments_and_blocks_hide_no_nesting() -> None:
    deep_one = "{a" * 60 + "}" * 60

    assert nesting(f'#"\n{deep_one}\n#"') == 60
    assert nesting(f'""" " """ {deep_one} """ " """') == 60
    assert nesting(f'"""{deep_one}"""') == 0


def test_nesting_counts_brackets_outside_of_texts_only() -> None:
    assert nesting_of_json('{"a": "{[(", "b": [1, "\\"{", "\\\\", ["\\\\\\"[["]]}') == 3
    assert nesting_of_json('"["' + "[]" * 100 + '"[[[[') == 1


def test_cursors_are_opaque_and_only_ours_are_read() -> None:
    assert decode("ci", encode("ci", "应用|1")) == "应用|1"
    for foreign in ("", "x", "!!!", encode("change", "c-1"), "\ud800", "YQ"):
        with pytest.raises(BadInputError, match=r"server\.cursor"):
            decode("ci", foreign)


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """The estate of two services, on each engine in turn."""
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as found:
        imported(found.store, inventory(tmp_path / "estate", ESTATE))
        yield found


def test_cis_are_read_one_by_one_and_a_page_at_a_time(register: Register) -> None:
    page = """query($after: String) { cis(first: 4, after: $after) {
        totalCount nodes { ciId } pageInfo { hasNextPage endCursor } } }"""
    client = over(register)
    found = data(client, '{ revision ci(ciId: "app-1") { ciId ciClass status attributes lastRevision } }')
    nothing = data(client, '{ ci(ciId: "nobody") { ciId } }')
    seen: list[str] = []
    after = None
    while True:
        cis = data(client, page, after=after)["cis"]
        seen += [node["ciId"] for node in cis["nodes"]]
        after = cis["pageInfo"]["endCursor"]
        if not cis["pageInfo"]["hasNextPage"]:
            break

    assert found["ci"]["attributes"]["recovery_time"] == 14_400
    assert found["revision"] >= found["ci"]["lastRevision"] > 0
    assert nothing == {"ci": None}
    assert seen == sorted(line.split(",")[0] for line in ESTATE["cis"].splitlines()[1:])
    assert cis["totalCount"] == len(seen)


def test_an_impact_is_that_of_the_command_line_and_an_unknown_seed_is_a_type(register: Register) -> None:
    query = """query($seeds: [SeedInput!]!) { impact(seeds: $seeds) { __typename
      ... on Impact { revision counts { outage degraded atRisk } services { service { ciId name } state criticality }
                      affected { totalCount nodes {
                        ci { ciId } state hops margin confidence witness { ciId rule from lost message } } } }
      ... on UnknownCi { key ciIds message } ... on InvalidInput { key path } } }"""
    client = over(register)
    found = data(client, query, seeds=[{"ciId": "db-1"}])["impact"]
    unknown = data(client, query, seeds=[{"ciId": "nobody"}, {"ciId": "db-1", "effect": "RETIRE"}])["impact"]
    empty = data(client, query, seeds=[])["impact"]
    wrong = client.post("/graphql", json={"query": query, "variables": {"seeds": [{"ciId": "a", "effect": "BOOM"}]}})

    assert found["counts"] == {"outage": 2, "degraded": 1, "atRisk": 1}
    assert [(s["service"]["ciId"], s["state"]) for s in found["services"]] == [
        ("svc-claims", "OUTAGE"),
        ("svc-policy", "AT_RISK"),
    ]
    affected = found["affected"]
    assert affected["totalCount"] == 4
    assert [a["ci"]["ciId"] for a in affected["nodes"]] == ["app-2", "svc-claims", "app-1", "svc-policy"]
    assert [step["rule"] for step in affected["nodes"][2]["witness"]] == ["redundancy_lost", "seed"]
    assert all("db-1" in step["message"] for step in affected["nodes"][2]["witness"])
    assert (unknown["__typename"], unknown["ciIds"]) == ("UnknownCi", ["nobody"])
    many = [f"nobody-{number}, " + "x" * 100 for number in range(14)]
    spaced = data(client, query, seeds=[{"ciId": many[0]}])["impact"]
    long = data(client, query, seeds=[{"ciId": ci.replace(", ", "")} for ci in many])["impact"]
    twice = data(client, query, seeds=[{"ciId": "db-1"}, {"ciId": "db-1", "effect": "DEGRADED"}])["impact"]
    assert (spaced["__typename"], spaced["key"]) == ("InvalidInput", "impact.bad_id")
    assert long["ciIds"] == [ci.replace(", ", "") for ci in many]
    assert (twice["key"], twice["path"]) == ("impact.two_effects", ["seeds"])
    assert (empty["__typename"], empty["key"]) == ("InvalidInput", "impact.no_seeds")
    assert (wrong.status_code, "data" in wrong.json()) == (200, False)


def test_what_is_hit_is_read_a_page_at_a_time_and_by_state(register: Register) -> None:
    query = """query($after: String, $states: [State!]) { impact(seeds: [{ciId: "db-1"}]) { ... on Impact {
        affected(first: 1, after: $after, states: $states) {
          totalCount edges { cursor node { ci { ciId } state } } pageInfo { hasNextPage endCursor } } } } }"""
    client = over(register)

    def read(states: list[str] | None) -> list[tuple[str, int]]:
        seen, after, more = [], None, True
        while more:
            page = data(client, query, after=after, states=states)["impact"]["affected"]
            seen += [(edge["node"]["ci"]["ciId"], page["totalCount"]) for edge in page["edges"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        return seen

    assert read(None) == [("app-2", 4), ("svc-claims", 4), ("app-1", 4), ("svc-policy", 4)]
    assert read(["DEGRADED", "AT_RISK"]) == [("app-1", 2), ("svc-policy", 2)]


def test_an_impact_is_asked_of_a_moment(register: Register) -> None:
    query = """query($asOf: DateTime) { impact(seeds: [{ciId: "db-1"}], asOf: $asOf) {
        __typename ... on Impact { revision affected { totalCount edges { cursor node { ci { ciId name } } } } } } }"""
    client = over(register)

    past = data(client, query, asOf="2001-01-01T00:00:00+08:00")["impact"]
    now = data(client, query, asOf=None)["impact"]

    assert past == {"__typename": "UnknownCi"}
    assert (now["__typename"], now["revision"]) == ("Impact", register.store.revision())


def test_an_impact_of_the_past_shows_cis_as_they_were(register: Register) -> None:
    query = """query($asOf: DateTime) { impact(seeds: [{ciId: "db-1"}], asOf: $asOf) {
        ... on Impact { revision affected { totalCount edges { cursor node { ci { ciId name } } } } } } }"""
    client, store = over(register), register.store
    before = data(client, query)["impact"]
    moment = store.rows("read_store")[0]["at"]
    written(store, [Edit("rel", key, None) for key in
                    ("app-2|depends_on|db-1", "svc-claims|depends_on|app-2", "app-2|depends_on|app-1")])  # fmt: skip
    written(store, [host("app-1", name="renamed", ci_class="application"), Edit("ci", "app-2", None)])

    now = data(client, query)["impact"]
    past = data(client, query, asOf=moment)["impact"]

    assert past == before
    assert past["affected"]["totalCount"] == len(past["affected"]["edges"]) == 4
    assert {e["node"]["ci"]["ciId"]: e["node"]["ci"]["name"] for e in now["affected"]["edges"]} == {
        "app-1": "renamed",
        "svc-policy": "承保",
    }


def test_a_cursor_that_is_none_is_an_error_with_a_key_not_an_internal_one(register: Register) -> None:
    client = over(register)
    answer = client.post("/graphql", json={"query": '{ cis(after: "x") { totalCount } }'})

    (error,) = answer.json()["errors"]
    assert "server.cursor" in error["message"]
