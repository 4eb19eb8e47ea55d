"""What a review judges beside the graph: company, windows, papers, people; what would help; what its hash holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import BadInputError
from graph.estate import CRITICALITIES
from graph.ontology import load_ontology
from graph.records.changes import Change, change_of
from graph.records.edits import edits_of, plain
from graph.records.incidents import incident_of
from graph.records.recoveries import times_of
from graph.records.windows import Window, window_of
from graph.risk import load_risk_model
from graph.risk.model import SEVERITIES
from queries import evidence
from queries.before_after import BeforeAfter
from queries.blast_radius import Circumstances
from queries.judging import Judging, People
from queries.passes_if import _grantable, granted, passes_if
from queries.planned import Asked
from queries.played import Recorded
from queries.proposed import propose
from queries.recovery_compared import recovery_compared
from queries.review import Review
from queries.review_answer import plain as answer_of
from queries.surroundings import Promise
from tests.graph.estates import cases
from tests.queries.slow_proposed import World
from tests.schemas import validated

ONTOLOGY, MODEL = load_ontology(), load_risk_model()
AT = datetime(2026, 11, 27, tzinfo=UTC)
ZONE = "Asia/Shanghai"
EXAMPLES = settings(max_examples=cases(2_000, 30), deadline=None)
PAPERS = {"back_out_plan": "DOC-1", "test_evidence": ["DOC-2"], "assessment": "DOC-3"}


def world(services: dict[str, str | None], *rows: tuple[str, ...]) -> World:
    """Services with their criticality, and who depends on whom: (source, target), or with (group, quorum) behind."""
    made = World({each: {"ci_class": "business_service", "name": each, "status": "live", "criticality": word}
                  for each, word in services.items()})  # fmt: skip
    for source, target, *group in rows:
        for ci in (source, target):
            made.cis.setdefault(ci, {"ci_class": "application", "name": ci, "status": "live"})
        more = {"redundancy_group": group[0], "min_available": group[1]} if group else {}
        made.related[source, "depends_on", target] = {"strength": "hard", **more}
    return made


NODES = world({"svc": None}, *(("svc", f"n{at}", "nodes", "1") for at in range(4)))
ONE = world({"svc": None}, ("svc", "app"), ("app", "db"))


def change(change_id: str = "CHG-1", **more: Any) -> Change:
    state = {"title": "x", "category": "standard", "status": "scheduled", "planned_start": "2026-11-28T14:00:00Z",
             "planned_end": "2026-11-28T18:00:00Z", "zone": ZONE, **PAPERS, **more}  # fmt: skip
    if isinstance(state.get("edits"), list):
        state["edits"] = plain(edits_of(state["edits"], ONTOLOGY))
    return change_of(change_id, state)


def judging(of: World, *others: Change, windows: list[Window] | None = None, **more: Any) -> Judging:
    kept = of.kept(frozenset([*of.cis, "new"]))
    incidents = more.pop("incidents", [])
    estate = of.estate()
    words = np.array([CRITICALITIES.index(of.cis[ci].get("criticality") or "") for ci in estate.ids], np.uint8)
    asked = Asked(replace(estate, criticality=words), ONTOLOGY, others, incidents, AT, kept)
    return Judging(asked, windows or [], ZONE, MODEL, **more)


def keys(review: Review) -> list[str]:
    return [reason.key for reason in review.in_company.reasons]


def answered(review: Review) -> dict[str, Any]:
    found: dict[str, Any] = validated("review", answer_of(review))
    return found


def test_windows_without_a_zone_recur_in_the_zone_of_the_register() -> None:
    blackout = window_of("W-1", {"kind": "blackout", "scope": ["db"], "from": "2026-11-27T18:00:00Z",
                                 "rrule": "FREQ=WEEKLY;BYDAY=SA", "duration": 4 * 3600})  # fmt: skip
    mine = change(zone="UTC", affected=["db=degraded"], planned_start="2026-12-04T18:00:00Z",
                  planned_end="2026-12-04T19:00:00Z")  # fmt: skip

    found = judging(ONE, windows=[blackout]).review(mine)

    assert keys(found) == ["blackout_hit"]
    assert found.around.meetings[0].plain["from"] == "2026-12-04T18:00:00+00:00"


@pytest.mark.parametrize("start", ["9999-12-31T00:00:00Z", "0001-01-02T00:00:00Z"])
def test_a_window_in_years_that_nothing_is_looked_for_in_is_refused(start: str) -> None:
    with pytest.raises(BadInputError) as refused:
        judging(ONE).review(change(affected=["db=outage"], planned_start=start, planned_end=None))

    assert refused.value.message.key == "review.year"


def test_larger_sets_than_are_looked_at_are_possible_and_said() -> None:
    others = [change(f"CHG-{at}", affected=[f"n{at}=outage"]) for at in (1, 2, 3)]
    mine = change("CHG-9", affected=["n0=degraded"])

    assert "others_possible" in keys(judging(NODES, *others).review(replace(mine, affected=(("n0", "outage"),))))
    assert "others_possible" not in keys(judging(NODES, *others[:2]).review(mine))


def test_what_an_incident_without_an_end_is_assumed_is_told_where_it_matters() -> None:
    broken = [incident_of("INC-1", {"ci_id": "db", "started_at": "2026-11-26T00:00:00Z", "status": "open"})]
    late = {"planned_start": "2026-12-03T00:00:00Z", "planned_end": "2026-12-03T01:00:00Z"}

    found = judging(ONE, incidents=broken).review(change(affected=["app=degraded"], **late))
    other = judging(world({"svc": None}, ("svc", "app"), ("x", "db")), incidents=broken).review(
        change(affected=["app=degraded"], **late)
    )

    assert "incident_end_assumed" in keys(found)
    assert "incident_end_assumed" not in keys(other)


def test_two_changes_of_one_ci_are_for_a_person_to_look_at() -> None:
    mine = change(affected=["db=degraded"])

    found = judging(ONE, change("CHG-2", affected=["db=degraded"])).review(mine)

    assert (found.alone.verdict, found.in_company.verdict) == ("pass", "review")
    assert keys(found) == ["same_ci"]


def test_a_change_in_an_outage_of_another_is_for_a_person_to_look_at() -> None:
    agreed = [window_of("W-1", {"kind": "agreed_outage", "scope": ["svc"], "from": "2026-11-01T00:00:00Z",
                                "to": "2026-12-31T00:00:00Z"})]  # fmt: skip

    found = judging(ONE, change("CHG-2", affected=["db=outage"]), windows=agreed).review(
        change(affected=["app=degraded"])
    )

    assert "inside_outage" in keys(found)


def compared(of: World, edits: list[dict[str, Any]], recorded: Recorded) -> dict[str, Any]:
    groups = edits_of(edits, ONTOLOGY)
    proposal = propose(of.estate(), ONTOLOGY, groups, of.kept(frozenset([*of.cis, "new"])))
    found = BeforeAfter(proposal, {}, recovery_compared(proposal, recorded)).plain()["steady"]
    return {each["service"]: each for each in found}


def recorded(**hours: int) -> Recorded:
    return Recorded({ci: times_of({"recovery_time": count * 3600}) for ci, count in hours.items()})


def test_a_longer_recovery_time_is_told_of_the_services_that_wait_for_it() -> None:
    of = world({"svc": None, "other": None}, ("svc", "app"), ("app", "db"), ("other", "x"))
    edits = [{"op": "set", "ci_id": "db", "field": "recovery_time", "value": "PT100H"}]

    found = compared(of, edits, recorded(svc=0, app=1, db=2, x=1, other=0))

    assert {name: (each["recovery_before"], each["recovery_after"]) for name, each in found.items()} == {
        "svc": (3 * 3600, 101 * 3600)
    }


def test_a_provider_moved_alters_recovery_and_dependencies() -> None:
    edits: list[dict[str, Any]] = [
        {"op": "add", "ci": {"ci_id": "new", "ci_class": "database_instance", "name": "new", "recovery_time": "PT5H"}},
        {"op": "relate", "source": "app", "type": "depends_on", "target": "new"},
        {"op": "unrelate", "source": "app", "type": "depends_on", "target": "db"},
        {"op": "retire", "ci_id": "db"},
    ]

    (found,) = compared(ONE, edits, recorded(svc=0, app=1, db=2)).values()

    assert (found["recovery_before"], found["recovery_after"]) == (3 * 3600, 6 * 3600)
    assert (found["dependencies_added"], found["dependencies_removed"]) == (["new"], ["db"])


def test_a_recovery_time_that_is_taken_away_is_not_known_any_more() -> None:
    edits = [{"op": "set", "ci_id": "db", "field": "recovery_time", "value": None}]

    (found,) = compared(ONE, edits, recorded(svc=0, app=1, db=2)).values()

    assert (found["recovery_before"], found["recovery_after"]) == (3 * 3600, None)


def test_who_fails_over_to_what_is_edited_is_reached_too() -> None:
    of = world({"svc": None}, ("svc", "app"), ("spare", "cold"))
    known = replace(recorded(svc=0, app=9), failovers={"app": ["spare"]})
    known = replace(known, times={**known.times, "app": times_of({"recovery_time": 9 * 3600, "failover_time": 3600})})
    groups = edits_of([{"op": "relate", "source": "spare", "type": "depends_on", "target": "app"}], ONTOLOGY)
    proposal = propose(of.estate(), ONTOLOGY, groups, of.kept(frozenset(of.cis)))
    app, spare = (proposal.number_of(ci) for ci in ("app", "spare"))

    found = BeforeAfter(
        proposal, {}, recovery_compared(proposal, known), lambda cis: cis[cis == spare] * 0 + app
    ).steady  # fmt: skip

    assert [(each.recovery_before, each.recovery_after) for each in found] == [(3600, 9 * 3600)]


def test_what_nobody_has_seen_for_long_lowers_confidence() -> None:
    mine = change(affected=["db=degraded"])

    assert keys(judging(ONE).review(mine)) == []
    assert keys(judging(ONE, circumstances=Circumstances(stale=frozenset({"db"}))).review(mine)) == ["low_confidence"]


def test_failures_of_changes_that_only_edited_a_ci_count() -> None:
    edits = [{"op": "set", "ci_id": "db", "field": "recovery_time", "value": "PT1H"}]
    failed = change("CHG-0", affected=[], edits=edits, outcome="failed", status="failed")
    good = [change(f"CHG-G{at}", affected=["svc=degraded"], outcome="success", status="closed") for at in range(9)]

    review = judging(ONE, ended=[failed, *good]).review(change(affected=[], edits=edits))

    (past,) = [factor for factor in review.alone.factors if factor.id == "past_failures"]
    assert past.records == ("ci:db", "class:application")


def test_a_second_number_of_a_retired_ci_is_not_counted() -> None:
    edits = [{"op": "unrelate", "source": "app", "type": "depends_on", "target": "db"}, {"op": "retire", "ci_id": "db"}]
    of = world({"svc": None}, ("svc", "app"), ("app", "db"), ("db", "host"))

    found = answered(judging(of).review(change(affected=["host=outage"], edits=edits)))["impact"]

    assert found["total"] == found["shown"] == len(found["affected"]) == sum(found["counts"].values())
    assert "|" not in "".join(step["ci_id"] for each in found["affected"] for step in each["witness"])


def test_what_was_a_single_point_before_is_no_new_one_by_its_second_number() -> None:
    of = world({"svc": None}, ("svc", "db"), ("svc", "x", "g", "1"), ("svc", "y", "g", "1"))
    edits = [{"op": "unrelate", "source": "svc", "type": "depends_on", "target": "db"}, {"op": "retire", "ci_id": "db"}]

    review = judging(of).review(change(affected=[], edits=[{"group": "g", "edits": edits}]))

    assert [each.left_without_redundancy for each in review.services] == [False] * len(review.services)


def test_a_change_does_not_lower_the_criticality_that_it_is_judged_by() -> None:
    of = world({"svc": "critical"}, ("svc", "app"), ("app", "db"))
    edits = [{"op": "set", "ci_id": "svc", "field": "criticality", "value": "low"}]

    found = judging(of).review(change(affected=["db=outage"], edits=edits))

    assert keys(found)[0] == "service_out_critical"
    assert found.alone.verdict == "block"


def test_people_are_asked_for_only_of_services_concerned() -> None:
    asked: list[tuple[list[str], datetime]] = []

    def people(services: Any, at: datetime) -> People:
        asked.append((list(services), at))
        return People({"svc": ["team-1"]}, {"svc": Promise(60, ("customer-1",))})

    of = world({"svc": None, "other": None}, ("svc", "app"), ("other", "x"))
    found = answered(judging(of, people=people).review(change(affected=["app=outage"])))

    assert asked[0] == (["svc"], datetime(2026, 11, 28, 14, tzinfo=UTC))
    assert [who["ci_id"] for who in found["notify"]] == ["customer-1"]


def test_another_slot_is_found_by_trying() -> None:
    blackout = window_of("W-1", {"kind": "blackout", "scope": ["db"], "from": "2026-11-27T00:00:00Z",
                                 "to": "2026-11-30T00:00:00Z"})  # fmt: skip

    found = answered(judging(ONE, windows=[blackout]).review(change(affected=["db=degraded"])))

    assert found["passes_if"] == [
        {"kind": "slot", "verdict": "pass",
         "params": {"start": "2026-11-30T08:00:00+08:00", "end": "2026-11-30T12:00:00+08:00"}}
    ]  # fmt: skip
    assert found["passes_if_complete"]


def test_a_slot_and_a_paper_are_found_together() -> None:
    blackout = window_of("W-1", {"kind": "blackout", "scope": ["db"], "from": "2026-11-27T00:00:00Z",
                                 "to": "2026-11-30T00:00:00Z"})  # fmt: skip

    found = answered(judging(ONE, windows=[blackout]).review(change(affected=["db=degraded"], assessment=None)))

    assert [(wish["kind"], wish["verdict"]) for wish in found["passes_if"]] == [("slot", "pass"), ("document", "pass")]


def test_another_order_of_edits_is_found_by_trying() -> None:
    # taken away first, svc has one node for a moment; the new one first, never
    of = world({"svc": "critical"}, ("svc", "a", "g", "1"))
    of.cis["b"] = {"ci_class": "application", "name": "b", "status": "live"}
    more = {"op": "relate", "source": "svc", "type": "depends_on", "target": "b", "redundancy_group": "g",
            "min_available": "1"}  # fmt: skip
    edits = [
        {"op": "retire", "ci_id": "a"},
        more,
        {"op": "unrelate", "source": "svc", "type": "depends_on", "target": "a"},
    ]

    found = answered(judging(of).review(change(affected=[], edits=edits)))

    assert found["verdict"] == "block"
    assert found["passes_if"][0]["kind"] == "edit_order"
    assert found["passes_if"][0]["params"]["order"].index("edits[1]") < found["passes_if"][0]["params"]["order"].index(
        "edits[0]"
    )


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_the_fewest_papers_and_agreements_are_those_that_trying_every_set_finds(data: st.DataObject) -> None:
    words = data.draw(st.lists(st.sampled_from(["critical", "high", "low", None]), min_size=1, max_size=4))
    of = world({f"s{at}": word for at, word in enumerate(words)}, *((f"s{at}", "db") for at in range(len(words))))
    missing = data.draw(st.sets(st.sampled_from(sorted(PAPERS))))
    unknown = data.draw(st.booleans())
    affected = ["db=outage", *(["nobody=outage"] if unknown else [])]
    none: dict[str, Any] = dict.fromkeys(missing)
    review = replace(judging(of).review(change(affected=affected, **none)), anew=None, starts=None)

    found, wishes = passes_if(review), _grantable(review)

    ranks = [
        (SEVERITIES.index(granted(review, some).assessment.verdict), count)
        for count in range(len(wishes) + 1)
        for some in combinations(wishes, count)
    ]
    assert (SEVERITIES.index(found.verdict) if found.found else min(ranks)[0], len(found.found)) == min(ranks)


DIFFERENT: dict[str, Any] = {
    "title": {"title": "y"}, "window": {"planned_end": "2026-11-28T19:00:00Z"}, "category": {"category": "major"},
    "paper": {"back_out_plan": "DOC-7"}, "evidence": {"test_evidence": ["DOC-9"]}, "team": {"team": "t"},
    "effect": {"affected": ["a0=degraded"]},
    "edits": {"edits": [{"op": "set", "ci_id": "a0", "field": "recovery_time", "value": "PT1H"}]},
}  # fmt: skip
MANY = world({"svc": None}, *(("svc", f"a{at}") for at in range(70)), *((f"a{at}", "root") for at in range(70)))


def hash_of(of: World = MANY, limit: int = 50, **more: Any) -> str:
    given = {"affected": ["root=outage"], **more.pop("change", {})}
    at, asked = more.pop("at", AT), judging(of, log_hash=more.pop("log_hash", "0"), **more)
    asked = replace(asked, asked=replace(asked.asked, at=at))
    return str(answer_of(asked.review(change(**given)), limit=limit)["evidence_hash"])


@pytest.mark.parametrize("what", sorted(DIFFERENT))
def test_another_change_has_another_hash(what: str) -> None:
    assert hash_of(change=DIFFERENT[what]) != hash_of()


def test_every_input_has_its_own_hash_and_what_is_shown_has_none() -> None:
    fewer = world({"svc": None}, *(("svc", f"a{at}") for at in range(70)), *((f"a{at}", "root") for at in range(69)))
    agreed = [window_of("W-1", {"kind": "agreed_outage", "scope": ["svc"], "from": "2026-11-01T00:00:00Z",
                                "to": "2026-12-31T00:00:00Z"})]  # fmt: skip
    hashes = [
        hash_of(), hash_of(at=AT + timedelta(seconds=1)), hash_of(fewer),
        hash_of(windows=agreed), hash_of(circumstances=Circumstances(stale=frozenset({"root"}))),
        hash_of(ended=[change("CHG-0", affected=["x=outage"], outcome="failed")]),
        hash_of(people=lambda services, at: People(promises={"svc": Promise(7)})),
    ]  # fmt: skip

    assert len(set(hashes)) == len(hashes)
    assert hash_of() == hash_of(limit=0) == hash_of(limit=1000) == hashes[0]


def test_changes_that_ended_are_hashed_once_while_they_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[object] = []
    plain = evidence.plain

    def noted(value: Any) -> Any:
        counted.append(value)
        return plain(value)

    monkeypatch.setattr(evidence, "plain", noted)
    ended = [change(f"CHG-{number}", affected=["x=outage"], outcome="failed") for number in range(3)]

    def asked(some: list[Any]) -> tuple[str, int]:
        counted.clear()
        found = hash_of(ended=some)
        return found, sum(isinstance(each, list) and str(each[0]).startswith("CHG-") for each in counted if each)

    first, again = asked(ended), asked(list(ended))
    other = asked([*ended[:2], change("CHG-2", affected=["x=outage"], outcome="success")])

    assert (first[1], again[1], other[1]) == (3, 0, 3)
    assert first[0] == again[0] != other[0]
