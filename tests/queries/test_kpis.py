"""Every indicator equals its definition in random worlds, and says why it cannot be measured where it cannot."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import BadInputError, Message
from graph.ontology import load_ontology
from graph.records.audits import Audit
from graph.records.changes import Change, change_of
from graph.records.feeds import Feed, Target
from graph.records.incidents import Incident, incident_of
from graph.values import Value as Kept
from queries.kpis.frame import Facts, Measure, Value, evaluated
from queries.kpis.period import Period, period_of
from queries.kpis.registry import ALL, BY_ID, kpis_named
from queries.ledgers import ledgers
from tests.graph.estates import cases
from tests.queries import slow_kpis
from tests.queries.slow_kpis import Register
from tests.queries.worlds import BEGIN, CIS, random_world

EXAMPLES = settings(max_examples=cases(10_000, 40), deadline=None, suppress_health_check=list(HealthCheck))


def days(rng: random.Random) -> datetime | None:
    return rng.choice([None, BEGIN + timedelta(days=rng.randrange(-40, 40))])


def random_register(rng: random.Random) -> Register:
    incidents = [
        Incident(f"I{n}", None, rng.choice([None, *CIS[:2]]), (), None, None, days(rng), days(rng), None, None,
                 days(rng), None, rng.choice([None, f"C{rng.randrange(7)}"]), None)
        for n in range(rng.randrange(5))
    ]  # fmt: skip
    audits = [
        Audit(f"A{n}", rng.choice(CIS), days(rng), rng.random() < 0.5, None) for n in range(rng.randrange(6))
    ]  # fmt: skip
    feeds = [
        Feed(f"F{n}", rng.choice(["changes", "incidents", "cis"]), None, days(rng), days(rng))
        for n in range(rng.randrange(3))
    ]
    world = random_world(rng)
    began = min((update.at for update in world.updates), default=None)
    return Register(world, incidents, audits, feeds, began)


def facts_of(register: Register) -> Facts:
    world = register.world
    found = ledgers(world.updates, world.changes, load_ontology(), at=world.at, exemptions=world.exemptions)
    return Facts(
        at=world.at, ledgers=found, changes=world.changes, incidents=register.incidents, audits=register.audits,
        feeds=register.feeds, began=register.began,
    )  # fmt: skip


def plain(found: Measure | Message) -> slow_kpis.Counted:
    if isinstance(found, Message):
        return found.key
    return found.numerator.value, None if found.denominator is None else found.denominator.value


@pytest.mark.many
@EXAMPLES
@given(st.integers(0, 2**32 - 1))
def test_every_indicator_equals_its_definition_in_every_month(seed: int) -> None:
    rng = random.Random(seed)
    register = random_register(rng)
    facts, period = facts_of(register), period_of(rng.choice(["2026-10", "2026-Q4", "2026", "2026-11"]), "UTC")

    for kpi in ALL:
        value = evaluated(kpi, facts, period)
        assert plain(value.found) == slow_kpis.counted(register, kpi.id, period), kpi.id
        months = {name: plain(found) for name, found in value.trend}
        for month in ("2026-09", "2026-10"):
            if month in months:
                assert months[month] == slow_kpis.counted(register, kpi.id, period_of(month, "UTC")), kpi.id


@pytest.mark.many
@EXAMPLES
@given(st.integers(0, 2**32 - 1))
def test_every_number_opens_to_the_records_behind_it(seed: int) -> None:
    register = random_register(random.Random(seed))
    period = period_of("2026-10", "UTC")

    for kpi in ALL:
        found = evaluated(kpi, facts_of(register), period).found
        if isinstance(found, Message):
            continue
        assert len(set(found.numerator.records)) == found.numerator.value
        if found.denominator is not None:
            assert len(set(found.denominator.records)) == found.denominator.value
            assert set(found.numerator.records) <= set(found.denominator.records)


OCTOBER = period_of("2026-10", "Asia/Shanghai")
AT = datetime(2026, 12, 1, tzinfo=UTC)


def of(kpi: str, period: Period = OCTOBER, *, at: datetime = AT, **facts: Any) -> Value:
    changes = facts.get("changes", ())
    return evaluated(BY_ID[kpi], Facts(at=at, ledgers=ledgers((), changes, load_ontology(), at=at), **facts), period)


def a_change(change_id: str = "C-1", *states: Mapping[str, Kept], **fields: Kept) -> Change:
    return change_of(change_id, {name: value for state in (*states, fields) for name, value in state.items()})


ENDED: Mapping[str, Kept] = {
    "actual_start": "2026-10-05T00:00:00Z", "actual_end": "2026-10-06T00:00:00Z", "decision": "approved",
    "decided_at": "2026-10-01T00:00:00Z", "outcome": "success",
}  # fmt: skip


PLANNED: Mapping[str, Kept] = {"status": "implemented", "planned_start": "2026-10-10T00:00:00Z"}


def test_a_change_whose_start_nobody_recorded_began_when_it_was_planned_to() -> None:
    late = a_change("CHG-1", PLANNED, actual_end="2026-10-11T00:00:00Z")
    found = of("B11.6", changes=[late, a_change("CHG-2", ENDED)])

    assert found.plain()["numerator"]["records"] == [{"kind": "change", "id": "CHG-1"}]
    assert found.plain()["parameters"] == {"starts_unknown": 1}


def test_an_emergency_without_an_end_waits_for_a_decision_until_three_days_after_its_start() -> None:
    emergency = a_change(category="emergency", status="implementing", actual_start="2026-10-10T00:00:00Z")
    days = [of("B11.6", changes=[emergency], at=datetime(2026, 10, day, tzinfo=UTC)) for day in (13, 14)]

    assert [each.plain()["value"] for each in days] == [0, 1]
    assert days[0].plain()["parameters"] == {"emergencies_undecided": 1}


@pytest.mark.parametrize("kpi", ["B11.5", "B11.7", "B11.9"])
def test_changes_whose_end_nobody_recorded_are_told(kpi: str) -> None:
    incident = incident_of("I-1", {"started_at": "2026-10-08T00:00:00Z"})
    changes = [a_change("CHG-1", PLANNED), a_change("CHG-2", ENDED, attempts=1, planned_end="2026-10-06T00:00:00Z")]
    found = of(kpi, changes=changes, incidents=[incident]).plain()

    assert (found["denominator"]["value"], found["parameters"]["ends_unknown"]) == (1, 1)


def test_incidents_of_another_period_say_nothing_of_this_one() -> None:
    before = incident_of("I-1", {"started_at": "2026-09-08T00:00:00Z"})

    assert (
        of("B11.7", changes=[a_change("CHG-1", ENDED)], incidents=[before]).plain()["reason"]["key"] == "kpi.no_records"
    )


def test_obligations_that_cannot_be_measured_are_told() -> None:
    edits = '[{"op":"set","ci_id":"db-1","field":"version","value":"2"}]'
    endless = a_change("CHG-1", PLANNED, edits=edits)
    owing = a_change("CHG-2", ENDED, status="closed", edits=edits)

    assert of("B11.1", changes=[endless, owing]).plain()["parameters"] == {"obligations_not_measurable": 1}


def test_a_period_follows_the_zone_and_holds_its_start_but_not_its_end() -> None:
    assert (OCTOBER.start.isoformat(), OCTOBER.end.isoformat()) == (
        "2026-10-01T00:00:00+08:00",
        "2026-11-01T00:00:00+08:00",
    )
    assert OCTOBER.holds(datetime(2026, 9, 30, 16, tzinfo=UTC))
    assert not OCTOBER.holds(datetime(2026, 10, 31, 16, tzinfo=UTC))
    assert [month.id for month in period_of("2026-Q1", "UTC").trend()][::11] == ["2025-04", "2026-03"]
    assert period_of("2026", "UTC").trend()[0].id == "2026-01"


@pytest.mark.parametrize("text", ["", "2026-13", "2026-00", "2026-Q5", "26-10", "2026-10-01", "0000", "9999", "²026"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match=r"kpi\.bad_period"):
        period_of(text, "UTC")


def test_an_unknown_indicator_is_refused_by_name_and_known_ones_come_in_the_order_of_the_standard() -> None:
    with pytest.raises(BadInputError) as refused:
        kpis_named(["B11.1", "B99.9"])
    assert refused.value.message.params["ids"] == "B99.9"
    assert [kpi.id for kpi in kpis_named(["b11.10", "B3.8", "B11.2", "B11.2"])] == ["B3.8", "B11.2", "B11.10"]
    assert kpis_named([]) == list(ALL)


def test_a_period_that_has_not_begun_or_holds_nothing_is_not_measurable_and_says_why() -> None:
    for kpi in BY_ID:
        found = of(kpi, period_of("2027", "UTC"))
        assert (found.status, found.plain()["reason"]["key"]) == ("not_measurable", "kpi.not_begun")
        assert found.plain()["value"] is None
    assert of("B11.3").found == Message("kpi.nothing_to_measure", {"period": "2026-10"})
    assert of("B11.10").found == Message("kpi.no_records", {"table": "changes", "period": "2026-10"})


def test_a_count_is_nought_where_its_table_has_a_record_or_a_declared_feed() -> None:
    assert of("B11.10", changes=[a_change("C-1", ENDED, category="standard")]).plain()["value"] == 0
    feed = Feed("F", "incidents", "itsm", OCTOBER.start, None)
    assert of("B3.8", feeds=[feed]).plain()["value"] == 0
    assert of("B3.8", period_of("2026-09", "Asia/Shanghai"), feeds=[feed]).status == "not_measurable"


def test_a_target_is_met_or_missed_exactly_and_the_latest_one_counts() -> None:
    changes = [a_change(f"C-{n}", ENDED, attempts=1 if n < 9 else 2) for n in range(10)]
    old, new = Target("B11.5", ">=", 0.95, None), Target("B11.5", ">=", 0.9, OCTOBER.start)

    assert of("B11.5", changes=changes, targets=[old]).status == "missed"
    assert of("B11.5", changes=changes, targets=[new, old]).status == "met"
    assert of("B11.5", changes=changes).status == "measured"
    found = of("B11.5", changes=changes, targets=[old]).found
    assert isinstance(found, Measure)
    assert found.value == Fraction(9, 10)


def test_the_standards_own_reading_is_told_where_it_is_another_number() -> None:
    changes = [a_change("C-1", ENDED, attempts=1), a_change("C-2", ENDED)]

    assert of("B11.5", changes=changes).plain()["parameters"] == {
        "attempts_unknown": 1, "standard": {"numerator": 1, "denominator": 2, "value": 0.5},
    }  # fmt: skip
    assert of("B11.5", changes=changes[:1]).plain()["parameters"] == {}


def test_incidents_must_be_recorded_before_a_change_can_be_said_to_have_caused_none() -> None:
    changes = [a_change("C-1", ENDED)]
    other = incident_of("I-1", {"started_at": "2026-10-01T00:00:00Z"})

    assert of("B11.7", changes=changes).status == "not_measurable"
    assert of("B11.7", changes=changes, incidents=[other]).plain()["value"] == 0
    two = [incident_of(f"I-{n}", {"caused_by_change": "C-1"}) for n in range(2)]
    assert of("B11.7", changes=changes, incidents=two).plain()["parameters"]["standard"]["numerator"] == 2


def test_an_emergency_that_may_still_be_approved_is_not_yet_unauthorised() -> None:
    change = a_change(category="emergency", actual_start="2026-10-05T00:00:00Z", actual_end="2026-10-06T00:00:00Z")
    early = of("B11.6", changes=[change], at=datetime(2026, 10, 8, tzinfo=UTC)).plain()
    late = of("B11.6", changes=[change]).plain()

    assert (early["value"], early["parameters"]) == (0, {"emergencies_undecided": 1})
    assert (late["value"], late["parameters"]) == (1, {})


def test_records_beyond_a_limit_are_counted() -> None:
    changes = [a_change(f"C-{n}", ENDED, attempts=1) for n in range(5)]
    part = of("B11.5", changes=changes).plain(2)["numerator"]

    assert part == {
        "value": 5, "records": [{"kind": "change", "id": "C-0"}, {"kind": "change", "id": "C-1"}],
        "truncated": True, "total": 5,
    }  # fmt: skip
