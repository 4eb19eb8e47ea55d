"""Changes on a cluster of three of which two are needed: only together do two of them put it out."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.house import TOMORROW, House, ci, opened
from tests.engines import Database, depends, written

pytestmark = [pytest.mark.storage]
REVIEW = """query($change: String!) { review(change: $change) { ... on Review {
  verdict alone { verdict } services { service { ciId } state }
  conflicts { kind severity changes services { ciId } intervals { from to } } } } }"""
START, END = TOMORROW, TOMORROW + timedelta(hours=2)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    with opened(database, tmp_path) as found:
        nodes = [f"node-{n}" for n in (1, 2, 3)]
        cluster = [ci("claims", "business_service", criticality="critical"), ci("cluster", "cluster")]
        members = [ci(node, "host") for node in nodes]
        group = [depends("cluster", node, redundancy_group="nodes", min_available="2") for node in nodes]
        written(found.register.store, [*cluster, *members, depends("claims", "cluster"), *group])
        found.register.expire()
        yield found


def planned(house: House, change: str, start: datetime, end: datetime, *cis: str) -> None:
    """A change that waits to be decided on."""
    affected = [{"ci_id": each, "effect": "outage"} for each in cis]
    window = {"start": start.isoformat(), "end": end.isoformat()}
    house.saves(change_id=change, window=window, affected=affected)
    house.steps("ask", change, "submit")


def reviewed(house: House, change: str) -> tuple[str, list[dict[str, Any]]]:
    """The verdict, and what the change puts out together with others."""
    found = house.asks("eve", REVIEW, change=change)
    assert found["alone"]["verdict"] != "BLOCK"
    emergent = [each for each in found["conflicts"] if each["kind"] == "emergent_outage"]
    return found["verdict"], emergent


def test_a_minute_is_enough_and_a_touch_is_not(house: House) -> None:
    planned(house, "CHG-1", START, END, "node-1")
    planned(house, "CHG-2", END, END + timedelta(hours=1), "node-2")
    for change in ("CHG-1", "CHG-2"):
        assert reviewed(house, change) == ("REVIEW", [])

    planned(house, "CHG-2", END - MINUTE, END + timedelta(hours=1), "node-2")
    for change in ("CHG-1", "CHG-2"):
        verdict, (pair,) = reviewed(house, change)
        assert (verdict, pair["severity"]) == ("BLOCK", "block")
        assert (pair["changes"], [each["ciId"] for each in pair["services"]]) == (["CHG-1", "CHG-2"], ["claims"])
        ((start, end),) = [(each["from"], each["to"]) for each in pair["intervals"]]
        assert [datetime.fromisoformat(each) for each in (start, end)] == [END - MINUTE, END]


def test_a_third_that_breaks_it_alone_does_not_hide_the_two(house: House) -> None:
    planned(house, "CHG-1", START, END, "node-1")
    planned(house, "CHG-2", END - MINUTE, END + timedelta(hours=1), "node-2")
    planned(house, "CHG-ALL", START, END + timedelta(hours=1), "node-1", "node-2", "node-3")
    for change in ("CHG-1", "CHG-2"):
        _, emergent = reviewed(house, change)
        assert [each["changes"] for each in emergent] == [["CHG-1", "CHG-2"]]
