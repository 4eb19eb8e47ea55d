"""Each requirement by hand-made records: what satisfies it, what fails it and why, and what is no evidence of it."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from graph.compliance import load_requirements, requirements_from
from graph.errors import BadInputError
from graph.ontology import load_ontology
from graph.records.changes import change_of
from graph.records.exceptions import Exemption
from graph.records.updates import Update
from queries.compliance.frame import Document, Known, Papers, Verdict
from queries.compliance.rules import judged
from queries.deciding import Filled
from queries.kpis.period import period_of
from queries.ledgers import ledgers

OCTOBER = period_of("2026-10", "Asia/Shanghai")
AT = datetime(2026, 12, 15, tzinfo=UTC)
SERVICE = "svc-1"
# a change that leaves nothing to be desired
WHOLE: dict[str, Any] = {
    "title": "whole", "status": "closed", "category": "major", "planned_start": "2026-10-05T12:00:00Z",
    "planned_end": "2026-10-05T14:00:00Z", "actual_start": "2026-10-05T12:00:00Z",
    "actual_end": "2026-10-05T13:00:00Z", "decision": "approved", "decided_at": "2026-10-03T00:00:00Z",
    "assessment": '{"feasibility":"D1","financial":"D1","technical":"D1","business":"D1","organisational":"D1",'
                  '"capacity":"D1","security":"D1","risk":"D1"}',
    "implementation_plan": '{"duties":"D2","agreements":"D2","people":"D2","processes":"D2","budget":"D2",'
                           '"schedule":"D2","acceptance":"D2"}',
    "failure_plan": "D3", "back_out_plan": "D4", "post_implementation_review": "D5",
}  # fmt: skip


def a_change(change_id: str = "C-1", of: Papers | None = None, **fields: Any) -> Papers:
    state = {name: value for name, value in {**WHOLE, **fields}.items() if value is not None}
    given = of or Papers(change_of("-", {}), Filled.of({}), (SERVICE,), (SERVICE,), frozenset({"bu-1"}),
                         frozenset({"bu-1"}), datetime(2026, 10, 5, 12, 30, tzinfo=UTC))  # fmt: skip
    return replace(given, change=change_of(change_id, state), filled=Filled.of(state))


def of(id_: str, *papers: Papers, at: datetime = AT, documents: tuple[Document, ...] = (), updates: Any = (),
       exemptions: Any = ()) -> Verdict:  # fmt: skip
    found = ledgers(updates, [each.change for each in papers], load_ontology(), at=at, exemptions=exemptions)
    known = Known(at, OCTOBER, papers, found, documents)
    return judged(known, [each for each in load_requirements() if each.id == id_]).verdicts[0]


def why(verdict: Verdict) -> dict[str, list[tuple[str, str]]]:
    """By record the keys of its reasons, with what each is about."""
    return {
        each["id"]: [(one["key"].removeprefix("compliance."), str(one["params"].get("what", ""))) for one in
                     each["reasons"]]
        for each in verdict.plain()["failing"]["records"]
    }  # fmt: skip


def without(field: str, part: str) -> dict[str, Any]:
    found = json.loads(WHOLE[field])
    del found[part]
    return {field: json.dumps(found)}


FAILING: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    *[("R7a", without("assessment", part), ("lacks", f"assessment.{part}"))
      for part in ("feasibility", "financial", "technical", "business", "organisational")],
    ("R7a", {"decision": None}, ("not_approved", "")),
    *[("R7b", without("implementation_plan", part), ("lacks", f"implementation_plan.{part}"))
      for part in ("duties", "agreements", "people", "processes", "budget", "schedule", "acceptance")],
    ("R7d", {"post_implementation_review": None}, ("not_reviewed", "")),
    ("R8.4c", without("assessment", "financial"), ("lacks", "assessment.financial")),
    ("R8.4c", {"decided_at": None}, ("undated_decision", "")),
    ("R8.5d", without("assessment", "capacity"), ("lacks", "assessment.capacity")),
    ("R8.6e", without("assessment", "security"), ("lacks", "assessment.security")),
    ("R11.2b", {"category": None}, ("lacks", "category")),
    *[("R11.2b", without("assessment", part), ("lacks", f"assessment.{part}"))
      for part in ("risk", "technical", "business")],
    *[("R11.2c", {field: None}, ("lacks", field))
      for field in ("implementation_plan", "failure_plan", "back_out_plan")],
    ("R11.2d", {"decision": None}, ("not_approved", "")),
    ("R11.2d", {"decided_at": "2026-10-05T12:00:01Z"}, ("decided_late", "")),
    ("R11.2d", {"post_implementation_review": None}, ("not_reviewed", "")),
]  # fmt: skip


@pytest.mark.parametrize(("id_", "fields", "reason"), FAILING)
def test_of_two_changes_only_the_one_that_lacks_it_fails(
    id_: str, fields: dict[str, Any], reason: tuple[str, str]
) -> None:
    verdict = of(id_, a_change("C-GOOD"), a_change("C-BAD", **fields))

    assert of(id_, a_change("C-GOOD")).status == "met"
    assert (verdict.status, verdict.plain()["looked_at"], why(verdict)) == ("not_met", 2, {"C-BAD": [reason]})


def test_a_text_instead_of_parts_is_no_assessment_of_any() -> None:
    assert why(of("R8.6e", a_change(assessment="DOC-1"))) == {"C-1": [("lacks", "assessment.security")]}


@pytest.mark.parametrize("id_", [each.id for each in load_requirements()])
def test_nothing_is_met_where_nothing_is_recorded(id_: str) -> None:
    verdict = of(id_)

    assert (verdict.status, verdict.plain()["failing"]["count"]) == ("no_evidence", 0)
    assert verdict.plain()["reason"]["key"] in ("compliance.nothing", "compliance.no_document")


@pytest.mark.parametrize("fields", [{"status": "draft"}, {"status": "cancelled"},
                                    {"actual_start": "2026-11-05T00:00:00Z"}])  # fmt: skip
def test_what_does_not_take_place_in_the_period_is_not_looked_at(fields: dict[str, Any]) -> None:
    assert of("R11.2c", a_change(failure_plan=None, **fields)).status == "no_evidence"


def test_changes_that_name_no_service_are_none_of_a_service() -> None:
    other = replace(a_change(), named=())
    for id_ in ("R7a", "R7b", "R7c", "R7d"):
        assert of(id_, other).status == "no_evidence"


def test_r7c_what_goes_live_was_accepted_before() -> None:
    never, late = replace(a_change("C-2"), accepted_at=None), replace(a_change("C-3"), accepted_at=AT)

    assert of("R7c", a_change()).status == "met"
    assert why(of("R7c", a_change(), never, late)) == {"C-2": [("not_accepted", "")], "C-3": [("accepted_late", "")]}


def test_reports_may_come_until_they_are_due() -> None:
    change = a_change(post_implementation_review=None)
    day = datetime(2026, 11, 4, 13, tzinfo=UTC)  # thirty days after its end
    for id_ in ("R7d", "R11.2d"):
        early, late = of(id_, change, at=day), of(id_, change, at=day + timedelta(seconds=1))
        assert (early.status, early.plain()["pending"], late.status) == ("met", 1, "not_met")


def test_what_is_not_decided_yet_waits_until_it_begins() -> None:
    coming = a_change(status="assessed", decision=None, decided_at=None, actual_start=None, actual_end=None,
                      post_implementation_review=None)  # fmt: skip
    before, after = (datetime(2026, 10, 5, hour, tzinfo=UTC) for hour in (11, 12))
    for id_ in ("R7a", "R8.4c", "R11.2d"):
        early = of(id_, coming, at=before)
        assert (early.status, early.plain()["pending"]) == ("met", 1)
        assert why(of(id_, coming, at=after)) == {"C-1": [("not_approved", "")]}


def test_r9_1f_every_customer_of_an_affected_service_is_told() -> None:
    untold = replace(a_change("C-2"), customers=frozenset({"bu-1", "bu-2"}))
    verdict = of("R9.1f", a_change(), untold)

    assert of("R9.1f", a_change()).status == "met"
    assert why(verdict) == {"C-2": [("not_told", "")]}
    assert verdict.plain()["failing"]["records"][0]["reasons"][0]["params"] == {"customers": "bu-2", "count": 1}
    assert of("R9.1f", replace(a_change(), customers=frozenset())).status == "no_evidence"


def test_r11_2a_each_update_is_one_of_a_change_or_excepted() -> None:
    def update(number: int, ci_id: str) -> Update:
        at = datetime(2026, 10, 5, 12, 30, tzinfo=UTC)
        return Update(number, ci_id, "attribute", "version", "1", str(number), at, at)

    claimed = a_change(affected=["db-1=outage"])
    none_covers = (update(1, "db-1"), update(2, "db-2"))
    verdict = of("R11.2a", claimed, updates=none_covers)

    assert of("R11.2a", claimed, updates=none_covers[:1]).status == "met"
    assert (verdict.status, why(verdict)) == ("not_met", {none_covers[1].id: [("no_change", "")]})
    accepted = Exemption("E-1", "db-2", None, "agreed", None, None)
    assert of("R11.2a", claimed, updates=none_covers, exemptions=[accepted]).status == "met"


def test_r11_2e_emergencies_are_decided_within_three_days_of_their_end() -> None:
    end = datetime(2026, 10, 5, 13, tzinfo=UTC)
    good = a_change(category="emergency", decided_at="2026-10-08T13:00:00Z")
    late = a_change("C-2", category="emergency", decided_at="2026-10-08T13:00:01Z")
    undecided = a_change("C-3", category="emergency", decision=None, decided_at=None)

    assert of("R11.2e", good).status == "met"
    assert why(of("R11.2e", good, late, undecided)) == {"C-2": [("decided_late", "")], "C-3": [("not_approved", "")]}
    assert of("R11.2e", undecided, at=end + timedelta(days=3)).plain()["pending"] == 1
    assert (of("R11.2e", a_change()).status, of("R11.2e", a_change()).plain()["looked_at"]) == ("met", 0)
    assert of("R11.2d", late).status == "no_evidence"


def test_r11_2f_coming_changes_have_their_place_and_past_ones_move_on() -> None:
    coming: dict[str, Any] = {"status": "scheduled", "planned_start": "2027-01-05T12:00:00Z", "actual_start": None,
                              "planned_end": "2027-01-05T14:00:00Z", "actual_end": None}  # fmt: skip
    good, open_ = a_change(**coming), a_change("C-2", **{**coming, "planned_end": None})
    stale = a_change("C-3", status="scheduled")

    assert of("R11.2f", good).status == "met"
    assert why(of("R11.2f", good, open_, stale)) == {"C-2": [("no_window", "")], "C-3": [("not_moved_on", "")]}


def test_r11_2g_an_analysis_lapses() -> None:
    fresh = Document("doc-1", "change_analysis", date(2026, 8, 1))
    old = Document("doc-0", "change_analysis", date(2026, 7, 31))

    assert of("R11.2g", documents=(old, fresh)).status == "met"
    lapsed = of("R11.2g", documents=(old,))
    assert (lapsed.status, why(lapsed)) == ("lapsed", {"doc-0": [("too_old", "")]})
    assert of("R11.2g", documents=(Document("doc-1", "improvement_plan", fresh.day),)).status == "no_evidence"


def test_r11_2h_conclusions_enter_the_improvement_plan() -> None:
    first, second = (Document(f"doc-{n}", "change_analysis", date(2026, 10, day)) for n, day in ((1, 1), (2, 31)))
    plan = Document("doc-3", "improvement_plan", date(2026, 11, 1))

    assert of("R11.2h", documents=(first, second, plan)).status == "met"
    assert why(of("R11.2h", documents=(first, second))) == {name: [("not_followed", "")] for name in ("doc-1", "doc-2")}
    early = of("R11.2h", documents=(second,), at=datetime(2026, 11, 20, tzinfo=UTC))
    assert (early.status, early.plain()["pending"]) == ("met", 1)


def test_records_beyond_a_limit_are_counted() -> None:
    plain = of("R11.2b", *(a_change(f"C-{n}", category=None) for n in range(5))).plain(2)

    assert plain["failing"]["count"] == 5
    assert [each["id"] for each in plain["failing"]["records"]] == ["C-0", "C-1"]


def test_the_requirements_are_those_of_the_standard() -> None:
    assert [each.id for each in load_requirements()] == [
        "R7a", "R7b", "R7c", "R7d", "R8.4c", "R8.5d", "R8.6e", "R9.1f",
        *(f"R11.2{letter}" for letter in "abcdefgh"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ('["R1"]\nrule = "papers"', "clause"),
        ('["R1"]\nclause = "1"', "rule"),
        ('["R1"]\nclause = "1"\nrule = "magic"', "rule"),
        ('["R1"]\nclause = "1"\nrule = "papers"\nof = "changes"', "needs"),
        ('["R1"]\nclause = "1"\nrule = "papers"\nof = "all"\nneeds = ["a"]', "of"),
        ('["R1"]\nclause = "1"\nrule = "papers"\nof = "changes"\nneeds = []', "needs"),
        ('["R1"]\nclause = "1"\nrule = "reported"\nwithin = "a month"', "within"),
        ('["R1"]\nclause = "1"\nrule = "recorded"\nwithin = "P1D"', "within"),
        ('["R1"]\nclause = "1"\nrule = "analysed"\ndocument = ""\nwithin = "P1D"', "document"),
        ('R1 = 5', "clause"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_refused_by_name(text: str, entry: str) -> None:
    with pytest.raises(BadInputError) as refused:
        requirements_from(text)
    assert refused.value.message.params == {"requirement": "R1", "entry": entry}


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"compliance\.syntax"):
        requirements_from("[")
