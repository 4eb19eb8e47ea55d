"""Records as frozen types, and a table of them read at a revision."""

from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest

from graph.history import CI, Thing
from graph.records.changes import change_of
from graph.records.incidents import incident_of
from graph.records.recoveries import RecoveryTimes, times_of
from graph.records.windows import window_of
from graph.store import Edit, Store
from graph.store.tables import records, recovery_times, related, states
from graph.values import State
from tests.engines import depends, host, written


def record(key: str, state: State) -> Edit:
    return Edit("changes", key, Thing(state))


def test_an_affected_ci_without_an_effect_of_its_own_has_that_of_the_change() -> None:
    state: State = {"affected": ["app-1", "db-1=degraded"], "title": "t"}

    assert change_of("C-1", state).affected == (("app-1", "outage"), ("db-1", "degraded"))
    assert change_of("C-1", {**state, "effect": "retire"}).affected == (("app-1", "retire"), ("db-1", "degraded"))


def test_whether_an_update_is_expected_rests_on_edits_and_category() -> None:
    assert not change_of("C-1", {"category": "standard"}).expects_update
    assert change_of("C-1", {"category": "major"}).expects_update
    assert change_of("C-1", {"category": "standard", "edits": '[{"op":"retire"}]'}).expects_update
    assert not change_of("C-1", {"category": "major", "expects_update": False}).expects_update
    assert change_of("C-1", {"edits": "[]"}).edits is None


def test_times_are_moments_and_durations_seconds() -> None:
    change = change_of("C-1", {"planned_start": "2026-11-28T14:00:00Z", "grace": 3600})

    assert change.planned_start == datetime(2026, 11, 28, 14, tzinfo=UTC)
    assert (change.grace, change_of("C-1", {}).grace) == (3600, 86_400)
    assert incident_of("I-1", {"started_at": "2026-11-28T14:00:00Z"}).resolved_at is None


def test_a_window_covers_what_its_scope_names_or_everything() -> None:
    assert window_of("W", {"scope": ["svc-1"]}).covers("svc-1")
    assert not window_of("W", {"scope": ["svc-1"]}).covers("svc-2")
    assert window_of("W", {"scope": ["*"]}).covers("svc-2")


def test_a_table_is_read_as_it_was_at_a_revision(store: Store) -> None:
    written(store, [record("C-2", {"title": "two"}), record("C-1", {"title": "one"})])
    written(store, [record("C-1", {"title": "one, again"}), record("C-3", {"title": "three"})])
    written(store, [replace(record("C-2", {}), after=None)])

    assert {key: state["title"] for key, state in records(store, "changes").items()} == {
        "C-1": "one, again", "C-3": "three",
    }  # fmt: skip
    assert list(records(store, "changes", revision=2)) == ["C-1", "C-2"]
    assert records(store, "changes", revision=2)["C-1"]["title"] == "one"
    assert records(store, "incidents") == {}


def test_relationships_of_a_type_are_those_of_a_revision(store: Store) -> None:
    written(store, [host("a"), host("b"), host("c"), depends("a", "b"), depends("b", "c")])
    written(store, [depends("a", "c"), replace(depends("a", "b"), after=None)])

    assert related(store, ["a"], ["depends_on"]) == [("a", "depends_on", "c")]
    assert related(store, ["a"], ["depends_on"], revision=5) == [("a", "depends_on", "b")]
    assert related(store, ["a"], ["runs_on"]) == []


def test_times_of_recovery_are_those_of_a_revision(store: Store) -> None:
    hours, all_times = {"recovery_time": 7_200, "note": "by hand"}, RecoveryTimes(60, 30, 900, 0, 86_400)
    a, b, c = host("a"), host("b", **asdict(all_times)), host("c", **hours)
    written(store, [a, b, c])
    written(store, [host("a", recovery_time=60), replace(host("b"), after=None)])
    ids = ["c", "b", "a", "nowhere"]

    now, then = (recovery_times(store, ids, revision=at) for at in (5, 3))

    assert now == {"a": RecoveryTimes(60), "c": RecoveryTimes(7_200)}
    assert then == {"a": RecoveryTimes(), "b": all_times, "c": RecoveryTimes(7_200)}
    for at, found in ((5, now), (3, then)):
        assert found == {ci_id: times_of(state) for ci_id, state in states(store, ids, revision=at)}
    assert recovery_times(store, [], revision=5) == {}


def test_times_that_were_written_before_they_were_declared_are_found(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = store.things.declared(CI)
    with monkeypatch.context() as patched:
        patched.setitem(store.things.__dict__["_declared"], CI, declared - {"rto", "mtpd"})
        written(store, [host("a", rto=900, recovery_time=60)])
        assert recovery_times(store, ["a"], revision=1) == {"a": RecoveryTimes(60, rto=900)}
    assert recovery_times(store, ["a"], revision=1) == {"a": RecoveryTimes(60, rto=900)}
