"""The schema: checksummed migrations, and whose database this is."""

import secrets
from datetime import UTC, datetime
from functools import partial
from typing import Any

import neo4j

from graph.errors import StorageError
from graph.history import ORIGIN
from graph.store.statements import migrations, statement
from graph.store.transaction import Sessions

FORMAT = 1  # of what is in the database; a newer one is refused


def migrate(sessions: Sessions) -> str:
    """Bring the database to this version's schema; returns its store id.

    Refuses (StorageError) a database that holds nodes but not our format node, one of a newer format, and one whose
    applied migrations differ from ours, and one into which a backup is being restored.
    """
    found = _format_node(sessions)
    if not found and sessions.read(lambda tx: tx.run(statement("count_nodes")).single(strict=True)["found"]):
        # somebody else may have made this database ours in between
        found = _format_node(sessions)
        if not found:
            begun = sessions.read(lambda tx: [row.data() for row in tx.run(statement("restore_there"))])
            if begun:
                raise StorageError("store.half_restored", revision=begun[0]["revision"])
            raise StorageError("store.foreign_database", database=sessions.database or "")
    if found and found[0]["format"] > FORMAT:
        raise StorageError("store.newer_format", found=found[0]["format"], known=FORMAT)
    declare_schema(sessions)
    if not found:
        sessions.write(
            lambda tx, _: tx.run(
                statement("create_store"), store_id=secrets.token_hex(16), format=FORMAT, head=ORIGIN, at=""
            ).consume()
        )
        found = _format_node(sessions)
    return str(found[0]["store_id"])


def _format_node(sessions: Sessions) -> list[dict[str, Any]]:
    return sessions.read(lambda tx: [row.data() for row in tx.run(statement("read_store"))])


def declare_schema(sessions: Sessions) -> None:
    """Apply the migrations that the database has not had; refuses (StorageError) one whose migrations are not ours."""
    rows = sessions.read(lambda tx: [row.data() for row in tx.run(statement("applied_migrations"))])
    applied = {row["name"]: row["checksum"] for row in rows}
    ours = {name: checksum for name, checksum, _ in migrations()}
    for name, checksum in applied.items():
        if name not in ours:
            raise StorageError("store.newer_migration", name=name)
        if ours[name] != checksum:
            raise StorageError("store.altered_migration", name=name)
    for name, checksum, statements in migrations():
        if name in applied:
            continue
        for text in statements:
            sessions.declare(text)
        sessions.write(
            partial(_record, parameters={"name": name, "checksum": checksum, "at": datetime.now(UTC).isoformat()})
        )


def _record(tx: neo4j.Transaction, _: int, parameters: dict[str, str]) -> None:
    tx.run(statement("record_migration"), parameters).consume()
