"""A catalogue answers what looking at each CI answers, whatever lies over it."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.catalogue import Catalogue, Condition, Key, Listed, Order, OrderField
from tests.conftest import LONG

WORDS = ["", "a", "A", "ab", "ß", "承保", "承", "\U0001f680", "é"]
FIELDS: list[OrderField] = ["ci_id", "name", "ci_class", "last_revision"]
ids = st.text("abcß承\U0001f680", min_size=1, max_size=3)
listed = st.builds(
    Listed, ids, st.sampled_from(WORDS), st.sampled_from(["host", "app", "db"]), st.sampled_from(["live", "retired"]),
    st.integers(0, 5), st.sampled_from([(), ("t-1",), ("t-1", "t-2")]),
)  # fmt: skip
plain = st.builds(
    Condition,
    text=st.none() | st.sampled_from([*WORDS, "\n", "\0", "SS"]),
    classes=st.none() | st.frozensets(st.sampled_from(["host", "app", "switch"])),
    statuses=st.none() | st.frozensets(st.sampled_from(["live", "planned"])),
    owner=st.none() | st.sampled_from(["t-1", "t-2", "t-3"]),
    ids=st.none() | st.frozensets(ids, max_size=4),
)
conditions = st.recursive(
    plain,
    lambda inner: st.builds(
        Condition,
        every=st.lists(inner, max_size=2).map(tuple),
        some=st.none() | st.lists(inner, max_size=2).map(tuple),
        none=st.none() | inner,
    ),
    max_leaves=4,
)
orders = st.builds(Order, st.sampled_from(FIELDS), st.booleans())


def there(cis: list[Listed], changed: Mapping[str, Listed | None]) -> list[Listed]:
    """The slow, obvious answer: the CIs that there are."""
    found: dict[str, Listed | None] = {**{ci.ci_id: ci for ci in cis}, **changed}
    return [ci for ci in found.values() if ci is not None]


@pytest.mark.many
@settings(max_examples=3_000 if LONG else 300)
@given(
    st.lists(listed, max_size=12, unique_by=lambda ci: ci.ci_id),
    st.lists(listed, max_size=4, unique_by=lambda ci: ci.ci_id),
    st.sets(ids, max_size=3), conditions, orders, st.integers(1, 4),
)  # fmt: skip
def test_pages_are_those_of_looking_at_each(
    cis: list[Listed], other: list[Listed], gone: set[str], condition: Condition, order: Order, size: int
) -> None:
    changed = {**dict.fromkeys(gone), **{ci.ci_id: ci for ci in other}}
    wanted = [ci for ci in there(cis, changed) if condition.holds(ci)]
    wanted.sort(key=order.key, reverse=order.descending)
    catalogue, seen, after = Catalogue.of(cis), list[str](), None

    while True:
        page = catalogue.page(condition, order, size, after, changed)
        seen += page.ci_ids
        after = page.last
        assert page.total == len(wanted)
        if not page.more:
            break

    assert seen == [ci.ci_id for ci in wanted]


@given(st.lists(listed, max_size=12, unique_by=lambda ci: ci.ci_id))
def test_rows_are_what_was_given_in_the_order_of_the_ids(cis: list[Listed]) -> None:
    catalogue = Catalogue.of(cis)

    assert [catalogue[row] for row in range(len(catalogue))] == sorted(cis)


@pytest.mark.many
@settings(max_examples=3_000 if LONG else 300)
@given(
    st.lists(listed, max_size=12, unique_by=lambda ci: ci.ci_id),
    st.lists(st.dictionaries(ids, st.none() | listed, max_size=5), max_size=3), conditions, orders, st.booleans(),
)  # fmt: skip
def test_with_changes_it_is_the_catalogue_of_what_there_is_then(
    cis: list[Listed], steps: list[dict[str, Listed | None]], condition: Condition, order: Order, is_used: bool
) -> None:
    # with what was made of the one before, and without
    made, wanted = Catalogue.of(cis), cis
    for step in steps:
        changed = {ci_id: ci and ci._replace(ci_id=ci_id) for ci_id, ci in step.items()}
        if is_used:
            made.page(condition, order, 5)
            made.page(Condition(text="a"), Order("name"), 5)
        made, wanted = made.with_changed(changed), there(wanted, changed)
    fresh = Catalogue.of(wanted)

    assert [made[row] for row in range(len(made))] == [fresh[row] for row in range(len(fresh))]
    assert [made.ids.find(ci.ci_id) for ci in sorted(wanted)] == list(range(len(wanted)))
    assert made.page(condition, order, 5) == fresh.page(condition, order, 5)
    assert made.page(Condition(text="a"), Order("name", descending=True), 99) == fresh.page(
        Condition(text="a"), Order("name", descending=True), 99
    )


def test_a_page_begins_after_a_key_that_is_nobody_s_any_more() -> None:
    cis = [Listed(f"h-{number}", "x", "host", "live", number) for number in range(5)]

    def after(key: Key, order: Order) -> list[str]:
        return Catalogue.of(cis).page(Condition(), order, 9, key).ci_ids

    assert after(("h-1x", "h-1x"), Order()) == ["h-2", "h-3", "h-4"]
    assert after((2, "h-1"), Order("last_revision")) == ["h-2", "h-3", "h-4"]
    assert after((2, "h-3"), Order("last_revision", descending=True)) == ["h-2", "h-1", "h-0"]


@pytest.mark.parametrize("order", [Order(field) for field in FIELDS])
def test_an_empty_catalogue_has_empty_pages(order: Order) -> None:
    page = Catalogue.of([]).page(Condition(text="a"), order, 5)

    assert (page.ci_ids, page.last, page.more, page.total) == ([], None, False, 0)
