"""Mutations: checked as rows of an inventory, all or none, against the revision that the writer knows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from api.register import Register, open_register
from api.who import local_actor
from graph.settings import Settings
from graph.store.audit import verify
from tests.api.command import ESTATE, environment
from tests.api.web import Web, data, over
from tests.engines import Database, imported, inventory

ERROR = "... on Error { key message params } ... on InvalidInput { path } ... on RevisionConflict { expected actual }"
UPSERT = f"""mutation($input: UpsertCisInput!) {{ upsertCis(input: $input) {{ __typename
    ... on UpsertCisPayload {{ revision cis {{ ciId name ciClass status attributes lastRevision }} }} {ERROR} }} }}"""
RETIRE = f"""mutation($input: RetireCiInput!) {{ retireCi(input: $input) {{ __typename
    ... on RetireCiPayload {{ revision ci {{ ciId status lastRevision }} }}
    ... on UnknownCi {{ ciIds }} ... on QuorumBroken {{ group dependents }} {ERROR} }} }}"""
RELATE = f"""mutation($input: RelateInput!) {{ relate(input: $input) {{ __typename
    ... on RelatePayload {{ revision relationship {{ type strength redundancyGroup lastRevision
        source {{ ciId redundancyGroups {{ name needed members {{ ciId }} }} }} target {{ ciId }} }} }}
    ... on UnknownCi {{ ciIds }} {ERROR} }} }}"""
UNRELATE = f"""mutation($input: UnrelateInput!) {{ unrelate(input: $input) {{ __typename
    ... on UnrelatePayload {{ revision }}
    ... on UnknownCi {{ ciIds }} ... on QuorumBroken {{ group dependents }} {ERROR} }} }}"""
UNDO = f"""mutation($input: UndoRevisionInput!) {{ undoRevision(input: $input) {{ __typename
    ... on UndoRevisionPayload {{ revision record }} ... on UnknownCi {{ ciIds }}
    ... on QuorumBroken {{ group dependents }} {ERROR} }} }}"""
DOCUMENTS = {"undoRevision": UNDO, "upsertCis": UPSERT, "retireCi": RETIRE, "relate": RELATE, "unrelate": UNRELATE}


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """The estate of two services, on each engine in turn."""
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as found:
        imported(found.store, inventory(tmp_path / "estate", ESTATE))
        yield found


@pytest.fixture
def client(register: Register) -> Web:
    return over(register)


def done(client: Web, name: str, **given: Any) -> Any:
    """What a mutation answers."""
    return data(client, DOCUMENTS[name], input=given)[name]


def relation(source: str, kind: str, target: str, **given: Any) -> dict[str, Any]:
    return {"source": source, "type": kind, "target": target, **given}


def test_a_ci_is_written_and_read_in_one_answer_and_the_log_says_who_and_why(register: Register, client: Web) -> None:
    before = register.store.revision()
    given = {"ciId": "db-3", "name": "保单库 3", "ciClass": "database_instance"}
    more = {"site": "site-1", "recovery_time": "4h", "os": "Linux"}
    made = done(client, "upsertCis", cis=[{**given, "attributes": more, "expectedRevision": 0}], change="C-1")
    (ci,) = made["cis"]
    again = done(client, "upsertCis", cis=[{**given, "attributes": more}])
    cleared = done(client, "upsertCis", cis=[{"ciId": "db-3", "attributes": {"os": None, "site": None}}])
    headers = [(c.header.actor, c.header.source, c.header.change) for c in register.store.commits(after=before)]

    assert (made["revision"], ci["lastRevision"]) == (before + 2, before + 1)
    assert (ci["status"], ci["attributes"]) == ("live", {"recovery_time": 14_400, "os": "Linux"})
    assert again["revision"] == made["revision"]
    assert cleared["cis"][0]["attributes"] == {"recovery_time": 14_400}
    assert headers == [(local_actor(), "person", "C-1"), (local_actor(), "person", None)]
    assert [key for key, _ in register.store.relationships_at(["db-3"], ["located_in"])] == []
    assert verify(register.store).ok


@pytest.mark.neo4j_long
def test_mutations_of_one_document_run_one_after_the_other_each_seeing_the_last(client: Web) -> None:
    fields = "__typename ... on UpsertCisPayload { revision cis { name lastRevision } } ... on Error { key }"
    parts = [f'm{n}: upsertCis(input: {{cis: [{{ciId: "app-1", name: "n{n}"}}]}}) {{ {fields} }}' for n in range(3)]
    found = data(client, "mutation {" + " ".join(parts) + "}")

    assert [found[f"m{n}"]["cis"][0]["name"] for n in range(3)] == ["n0", "n1", "n2"]
    assert [found[f"m{n}"]["revision"] for n in range(3)] == [found["m0"]["revision"] + n for n in range(3)]


BAD = {
    "an unknown class": ({"ciId": "x", "name": "x", "ciClass": "hots"}, "row.unknown_class", ["ciClass"]),
    "no name": ({"ciId": "x", "ciClass": "host"}, "row.required", ["name"]),
    "a cleared name": ({"ciId": "app-1", "name": None}, "row.required", ["name"]),
    "an id with a space": ({"ciId": "x y", "name": "x", "ciClass": "host"}, "values.id_character", ["ciId"]),
    "a bidi id": ({"ciId": "x\u202ey", "name": "x", "ciClass": "host"}, "values.invisible_character", ["ciId"]),
    "a zero-width name": ({"ciId": "x", "name": "a\u200bb", "ciClass": "host"}, "values.invisible_character", ["name"]),
    "an empty id": ({"ciId": "", "name": "x", "ciClass": "host"}, "row.required", ["ciId"]),
    "an unknown site": ({"ciId": "app-1", "attributes": {"site": "nowhere"}}, "row.unknown_ci", ["attributes", "site"]),
    "a long number": (
        {"ciId": "db-1", "attributes": {"recovery_time": 2**70}},
        "values.duration_too_long",
        ["attributes", "recovery_time"],
    ),
    "no duration": (
        {"ciId": "db-1", "attributes": {"recovery_time": "4 hrs"}}, "values.duration", ["attributes", "recovery_time"],
    ),
    "an attribute that is an object": (
        {"ciId": "db-1", "attributes": {"version": {"a": 1}}}, "values.text", ["attributes", "version"],
    ),
    "a column of the store's own": (
        {"ciId": "db-1", "attributes": {"fl_rev": "1"}}, "values.column_name", ["attributes", "fl_rev"],
    ),
}  # fmt: skip


@pytest.mark.neo4j_long
def test_what_an_import_rejects_is_refused_by_field_and_nothing_of_the_list_is_written(
    register: Register, client: Web
) -> None:
    before = register.store.graph_hash()
    good = {"ciId": "good", "name": "good", "ciClass": "host"}
    found = {what: done(client, "upsertCis", cis=[good, row]) for what, (row, _, _) in BAD.items()}
    twice = done(client, "upsertCis", cis=[{"ciId": "app-1", "name": "a"}, {"ciId": "app-1", "name": "b"}])
    both = done(client, "upsertCis", cis=[{"ciId": "a", "attributes": {"ci_id": "b"}}])
    listed = done(client, "upsertCis", cis=[{"ciId": "app-1", "attributes": ["x"]}])
    long = done(client, "upsertCis", cis=[good], change="c" * 300)

    assert {what: (each["__typename"], each["key"]) for what, each in found.items()} == {
        what: ("InvalidInput", key) for what, (_, key, _) in BAD.items()
    }
    assert {what: each["path"] for what, each in found.items()} == {
        what: ["input", "cis", "1", *path] for what, (_, _, path) in BAD.items()
    }
    keys = [each["key"] for each in (twice, both, listed, long)]
    assert keys == ["row.given_twice", "row.column_twice", "write.attributes", "write.word"]
    assert all(each["message"] for each in found.values())
    assert register.store.graph_hash() == before


@pytest.mark.neo4j_long
def test_numbers_that_are_none_are_no_request(client: Web) -> None:
    text = json.dumps({"query": UPSERT, "variables": {"input": {"cis": [{"ciId": "a", "attributes": {"x": 0}}]}}})
    answers = [
        client.post(
            "/graphql", content=text.replace('"x": 0', f'"x": {n}'), headers={"Content-Type": "application/json"}
        )
        for n in ("NaN", "Infinity", "1e999")
    ]
    literal = data(client, 'mutation { upsertCis(input: {cis: [{ciId: "app-1", attributes: {x: 1e999}}]}) {'
                        " ... on InvalidInput { key } } }")  # fmt: skip

    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert literal == {"upsertCis": {"key": "write.no_json"}}


def test_whoever_knew_another_revision_is_told_both(register: Register, client: Web) -> None:
    known = register.store.kept("ci", ["app-1"])["app-1"].revision
    edge = register.store.kept("rel", ["app-2|depends_on|db-1"])["app-2|depends_on|db-1"].revision
    first = done(client, "upsertCis", cis=[{"ciId": "app-1", "name": "new", "expectedRevision": known}])
    late = done(
        client,
        "upsertCis",
        cis=[{"ciId": "app-2", "name": "x"}, {"ciId": "app-1", "name": "y", "expectedRevision": known}],
    )
    there = done(client, "upsertCis", cis=[{"ciId": "app-1", "name": "y", "expectedRevision": 0}])
    nobody = done(client, "retireCi", ciId="app-2", expectedRevision=known + 1_000)
    related = done(client, "relate", **relation("app-2", "depends_on", "db-1", expectedRevision=edge + 1_000))
    ended = done(client, "unrelate", **relation("app-2", "depends_on", "db-2", expectedRevision=5))

    assert first["cis"][0]["lastRevision"] > known
    refused = (late, there, nobody, related, ended)
    assert [each["__typename"] for each in refused] == ["RevisionConflict"] * 5
    assert (late["expected"], late["actual"]) == (known, first["cis"][0]["lastRevision"])
    assert (related["actual"], ended["actual"]) == (edge, 0)
    assert register.store.kept("ci", ["app-2"])["app-2"].thing.state["name"] == "理赔系统"


def test_a_group_keeps_the_members_it_needs(register: Register, client: Web) -> None:
    first = done(client, "retireCi", ciId="db-2")
    second = done(client, "retireCi", ciId="db-1")
    alone = done(client, "retireCi", ciId="app-2")
    nobody = done(client, "retireCi", ciId="nobody")
    bad = done(client, "retireCi", ciId="no body")

    assert (first["ci"]["status"], first["revision"]) == ("retired", first["ci"]["lastRevision"])
    assert second["__typename"] == "QuorumBroken"
    assert (second["group"], second["dependents"]) == ("db", ["app-1", "app-2"])
    assert (alone["group"], alone["dependents"]) == ("depends_on", ["svc-claims"])
    assert (nobody["ciIds"], bad["ciIds"]) == (["nobody"], ["no body"])
    assert done(client, "retireCi", ciId="db-2")["revision"] == first["revision"]


def test_a_relationship_of_a_group_ends_only_where_enough_stay(register: Register, client: Web) -> None:
    both = done(client, "relate", **relation("app-1", "depends_on", "db-1", redundancyGroup="db", minAvailable="2"))
    kept = done(client, "unrelate", **relation("app-1", "depends_on", "db-2"))
    done(client, "relate", **relation("app-1", "depends_on", "db-1", redundancyGroup="db", minAvailable="1"))
    one = done(client, "unrelate", **relation("app-1", "depends_on", "db-2"))
    again = done(client, "unrelate", **relation("app-1", "depends_on", "db-2"))
    unknown = done(client, "unrelate", **relation("app-1", "depends_on", "nobody"))
    typed = done(client, "unrelate", **relation("app-1", "depend_on", "db-1"))
    (group,) = both["relationship"]["source"]["redundancyGroups"]

    assert (group["needed"], [m["ciId"] for m in group["members"]]) == (2, ["db-1", "db-2"])
    assert (kept["__typename"], kept["group"], kept["dependents"]) == ("QuorumBroken", "db", ["app-1"])
    assert (one["__typename"], again["revision"]) == ("UnrelatePayload", one["revision"])
    assert unknown["ciIds"] == ["nobody"]
    assert (typed["__typename"], typed["key"]) == ("InvalidInput", "write.unknown_type")


def test_relationships_are_checked_as_rows(register: Register, client: Web) -> None:
    cases = [
        (relation("app-1", "depends_on", "app-1"), "row.self_loop", ["target"]),
        (relation("app-1", "depend_on", "db-1"), "row.unknown_type", ["type"]),
        (relation("app-1", "depends_on", "db-1", strength="weak"), "values.choice", ["strength"]),
        (relation("app-1", "depends_on", "db-1", redundancyGroup="db", minAvailable="3"),
         "row.quorum_above_members", ["minAvailable"]),
        (relation("app-1", "owned_by", "team-1", redundancyGroup="g"), "row.no_impact", ["redundancyGroup"]),
    ]  # fmt: skip
    before = register.store.graph_hash()
    found = [done(client, "relate", **row) for row, _, _ in cases]
    ends = done(client, "relate", **relation("nobody", "depends_on", "nothing"))
    source = done(client, "relate", **relation("nobody", "depends_on", "db-1"))

    assert [(each["key"], each["path"]) for each in found] == [(key, ["input", *path]) for _, key, path in cases]
    assert (ends["__typename"], ends["ciIds"], source["ciIds"]) == ("UnknownCi", ["nobody", "nothing"], ["nobody"])
    assert register.store.graph_hash() == before

    regrouped = done(client, "relate", **relation("app-1", "depends_on", "db-2", redundancyGroup=None))
    assert regrouped["relationship"]["redundancyGroup"] is None
    assert regrouped["relationship"]["strength"] == "hard"


def test_of_many_who_write_at_once_knowing_the_same_one_comes_first(register: Register, client: Web) -> None:
    known = register.store.kept("ci", ["app-1"])["app-1"].revision
    answers: list[Any] = []

    async def write(number: int, http: httpx.AsyncClient) -> None:
        row = {"ciId": "app-1", "name": f"n{number}", "expectedRevision": known}
        answer = await http.post("/graphql", json={"query": UPSERT, "variables": {"input": {"cis": [row]}}})
        answers.append(answer.json()["data"]["upsertCis"])

    async def all_at_once() -> None:
        transport = httpx.ASGITransport(client.app)
        async with (
            httpx.AsyncClient(transport=transport, base_url=client.home) as http,
            anyio.create_task_group() as group,
        ):
            for number in range(6):
                group.start_soon(write, number, http)

    anyio.run(all_at_once)

    assert sorted(each["__typename"] for each in answers) == ["RevisionConflict"] * 5 + ["UpsertCisPayload"]
    assert verify(register.store).ok


def test_a_revision_is_undone_unless_something_rests_on_it(register: Register, client: Web) -> None:
    store = register.store
    start = store.graph_hash()
    made = done(client, "upsertCis", cis=[{"ciId": "new", "name": "new", "ciClass": "host"}])["revision"]
    edge = done(client, "relate", **relation("app-2", "runs_on", "new"))["revision"]
    rests = done(client, "undoRevision", revision=made)
    renamed = done(client, "upsertCis", cis=[{"ciId": "app-1", "name": "x"}])["revision"]
    again = done(client, "upsertCis", cis=[{"ciId": "app-1", "name": "y"}])["revision"]
    late = done(client, "undoRevision", revision=renamed)
    undone = [done(client, "undoRevision", revision=number) for number in (again, edge, made)]
    name_back = store.kept("ci", ["app-1"])["app-1"].thing.state["name"]
    twice = done(client, "undoRevision", revision=made)
    nothing = [done(client, "undoRevision", revision=number)["key"] for number in (0, -1, 10**9)]
    done(client, "undoRevision", revision=undone[0]["revision"])
    done(client, "upsertCis", cis=[{"ciId": "app-1", "name": "承保系统"}])

    assert (rests["key"], rests["params"]["names"]) == ("write.rests_on", "app-2|runs_on|new")
    assert (late["__typename"], late["expected"], late["actual"]) == ("RevisionConflict", renamed, again)
    assert [each["record"] for each in undone] == ["app-1", "app-2|runs_on|new", "new"]
    assert name_back == "x"
    assert twice["__typename"] == "RevisionConflict"
    assert nothing == ["write.unknown_revision"] * 3
    assert store.graph_hash() == start
    assert verify(store).ok


def test_undoing_keeps_groups_and_identities(register: Register, client: Web) -> None:
    two = done(client, "relate", **relation("app-1", "depends_on", "db-1", redundancyGroup="db", minAvailable="2"))
    member = register.store.kept("rel", ["app-1|depends_on|db-1"])["app-1|depends_on|db-1"].revision
    alone = done(client, "undoRevision", revision=member)
    first = done(client, "upsertCis", cis=[{"ciId": "host-1", "attributes": {"serial": "S"}}])["revision"]
    moved = done(client, "upsertCis", cis=[{"ciId": "host-1", "attributes": {"serial": None}}])["revision"]
    done(client, "upsertCis", cis=[{"ciId": "host-2", "name": "h", "ciClass": "host", "attributes": {"serial": "S"}}])
    taken = done(client, "undoRevision", revision=moved)
    done(client, "upsertCis", cis=[{"ciId": "host-1", "status": "retired"}])
    back = done(client, "upsertCis", cis=[{"ciId": "host-1", "status": "live"}])["revision"]
    retired = done(client, "undoRevision", revision=back)

    assert two["__typename"] == "RelatePayload"
    assert alone["key"] == "write.group_differs"
    assert moved > first
    assert taken["key"] == "row.identity"
    assert (retired["__typename"], retired["group"], retired["dependents"]) == ("QuorumBroken", "runs_on", ["db-1"])
