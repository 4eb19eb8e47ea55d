"""A backup brought into an empty database: read to its end, then replayed commit by commit, then opened (decision 28).

While it is being written the database has no register that could be opened: the format node bears another key until the
last transaction. A restoring that was cut off is taken up where it stopped, with the same backup only.
"""

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

import neo4j

from graph.canonical import graph_hash, line_of
from graph.errors import BadInputError, StorageError
from graph.history import CI, DECISION, ORIGIN, RELATIONSHIP, Revision, Thing
from graph.ontology import Ontology
from graph.store.backup import TABLES, Sum
from graph.store.backup_file import DamagedError, KeptCommit, KeptNode, Reader
from graph.store.head import Head
from graph.store.migrate import FORMAT, declare_schema
from graph.store.rows import row_of, write_rows
from graph.store.statements import statement
from graph.store.store import Store
from graph.store.things import Properties, Things, ends_of
from graph.store.transaction import Sessions

REVISIONS_AT_ONCE = 5_000  # in one transaction, as an import writes them
NODES_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """A backup that was read to its end: every digest, the chain of the log and what follows from it hold."""

    store_id: str
    revision: int
    head: str
    commits: int
    graph_hash: str | None
    sum: str
    content: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. `resumed`: the revision it went on from; `noted`: the end that the head file had noted."""

    backup: Checked
    resumed: int
    noted: int


def check(file: IO[bytes], ontology: Ontology) -> Checked:
    """Read a backup to its end.

    Raises
    ------
    BadInputError
        `backup.no_backup`, `backup.newer`; `backup.truncated`, `backup.altered`, `backup.unreadable`; `backup.chain`:
        its log does not hold; `backup.unknown_kind`: a newer ontology wrote it.
    """
    file.seek(0)
    reader = Reader(file)
    try:
        return _checked(reader, ontology)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # whoever forged it made its digests fit as well
        raise DamagedError(reader.block, "unreadable") from error


def _checked(reader: Reader, ontology: Ontology) -> Checked:
    found = Sum()
    last, head, commits, nodes = 0, ORIGIN, 0, 0
    known = {CI, RELATIONSHIP, DECISION, *ontology.record_types}
    for kept in reader:
        if isinstance(kept, KeptNode):
            nodes += 1
            if kept.table not in TABLES:
                raise BadInputError("backup.unknown_kind", kind=str(kept.table)[:60])
            _key_of(kept)
            continue
        if not _follows(kept, last, head):
            raise DamagedError(reader.block, "chain")
        for revision in kept.revisions():
            _is_known(revision, known, ontology)
        found.of_commit(kept)
        last, head, commits = kept.last, kept.hash, commits + 1
    said, ended = reader.said, reader.ended or {}
    agrees = (said["revision"], said["head"]) == (last, head)
    counted = (ended["commits"], ended["nodes"], ended["sum"]) == (commits, nodes, found.text)
    if not (agrees and counted):
        raise DamagedError(reader.block, "chain")
    return Checked(
        str(said["store_id"]),
        last,
        head,
        commits,
        ended["graph_hash"],
        found.text,
        str(ended["content"]),
        str(said["made_at"]),
    )


def _follows(commit: KeptCommit, last: int, head: str) -> bool:
    number = sum(1 for _ in commit.revisions())
    follows = commit.first == last + 1 and commit.last == last + number and number > 0
    return follows and commit.previous == head and commit.holds()


def _is_known(revision: Revision, known: set[str], ontology: Ontology) -> None:
    kind = revision.kind
    if kind == RELATIONSHIP and ends_of(revision.key)[1] not in ontology.relationship_types:
        kind = ends_of(revision.key)[1]
    elif kind in known:
        return
    raise BadInputError("backup.unknown_kind", kind=str(kind)[:60])


@dataclass(frozen=True)
class Restoring:
    """Brings a backup into a database."""

    sessions: Sessions
    ontology: Ontology
    head: Head
    lock: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext

    def restore(self, file: IO[bytes], backup: Checked) -> Restored:
        """Restore a checked backup into the database, which has to be empty, or to hold the beginning of just this one.

        Raises
        ------
        BadInputError
            `backup.not_empty`, `backup.other_begun`, `backup.other_head`: nothing was changed. As `check`, where the
            file has been altered since; the database is not opened.
        StorageError
            `backup.differs`: what was written is not what the backup says; the database is not opened.
        """
        noted = self._noted(backup)
        things = Things(self.ontology)
        with self.lock():
            resumed = self._begun(backup)
            file.seek(0)
            reader = Reader(file)
            for nodes, commits in _groups(reader, resumed):
                self.sessions.write(_Group(things, nodes, commits).write)
            if reader.ended is None or reader.ended["content"] != backup.content:
                raise DamagedError(reader.block, "altered")
            self._compare(backup)
            # noted before the register can be opened, and whoever is cut off between goes on from here
            self.head.replace(backup.store_id, backup.revision, backup.head if backup.commits else "")
            self.sessions.write(lambda tx, _: tx.run(statement("restore_end"), digest=backup.content).consume())
        return Restored(backup, resumed, noted)

    def _noted(self, backup: Checked) -> int:
        found = self.head.read()
        if found is None or (not found["last"] and found["store_id"] != backup.store_id):
            return 0
        if found["store_id"] != backup.store_id:
            raise BadInputError("backup.other_head", path=str(self.head.path), store=str(found["store_id"]))
        return int(found["last"])

    def _begun(self, backup: Checked) -> int:
        """Take the database; the revision up to which this backup is there already."""
        if self.sessions.read(_is_foreign):
            raise BadInputError("backup.not_empty")
        declare_schema(self.sessions)
        found = self.sessions.write(lambda tx, _: _taken(tx, backup))
        if found["digest"] != backup.content:
            raise BadInputError("backup.other_begun", revision=found["revision"])
        return int(found["revision"])

    def _compare(self, backup: Checked) -> None:
        store, there = Store(self.sessions, self.ontology, self.head, backup.store_id), Sum()

        def lines() -> Iterator[bytes]:
            for kind, key, kept in store.all_kept():
                there.add(kind, key, kept.thing)
                if kind != DECISION:
                    yield line_of(kind, key, kept.thing.state)

        found = graph_hash(lines())
        if there.text != backup.sum or backup.graph_hash not in (None, found):
            raise StorageError("backup.differs", found=found, expected=backup.graph_hash or "")


def _is_foreign(tx: neo4j.Transaction) -> bool:
    # asked before the schema is made: nothing is left in a database that is not ours
    ours = any(tx.run(statement(name)).single() is not None for name in ("read_store", "restore_there"))
    return not ours and bool(tx.run(statement("count_nodes")).single(strict=True)["found"])


def _taken(tx: neo4j.Transaction, backup: Checked) -> dict[str, Any]:
    if tx.run(statement("restore_there")).single() is None:
        end = tx.run(statement("lock_store"), token=secrets.token_hex(8)).single()
        runs = tx.run(statement("kept_runs"), after="", limit=1).single()
        if end is not None and (end["revision"] or runs is not None):
            raise BadInputError("backup.not_empty")
        tx.run(statement("store_drop_empty")).consume()
    row = tx.run(
        statement("restore_begin"), digest=backup.content, store_id=backup.store_id, format=FORMAT, head=ORIGIN
    ).single(strict=True)
    return dict(row)


def _groups(reader: Reader, done: int) -> Iterator[tuple[list[KeptNode], list[KeptCommit]]]:
    """What is still to be written, in lots for one transaction each."""
    nodes: list[KeptNode] = []
    commits: list[KeptCommit] = []
    for kept in reader:
        if isinstance(kept, KeptNode):
            nodes.append(kept)
        elif kept.last > done:
            commits.append(kept)
        many = commits[-1].last - commits[0].first if commits else 0
        if len(nodes) >= NODES_AT_ONCE or many >= REVISIONS_AT_ONCE:
            yield nodes, commits
            nodes, commits = [], []
    if nodes or commits:
        yield nodes, commits


@dataclass
class _Net:
    """What some commits together do to one thing."""

    before: Thing | None
    after: Thing | None
    revision: int
    num: int | None = None  # where it was created, the number it got


@dataclass
class _Group:
    """Nodes and commits that are written in one transaction."""

    things: Things
    nodes: list[KeptNode]
    commits: list[KeptCommit]
    net: dict[tuple[str, str], _Net] = field(default_factory=dict)
    buried: dict[str, int] = field(default_factory=dict)
    back: dict[str, None] = field(default_factory=dict)

    def write(self, tx: neo4j.Transaction, _: int) -> None:
        """Write them, unless an attempt whose answer was lost has done so."""
        end = dict(tx.run(statement("restore_lock"), token=secrets.token_hex(8)).single(strict=True))
        for table, rows in _by_table(self.nodes).items():
            tx.run(statement(TABLES[table][1]), rows=rows).consume()
        if not self.commits or end["revision"] >= self.commits[-1].last:
            return
        if end["revision"] != self.commits[0].first - 1:
            raise StorageError("backup.another", revision=end["revision"])
        nums = self._fold(int(end["nums"]))
        write_rows(self.things, tx, self._rows())
        if self.back:
            tx.run(statement("gone_forget"), keys=list(self.back)).consume()
        if self.buried:
            tx.run(statement("gone_write"), rows=[{"key": k, "rev": r} for k, r in self.buried.items()]).consume()
        last, gone = self.commits[-1], int(end["gone"]) + len(self.buried) - len(self.back)
        tx.run(
            statement("restore_commits"), rows=[commit.row() for commit in self.commits], last=last.last,
            head=last.hash, at=last.at, nums=nums, gone=gone,
        ).consume()  # fmt: skip

    def _fold(self, nums: int) -> int:
        self.net, self.buried, self.back = {}, {}, {}
        for revision in (revision for commit in self.commits for revision in commit.revisions()):
            what = revision.kind, revision.key
            net = self.net.setdefault(what, _Net(revision.before, None, 0))
            net.after, net.revision = revision.after, revision.number
            if revision.before is None and revision.kind == CI:
                nums += 1
                net.num = nums
            self._remember(f"{revision.kind}:{revision.key}", revision)
        return nums

    def _remember(self, name: str, revision: Revision) -> None:
        if revision.after is None:
            self.buried[name] = revision.number
        elif revision.before is None and revision.previous and self.buried.pop(name, None) is None:
            self.back[name] = None

    def _rows(self) -> dict[tuple[str, str], list[tuple[str, Properties]]]:
        rows: dict[tuple[str, str], list[tuple[str, Properties]]] = {}
        for (kind, key), net in self.net.items():
            if net.before is None and net.after is None:
                continue
            action, properties = row_of(self.things, kind, net.before, net.after, net.revision)
            if net.num is not None and net.after is not None:
                properties["fl_num"] = net.num
            rows.setdefault((action, kind), []).append((key, properties))
        return rows


def _by_table(nodes: Iterable[KeptNode]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for node in nodes:
        found.setdefault(node.table, []).append({"key": _key_of(node), "p": dict(node.properties)})
    return found


def _key_of(node: KeptNode) -> Any:
    return node.properties["revision" if node.table == "hashes" else "fl_key"]
