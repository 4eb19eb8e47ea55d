"""Reading CSV and NDJSON as a stream; what cannot be read as its format is refused here (the first level)."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from graph.errors import BadInputError
from graph.values import shown as shown_text

LONGEST_CELL = 1_000_000  # characters (INTERFACES)
LONGEST_LINE = 16_000_000  # characters; more is not a table
MOST_COLUMNS = 10_000  # INTERFACES
BLOCK = 1 << 16  # bytes
MAGIC = {b"PK\x03\x04": "zip", b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


class Line(NamedTuple):
    """One row: its line in the file, its cells by column, and how many cells it has too many or too few."""

    number: int
    values: dict[str, Any]
    cells: int
    columns: int


def csv_lines(path: Path, shown: str, required: Sequence[str]) -> Iterator[Line]:
    """The rows of a CSV file with a header. Empty cells are left out, empty rows passed over.

    Raises BadInputError, key `inventory.*` with the file and line, for what is no CSV.
    """
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(_text_lines(path, shown), strict=True)
    header: list[str] | None = None
    started = 1
    try:
        for cells in reader:
            if header is None:
                header = _header(cells, shown, required)
            elif cells:
                values = {name: cell for name, cell in zip(header, cells, strict=False) if cell}
                yield Line(started, values, len(cells), len(header))
            started = reader.line_num + 1
    except csv.Error as error:
        raise BadInputError(_csv_key(str(error)), file=shown, line=started) from error
    if header is None:
        raise BadInputError("inventory.no_header", file=shown, line=1)


def _csv_key(text: str) -> str:
    if "field larger" in text:
        return "inventory.cell_too_long"
    return "inventory.quote_open" if "end of data" in text else "inventory.quoting"


def _header(cells: list[str], shown: str, required: Sequence[str]) -> list[str]:
    if len(cells) > MOST_COLUMNS:
        raise BadInputError("inventory.too_many_columns", file=shown, line=1, columns=len(cells), most=MOST_COLUMNS)
    header = [cell.strip() for cell in cells]
    seen: set[str] = set()
    for at, name in enumerate(header):
        if not name:
            raise BadInputError("inventory.column_unnamed", file=shown, line=1, column=at + 1)
        if name in seen:
            raise BadInputError("inventory.column_twice", file=shown, line=1, column=shown_text(name))
        seen.add(name)
    for name in required:
        if name not in header:
            raise BadInputError("inventory.column_missing", file=shown, line=1, column=name)
    return header


def json_lines(path: Path, shown: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, object) of an NDJSON file; empty lines are passed over."""
    for number, line in enumerate(_text_lines(path, shown), start=1):
        if not line.strip():
            continue
        try:
            found = orjson.loads(line)
        except (orjson.JSONDecodeError, RecursionError) as error:
            raise BadInputError("inventory.json", file=shown, line=number, reason=str(error)[:120]) from error
        if not isinstance(found, dict):
            raise BadInputError("inventory.json_no_object", file=shown, line=number)
        if len(found) > MOST_COLUMNS:
            raise BadInputError(
                "inventory.too_many_columns", file=shown, line=number, columns=len(found), most=MOST_COLUMNS
            )
        if len(line) > LONGEST_CELL and any(isinstance(v, str) and len(v) > LONGEST_CELL for v in found.values()):
            raise BadInputError("inventory.cell_too_long", file=shown, line=number)
        yield number, found


def _text_lines(path: Path, shown: str) -> Iterator[str]:
    number = 0
    try:
        refuse_archive(path, shown)
        with path.open(encoding="utf-8-sig", newline="") as file:
            while line := file.readline(LONGEST_LINE):
                number += 1
                if "\0" in line:
                    raise BadInputError("inventory.nul", file=shown, line=number)
                if len(line) == LONGEST_LINE:
                    raise BadInputError("inventory.cell_too_long", file=shown, line=number)
                yield line
    except UnicodeDecodeError as error:
        at, byte = _first_foreign_byte(path)
        raise BadInputError("inventory.encoding", file=shown, line=at, byte=f"0x{byte:02X}") from error
    except OSError as error:
        raise BadInputError("inventory.unreadable", file=shown, reason=error.strerror or "") from error


def _first_foreign_byte(path: Path) -> tuple[int, int]:
    # text is decoded in blocks of many lines, so where it failed is looked up afterwards
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    with path.open("rb") as file:
        for block in iter(partial(file.read, BLOCK), b""):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n"), error.object[error.start]
            line += block.count(b"\n")
    return line, decoder.getstate()[0][0]  # half a character at the very end


def refuse_archive(path: Path, shown: str) -> None:
    """Refuse what is no text at all, by how it begins.

    Raises BadInputError `inventory.archive`, or `inventory.encoding` for UTF-16.
    """
    with path.open("rb") as file:
        first = file.read(8)
    for magic, kind in MAGIC.items():
        if first.startswith(magic):
            raise BadInputError("inventory.archive", file=shown, kind=kind)
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInputError("inventory.encoding", file=shown, line=1, byte=f"0x{first[0]:02X}")
