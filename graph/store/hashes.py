"""Hashes of the graph at revisions, each worked out once: a certificate names the graph that it speaks of."""

import contextlib

from neo4j.exceptions import DriverError, Neo4jError

from graph.errors import StorageError
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
