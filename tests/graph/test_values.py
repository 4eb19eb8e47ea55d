"""Values as people write them have one kept form, or are refused with a reason that can be read in both languages."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.texts import LANGUAGES, Texts
from graph import values
from graph.values import LONGEST_DURATION, LONGEST_TEXT, MAX_INTEGER, ValueRefused

SHANGHAI, BERLIN, NEW_YORK = "Asia/Shanghai", "Europe/Berlin", "America/New_York"


def refusal(parse: Callable[[], Any]) -> str:
    """The key of a refusal, whose text can be said in every language."""
    with pytest.raises(ValueRefused) as refused:
        parse()
    for language in LANGUAGES:
        assert Texts(language).say(refused.value.message)
    return refused.value.message.key.removeprefix("values.")


# --- text and ids ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("承保系统", "承保系统"),
        ("Zu\u0308rich", "Zürich"),  # u and a combining diaeresis
        ("line one\nline two\tend\r", "line one\nline two\tend\r"),
        ("\u200bzero width is text, not a name", "\u200bzero width is text, not a name"),
        ("", ""),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("𠮷野家", "𠮷野家"),
    ],
)
def test_text_is_kept_in_nfc(text: str, kept: str) -> None:
    assert values.parse_text(text) == kept


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a\0b", "control_character"),
        ("a\x1bb", "control_character"),
        ("a\x85b", "control_character"),
        ("half \ud800", "surrogate"),
        ("\udfff", "surrogate"),
        ("x" * (LONGEST_TEXT + 1), "too_long"),
        ("承" * (LONGEST_TEXT + 1), "too_long"),
    ],
)
def test_text_that_cannot_be_kept_is_refused(text: str, key: str) -> None:
    assert refusal(lambda: values.parse_text(text)) == key


@pytest.mark.parametrize("letter", "\u200b\u200d\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\u061c")
def test_names_and_ids_hold_nothing_invisible(letter: str) -> None:
    assert refusal(lambda: values.parse_text(f"app{letter}", name=True)) == "invisible_character"
    assert refusal(lambda: values.parse_id(f"app{letter}")) == "invisible_character"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("db-1", "db-1"),
        ("k8s:default/prod/deployment/app", "k8s:default/prod/deployment/app"),
        ("承保", "承保"),
        ("cafe\u0301", "café"),
        ("\u212b", "\u00c5"),  # the sign for ångström is the letter
        ("x" * 200, "x" * 200),
        ("e\u0301" * 200, "é" * 200),  # counted as kept
        ("DB-1", "DB-1"),
        ("%7c", "%7c"),
        ("image:redis:7@sha256", "image:redis:7@sha256"),
    ],
)
def test_an_id_is_kept(text: str, kept: str) -> None:
    assert values.parse_id(text) == kept


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "id_empty"),
        ("x" * 201, "id_too_long"),
        ("承" * 201, "id_too_long"),
        ("a b", "id_character"),
        (" a", "id_character"),
        ("a\n", "id_character"),
        ("a\u00a0b", "id_character"),
        ("a\u3000b", "id_character"),
        ("a|b", "id_character"),
        ("a=outage", "id_character"),
        ("a\0", "id_character"),
        ("a\x7f", "id_character"),
        ("é\x1b", "control_character"),
        ("\ud800", "surrogate"),
    ],
)
def test_an_id_that_cannot_be_is_refused(text: str, key: str) -> None:
    assert refusal(lambda: values.parse_id(text)) == key


@given(st.text(max_size=30))
def test_an_id_once_kept_stays_as_it_is(text: str) -> None:
    try:
        kept = values.parse_id(text)
    except ValueRefused:
        return
    assert values.parse_id(kept) == kept
    assert not any(letter.isspace() or letter in "|=" for letter in kept)


@given(st.text(st.characters(), max_size=200))
def test_what_a_message_repeats_is_short_and_visible(text: str) -> None:
    shown = values.shown(text)

    assert len(shown) <= values.SHOWN_TEXT + 1
    assert not values.CONTROL.search(shown)
    assert not values.INVISIBLE.search(shown)
    assert "\n" not in shown
    assert shown.encode().decode() == shown
    assert values.shown("\ud800") == "?"


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


# --- numbers, booleans, choices -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("5", 5),
        (" -5 ", -5),
        ("+5", 5),
        ("007", 7),
        (5, 5),
        (5.0, 5),
        (str(MAX_INTEGER), MAX_INTEGER),
        (-MAX_INTEGER, -MAX_INTEGER),
    ],
)
def test_a_whole_number_is_kept(text: Any, kept: int) -> None:
    found = values.parse_integer(text)

    assert (found, type(found)) == (kept, int)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "five",
        "5.0",
        "1e3",
        "1_000",
        "0x10",
        "5 5",
        "٥",
        "５",
        "²",
        True,
        False,
        5.5,
        math.nan,
        math.inf,
        "9" * 10**6,
    ],
)
def test_what_is_no_whole_number_is_refused(text: Any) -> None:
    assert refusal(lambda: values.parse_integer(text)) == "integer"


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        (2**63, None, None),
        (-(2**63), None, None),
        (str(2**63), None, None),
        ("0", 1, 65_535),
        ("65536", 1, 65_535),
        (1e300, None, None),
    ],
)
def test_a_whole_number_out_of_range_is_refused(text: Any, low: int | None, high: int | None) -> None:
    assert refusal(lambda: values.parse_integer(text, low, high)) == "out_of_range"


@pytest.mark.parametrize(("text", "kept"), [("1.5", 1.5), (" 2 ", 2.0), (3, 3.0), ("1e3", 1000.0), ("-0.5", -0.5)])
def test_a_number_is_kept(text: Any, kept: float) -> None:
    found = values.parse_number(text)

    assert (found, type(found)) == (kept, float)


@pytest.mark.parametrize("text", [-0.0, "-0", "-0.0", "-0e5"])
def test_there_is_one_zero(text: Any) -> None:
    assert math.copysign(1, values.parse_number(text)) == 1


@pytest.mark.parametrize(
    "text",
    ["", "nan", "NaN", "inf", "-Infinity", "1e999", "1_000", "1,5", "0x1", True, math.nan, math.inf, 10**400, "٣.٥"],
)
def test_what_is_no_finite_number_is_refused(text: Any) -> None:
    assert refusal(lambda: values.parse_number(text)) == "number"


@pytest.mark.parametrize(("text", "low", "high"), [("-0.1", 0.0, 1.0), ("1.1", 0.0, 1.0), (5, None, 4.5)])
def test_a_number_out_of_range_is_refused(text: Any, low: float | None, high: float | None) -> None:
    assert refusal(lambda: values.parse_number(text, low, high)) == "out_of_range"


@pytest.mark.parametrize("yes", ["true", "YES", "y", "1", " 是 ", True])
@pytest.mark.parametrize("no", ["false", "No", "n", "0", "否", False])
def test_yes_and_no_are_understood_in_both_languages(yes: Any, no: Any) -> None:
    assert values.parse_boolean(yes) is True
    assert values.parse_boolean(no) is False


@pytest.mark.parametrize("text", ["", "maybe", "2", "是的", "truee", "on"])
def test_what_is_neither_yes_nor_no_is_refused(text: str) -> None:
    assert refusal(lambda: values.parse_boolean(text)) == "boolean"


def test_a_choice_is_one_of_the_words() -> None:
    assert values.parse_choice(" High ", ("high", "low")) == "high"
    assert refusal(lambda: values.parse_choice("medium", ("high", "low"))) == "choice"
    assert refusal(lambda: values.parse_choice("", ("high", "low"))) == "choice"


# --- quorums --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [("all", "all"), (" ALL ", "all"), ("2", "2"), (2, "2"), ("02", "2"), ("50%", "50%"), ("50 %", "50%"),
     ("50.0%", "50%"),
     ("100%", "100%"), ("1%", "1%"), ("999999999", "999999999")],
)  # fmt: skip
def test_a_quorum_is_kept_as_written(text: Any, kept: str) -> None:
    assert values.parse_quorum(text) == kept


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("0", "quorum"), (0, "quorum"), ("-1", "quorum"), ("1.5", "quorum"), (1.5, "quorum"),
        ("", "quorum"), ("half", "quorum"), (True, "quorum"), (False, "quorum"), ("全部", "quorum"), ("二", "quorum"),
        ("２", "quorum"), ("50.5%", "quorum"), ("%", "quorum"), ("1" * 10, "quorum"), ("0%", "quorum_percent"),
        ("101%", "quorum_percent"), ("150%", "quorum_percent"),
        ("-50%", "quorum"), ("٥٠%", "quorum"),
    ],
)  # fmt: skip
def test_what_is_no_quorum_is_refused(text: Any, key: str) -> None:
    assert refusal(lambda: values.parse_quorum(text)) == key


@given(st.integers(1, 100), st.integers(0, 10_000))
def test_a_percentage_of_members_is_rounded_up(share: int, members: int) -> None:
    needed = values.needed_of(f"{share}%", members)

    assert needed * 100 >= share * members
    assert (needed - 1) * 100 < share * members
    assert (needed == 0) == (members == 0)


@given(st.integers(1, 50), st.integers(0, 50))
def test_a_count_asks_for_no_more_than_there_are(count: int, members: int) -> None:
    assert values.needed_of(str(count), members) == min(count, members)
    assert values.needed_of("all", members) == values.needed_of(None, members) == members
