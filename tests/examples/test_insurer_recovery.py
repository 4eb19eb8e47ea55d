"""What the example's README says of recovery is found by `continuity`, and nothing else of its kind."""

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from examples.insurer import generate
from graph.estate import Estate
from graph.records.recoveries import RecoveryTimes
from graph.values import parse_duration
from queries.played import NamedLoss, Recorded, everything_below
from queries.service_recovery import ServiceRecovery
from tests.docs.printed import insurer

HERE = Path(generate.__file__).parent
TIMES = ("recovery_time", "failover_time", "rto", "rpo", "mtpd")


def rows(path: str) -> list[dict[str, str]]:
    with (HERE / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def estate() -> Estate:
    return insurer()


@cache
def recorded() -> Recorded:
    times = {
        row["ci_id"]: RecoveryTimes(**{name: parse_duration(row[name]) for name in TIMES if row.get(name)})
        for row in rows("inventory/cis.csv")
    }
    order = [(row["before"], row["after"]) for row in rows("inventory/recovery_order.csv")]
    return Recorded(times, order=order)


@pytest.fixture(scope="module")
def recoveries() -> dict[str, ServiceRecovery]:
    found = estate()
    return {
        found.ids[int(ci)]: ServiceRecovery(found, int(ci), everything_below(found, int(ci)), recorded())
        for ci in found.services()
    }


@pytest.fixture(scope="module")
def flaws() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows("flaws.csv"):
        found[row["kind"]].add(row["subject"])
    return found


def test_promises_are_missed_by_the_services_that_a_flaw_names(flaws: dict[str, set[str]]) -> None:
    found = estate()
    databases = found.class_names.index("database_instance")
    missed = set()
    for service in found.services().tolist():
        below = found.topology.all_providers_of([service])
        lost = NamedLoss(below[found.class_code[below] == databases])
        each = ServiceRecovery(found, service, lost, recorded())
        if each.rto and each.path.lower_bound > each.rto:
            missed.add(found.ids[service])

    assert missed == flaws["missed_rto"]


def test_the_circle_is_the_one_that_a_flaw_names(
    recoveries: dict[str, ServiceRecovery], flaws: dict[str, set[str]]
) -> None:
    circles = {tuple(each.ids(circle)) for each in recoveries.values() for circle in each.path.cycles}

    assert circles == {("app-config", "app-identity")}
    assert flaws["circular_recovery"] == {"app-identity"}
