"""Verdicts for lists are those of the reviews, whatever their weightiest reason is about."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.house import ASSESSED, House, opened
from tests.engines import Database

pytestmark = [pytest.mark.storage]
VERDICTS = "query($changes: [String!]!) { changeVerdicts(changes: $changes) { changeId verdict worst reason } }"
REVIEW = """query($change: String!) { review(change: $change) { ... on Review {
  verdict worst reasons { key message } } } }"""
WORK = {"CHG-1": ("db-1", "outage"), "CHG-2": ("svc", "degraded"), "CHG-3": ("app", "outage")}


@pytest.fixture
def house(embedded_engine: Database, tmp_path: Path) -> Iterator[House]:
    with opened(embedded_engine, tmp_path) as found:
        yield found


def test_work_within_the_outage_of_others_is_listed_with_all_that_cause_it(house: House) -> None:
    papers: dict[str, Any] = {"back_out_plan": "DOC", "test_evidence": ["DOC"], "assessment": ASSESSED}
    for change, (ci_id, effect) in WORK.items():
        house.saves(change_id=change, affected=[{"ci_id": ci_id, "effect": effect}], **papers)
        house.steps("ask", change, "submit")

    told = house.asks("eve", VERDICTS, changes=list(WORK))
    assert [each["changeId"] for each in told] == list(WORK)
    for each in told:
        review = house.asks("eve", REVIEW, change=each["changeId"])
        assert (each["verdict"], each["worst"]) == (review["verdict"], review["worst"])
        assert each["reason"] == review["reasons"][0]["message"]
    (second,) = [each for each in told if each["changeId"] == "CHG-2"]
    assert house.asks("eve", REVIEW, change="CHG-2")["reasons"][0]["key"] == "inside_outage"
    assert "CHG-3" in second["reason"]
