"""Pages of CIs at a revision are those that were read then, whatever was written since."""

from typing import Any

import numpy as np
import pytest

from graph.store import Edit, Store
from graph.store.pages import cis_at
from tests.engines import host, written


def paged(store: Store, size: int, revision: int) -> tuple[list[str], set[int]]:
    seen, totals, after, more = list[str](), set[int](), "", True
    while more:
        page, more, total = cis_at(store, after, size, revision)
        assert len(page) <= size
        assert page or not more
        seen, totals, after = seen + page, totals | {total}, page[-1] if page else after
    return seen, totals


@pytest.mark.parametrize("seed", range(3))
def test_pages_are_those_of_the_revision(seed: int, store: Store) -> None:
    rng = np.random.default_rng(seed)
    names, there, past = [f"ci-{number:02}" for number in range(14)], set[str](), dict[int, list[str]]()
    for _ in range(6):
        for name in rng.choice(names, 5, replace=False).tolist():
            there ^= {name}
            found = written(store, [host(name) if name in there else Edit("ci", name, None)])
        past[found.revision] = sorted(there)

    for revision, expected in past.items():
        for size in (1, 3, 20):
            assert paged(store, size, revision) == (expected, {len(expected)})


def test_a_page_of_nothing_says_that_more_come(store: Store) -> None:
    revision = written(store, [host("a"), host("b")]).revision
    written(store, [Edit("ci", "a", None)])

    assert cis_at(store, "", 0, revision) == ([], True, 2)


def test_what_is_written_while_a_page_is_read_changes_neither_it_nor_the_count(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = written(store, [host("a"), host("b"), host("c")]).revision
    written(store, [host("aa"), Edit("ci", "c", None)])
    backwards = Store.commits_backwards

    def late(self: Store, **given: Any) -> Any:
        monkeypatch.undo()
        written(store, [host("ab"), Edit("ci", "a", None)])
        return backwards(self, **given)

    monkeypatch.setattr(Store, "commits_backwards", late)

    assert cis_at(store, "", 20, revision) == (["a", "b", "c"], False, 3)


def test_thousands_that_came_later_are_passed_over_and_those_that_went_fill_no_page(store: Store) -> None:
    revision = written(store, [host("a"), *(host(f"x-{number}") for number in range(30)), host("z")]).revision
    written(store, [host(f"b-{number:04}") for number in range(1_100)])
    written(store, [Edit("ci", f"x-{number}", None) for number in range(30)])

    page, more, total = cis_at(store, "a", 1, revision)

    assert (page, more, total) == (["x-0"], True, 32)
    assert paged(store, 7, revision)[0] == sorted(["a", "z", *(f"x-{number}" for number in range(30))])
