"""Pages of CIs at a revision are those that were read then, whatever was written since."""

import numpy as np
import pytest

from graph.store import Edit, Store
from graph.store.pages import cis_at
from tests.engines import host, written


def paged(store: Store, size: int, revision: int) -> tuple[list[str], set[int]]:
    seen, totals, after, more = list[str](), set[int](), "", True
    while more:
        page, more, total = cis_at(store, after, size, revision)
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
