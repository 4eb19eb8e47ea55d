"""What edits name, read from the store as it was at a revision."""

from typing import Any

from graph.history import CI, RELATIONSHIP, Thing
from graph.records.edits import edits_of
from graph.records.kept_graph import named_by
from graph.store import Edit, Store, relationship_key
from graph.store.kept_graph import kept_graph
from tests.engines import written

EDITS: list[dict[str, Any]] = [
    {"op": "unrelate", "source": "app", "type": "depends_on", "target": "db-1"},
    {"op": "set", "ci_id": "app", "field": "site", "value": "room"},
    {"op": "regroup", "ci_id": "app", "redundancy_group": "g", "members": [{"type": "depends_on", "target": "db-2"}]},
]


def ci(ci_id: str, status: str = "live") -> Edit:
    return Edit(CI, ci_id, Thing({"ci_class": "application", "name": ci_id, "status": status}))


def related(source: str, kind: str, target: str, state: Any) -> Edit:
    return Edit(RELATIONSHIP, relationship_key(source, kind, target), Thing(state) if state is not None else None)


def test_edits_name_every_ci_they_touch() -> None:
    assert named_by(edits_of(EDITS)) == {"app", "db-1", "db-2", "room"}


def test_what_edits_name_is_read_with_quorums_as_written_at_a_revision(store: Store) -> None:
    pair = {"strength": "hard", "redundancy_group": "db", "min_available": "50%"}
    written(store, [ci("app"), ci("db-1"), ci("db-2", "retired"), ci("web")])
    written(store, [related("app", "depends_on", db, pair) for db in ("db-1", "db-2")])
    written(store, [related("web", "depends_on", "app", {"strength": "soft"}), related("app", "owned_by", "web", {})])
    then = store.revision()
    written(store, [related("app", "depends_on", "db-2", None), ci("db-1", "retired"), ci("room")])
    written(store, [related("app", "located_in", "room", {"strength": "hard"})])

    found, now = (kept_graph(store, named_by(edits_of(EDITS)), at) for at in (then, store.revision()))

    assert {ci_id: state["status"] for ci_id, state in found.cis.items()} == {
        "app": "live", "db-1": "live", "db-2": "retired"
    }  # fmt: skip
    assert found.related == {
        ("app", "depends_on", "db-1"): pair, ("app", "depends_on", "db-2"): pair, ("app", "owned_by", "web"): {}
    }  # fmt: skip
    assert now.cis["db-1"]["status"] == "retired"
    assert now.related.keys() == {
        ("app", "depends_on", "db-1"), ("app", "owned_by", "web"), ("app", "located_in", "room")
    }  # fmt: skip
