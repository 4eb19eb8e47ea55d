"""A backup of the register at one revision, while others write (decision 28).

The log is what is kept: it only grows, and the records follow from it. What is beside the graph (runs, scopes, what
their batches saw, hashes) is read under the write lock, so that it is of the same revision.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from graph.canonical import canonical, graph_hash, line_of
from graph.errors import FaultlineError
from graph.history import DECISION, ORIGIN, Thing
from graph.store.backup_file import Kept, KeptCommit, KeptNode, Writer
from graph.store.reader import Reader
from graph.store.rows import commit_of_row
from graph.store.store import Store

# table → statements that read and write its nodes, and what they are looked up by; a test asks of every label whether
# it is among them, follows from the log, or is left out
TABLES = {
    "runs": ("kept_runs", "restore_runs", ""),
    "scopes": ("kept_scopes", "restore_scopes", ""),
    "seen": ("kept_seen", "restore_seen", ""),
    "conflicts": ("kept_conflicts", "restore_conflicts", ""),
    "hashes": ("kept_hashes", "restore_hashes", -1),
}
FROM_THE_LOG = ("CI", "Record", "Gone", "Commit", "Store", "Migration")
# who may come in, as no secret leaves with a backup; parts of imports that are not finished, which are sent again; and
# what people were told, or will be: of what is restored somewhere else nobody there waits for it
LEFT_OUT = (
    "Principal", "Token", "Session", "AccessChange", "Upload", "Part", "Notice", "Watched", "Lease", "Preference",
)  # fmt: skip
COMMITS_AT_ONCE = 50  # of an import, each with up to some thousand revisions
NODES_AT_ONCE = 100  # what a batch saw is up to 100 kB
ONE = 1 << 256


class LogBrokenError(FaultlineError):
    """The log does not hold, so that nothing could be restored from it: `backup.log_broken`."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds. `graph_hash`: `None` where the records are not what the log says (`audit verify`)."""

    store_id: str
    revision: int
    head: str
    commits: int
    nodes: int
    graph_hash: str | None
    content: str


class Sum:
    """A sum over things, in any order and in constant memory: what the log says and what is there can be compared."""

    def __init__(self) -> None:
        self._total = 0

    def add(self, kind: str, key: str, thing: Thing | None, sign: int = 1) -> None:
        """Add a thing, or take it away."""
        if thing is not None:
            line = canonical([kind, key, thing.state, dict(thing.sources)])
            self._total = (self._total + sign * int.from_bytes(hashlib.sha256(line).digest())) % ONE

    def of_commit(self, commit: KeptCommit) -> None:
        """Bring it forward by a commit."""
        for revision in commit.revisions():
            self.add(revision.kind, revision.key, revision.before, -1)
            self.add(revision.kind, revision.key, revision.after)

    @property
    def text(self) -> str:
        """As it stands in a backup."""
        return f"{self._total:064x}"


def back_up(store: Store, file: IO[bytes]) -> BackedUp:
    """Write a backup of the register as it is now. Writers wait only while what is beside the graph is read.

    Raises
    ------
    LogBrokenError
        The log does not hold (SEMANTICS 10).
    """
    writer, revision, head, nodes = store.alone(lambda reader: _beside(store, reader, file))
    log, commits = Sum(), 0
    for commit in _commits(store, revision, head):
        log.of_commit(commit)
        writer.add(commit)
        commits += 1
    there = Sum()
    found = graph_hash(_lines(store, revision, there))
    known = found if there.text == log.text else None
    said = writer.end({"commits": commits, "nodes": nodes, "sum": log.text, "graph_hash": known})
    return BackedUp(store.store_id, revision, head, commits, nodes, known, str(said["content"]))


def _beside(store: Store, reader: Reader, file: IO[bytes]) -> tuple[Writer, int, str, int]:
    # tried again where a connection is lost: from the start of the file
    file.seek(0)
    file.truncate()
    head = str(reader.rows("read_store")[0]["head"])
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    writer = Writer(file)
    writer.begin({"store_id": store.store_id, "revision": reader.revision, "head": head, "made_at": now})
    nodes = 0
    for node in _nodes(reader):
        writer.add(node)
        nodes += 1
    return writer, reader.revision, head, nodes


def _nodes(reader: Reader) -> Iterator[Kept]:
    for table, (statement, _, after) in TABLES.items():
        last: Any = after
        while page := reader.rows(statement, after=last, limit=NODES_AT_ONCE):
            yield from (KeptNode(table, row["p"]) for row in page)
            last = page[-1]["key"]


def _commits(store: Store, revision: int, head: str) -> Iterator[KeptCommit]:
    after, previous = 0, ORIGIN
    while after < revision:
        page = store.rows("commits_marked", after=after, limit=COMMITS_AT_ONCE)
        for row in page:
            if row["first"] > revision:
                break
            commit = commit_of_row(row)
            if not commit.holds() or commit.first != after + 1 or commit.previous != previous:
                raise LogBrokenError("backup.log_broken", revision=after + 1)
            yield KeptCommit.of(commit, row["marker"])
            after, previous = commit.last, commit.hash
        if not page:
            break
    if after != revision or previous != head:
        raise LogBrokenError("backup.log_broken", revision=after + 1)


def _lines(store: Store, revision: int, there: Sum) -> Iterator[bytes]:
    for kind, key, thing in store.everything(revision=revision):
        there.add(kind, key, thing)
        if kind != DECISION:
            yield line_of(kind, key, thing.state)
