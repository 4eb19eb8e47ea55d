"""The first pass: everything is read, checked and settled before anything is written.

What stands after it: spools of rows to apply, the rows rejected with their reasons, and what the run will end. The
load that follows only carries it out, so that a dry run and a real one cannot differ.
"""

import marshal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.errors import BadInputError, Message, ParamValue
from graph.ontology import Ontology
from graph.store.conflicts import IDENTITY, Conflict
from graph.store.runs import scope_key, scope_name
from graph.values import shown
from importers.check import Checker
from importers.duplicates import Keys, repeated, repeated_among
from importers.lookup import Lookup
from importers.model import Finding, Part, Place, Weight
from importers.rows import CiRow, RecordRow, RelationshipRow, Row, ShorthandRow
from importers.spool import VERSION, Spool

Known = Mapping[str, tuple[str, str]]  # ci_id → class and status, for those in the store
TICK = 500  # rows between two words on how reading goes on
KEPT = 5_000  # conflicts of one run that are kept for a person, the first; the report has them all
SPOOLS = ("ci", "shorthand", "plain", "grouped", "record")


@dataclass
class Plan:
    """What one run will do. `left_out`: numbers of rows per spool that are not applied."""

    folder: Path
    spools: dict[str, Spool[Any]]
    scopes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    left_out: dict[str, set[int]] = field(default_factory=lambda: {name: set() for name in SPOOLS})
    rejected: list[Finding] = field(default_factory=list)
    conflicts: list[Finding] = field(default_factory=list)
    questions: dict[str, Conflict] = field(default_factory=dict)  # the first of them, by id, to be kept for a person
    further: set[str] = field(default_factory=set)  # of the others the ids
    asked: set[tuple[str, str]] = field(default_factory=set)  # scopes and ids of the rows that any of them asks about
    warnings: list[Finding] = field(default_factory=list)
    unresolved: list[Finding] = field(default_factory=list)
    ending: dict[str, list[str]] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)
    staged: list[str] = field(default_factory=list)
    same: Mapping[str, str] = field(default_factory=dict)  # by id that rows give the CI that a person has said it is
    complete: bool = True
    restores: bool = False  # it fills an empty register: what people decided elsewhere is taken as it is

    def reject(self, spool: str, number: int, row: Row, key: str, name: str | None, **params: ParamValue) -> None:
        """Leave a row out and say why."""
        if number in self.left_out[spool]:
            return
        self.left_out[spool].add(number)
        self.rejected.append(Finding(Weight.REJECTED, self.place(row), Message(key, params), name))

    def ask(self, conflict: Conflict) -> None:
        """Note a conflict for a person; of very many only the first with all that they say.

        Its id is found here and not at the end of the run, which everybody who writes waits for.
        """
        key = conflict.id
        if len(self.questions) < KEPT or key in self.questions:
            self.questions[key] = conflict
        else:
            self.further.add(key)
        if conflict.kind == IDENTITY:
            self.asked.add((conflict.scope, conflict.ci_id))

    def place(self, row: Row) -> Place:
        """Where a row came from."""
        return Place(self.files[row.file], row.line or None)

    def rows(self, spool: str) -> Iterator[tuple[int, Any]]:
        """(number, row) of the rows of a spool that are applied."""
        left_out = self.left_out[spool]
        return ((number, row) for number, row in self.spools[spool].rows() if number not in left_out)

    @property
    def scope_names(self) -> list[str]:
        """The scopes as the user knows them."""
        return [scope_name(scope) for scope in self.scopes]

    def close(self) -> None:
        """Close the spools."""
        for spool in self.spools.values():
            spool.close()

    @property
    def clean(self) -> bool:
        """Whether all was read and nothing rejected: only then may a full run end and mark what it did not see."""
        return self.complete and not self.rejected and not self.conflicts


def new_plan(folder: Path) -> Plan:
    """An empty plan with its spools in a folder of its own."""
    makes: tuple[Any, ...] = (CiRow, ShorthandRow, RelationshipRow, RelationshipRow, RecordRow)
    return Plan(folder, {n: Spool(folder / f"{n}.rows", make) for n, make in zip(SPOOLS, makes, strict=True)})


def read_all(
    plan: Plan,
    parts: Iterable[Part],
    ontology: Ontology,
    zone: str,
    source: str,
    tick: Callable[[int], None] = lambda _: None,
) -> None:
    """Read every part to its end into the plan; findings of single rows and of repeated things are settled."""
    checker = Checker(ontology, zone, plan.same)
    gathered = _Gathered(plan)
    untold = 0
    for part in parts:
        scope = _scope_number(plan, scope_key(source, part.scope))
        plan.complete = plan.complete and part.complete
        for seen in part.seen:
            if isinstance(seen, Finding):
                _note(plan, seen)
                continue
            for item in checker.rows(seen, scope):
                if isinstance(item, Finding):
                    _note(plan, item)
                else:
                    gathered.add(item)
            untold += 1
            if untold == TICK:
                tick(untold)
                untold = 0
    tick(untold)
    plan.files = checker.files
    gathered.settle()


def _scope_number(plan: Plan, scope: str) -> int:
    if scope not in plan.scopes:
        plan.scopes.append(scope)
    return plan.scopes.index(scope)


def _note(plan: Plan, finding: Finding) -> None:
    {Weight.REJECTED: plan.rejected, Weight.WARNING: plan.warnings, Weight.UNRESOLVED: plan.unresolved}[
        finding.weight
    ].append(finding)


class _Gathered:
    """Rows on their way into the spools, with the hashes that find what is given twice."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._ci = Keys()
        self._folded = Keys()
        self._relationships = {"plain": Keys(), "grouped": Keys()}
        self._records = Keys()

    def add(self, row: Row) -> None:
        match row:
            case CiRow():
                self._plan.spools["ci"].add(row)
                key = hash(row.key)
                self._ci.add(key, _digest(row.given, row.cleared))
                self._folded.add(hash(row.key.casefold()), key)
            case ShorthandRow():
                at = self._plan.spools["ci"].count - 1
                self._plan.spools["shorthand"].add(row._replace(ci_row=at))
                # the columns belong to the values that two rows of one CI must agree in
                self._ci.values[at] = hash((self._ci.values[at], row.type, row.target))
            case RelationshipRow():
                name = "grouped" if {"redundancy_group", "min_available"} & row.given.keys() or (
                    "redundancy_group" in row.cleared
                ) else "plain"  # fmt: skip
                self._plan.spools[name].add(row)
                self._relationships[name].add(hash(row.key), _digest(row.given, row.cleared))
            case RecordRow():
                self._plan.spools["record"].add(row)
                self._records.add(hash((row.kind, row.key)), _digest(row.given, row.cleared))

    def settle(self) -> None:
        # hashes are let go once they have been compared: what follows needs the room for its own
        plan = self._plan
        self._reject_repeated("ci", self._ci)
        self._ci = Keys()
        self._warn_of_case({number for group in repeated(self._folded, plan.left_out["ci"])[0] for number in group})
        self._folded = Keys()
        self._reject_repeated("record", self._records)
        self._records = Keys()
        self._reject_repeated_relationships()
        for number, row in plan.spools["shorthand"].rows():
            if row.ci_row in plan.left_out["ci"]:
                plan.left_out["shorthand"].add(number)

    def _reject_repeated(self, spool: str, keys: Keys) -> None:
        disagreeing, again = repeated(keys, self._plan.left_out[spool])
        self._reject(spool, {number for group in disagreeing for number in group})
        self._plan.left_out[spool].update(again)

    def _reject_repeated_relationships(self) -> None:
        # both spools are one table to the user: numbers of the second follow those of the first
        first = len(self._relationships["plain"].keys)
        disagreeing, again = repeated_among(list(self._relationships.values()), set())
        refused = {number for group in disagreeing for number in group}
        self._reject("plain", {number for number in refused if number < first})
        self._reject("grouped", {number - first for number in refused if number >= first})
        self._plan.left_out["plain"].update(number for number in again if number < first)
        self._plan.left_out["grouped"].update(number - first for number in again if number >= first)

    def _reject(self, spool: str, numbers: set[int]) -> None:
        if not numbers:
            return
        for number, row in self._plan.spools[spool].rows():
            if number in numbers:
                self._plan.reject(spool, number, row, "row.given_twice", None, id=shown(row.key))

    def _warn_of_case(self, numbers: set[int]) -> None:
        alike: dict[str, list[CiRow]] = {}
        for number, row in self._plan.spools["ci"].rows() if numbers else ():
            if number in numbers:
                alike.setdefault(row.key.casefold(), []).append(row)
        for rows in alike.values():
            ids = sorted({shown(row.key) for row in rows})
            message = Message("row.ids_differ_in_case", {"ids": ", ".join(ids[:10])})
            self._plan.warnings.append(Finding(Weight.WARNING, self._plan.place(rows[-1]), message, "ci_id"))


def _digest(given: Mapping[str, Any], cleared: list[str]) -> int:
    return hash(marshal.dumps((sorted(given.items()), sorted(cleared)), VERSION))


def known_in(store: Lookup, ci_ids: Iterable[str]) -> Known:
    """Class and status of those CIs that are in the store."""
    wanted = sorted(set(ci_ids))  # sorted, so that the engine finds them side by side
    found: dict[str, tuple[str, str]] = {}
    for start in range(0, len(wanted), 5_000):
        keys = wanted[start : start + 5_000]
        rows = store.rows("ci_exists", keys=keys)
        found.update((row["key"], (row["ci_class"], row["status"] or "")) for row in rows)
    return found


class StrictlyRefusedError(BadInputError):
    """Rows that would be rejected, and so refuse the whole input under `--strict`."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0].place
        super().__init__("import.strict", count=len(findings), file=first.file, line=first.line or 1)
        self.findings = findings


def refuse_if_strict(plan: Plan) -> None:
    """With `--strict` one rejected row refuses the whole input."""
    if plan.rejected or plan.conflicts:
        raise StrictlyRefusedError([*plan.rejected, *plan.conflicts])
