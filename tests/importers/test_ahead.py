"""What was prepared beside the writing of another batch is not written where it no longer holds."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from graph.history import Thing
from graph.store import Edit, Store
from importers.ahead import Ahead, Prepared
from importers.batches import Applier, Batch
from tests.engines import imported, inventory, written


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is a batch, and each is prepared before the one ahead of it is written: else it is a matter of luck."""
    monkeypatch.setattr("importers.batches.BLOCK", 1)
    begin = Ahead.begin

    def waiting(self: Ahead, batch: Batch) -> Future[Prepared]:
        prepared = begin(self, batch)
        prepared.exception()
        return prepared

    monkeypatch.setattr(Ahead, "begin", waiting)


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what is applied again under the write lock."""
    applied: list[str] = []
    settled, apply = Ahead.settled, Applier.apply

    def watched(self: Ahead, batch: Batch, prepared: Prepared, reader: Any) -> Any:
        with monkeypatch.context() as patched:

            def again(applier: Applier, batch: Batch, reader: Any) -> Any:
                applied.append(batch.rows[0].key if batch.spool != "shorthand" else batch.rows[0].source)
                return apply(applier, batch, reader)

            patched.setattr(Applier, "apply", again)
            return settled(self, batch, prepared, reader)

    monkeypatch.setattr(Ahead, "settled", watched)
    return applied


def test_where_nobody_interferes_nothing_is_applied_twice(store: Store, tmp_path: Path, anew: list[str]) -> None:
    cis = "ci_id,name,ci_class\n" + "".join(f"g{n},g{n},host\n" for n in range(6))
    related = "source,type,target\n" + "".join(f"g{n},depends_on,g{n + 1}\n" for n in range(5))

    report = imported(store, inventory(tmp_path / "inv", cis=cis, relationships=related))

    assert (report["revisions"], anew) == (11, [])


def test_what_somebody_changes_between_is_kept(
    store: Store, tmp_path: Path, anew: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(store, inventory(tmp_path / "first", cis="ci_id,name,ci_class\ng1,g1,host\n"))
    begin = Ahead.begin

    def interfered(self: Ahead, batch: Batch) -> Future[Prepared]:
        prepared = begin(self, batch)
        if batch.spool == "ci" and batch.rows[0].key == "g1":
            thing = store.kept("ci", ["g1"])["g1"].thing
            state = {**thing.state, "location_note": "hall 2"}
            written(store, [Edit("ci", "g1", Thing(state, {**thing.sources, "location_note": "person"}))])
        return prepared

    monkeypatch.setattr(Ahead, "begin", interfered)
    cis = "ci_id,name,ci_class,version\ng0,g0,host,1\ng1,g1,host,2\ng2,g2,host,3\n"
    imported(store, inventory(tmp_path / "inv", cis=cis))

    state = store.kept("ci", ["g1"])["g1"].thing.state
    assert (state["version"], state["location_note"]) == ("2", "hall 2")
    assert "g1" in anew


def test_what_was_looked_at_before_its_last_change_is_looked_at_again(
    store: Store, tmp_path: Path, anew: list[str]
) -> None:
    cis = "ci_id,name,ci_class\n" + "".join(f"{n},{n},host\n" for n in "abcd")
    related = "source,type,target,redundancy_group,min_available\na,depends_on,b,,\n"
    related += "a,depends_on,c,g,1\na,depends_on,d,g,1\n"

    report = imported(store, inventory(tmp_path / "inv", cis=cis, relationships=related))

    # the members' batch looks at all that a depends on, while the plain relationship is written
    assert (report["revisions"], anew) == (7, ["a|depends_on|c"])


def test_a_column_and_a_row_of_one_relationship_are_one_relationship(
    store: Store, tmp_path: Path, anew: list[str]
) -> None:
    cis = "ci_id,name,ci_class,site\ns1,s1,site,\nh,h,host,s1\n"
    related = "source,type,target,note\nh,located_in,s1,third floor\n"

    report = imported(store, inventory(tmp_path / "inv", cis=cis, relationships=related))

    found = [(key, thing.state["note"]) for kind, key, thing in store.everything() if kind == "rel"]
    assert (report["rejected"], found) == ([], [("h|located_in|s1", "third floor")])
    assert anew == ["h|located_in|s1"]
