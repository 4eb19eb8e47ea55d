"""Whose database is it: foreign, newer and altered ones are refused."""

from pathlib import Path

import pytest

from graph.errors import StorageError
from graph.store.migrate import FORMAT
from graph.store.statements import migrations
from tests.engines import Database, host, written


def refusal(database: Database, folder: Path) -> tuple[str, dict[str, object]]:
    """Key and parameters of the refusal to open."""
    with pytest.raises(StorageError) as refused:
        database.open(folder)
    return refused.value.message.key, dict(refused.value.message.params)


def test_an_empty_database_is_made_ours_once(database: Database, tmp_path: Path) -> None:
    first, again = database.open(tmp_path), database.open(tmp_path)

    assert first.store_id == again.store_id
    assert first.revision() == 0
    applied = {row["name"] for row in database.run("MATCH (m:Migration) RETURN m.fl_key AS name")}
    assert applied == {name for name, _, _ in migrations()}


def test_an_opening_cut_short_is_taken_up_again(database: Database, tmp_path: Path) -> None:
    database.open(tmp_path)
    database.run("MATCH (s:Store) DELETE s")

    assert database.open(tmp_path / "fresh").revision() == 0


def test_a_database_that_holds_something_else_is_refused_untouched(database: Database, tmp_path: Path) -> None:
    database.run("CREATE (:Person {name: 'somebody'})")

    key, _ = refusal(database, tmp_path)

    assert key == "store.foreign_database"
    assert database.run("MATCH (n) RETURN count(n) AS c") == [{"c": 1}]


def test_a_database_of_a_newer_format_is_refused(database: Database, tmp_path: Path) -> None:
    database.open(tmp_path)
    database.run("MATCH (s:Store) SET s.format = $format", format=FORMAT + 1)

    assert refusal(database, tmp_path) == ("store.newer_format", {"found": FORMAT + 1, "known": FORMAT})


def test_a_migration_that_is_not_the_one_applied_is_refused_by_name(database: Database, tmp_path: Path) -> None:
    database.open(tmp_path)
    database.run("MATCH (m:Migration {fl_key: '0001_keys'}) SET m.checksum = 'another'")

    assert refusal(database, tmp_path) == ("store.altered_migration", {"name": "0001_keys"})


def test_a_migration_of_a_newer_version_is_refused_by_name(database: Database, tmp_path: Path) -> None:
    database.open(tmp_path)
    database.run("CREATE (:Migration {fl_key: '9999_later', checksum: 'x'})")

    assert refusal(database, tmp_path) == ("store.newer_migration", {"name": "9999_later"})


def test_the_head_of_another_store_is_refused(database: Database, tmp_path: Path) -> None:
    written(database.open(tmp_path), [host("a")])
    database.wipe()

    key, params = refusal(database, tmp_path)

    assert (key, params["path"]) == ("store.foreign_head", str(tmp_path / "head.json"))
