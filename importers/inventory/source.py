"""Inventory files become observations: one file a table, or NDJSON lines that name their table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rapidfuzz import fuzz, process

from graph.errors import BadInputError, Message
from graph.ontology import Ontology
from graph.values import shown as shown_text
from importers.again import Inputs
from importers.inventory.read import csv_lines, json_lines, refuse_archive
from importers.model import (
    CiObservation,
    Finding,
    Observation,
    Part,
    Place,
    RecordObservation,
    RelationshipObservation,
    Request,
    Seen,
    Weight,
)

CSV, NDJSON = (".csv",), (".ndjson", ".jsonl")
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "cis": ("ci_id", "name", "ci_class"),
    "relationships": ("source", "type", "target"),
}
STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Table:
    """A file to read: of one table, or (`table` is `None`) NDJSON whose lines name theirs."""

    path: Path
    shown: str
    table: str | None
    scope: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A file in a folder that is no table of ours."""

    shown: str
    scope: str
    nearest: str


class _Inventory:
    """The data source `inventory`."""

    name: Final = "inventory"
    always_full: Final = False

    def get(self, request: Request) -> Iterator[Table | Unread]:
        """The files to read; a file named by the user must be one of our tables."""
        for given in request.paths:
            if str(given) == STANDARD_INPUT:
                if request.standard_input is None:
                    raise BadInputError("inventory.unreadable", file=STANDARD_INPUT, reason="")
                yield _standard_input(request.standard_input(), request)
                continue
            path = Path(given)
            if path.is_dir():
                yield from _in_folder(path, request.scope or path.resolve().name, request.ontology)
            elif path.is_file():
                found = _table(path, str(given), request.scope or path.resolve().parent.name, request.ontology)
                if isinstance(found, Unread):
                    refuse_archive(path, str(given))
                    raise BadInputError("inventory.unknown_table", file=str(given), nearest=found.nearest)
                yield found
            else:
                raise BadInputError("inventory.not_found", file=str(given))

    def inputs(self, request: Request) -> Inputs | None:
        """The files of `get`; nobody knows what standard input will hold."""
        if STANDARD_INPUT in map(str, request.paths):
            return None
        found = list(self.get(request))
        files = tuple((file.shown, file.path) for file in found if isinstance(file, Table))
        said = tuple(f"{file.shown}\0{file.nearest}" for file in found if isinstance(file, Unread))
        return Inputs(tuple(file.scope for file in found), files, said)

    def transform(self, documents: Iterator[object], request: Request) -> Iterator[Part]:
        """One part a scope, in the order the files were given."""
        by_scope: dict[str, list[Table | Unread]] = {}
        for document in documents:
            if isinstance(document, Table | Unread):
                by_scope.setdefault(document.scope, []).append(document)
        for scope, files in by_scope.items():
            complete = not any(isinstance(file, Unread) for file in files)
            yield Part(scope, _seen(files, request.ontology), complete)


SOURCE = _Inventory()


def tables(ontology: Ontology) -> list[str]:
    """The names of all tables: CIs, relationships, and the ontology's record types."""
    return [*REQUIRED, *ontology.record_types]


def _standard_input(path: Path, request: Request) -> Table:
    scope, table = request.scope or "standard-input", request.table
    if table is None:
        return Table(path, STANDARD_INPUT, None, scope)
    if table not in tables(request.ontology):
        raise BadInputError(
            "inventory.unknown_table", file=shown_text(table), nearest=_nearest(table, request.ontology)
        )
    return Table(path, f"{table}.csv", table, scope)


def _nearest(name: str, ontology: Ontology) -> str:
    found = process.extractOne(name[:100].lower(), tables(ontology), scorer=fuzz.ratio)
    return f"{found[0]}.csv" if found else "cis.csv"


def _in_folder(folder: Path, scope: str, ontology: Ontology) -> Iterator[Table | Unread]:
    known = tables(ontology)
    found = sorted(file for file in folder.iterdir() if file.is_file())
    files = [file for file in found if file.suffix.lower() in CSV + NDJSON]
    if not files:
        raise BadInputError("inventory.empty_folder", file=str(folder))
    for file in found:
        table = file.name.partition(".")[0].lower()
        if file in files:
            yield _table(file, str(file), scope, ontology)
        elif table in known:
            # a table in another form (cis.csv.gz, relationships.tsv) is not read, so that the folder is not whole
            yield Unread(str(file), scope, f"{table}.csv")


def _table(path: Path, shown: str, scope: str, ontology: Ontology) -> Table | Unread:
    if path.suffix.lower() in NDJSON:
        return Table(path, shown, None, scope)
    known = tables(ontology)
    if path.stem in known and path.suffix.lower() in CSV:
        return Table(path, shown, path.stem, scope)
    return Unread(shown, scope, _nearest(path.stem, ontology))


def _seen(files: list[Table | Unread], ontology: Ontology) -> Iterator[Seen]:
    for file in files:
        if isinstance(file, Unread):
            message = Message("inventory.unknown_table", {"file": file.shown, "nearest": file.nearest})
            yield Finding(Weight.WARNING, Place(file.shown), message)
        elif file.table is None:
            yield from _from_json(file, ontology)
        else:
            yield from _from_csv(file, file.table, ontology)


def _from_csv(file: Table, table: str, ontology: Ontology) -> Iterator[Seen]:
    record = ontology.record_types.get(table)
    required = REQUIRED.get(table) or tuple(
        name for name, field in (record.fields.items() if record else ()) if field.required
    )
    for line in csv_lines(file.path, file.shown, required):
        place = Place(file.shown, line.number)
        if line.cells != line.columns:
            params = {"cells": line.cells, "columns": line.columns}
            yield Finding(Weight.REJECTED, place, Message("row.ragged", params))
        else:
            yield from observations(table, line.values, place)


def _from_json(file: Table, ontology: Ontology) -> Iterator[Seen]:
    known = tables(ontology)
    for number, given in json_lines(file.path, file.shown):
        place = Place(file.shown, number)
        # as the names of a header
        found = {name.strip(): value for name, value in given.items()}
        if len(found) < len(given):
            twice = next(name for name in given if name != name.strip() and name.strip() in found)
            message = Message("row.column_twice", {"column": shown_text(twice.strip())})
            yield Finding(Weight.REJECTED, place, message, twice.strip())
            continue
        # windows, plans and calendar days have a field `kind` of their own: their lines name the table in `table`
        name = "table" if found.get("table") in known else "kind"
        table = found.pop(name) if found.get(name) in known else None
        if table is None:
            params = {"value": str(found.get("kind"))[:60]}
            yield Finding(Weight.REJECTED, place, Message("row.unknown_table", params), "kind")
        else:
            yield from observations(str(table), found, place)


def observations(table: str, values: dict[str, Any], place: Place) -> list[Observation | Finding]:
    """What a row of a table says, or why it says nothing; `values` by column, as found."""
    for name in REQUIRED.get(table, ())[: 1 if table == "cis" else 3]:
        if not isinstance(values.get(name), str) or not values[name]:
            return [Finding(Weight.REJECTED, place, Message("row.required"), name)]
    if table == "cis":
        return [CiObservation(place, values.pop("ci_id"), values)]
    if table == "relationships":
        ends = (values.pop("source"), values.pop("type"), values.pop("target"))
        return [RelationshipObservation(place, *ends, values)]
    return [RecordObservation(place, table, values)]
