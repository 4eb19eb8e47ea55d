"""The register: reads, and writes that append one commit to the log in the transaction that changes the records."""

import contextlib
import secrets
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

import neo4j

from graph.canonical import graph_hash, line_of
from graph.errors import RevisionConflictError, StorageError
from graph.history import CI, DECISION, RELATIONSHIP, Commit, Header, Revision, Thing, make_commit, undo
from graph.ontology import Ontology
from graph.store import log
from graph.store.applied import Applied
from graph.store.head import Head
from graph.store.migrate import migrate
from graph.store.reader import Reader
from graph.store.rows import commit_of_row, row_of, write_rows
from graph.store.statements import statement
from graph.store.things import Kept, Properties, Things
from graph.store.transaction import Sessions

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Edit:
    """What one thing shall be: `after`, or `None` to remove it. `expected`: its last revision, if that matters."""

    kind: str
    key: str
    after: Thing | None
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """The edits of one transaction, and bookkeeping statements (name, parameters) that happen together with them."""

    edits: Sequence[Edit]
    also: Sequence[tuple[str, Mapping[str, Any]]] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What a transaction did: the store's revision after it, and the revisions it wrote."""

    revision: int
    revisions: Sequence[Revision] = ()
    repeated: bool = False


@dataclass
class _End:
    """The end of the log, as read under the write lock."""

    store_id: str
    revision: int
    head: str
    nums: int
    gone: int
    at: str


@dataclass(frozen=True)
class Store:
    """An open register. Any number of processes may have it open; writers queue on the log's end."""

    sessions: Sessions
    ontology: Ontology
    head: Head
    store_id: str
    lock: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    things: Things = field(init=False)
    applied: Applied = field(default_factory=Applied)

    def __post_init__(self) -> None:
        object.__setattr__(self, "things", Things(self.ontology))

    @classmethod
    def open(cls, sessions: Sessions, ontology: Ontology, head: Head, **options: Any) -> "Store":
        """Open the register, making or migrating its schema first.

        Raises StorageError when the database holds something that is not ours, or was written by a newer version, and
        when the head kept beside it belongs to another store.
        """
        store_id = migrate(sessions)
        head.belongs_to(store_id)
        return cls(sessions, ontology, head, store_id, **options)

    def revision(self) -> int:
        """The number of the last revision. StorageError `store.replaced` where another register is there by now."""
        return self.told(self.rows("read_store"))

    def answering(self) -> int:
        """The number of the last revision for a probe: asked once, at once, of a database that may be away."""
        return self.told(self.sessions.asked(lambda session: session.run(statement("read_store")).data()))

    def told(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """The number of the last revision, by rows with `store_id` and `revision`; StorageError as `revision`."""
        if not rows or rows[0]["store_id"] != self.store_id:
            raise StorageError("store.replaced", store=self.store_id)
        return int(rows[0]["revision"])

    def settled(self) -> int:
        """The number of the last revision, once all that was committed is wholly there to be read."""
        return self.alone(lambda reader: reader.revision)

    def alone(self, work: Callable[[Reader], Result]) -> Result:
        """Run `work` on a reader while nobody writes.

        Neo4j lets a reader see parts of a commit while it is being applied: its number and not yet its CIs, or its CIs
        first. The write lock is held until all of it is there; so whoever has the lock reads it all, and nothing else.
        """

        def within(tx: neo4j.Transaction) -> Result:
            return work(Reader(tx, self.things, self._locked(tx).revision))

        with self.lock():
            return self.sessions.looked_at(within)

    def read(self, work: Callable[[Reader], Result]) -> Result:
        """Run `work` on a reader of one transaction."""

        def within(tx: neo4j.Transaction) -> Result:
            row = tx.run(statement("read_store")).single(strict=True)
            return work(Reader(tx, self.things, row["revision"]))

        return self.sessions.read(within)

    def rows(self, name: str, word: str | None = None, **parameters: Any) -> list[dict[str, Any]]:
        """The rows that one statement answers with, in a transaction of its own."""
        return self.sessions.look(lambda tx: [dict(row) for row in tx.run(statement(name, word), **parameters)])

    def kept(self, kind: str, keys: Iterable[str]) -> dict[str, Kept]:
        """Those of the things that are there, by key, in a transaction of its own."""
        wanted = list(keys)
        read = self.sessions.read if kind == RELATIONSHIP else self.sessions.look  # by one statement a type
        return read(lambda tx: self.things.read(tx, kind, wanted))

    def kept_at(self, kind: str, keys: Iterable[str], revision: int) -> dict[str, Kept]:
        """Those of the things that were there at a revision, by key, as they were then."""
        wanted = set(keys)
        self.applied.wait(self, revision)
        found = self.kept(kind, wanted)
        whole = len(found) == len(wanted) and all(kept.revision <= revision for kept in found.values())
        if whole or self.settled() == revision:  # what is not there may have been removed since
            return found
        for commit in self.commits_backwards(after=revision):
            for past in reversed(list(commit.revisions())):
                if past.number > revision and past.kind == kind and past.key in wanted:
                    found.pop(past.key, None)
                    if past.before is not None:
                        found[past.key] = Kept(past.before, past.previous)
        return found

    def relationships_at(
        self, ci_ids: Iterable[str], types: Iterable[str], *, end: str = "source"
    ) -> list[tuple[str, Kept]]:
        """(key, relationship) of those types that start or end at these CIs, in a transaction of its own."""
        wanted, names = list(ci_ids), list(types)
        return self.sessions.look(lambda tx: list(self.things.relationships_at(tx, wanted, names, end=end)))

    def write(self, plan: Callable[[Reader], Draft], header: Header, marker: str | None = None) -> Written:
        """Carry out what `plan` drafts, as one transaction with one commit.

        `plan` is called under the write lock, more than once if the transaction must be repeated; it reads through the
        reader it gets and has no other effect. Edits that change nothing make no revision. `marker` names this write
        for ever: one that is in the log already is not done again.

        Raises
        ------
        RevisionConflictError
            An edit expected another last revision; nothing was written.
        StorageError
            The engine could not be reached for as long as the settings allow.
        """
        mark = marker or secrets.token_hex(16)

        def within(tx: neo4j.Transaction, attempt: int) -> tuple[Written, Commit | None]:
            end = self._locked(tx)
            if attempt or marker:
                done = tx.run(statement("commit_by_marker"), marker=mark).single()
                if done:
                    return Written(end.revision, repeated=True), None
            reader = Reader(tx, self.things, end.revision)
            draft = plan(reader)
            revisions = self._apply(reader, draft.edits, end)
            for name, parameters in draft.also:
                tx.run(statement(name), **parameters).consume()
            if not revisions:
                return Written(end.revision), None
            commit = make_commit(revisions, self._now(end.at), header, end.head)
            self._append(tx, commit, mark, end)
            return Written(commit.last, revisions), commit

        with self.lock():
            # noted before the log's end is read, so that a longer log of others is never taken for a shorter one
            noted = self.head.noted()
            written, commit = self.sessions.write(within)
            if commit and commit.first <= noted:
                self.head.hold()
            elif commit:
                self.head.advance(commit.last, commit.hash)
        return written

    def bookkeep(self, plan: Callable[[Reader], Iterable[tuple[str, Mapping[str, Any]]]]) -> None:
        """Write what is kept beside the graph (runs, scopes), in one transaction without a revision.

        `plan` answers with statements (name, parameters) that can be repeated without harm. It is called under the
        write lock, so that what it reads nobody else changes meanwhile.
        """

        def within(tx: neo4j.Transaction, _: int) -> None:
            for name, parameters in plan(Reader(tx, self.things, self._locked(tx).revision)):
                tx.run(statement(name), **parameters).consume()

        with self.lock():
            self.sessions.write(within)

    def _locked(self, tx: neo4j.Transaction) -> _End:
        row = tx.run(statement("lock_store"), token=secrets.token_hex(8)).single()
        if row is None or row["store_id"] != self.store_id:
            # a backup was restored beneath us: what we hold in memory is of another register
            raise StorageError("store.replaced", store=self.store_id)
        return _End(**row.data())

    def note(self, name: str, /, **parameters: Any) -> None:
        """Write one statement of what is kept beside the graph and no other write rests on, without the write lock.

        So nobody who comes in waits for an import. The statement can be repeated without harm.
        """
        self.sessions.write(lambda tx, _: tx.run(statement(name), **parameters).consume())

    def _now(self, not_before: str) -> str:
        return max(self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), not_before)

    def _append(self, tx: neo4j.Transaction, commit: Commit, marker: str, end: _End) -> None:
        tx.run(
            statement("write_commit"),
            first=commit.first,
            last=commit.last,
            at=commit.at,
            actor=commit.header.actor,
            source=commit.header.source,
            change=commit.header.change,
            run=commit.header.run,
            marker=marker,
            previous=commit.previous,
            hash=commit.hash,
            entries=commit.entries,
            nums=end.nums,
            gone=end.gone,
        ).consume()

    def _apply(self, reader: Reader, edits: Sequence[Edit], end: _End) -> list[Revision]:
        tx, kept = reader.tx, _kept(reader, edits)
        gone = self._gone(tx, [e for e in edits if (e.kind, e.key) not in kept]) if end.gone else {}
        revisions: list[Revision] = []
        rows: dict[tuple[str, str], list[tuple[str, Properties]]] = {}
        buried: list[dict[str, Any]] = []
        for edit in edits:
            found = kept.get((edit.kind, edit.key))
            before = found.thing if found else None
            previous = found.revision if found else gone.get(f"{edit.kind}:{edit.key}", 0)
            if edit.expected is not None and edit.expected != previous:
                raise RevisionConflictError(edit.kind, edit.key, edit.expected, previous)
            if edit.after == before:
                continue
            number = end.revision + len(revisions) + 1
            revisions.append(Revision(number, edit.kind, edit.key, before, edit.after, previous))
            action, properties = row_of(self.things, edit.kind, before, edit.after, number)
            if action == "create" and edit.kind == CI:
                end.nums += 1
                properties["fl_num"] = end.nums
            rows.setdefault((action, edit.kind), []).append((edit.key, properties))
            if edit.after is None:
                buried.append({"key": f"{edit.kind}:{edit.key}", "rev": number})
        write_rows(self.things, tx, rows)
        self._remember(tx, buried, [r for r in revisions if r.before is None and r.previous], end)
        return revisions

    def _gone(self, tx: neo4j.Transaction, edits: Sequence[Edit]) -> dict[str, int]:
        keys = [f"{edit.kind}:{edit.key}" for edit in edits]
        return {row["key"]: row["rev"] for row in tx.run(statement("gone_read"), keys=keys)}

    def _remember(
        self, tx: neo4j.Transaction, buried: Sequence[Mapping[str, Any]], back: Sequence[Revision], end: _End
    ) -> None:
        if back:
            keys = [f"{r.kind}:{r.key}" for r in back]
            end.gone -= int(tx.run(statement("gone_forget"), keys=keys).single(strict=True)["forgotten"])
        if buried:
            tx.run(statement("gone_write"), rows=list(buried)).consume()
            end.gone += len(buried)

    def commits(self, *, after: int = 0) -> Iterator[Commit]:
        """The change feed: commits whose revisions are all after `after`, oldest first."""
        return map(commit_of_row, log.forwards(self.rows, after, self.revision))

    def commits_page(self, *, after: int, limit: int) -> list[Commit]:
        """The first commits of the change feed after `after`, `limit` at the most."""
        found = log.forwards(self.rows, after, self.revision, max(1, limit - log.STEPS))
        return [commit_of_row(row) for row in islice(found, limit)]

    def commits_of_others(self, run: str, *, after: int) -> Iterator[Commit]:
        """The change feed after `after` without the commits of one import run, oldest first."""
        return map(commit_of_row, log.in_pages(self.rows, after, name="commits_of_others", run=run))

    def commits_backwards(
        self, *, after: int, before: int | None = None, at_once: int = log.AT_ONCE
    ) -> Iterator[Commit]:
        """Commits that hold revisions after `after` (and begin before `before`), newest first."""
        return map(commit_of_row, log.backwards(self.rows, after, before, at_once))

    def commits_of_run(self, run: str) -> list[Commit]:
        """What an import run wrote, newest first."""
        return [commit_of_row(row) for row in self.rows("commits_of_run", run=run)]

    def commits_at(self, revision: int) -> list[Commit]:
        """The commit that wrote a revision, if there is one."""
        return [commit_of_row(row) for row in log.holding(self.rows, revision)]

    def history_of(self, kind: str, key: str, last: int) -> Iterator[tuple[Commit, Revision]]:
        """The revisions of one thing from its revision `last` backwards."""
        while last:
            (commit,) = self.commits_at(last)
            revision = next(r for r in commit.revisions() if r.number == last)
            yield commit, revision
            last = revision.previous

    def revision_at(self, moment: str) -> int:
        """The last revision recorded at or before a moment (UTC text with microseconds)."""
        rows = self.rows("revision_at", at=moment)
        return int(rows[0]["last"]) if rows else 0

    def everything(self, *, revision: int | None = None) -> Iterator[tuple[str, str, Thing]]:
        """(kind, key, thing) of all that is kept, now or as it was at `revision`; in no stated order.

        Exactly of that revision also where others write meanwhile: what they changed is undone.
        """
        start = self.settled()
        at = start if revision is None else revision
        then = undo(self.commits_backwards(after=at), at) if at < start else {}
        given = array("q")  # hashes of what has been yielded
        for kind, key, kept in self.all_kept():
            if (kind, key) not in then and kept.revision <= start:
                given.append(hash((kind, key)))
                yield kind, key, kept.thing
        if self.settled() > start:
            known = set(given)
            late = undo(self.commits_backwards(after=start), start)
            then |= {what: past for what, past in late.items() if what not in then and hash(what) not in known}
        for (kind, key), past in then.items():
            if past is not None:
                yield kind, key, past

    def all_kept(self) -> Iterator[tuple[str, str, Kept]]:
        """(kind, key, thing with its revision) of all that is in the database now."""
        from graph.store.scan import scan

        return scan(self)

    def graph_hash(self, *, revision: int | None = None) -> str:
        """The hash of the whole graph (INTERFACES: graph-hash), now or at a revision."""
        things = self.everything(revision=revision)
        return graph_hash(line_of(kind, key, thing.state) for kind, key, thing in things if kind != DECISION)


def _kept(reader: Reader, edits: Sequence[Edit]) -> dict[tuple[str, str], Kept]:
    keys: dict[str, list[str]] = {}
    for edit in edits:
        keys.setdefault(edit.kind, []).append(edit.key)
    return {(kind, key): found for kind, some in keys.items() for key, found in reader.read(kind, some).items()}
