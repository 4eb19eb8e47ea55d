"""Papers that were approved with a change are not taken away from under it: that asks for approval again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from graph.values import utc_text
from importers.inventory.source import SOURCE
from importers.model import Request
from importers.run import run_import
from tests.api.house import House, assessed, opened
from tests.api.test_change_doors import brought, refused
from tests.api.watching import kept_fields
from tests.engines import Database

pytestmark = [pytest.mark.storage]
PLANS = {"implementation_plan": '{"steps": "DOC"}', "failure_plan": "DOC"}
UNDO = """mutation($revision: Long!) { undoRevision(input: {revision: $revision}) { __typename
  ... on Error { key params } } }"""
REASONS = """query($change: String!) { review(change: $change) { ... on Review { verdict
  reasons { key severity message } } } }"""


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    with opened(database, tmp_path) as found:
        yield found


def approved(house: House, change: str, **document: Any) -> None:
    assessed(house, change, **document)
    house.saves("ask", PLANS, change_id=change, **document)
    assert house.decides("bob", change)["decided"] == "APPROVED"


@pytest.mark.parametrize(
    "paper", ["back_out_plan", "test_evidence", "assessment", "implementation_plan", "failure_plan"]
)
def test_a_paper_that_is_cleared_after_approval_asks_for_it_again(paper: str, house: House) -> None:
    approved(house, "CHG-1")
    # one that is written anew says more, and nobody is asked again
    assert house.saves("ask", {"failure_plan": "DOC-2"}, change_id="CHG-1")["change"]["status"] == "approved"

    cleared = house.saves("ask", {paper: None}, change_id="CHG-1")

    fields = cleared["change"]["record"]
    assert (cleared["change"]["status"], fields["round"], fields.get("decision"), fields.get("voices")) == (
        "submitted", 2, None, None,
    )  # fmt: skip
    assert house.steps("ask", "CHG-1", "schedule")["key"] == "change.no_step"


def test_so_does_one_that_loses_a_part(house: House) -> None:
    approved(house, "CHG-1")
    saved = house.saves("ask", {"assessment": {"risk": "none"}}, change_id="CHG-1")
    assert (saved["change"]["status"], saved["change"]["record"]["round"]) == ("submitted", 2)


def test_no_import_and_no_undoing_takes_one_away(house: House, tmp_path: Path) -> None:
    store = house.register.store
    approved(house, "CHG-1")
    line = '{"kind": "changes", "change_id": "CHG-1", "title": "Patch", "back_out_plan": null}\n'
    table = "change_id,title,failure_plan\nCHG-1,Patch,DOC-9\n"
    report = brought(store, house, tmp_path / "table", "mallory", changes=table)
    assert refused(report) == [], "one that is written anew may come"
    report = _lines(house, tmp_path / "lines", line)
    assert refused(report) == [("row.lives_here", "back_out_plan")]
    assert kept_fields(house, "CHG-1")["back_out_plan"] == "DOC"

    with_plan = house.saves("ask", {"failure_plan": "DOC-3"}, change_id="CHG-1")["revision"]
    assert house.asks("ann", UNDO, revision=with_plan)["__typename"] != "InvalidInput"
    assessed(house, "CHG-2")
    first = house.saves("ask", {"failure_plan": "DOC"}, change_id="CHG-2")["revision"]
    assert house.asks("ann", UNDO, revision=first)["key"] == "write.moved_stays"


def _lines(house: House, path: Path, text: str) -> dict[str, Any]:
    path.mkdir()
    (path / "changes.ndjson").write_text(text, "utf-8")
    request = Request([path / "changes.ndjson"], house.register.settings, ontology=house.register.store.ontology)
    return run_import(SOURCE, request, house.register.store, "mallory").plain()


def test_a_decision_after_the_window_began_is_a_reason(house: House) -> None:
    now = datetime.now(UTC)
    window = {"start": utc_text(now - timedelta(hours=1)), "end": utc_text(now + timedelta(hours=5))}
    assessed(house, "CHG-1", window=window)

    def reasons() -> list[str]:
        return [each["key"] for each in house.asks("eve", REASONS, change="CHG-1")["reasons"]]

    assert "decided_late" in reasons(), "whoever decides now reads it"
    house.decides("bob", "CHG-1")
    assert "decided_late" in reasons()
    assessed(house, "CHG-2")
    found = house.asks("eve", REASONS, change="CHG-2")["reasons"]
    assert "decided_late" not in [each["key"] for each in found]
