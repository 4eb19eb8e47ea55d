"""Every change has a page of its own, whatever its identifier."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.records.page import has_path, page_of

IDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20) | st.lists(
    st.sampled_from(["new", "calendar", "agenda", "edit", "feed", "a", ".", "..", ""]), min_size=1, max_size=4
).map("/".join)


@given(IDS)
def test_the_address_gives_the_identifier_back_and_is_no_other_page(change_id: str) -> None:
    address = urlsplit(page_of(change_id))

    if has_path(change_id):
        assert (unquote(address.path.removeprefix("/changes/")), address.query) == (change_id, "")
        # what a browser leaves out of a path, and what other pages are called
        parts = change_id.split("/")
        assert not {"", ".", ".."} & set(parts)
        assert parts not in (["new"], ["calendar"], ["agenda"])
    else:
        assert address.path == "/change"
        assert parse_qs(address.query, keep_blank_values=True) == {"id": [change_id]}


@pytest.mark.parametrize("change_id", ["new", "calendar", "agenda", "a/edit", "feed/x.ics", "a//b", "a/", "..", "/a"])
def test_what_would_be_another_page_stands_in_the_query(change_id: str) -> None:
    assert page_of(change_id).startswith("/change?id=")


@pytest.mark.parametrize("change_id", ["CHG-1", "edit", "feed", "newer", "itsm/7", "new/er", "a/edits"])
def test_what_would_not_stands_in_the_path(change_id: str) -> None:
    assert page_of(change_id).startswith("/changes/")
