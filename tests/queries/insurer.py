"""The example's records in memory, as an import keeps them."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from graph.fields import parser_of
from graph.ontology import load_ontology
from graph.values import State, parse_time
from tests.docs.printed import ROOT

T = TypeVar("T")
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)  # 18:00 in Shanghai
ZONE = "Asia/Shanghai"


def records_of(table: str, made: Callable[[str, State], T]) -> list[T]:
    """The records of a table of one key."""
    kind = load_ontology().record_types[table]
    (key,) = kind.key
    with (ROOT / "examples" / "insurer" / "inventory" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        state: State = {}
        for name, written in row.items():
            field = kind.fields[name]
            if written and field.type == "time":
                state[name] = parse_time(written, ZONE).utc
            elif written:
                state[name] = parser_of(field)(written)
        found.append(made(row[key], state))
    return found
