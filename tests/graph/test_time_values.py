"""Durations, moments, days and times of day as people write them have one kept form, or are refused with a reason."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import values
from graph.values import LONGEST_DURATION
from tests.refusals import refusal

SHANGHAI, BERLIN, NEW_YORK = "Asia/Shanghai", "Europe/Berlin", "America/New_York"


# --- durations ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT4H", 14_400), ("pt4h", 14_400), (" PT30M ", 1_800), ("P1DT30M", 88_200), ("P2W", 1_209_600),
        ("PT0S", 0), ("4h", 14_400), ("30m", 1_800), ("1d 4h", 100_800), ("1d4h", 100_800), ("4h 1d", 100_800),
        ("1h 2m 3s", 3_723), ("90s", 90),
        ("2w", 1_209_600), ("1W 1D", 691_200), ("0h", 0), ("PT3600S", 3_600), (3_600, 3_600), (60.0, 60), (0, 0),
        (-0.0, 0), ("P36600D", LONGEST_DURATION),
    ],
)  # fmt: skip
def test_a_duration_is_whole_seconds(text: Any, seconds: int) -> None:
    found = values.parse_duration(text)

    assert (found, type(found)) == (seconds, int)


@pytest.mark.parametrize(
    "text",
    ["", "4", "4 hrs", "PT", "P", "P1DT", "P1M", "P1Y", "PT1.5H", "-PT4H", "-4h", "h", "4h30", "PT4H30",
     "四小时", "４h", "P٤D",
     "1" * 10 + "h", "PT" + "9" * 1_000_000 + "S", "4h\x00", "inf", "P1W1D2", True, False, 1.5, -1, math.nan, math.inf],
)  # fmt: skip
def test_what_is_no_duration_is_refused(text: Any) -> None:
    assert refusal(lambda: values.parse_duration(text)) == "duration"


@pytest.mark.parametrize("text", ["P36601D", "P999999999W", LONGEST_DURATION + 1, 2**63, 1e300])
def test_a_duration_above_a_century_is_a_typing_error(text: Any) -> None:
    assert refusal(lambda: values.parse_duration(text)) == "duration_too_long"


@given(st.integers(0, LONGEST_DURATION))
def test_a_duration_written_out_is_read_back(seconds: int) -> None:
    assert values.parse_duration(values.duration_text(seconds)) == seconds


# --- times ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "zone", "utc", "zoned"),
    [
        ("2026-11-28T22:00:00+08:00", BERLIN, "2026-11-28T14:00:00Z", True),
        ("2026-11-28T14:00:00Z", BERLIN, "2026-11-28T14:00:00Z", True),
        ("2026-11-28T22:00:00", SHANGHAI, "2026-11-28T14:00:00Z", False),
        (" 2026-11-28 22:00 ", SHANGHAI, "2026-11-28T14:00:00Z", False),
        ("2026-11-28", SHANGHAI, "2026-11-27T16:00:00Z", False),
        ("2026-11-28T22:00:00.250000", SHANGHAI, "2026-11-28T14:00:00.250000Z", False),
        ("2026-03-29T01:59:59", BERLIN, "2026-03-29T00:59:59Z", False),
        ("2026-03-29T03:00:00", BERLIN, "2026-03-29T01:00:00Z", False),
        ("2026-10-25T02:30:00+02:00", BERLIN, "2026-10-25T00:30:00Z", True),
        ("2026-10-25T02:30:00+01:00", BERLIN, "2026-10-25T01:30:00Z", True),
        ("2026-10-25T03:00:00", BERLIN, "2026-10-25T02:00:00Z", False),
        ("1990-06-01T12:00:00", SHANGHAI, "1990-06-01T03:00:00Z", False),  # China had summer time then
    ],
)
def test_a_time_is_kept_in_utc(text: str, zone: str, utc: str, zoned: bool) -> None:
    found = values.parse_time(text, zone)

    assert (found.utc, found.zoned) == (utc, zoned)


@pytest.mark.parametrize(
    ("text", "zone", "key"),
    [
        ("2026-03-29T02:00:00", BERLIN, "time_skipped"),
        ("2026-03-29T02:59:59.999999", BERLIN, "time_skipped"),
        ("2026-03-08T02:30:00", NEW_YORK, "time_skipped"),
        ("2026-10-25T02:00:00", BERLIN, "time_twice"),
        ("2026-10-25T02:59:59", BERLIN, "time_twice"),
        ("2026-11-01T01:30:00", NEW_YORK, "time_twice"),
        ("2011-12-30T12:00:00", "Pacific/Apia", "time_skipped"),  # a whole day that Samoa left out
        ("2026-02-30T12:00:00", SHANGHAI, "time"),
        ("2026-11-28T25:00:00", SHANGHAI, "time"),
        ("28.11.2026", SHANGHAI, "time"),
        ("", SHANGHAI, "time"),
        ("tomorrow at noon", SHANGHAI, "time"),
        ("2026-11-28T22:00:00" + "0" * 10**6, SHANGHAI, "time"),
        ("0001-01-01T00:00:00+14:00", SHANGHAI, "time"),
        ("9999-12-31T23:59:59-14:00", SHANGHAI, "time"),
        ("0001-01-01T00:00:00", SHANGHAI, "time"),
        ("2026-11-28T22:00:00", "Mars/Olympus", "zone"),
        ("2026-11-28T22:00:00", "../../etc/passwd", "zone"),
        ("2026-11-28T22:00:00", "", "zone"),
        ("2026-11-28T22:00:00", "a\0b", "zone"),
        ("2026-11-28T22:00:00", "/etc/localtime", "zone"),
        ("2026-11-28T22:00:00", "x" * 100_000, "zone"),
    ],
)
def test_a_time_that_does_not_exist_or_says_too_little_is_refused(text: str, zone: str, key: str) -> None:
    assert refusal(lambda: values.parse_time(text, zone)) == key


MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1))


@given(MOMENTS, st.sampled_from([SHANGHAI, BERLIN, NEW_YORK, "Australia/Lord_Howe", "Asia/Kolkata"]))
def test_a_moment_written_with_its_offset_is_that_moment(moment: datetime, zone: str) -> None:
    there = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    offset = there.utcoffset() or timedelta()
    written = there.replace(tzinfo=None).isoformat() + f"{'-' if offset < timedelta() else '+'}"
    hours, rest = divmod(abs(int(offset.total_seconds())), 3_600)
    written += f"{hours:02}:{rest // 60:02}:{rest % 60:02}"

    found = values.parse_time(written, "UTC")

    assert found.utc == moment.isoformat() + "Z"
    assert values.parse_time(found.utc, zone).utc == found.utc


@pytest.mark.parametrize(("text", "kept"), [("2026-11-28", "2026-11-28"), (" 2026-02-28 ", "2026-02-28")])
def test_a_day_is_kept(text: str, kept: str) -> None:
    assert values.parse_date(text) == kept


@pytest.mark.parametrize("text", ["", "2026-02-29", "28/11/2026", "2026-11-28T00:00", "明天"])
def test_what_is_no_day_is_refused(text: str) -> None:
    assert refusal(lambda: values.parse_date(text)) == "date"


@pytest.mark.parametrize(("text", "kept"), [("08:30", "08:30"), (" 24:00 ", "24:00"), ("00:00", "00:00")])
def test_a_time_of_day_is_kept(text: str, kept: str) -> None:
    assert values.parse_clock(text) == kept


@pytest.mark.parametrize(
    "text", ["", "8:30", "24:01", "25:00", "12:60", "12:30:00", "noon", "１２:３０", "0８:30", "12:30\n1"]
)
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    assert refusal(lambda: values.parse_clock(text)) == "clock"
