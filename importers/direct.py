"""What a person or script writes by itself: rows, checked as those of an inventory, all of them or none.

Everything is looked up and settled under the write lock, in the transaction that writes. So an answer is given of the
register as it is, and of two writers that are at odds the second one is told.
"""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.errors import BadInputError, RejectedError, RevisionConflictError
from graph.history import CI, RELATIONSHIP, Header
from graph.ontology import Ontology
from graph.store import Edit, Store
from graph.store.reader import Reader
from graph.store.store import Draft
from importers.batches import Applier, batches_of
from importers.groups import settle_groups
from importers.identify import settle_identities
from importers.model import Finding, Observation, Part
from importers.plan import Plan, new_plan, read_all
from importers.references import References
from importers.rows import CiRow, RelationshipRow

PERSON = "person"  # the data source of what is written directly; the ontology says whom it overrules
Key = tuple[str, str]  # kind and key of a thing


class RowsRefusedError(BadInputError):
    """Rows that an import would reject; nothing was written. `findings`: all of them, in the order of the rows."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0].message
        super().__init__(first.key, **first.params)
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to write together. `expected`: of rows by number, the last revision that their thing shall have, 0: none."""

    seen: Sequence[Observation]
    expected: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Put:
    """What was written: the revision after it, and the keys of the rows' things, in the order of the rows."""

    revision: int
    keys: tuple[str, ...]
    warnings: tuple[Finding, ...] = ()


def put_rows(store: Store, rows: Rows, actor: str, change: str | None, zone: str) -> Put:
    """Write rows of CIs or relationships in one transaction.

    Raises
    ------
    RowsRefusedError
        Rows that an import would reject, or hold in conflict.
    RevisionConflictError
        A thing's last revision is not the one expected.
    RejectedError
        `write.overruled`: a stronger data source has said otherwise.
    """
    last: list[tuple[tuple[str, ...], tuple[Finding, ...]]] = []

    def plan(reader: Reader) -> Draft:
        with settling() as settled:
            keys = settle(settled, rows, reader, store.ontology, zone)
            last.append((keys, tuple(settled.warnings)))
            return Draft(edits_of(settled, reader, store.ontology))

    written = store.write(plan, Header(actor, PERSON, change))
    keys, warnings = last[-1]
    return Put(written.revision, keys, warnings)


@contextlib.contextmanager
def settling() -> Iterator[Plan]:
    """An empty plan for rows that are settled under the write lock."""
    with (
        tempfile.TemporaryDirectory(prefix="faultline-write-") as folder,
        contextlib.closing(new_plan(Path(folder))) as plan,
    ):
        yield plan


def settle(
    plan: Plan, rows: Rows, reader: Reader, ontology: Ontology, zone: str, ending: Sequence[str] = ()
) -> tuple[str, ...]:
    """Settle rows as they and the register are together; the keys of their things, in their order.

    `ending`: relationships that end with them, so that groups are checked without these.

    Raises
    ------
    RowsRefusedError
        A row that is rejected or in conflict.
    RevisionConflictError
        A thing's last revision is not the one expected.
    """
    plan.ending[""] = list(ending)
    read_all(plan, [Part("", rows.seen)], ontology, zone, PERSON)
    refuse_rejected(plan)
    named = _by_line(plan)
    _expect(reader, rows, named)
    settle_identities(plan, reader, ontology)
    References(plan, reader, ontology, create=False).settle()
    settle_groups(plan, reader, ontology)
    refuse_rejected(plan)
    return tuple(dict.fromkeys(key for _, key in named))


def refuse_rejected(plan: Plan) -> None:
    """One row that is rejected or in conflict refuses all: RowsRefusedError."""
    found = sorted([*plan.rejected, *plan.conflicts], key=lambda finding: finding.place.line or 0)
    if found:
        raise RowsRefusedError(found)


def _by_line(plan: Plan) -> list[Key]:
    # rows given twice alike are one row, but each has been checked and has its place
    rows: list[tuple[str, CiRow | RelationshipRow]] = [(CI, row) for _, row in plan.spools["ci"].rows()]
    rows += [(RELATIONSHIP, row) for name in ("plain", "grouped") for _, row in plan.spools[name].rows()]
    return [(kind, row.key) for kind, row in sorted(rows, key=lambda item: item[1].line)]


def _expect(reader: Reader, rows: Rows, named: Sequence[Key]) -> None:
    for number, expected in rows.expected.items():
        kind, key = named[number]
        require(reader, kind, key, expected)


def require(reader: Reader, kind: str, key: str, expected: int | None) -> None:
    """Check a thing's last revision, 0 for one that is not there; RevisionConflictError for another."""
    if expected is None:
        return
    found = reader.read(kind, [key]).get(key)
    actual = found.revision if found else 0
    if actual != expected:
        raise RevisionConflictError(kind, key, expected, actual)


def edits_of(plan: Plan, reader: Reader, ontology: Ontology) -> list[Edit]:
    """What settled rows change; RejectedError `write.overruled` where a stronger data source has said otherwise."""
    applier = Applier(ontology, PERSON)
    edits: list[Edit] = []
    for batch in batches_of(plan, ""):
        result = applier.apply(batch, reader)
        if result.overruled:
            raise RejectedError("write.overruled", source=PERSON)
        edits += result.edits
    return edits
