"""Values as people write them have one kept form, or are refused with a reason that can be read in both languages."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import values
from graph.values import LONGEST_TEXT, MAX_INTEGER, ValueRefused
from tests.refusals import refusal

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
