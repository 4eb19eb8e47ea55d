"""A table of texts gives back what was put in and finds it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import strings
from graph.layered import LayeredTable
from graph.strings import StringTable

TEXTS = st.lists(st.text(max_size=6))


@given(TEXTS, st.text(max_size=6))
def test_texts_come_back_in_order_and_each_is_found_where_it_is_first(texts: list[str], other: str) -> None:
    table = StringTable.of(texts)

    assert (len(table), list(table)) == (len(texts), texts)
    assert table.some(list(range(len(texts)))[::-1]) == texts[::-1]
    assert [table.find(text) for text in texts] == [texts.index(text) for text in texts]
    assert (table.find(other) is None) == (other not in texts)


@given(TEXTS, st.text(max_size=3), st.data())
def test_those_that_begin_so_are_found_where_they_are(texts: list[str], prefix: str, data: st.DataObject) -> None:
    table = StringTable.of(texts)
    assert table.beginning_with(prefix) == [at for at, text in enumerate(texts) if text.startswith(prefix)]

    later = data.draw(
        st.dictionaries(st.integers(0, max(len(texts) - 1, 0)), st.text(max_size=3), max_size=4 * bool(texts))
    )
    hidden = data.draw(st.sets(st.integers(0, max(len(texts) - 1, 0)), max_size=3 * bool(texts)))
    over = LayeredTable.over(table).changed(later, sorted(hidden))
    left = [at for at in range(len(texts)) if at not in hidden or at in later]
    assert over.beginning_with(prefix) == [at for at in left if over[at].startswith(prefix)]


LONG = st.lists(st.text("ab\0承", max_size=20).map(lambda end: "compose:project/"[: len(end)] + end), max_size=30)


@given(LONG, st.data())
def test_the_first_of_some_texts_are_those_that_come_first_when_all_are_sorted(
    texts: list[str], data: st.DataObject
) -> None:
    positions = np.array(
        data.draw(st.lists(st.integers(0, max(len(texts) - 1, 0)), max_size=30 * bool(texts))), np.int32
    )
    count = data.draw(st.integers(0, 31))
    later = data.draw(st.dictionaries(st.integers(0, len(texts) + 3), st.text("ab", max_size=3), max_size=4))
    over = LayeredTable.over(StringTable.of(texts)).changed({at: text for at, text in later.items() if at < len(texts)})

    for table in (StringTable.of(texts), over):
        found = table.first(positions, count)
        assert len(set(found)) == len(found)
        assert [table[int(positions[at])] for at in found] == sorted(table.some(positions))[:count]


@given(TEXTS, st.text(max_size=6))
def test_texts_whose_hashes_are_equal_are_told_apart(texts: list[str], other: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strings, "_hash", lambda encoded: len(encoded) % 2)
        table = StringTable.of(texts)
        found = [table.find(text) for text in texts]
        none = table.find(other)

    assert found == [texts.index(text) for text in texts]
    assert (none is None) == (other not in texts)


@pytest.mark.parametrize("text", ["", "db", "DB-1", "db-1 ", "db-1\0", "\ud800", "承保", "承" * 100_000])
def test_what_was_not_put_in_is_not_found(text: str) -> None:
    assert StringTable.of(["db-1", "承保系统"]).find(text) is None


def test_an_empty_table_has_nothing() -> None:
    table = StringTable.of([])

    assert (len(table), list(table), table.find("")) == (0, [], None)


def test_the_empty_text_is_a_text() -> None:
    assert StringTable.of(["a", "", "b"]).find("") == 1


def test_half_a_character_cannot_be_put_in() -> None:
    with pytest.raises(UnicodeEncodeError):
        StringTable.of(["\ud800"])


def test_positions_are_whole_numbers_of_a_sequence() -> None:
    table = StringTable.of(["a", "b"])

    assert table.some(np.array([1, 0], np.int32)) == ["b", "a"]
    for position in (2, -1, -3):
        with pytest.raises(IndexError):
            table[position]
