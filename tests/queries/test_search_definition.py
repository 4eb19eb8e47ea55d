"""What search finds is what plain loops over all texts find, whatever they are made of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries import sorted_texts
from queries.haystack import Haystack
from queries.search import SearchEntry, SearchIndex
from queries.sorted_texts import SORTED, Sorted, in_order
from tests.queries.slow_search import slow_search

# few letters, so that words are alike; digits, marks, accents apart, full width, astral ones, halves of such
CHARACTERS = "aab1٣٤ -_.'é\u0301\u0e31ＡΣß承承保重庆系㍿\U00020000𝒳\U0001f600\ud800\udfff\x1f\x1e\n"
SHORT = st.text(CHARACTERS, max_size=7)
PARTS = (
    "承保",
    "重庆",
    "系统",
    "核心",
    "policy",
    "Policy ",
    "db",
    "-",
    " ",
    "_",
    "12",
    "127",
    "ab",
    "é",
    "ü",
    "欸",
    "㍿",
)
TEXTS = SHORT | st.lists(st.sampled_from([*PARTS, " "]), max_size=5).map("".join)
ENTRIES = st.lists(
    st.builds(SearchEntry, TEXTS, TEXTS, st.none() | TEXTS, st.lists(TEXTS, max_size=2).map(tuple)), max_size=7
)


@st.composite
def _asked(draw: st.DrawFn, entries: list[SearchEntry]) -> str:
    """A text, mostly a part of one that is there, perhaps with a character left out, doubled or put in."""
    there = [text for entry in entries for text in (entry.ci_id, entry.name, entry.name_en, *entry.attributes) if text]
    text = draw(st.sampled_from([*there, "zhongqingxitong", "cbxt", "cheng bao"]) if draw(st.booleans()) else TEXTS)
    at, other = draw(st.integers(0, len(text))), draw(st.sampled_from(["", "a", "o", "承", " ", text[:2]]))
    return draw(st.sampled_from([text, text[at:], text[:at], text[:at] + other + text[at + 1 :], text.upper()]))


def _hits(entries: list[SearchEntry], text: str, limit: int, *, fuzzy: bool) -> list[tuple[int, int, float]]:
    found = SearchIndex.of(entries).search(text, limit, fuzzy=fuzzy)
    return [(hit.position, hit.match, hit.score) for hit in found]


@pytest.mark.many
@settings(deadline=None)  # the first search of a machine waits for its kernels to compile
@given(st.data(), ENTRIES, st.integers(1, 8), st.booleans())
def test_search_equals_the_slow_definition(
    data: st.DataObject, entries: list[SearchEntry], limit: int, fuzzy: bool
) -> None:
    for _ in range(4):
        text = data.draw(_asked(entries))
        assert _hits(entries, text, limit, fuzzy=fuzzy) == slow_search(entries, text, limit, fuzzy=fuzzy)


def test_a_word_just_like_enough_is_found_and_one_that_only_begins_so_is_not() -> None:
    names = ("abcd", "abcdefgh", "policy", "policyholder", "核心系统", "核心系统网关", "新核心系统", "承保系统")
    entries = [SearchEntry(str(n), name) for n, name in enumerate(names)]

    for text in ("abcx", "polciy", "核心业系统", "核心系桶", "hexinxitong", "hexinxtong", "hexnxitongwangguan"):
        assert _hits(entries, text, 9, fuzzy=True) == slow_search(entries, text, 9)
    assert [hit[0] for hit in _hits(entries, "abcx", 9, fuzzy=True)] == [0]


ALIKE = st.text("ab", max_size=4).map(lambda end: "承" * (SORTED // 3) + end) | st.text("ab承", max_size=12)


@given(st.lists(ALIKE, max_size=40, unique=True), ALIKE, st.booleans(), st.sampled_from([3, 1 << 22]))
def test_texts_that_begin_with_a_needle_are_found_among_long_ones_that_begin_alike(
    texts: list[str], needle: str, whole: bool, at_once: int
) -> None:
    blob = np.frombuffer("".join(texts).encode() + b"\x1f", np.uint8)
    stop = np.cumsum([len(text.encode()) for text in texts], dtype=np.int32)
    start = stop - np.array([len(text.encode()) for text in texts], np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorted_texts, "AT_ONCE", at_once)
        order = in_order(blob, start, stop)

    held = Sorted(blob, start[order], stop[order])
    found = [held[place] for place in held.beginning(needle.encode(), whole=whole).tolist()]

    heads = [held[place].encode()[:SORTED] for place in range(len(texts))]
    assert heads == sorted(heads)
    assert sorted(found) == sorted(t for t in texts if t == needle or (t.startswith(needle) and not whole))


def test_more_than_a_thousand_words_are_told_apart() -> None:
    entries = [SearchEntry(f"host-{n}", f"{n:04} 承保{chr(0x4E00 + n)}", None, ("x" * 9000,)) for n in range(400)]

    for text in ("承保丑", "hots 77", "x" * 200):
        assert _hits(entries, text, 9, fuzzy=True) == slow_search(entries, text, 9)


@pytest.mark.many
@given(st.text("abc", min_size=60, max_size=140), st.data())
def test_long_words_are_as_like_as_their_letters_in_common(word: str, data: st.DataObject) -> None:
    keeps = data.draw(st.lists(st.sampled_from([*"abc", ""]), min_size=len(word), max_size=len(word)))
    drawn = data.draw(st.integers(0, len(word)))
    entries = [SearchEntry("1", word), SearchEntry("2", word[:drawn] + "".join(keeps)[drawn:])]

    text = data.draw(st.sampled_from([word[5:], word[:70] + "c" + word[71:], "".join(keeps)]))

    assert _hits(entries, text, 9, fuzzy=True) == slow_search(entries, text, 9)


def test_a_name_of_a_hundred_thousand_characters_takes_no_more_than_its_length() -> None:
    hay = Haystack([["\x1e".join(["cheng"] * 100_000)], ["chengbao"]])

    found = hay.nothing()
    hay.with_word("chengb", found)

    assert found.entries.tolist() == [1]
