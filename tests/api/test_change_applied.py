"""What a finished change writes: exactly its edits, linked to it, or nothing and why."""

from typing import Any

import pytest

from graph.history import Thing
from graph.store import Edit
from tests.api.house import House, started
from tests.engines import depends, written

pytestmark = [pytest.mark.storage, pytest.mark.neo4j_long]
NEW = {"ci_id": "db-9", "ci_class": "database_instance", "name": "db-9"}
MOVE: list[dict[str, Any]] = [
    {"group": "switch", "edits": [
        {"op": "add", "ci": NEW},
        {"op": "relate", "source": "app", "type": "depends_on", "target": "db-9", "redundancy_group": "db"},
        {"op": "unrelate", "source": "app", "type": "depends_on", "target": "db-1"},
    ]},
    {"op": "set", "ci_id": "app", "field": "recovery_time", "value": "PT1H"},
    {"op": "retire", "ci_id": "db-1"},
]  # fmt: skip


def register_of(house: House) -> dict[str, Any]:
    """The graph as it is: fields of CIs, and relationships with theirs."""
    store = house.register.store
    return {f"{kind}:{key}": dict(thing.state) for kind, key, thing in store.everything() if kind in ("ci", "rel")}


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {key: after.get(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def test_a_finished_change_writes_exactly_its_edits_linked_to_it(house: House) -> None:
    started(house, "CHG-1", edits=MOVE)
    before, revision = register_of(house), house.register.store.revision()

    assert house.ends("CHG-1")["status"] == "implemented"

    assert difference(before, register_of(house)) == {
        "ci:db-9": {"ci_class": "database_instance", "name": "db-9", "status": "live"},
        "ci:app": {**before["ci:app"], "recovery_time": 3_600},
        "ci:db-1": {**before["ci:db-1"], "status": "retired"},
        "rel:app|depends_on|db-9": {"strength": "hard", "redundancy_group": "db", "min_available": "1"},
        "rel:app|depends_on|db-1": None,
    }  # fmt: skip
    (commit,) = house.register.store.commits(after=revision)
    assert (commit.header.change, len(list(commit.revisions()))) == ("CHG-1", 6), "with the change itself"


def test_what_is_so_already_is_left_as_it_is(house: House) -> None:
    started(house, "CHG-1", edits=MOVE)
    state = {"ci_class": "database_instance", "name": "db-9", "status": "live"}
    written(house.register.store, [
        Edit("ci", "db-9", Thing(dict(state), {"*": "inventory"})),
        depends("app", "db-9", redundancy_group="db", min_available="1"),
    ])  # fmt: skip
    before = register_of(house)

    assert house.ends("CHG-1")["status"] == "implemented"

    assert set(difference(before, register_of(house))) == {"ci:app", "ci:db-1", "rel:app|depends_on|db-1"}


def test_edits_of_one_thing_are_done_in_their_order_whatever_is_there_before(house: House) -> None:
    there, set_to = {"source": "app", "type": "depends_on", "target": "db-1"}, {"ci_id": "app", "field": "version"}
    written(house.register.store, [Edit("ci", "app", Thing(
        {"ci_class": "application", "name": "app", "status": "live", "version": "9"}, {"*": "inventory"},
    ))])  # fmt: skip
    started(house, "CHG-1", edits=[
        {"op": "set", **set_to, "value": "1"}, {"op": "set", **set_to, "value": "9"},
        {"op": "unrelate", **there},
        {"op": "relate", **there, "redundancy_group": "db", "min_available": "1"},
    ])  # fmt: skip
    before = register_of(house)

    assert house.ends("CHG-1")["status"] == "implemented"

    assert difference(before, register_of(house)) == {}


def test_an_edit_that_no_longer_fits_is_named_and_nothing_is_written(house: House) -> None:
    started(house, "CHG-1", edits=MOVE)
    written(house.register.store, [Edit("ci", "app", Thing(
        {"ci_class": "application", "name": "app", "status": "retired"}, {"*": "inventory"},
    ))])  # fmt: skip
    before = register_of(house)

    refused = house.ends("CHG-1")

    assert (refused["__typename"], refused["params"]["at"]) == ("InvalidInput", "edits[0].edits[1], edits[1]")
    assert register_of(house) == before
    # what was done is said instead
    partly = house.ends("CHG-1", "finish_partly", done=["edits[2]"], confirm=True)
    assert partly["status"] == "implemented"
    assert set(difference(before, register_of(house))) == {"ci:db-1"}


def test_who_forgets_to_unrelate_is_told_who_rests_on_it(house: House) -> None:
    started(house, "CHG-1", edits=[{"op": "retire", "ci_id": "db-1"}])

    refused = house.ends("CHG-1")

    assert (refused["key"], refused["params"]["ci_ids"]) == ("change.dependents_left", "app")
    assert house.ends("CHG-1", confirm=True)["status"] == "implemented"


def test_done_in_part_writes_the_groups_that_are_named_and_backed_out_none(house: House) -> None:
    started(house, "CHG-1", edits=MOVE)
    before = register_of(house)
    assert house.ends("CHG-1", done=["switch"])["key"] == "change.done_not_asked"
    assert house.ends("CHG-1", "finish_partly", done=["none"])["key"] == "change.no_such_group"
    assert house.ends("CHG-1", "finish_partly", done=["edits[1]"])["change"]["record"]["outcome"] == "partial"
    assert set(difference(before, register_of(house))) == {"ci:app"}

    started(house, "CHG-2", edits=[{"op": "set", "ci_id": "app", "field": "version", "value": "2"}])
    before = register_of(house)
    assert house.ends("CHG-2", "back_out")["status"] == "backed_out"
    assert register_of(house) == before


def test_all_edits_that_no_longer_fit_are_named(house: House) -> None:
    started(house, "CHG-1", edits=MOVE)
    retired = Thing({"ci_class": "application", "name": "app", "status": "retired"}, {"*": "inventory"})
    written(house.register.store, [Edit("ci", "app", retired), Edit("ci", "db-9", Thing(
        {"ci_class": "database_instance", "name": "another", "status": "live"}, {"*": "inventory"},
    ))])  # fmt: skip

    refused = house.ends("CHG-1")

    assert refused["key"] == "change.edits_refused"
    assert {"edits[0].edits[0]", "edits[0].edits[1]"} <= set(refused["params"]["at"].split(", "))
    assert all(place in refused["message"] for place in ("edits[0].edits[0]: ", "edits[0].edits[1]: "))


def test_what_edits_write_keeps_the_rules_of_every_writer(house: House) -> None:
    started(house, "CHG-1", edits=[{"op": "add", "ci": {**NEW, "ci_class": "host", "serial": "S-1"}}])
    written(house.register.store, [Edit("ci", "host-1", Thing(
        {"ci_class": "host", "name": "host-1", "status": "live", "serial": "S-1"}, {"*": "inventory"},
    ))])  # fmt: skip
    before = register_of(house)

    refused = house.ends("CHG-1")

    assert (refused["__typename"], refused["key"]) == ("InvalidInput", "row.identity")
    assert register_of(house) == before


def test_a_group_is_left_whole_by_what_a_change_writes(house: House) -> None:
    there = {"source": "app", "type": "depends_on"}
    started(house, "CHG-1", edits=[{"op": "unrelate", **there, "target": "db-1"}])
    written(house.register.store, [depends("app", db, redundancy_group="db", min_available="2")
                                   for db in ("db-1", "db-2")])  # fmt: skip
    before = register_of(house)

    refused = house.ends("CHG-1")

    assert (refused["__typename"], register_of(house)) == ("InvalidInput", before)
