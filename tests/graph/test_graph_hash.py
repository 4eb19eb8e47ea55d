"""The hash of a graph is pinned by a golden file, and the order of what is hashed does not matter."""

import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import canonical
from graph.canonical import graph_hash, line_of
from graph.history import ORIGIN
from graph.store import Store
from graph.store.hashes import log_hash_at
from importers.inventory.source import REQUIRED
from tests.engines import imported, inventory
from tests.importers.generated import generated

GOLDEN = Path(__file__).parent / "golden"
INVENTORY = GOLDEN / "every_value"
LINES = (GOLDEN / "every_value.lines").read_bytes().splitlines()
HASH = (GOLDEN / "every_value.hash").read_text(encoding="utf-8").strip()
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
STATES = st.dictionaries(TEXTS, TEXTS | st.integers(-9, 9) | st.booleans() | st.lists(TEXTS, max_size=2), max_size=3)
THINGS = st.dictionaries(st.tuples(st.sampled_from(["ci", "rel", "changes"]), TEXTS), STATES, max_size=12)


def test_an_inventory_with_every_kind_of_value_has_the_pinned_lines_and_hash(store: Store) -> None:
    report = imported(store, INVENTORY)

    assert (report["rejected"], report["conflicts"]) == ([], [])
    assert sorted(line_of(kind, key, thing.state) for kind, key, thing in store.everything()) == LINES
    assert store.graph_hash() == HASH


def test_the_hash_of_the_log_at_a_revision_is_that_of_the_commit_that_wrote_it(store: Store) -> None:
    imported(store, INVENTORY)
    commits = list(store.commits())

    assert log_hash_at(store, 0) == ORIGIN
    assert max(commit.last - commit.first for commit in commits) > 1
    assert {number: log_hash_at(store, number) for number in range(1, store.revision() + 1)} == {
        number: commit.hash for commit in commits for number in range(commit.first, commit.last + 1)
    }


def test_the_lines_that_are_sorted_take_little_more_memory_than_their_text() -> None:
    process, many = psutil.Process(), 60_000
    before, grown = process.memory_info().rss, []

    def lines() -> Iterator[bytes]:
        for number in range(many):
            yield line_of("ci", f"ci-{number:06}", {"name": f"system {number}", "ci_class": "host", "status": "live"})
        grown.append(process.memory_info().rss - before)

    graph_hash(lines())

    assert grown[0] < many * 1_000


def test_the_pinned_hash_is_that_of_the_pinned_lines() -> None:
    plain = b"".join([b"fl1", *(b"\n" + line for line in LINES)])

    assert sorted(LINES) == LINES
    assert HASH == f"fl1:{hashlib.sha256(plain).hexdigest()}" == graph_hash(LINES)


def test_each_line_counts() -> None:
    for at in range(len(LINES)):
        assert graph_hash(LINES[:at] + LINES[at + 1 :]) != HASH
        assert graph_hash([*LINES[:at], LINES[at].replace(b'"', b'" ', 1), *LINES[at + 1 :]]) != HASH


@pytest.mark.many
@given(things=THINGS, seed=st.integers(0, 99), held=st.integers(1, 5))
def test_the_order_of_things_and_how_many_are_sorted_at_once_do_not_matter(
    things: dict[tuple[str, str], dict[str, object]], seed: int, held: int
) -> None:
    lines = [line_of(kind, key, state) for (kind, key), state in things.items()]  # type: ignore[arg-type]
    shuffled = random.Random(seed).sample(lines, len(lines))
    with pytest.MonkeyPatch.context() as patch:
        expected = graph_hash(lines)
        patch.setattr(canonical, "SPILL", held)
        assert graph_hash(shuffled) == expected


def test_the_order_of_rows_and_files_does_not_matter(
    store: Store, other_store: Store, tmp_path: Path, long_or_short: Callable[[int, int], int]
) -> None:
    files = generated(tmp_path / "inventory", long_or_short(2_000, 60), 1)
    rng = random.Random(2)
    tables = {}
    for table in (*REQUIRED, "changes"):
        header, *rows = (files / f"{table}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        tables[table] = header + "".join(rng.sample(rows, len(rows)))
    shuffled = inventory(tmp_path / "shuffled" / "inventory", tables)

    imported(store, files)
    for table in ("changes", "cis", "relationships"):
        imported(other_store, shuffled / f"{table}.csv")

    assert other_store.graph_hash() == store.graph_hash()
