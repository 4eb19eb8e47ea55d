"""Conflicts in the words of the register: the example's flaws are found, and what the records may get wrong is said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from graph.estate import Estate
from graph.ontology import load_ontology
from graph.records.changes import Change, change_of
from graph.records.incidents import incident_of
from graph.records.windows import window_of
from graph.values import State
from queries.change_conflicts import change_conflicts
from queries.planned import Asked, Chains
from tests.docs.printed import insurer
from tests.queries.insurer import NOW, ZONE, records_of


@pytest.fixture(scope="module")
def estate() -> Estate:
    return insurer()


def asked(estate: Estate, changes: Sequence[Change], **more: Any) -> Asked:
    active = [change for change in changes if change.is_active]
    return Asked(estate, load_ontology(), active, more.pop("incidents", []), NOW, **more)


def test_the_flaws_of_the_example_are_found_and_only_those(estate: Estate) -> None:
    changes, windows = records_of("changes", change_of), records_of("windows", window_of)
    given = asked(estate, changes, incidents=records_of("incidents", incident_of))

    found = change_conflicts(given, windows, NOW, NOW + timedelta(days=14), ZONE)

    assert [(each.kind, each.changes) for each in found.found] == [
        ("outside_maintenance", ("CHG-M01",)),
        ("emergent_outage", ("CHG-E01", "CHG-E02")),
        ("blackout", ("CHG-B01",)),
    ]
    assert (found.complete, found.reasons) == (True, ())


def test_whoever_is_late_is_taken_to_be_so_whenever_somebody_asked_before(estate: Estate) -> None:
    late = change_of("CHG-1", {
        "title": "t", "status": "implementing", "affected": ["db-hexin-1=outage"],
        "planned_start": NOW.isoformat(), "planned_end": (NOW + timedelta(hours=4)).isoformat(),
    })  # fmt: skip
    before = asked(estate, [late])
    assert not before.plan.reasons

    after = replace(before, at=NOW + timedelta(hours=5))
    fresh = replace(after, chains=Chains())

    assert [each.key for each in after.plan.reasons] == ["conflicts.change_end_assumed"]
    assert after.plan.reasons == fresh.plan.reasons
    assert after.plan.parties == fresh.plan.parties


def test_a_change_is_told_from_another_one_of_its_name(estate: Estate) -> None:
    fields: State = {"title": "t", "status": "approved", "affected": ["db-hexin-1=outage"],
              "planned_start": NOW.isoformat(), "planned_end": (NOW + timedelta(hours=4)).isoformat()}  # fmt: skip
    one, other = change_of("CHG-1", fields), change_of("CHG-1", {**fields, "affected": ["db-hexin-2=outage"]})
    stored = asked(estate, [one])
    (kept,) = stored.plan.parties

    (moved,) = stored.beside(other).plan.parties
    (again,) = replace(stored).plan.parties

    assert (again, moved == kept) == (kept, False)


def test_a_ci_that_is_not_there_is_a_gap_only_while_its_change_touches_it(estate: Estate) -> None:
    def planned(change_id: str, day: int, affected: str, **more: str) -> Change:
        start = (NOW + timedelta(days=day)).isoformat()
        end = (NOW + timedelta(days=day, hours=2)).isoformat()
        fields = {"title": "t", "status": "scheduled", "planned_start": start, "planned_end": end, **more}
        return change_of(change_id, {**fields, "affected": [affected]})

    mine = planned("CHG-1", 5, "db-hexin-1=outage")
    window = NOW + timedelta(days=5), NOW + timedelta(days=5, hours=2)
    for other, complete in (
        (planned("CHG-2", 5, "gone=outage"), False),
        (planned("CHG-2", 4, "gone=outage"), True),
        (planned("CHG-2", 6, "gone=retire"), True),
        (planned("CHG-2", 4, "gone=retire"), False),
        (planned("CHG-2", 4, "gone=outage", status="implementing"), False),
    ):
        found = change_conflicts(asked(estate, [mine, other]), [], *window, ZONE, about="CHG-1")
        (reason,) = found.reasons
        assert (reason.params, found.complete) == ({"change": "CHG-2", "ci_id": "gone"}, complete)


@pytest.mark.parametrize(("hours", "expected_end", "complete"), [
    (1, None, False), (30, None, True), (30, timedelta(hours=40), False), (50, timedelta(hours=40), True),
])  # fmt: skip
def test_an_incident_that_names_no_ci_is_a_gap_only_as_long_as_it_is_taken_to_last(
    estate: Estate, hours: int, expected_end: timedelta | None, complete: bool
) -> None:
    started = (NOW - timedelta(hours=1)).isoformat()
    end = {} if expected_end is None else {"expected_end": (NOW + expected_end).isoformat()}
    incident = incident_of("INC-1", {"started_at": started, **end})
    window = NOW + timedelta(hours=hours), NOW + timedelta(hours=hours + 2)

    found = change_conflicts(asked(estate, [], incidents=[incident]), [], *window, ZONE)

    assert [reason.params for reason in found.reasons] == [{"incident": "INC-1"}]
    assert found.complete is complete


def test_a_window_the_wrong_way_round_is_a_gap_only_about_its_moments(estate: Estate) -> None:
    def planned(change_id: str, start: datetime, end: datetime) -> Change:
        fields = {
            "title": "t",
            "status": "scheduled",
            "planned_start": start.isoformat(),
            "planned_end": end.isoformat(),
        }
        return change_of(change_id, {**fields, "affected": ["db-hexin-1=outage"]})

    days = [NOW + timedelta(days=day) for day in range(9)]
    mine = planned("CHG-1", days[5], days[6])
    for start, end, complete in (
        (days[5], days[4], False),
        (days[7], days[4], False),
        (days[4], days[3], True),
        (days[8], days[7], True),
        (days[4], days[4], True),
        (days[5], days[5], False),
    ):
        found = change_conflicts(
            asked(estate, [mine, planned("CHG-2", start, end)]), [], days[5], days[6], ZONE, about="CHG-1"
        )
        assert found.complete is complete
