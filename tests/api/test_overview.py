"""The estate at a glance over the API: single failures against the slow definition, tonight, today."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.overviews import CRITICAL, morning
from api.register import Register, open_register
from graph.history import Thing
from graph.settings import Settings
from graph.store import Edit
from queries.blast_radius import blast_radius
from queries.spof import single_points_of_failure
from tests.api.command import ESTATE, environment
from tests.api.web import data, over
from tests.engines import Database, host, imported, inventory, written

OVERVIEW = """{ revision overview { revision cis services relationships
    singleFailures { revision progress servicesHanging
      largest(most: 100) { ci { ciId } criticalServices services cis }
      criticalServices { service { ciId } count cis(most: 100) { ciId } } }
    tonight { revision until complete changes { changeId title from to cis { ciId } }
      collisions { kind severity message changes from to } }
    today(most: 5) { since count written { actor source count things { kind key } } } } }"""
COUNTS = """query($seeds: [SeedInput!]!) { impact(seeds: $seeds) { ... on Impact {
    counts { outage degraded atRisk } byClass { ciClass outage degraded atRisk }
    seeds { effect silent ci { ciId } } } } }"""


def estate(folder: Path) -> Path:
    """Two services, and two changes that only together take both databases of one of them, in five minutes."""
    soon = datetime.now(UTC) + timedelta(minutes=5)
    window = f"{soon.isoformat()},{(soon + timedelta(hours=1)).isoformat()}"
    rows = "".join(f"CHG-{number},take db-{number},scheduled,{window},db-{number}\n" for number in (1, 2))
    changes = f"change_id,title,status,planned_start,planned_end,affected\n{rows}"
    return inventory(folder, {**ESTATE, "changes": changes})


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """The estate on each engine in turn."""
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as found:
        imported(found.store, estate(tmp_path / "estate"))
        yield found


def overview(register: Register) -> Any:
    """The answer when everything in it is there."""
    deadline = datetime.now(UTC) + timedelta(minutes=2)
    while True:
        found = data(over(register), OVERVIEW)["overview"]
        if found["singleFailures"]["revision"] and found["tonight"]["revision"]:
            return found
        assert datetime.now(UTC) < deadline


def test_single_failures_are_those_of_the_slow_definition(register: Register) -> None:
    known = register.estate()
    services = set(known.services().tolist())

    found = overview(register)["singleFailures"]

    slow = []
    for number in range(known.topology.n):
        out = {
            hit.ci for hit in blast_radius(known, {known.ids[number]: "outage"}).affected if hit.state.name == "OUTAGE"
        }
        if out & services:
            critical = sum(known.criticality[ci] == CRITICAL for ci in out & services)
            slow.append((-critical, -len(out & services), -len(out), number))
    assert [
        (each["ci"]["ciId"], each["criticalServices"], each["services"], each["cis"]) for each in found["largest"]
    ] == [(known.ids[number], -critical, -some, -all_) for critical, some, all_, number in sorted(slow)]
    points = {known.ids[s]: single_points_of_failure(known.topology, s) for s in services}
    assert found["servicesHanging"] == sum(len(some) > 0 for some in points.values())
    assert {each["service"]["ciId"]: {ci["ciId"] for ci in each["cis"]} for each in found["criticalServices"]} == {
        "svc-policy": set(known.ids.some(points["svc-policy"]))
    }


@pytest.mark.neo4j_long
def test_tonight_tells_changes_that_only_together_put_something_out(register: Register) -> None:
    night = overview(register)["tonight"]

    assert [(each["changeId"], [ci["ciId"] for ci in each["cis"]]) for each in night["changes"]] == [
        ("CHG-1", ["db-1"]), ("CHG-2", ["db-2"]),
    ]  # fmt: skip
    emergent = [each for each in night["collisions"] if each["kind"] == "emergent_outage"]
    assert [(each["severity"], each["changes"]) for each in emergent] == [("block", ["CHG-1", "CHG-2"])]
    assert emergent[0]["message"].startswith("CHG-1, CHG-2 together put out")


@pytest.mark.neo4j_long
def test_what_was_written_today_is_told_the_newest_first(register: Register) -> None:
    written(register.store, [host("new")])

    today = data(over(register), OVERVIEW)["overview"]["today"]

    assert today["count"] == register.store.revision()
    first, second = today["written"]
    assert (first["count"], first["things"]) == (1, [{"kind": "ci", "key": "new"}])
    assert (second["source"], second["count"]) == ("inventory", register.store.revision() - 1)


@pytest.mark.neo4j_long
def test_retired_cis_are_not_counted_any_more(register: Register) -> None:
    before = data(over(register), OVERVIEW)["overview"]["cis"]
    thing = register.store.kept("ci", ["host-1"])["host-1"].thing
    written(register.store, [Edit("ci", "host-1", Thing({**thing.state, "status": "retired"}, thing.sources))])

    assert data(over(register), OVERVIEW)["overview"]["cis"] == before - 1


@pytest.mark.neo4j_long
def test_an_impact_counts_by_class_and_names_its_seeds(register: Register) -> None:
    found = data(over(register), COUNTS, seeds=[{"ciId": "db-1"}, {"ciId": "site-1", "effect": "DEGRADED"}])["impact"]

    totals = {name: sum(each[name] for each in found["byClass"]) for name in ("outage", "degraded", "atRisk")}
    assert totals == found["counts"]
    assert sum(totals.values()) > 0
    assert sorted((each["ci"]["ciId"], each["effect"], each["silent"]) for each in found["seeds"]) == [
        ("db-1", "OUTAGE", False), ("site-1", "DEGRADED", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "until"),
    [("2026-11-27T09:00", "2026-11-28T08:00"), ("2026-11-27T23:59", "2026-11-28T08:00"),
     ("2026-11-28T03:00", "2026-11-28T08:00"), ("2026-11-28T06:00", "2026-11-29T08:00")],
)  # fmt: skip
def test_tonight_ends_in_the_morning_of_the_organisation(now: str, until: str) -> None:
    here, there = (datetime.fromisoformat(f"{text}+08:00") for text in (now, until))

    assert morning(here.astimezone(UTC), "Asia/Shanghai") == there
