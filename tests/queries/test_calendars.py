"""Service time is what every moment, asked one by one, says; holidays and switches of the clock included."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import BadInputError
from graph.records.calendars import CalendarDay, Hours, calendar_day_of, hours_of
from queries.calendars import ServiceTime, service_calendar, service_time
from queries.holidays import public_days
from queries.intervals import Interval, common, seconds, united, without
from queries.rules import WEEKDAYS
from tests.graph.estates import cases
from tests.queries.slow_calendars import slow_service_time

EXAMPLES = settings(max_examples=cases(5_000), deadline=None, suppress_health_check=list(HealthCheck))
# days about a switch of the clock: forward and back, by half an hour, at midnight, a whole day skipped
SWITCHES = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "America/Sao_Paulo": (date(2018, 2, 18), date(2018, 11, 4)),
    "Pacific/Apia": (date(2011, 12, 30),),
    "America/New_York": (date(2024, 2, 29), date(2026, 11, 1)),
}
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_service_time_is_every_moment_that_the_hours_promise(data: st.DataObject) -> None:
    first = data.draw(st.sampled_from(sorted(SWITCHES)))
    switch = data.draw(st.sampled_from(SWITCHES[first]))
    spans: Any = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from([first, first, "Europe/Berlin"]),
                st.integers(0, 6),
                st.integers(0, 95),
                st.integers(1, 96),
            ).filter(lambda row: row[2] < row[3]),
            min_size=1,
            max_size=8,
        )
    )
    days: Any = data.draw(
        st.dictionaries(st.integers(-1, 2).map(lambda n: switch + n * DAY), st.booleans(), max_size=2)
    )
    start = datetime.combine(switch, datetime.min.time(), UTC) - DAY + data.draw(st.integers(0, 20)) * QUARTER
    end = start + data.draw(st.integers(1, 280)) * QUARTER
    rows = [Hours("c", WEEKDAYS[day], clock(15 * low), clock(15 * high), zone) for zone, day, low, high in spans]
    own = [CalendarDay("c", day, "workday" if worked else "holiday") for day, worked in days.items()]

    found = service_time(service_calendar("c", rows, own, zone="UTC"), start, end)

    moments = [start + count * QUARTER for count in range((end - start) // QUARTER)]
    hours = [(zone, day, 15 * low, 15 * high) for zone, day, low, high in spans]
    assert [m for m in moments if any(each.start <= m < each.end for each in found.intervals)] == list(
        slow_service_time(hours, days, start, end, QUARTER)
    )
    assert seconds(found.intervals) == 900 * sum(
        each.start <= m < each.end for each in found.intervals for m in moments
    )


@pytest.mark.many
@EXAMPLES
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40))),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40))),
)
def test_intervals_are_sets_of_moments(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    first, second = (united(Interval(MONDAY + a * DAY, MONDAY + b * DAY) for a, b in spans) for spans in (some, others))

    def days(spans: tuple[Interval, ...]) -> set[int]:
        assert all(a.end < b.start for a, b in pairwise(spans))
        return {n for n in range(41) for a, b in spans if a <= MONDAY + n * DAY < b}

    assert days(first) == {n for a, b in some for n in range(a, b)}
    assert days(common(first, second)) == days(first) & days(second)
    assert days(without(first, second)) == days(first) - days(second)
    assert seconds(first) == 86_400 * len(days(first))


def office(*more: CalendarDay, zone: str = "Asia/Shanghai", to: str = "18:00") -> Any:
    rows = [Hours("office", day, "09:00", to, zone) for day in WEEKDAYS[:5]]
    return service_calendar("office", rows, more, zone="UTC")


def dates(found: ServiceTime, zone: ZoneInfo = SHANGHAI) -> list[str]:
    return [f"{each.start.astimezone(zone):%m-%d}" for each in found.intervals]


def test_china_s_holidays_and_made_up_workdays_lie_beneath_a_calendar_s_own_days() -> None:
    week = datetime(2026, 9, 30, tzinfo=SHANGHAI), datetime(2026, 10, 12, tzinfo=SHANGHAI)
    own = CalendarDay("office", date(2026, 10, 10), "holiday"), CalendarDay("office", date(2026, 10, 7), "workday")

    assert dates(service_time(office(), *week)) == ["09-30", "10-08", "10-09", "10-10"]
    assert dates(service_time(office(*own), *week)) == ["09-30", "10-07", "10-08", "10-09"]


@pytest.mark.parametrize("month", [1, 10, 12])
def test_the_day_after_a_period_is_not_asked_about(month: int) -> None:
    until_new_year = service_time(
        office(), datetime(2026, month, 1, tzinfo=SHANGHAI), datetime(2027, 1, 1, tzinfo=SHANGHAI)
    )
    a_moment_more = service_time(
        office(), datetime(2026, 12, 1, tzinfo=SHANGHAI), datetime(2027, 1, 1, 0, 0, 1, tzinfo=SHANGHAI)
    )

    assert (until_new_year.unknown_years, a_moment_more.unknown_years) == ((), (2027,))


def test_a_calendar_that_never_rests_knows_no_public_holiday_but_its_own() -> None:
    always = [Hours("always", None, None, None, "Asia/Shanghai")]
    week = datetime(2026, 10, 1, tzinfo=SHANGHAI), datetime(2026, 10, 8, tzinfo=SHANGHAI)
    own = [CalendarDay("always", date(2026, 10, 1), "holiday")]

    assert seconds(service_time(service_calendar("always", always, [], zone="UTC"), *week).intervals) == 7 * 86_400
    assert seconds(service_time(service_calendar("always", always, own, zone="UTC"), *week).intervals) == 6 * 86_400


def test_elsewhere_only_a_calendar_s_own_days_differ() -> None:
    week = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 5, tzinfo=UTC)

    assert dates(service_time(office(zone="Europe/Berlin"), *week), ZoneInfo("Europe/Berlin")) == ["10-01", "10-02"]


def test_a_made_up_saturday_is_a_whole_day_also_where_saturdays_are_short() -> None:
    rows = [Hours("c", "MO", "09:00", "18:00", None), Hours("c", "6", "09:00", "12:00", None)]
    made_up = [CalendarDay("c", date(2026, 11, 28), "workday")]
    saturday = datetime(2026, 11, 28, tzinfo=UTC), datetime(2026, 11, 29, tzinfo=UTC)

    assert seconds(service_time(service_calendar("c", rows, [], zone="UTC"), *saturday).intervals) == 3 * 3_600
    assert seconds(service_time(service_calendar("c", rows, made_up, zone="UTC"), *saturday).intervals) == 9 * 3_600


def test_a_year_whose_holidays_are_not_known_is_named_unless_the_calendar_lists_days_of_it() -> None:
    period = datetime(2199, 3, 1, tzinfo=UTC), datetime(2199, 4, 1, tzinfo=UTC)

    assert service_time(office(), *period).unknown_years == (2199,)
    assert service_time(office(CalendarDay("office", date(2199, 1, 1), "holiday")), *period).unknown_years == ()
    assert service_time(office(zone="Europe/Berlin"), *period).unknown_years == ()


def test_the_years_that_are_known_have_holidays_and_made_up_workdays() -> None:
    for year in range(2004, 2027):
        days = public_days("Asia/Shanghai", year)
        assert days is not None
        assert days[date(year, 10, 1)] is False
        assert {day.weekday() >= 5 for day, is_workday in days.items() if is_workday} == {True}


def test_overlapping_hours_are_one_and_the_day_of_a_switch_is_an_hour_shorter() -> None:
    rows = [Hours("c", None, "00:00", "16:00", "Europe/Berlin"), Hours("c", "SU", "08:00", "24:00", "Europe/Berlin")]
    berlin = ZoneInfo("Europe/Berlin")
    sunday = datetime(2026, 3, 29, tzinfo=berlin), datetime(2026, 3, 30, tzinfo=berlin)

    (found,) = service_time(service_calendar("c", rows, [], zone="UTC"), *sunday).intervals

    assert found.end - found.start == timedelta(hours=23)


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("reversed", {"from": "18:00", "to": "09:00"}), ("reversed", {"from": "09:00", "to": "09:00"}),
        ("reversed", {"from": "24:00"}), ("weekday", {"weekday": "someday"}), ("weekday", {"weekday": "8"}),
        ("clock", {"from": "9 am"}), ("zone", {"zone": "Europe/Atlantis"}), ("unknown", {"calendar_id": "other"}),
    ],
)  # fmt: skip
def test_hours_that_make_no_sense_are_refused(key: str, row: Any) -> None:
    with pytest.raises(BadInputError, match=rf"calendar\.{key}"):
        service_calendar("c", [hours_of({"calendar_id": "c", **row})], [], zone="UTC")


def test_days_that_make_no_sense_are_refused() -> None:
    rows = [Hours("c", None, None, None, None)]
    day = calendar_day_of({"calendar_id": "c", "date": "2026-02-28", "kind": "holiday"})

    with pytest.raises(BadInputError, match=r"calendar\.two_kinds"):
        service_calendar("c", rows, [day, CalendarDay("c", day.day, "workday")], zone="UTC")
    with pytest.raises(BadInputError, match=r"calendar\.kind"):
        service_calendar("c", rows, [CalendarDay("c", day.day, "party")], zone="UTC")


@pytest.mark.parametrize(("start", "end"), [(MONDAY, MONDAY), (MONDAY, MONDAY - DAY), (MONDAY, MONDAY + 40_000 * DAY)])
def test_a_period_that_is_none_is_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(BadInputError, match=r"calendar\.period"):
        service_time(office(), start, end)
