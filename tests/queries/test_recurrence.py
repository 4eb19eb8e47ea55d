"""Windows that recur are when every day, asked one by one, says so."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import BadInputError
from graph.records.windows import Window, window_of
from graph.values import State
from queries.recurrence import occurrences
from queries.rules import WEEKDAYS, parse_rule
from tests.graph.estates import cases
from tests.queries.slow_calendars import slow_starts

EXAMPLES = settings(max_examples=cases(10_000, 50), deadline=None, suppress_health_check=list(HealthCheck))
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
PARTS = {
    "BYMONTH": range(1, 13), "BYMONTHDAY": [*range(1, 32), -1, -2, -31], "BYYEARDAY": [1, 59, 60, 366, -1, -366],
    "BYWEEKNO": [1, 2, 10, 52, 53, -1, -51], "BYHOUR": range(24), "BYMINUTE": [0, 30], "BYSECOND": [0, 59],
}  # fmt: skip
GOES_WITH = {
    "DAILY": ["BYMONTH", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSECOND"],
    "WEEKLY": ["BYMONTH", "BYHOUR", "BYMINUTE"],
    "MONTHLY": ["BYMONTH", "BYMONTHDAY", "BYHOUR", "BYMINUTE"],
    "YEARLY": list(PARTS),
}
DAYS = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(sorted(GOES_WITH)))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    for name in draw(st.lists(st.sampled_from(GOES_WITH[frequency]), unique=True, max_size=2)):
        numbers = draw(st.lists(st.sampled_from(list(PARTS[name])), min_size=1, max_size=3, unique=True))
        parts.append(f"{name}={','.join(map(str, numbers))}")
    if draw(st.booleans()):
        numbered = frequency in ("MONTHLY", "YEARLY") and "BYWEEKNO" not in str(parts) and draw(st.booleans())
        which = draw(st.sampled_from(["1", "+2", "-1", "5", "-5"])) if numbered else ""
        days = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True))
        parts.append(f"BYDAY={','.join(which + day for day in days)}")
    if len(parts) > 2 and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from(['1', '2', '-1', '1,-1']))}")
    parts.append(draw(st.sampled_from(["", "WKST=SU", "WKST=WE"])))
    parts.append(draw(st.sampled_from(["", "COUNT=7", "UNTIL=20250301", "UNTIL=20250710T120000Z"])))
    return ";".join(part for part in parts if part)


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_a_rule_gives_the_days_that_fit_it(data: st.DataObject) -> None:
    text, zone = data.draw(rules()), data.draw(st.sampled_from(ZONES))
    first = data.draw(st.datetimes(datetime(2023, 11, 1), datetime(2025, 3, 1))).replace(microsecond=0)
    start = first.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    first = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    since = data.draw(st.datetimes(datetime(2024, 9, 1), datetime(2025, 9, 1))).replace(tzinfo=UTC)
    until = since + timedelta(days=data.draw(st.integers(1, 300)))
    lasting = timedelta(hours=data.draw(st.sampled_from([1, 30])))
    window = Window("W", "maintenance", ("*",), start, None, text, int(lasting.total_seconds()), zone, None)

    found = occurrences(window, since, until, "UTC")

    starts = slow_starts(parse_rule(text, ZoneInfo(zone)), first, ZoneInfo(zone), (until + timedelta(days=3)).date())
    assert [each.start for each in found] == sorted({s for s in starts if s < until and s + lasting > since})
    assert all(each.end - each.start == lasting for each in found)


def window(rrule: str | None = None, **state: Any) -> Window:
    given: State = {"from": "2026-03-27T01:30:00Z", "duration": 3_600, "zone": "Europe/Berlin", **state}
    return window_of("W-1", {**given, "rrule": rrule} if rrule else given)


def test_a_local_time_that_is_skipped_is_told_by_the_offset_before_and_one_that_comes_twice_is_the_first() -> None:
    night = window("FREQ=DAILY")  # 02:30 in Berlin

    assert [each.start.hour for each in occurrences(night, *DAYS, "UTC")] == [1, 1, 0]
    autumn = datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC)
    assert [each.start.hour for each in occurrences(night, *autumn, "UTC")] == [0, 0, 1]


def test_a_rule_of_the_29th_of_february_skips_the_other_years() -> None:
    leap = window("FREQ=YEARLY", **{"from": "2024-02-29T12:00:00Z"})

    found = occurrences(leap, datetime(2024, 1, 1, tzinfo=UTC), datetime(2033, 1, 1, tzinfo=UTC), "UTC")

    assert [(each.start.year, each.start.month, each.start.day) for each in found] == [(2024, 2, 29), (2028, 2, 29),
                                                                                       (2032, 2, 29)]  # fmt: skip


def test_one_that_begins_earlier_and_still_lasts_is_met_and_one_that_ends_at_the_beginning_is_not() -> None:
    long = window("FREQ=MONTHLY", duration=86_400 * 2)

    assert len(occurrences(long, *DAYS, "UTC")) == 1
    assert not occurrences(window("FREQ=MONTHLY", duration=81_000), *DAYS, "UTC")


def test_without_a_rule_a_window_is_from_its_start_to_its_end_and_where_open_to_the_end_of_the_range() -> None:
    day = DAYS[0] + timedelta(days=1)
    closed = Window("W", "blackout", ("*",), day, DAYS[1], None, None, None, None)
    until = Window("W", "blackout", ("*",), None, day, None, None, None, None)
    open_end = Window("W", "blackout", ("*",), day, None, None, None, None, None)

    assert occurrences(closed, *DAYS, "UTC") == ((day, DAYS[1]),)
    assert occurrences(until, *DAYS, "UTC") == ((DAYS[0], day),)
    assert occurrences(open_end, *DAYS, "UTC") == ((day, DAYS[1]),)
    assert occurrences(until, day, DAYS[1], "UTC") == ()


@pytest.mark.parametrize(
    ("key", "state"),
    [
        ("window.zone", {"zone": "Europe/Atlantis"}),
        ("window.no_start", {"from": None}),
        ("window.no_duration", {"duration": None}),
        ("window.no_duration", {"duration": 0}),
        ("window.no_duration", {"duration": None, "to": "2026-03-27T01:30:00Z"}),
        ("window.two_ends", {"to": "2026-03-28T01:30:00Z"}),
    ],
)
def test_a_window_that_recurs_and_lacks_something_is_refused(key: str, state: State) -> None:
    with pytest.raises(BadInputError, match=key):
        occurrences(window("FREQ=DAILY", **state), *DAYS, "UTC")


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [("window.times", None, None), ("window.reversed", DAYS[1], DAYS[0]), ("window.reversed", DAYS[0], DAYS[0])],
)  # fmt: skip
def test_a_window_without_times_or_with_reversed_ones_is_refused(
    key: str, start: datetime | None, end: datetime | None
) -> None:
    with pytest.raises(BadInputError, match=key):
        occurrences(Window("W", "blackout", ("*",), start, end, None, None, None, None), *DAYS, "UTC")


@pytest.mark.parametrize(
    ("since", "until"), [(DAYS[1], DAYS[0]), (DAYS[0], DAYS[0]), (DAYS[0].replace(year=1), DAYS[0])]
)
def test_a_range_that_is_none_is_refused(since: datetime, until: datetime) -> None:
    with pytest.raises(BadInputError, match=r"window\.range"):
        occurrences(window(), since, until, "UTC")


@pytest.mark.parametrize(
    "rule",
    [
        "", "FREQ", "FREQ=", "FREQ=FORTNIGHTLY", "INTERVAL=2", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=2;UNTIL=20261231",
        "FREQ=DAILY;UNTIL=20261331", "FREQ=DAILY;UNTIL=soon", "FREQ=DAILY;WKST=1MO", "FREQ=DAILY;BYDAY=1MO",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=6MO", "FREQ=MONTHLY;BYDAY=MO,1TU", "FREQ=MONTHLY;BYDAY=0MO", "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;BYHOUR=-1", "FREQ=YEARLY;BYMONTHDAY=0", "FREQ=YEARLY;BYEASTER=0", "FREQ=YEARLY;BYMONTH=1.5",
        "FREQ=YEARLY;BYSETPOS=1",
        "FREQ=YEARLY;BYWEEKNO=-53", "FREQ=YEARLY;BYMONTH=²", "DTSTART:20260101T000000\nRRULE:FREQ=DAILY", "X" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_its_part(rule: str) -> None:
    with pytest.raises(BadInputError, match=r"window\.rule"):
        occurrences(window(rule or " "), *DAYS, "UTC")


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("window.too_often", "FREQ=SECONDLY"),
        ("window.too_often", "FREQ=HOURLY;COUNT=2"),
        ("window.too_often", f"FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE={','.join(map(str, range(60)))}"),
        ("window.too_many", f"FREQ=DAILY;BYMINUTE={','.join(map(str, range(60)))}"),
        ("window.too_many", "FREQ=DAILY;COUNT=999999"),
    ],
)
def test_what_recurs_without_measure_is_refused(key: str, rule: str) -> None:
    since = datetime(2400, 1, 1, tzinfo=UTC)
    with pytest.raises(BadInputError, match=key):
        occurrences(window(rule), since, since + timedelta(days=366), "UTC")


@pytest.mark.parametrize("rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;INTERVAL=7;BYDAY=TU"])
def test_a_rule_that_never_comes_true_is_given_up_soon(rule: str) -> None:
    began = time.process_time()

    assert occurrences(window(rule), *DAYS, "UTC") == ()
    assert time.process_time() - began < 5


def test_a_rule_of_long_ago_is_not_gone_along_day_by_day() -> None:
    began = time.process_time()

    found = occurrences(window("FREQ=DAILY", **{"from": "1901-01-01T00:00:00Z"}), *DAYS, "UTC")

    assert len(found) == 4
    assert time.process_time() - began < 0.05
