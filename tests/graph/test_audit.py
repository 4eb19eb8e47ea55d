"""Whoever changes the log or a record by hand is found, by name (SEMANTICS 10)."""

import random
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from graph.canonical import canonical
from graph.errors import StorageError
from graph.history import Commit
from graph.store import Edit, Store, audit
from graph.store.audit import verify
from graph.store.head import Head
from tests.engines import Database, change, depends, host, written

FIELDS = ("at", "actor", "source", "change", "run", "previous", "hash", "entries", "first", "last")


def commits(database: Database) -> list[dict[str, Any]]:
    """All commits as the database holds them."""
    rows = database.run("MATCH (c:Commit) RETURN properties(c) AS p ORDER BY c.first")
    return [row["p"] for row in rows]


def put(database: Database, commit: dict[str, Any], **fields: Any) -> None:
    """Overwrite fields of a commit."""
    database.run("MATCH (c:Commit {marker: $marker}) SET c += $fields", marker=commit["marker"], fields=fields)


def edited(field: str, value: Any) -> Any:
    """Another value of a field, as small a change as there is."""
    if field == "entries":
        plain = orjson.loads(zlib.decompress(value))
        plain["revisions"][0][4] += 1
        return zlib.compress(canonical(plain))
    if isinstance(value, int):
        return value + 1
    if value is None:
        return "added"
    return f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}"


@pytest.fixture
def chain(database: Database, tmp_path: Path, long_or_short: Callable[[int, int], int]) -> tuple[Database, Store]:
    """A register of two hundred commits in the long run, else of fifty."""
    store = database.open(tmp_path)
    for number in range(long_or_short(200, 50)):
        written(store, [host(f"h{number % 10}", version=str(number)), host(f"n{number}")])
    return database, store


def a_share(items: list[Any], long_or_short: Callable[[int, int], int]) -> Iterator[Any]:
    """All in the long run, else a tenth chosen by a seed."""
    chosen = random.Random(4).sample(items, max(1, long_or_short(len(items), len(items) // 10)))
    yield from chosen


def test_an_untouched_log_holds(chain: tuple[Database, Store], long_or_short: Callable[[int, int], int]) -> None:
    _, store = chain

    found = verify(store)

    assert (found.ok, found.commits) == (True, long_or_short(200, 50))
    assert found.head == store.head.read()["hash"]  # type: ignore[index]


def test_every_single_field_edit_of_a_commit_is_named(
    chain: tuple[Database, Store], long_or_short: Callable[[int, int], int]
) -> None:
    database, store = chain
    log = commits(database)
    places = [(at, field) for at in range(len(log)) for field in FIELDS]
    missed = []
    for at, field in a_share(places, lambda many, few: long_or_short(many, 40)):
        commit = log[at]
        put(database, commit, **{field: edited(field, commit.get(field))})
        found = verify(store)
        # numbers moved to the next commit are seen where they are missing
        if found.first_bad is None or not commit["first"] <= found.first_bad <= commit["last"] + 1:
            missed.append((at, field, found))
        put(database, commit, **{name: commit.get(name) for name in FIELDS})

    assert missed == []
    assert verify(store).ok


def test_every_removed_commit_is_named(chain: tuple[Database, Store], long_or_short: Callable[[int, int], int]) -> None:
    database, store = chain
    for commit in a_share(commits(database), long_or_short):
        database.run("MATCH (c:Commit {marker: $marker}) DELETE c", marker=commit["marker"])
        assert verify(store).first_bad == commit["first"]
        database.run("CREATE (c:Commit) SET c = $p", p=commit)

    assert verify(store).ok


def test_every_swap_of_two_neighbours_is_named(
    chain: tuple[Database, Store], long_or_short: Callable[[int, int], int]
) -> None:
    database, store = chain
    log = commits(database)
    moved = ("at", "actor", "source", "change", "run", "previous", "hash", "entries")
    for at in a_share(list(range(len(log) - 1)), long_or_short):
        one, two = log[at], log[at + 1]
        put(database, one, **{name: two.get(name) for name in moved})
        put(database, two, **{name: one.get(name) for name in moved})
        assert verify(store).first_bad == one["first"]
        for commit in (one, two):
            put(database, commit, **{name: commit.get(name) for name in moved})

    assert verify(store).ok


def test_a_commit_put_in_between_is_named(database: Database, tmp_path: Path) -> None:
    store = database.open(tmp_path)
    for number in range(3):
        written(store, [host(f"a{number}"), host(f"b{number}")])

    for commit in commits(database):
        forged = {**commit, "first": commit["first"] + 1, "marker": "forged", "actor": "mallory"}
        database.run("CREATE (c:Commit) SET c = $forged", forged=forged)
        assert (verify(store).ok, verify(store).first_bad) == (False, commit["last"] + 1), commit["first"]
        database.run("MATCH (c:Commit {marker: 'forged'}) DELETE c")
    assert verify(store).ok


@pytest.mark.parametrize("cut", [1, 7])
def test_a_cut_tail_is_named_even_where_the_log_was_made_to_fit(chain: tuple[Database, Store], cut: int) -> None:
    database, store = chain
    log = commits(database)
    keep = log[-cut - 1]
    database.run("MATCH (c:Commit) WHERE c.first > $last DELETE c", last=keep["last"])

    plain = verify(store)
    database.run("MATCH (s:Store) SET s.revision = $last, s.head = $hash", last=keep["last"], hash=keep["hash"])
    made_to_fit = verify(store)

    assert (plain.first_bad, plain.reason) == (keep["last"] + 1, "removed")
    assert (made_to_fit.first_bad, made_to_fit.reason) == (keep["last"] + 1, "truncated")


BY_HAND = [
    ("MATCH (c:CI {ci_id: 'a'}) SET c.name = 'other'", ("ci", "a", "edited")),
    ("MATCH (c:CI {ci_id: 'a'}) REMOVE c.version", ("ci", "a", "edited")),
    ("MATCH (c:CI {ci_id: 'c'}) DELETE c", ("ci", "c", "missing")),
    ("MATCH (:CI {ci_id: 'a'})-[r:depends_on]->() SET r.strength = 'soft'", ("rel", "a|depends_on|b", "edited")),
    ("MATCH (:CI {ci_id: 'a'})-[r:depends_on]->() DELETE r", ("rel", "a|depends_on|b", "missing")),
    ("MATCH (:CI {ci_id: 'a'})-[r:depends_on]->() SET r.fl_code = 1", ("rel", "a|depends_on|b", "edited")),
    ("CREATE (:CI {ci_id: 'ghost', ci_class: 'host', name: 'x', status: 'live'})", ("ci", "ghost", "unlogged")),
    ("MATCH (r:Record {fl_key: 'changes:C'}) SET r.title = 'other'", ("changes", "C", "edited")),
    ("MATCH (r:Record {fl_key: 'changes:C'}) DELETE r", ("changes", "C", "missing")),
    (
        "CREATE (:Record {fl_key: 'changes:X', fl_kind: 'changes', change_id: 'X', title: 'x', fl_rev: 1})",
        ("changes", "X", "unlogged"),
    ),
    ("MATCH (c:CI {ci_id: 'a'}) SET c.fl_rev = 2", ("ci", "a", "edited")),
    ("MATCH (c:CI {ci_id: 'a'}) SET c.fl_sources = '{\"*\":\"person\"}'", ("ci", "a", "edited")),
    ("MATCH (c:CI {ci_id: 'a'}) SET c.undeclared = 'x'", ("ci", "a", "edited")),
    (
        "MATCH (a:CI {ci_id: 'b'}), (b:CI {ci_id: 'c'}) CREATE (a)-[:depends_on {strength: 'hard'}]->(b)",
        ("rel", "b|depends_on|c", "unlogged"),
    ),
    (
        "CREATE (:CI {ci_id: 'x', fl_num: 99, ci_class: 'host', name: 'x', status: 'live', fl_rev: 1})",
        ("ci", "x", "unlogged"),
    ),
    *(
        (
            f"CREATE (:CI {{ci_id: 'x', fl_num: {number}, ci_class: 'host', name: 'x', status: 'live', fl_rev: 1}})",
            found,
        )
        for number in ("2.5", "0", "-1", "'two'")
        for found in [("ci", "x", "unlogged")]
    ),
]


@pytest.mark.parametrize(
    ("statement", "expected"), BY_HAND, ids=[f"{at}|{'|'.join(e)}" for at, (_, e) in enumerate(BY_HAND)]
)
def test_a_record_changed_by_hand_is_named(
    database: Database, tmp_path: Path, statement: str, expected: tuple[str, str, str]
) -> None:
    store = database.open(tmp_path)
    made = [host("a", version="1"), host("b"), host("c"), depends("a", "b"), Edit("changes", "C", change("C"))]
    written(store, made)

    database.run(statement)

    found = verify(store)
    assert [(d.kind, d.key, d.reason) for d in found.differing] == [expected]
    assert not found.ok


@pytest.mark.parametrize("value", ["null", "'x'", "5"])
def test_entries_that_are_no_bytes_are_named(database: Database, tmp_path: Path, value: str) -> None:
    store = database.open(tmp_path)
    for name in ("a", "b", "c"):
        written(store, [host(name)])

    database.run(f"MATCH (c:Commit {{first: 2}}) SET c.entries = {value}")

    assert verify(store).first_bad == 2


def test_what_others_write_while_it_is_verified_is_no_tampering(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = database.open(tmp_path)
    written(store, [host("a"), host("b"), host("c"), depends("a", "b")])
    walked = audit._sound

    def busy(register: Store, last: int) -> Iterator[Commit]:
        yield from walked(register, last)
        written(store, [host("a", version="2"), host("d"), Edit("rel", "a|depends_on|b", None), Edit("ci", "c", None)])

    monkeypatch.setattr(audit, "_sound", busy)

    assert verify(store).ok


@pytest.mark.parametrize(
    "content", ["", '{"store_id": "s", "last": 5', "[]", '{"store_id": "s", "last": "5", "hash": ""}']
)
def test_a_damaged_head_is_refused_and_not_replaced(tmp_path: Path, content: str) -> None:
    head = Head(tmp_path / "head.json")
    head.path.write_text(content)

    with pytest.raises(StorageError, match=r"store\.unreadable_head"):
        head.belongs_to("s")
    assert head.path.read_text() == content


LABELS = ("CI", "Record", "Commit", "Store", "Migration", "Gone")


def dumped(database: Database) -> tuple[list[tuple[str, dict[str, Any]]], list[dict[str, Any]]]:
    """All that a database holds, as a backup would have it."""
    nodes = [
        (label, row["p"]) for label in LABELS for row in database.run(f"MATCH (n:{label}) RETURN properties(n) AS p")
    ]
    related = "MATCH (a:CI)-[r:depends_on]->(b:CI) RETURN a.ci_id AS a, b.ci_id AS b, properties(r) AS p"
    return nodes, database.run(related)


def restored(database: Database, dump: tuple[list[tuple[str, dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Put a backup in the place of the database."""
    database.wipe()
    for label, properties in dump[0]:
        database.run(f"CREATE (n:{label}) SET n += $p", p=properties)
    for row in dump[1]:
        create = "MATCH (a:CI {ci_id: $a}), (b:CI {ci_id: $b}) CREATE (a)-[r:depends_on]->(b) SET r += $p"
        database.run(create, **row)


@pytest.mark.parametrize("written_since", [0, 1, 2, 3, 9])
def test_an_older_database_put_in_the_place_of_this_one_is_named_also_after_more_was_written(
    database: Database, tmp_path: Path, written_since: int
) -> None:
    store = database.open(tmp_path)
    written(store, [host("a"), host("b"), depends("a", "b"), Edit("changes", "C", change("C"))])
    backup = dumped(database)
    written(store, [host("a", version="1"), host("c")])
    written(store, [host("a", version="2")])

    restored(database, backup)
    again = database.open(tmp_path)
    for number in range(written_since):
        written(again, [host("b", version=str(number))])

    found = verify(again)
    revision = 4 + written_since
    expected = (revision + 1, "truncated") if revision < 7 else (7, "rewritten")
    assert (found.ok, found.first_bad, found.reason) == (False, *expected)
