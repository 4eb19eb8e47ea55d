"""A CI edited as a whole: tried first, all or nothing, held against what its groups will be, and whoever was faster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.register import Register, open_register
from api.who import local_actor
from graph.settings import Settings
from graph.store.audit import verify
from tests.api.command import ESTATE, environment
from tests.api.web import Web, data, over
from tests.engines import Database, imported, inventory

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike
EDIT = """mutation($input: EditCiInput!) { editCi(input: $input) { __typename
    ... on EditCiPayload { revision dryRun ci { ciId name status lastRevision attributes }
        changes { kind key before after sources cis { ciId } } warnings
        effect { revision stopsBefore { outage degraded atRisk } stopsAfter { outage degraded atRisk }
            services { service { ciId } criticality state stopsBefore stopsAfter losesRedundancy pointsAddedCount
                pointsRemovedCount pointsAdded { ciId } pointsRemoved { ciId } }
            groups { dependent { ciId } name before { members needed margin } after { members needed margin } }
            flags { key message } cyclesAdded } }
    ... on Error { key message params } ... on InvalidInput { path } ... on UnknownCi { ciIds }
    ... on QuorumBroken { group dependents }
    ... on RevisionConflict { expected actual since { number actor at source kind key before after } } } }"""


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


def edited(client: Web, ci: dict[str, Any] | str, **given: Any) -> Any:
    """What an edit answers."""
    row = {"ciId": ci} if isinstance(ci, str) else ci
    return data(client, EDIT, input={"ci": row, **given})["editCi"]


def end(source: str, kind: str, target: str, **given: Any) -> dict[str, Any]:
    return {"source": source, "type": kind, "target": target, **given}


ENDED = end("app-1", "depends_on", "db-2")


def test_fields_relationships_and_groups_are_one_commit_and_the_log_says_who(register: Register, client: Web) -> None:
    before = register.store.revision()

    done = edited(
        client,
        {"ciId": "app-1", "name": "核心承保", "attributes": {"recovery_time": "2h", "owner": "team-1", "site": None}},
        relate=[end("app-1", "runs_on", "host-1"), end("app-1", "depends_on", "db-1", redundancyGroup=None)],
        unrelate=[ENDED],
        change="CHG-7",
    )

    commits = list(register.store.commits(after=before))
    assert [(each.header.actor, each.header.source, each.header.change) for each in commits] == [
        (local_actor(), "person", "CHG-7")
    ]
    assert done["revision"] == commits[0].last == register.store.revision()
    assert {each["key"]: (each["before"] is None, each["after"] is None) for each in done["changes"]} == {
        "app-1": (False, False),
        "app-1|owned_by|team-1": (True, False),
        "app-1|located_in|site-1": (False, True),
        "app-1|runs_on|host-1": (True, False),
        "app-1|depends_on|db-1": (False, False),
        "app-1|depends_on|db-2": (False, True),
    }
    assert (done["ci"]["name"], done["ci"]["attributes"]["recovery_time"], done["effect"]) == ("核心承保", 7200, None)
    assert verify(register.store).ok


def test_what_is_tried_is_what_would_be_written_and_nothing_is(register: Register, client: Web) -> None:
    given: dict[str, Any] = {"ci": {"ciId": "app-1", "name": "x"}, "unrelate": [ENDED]}
    before, state = register.store.revision(), register.store.graph_hash()

    tried = edited(client, given["ci"], unrelate=given["unrelate"], dryRun=True)
    after = register.store.revision(), register.store.graph_hash()
    done = edited(client, given["ci"], unrelate=given["unrelate"])

    assert after == (before, state)
    assert (tried["dryRun"], tried["revision"], tried["ci"]["name"]) == (True, before, "承保系统")
    assert tried["changes"] == done["changes"]
    assert done["revision"] == before + len(done["changes"])


def test_who_loses_redundancy_is_told_before_it_is_written(client: Web) -> None:
    effect = edited(client, "app-1", unrelate=[ENDED], dryRun=True)["effect"]

    policy = next(each for each in effect["services"] if each["service"]["ciId"] == "svc-policy")
    assert policy == {
        "service": {"ciId": "svc-policy"}, "criticality": "critical", "state": "UNAFFECTED",
        "stopsBefore": "OUTAGE", "stopsAfter": "OUTAGE", "losesRedundancy": True,
        "pointsAddedCount": 2, "pointsRemovedCount": 0,
        "pointsAdded": [{"ciId": "db-1"}, {"ciId": "host-1"}], "pointsRemoved": [],
    }  # fmt: skip
    assert effect["groups"] == [
        {"dependent": {"ciId": "app-1"}, "name": "db", "before": {"members": 2, "needed": 1, "margin": 1},
         "after": {"members": 1, "needed": 1, "margin": 0}}
    ]  # fmt: skip
    assert (effect["stopsBefore"], effect["stopsBefore"]["outage"]) == (effect["stopsAfter"], 1)


def test_what_rests_on_more_stops_with_it_and_what_gains_a_way_does_not(client: Web) -> None:
    more = edited(client, "db-2", relate=[end("svc-claims", "depends_on", "db-2")], dryRun=True)["effect"]
    less = edited(
        client,
        "app-2",
        relate=[
            end("app-2", "depends_on", "db-1", redundancyGroup="any", minAvailable="1"),
            end("app-2", "depends_on", "db-2", redundancyGroup="any", minAvailable="1"),
        ],
        dryRun=True,
    )["effect"]

    (claims,) = more["services"]
    assert (claims["service"]["ciId"], claims["stopsBefore"], claims["stopsAfter"]) == (
        "svc-claims", "AT_RISK", "OUTAGE",
    )  # fmt: skip
    assert (claims["losesRedundancy"], claims["pointsAdded"]) == (True, [{"ciId": "db-2"}])  # it could do without it
    assert (more["stopsBefore"]["outage"], more["stopsAfter"]["outage"]) == (0, 1)
    (claims,) = less["services"]
    assert [each["ciId"] for each in claims["pointsRemoved"]] == ["site-1", "db-1", "host-1"]
    assert less["groups"][0]["before"] is None
    assert less["groups"][0]["after"] == {"members": 2, "needed": 1, "margin": 1}


def test_a_member_that_is_retired_counts_as_lost_and_one_that_comes_back_counts_again(client: Web) -> None:
    retired = edited(client, {"ciId": "db-2", "status": "retired"}, dryRun=True)
    edited(client, {"ciId": "db-2", "status": "retired"})
    back = edited(client, {"ciId": "db-2", "status": "live"}, dryRun=True)
    still = edited(client, {"ciId": "db-2", "name": "old"}, dryRun=True)

    states = {each["service"]["ciId"]: each["state"] for each in retired["effect"]["services"]}
    assert states == {"svc-policy": "AT_RISK", "svc-claims": "AT_RISK"}
    assert [each["key"] for each in retired["effect"]["flags"]] == ["retired_member"]
    (group,) = retired["effect"]["groups"]
    assert (group["before"]["margin"], group["after"]["margin"]) == (1, 0)
    (group,) = back["effect"]["groups"]
    assert (group["before"], group["after"]) == (
        {"members": 1, "needed": 1, "margin": 0}, {"members": 2, "needed": 1, "margin": 1},
    )  # fmt: skip
    assert [each["service"]["ciId"] for each in back["effect"]["services"] if each["pointsRemovedCount"]] == [
        "svc-policy"
    ]
    assert (still["effect"]["services"], still["effect"]["stopsAfter"]["outage"]) == ([], 0)


def test_groups_are_held_against_what_the_whole_edit_leaves(register: Register, client: Web) -> None:
    both = [end("app-1", "depends_on", name, redundancyGroup="db", minAvailable="2") for name in ("db-1", "db-2")]
    edited(client, "app-1", relate=both)
    state = register.store.graph_hash()

    refused = edited(client, {"ciId": "app-1", "name": "never"}, unrelate=[ENDED])
    tried = edited(client, "app-1", unrelate=[ENDED], dryRun=True)
    retired = edited(client, {"ciId": "db-1", "status": "retired"})
    moved = edited(client, "app-1", relate=[end("app-1", "depends_on", "db-2", redundancyGroup=None)])
    assert register.store.graph_hash() == state
    replaced = edited(
        client,
        "app-1",
        relate=[end("app-1", "depends_on", "host-1", redundancyGroup="db")],
        unrelate=[ENDED],
        dryRun=True,
    )
    fewer = edited(
        client, "app-1", relate=[end("app-1", "depends_on", "db-1", redundancyGroup="db", minAvailable="1")],
        unrelate=[ENDED],
    )  # fmt: skip

    assert (refused["__typename"], refused["group"], refused["dependents"]) == ("QuorumBroken", "db", ["app-1"])
    assert tried == refused
    assert (retired["__typename"], retired["dependents"]) == ("QuorumBroken", ["app-1", "app-2"])
    assert (moved["key"], moved["path"]) == ("row.quorum_above_members", ["input", "relate", "0", "minAvailable"])
    (group,) = replaced["effect"]["groups"]  # as many members, as many needed: only who they are is another
    assert group["before"] == group["after"] == {"members": 2, "needed": 2, "margin": 0}
    assert fewer["__typename"] == "EditCiPayload"
    assert sorted(each["key"] for each in fewer["changes"]) == ["app-1|depends_on|db-1", "app-1|depends_on|db-2"]


def test_a_ci_that_rested_on_what_is_retired_may_let_go_of_it_in_the_same_edit(client: Web) -> None:
    given = [end(name, "depends_on", "db-1") for name in ("app-1", "app-2")]

    refused = edited(client, {"ciId": "db-1", "status": "retired"}, unrelate=given[:1])
    done = edited(client, {"ciId": "db-1", "status": "retired"}, unrelate=given)

    assert (refused["__typename"], refused["dependents"]) == ("QuorumBroken", ["app-2"])
    assert done["ci"]["status"] == "retired"


def test_what_is_wrong_is_told_by_its_place_and_nothing_is_written(register: Register, client: Web) -> None:
    state = register.store.graph_hash()
    cases: list[tuple[Any, dict[str, Any], str, list[str]]] = [
        ({"ciId": "app-1", "attributes": {"recovery_time": "soon"}}, {}, "values.duration",
         ["ci", "attributes", "recovery_time"]),
        ({"ciId": "app-1", "name": None}, {}, "row.required", ["ci", "name"]),
        ({"ciId": "app-1", "ciClass": "no"}, {}, "row.unknown_class", ["ci", "ciClass"]),
        ("app-1", {"relate": [end("app-1", "runs_on", "host-1"), end("app-1", "runs_on", "nobody")]},
         "row.unknown_ci", ["relate", "1", "target"]),
        ("app-1", {"relate": [end("app-1", "runs_on", "app-1")]}, "row.self_loop", ["relate", "0", "target"]),
        ("app-1", {"unrelate": [end("app-1", "run_on", "db-1")]}, "write.unknown_type", []),
        ("app-1", {"relate": [ENDED], "unrelate": [ENDED]}, "write.ended_and_written", []),
        ("app-1", {"unrelate": [{**ENDED, "expectedRevision": 999}, ENDED]}, "write.ended_twice", []),
        ("app-1", {"relate": [{**ENDED, "change": "x"}]}, "write.change_within", []),
        ("app-1", {"unrelate": [ENDED] * 501}, "write.too_many_ends", []),
    ]  # fmt: skip
    for row, given, key, path in cases:
        for dry in (True, False):
            found = edited(client, row, **given, dryRun=dry)
            assert (found["__typename"], found["key"], found["path"]) == ("InvalidInput", key, ["input", *path]), found
    nobody = edited(client, {"ciId": "nobody", "name": "x", "ciClass": "host"})
    far = edited(client, "app-1", unrelate=[end("app-1", "runs_on", "no body")])

    assert (nobody["ciIds"], far["ciIds"]) == (["nobody"], ["no body"])
    assert register.store.graph_hash() == state


def test_whoever_was_faster_is_named_with_what_they_changed(register: Register, client: Web) -> None:
    known = register.store.kept("ci", ["app-1"])["app-1"].revision
    edge = register.store.kept("rel", ["app-1|depends_on|db-2"])["app-1|depends_on|db-2"].revision
    edited(client, {"ciId": "app-1", "name": "theirs"})
    edited(client, "app-1", unrelate=[ENDED])
    row = {"ciId": "app-1", "name": "mine", "expectedRevision": known}

    named = edited(client, row, dryRun=True)
    gone = edited(client, "app-1", relate=[{**ENDED, "strength": "soft", "expectedRevision": edge}])
    there = edited(client, "app-1", relate=[end("app-1", "depends_on", "db-1", expectedRevision=0)])

    assert {each["__typename"] for each in (named, gone, there)} == {"RevisionConflict"}
    (theirs,) = named["since"]
    assert (theirs["actor"], theirs["before"]["name"], theirs["after"]["name"]) == (
        local_actor(), "承保系统", "theirs",
    )  # fmt: skip
    assert named["params"]["key"] == "app-1"
    (ended,) = gone["since"]
    assert (gone["actual"], ended["kind"], ended["key"], ended["after"]) == (
        0, "relationship", "app-1|depends_on|db-2", None,
    )  # fmt: skip
    assert len(there["since"]) == 1


STANDS = """{ impact(seeds: [{ciId: "%s"}]) { ... on Impact { counts { outage degraded atRisk } } }
    ci(ciId: "app-1") { redundancyGroups { name needed margin members { ciId } } } }"""


@pytest.mark.parametrize(
    ("ci", "given"),
    [
        ("app-1", {"unrelate": [ENDED]}),
        ("db-1", {"relate": [end("svc-claims", "depends_on", "db-1"), end("db-2", "runs_on", "host-1")]}),
        ("app-1", {"relate": [end("app-1", "depends_on", "host-1", redundancyGroup="db", minAvailable="50%")]}),
        ("app-1", {"relate": [end("app-1", "depends_on", "db-1", strength="soft", redundancyGroup=None)]}),
        ("host-1", {"relate": [end("app-2", "runs_on", "host-1")], "unrelate": [end("db-1", "runs_on", "host-1")]}),
    ],
)  # fmt: skip
def test_what_was_told_is_what_comes_of_it(client: Web, ci: str, given: dict[str, Any]) -> None:
    tried = edited(client, ci, **given, dryRun=True)["effect"]
    edited(client, ci, **given)
    now = data(client, STANDS % ci)

    assert tried["stopsAfter"] == now["impact"]["counts"]
    told = {each["name"]: each["after"] for each in tried["groups"] if each["dependent"]["ciId"] == "app-1"}
    groups = {
        each["name"]: {"members": len(each["members"]), "needed": each["needed"], "margin": each["margin"]}
        for each in now["ci"]["redundancyGroups"]
    }
    assert {name: after for name, after in told.items() if after} == {n: g for n, g in groups.items() if n in told}
