"""What is promised of a service: the strictest of what binds, and how a share is judged by it."""

from datetime import UTC, date, datetime

import pytest

from graph.errors import Message
from graph.records.agreements import Agreement, agreement_of
from graph.records.calendars import Hours
from graph.records.outages import Outage
from graph.records.recoveries import RecoveryTimes
from graph.values import State
from queries.availability import Measured
from queries.kpis.period import month_before, period_of
from queries.promises import Hourly, Promises, promised

DAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("signed", "until", "binds"),
    [(None, None, True), (DAY, DAY, True), (date(2026, 11, 28), None, False), (None, date(2026, 11, 26), False)],
)
def test_an_agreement_binds_from_its_signature_to_its_last_day(
    signed: date | None, until: date | None, binds: bool
) -> None:
    one = Agreement("A", "svc", rpo=60, signed_at=signed, valid_until=until)

    assert promised("svc", RecoveryTimes(), [one], DAY).rpo == (60 if binds else None)


def test_an_agreement_on_another_service_promises_nothing() -> None:
    assert promised("svc", RecoveryTimes(), [Agreement("A", "other", rto=1, target=0.9)], DAY) == Promises()


def test_hours_are_of_the_agreement_with_the_highest_target_else_of_the_first() -> None:
    low, high = Agreement("A", "svc", target=0.9, calendar_id="a"), Agreement("B", "svc", target=0.99, calendar_id="b")
    none = Agreement("0", "svc", calendar_id="c")

    assert promised("svc", RecoveryTimes(), [low, high, none], DAY).calendar_id == "b"
    assert promised("svc", RecoveryTimes(), [none], DAY) == Promises(agreement="0", calendar_id="c")


def test_an_agreement_is_read_from_its_record() -> None:
    state: State = {
        "service": "svc",
        "availability_target": 1,
        "rto": 60,
        "valid_until": "2026-11-30",
    }

    assert agreement_of("A", state) == Agreement("A", "svc", target=1.0, rto=60, valid_until=date(2026, 11, 30))


def test_a_calendar_that_nobody_wrote_is_a_reason_not_a_number() -> None:
    hourly = Hourly([Hours("office", None, None, None, None)], outages=[])
    month, now = period_of("2026-10", "UTC"), datetime(2026, 11, 27, tzinfo=UTC)

    known = hourly.measured("svc", Promises(calendar_id="office"), month, now)
    lost = hourly.measured("svc", Promises(calendar_id="lost"), month, now)

    assert isinstance(known, Measured)
    assert known.value == 1.0
    assert lost == Message("calendar.unknown", {"calendar_id": "lost"})


def test_only_outages_of_the_service_count() -> None:
    start, end = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)
    hourly = Hourly([Hours("c", None, None, None, None)], outages=[Outage("O", "other", start, end, planned=False)])

    found = hourly.measured("svc", Promises(calendar_id="c"), period_of("2026-10", "UTC"), end)

    assert isinstance(found, Measured)
    assert found.value == 1.0


@pytest.mark.parametrize(
    ("at", "expected"), [("2026-01-01", "2025-12"), ("2026-12-31", "2026-11"), ("2026-03-01", "2026-02")]
)
def test_the_month_before_is_the_last_one_that_is_over(at: str, expected: str) -> None:
    assert month_before(datetime.fromisoformat(at).replace(tzinfo=UTC), "UTC").id == expected
