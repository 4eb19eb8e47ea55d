"""A table of texts gives back what was put in and finds it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import strings
from graph.strings import StringTable

TEXTS = st.lists(st.text(max_size=6))


@given(TEXTS, st.text(max_size=6))
def test_texts_come_back_in_order_and_each_is_found_where_it_is_first(texts: list[str], other: str) -> None:
    table = StringTable.of(texts)

    assert (len(table), list(table)) == (len(texts), texts)
    assert table.some(list(range(len(texts)))[::-1]) == texts[::-1]
    assert [table.find(text) for text in texts] == [texts.index(text) for text in texts]
    assert (table.find(other) is None) == (other not in texts)


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
