"""Do the ends exist: in the same input, or in the store; and is what is new complete enough to be made."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import Message
from graph.ontology import Ontology
from graph.values import shown
from importers.lookup import Lookup
from importers.model import Finding, Weight
from importers.plan import Plan, known_in
from importers.rows import CiRow, RecordRow, RelationshipRow, ShorthandRow

# what a referenced CI that nobody described becomes with --create-references
CLASS_OF_REFERENCE = {"located_in": "site", "owned_by": "team"}


class References:
    """Settles which rows may be applied, given what is in the input and in the store."""

    def __init__(self, plan: Plan, store: Lookup, ontology: Ontology, *, create: bool) -> None:
        self._plan, self._store, self._ontology, self._create = plan, store, ontology, create
        self._here: NDArray[np.int64] = np.empty(0, np.int64)

    def settle(self) -> None:
        """Reject what would dangle. A CI whose column names an unknown CI goes, and what names that CI with it."""
        self._incomplete()
        self._leave_out_columns()
        if self._create:
            self._make_references()
        self._shorthands()
        for spool in ("plain", "grouped"):
            self._relationships(spool)
        self._records()

    def _count_here(self) -> None:
        self._here = np.sort(np.fromiter((hash(row.key) for _, row in self._plan.rows("ci")), np.int64))

    def _elsewhere(self, ci_ids: Iterable[str]) -> set[str]:
        # those that the input does not describe
        wanted = list(set(ci_ids))
        hashes = np.fromiter(map(hash, wanted), np.int64, len(wanted))
        if not len(self._here):
            return set(wanted)
        at = np.minimum(np.searchsorted(self._here, hashes), len(self._here) - 1)
        return {wanted[number] for number in np.flatnonzero(self._here[at] != hashes)}

    def _incomplete(self) -> None:
        # a new CI needs a class and a name; a known one keeps its own
        for block in _blocks(self._plan.rows("ci")):
            short = [(n, row) for n, row in block if row.partial or not {"name", "ci_class"} <= row.given.keys()]
            known = known_in(self._store, [row.key for _, row in short])
            for number, row in short:
                if row.key in known:
                    continue
                if row.partial:
                    self._plan.reject("ci", number, row, "row.unknown_ci", "ci_id", ci_id=shown(row.key))
                else:
                    field = "name" if "name" not in row.given else "ci_class"
                    self._plan.reject("ci", number, row, "row.required", field)

    def _make_references(self) -> None:
        self._count_here()
        made: set[str] = set()
        for block in _blocks(self._plan.rows("shorthand")):
            elsewhere = self._elsewhere(row.target for _, row in block if row.target)
            known = known_in(self._store, elsewhere)
            for _, row in block:
                if row.target in elsewhere and row.target not in known and row.target not in made:
                    made.add(row.target)
                    given = {"ci_class": CLASS_OF_REFERENCE.get(row.type, "component"), "name": row.target}
                    fresh = CiRow(row.scope, row.file, row.line, row.target, dict(given), [], partial=False)
                    self._plan.spools["ci"].add(fresh)

    def _shorthands(self) -> None:
        pending: list[tuple[int, ShorthandRow]] = []
        for block in _blocks(self._plan.rows("shorthand")):
            known = known_in(self._store, [row.target for _, row in block if row.target])
            pending += [(n, row) for n, row in block if row.target and row.target not in known]
        while True:
            self._count_here()
            elsewhere = self._elsewhere(row.target or "" for _, row in pending)
            refused = {
                row.ci_row: row
                for _, row in pending
                if row.ci_row not in self._plan.left_out["ci"] and row.target in elsewhere
            }
            if not refused:
                break
            for number, row in self._plan.rows("ci"):
                if number in refused:
                    self._refuse_ci(number, row, refused[number])
        self._leave_out_columns()

    def _leave_out_columns(self) -> None:
        # a CI that is left out says nothing in its columns either
        gone = self._plan.left_out["ci"]
        for number, row in list(self._plan.rows("shorthand")) if gone else ():
            if row.ci_row in gone:
                self._plan.left_out["shorthand"].add(number)

    def _refuse_ci(self, number: int, row: CiRow, because: ShorthandRow) -> None:
        self._plan.reject("ci", number, row, "row.unknown_ci", because.field, ci_id=shown(because.target))

    def _relationships(self, spool: str) -> None:
        for block in _blocks(self._plan.rows(spool)):
            ends = self._elsewhere(end for _, row in block for end in (row.source, row.target))
            known = known_in(self._store, ends)
            soft = self._soft_members([row for _, row in block])
            if not ends and not soft:
                continue
            for number, row in block:
                for field, end in (("source", row.source), ("target", row.target)):
                    if end in ends and end not in known:
                        self._plan.reject(spool, number, row, "row.unknown_ci", field, ci_id=shown(end))
                        break
                if row.key in soft:
                    group = soft[row.key]
                    self._plan.reject(spool, number, row, "row.soft_member", "strength", group=shown(group))

    def _soft_members(self, rows: list[RelationshipRow]) -> dict[str, str]:
        # a relationship that is a member already cannot become soft and stay one
        wanted = [
            row.key for row in rows if row.given.get("strength") == "soft" and "redundancy_group" not in row.cleared
        ]
        if not wanted:
            return {}
        found = self._store.kept("rel", wanted)
        return {
            key: str(kept.thing.state["redundancy_group"])
            for key, kept in found.items()
            if "redundancy_group" in kept.thing.state
        }

    def _records(self) -> None:
        for block in _blocks(self._plan.rows("record")):
            named = self._elsewhere(ci for _, row in block for ci in row.cis)
            known = known_in(self._store, named)
            self._incomplete_records(block)
            for number, row in block:
                unknown = sorted(ci for ci in row.cis if ci in named and ci not in known)
                if unknown and number not in self._plan.left_out["record"]:
                    self._say_unresolved(row, unknown)

    def _incomplete_records(self, block: list[tuple[int, RecordRow]]) -> None:
        lacking: dict[str, list[tuple[int, RecordRow, str]]] = {}
        for number, row in block:
            fields = self._ontology.record_types[row.kind].fields
            missing = [name for name, field in fields.items() if field.required and name not in row.given]
            if missing:
                lacking.setdefault(row.kind, []).append((number, row, missing[0]))
        for kind, rows in lacking.items():
            known = self._store.kept(kind, [row.key for _, row, _ in rows])
            for number, row, field in rows:
                if row.key not in known:
                    self._plan.reject("record", number, row, "row.required", field)

    def _say_unresolved(self, row: RecordRow, unknown: list[str]) -> None:
        # a record is evidence of what was, and may name what is no longer registered
        params = {"table": row.kind, "key": shown(row.key), "ids": ", ".join(map(shown, unknown[:10]))}
        message = Message("row.record_names_unknown", {**params, "count": len(unknown)})
        self._plan.unresolved.append(Finding(Weight.UNRESOLVED, self._plan.place(row), message))


def _blocks(rows: Iterator[tuple[int, Any]], size: int = 5_000) -> Iterator[list[tuple[int, Any]]]:
    block: list[tuple[int, Any]] = []
    for item in rows:
        block.append(item)
        if len(block) >= size:
            yield block
            block = []
    if block:
        yield block
