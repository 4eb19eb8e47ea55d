"""Imports that come in parts, kept in the store until they are finished, so that any process on it can go on with them.

Beside the graph and its log, as runs are. Each statement can be repeated without harm.
"""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import neo4j

from graph.errors import BadInputError
from graph.store.runs import pack, unpack
from graph.store.statements import statement
from graph.store.store import Store

OPEN, CLOSED, CANCELLED, FINISHED = "open", "closed", "cancelled", "finished"
KEPT = timedelta(days=7)  # an import that nobody goes on with; a script that fails on Friday goes on on Monday
FORGOTTEN_AT_ONCE = 50  # parts; together some ten megabytes
OLD_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """An import in parts: what was asked for when it began, and its report once it is finished.

    `silent`: milliseconds since somebody said that it is being applied.
    """

    run: str
    source: str
    actor: str
    status: str
    size: int
    options: dict[str, Any]
    report: dict[str, Any] | None
    silent: int


def find_upload(store: Store, run: str) -> Upload | None:
    """The import in parts of that run."""
    rows = store.rows("upload_read", run=run)
    if not rows:
        return None
    row = rows[0]
    options, report = unpack(row["options"]), unpack(row["report"])
    return Upload(row["run"], row["source"], row["actor"], row["status"], row["size"], options, report, row["silent"])


def open_upload(store: Store, run: str, source: str, actor: str, options: dict[str, Any]) -> Upload:
    """Begin an import in parts; one that has begun already is answered as it began."""
    given = {"run": run, "source": source, "actor": actor, "options": pack(options), "at": _now(store)}
    store.sessions.write(lambda tx, _: tx.run(statement("upload_open"), given).consume())
    found = find_upload(store, run)
    if found is None:
        raise BadInputError("import.unknown_run", run=run[:100])
    return found


def add_part(store: Store, run: str, sequence: int, lines: bytes, count: int, most: int) -> bool:
    """Keep a part (NDJSON); false where it is there already.

    Raises
    ------
    BadInputError
        `import.part_differs`: it is there with other rows; `import.closed`: the import takes no more parts;
        `import.too_long`: all parts together are more than `most` bytes.
    """
    digest = hashlib.blake2b(lines, digest_size=16).hexdigest()
    key, packed = f"{run}:{sequence}", zlib.compress(lines, level=1)

    def within(tx: neo4j.Transaction, _: int) -> bool:
        touched = {"run": run, "at": _now(store)}
        tx.run(statement("upload_touch"), touched, size=0).consume()
        there = tx.run(statement("part_read"), key=key).single()
        if there is not None:
            if there["digest"] != digest:
                raise BadInputError("import.part_differs", run=run, sequence=sequence)
            return False
        row = tx.run(statement("upload_touch"), touched, size=len(lines)).single()
        if row is None or row["status"] != OPEN:
            raise BadInputError("import.closed", run=run)
        if row["size"] > most:
            raise BadInputError("import.too_long", most=most)
        given = {"key": key, "run": run, "sequence": sequence, "digest": digest, "count": count, "rows": packed}
        tx.run(statement("part_write"), given).consume()
        return True

    return store.sessions.write(within)


def parts_of(store: Store, run: str) -> dict[int, int]:
    """The number of rows of each part that is there, by its sequence number, in order."""
    return {row["sequence"]: row["count"] for row in store.rows("parts_of", run=run)}


def lines_of(store: Store, run: str, sequences: list[int]) -> Iterator[bytes]:
    """The parts as they came."""
    for sequence in sequences:
        yield zlib.decompress(store.rows("part_read", key=f"{run}:{sequence}")[0]["rows"])


def set_status(store: Store, run: str, status: str, report: dict[str, Any] | None = None) -> None:
    """Open, close or cancel an import, or finish it with its report."""
    given = {"run": run, "status": status, "at": _now(store), "report": None if report is None else pack(report)}
    store.sessions.write(lambda tx, _: tx.run(statement("upload_status"), given).consume())


def forget_parts(store: Store, run: str) -> None:
    """Let go of all parts of an import."""

    def some(tx: neo4j.Transaction, _: int) -> int:
        row = tx.run(statement("parts_forget"), run=run, limit=FORGOTTEN_AT_ONCE).single(strict=True)
        return int(row["forgotten"])

    while store.sessions.write(some):
        pass


def forget_old(store: Store) -> None:
    """Let go of some imports that nobody went on with for a week, and of reports as old."""
    before = (store.clock() - KEPT).isoformat()
    for row in store.rows("uploads_old", before=before, limit=OLD_AT_ONCE):
        forget_parts(store, row["run"])
        run = {"run": row["run"]}
        store.sessions.write(lambda tx, _, run=run: tx.run(statement("upload_forget"), run).consume())  # type: ignore[misc]


def _now(store: Store) -> str:
    return store.clock().isoformat()
