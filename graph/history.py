"""The log of commits: revisions, their coding, the chain of hashes, and undoing (SEMANTICS 10)."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from graph.canonical import canonical
from graph.values import State

ORIGIN = "0" * 64  # what the first commit names as its predecessor
CI, RELATIONSHIP = "ci", "rel"  # kinds of things; every other kind but the next is a record table
DECISION = "fl_decision"  # of a person, about a conflict of imports: logged and chained, but no part of the graph


@dataclass(frozen=True, slots=True)
class Thing:
    """One CI, relationship or record as it stands: its fields and which data source set each of them.

    `sources` maps a field to its data source, `*` standing for all fields not named.
    """

    state: State
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revision:
    """One recorded change of one thing. `before` is `None` for a creation, `after` for a removal.

    `previous` is the number of the thing's revision before this one, 0 if there was none.
    """

    number: int
    kind: str
    key: str
    before: Thing | None
    after: Thing | None
    previous: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a commit says of itself beside its revisions; `change` is the change (RFC) that they carry out."""

    actor: str
    source: str
    change: str | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """The revisions `first` … `last` that one transaction wrote, chained to the commit before by its hash."""

    first: int
    last: int
    at: str
    header: Header
    previous: str
    hash: str
    entries: bytes

    def revisions(self) -> Iterator[Revision]:
        """The revisions of this commit, in order."""
        return decode_entries(self.entries, self.first)

    def holds(self) -> bool:
        """Whether the hash is that of the content."""
        try:
            return self.hash == commit_hash(self.first, self.last, self.at, self.header, self.previous, self.entries)
        except (zlib.error, TypeError, ValueError):
            return False  # also where the entries are no bytes at all


def _entries(revisions: Iterable[Revision], run: str | None) -> bytes:
    # canonical JSON; the run that wrote them is covered by the hash with them
    rows = [[r.kind, r.key, _plain(r.before), _plain(r.after), r.previous] for r in revisions]
    return canonical({"revisions": rows, "run": run})


def _plain(thing: Thing | None) -> list[Any] | None:
    return None if thing is None else [thing.state, dict(thing.sources)]


def decode_entries(entries: bytes, first: int) -> Iterator[Revision]:
    """The revisions that `make_commit` packed, numbered from `first`."""
    return decode_plain(zlib.decompress(entries), first)


def decode_plain(plain: bytes, first: int) -> Iterator[Revision]:
    """The revisions of entries that are not compressed, numbered from `first`."""
    for offset, (kind, key, before, after, previous) in enumerate(orjson.loads(plain)["revisions"]):
        yield Revision(first + offset, kind, key, _thing(before), _thing(after), previous)


def run_of(entries: bytes) -> str | None:
    """The run that the entries say wrote them."""
    run: str | None = orjson.loads(zlib.decompress(entries))["run"]
    return run


def _thing(plain: list[Any] | None) -> Thing | None:
    return None if plain is None else Thing(plain[0], plain[1])


def commit_hash(first: int, last: int, at: str, header: Header, previous: str, entries: bytes) -> str:
    """SHA-256 over the canonical fields of a commit and its uncompressed entries."""
    return hash_of_plain(first, last, at, header, previous, zlib.decompress(entries))


def hash_of_plain(first: int, last: int, at: str, header: Header, previous: str, plain: bytes) -> str:
    """As `commit_hash`, of entries that are not compressed."""
    front = canonical([first, last, at, header.actor, header.source, header.change, previous])
    return hashlib.sha256(front + b"\n" + plain).hexdigest()


def make_commit(revisions: list[Revision], at: str, header: Header, previous: str) -> Commit:
    """The commit of these revisions (at least one), chained to the hash `previous`."""
    first, last = revisions[0].number, revisions[-1].number
    plain = _entries(revisions, header.run)
    digest = hash_of_plain(first, last, at, header, previous, plain)
    return Commit(first, last, at, header, previous, digest, zlib.compress(plain, level=1))


def undo(newest_first: Iterable[Commit], revision: int) -> dict[tuple[str, str], Thing | None]:
    """What the things revised after `revision` were at it: (kind, key) → its state then, `None` if it was not there."""
    then: dict[tuple[str, str], Thing | None] = {}
    for commit in newest_first:
        for past in reversed(list(commit.revisions())):
            if past.number > revision:
                then[past.kind, past.key] = past.before
    return then
