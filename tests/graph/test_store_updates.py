"""Updates out of the log: what counts as one, since when it may have been so, and what is a baseline."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from graph.history import Header, Thing
from graph.records.updates import Update
from graph.store import Edit, Store
from graph.store.store import Draft
from graph.store.updates import updates
from importers.undo import undo_run
from tests.engines import Database, depends, host, imported, inventory, written

START = datetime(2026, 10, 1, tzinfo=UTC)
CIS = "ci_id,name,ci_class,version\napp-1,app,application,1\ndb-1,db,host,1\ndb-2,db,host,1\n"
GROUPED = (
    "source,type,target,redundancy_group,min_available\napp-1,depends_on,db-1,db,{0}\napp-1,depends_on,db-2,db,{0}\n"
)


@pytest.fixture
def hours() -> Iterator[Callable[[], datetime]]:
    """A clock that the test sets: hours after the start."""

    class Clock:
        hour = 0.0

        def __call__(self) -> datetime:
            return START + timedelta(hours=self.hour)

    return Clock()  # type: ignore[return-value]


@pytest.fixture
def store(database: Database, tmp_path: Path, hours: Any) -> Store:
    """An empty register on each engine in turn, with that clock."""
    return database.open(tmp_path / "head", clock=hours)


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def plain(found: Iterator[Update]) -> list[tuple[Any, ...]]:
    return [(u.ci_id, u.field, u.old, u.new) for u in found]


def test_the_first_run_of_a_scope_is_its_baseline_and_later_ones_date_from_the_run_before(
    store: Store, hours: Any, tmp_path: Path
) -> None:
    folder = inventory(tmp_path / "estate", cis=CIS)
    imported(store, folder)
    hours.hour = 24
    inventory(folder, cis=CIS.replace("db-1,db,host,1", "db-1,db,host,2") + "db-3,db,host,1\n")
    imported(store, folder)
    hours.hour = 48
    inventory(folder, cis="ci_id,name,ci_class,version\ndb-2,db,host,3\n")
    imported(store, folder)

    found = list(updates(store))

    assert [(u.ci_id, u.field, u.new if u.kind == "attribute" else None) for u in found] == [
        ("db-1", "version", "2"), ("db-3", "existence", None), ("db-2", "version", "3"),
    ]  # fmt: skip
    assert [(u.seen_after, u.at) for u in found] == [(at(0), at(24)), (at(0), at(24)), (at(24), at(48))]
    assert found[1].new == {"ci_class": "host", "name": "db", "status": "live", "version": "1"}
    assert [u.revision for u in updates(store, after=found[0].revision, upto=found[2].revision)] == [
        found[1].revision, found[2].revision,
    ]  # fmt: skip


def test_a_run_that_did_not_see_a_ci_says_nothing_of_it(store: Store, hours: Any, tmp_path: Path) -> None:
    folder = inventory(tmp_path / "estate", cis=CIS)
    imported(store, folder)
    for hour, text in ((10, "db-2,db,host,7\n"), (20, "db-1,db,host,9\n")):
        hours.hour = hour
        inventory(folder, cis=f"ci_id,name,ci_class,version\n{text}")
        imported(store, folder)

    assert [(u.ci_id, u.seen_after) for u in updates(store)] == [("db-2", at(0)), ("db-1", at(0))]


def test_what_an_input_that_is_known_again_saw_counts(store: Store, hours: Any, tmp_path: Path) -> None:
    folder = inventory(tmp_path / "estate", cis=CIS)
    for hour in (0, 10):
        hours.hour = hour
        imported(store, folder)
    hours.hour = 20
    inventory(folder, cis=CIS.replace("db-1,db,host,1", "db-1,db,host,2"))
    imported(store, folder)

    assert [(u.ci_id, u.seen_after) for u in updates(store)] == [("db-1", at(10))]


def test_undoing_a_baseline_is_no_update_and_the_next_run_is_the_baseline(
    store: Store, hours: Any, tmp_path: Path
) -> None:
    folder = inventory(tmp_path / "estate", cis=CIS)
    first = imported(store, folder)["run"]
    hours.hour = 1
    undo_run(store, first, "tester")
    hours.hour = 2
    imported(store, inventory(folder, cis=CIS.replace("db-1,db", "db-1,database")))

    assert list(updates(store)) == []


def test_a_direct_write_happened_when_it_was_written_and_names_its_change(store: Store, hours: Any) -> None:
    written(store, [host("db-1", version="1")])
    hours.hour = 5
    header = Header("ann", "person", "CHG-1")
    store.write(lambda _: Draft([host("db-1", version="2", cpu_cores=4)]), header)

    found = list(updates(store))[1:]

    assert [(u.field, u.old, u.new, u.change_id) for u in found] == [
        ("cpu_cores", None, 4, "CHG-1"), ("version", "1", "2", "CHG-1"),
    ]  # fmt: skip
    assert {u.seen_after for u in found} == {u.at for u in found} == {at(5)}


def test_a_retirement_is_one_update_and_a_record_or_who_said_it_is_none(store: Store) -> None:
    written(store, [host("db-1", version="1")])
    since = store.revision()
    written(store, [host("db-1", version="2", status="retired")])
    written(store, [Edit("ci", "db-1", Thing({**host("db-1", version="2", status="retired").after.state}, {"*": "x"}))])  # type: ignore[union-attr]
    written(store, [Edit("changes", "C-1", Thing({"title": "t"}))])

    assert plain(updates(store, after=since)) == [
        ("db-1", "existence", {"status": "live", "version": "1"}, {"status": "retired", "version": "2"}),
    ]  # fmt: skip


def test_a_changed_quorum_is_one_update_of_its_group(store: Store, hours: Any, tmp_path: Path) -> None:
    folder = inventory(tmp_path / "estate", cis=CIS, relationships=GROUPED.format(1))
    imported(store, folder)
    hours.hour = 1
    imported(store, inventory(folder, relationships=GROUPED.format("50%")))

    assert plain(updates(store)) == [("app-1", "group:db", "1", "50%")]


def test_a_relationship_is_one_update_of_its_dependent(store: Store) -> None:
    written(store, [host("a"), host("b")])
    since = store.revision()
    written(store, [depends("a", "b")])
    written(store, [depends("a", "b", strength="soft")])
    written(store, [Edit("rel", "a|depends_on|b", None)])

    hard, soft = {"strength": "hard"}, {"strength": "soft"}
    key = "a|depends_on|b"
    assert plain(updates(store, after=since)) == [
        ("a", key, None, hard),
        ("a", key, hard, soft),
        ("a", key, soft, None),
    ]
    assert {u.other for u in updates(store, after=since)} == {"b"}
