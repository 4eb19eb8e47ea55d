"""The register as inventory files: importing them into an empty store gives the same graph-hash (INTERFACES)."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from graph.history import CI, DECISION, RELATIONSHIP, Thing
from graph.ontology import Field, Ontology
from graph.store import ends_of
from graph.values import State, Value, duration_text
from importers.batches import is_plain
from importers.spool import Spool, sorted_rows

MOST_CSV_COLUMNS = 1_000  # more go into NDJSON, whose lines hold only what is there
LONGEST_CELL = 900_000  # characters; a table with a longer value goes into NDJSON too
RISKY = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula
RELATIONSHIP_COLUMNS = ("source", "type", "target", "strength", "redundancy_group", "min_available")


class _Row(NamedTuple):
    key: str
    state: State


class _Column(NamedTuple):
    source: str
    type: str
    target: str


def export_inventory(
    things: Iterable[tuple[str, str, Thing]], ontology: Ontology, folder: Path, *, spreadsheet: bool = False
) -> dict[str, int]:
    """Write one file per table that holds something; returns how many rows each has.

    `spreadsheet` puts an apostrophe before what a spreadsheet would run as a formula: such files are for reading, not
    for importing again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="faultline-export-") as scratch:
        tables = _Tables(Path(scratch), ontology)
        for kind, key, thing in things:
            if kind != DECISION:  # it is about a data source, not about the estate
                tables.add(kind, key, thing)
        counts = tables.write(folder, spreadsheet=spreadsheet)
        tables.close()
    return counts


class _Tables:
    def __init__(self, scratch: Path, ontology: Ontology) -> None:
        self._scratch, self._ontology = scratch, ontology
        names = ["cis", "relationships", *ontology.record_types]
        self._spools: dict[str, Spool[Any]] = {name: Spool(scratch / f"{name}.rows", _Row) for name in names}
        self._columns: Spool[_Column] = Spool(scratch / "columns.rows", _Column)
        self._types = {kind: column for column, kind in ontology.shorthands.items()}
        self._used: dict[str, dict[str, None]] = {name: {} for name in names}
        self._long: set[str] = set()

    def add(self, kind: str, key: str, thing: Thing) -> None:
        if kind == RELATIONSHIP:
            source, name, target = ends_of(key)
            if name in self._types and is_plain(thing, self._ontology, name):
                self._columns.add(_Column(source, name, target))
                return
        table = {CI: "cis", RELATIONSHIP: "relationships"}.get(kind, kind)
        self._used[table].update(dict.fromkeys(thing.state))
        if any(isinstance(v, str | list) and len(v if isinstance(v, str) else "|".join(v)) > LONGEST_CELL
               for v in thing.state.values()):  # fmt: skip
            self._long.add(table)
        self._spools[table].add(_Row(key, thing.state))

    def write(self, folder: Path, *, spreadsheet: bool) -> dict[str, int]:
        counts: dict[str, int] = {}
        for table, rows in self._tables():
            columns = self._ordered(table)
            wide = len(columns) > MOST_CSV_COLUMNS or table in self._long
            writer = _write_ndjson if wide else _write_csv
            count = writer(folder, table, columns, rows, spreadsheet)
            if count:
                counts[table] = count
        return counts

    def _tables(self) -> Iterator[tuple[str, Iterator[dict[str, str]]]]:
        # the columns' further relationships come to light while the CIs are written, so CIs come first
        further: Spool[_Row] = Spool(self._scratch / "further.rows", _Row)
        yield "cis", self._cis(further)
        yield "relationships", self._relationships(further)
        further.close()
        for name, record in self._ontology.record_types.items():
            yield name, self._records(name, record.fields)

    def _cis(self, further: Spool[_Row]) -> Iterator[dict[str, str]]:
        columns = sorted_rows(self._columns, lambda row: (row.source, row.type, row.target), self._scratch)
        ahead = next(columns, None)
        for _, row in sorted_rows(self._spools["cis"], lambda row: str(row.key), self._scratch):
            fields = self._ontology.classes[str(row.state["ci_class"])].fields
            written = {"ci_id": row.key, **_texts(row.state, fields)}
            while ahead is not None and ahead[1].source <= row.key:
                column = ahead[1]
                name = self._types[column.type]
                if name in written:
                    state = self._plain_state(column.type)
                    self._used["relationships"].update(dict.fromkeys(state))
                    further.add(_Row(f"{column.source}|{column.type}|{column.target}", state))
                else:
                    written[name] = column.target
                ahead = next(columns, None)
            yield written

    def _plain_state(self, name: str) -> State:
        kind = self._ontology.relationship_types[name]
        return {} if kind.provider is None else {"strength": "hard" if kind.hard else "soft"}

    def _relationships(self, further: Spool[_Row]) -> Iterator[dict[str, str]]:
        for _, row in further.rows():
            self._spools["relationships"].add(row)
        for _, row in sorted_rows(self._spools["relationships"], lambda row: str(row.key), self._scratch):
            source, name, target = ends_of(row.key)
            fields = self._ontology.relationship_types[name].fields
            yield {"source": source, "type": name, "target": target, **_texts(row.state, fields)}

    def _records(self, name: str, fields: Mapping[str, Field]) -> Iterator[dict[str, str]]:
        for _, row in sorted_rows(self._spools[name], lambda row: str(row.key), self._scratch):
            yield _texts(row.state, fields)

    def _ordered(self, table: str) -> list[str]:
        used = self._used[table]
        if table == "relationships":
            first: Iterable[str] = RELATIONSHIP_COLUMNS
        elif table == "cis":
            common = next(iter(self._ontology.classes.values())).fields
            shorthand = set(self._ontology.shorthands)
            first = ["ci_id", "name", "ci_class", *(c for c in common if c in used or c in shorthand)]
        else:
            fields = self._ontology.record_types[table].fields
            first = [name for name, field in fields.items() if name in used or field.required]
        head = list(dict.fromkeys(first))
        return [*head, *sorted(name for name in used if name not in head)]

    def close(self) -> None:
        for spool in (*self._spools.values(), self._columns):
            spool.close()


def _texts(state: State, fields: Mapping[str, Field]) -> dict[str, str]:
    return {name: _text(value, fields.get(name)) for name, value in state.items()}


def _text(value: Value, field: Field | None) -> str:
    if field is not None and field.type == "duration" and isinstance(value, int):
        return duration_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "|".join(value)
    return repr(value) if isinstance(value, float) else str(value)


def _write_csv(folder: Path, table: str, columns: list[str], rows: Iterator[dict[str, str]], spreadsheet: bool) -> int:
    first = next(rows, None)
    if first is None:
        return 0
    guard: Callable[[str], str] = _guarded if spreadsheet else str
    count = 0
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        # a carriage return ends a line for a reader, and Python's writer does not quote it for that
        quoting = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(map(guard, columns))
        row: dict[str, str] | None = first
        while row is not None:
            cells = [guard(row.get(name, "")) for name in columns]
            (quoting if any("\r" in cell for cell in cells) else writer).writerow(cells)
            count += 1
            row = next(rows, None)
    return count


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(RISKY) else cell


def _write_ndjson(folder: Path, table: str, _: list[str], rows: Iterator[dict[str, str]], __: bool) -> int:
    count = 0
    with (folder / f"{table}.ndjson").open("wb") as file:
        for row in rows:
            file.write(orjson.dumps({"table": table, **row}) + b"\n")
            count += 1
    return count
