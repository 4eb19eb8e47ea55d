"""The flaws of the example about changes are all found by what the pages of changes ask, and only those."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from api.register import Register, open_register
from examples.insurer import generate
from graph.settings import Settings
from tests.api.command import environment
from tests.api.web import data, over
from tests.engines import Database, imported

pytestmark = pytest.mark.storage
HERE = Path(generate.__file__).parent
NOW = datetime.fromisoformat("2026-11-23T18:00:00+08:00")
ABOUT = {  # kinds of flaws that are about changes → what the pages call them
    "emergent_outage": "emergent_outage", "blackout_hit": "blackout",
    "maintenance_window_missed": "outside_maintenance",
}  # fmt: skip
COLLISIONS = """query($from: DateTime!, $to: DateTime!, $at: DateTime) {
  changeConflicts(from: $from, to: $to, at: $at) { complete conflicts { kind changes services { ciId } } } }"""
COMING = """query { changes(filter: {active: true}, first: 100) { totalCount nodes { changeId } } }"""
REVIEW = """query($change: String, $at: DateTime) { review(change: $change, at: $at) { ... on Review {
  verdict reasons { key params } conflicts { kind changes } } } }"""
LEDGERS = """query($period: String!) { unmatchedChanges(period: $period) { ... on UnmatchedChanges {
  obligations { id items(most: 500) { record } } } } }"""


@pytest.fixture(scope="module")
def example(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """The insurer; that both engines hold the same is tried elsewhere."""
    embedded_engine.wipe()
    settings = Settings.from_environment(environment(embedded_engine, tmp_path_factory.mktemp("flaws")))
    with open_register(settings) as found:
        imported(found.store, HERE / "inventory")
        yield found


def listed() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    with (HERE / "flaws.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["kind"]].add(row["subject"])
    return found


def test_the_list_of_collisions_holds_them_all_and_no_others(example: Register) -> None:
    asked = {"from": "2026-11-23T00:00:00+08:00", "to": "2026-12-08T00:00:00+08:00", "at": NOW.isoformat()}
    answer = data(over(example), COLLISIONS, **asked)["changeConflicts"]
    found: dict[str, set[str]] = defaultdict(set)
    for each in answer["conflicts"]:
        found[each["kind"]].add("+".join(each["changes"]))

    assert answer["complete"]
    assert found == {name: listed()[kind] for kind, name in ABOUT.items()}


def test_the_review_of_every_coming_change_names_its_flaws_and_no_others(example: Register) -> None:
    web = over(example)
    coming = data(web, COMING)["changes"]
    expected: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for kind, name in ABOUT.items():
        for subject in listed()[kind]:
            for change in subject.split("+"):
                expected[change].add((name, *subject.split("+")))
    found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    reviews: dict[str, Any] = {}
    for each in coming["nodes"]:
        review = reviews[each["changeId"]] = data(web, REVIEW, change=each["changeId"], at=NOW.isoformat())["review"]
        for conflict in review["conflicts"]:
            found[each["changeId"]].add((conflict["kind"], *conflict["changes"]))

    assert (coming["totalCount"], len(reviews)) == (23, 23)
    assert found == expected
    assert {id_ for id_, review in reviews.items() if review["verdict"] == "BLOCK"} == {"CHG-B01", "CHG-E01", "CHG-E02"}


def test_the_ledger_lists_the_changes_that_left_no_trace_and_no_others(example: Register) -> None:
    missing = {
        item["record"]["change_id"]
        for year in ("2025", "2026")
        for bucket in data(over(example), LEDGERS, period=year)["unmatchedChanges"]["obligations"]
        if bucket["id"] == "change_without_update"
        for item in bucket["items"]
    }

    assert missing == listed()["change_without_update"]
    known = set(ABOUT) | {"change_without_update"}
    # what else the list has of changes would have to be looked for here too
    assert {kind for kind, subjects in listed().items() if any("CHG-" in each for each in subjects)} == known
