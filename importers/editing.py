"""One CI edited as a whole: its fields, its relationships and its groups, all or nothing; tried first, then written.

Rows are those of an inventory, and what they leave is somebody's intent: so groups are held against the register as it
will be once the whole edit is done. A member may go where another comes, or where fewer are needed from then on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.errors import BadInputError
from graph.history import CI, RELATIONSHIP, Header, Thing
from graph.ontology import Ontology
from graph.store import Edit, Kept, Store, ends_of, relationship_key
from graph.store.reader import Reader
from graph.store.store import Draft
from graph.values import Value, shown
from importers.direct import PERSON, Rows, edits_of, require, settle, settling
from importers.model import Finding
from importers.retiring import RETIRED, UnknownEndsError, keep_group, keep_groups_of

Ends = tuple[str, str, str]  # source, type, target


@dataclass(frozen=True, slots=True)
class Sheet:
    """What somebody wants of one CI. `rows`: of it and its relationships. `ended`: relationships to end, each with the
    last revision that it shall have, 0 for none, `None` for any."""

    ci_id: str
    rows: Rows
    ended: Sequence[tuple[Ends, int | None]] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """A CI or relationship before and after; `None` where it was, or is, not there."""

    kind: str
    key: str
    before: Thing | None
    after: Thing | None


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit changes. `revision`: after it; where it was only tried, that of the register that it met."""

    revision: int
    changes: tuple[Changed, ...]
    warnings: tuple[Finding, ...]


def edit_ci(store: Store, sheet: Sheet, actor: str, change: str | None, zone: str) -> Edited:
    """Write an edit in one transaction.

    Raises
    ------
    UnknownEndsError
        The CI, or an end of a relationship to end, is not in the register.
    RowsRefusedError
        Rows that an import would reject, or hold in conflict.
    RevisionConflictError
        Somebody was faster: a thing's last revision is not the one expected.
    QuorumBrokenError
        A group would be left with fewer members than it needs.
    BadInputError
        `write.unknown_type`, `write.ended_and_written`, `write.ended_twice`.
    RejectedError
        `write.overruled`: a stronger data source has said otherwise.
    """
    last: list[Edited] = []

    def plan(reader: Reader) -> Draft:
        last.append(_drafted(reader, sheet, store.ontology, zone))
        return Draft([Edit(each.kind, each.key, each.after) for each in last[-1].changes])

    written = store.write(plan, Header(actor, PERSON, change))
    return Edited(written.revision, last[-1].changes, last[-1].warnings)


def try_edit(store: Store, sheet: Sheet, zone: str) -> Edited:
    """What an edit would change, by the same rules and with the same errors; nothing is written."""
    return store.alone(lambda reader: _drafted(reader, sheet, store.ontology, zone))


def _drafted(reader: Reader, sheet: Sheet, ontology: Ontology, zone: str) -> Edited:
    if not reader.read(CI, [sheet.ci_id]):
        raise UnknownEndsError([sheet.ci_id])
    ended = _ended(reader, sheet, ontology)
    after: dict[tuple[str, str], Thing | None] = {}
    with settling() as plan:
        keys = settle(plan, sheet.rows, reader, ontology, zone, ended)
        if twice := [key for key in keys if key in ended]:
            raise BadInputError("write.ended_and_written", key=shown(twice[0]))
        # of a column and a row of one relationship the row is what counts
        after |= {(each.kind, each.key): each.after for each in edits_of(plan, reader, ontology)}
        warnings = tuple(plan.warnings)
    after |= {(RELATIONSHIP, key): None for key in ended}
    before = {at: reader.read(at[0], [at[1]]).get(at[1]) for at in after}
    changes = [Changed(*at, kept.thing if (kept := before[at]) else None, thing) for at, thing in after.items()]
    _keep_groups(_After(reader, after), changes, ontology)
    return Edited(reader.revision, tuple(each for each in changes if each.before != each.after), warnings)


def _ended(reader: Reader, sheet: Sheet, ontology: Ontology) -> list[str]:
    # keys of relationships that are there and end
    for (_, kind, _), _ in sheet.ended:
        if kind not in ontology.relationship_types:
            raise BadInputError("write.unknown_type", value=shown(kind))
    wanted = dict.fromkeys(end for (source, _, target), _ in sheet.ended for end in (source, target))
    there = reader.read(CI, wanted)
    if unknown := [ci_id for ci_id in wanted if ci_id not in there]:
        raise UnknownEndsError(unknown)
    keys: dict[str, int | None] = {}
    for ends, expected in sheet.ended:
        if (key := relationship_key(*ends)) in keys:
            raise BadInputError("write.ended_twice", key=shown(key))
        keys[key] = expected
    for key, expected in keys.items():
        require(reader, RELATIONSHIP, key, expected)
    found = reader.read(RELATIONSHIP, keys)
    return [key for key in keys if key in found]


def _keep_groups(after: "_After", changes: Iterable[Changed], ontology: Ontology) -> None:
    for each in changes:
        if each.before is None:
            continue
        if each.kind == CI and _said(each.after, "status") == RETIRED != _said(each.before, "status"):
            keep_groups_of(after, each.key, ontology)
        left = _said(each.before, "redundancy_group")
        if each.kind == RELATIONSHIP and left not in (None, _said(each.after, "redundancy_group")):
            keep_group(after, each.key, each.before, ontology)


def _said(thing: Thing | None, name: str) -> Value | None:
    return None if thing is None else thing.state.get(name)


@dataclass(frozen=True, slots=True)
class _After:
    """The register as it will be once an edit is done (`Lookup`)."""

    reader: Reader
    after: Mapping[tuple[str, str], Thing | None]

    def rows(self, name: str, word: str | None = None, **parameters: Any) -> list[dict[str, Any]]:
        """Rows as they are: nothing that groups are checked by asks for them."""
        return self.reader.rows(name, word, **parameters)

    def kept(self, kind: str, keys: Iterable[str]) -> dict[str, Kept]:
        """Those of the things that will be there, by key."""
        wanted = list(keys)
        found = dict(self.reader.kept(kind, wanted))
        for key in wanted:
            if (kind, key) in self.after:
                found.pop(key, None)
                if (thing := self.after[kind, key]) is not None:
                    found[key] = Kept(thing, 0)
        return found

    def relationships_at(
        self, ci_ids: Iterable[str], types: Iterable[str], *, end: str = "source"
    ) -> Iterator[tuple[str, Kept]]:
        """(key, relationship) of those types that will start or end at these CIs."""
        wanted, names = set(ci_ids), list(types)
        for key, kept in self.reader.relationships_at(wanted, names, end=end):
            if (RELATIONSHIP, key) not in self.after:
                yield key, kept
        for (kind, key), thing in self.after.items():
            if kind == RELATIONSHIP and thing is not None:
                ends = ends_of(key)
                if ends[1] in names and ends[0 if end == "source" else 2] in wanted:
                    yield key, Kept(thing, 0)
