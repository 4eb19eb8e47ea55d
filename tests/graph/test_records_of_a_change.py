"""What is said on a change is found by an index, and not by reading what was said on all changes."""

import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from graph.store.statements import migrations, statement
from tests.engines import Database

pytestmark = [pytest.mark.storage]
MANY, CHANGES = 20_000, 2_000
MADE = """UNWIND range(1, $many) AS n
CREATE (:Record {fl_key: 'comments:' + n, fl_kind: 'comments', change_id: 'CHG-' + (n % $changes)})"""
ASKED: dict[str, Any] = {"kind": "comments", "change": "CHG-7"}


def seconds(database: Database) -> float:
    text, found = statement("comments_of_change"), list[float]()
    for _ in range(7):
        began = time.perf_counter()
        assert len(database.run(text, **ASKED)) == MANY / CHANGES
        found.append(time.perf_counter() - began)
    return median(found)


def operators(plan: dict[str, Any]) -> list[str]:
    below = [name for each in plan.get("children", []) for name in operators(each)]
    return [f"{plan['operatorType']} {plan.get('args', {}).get('Details', '')}", *below]


def test_comments_of_a_change_are_found_by_an_index(database: Database, tmp_path: Path) -> None:
    database.open(tmp_path)
    database.run(MADE, many=MANY, changes=CHANGES)
    found = seconds(database)
    if database.kind == "neo4j":
        database.run("CALL db.prepareForReplanning(60)")  # as it does by itself once there is much
        with database.line.session(database=database.endpoint.database) as session:
            plan = session.run(f"EXPLAIN {statement('comments_of_change')}", **ASKED).consume().plan
        assert any("IndexSeek" in each and "change_id" in each for each in operators(plan or {})), operators(plan or {})
        return
    # the embedded engine tells no plan: without the index it reads them all
    text = next(text for _, _, texts in migrations() for text in texts if " fl_record_change " in text)
    database.run("DROP INDEX fl_record_change")
    try:
        without = seconds(database)
    finally:
        database.run(text)
    assert found * 4 < without, (found, without)
