"""The plan cut into batches, and what each batch changes when it meets the register."""

import hashlib
import marshal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from graph.history import CI, RELATIONSHIP, Thing
from graph.ontology import Ontology
from graph.store import Edit, Kept, relationship_key
from graph.store.reader import Reader
from graph.values import State
from importers.authorship import CHANGES, authored
from importers.ends import relationship_of
from importers.groups import quorum_of_group
from importers.plan import Plan
from importers.reconcile import reconcile, with_field
from importers.rows import CiRow, RecordRow, RelationshipRow, Row, ShorthandRow
from importers.spool import BLOCK, VERSION, sorted_rows

TABLES = {"ci": "cis", "shorthand": "relationships", "plain": "relationships", "grouped": "relationships"}


@dataclass
class Counts:
    """How many CIs, relationships and records were created, updated, left as they were, ended."""

    created: dict[str, int] = field(default_factory=dict)
    updated: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)

    def note(self, what: str, table: str, count: int = 1) -> None:
        """Count something."""
        tally: dict[str, int] = getattr(self, what)
        tally[table] = tally.get(table, 0) + count

    def add(self, other: "Counts") -> None:
        """Add another batch's counts."""
        for what in ("created", "updated", "unchanged", "ended"):
            for table, count in getattr(other, what).items():
                self.note(what, table, count)


@dataclass(frozen=True)
class Batch:
    """Rows that one transaction applies; `digest` is the same for the same rows of the same source."""

    seq: int
    spool: str
    scope: str
    rows: Sequence[Any]
    digest: str

    def seen_keys(self) -> list[str]:
        """What the batch saw, as `ci:…`, `rel:…` or `table:…`."""
        match self.spool:
            case "ci":
                return [f"ci:{row.key}" for row in self.rows]
            case "shorthand":
                return [f"rel:{relationship_of(row)}" for row in self.rows if row.target]
            case "record":
                return [f"{row.kind}:{row.key}" for row in self.rows]
            case _:
                return [f"rel:{row.key}" for row in self.rows]


def batches_of(plan: Plan, salt: str, digests: list[str] | None = None) -> Iterator[Batch]:
    """The plan's rows in the order they are applied: CIs, their columns, relationships, groups, records.

    All rows of one dependent's groups are in one batch. `salt` goes into every digest: data source and ontology.
    `digests`: those of an earlier call on the same plan, which need not be computed again.
    """
    seq = 0
    for spool in ("ci", "shorthand", "plain", "grouped", "record"):
        for rows in _cut(plan, spool):
            for scope, some in groupby(rows, key=lambda row: int(row.scope)):
                listed = list(some)
                digest = digests[seq] if digests else _digest(listed, salt)
                yield Batch(seq, spool, plan.scopes[scope], listed, digest)
                seq += 1


def _digest(rows: Sequence[Row], salt: str) -> str:
    # file and line of a row do not count: the same row elsewhere is the same row
    content = marshal.dumps([(*row[:1], *row[3:]) for row in rows], VERSION)
    return hashlib.blake2b(salt.encode() + content, digest_size=16).hexdigest()


def _cut(plan: Plan, spool: str) -> Iterator[list[Row]]:
    if spool == "grouped":
        left_out = plan.left_out[spool]
        ordered = sorted_rows(plan.spools[spool], lambda row: (row.scope, row.source), plan.folder)
        alive = (row for number, row in ordered if number not in left_out)
        whole = (list(rows) for _, rows in groupby(alive, key=lambda row: (row.scope, row.source)))
    else:
        rows = (row for _, row in plan.rows(spool))
        while some := list(islice(rows, BLOCK)):
            yield some
        return
    held: list[Row] = []
    for together in whole:
        if held and len(held) + len(together) > BLOCK:
            yield held
            held = []
        held += together
    if held:
        yield held


@dataclass
class Result:
    """What a batch changes: edits for the store, counts, and the fields that a stronger data source kept."""

    edits: list[Edit] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    overruled: int = 0


class Applier:
    """Turns a batch into edits, given what the register holds now."""

    def __init__(
        self,
        ontology: Ontology,
        source: str,
        overlay: dict[str, Thing | None] | None = None,
        author: str | None = None,
    ) -> None:
        self._ontology = ontology
        self._source = source
        self._overlay = overlay  # relationships as a dry run would have left them
        self._author = author  # who alters changes by it; `None`: they are restored as they were
        self._impact = [name for name, kind in ontology.relationship_types.items() if kind.provider]
        self._by_spool: dict[str, Callable[[Reader, Sequence[Any], Result], None]] = {
            "ci": self._cis,
            "shorthand": self._shorthands,
            "plain": self._relationships,
            "grouped": self._groups,
            "record": self._records,
        }

    def apply(self, batch: Batch, reader: Reader) -> Result:
        """The edits that this batch makes; nothing is written here."""
        result = Result()
        self._by_spool[batch.spool](reader, batch.rows, result)
        if self._overlay is not None:
            self._overlay.update({e.key: e.after for e in result.edits if e.kind == RELATIONSHIP})
        return result

    def _edit(self, result: Result, kind: str, key: str, before: Thing | None, after: Thing | None) -> None:
        table = {CI: "cis", RELATIONSHIP: "relationships"}.get(kind, "records")
        if before is not None and before == after:
            result.counts.note("unchanged", table)
            return
        what = "created" if before is None else "ended" if after is None else "updated"
        result.counts.note(what, table)
        result.edits.append(Edit(kind, key, after))

    def _merge(self, result: Result, kind: str, key: str, given: State, cleared: list[str], kept: Kept | None) -> None:
        before = kept.thing if kept else None
        outcome = reconcile(before, given, cleared, self._source, self._ontology)
        result.overruled += len(outcome.overruled)
        thing = outcome.thing
        if kind == CHANGES and self._author is not None:
            thing = authored(None if before is None else before.state, thing, self._author, self._source)
        self._edit(result, kind, key, before, thing)

    def _cis(self, reader: Reader, rows: Sequence[CiRow], result: Result) -> None:
        kept = reader.read(CI, [row.key for row in rows])
        for row in rows:
            found = kept.get(row.key)
            # one that has no status is live, and says so, however often the same row comes
            fills = found is None or "status" in row.cleared
            given = {"status": "live", **row.given} if fills else row.given
            self._merge(result, CI, row.key, given, [name for name in row.cleared if name != "status"], found)

    def _records(self, reader: Reader, rows: Sequence[RecordRow], result: Result) -> None:
        for kind, some in groupby(sorted(rows, key=lambda row: row.kind), key=lambda row: row.kind):
            listed = list(some)
            kept = reader.read(kind, [row.key for row in listed])
            for row in listed:
                self._merge(result, kind, row.key, row.given, row.cleared, kept.get(row.key))

    def _kept(self, found: dict[str, Kept], wanted: Sequence[str]) -> dict[str, Kept]:
        if self._overlay is None:
            return found
        for key in wanted:
            if key in self._overlay:
                thing = self._overlay[key]
                found.pop(key, None)
                if thing is not None:
                    found[key] = Kept(thing, 0)
        return found

    def _relationships(self, reader: Reader, rows: Sequence[RelationshipRow], result: Result) -> None:
        keys = [row.key for row in rows]
        kept = self._kept(reader.read(RELATIONSHIP, keys), keys)
        for key, row in zip(keys, rows, strict=True):
            found = kept.get(key)
            given = row.given if found else self._fresh(row.type, row.given)
            self._merge(result, RELATIONSHIP, key, given, row.cleared, found)

    def _fresh(self, type_: str, given: State) -> State:
        kind = self._ontology.relationship_types[type_]
        return given if kind.provider is None else {"strength": "hard" if kind.hard else "soft", **given}

    def _shorthands(self, reader: Reader, rows: Sequence[ShorthandRow], result: Result) -> None:
        types = sorted({row.type for row in rows})
        present: dict[tuple[str, str], dict[str, Kept]] = {}
        for key, kept in reader.relationships_at({row.source for row in rows}, types):
            source, kind, target = key.split("|")
            present.setdefault((source, kind), {})[target] = kept
        for row in rows:
            self._shorthand(row, present.get((row.source, row.type), {}), result)

    def _shorthand(self, row: ShorthandRow, present: dict[str, Kept], result: Result) -> None:
        if row.target in present:
            result.counts.note("unchanged", "relationships")
            return
        # the column stands for the first of the plain ones: that one ends with its new value
        plain = [target for target, kept in present.items() if is_plain(kept.thing, self._ontology, row.type)]
        stands_for = min(plain, default=None)
        if stands_for is not None:
            key = relationship_key(row.source, row.type, stands_for)
            self._edit(result, RELATIONSHIP, key, present[stands_for].thing, None)
        if row.target is not None:
            key = relationship_key(row.source, row.type, row.target)
            thing = reconcile(None, self._fresh(row.type, {}), [], self._source, self._ontology).thing
            self._edit(result, RELATIONSHIP, key, None, thing)

    def _groups(self, reader: Reader, rows: Sequence[RelationshipRow], result: Result) -> None:
        present = dict(reader.relationships_at({row.source for row in rows}, self._impact))
        present = self._kept(present, [row.key for row in rows])
        by_source: dict[str, dict[str, Kept]] = {}
        for key, kept in present.items():
            by_source.setdefault(key.partition("|")[0], {})[key] = kept
        for source, some in groupby(sorted(rows, key=lambda row: row.source), key=lambda row: row.source):
            self._dependent(list(some), by_source.get(source, {}), result)

    def _dependent(self, rows: list[RelationshipRow], present: dict[str, Kept], result: Result) -> None:
        after = {key: kept.thing for key, kept in present.items()}
        for row in rows:
            found = present.get(row.key)
            given = row.given if found else self._fresh(row.type, row.given)
            plain = {name: value for name, value in given.items() if name != "min_available"}
            outcome = reconcile(found.thing if found else None, plain, row.cleared, self._source, self._ontology)
            result.overruled += len(outcome.overruled)
            thing = outcome.thing
            if found and found.thing.state.get("redundancy_group") != thing.state.get("redundancy_group"):
                # the quorum was the group's that it leaves
                thing = with_field(thing, "min_available", None, self._source)
            after[row.key] = thing
        for group in {str(row.given["redundancy_group"]) for row in rows if "redundancy_group" in row.given}:
            members = [key for key, thing in after.items() if thing.state.get("redundancy_group") == group]
            saying = [row for row in rows if row.given.get("redundancy_group") == group]
            quorum = quorum_of_group(saying, [after[key] for key in members], self._source, self._ontology)
            if quorum is None:
                continue
            result.overruled += quorum.overruled
            for key in members:
                if after[key].state.get("min_available") != quorum.value or quorum.source == self._source:
                    after[key] = with_field(after[key], "min_available", quorum.value, quorum.source)
        mentioned = {row.key for row in rows}
        for key, thing in after.items():
            before = present[key].thing if key in present else None
            if key in mentioned or before != thing:
                self._edit(result, RELATIONSHIP, key, before, thing)


def is_plain(thing: Thing, ontology: Ontology, kind: str) -> bool:
    """Whether a column says all there is to say of a relationship: its type's own strength, no group, no fields."""
    declared = ontology.relationship_types[kind]
    expected = {} if declared.provider is None else {"strength": "hard" if declared.hard else "soft"}
    return dict(thing.state) == expected
