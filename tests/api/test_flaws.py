"""Every flaw that the example's README lists is found by the command that should find it, and no others are."""

import csv
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from examples.insurer import generate
from tests.api.command import Run
from tests.schemas import validated

HERE = Path(generate.__file__).parent
_ROW = re.compile(r"^\| `(\w+)` \| `([^`]+)` \|", re.MULTILINE)
NOW = ("--at", "2026-11-23T18:00")
KIND_OF = {
    "storage_array": "spof_behind_redundancy", "rack": "shared_fate_rack", "supplier": "shared_fate_supplier",
    "network_device": "ring_without_second_source",
}  # fmt: skip
CONFLICTS = {
    "emergent_outage": "emergent_outage", "blackout": "blackout_hit", "outside_maintenance": "maintenance_window_missed"
}  # fmt: skip
Flaws = dict[str, set[str]]


def listed() -> Flaws:
    found: Flaws = defaultdict(set)
    for kind, subject in _ROW.findall((HERE / "README.md").read_text(encoding="utf-8")):
        found[kind].add(subject)
    return dict(found)


def services() -> list[str]:
    with (HERE / "inventory" / "cis.csv").open(encoding="utf-8", newline="") as file:
        return [row["ci_id"] for row in csv.DictReader(file) if row["ci_class"] == "business_service"]


@pytest.fixture
def known(faultline: Run) -> Run:
    """The command line on the example."""
    assert faultline("import", "inventory", HERE / "inventory").code == 0
    return faultline


def asked(known: Run, schema: str, *arguments: str) -> Any:
    answer = known(*arguments, "--json")
    return validated(schema, answer.json)


def of_changes(known: Run) -> Flaws:
    found: Flaws = defaultdict(set)
    answer = asked(
        known, "changes-conflicts", "changes", "conflicts", "--from", "2026-11-23", "--to", "2026-12-08", *NOW
    )
    for each in answer["conflicts"]:
        found[CONFLICTS[each["kind"]]].add("+".join(each["changes"]))
    obligations = asked(known, "unmatched", "unmatched", "--from", "2025-01-01", "--to", "9000-01-01")["obligations"]
    for each in obligations["change_without_update"]["items"]:
        found["change_without_update"].add(each["change_id"])
    return found


def of_recovery(known: Run) -> Flaws:
    found: Flaws = defaultdict(set)
    every = asked(known, "continuity", "continuity", *services())["results"]
    # a circle has no first: the flaw is named after one of its two
    circles = {min(set(circle["ci_ids"]) & {"app-identity"}) for each in every for circle in each["cycles"]}
    found["circular_recovery"] = circles
    stopped = asked(known, "continuity", "continuity", *services(), "--scenario", "SC-DATABASES")["results"]
    found["missed_rto"] = {each["service"] for each in stopped if each["meets_rto"] == "missed"}
    return found


def of_points(known: Run) -> Flaws:
    found: Flaws = defaultdict(set)
    results = asked(known, "spof", "spof", *services(), "--limit", "5000")["results"]
    breaking = {
        fate["shared"]: fate["kind"]
        for each in results
        for fate in each["shared_fate"]
        if fate["breaks"] and not fate["anyway"]
    }
    for shared, kind in breaking.items():
        # what houses a flawed part shares its flaw (README)
        affected = asked(known, "impact", "impact", shared)["affected"]
        out = {each["ci_id"] for each in affected if each["state"] == "outage"}
        if not out & (breaking.keys() - {shared}):
            found[KIND_OF[kind]].add(shared)
    return found


def of_the_register(known: Run) -> Flaws:
    found: Flaws = defaultdict(set)
    for each in asked(known, "audit-register", "audit", "register", *NOW)["gaps"]:
        found[each["kind"]].add(each["subject"])
    return found


@pytest.mark.neo4j_long
def test_all_flaws_are_found_and_no_others(known: Run) -> None:
    found: Flaws = {}
    for look in (of_changes, of_recovery, of_points, of_the_register):
        found |= look(known)

    assert found == listed()
