"""What breaks once a proposed change is done: asked over the API without a change of the register."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.register import Register, open_register
from graph.settings import Settings
from tests.api.command import ESTATE, environment
from tests.api.web import data, over
from tests.engines import Database, imported, inventory

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike

IMPACT = """query($seeds: [SeedInput!]!, $proposed: JSON) { impact(seeds: $seeds, proposed: $proposed) { __typename
    ... on Impact { counts { outage } affected { totalCount nodes {
        ci { ciId name lastRevision } state certificate witness { message } } }
      services { service { ciId } state leftWithoutRedundancy } }
    ... on UnknownCi { ciIds } ... on InvalidInput { key path message } } }"""
FORMAT = {"format": "faultline.change/1", "title": "Move", "affected": [{"ci_id": "db-1"}]}
ADDED = {"op": "add", "ci": {"ci_id": "db-9", "ci_class": "database_instance", "name": "新库"}}
JOINED = {
    "op": "relate", "source": "app-1", "type": "depends_on", "target": "db-9", "redundancy_group": "db",
    "min_available": "1",
}  # fmt: skip
BOUND = {"op": "relate", "source": "db-9", "type": "runs_on", "target": "host-1"}


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """The estate of two services on each engine in turn."""
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as found:
        imported(found.store, inventory(tmp_path / "estate", ESTATE))
        yield found


def asked(register: Register, *seeds: str, edits: list[Any] | None = None, **top: Any) -> Any:
    proposed = None if edits is None else {**FORMAT, "edits": edits, **top}
    return data(over(register), IMPACT, seeds=[{"ciId": ci} for ci in seeds], proposed=proposed)["impact"]


def states(answer: Any) -> dict[str, str]:
    return {each["ci"]["ciId"]: each["state"] for each in answer["affected"]["nodes"]}


def test_a_third_member_keeps_what_two_do_not(register: Register) -> None:
    before, after = asked(register, "db-1", "db-2"), asked(register, "db-1", "db-2", edits=[ADDED, JOINED])

    assert states(before)["svc-policy"] == "OUTAGE"
    assert states(after) == {**states(before), "app-1": "DEGRADED", "svc-policy": "AT_RISK"}
    assert [s["leftWithoutRedundancy"] for s in after["services"] if s["service"]["ciId"] == "svc-policy"] == [True]
    assert data(over(register), '{ ci(ciId: "db-9") { ciId } }')["ci"] is None


def test_what_a_change_adds_can_stop_too(register: Register) -> None:
    answer = asked(register, "host-1", edits=[ADDED, JOINED, BOUND])

    added = next(each for each in answer["affected"]["nodes"] if each["ci"]["ciId"] == "db-9")
    assert added["ci"] == {"ciId": "db-9", "name": "新库", "lastRevision": 0}
    assert (added["state"], added["certificate"]) == ("OUTAGE", None)
    assert "新库" in added["witness"][0]["message"]
    assert states(asked(register, "db-9", edits=[ADDED, JOINED])) == {
        "app-1": "DEGRADED", "app-2": "AT_RISK", "svc-claims": "AT_RISK", "svc-policy": "AT_RISK",
    }  # fmt: skip


def test_a_name_is_the_register_s_whatever_else_is_asked(register: Register) -> None:
    change = {**FORMAT, "edits": [{"op": "set", "ci_id": "app-1", "field": "name", "value": "新名"}]}
    ask = """query($p: JSON) { impact(seeds: [{ciId: "db-1"}, {ciId: "db-2"}], proposed: $p) { ... on Impact {
        little: affected { nodes { ci { ciId name } } } more: affected { nodes { ci { ciId name status } } } } } }"""

    answer = data(over(register), ask, p=change)["impact"]

    little, more = ({each["ci"]["ciId"]: each["ci"]["name"] for each in answer[name]["nodes"]} for name in answer)
    assert little == more
    assert little["app-1"] == "承保系统"


def test_what_a_change_retires_is_out_for_who_rests_on_it(register: Register) -> None:
    answer = asked(register, "db-2", edits=[{"op": "retire", "ci_id": "db-1"}])

    assert states(answer)["svc-policy"] == "OUTAGE"


@pytest.mark.parametrize(
    ("edits", "top", "key"),
    [
        ([{"op": "retire", "ci_id": "nobody"}], {}, "edits."),
        ([{"op": "fly"}], {}, "edits."),
        ([], {"format": "other"}, "edits."),
        ([], {"unknown": 1}, "edits."),
    ],
)
def test_a_change_that_cannot_be_done_says_where(register: Register, edits: Any, top: Any, key: str) -> None:
    answer = asked(register, "db-1", edits=edits, **top)

    assert (answer["__typename"], answer["path"]) == ("InvalidInput", ["proposed"])
    assert answer["key"].startswith(key)


def test_a_seed_that_is_neither_there_nor_added_is_unknown(register: Register) -> None:
    assert asked(register, "db-7", edits=[ADDED])["ciIds"] == ["db-7"]
    for strange in list[Any]([5, [], "x"]):
        answer = data(over(register), IMPACT, seeds=[{"ciId": "db-1"}], proposed=strange)["impact"]
        assert (answer["__typename"], answer["path"]) == ("InvalidInput", ["proposed"])
