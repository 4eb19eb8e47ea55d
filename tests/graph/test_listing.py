"""The catalogue that is kept follows the register, and holds where reading fails half-way."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from graph.catalogue import Catalogue, Condition, Listed, Order
from graph.history import Commit
from graph.store import Edit, Store
from graph.store.listing import Listing
from tests.engines import depends, host, written

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike


def listed(listing: Listing, revision: int) -> list[str]:
    base, changed = listing.at(revision)
    return base.page(Condition(), Order(), 100, None, changed).ci_ids


def test_a_catalogue_is_right_at_each_revision(store: Store) -> None:
    listing, expected = Listing(store), dict[int, list[str]]()
    for number in range(4):
        done = written(store, [host(f"h-{number}"), *([Edit("ci", "h-0", None)] if number == 2 else [])])
        listed(listing, done.revision)
        expected[done.revision] = [f"h-{at}" for at in range(number + 1) if at or number < 2]

    assert {revision: listed(listing, revision) for revision in expected} == expected
    assert {revision: listed(Listing(store), revision) for revision in expected} == expected


def test_the_catalogue_that_was_is_there_for_who_is_still_answered_from_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Listing(store)
    before = written(store, [host("h-1")]).revision
    listed(listing, before)
    now = written(store, [host("h-2"), Edit("ci", "h-1", None)]).revision
    listing.keep_up(now)

    with monkeypatch.context() as patched:
        for name in ("commits", "commits_backwards", "revision"):
            patched.setattr(Store, name, None)  # the store is not asked
        assert (listed(listing, before), listed(listing, now)) == (["h-1"], ["h-2"])
        assert listing.known(["h-1"], now) == [None]
        assert listing.known(["h-2"], before) == [None]


def test_what_was_before_a_database_was_put_back_is_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = Listing(store)
    before = written(store, [host("h-1")]).revision
    last = written(store, [host("h-2")]).revision
    listed(listing, last)
    # of another history, in which there is less by now
    listing._held = (Catalogue.of([]), {"other": Listed("other", "", "host", "live", last + 9)}, last + 9)
    assert listed(listing, last) == ["h-1", "h-2"]
    for number in range(9):
        now = written(store, [host(f"n-{number}")]).revision

    assert now == last + 9
    assert "other" not in listed(listing, now)
    assert listed(listing, before) == ["h-1"]


def test_where_much_has_changed_the_catalogue_is_made_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.store.listing.MOST_CHANGED", 2)
    listing = Listing(store)
    listed(listing, written(store, [host("h-0")]).revision)
    made = listing._held and listing._held[0]
    done = written(store, [host(f"h-{number}") for number in range(1, 5)] + [Edit("ci", "h-0", None)])
    listed(listing, done.revision)
    until = time.monotonic() + 30
    while listing._held and listing._held[0] is made:
        assert time.monotonic() < until
        time.sleep(0.01)

    assert listed(listing, done.revision) == ["h-1", "h-2", "h-3", "h-4"]
    assert listing.at(done.revision)[1] == {}
    assert listed(listing, written(store, [host("h-2a")]).revision) == ["h-1", "h-2", "h-2a", "h-3", "h-4"]


def test_where_following_fails_what_was_known_still_holds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = Listing(store)
    before = written(store, [host("h-1")]).revision
    assert listed(listing, before) == ["h-1"]
    written(store, [host("h-2")])
    now = written(store, [host("h-3"), depends("h-3", "h-2")]).revision
    commits = store.commits

    def broken(**given: Any) -> Iterator[Commit]:
        yield next(commits(**given))
        raise OSError("the line is cut")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "commits", lambda _, **given: broken(**given))
        with pytest.raises(OSError, match="cut"):
            listed(listing, now)

    assert listed(listing, before) == ["h-1"]
    assert listed(listing, now) == ["h-1", "h-2", "h-3"]
