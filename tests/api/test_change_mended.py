"""Changes decided on as they are: what begins another round, what stays, and what a step takes with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graph.history import Thing
from graph.store import Edit
from graph.store.tables import records
from tests.api.house import ASSESSED, TOMORROW, House, actor_of, assessed, started
from tests.engines import written

pytestmark = [pytest.mark.storage, pytest.mark.neo4j_long]
AGREED = {"service": "svc", "from": TOMORROW.isoformat(), "to": (TOMORROW + timedelta(hours=1)).isoformat()}


def template(house: House, **fields: Any) -> None:
    state: dict[str, Any] = {"template_id": "TPL", "name": "TPL", "effect": "degraded",
             "classes": ["application", "database_instance"], **fields}  # fmt: skip
    written(house.register.store, [Edit("change_templates", "TPL", Thing(state, {"*": "inventory"}))])


@pytest.mark.parametrize("edit", [
    {"op": "retire", "ci_id": "db-1"},
    {"op": "unrelate", "source": "app", "type": "depends_on", "target": "db-1"},
    {"op": "regroup", "ci_id": "app", "redundancy_group": "db", "min_available": "2"},
])  # fmt: skip
def test_edits_that_take_something_away_are_held_against_the_template(house: House, edit: dict[str, Any]) -> None:
    template(house)
    affected = [{"ci_id": "db-1", "effect": "degraded"}]
    papers = {"template": "TPL"}

    house.saves(change_id="CHG-S", category="standard", papers=papers, affected=affected, edits=[edit])
    assert house.steps("ask", "CHG-S", "submit")["key"] == "change.template_effect"
    harmless = [{"op": "set", "ci_id": "app", "field": "version", "value": "2"}]
    house.saves(change_id="CHG-S", category="standard", papers=papers, affected=affected, edits=harmless)
    assert house.steps("ask", "CHG-S", "submit")["status"] == "approved"


def test_a_template_is_looked_at_again_when_the_change_begins(house: House) -> None:
    template(house, effect="outage")
    house.saves(change_id="CHG-S", category="standard", papers={"template": "TPL"})
    house.steps("ask", "CHG-S", "submit")
    strange = house.steps("ask", "CHG-S", "schedule", template="TPL-2")
    assert (strange["key"], strange["params"]["field"]) == ("change.not_with_step", "template")
    assert house.steps("ask", "CHG-S", "schedule")["status"] == "scheduled"
    template(house, effect="outage", valid_to="2020-01-01T00:00:00Z")

    assert house.steps("ask", "CHG-S", "start")["key"] == "change.template_over"
    template(house, effect="outage")
    assert house.steps("ask", "CHG-S", "start")["status"] == "implementing"


@pytest.mark.parametrize(("papers", "document"), [
    ({}, {"agreed_outage": [AGREED]}), ({"grace": "PT1H"}, {}), ({"expects_update": True}, {}), ({}, {"team": "t"}),
])  # fmt: skip
def test_what_a_verdict_rests_on_is_decided_anew(house: House, papers: Any, document: Any) -> None:
    assessed(house, "CHG-1")
    assert house.decides("bob", "CHG-1")["status"] == "approved"

    again = house.saves(change_id="CHG-1", papers=papers, **document)

    assert (again["change"]["status"], again["change"]["record"]["round"]) == ("submitted", 2)
    assert house.saves(change_id="CHG-1", papers=papers, **document)["change"]["record"]["round"] == 2
    if "agreed_outage" in document:
        assert list(records(house.register.store, "windows")) == ["CHG-1/1"]
        assert house.saves(change_id="CHG-1")["change"]["record"]["round"] == 3
        assert records(house.register.store, "windows") == {}


def test_agreed_outages_of_a_change_that_has_begun_stay(house: House) -> None:
    started(house, "CHG-1")

    assert house.saves(change_id="CHG-1", agreed_outage=[AGREED])["key"] == "change.too_late"
    assert records(house.register.store, "windows") == {}
    house.saves(change_id="CHG-2")
    house.steps("ask", "CHG-2", "cancel")
    assert house.saves(change_id="CHG-2", title="new words")["key"] == "change.over"


def test_papers_that_are_absent_stay_and_null_clears_them(house: House) -> None:
    house.saves(change_id="CHG-1", papers={"grace": "PT1H", "expects_update": False, "failure_plan": "DOC-F"})
    house.steps("ask", "CHG-1", "submit")
    house.steps("ann", "CHG-1", "assess", assessment="x", back_out_plan="DOC-B", test_evidence=["DOC-T"])

    stays = house.saves(change_id="CHG-1", title="other words")["change"]["record"]
    assert (stays["back_out_plan"], stays["test_evidence"], stays["assessment"]) == ("DOC-B", ["DOC-T"], "x")
    assert (stays["grace"], stays["expects_update"], stays["failure_plan"]) == (3600, False, "DOC-F")
    gone = house.saves(change_id="CHG-1", papers={"failure_plan": None}, back_out_plan=None)["change"]["record"]
    assert {"failure_plan", "back_out_plan"}.isdisjoint(gone)
    assert gone["assessment"] == "x"


def test_moments_that_are_given_count_and_only_with_their_step(house: House) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    began, ended = now - timedelta(hours=2), now - timedelta(hours=1)
    assessed(house, "CHG-1")
    house.decides("bob", "CHG-1")
    house.steps("ask", "CHG-1", "schedule")
    later = (now + timedelta(days=1)).isoformat()
    assert house.steps("ask", "CHG-1", "start", actual_start=later)["key"] == "change.in_future"
    assert house.steps("ask", "CHG-1", "start", actual_start=began.isoformat())["status"] == "implementing"
    before = (began - timedelta(hours=1)).isoformat()
    assert house.steps("ask", "CHG-1", "finish", actual_end=before)["key"] == "change.order"
    assert house.steps("ask", "CHG-1", "finish", actual_start=before)["key"] == "change.not_with_step"
    done = house.steps("ask", "CHG-1", "finish", actual_end=ended.isoformat(), attempts=2)["change"]["record"]
    assert datetime.fromisoformat(done["actual_end"]) == ended
    assert (done["attempts"], done["outcome"]) == (2, "success")
    refused = house.steps("ann", "CHG-1", "review", post_implementation_review="x", actual_end=now.isoformat())
    assert (refused["key"], refused["params"]["field"]) == ("change.not_with_step", "actual_end")


def test_who_gives_papers_with_a_step_does_not_decide(house: House) -> None:
    house.saves(change_id="CHG-1")
    house.steps("ask", "CHG-1", "submit")
    house.steps("bob", "CHG-1", "assess", assessment=ASSESSED, back_out_plan="DOC")

    assert house.decides("bob", "CHG-1")["key"] == "decide_change.own"
    assert actor_of(house, "bob") in records(house.register.store, "changes")["CHG-1"]["authors"]  # type: ignore[operator]
    assert house.decides("cat", "CHG-1")["decided"] == "APPROVED"


def test_a_draft_without_a_category_is_told_that_it_needs_one(house: House) -> None:
    house.saves(change_id="CHG-1", category=None)

    told = house.steps("ask", "CHG-1", "submit")

    assert (told["key"], "simple" in told["params"]["categories"]) == ("change.no_category", True)


def in_the_past(house: House, change: str, **fields: str) -> None:
    state = {**records(house.register.store, "changes")[change], **fields}
    written(house.register.store, [Edit("changes", change, Thing(state, {"*": "person"}))])


def test_nobody_decides_beforehand_once_the_window_is_over(house: House) -> None:
    assessed(house, "CHG-1")
    in_the_past(house, "CHG-1", planned_start="2020-01-01T00:00:00Z", planned_end="2020-01-01T02:00:00Z")

    for decision in ("APPROVED", "REJECTED"):
        assert house.decides("bob", "CHG-1", decision)["key"] == "decide_change.window_over"
    ask = 'query { change(changeId: "CHG-1") { steps { id whyNot } } }'
    assert "2020-01-01" in {each["id"]: each["whyNot"] for each in house.asks("bob", ask)["steps"]}["approve"]


def test_a_window_the_wrong_way_round_goes_no_further_and_can_be_given_up(house: House) -> None:
    house.saves(change_id="CHG-1")
    in_the_past(house, "CHG-1", planned_end="2020-01-01T02:00:00Z")

    assert house.steps("ask", "CHG-1", "submit")["key"] == "change.order"
    assert house.steps("ask", "CHG-1", "cancel")["status"] == "cancelled"


def test_a_decision_afterwards_that_comes_too_late_is_taken_and_marked(house: House) -> None:
    ask = "query($change: String!) { change(changeId: $change) { voices { decision late } } }"
    for change, ended, late in (("CHG-1", timedelta(days=4), True), ("CHG-2", timedelta(days=2), False)):
        house.saves(change_id=change, category="emergency")
        for step in ("submit", "start", "finish"):
            house.steps("ask", change, step)
        moment = (datetime.now(UTC) - ended).strftime("%Y-%m-%dT%H:%M:%SZ")
        in_the_past(house, change, actual_start=moment, actual_end=moment)
        assert house.decides("bob", change)["decided"] == "APPROVED"
        assert house.asks("eve", ask, change=change)["voices"] == [{"decision": "approved", "late": late}]


def test_an_unknown_change_is_told_without_advice_for_a_terminal(house: House) -> None:
    for told in (house.steps("ask", "CHG-404", "submit"), house.decides("bob", "CHG-404", evidence="x")):
        assert told["__typename"] == "UnknownChange"
        assert "faultline" not in told["message"]
