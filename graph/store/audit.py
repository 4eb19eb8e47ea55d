"""Does the log hold, and do the records follow from it (SEMANTICS 10)."""

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

from graph.canonical import canonical
from graph.history import CI, ORIGIN, RELATIONSHIP, Commit, Thing, run_of
from graph.store.log import in_pages
from graph.store.rows import commit_of_row
from graph.store.store import Store
from graph.store.things import Kept, code_of

CHAIN, RECORDS = "chain", "records"
Fingerprints = dict[tuple[str, str], tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A thing that is not what the log says: `edited`, `missing` or `unlogged`."""

    kind: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk of the log found. `first_bad`: the first revision that is not there as it was written, and why."""

    commits: int
    head: str
    first_bad: int | None
    reason: str | None
    differing: tuple[Difference, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return self.first_bad is None and not self.differing


class _Broken(Exception):  # noqa: N818 - a place in the chain, not a failure
    def __init__(self, revision: int, reason: str) -> None:
        super().__init__(reason)
        self.revision = revision
        self.reason = reason


def verify(store: Store) -> Verification:
    """Walk the whole chain, compare its end with the head kept outside, then every record with the log.

    Writers may go on meanwhile: the walk ends at the revision read after the head, and what they wrote since is left
    out. Cost: one pass over the log and the records.
    """
    noted = store.head.read()
    row = store.rows("read_store")[0]
    fingerprints: Fingerprints = {}
    commits, head = 0, ORIGIN
    try:
        for commit in _sound(store, int(row["revision"])):
            commits, head = commits + 1, commit.hash
            for revision in commit.revisions():
                if revision.after is None:
                    fingerprints.pop((revision.kind, revision.key), None)
                else:
                    fingerprints[revision.kind, revision.key] = (revision.number, _fingerprint(revision.after))
        _check_end(store, row, head, noted)
    except _Broken as broken:
        return Verification(commits, head, broken.revision, broken.reason, ())
    differing = list(_differing(store, fingerprints))
    if differing:
        since = store.commits(after=int(row["revision"]))
        touched = {(revision.kind, revision.key) for commit in since for revision in commit.revisions()}
        differing = [each for each in differing if (each.kind, each.key) not in touched]
    return Verification(commits, head, None, None, tuple(differing))


def _sound(store: Store, last: int) -> Iterator[Commit]:
    expected, previous = 1, ORIGIN
    for commit in map(commit_of_row, in_pages(store.rows, 0)):
        if commit.first > last:
            break
        if commit.first != expected:
            raise _Broken(expected, "removed" if commit.first > expected else "reordered")
        if commit.previous != previous:
            raise _Broken(commit.first, "not_chained")
        if not commit.holds() or not _run_holds(commit) or _count(commit) != commit.last - commit.first + 1:
            raise _Broken(commit.first, "edited")
        yield commit
        expected, previous = commit.last + 1, commit.hash
    if expected != last + 1:
        raise _Broken(expected, "removed")


def _run_holds(commit: Commit) -> bool:
    return run_of(commit.entries) == commit.header.run


def _count(commit: Commit) -> int:
    try:
        return sum(1 for _ in commit.revisions())
    except (zlib.error, orjson.JSONDecodeError, ValueError):
        return -1


def _check_end(store: Store, row: dict[str, object], head: str, kept: Mapping[str, str | int] | None) -> None:
    if row["head"] != head:
        raise _Broken(int(str(row["revision"])), "head_edited")
    if kept is None or not kept["last"]:
        return
    if int(kept["last"]) > int(str(row["revision"])):
        raise _Broken(int(str(row["revision"])) + 1, "truncated")
    found = store.rows("commit_of", revision=int(kept["last"]))
    if not found or found[0]["last"] != kept["last"] or found[0]["hash"] != kept["hash"]:
        raise _Broken(int(kept["last"]), "rewritten")


def _differing(store: Store, fingerprints: Fingerprints) -> Iterator[Difference]:
    for kind, key, kept in store.all_kept():
        logged = fingerprints.pop((kind, key), None)
        if logged is None:
            yield Difference(kind, key, "unlogged")
        elif logged != (kept.revision, _fingerprint(kept.thing)) or not _code_holds(kind, kept):
            yield Difference(kind, key, "edited")
    for row in store.rows("ci_unnumbered"):
        if (CI, str(row["key"])) not in fingerprints:
            yield Difference(CI, str(row["key"]), "unlogged")
    for kind, key in sorted(fingerprints):
        yield Difference(kind, key, "missing")


def _code_holds(kind: str, kept: Kept) -> bool:
    # the topology is read from this integer alone
    return kind != RELATIONSHIP or kept.code == code_of(kept.thing.state)


def _fingerprint(thing: Thing) -> bytes:
    return hashlib.blake2b(canonical([thing.state, dict(thing.sources)]), digest_size=16).digest()
