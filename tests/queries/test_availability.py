"""Measured availability: promised seconds with service by promised seconds, each looked at by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.records.calendars import Hours
from graph.records.outages import Outage, outage_of
from queries.availability import Measured, measured_availability
from queries.calendars import service_calendar
from tests.graph.estates import cases

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))
START = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
END = START + 96 * HOUR
ALWAYS = service_calendar("always", [Hours("always", None, None, None, "UTC")], [], zone="UTC")
DAYTIME = service_calendar("day", [Hours("day", None, "06:00", "20:00", "UTC")], [], zone="UTC")


def outage(number: int, start: int, end: int | None, planned: bool = False) -> Outage:
    restored = None if end is None else START + end * HOUR
    return Outage(f"O-{number}", "svc", START + start * HOUR, restored, planned)


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_availability_counts_each_promised_hour_once(data: st.DataObject) -> None:
    spans: Any = data.draw(
        st.lists(st.tuples(st.integers(-10, 100), st.none() | st.integers(0, 30), st.booleans()), max_size=5)
    )
    at = START + data.draw(st.integers(1, 120)) * HOUR
    outages = [outage(n, a, None if b is None else a + b, planned) for n, (a, b, planned) in enumerate(spans)]

    found = measured_availability(DAYTIME, outages, START, END, at=at)

    hours = [START + n * HOUR for n in range(96) if 6 <= n % 24 < 20 and START + n * HOUR < at]
    if not hours:
        assert found.reason == "no_service_time"
        return

    def lost(planned: bool) -> set[datetime]:
        return {h for h in hours for o in outages if o.planned == planned and covers(o, h)}

    assert found.denominator == 3_600 * len(hours)
    assert found.numerator == 3_600 * len(set(hours) - lost(planned=False))
    assert found.planned == 3_600 * len(lost(planned=True) - lost(planned=False))
    mine = [o for o in outages if any(covers(o, h) for h in hours)]
    assert found.outages == tuple(o.outage_id for o in mine if not o.planned)
    assert found.planned_outages == tuple(o.outage_id for o in mine if o.planned)
    assert found.open_outages == tuple(
        o.outage_id for o in mine if o.restored_at is None or o.restored_at > min(at, END)
    )


def covers(outage: Outage, hour: datetime) -> bool:
    assert outage.noticed_at is not None
    return outage.noticed_at <= hour and (outage.restored_at is None or hour < outage.restored_at)


def test_the_standard_s_formula_over_a_month() -> None:
    # 43 minutes of a month of 30 days: 99.9 %
    lost = Outage("O-1", "svc", datetime(2026, 11, 3, 2, tzinfo=UTC), datetime(2026, 11, 3, 2, 43, tzinfo=UTC), False)
    month = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)

    found = measured_availability(ALWAYS, [lost], *month, at=month[1])

    assert (found.numerator, found.denominator) == (30 * 86_400 - 43 * 60, 30 * 86_400)
    assert found.value == pytest.approx(0.999, abs=1e-5)


def test_planned_outages_are_told_apart_and_what_is_both_is_a_loss() -> None:
    found = measured_availability(ALWAYS, [outage(1, 0, 6, planned=True), outage(2, 4, 8)], START, END, at=END)

    assert (found.numerator, found.planned) == (92 * 3_600, 4 * 3_600)
    assert (found.value, found.value_with_planned) == (92 / 96, 88 / 96)


@pytest.mark.parametrize(
    ("reason", "subject", "given"),
    [
        ("no_calendar", None, {"calendar": None}),
        ("no_outage_records", None, {"outages": None}),
        ("period_in_future", None, {"at": START}),
        ("no_service_time", None, {"calendar": DAYTIME, "end": START + 5 * HOUR}),
        ("outage_without_start", "O-9", {"outages": [outage_of("O-9", {"service": "svc"})]}),
        ("outage_reversed", "O-1", {"outages": [outage(1, 5, 4)]}),
        ("holidays_unknown", "2199", {
            "calendar": service_calendar("o", [Hours("o", "MO", None, None, "PRC")], [], zone="UTC"),
            "start": START.replace(year=2199), "end": END.replace(year=2199), "at": END.replace(year=2200),
        }),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_says_why_and_has_no_number(reason: str, subject: str | None, given: Any) -> None:
    plain: Any = {"calendar": ALWAYS, "outages": [], "start": START, "end": END, "at": END, **given}

    found = measured_availability(plain["calendar"], plain["outages"], plain["start"], plain["end"], at=plain["at"])

    assert found == Measured(reason=reason, subject=subject)
    assert found.value is None
    assert found.value_with_planned is None
