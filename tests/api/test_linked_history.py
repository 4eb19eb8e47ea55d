"""What changes did to relationships, told by both of their ends; CIs that edits name; changes that were missed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.house import House, ci, started
from tests.engines import written

pytestmark = [pytest.mark.storage, pytest.mark.neo4j_long]
HISTORY = """query($ci: String!, $asOf: DateTime) { ci(ciId: $ci, asOf: $asOf) { relationshipHistory {
  type sourceId sourceName targetId targetName revision { change before after } } } }"""
EDITED = "query($change: String!) { change(changeId: $change) { edited { ciId name } } }"
LISTED = "query($filter: ChangeFilter) { changes(filter: $filter) { totalCount nodes { changeId } } }"
EDITS = [
    {"op": "relate", "source": "app", "type": "depends_on", "target": "db-3", "redundancy_group": "db"},
    {"op": "unrelate", "source": "app", "type": "depends_on", "target": "db-1"},
]


def told(house: House, ci_id: str) -> list[tuple[str, str, str | None]]:
    """What became of its relationships, the newest first: made, altered or ended, with the other end and the change."""
    found = house.asks("eve", HISTORY, ci=ci_id)["relationshipHistory"]

    def how(revision: dict[str, Any]) -> str:
        return "made" if revision["before"] is None else "ended" if revision["after"] is None else "altered"

    return [(how(each["revision"]), each["targetName"], each["revision"]["change"]) for each in found]


def test_a_relationship_that_a_change_ended_or_made_is_in_the_history_of_both_ends(house: House) -> None:
    written(house.register.store, [ci("db-3", "database_instance")])
    started(house, "CHG-1", edits=EDITS)
    assert told(house, "app") == []

    assert house.ends("CHG-1")["status"] == "implemented"

    both = {("made", "db-3", "CHG-1"), ("ended", "db-1", "CHG-1")}
    assert set(told(house, "app")) == both
    assert told(house, "db-3") == [("made", "db-3", "CHG-1")]
    assert told(house, "db-1") == [("ended", "db-1", "CHG-1")]
    assert told(house, "db-2") == []
    assert [each["ciId"] for each in house.asks("eve", EDITED, change="CHG-1")["edited"]] == ["app", "db-3", "db-1"]


def test_what_is_over_and_was_not_begun_is_asked_for_by_its_own_name(house: House) -> None:
    now = datetime.now(UTC)
    for change, days in (("CHG-OVER", -3), ("CHG-COMING", 3)):
        start = now + timedelta(days=days)
        window = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
        house.saves(change_id=change, window=window)

    def listed(**given: Any) -> list[str]:
        return [each["changeId"] for each in house.asks("eve", LISTED, filter=given)["nodes"]]

    assert listed(missed=True) == ["CHG-OVER"]
    assert listed(missed=False) == ["CHG-COMING"]
    assert listed() == ["CHG-OVER", "CHG-COMING"]
