"""Hashes at revisions: of the graph, each worked out once, and of the log, which are there already."""

import contextlib

from neo4j.exceptions import DriverError, Neo4jError

from graph.errors import StorageError
from graph.history import ORIGIN
from graph.store.store import Store


def hash_at(store: Store, revision: int, *, again: bool = False) -> str:
    """The hash of the graph at a revision (INTERFACES: graph-hash), the one kept where there is one.

    `again`: work it out once more, from the records, and keep nothing.
    """
    kept = [] if again else store.rows("hash_read", revision=revision)
    if kept:
        return str(kept[0]["hash"])
    found = store.graph_hash(revision=revision)
    if not again:
        # who may only read goes without
        with contextlib.suppress(Neo4jError, DriverError, StorageError, OSError):
            store.bookkeep(lambda _: [("hash_keep", {"revision": revision, "hash": found})])
    return found


def log_hash_at(store: Store, revision: int) -> str:
    """The hash of the log up to a revision, by which all of the register at it is known (SEMANTICS 10).

    It is there already, whatever the size of the graph, whose own hash takes all of it to be read.
    """
    store.applied.wait(store, revision)
    # what is asked about is nearly always where a commit ends; else all before it are looked through
    rows = store.rows("log_hash_ending", revision=revision) or store.rows("log_hash_at", revision=revision)
    return str(rows[0]["hash"]) if rows else ORIGIN
