"""Somebody else's records: eight years of merged changes of a public platform, and what the ledgers can say of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.calibrating import Calibrating
from api.register import open_register
from api.reviewing import judged
from api.scheduling import Schedule
from examples.cloud_platform.__main__ import convert, write
from graph.errors import Message
from graph.ontology import load_ontology
from graph.records.changes import change_of
from graph.settings import Settings
from graph.store import Store
from graph.store.tables import records
from graph.store.updates import updates
from queries.kpis.frame import Facts, evaluated
from queries.kpis.period import period_of
from queries.kpis.registry import ALL
from queries.ledgers import UPDATES, ledgers
from tests.api.command import environment
from tests.engines import Database, imported
from tests.real_data import needs_real_data, real_data

pytestmark = [pytest.mark.neo4j_long, pytest.mark.real_data, needs_real_data("moj_cloud_platform")]
SOURCE = real_data("moj_cloud_platform")
SINCE = "2026-08-01"


class Clock:
    """A clock that the test sets."""

    now = datetime(2026, 8, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database, tmp_path: Path, clock: Callable[[], datetime]) -> Store:
    """An empty register on each engine in turn, with that clock."""
    return database.open(tmp_path / "head", clock=clock)


def test_every_merged_change_is_converted_and_every_ci_it_names_is_there() -> None:
    tables = convert(SOURCE)
    ids = {row["ci_id"] for row in tables["cis"]}

    assert (len(tables["changes"]), len(ids)) == (39_855, len(tables["cis"]))
    assert {ci_id for row in tables["changes"] for ci_id in row["affected"].split("|") if ci_id} <= ids
    assert {end for row in tables["relationships"] for end in (row["source"], row["target"])} <= ids
    assert len([row for row in tables["cis"] if row.get("status") == "retired"]) == 978
    assert {row["owner"] for row in tables["cis"] if row.get("owner")} <= ids


def test_changes_links_cis_and_failures_are_as_many_as_the_tables_say() -> None:
    changes = convert(SOURCE, approved=True, reverted=True)["changes"]
    touched = [each for row in changes for each in row["affected"].split("|") if each]
    failed = {row["change_id"] for row in changes if row["outcome"] == "failed"}

    assert (len(changes), len(touched), len(set(touched)), len(failed)) == (39_855, 85_264, 2_483, 145)
    assert {row["outcome"] for row in changes} == {"failed", "success"}
    assert "outcome" not in convert(SOURCE)["changes"][0]


@pytest.mark.storage
def test_predictions_cannot_be_measured_where_nobody_records_what_happened(
    embedded_engine: Database, tmp_path: Path
) -> None:
    embedded_engine.wipe()
    tables = convert(SOURCE, since="2026-07-01", approved=True, reverted=True)
    with open_register(Settings.from_environment(environment(embedded_engine, tmp_path / "data"))) as register:
        write(platform(tables, new=True), tmp_path / "platform")
        imported(register.store, tmp_path / "platform")
        calibrating = Calibrating(register, register.store.settled())
        august = period_of("2026-08", "UTC")
        found = calibrating.between(august.start, august.end)

        assert found.reason == Message("calibration.unwatched", {})
        assert (len(found.compared), len(found.left_out)) == (0, 521)
        schedule = Schedule(register, register.estate(), august.end)
        reverted = next(each for each in schedule.changes if each.outcome == "failed")
        review = judged(schedule, reverted)
        # its namespaces' other changes come first, the ones that share most before all
        alike = review.similar(5)
        assert alike
        assert all(set(each.cis) <= {ci_id for ci_id, _ in reverted.affected} for each in alike)


def facts(store: Store, at: datetime) -> Facts:
    changes = [change_of(key, state) for key, state in records(store, "changes").items()]
    found = ledgers(updates(store), changes, load_ontology(), at=at)
    return Facts(at=at, ledgers=found, changes=changes, began=datetime(2026, 8, 1, tzinfo=UTC))


def platform(tables: dict[str, Any], *, new: bool) -> dict[str, Any]:
    """Namespaces, teams and changes; at the beginning of August without the namespaces that came in that month."""
    changes = convert(SOURCE)["changes"]
    early = {ci_id for row in changes if row["actual_end"] < SINCE for ci_id in row["affected"].split("|")}
    cis = [row for row in tables["cis"] if row["ci_id"].startswith(("namespace:", "team:"))]
    kept = [row for row in cis if new or row["ci_id"] in early or not row["ci_id"].startswith("namespace:")]
    named = {row["ci_id"] for row in cis}
    changes = [{**row, "affected": "|".join(each for each in row["affected"].split("|") if each in named)}
               for row in tables["changes"]]  # fmt: skip
    return {"cis": kept, "changes": changes if new else []}


def test_the_ledgers_say_what_can_be_measured_and_give_no_number_where_nothing_is_recorded(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    write(platform(convert(SOURCE, since=SINCE), new=True), tmp_path / "platform")
    report = imported(store, tmp_path / "platform")
    at = datetime(2026, 9, 1, tzinfo=UTC)
    known = facts(store, at)

    assert report["rejected"] == []
    assert (list(known.ledgers.updates), list(known.ledgers.obligations)) == ([], [])
    values = {kpi.id: evaluated(kpi, known, period_of("2026-08", "UTC")) for kpi in ALL}
    measured = {id_: value.plain() for id_, value in values.items() if value.status != "not_measurable"}
    # each of these took place, none says when it began or that it was approved
    assert {id_: (each["value"], each["parameters"]) for id_, each in measured.items()} == {
        "B11.2": (0, {}),
        "B11.6": (521, {"starts_unknown": 521}),
    }
    assert len([each for each in known.changes if each.actual_end and each.actual_end < at]) == 521
    assert all(value.plain()["reason"] for id_, value in values.items() if id_ not in measured)


@pytest.mark.parametrize("approved", [False, True])
def test_namespaces_that_came_in_a_month_are_matched_where_a_merge_counts_as_an_approval(
    store: Store, clock: Clock, tmp_path: Path, approved: bool
) -> None:
    tables = convert(SOURCE, since=SINCE, approved=approved)
    folder = tmp_path / "platform"
    write(platform(tables, new=False), folder)
    imported(store, folder)
    clock.now = datetime(2026, 8, 22, tzinfo=UTC)
    write(platform(tables, new=True), folder)
    imported(store, folder)

    found = facts(store, datetime(2026, 9, 1, tzinfo=UTC)).ledgers
    created = [u for u in found.updates if isinstance(u.new, dict) and u.new.get("status") == "live"]
    buckets = {UPDATES[found.bucket[place]] for place, u in enumerate(found.updates) if u.kind == "existence"}
    assert len(created) == 31
    assert buckets == ({"matched"} if approved else {"update_without_change"})
    entries = found.entries(datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))
    existing = [entry for entry in entries if entry.update.kind == "existence"]
    # without an approval the merge that made it is named, and not applied
    assert all(entry.claimed_by if approved else entry.near_misses for entry in existing)
    assert {near.why for entry in existing for near in entry.near_misses} == (set() if approved else {"no_start"})
