"""Groups as a run leaves them: one quorum, one kind of members, checked with what really ends and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from graph.store import Store
from graph.store.load import load_estate
from queries.blast_radius import blast_radius
from tests.engines import imported, inventory, ndjson

CIS = "ci_id,name,ci_class\n" + "".join(f"{name},{name},host\n" for name in ("d", "p1", "p2", "p3", "p4", "w"))
HEADER = "source,type,target,redundancy_group,min_available\n"


def quorums(store: Store, source: str) -> dict[str, Any]:
    """Group and quorum of each relationship of a dependent, by its key."""
    return {
        key: (thing.state.get("redundancy_group"), thing.state.get("min_available"))
        for kind, key, thing in store.everything()
        if kind == "rel" and key.startswith(f"{source}|")
    }


def related(folder: Path, *rows: str) -> Path:
    return inventory(folder / "inv", cis=CIS, relationships=HEADER + "".join(f"{row}\n" for row in rows))


def test_a_member_that_changes_its_group_does_not_take_its_quorum_along(store: Store, tmp_path: Path) -> None:
    imported(store, related(tmp_path, *(f"d,depends_on,p{n},A,1" for n in (1, 2, 3))))
    imported(store, related(tmp_path, "d,depends_on,p3,B,", "d,depends_on,p4,B,"))

    assert quorums(store, "d") == {
        "d|depends_on|p1": ("A", "1"),
        "d|depends_on|p2": ("A", "1"),
        "d|depends_on|p3": ("B", None),
        "d|depends_on|p4": ("B", None),
    }
    found = blast_radius(load_estate(store), {"p4": "outage"}).plain()
    assert [(row["ci_id"], row["state"]) for row in found["affected"]] == [("d", "outage")]


def test_where_nothing_ends_after_all_groups_are_checked_with_the_members_that_stay(
    store: Store, tmp_path: Path
) -> None:
    imported(store, related(tmp_path, "d,powered_by,p1,G,1", "d,powered_by,p2,G,1"), full=True)
    # p1 and p2 would end, but one bad row means that nothing does, so that p3 and p4 would join feeding members
    bad = ["d,depends_on,p3,G,1", "d,depends_on,p4,G,1", "w,depends_on,p1,H,5"]
    report = imported(store, related(tmp_path, *bad), full=True)

    assert {finding["key"] for finding in report["rejected"]} == {"row.mixed_feeds", "row.quorum_above_members"}
    assert load_estate(store).topology.m == 2
    assert quorums(store, "d").keys() == {"d|powered_by|p1", "d|powered_by|p2"}


def test_what_a_refused_row_leaves_behind_is_checked_again(store: Store, tmp_path: Path) -> None:
    imported(store, related(tmp_path, "d,depends_on,p1,g1,2", "d,depends_on,p2,g1,2"))
    report = imported(store, related(tmp_path, "d,depends_on,p1,g2,2", "d,depends_on,p3,g2,2"))

    # without p1, which g1 cannot spare, g2 would need two members and have one
    assert [finding["key"] for finding in report["rejected"]] == ["row.quorum_above_members"] * 2
    assert quorums(store, "d") == {"d|depends_on|p1": ("g1", "2"), "d|depends_on|p2": ("g1", "2")}


def test_a_weaker_source_leaves_a_group_with_one_quorum(store: Store, tmp_path: Path) -> None:
    imported(store, related(tmp_path, "w,runs_on,p1,replicas,2", "w,runs_on,p2,replicas,2"))
    compose = tmp_path / "shop" / "compose.yaml"
    compose.parent.mkdir()
    compose.write_text(
        "name: shop\nservices:\n  web:\n    image: web:1\n    deploy: {replicas: 2}\n    labels: {faultline.ci_id: w}\n"
    )
    report = imported(store, compose, source="compose")

    found = {quorum for _, quorum in quorums(store, "w").values() if quorum is not None}
    assert report["rejected"] == []
    assert len(quorums(store, "w")) >= 4
    assert found == {"2"}
    assert report["overruled"] >= 1


def test_members_and_quorum_may_shrink_in_one_full_run(store: Store, tmp_path: Path) -> None:
    imported(store, related(tmp_path, *(f"d,depends_on,p{n},A,3" for n in (1, 2, 3, 4))), full=True)
    smaller = related(tmp_path, "d,depends_on,p1,A,1", "d,depends_on,p2,A,1")
    first, second = imported(store, smaller, full=True), imported(store, smaller, full=True)

    assert (first["conflicts"], first["ended"]["relationships"], second["revisions"]) == ([], 2, 0)
    assert quorums(store, "d") == {"d|depends_on|p1": ("A", "1"), "d|depends_on|p2": ("A", "1")}


@pytest.mark.parametrize("name", ["fl_num", "fl_rev", " fl_num ", "table"])
def test_a_column_of_the_stores_own_names_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    imported(
        store, ndjson(tmp_path / "a" / "cis.ndjson", [{"table": "cis", "ci_id": "a", "name": "a", "ci_class": "host"}])
    )
    lines = [{"kind": "cis", "ci_id": "a", name: value} for value in ("7", None)]
    reports = [imported(store, ndjson(tmp_path / str(at) / "cis.ndjson", [line])) for at, line in enumerate(lines)]

    assert [finding["key"] for finding in reports[0]["rejected"]] == ["values.column_name"]
    assert load_estate(store).find("a") is not None


def test_a_field_whose_name_has_white_space_is_the_field(store: Store, tmp_path: Path) -> None:
    lines = [
        {"table": "cis", "ci_id": "m1", "name": "x", "ci_class": "host"},
        {"table": "cis", "ci_id": "m2", "name": "x", " ci_class ": "nonsense"},
        {"table": "cis", "ci_id": "m3", "name": "x", "ci_class": "host", " status ": "bogus"},
        {"table": "cis", "ci_id": "m4", "name": "x", "ci_class": "host", "ci_class ": "site"},
        {"table": "cis", "ci_id": "t", "name": "t", "ci_class": "team"},
        {"table": "relationships", "source": "m1", "type": "owned_by", "target": "t", " min_available ": "zzz"},
    ]
    report = imported(store, ndjson(tmp_path / "a" / "cis.ndjson", lines))

    assert sorted(key for kind, key, _ in store.everything() if kind == "ci") == ["m1", "t"]
    assert len(report["rejected"]) == 4
