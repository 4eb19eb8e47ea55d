"""A CI is retired, or a relationship ends: not where a redundancy group would keep fewer members than it needs.

Unlike a row of an inventory, which says what is, this is somebody's intent: so it is held against what rests on it
(SEMANTICS 4). A CI that is retired stays a member and is out; a relationship that ends takes its member along.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph.errors import BadInputError, RejectedError
from graph.history import CI, RELATIONSHIP, Header, Thing
from graph.ontology import Ontology
from graph.store import Edit, Kept, Store, ends_of, relationship_key
from graph.store.reader import Reader
from graph.store.store import Draft
from graph.values import needed_of, shown
from importers.direct import PERSON, Put, require
from importers.lookup import Lookup
from importers.reconcile import with_field

RETIRED = "retired"
GroupKey = tuple[str, str]  # the dependent, and the group's name, or the relationship's type where it stands alone


class UnknownEndsError(BadInputError):
    """CIs that are not in the register: `ci_ids`, all of them and whole."""

    def __init__(self, ci_ids: Iterable[str]) -> None:
        self.ci_ids = tuple(ci_ids)
        super().__init__("row.unknown_ci", ci_id=", ".join(map(shown, self.ci_ids)))


class QuorumBrokenError(RejectedError):
    """Groups would be left with fewer members than they need: the first one's name, and all dependents concerned."""

    def __init__(self, broken: Iterable[GroupKey]) -> None:
        listed = sorted(broken)
        self.group = listed[0][1]
        self.dependents = tuple(dict.fromkeys(dependent for dependent, _ in listed))
        names = ", ".join(map(shown, self.dependents[:10]))
        super().__init__("write.quorum_broken", group=shown(self.group), count=len(self.dependents), dependents=names)


@dataclass(frozen=True, slots=True)
class _Group:
    """A redundancy group, or a hard relationship by itself: its members by CI, and its quorum as written."""

    members: Mapping[str, Kept]
    quorum: str | None


def retire(store: Store, ci_id: str, expected: int | None, actor: str, change: str | None) -> Put:
    """Retire a CI; one that is retired already stays as it is.

    Raises UnknownEndsError, RevisionConflictError, and QuorumBrokenError where a group that is not retired itself needs
    it; a hard relationship by itself is a group of one.
    """

    def plan(reader: Reader) -> Draft:
        found = reader.read(CI, [ci_id]).get(ci_id)
        if found is None:
            raise UnknownEndsError([ci_id])
        require(reader, CI, ci_id, expected)
        if found.thing.state.get("status") == RETIRED:
            return Draft([])
        keep_groups_of(reader, ci_id, store.ontology)
        return Draft([Edit(CI, ci_id, with_field(found.thing, "status", RETIRED, PERSON))])

    return Put(store.write(plan, Header(actor, PERSON, change)).revision, (ci_id,))


def unrelate(
    store: Store, ends: tuple[str, str, str], expected: int | None, actor: str, change: str | None
) -> Put:  # fmt: skip
    """End a relationship (source, type, target); one that is not there is ended already.

    Raises BadInputError `write.unknown_type`, UnknownEndsError, RevisionConflictError, and QuorumBrokenError where the
    members that stay are fewer than the group's quorum; the last one may go, and the group with it.
    """
    source, kind, target = ends
    if kind not in store.ontology.relationship_types:
        raise BadInputError("write.unknown_type", value=shown(kind))

    def plan(reader: Reader) -> Draft:
        there = reader.read(CI, [source, target])
        if unknown := [ci_id for ci_id in dict.fromkeys((source, target)) if ci_id not in there]:
            raise UnknownEndsError(unknown)
        key = relationship_key(source, kind, target)
        found = reader.read(RELATIONSHIP, [key]).get(key)
        require(reader, RELATIONSHIP, key, expected)
        if found is None:
            return Draft([])
        keep_group(reader, key, found.thing, store.ontology)
        return Draft([Edit(RELATIONSHIP, key, None)])

    return Put(store.write(plan, Header(actor, PERSON, change)).revision, ())


def keep_group(reader: Lookup, key: str, thing: Thing, ontology: Ontology) -> None:
    """Check that the group that a relationship leaves keeps the members it needs; QuorumBrokenError."""
    name = thing.state.get("redundancy_group")
    source, _, target = ends_of(key)
    if name is None:
        return
    members = {
        other: kept
        for other, kept in reader.relationships_at([source], _impact(ontology))
        if kept.thing.state.get("redundancy_group") == name and other != key
    }
    left = {ends_of(other)[2] for other in members}
    quorum = _quorum(members.values()) or "all"
    if not left or target in left or not quorum.isdecimal():
        return
    live = _live(reader, {source, target, *left})
    needs_live = source in live and target in live
    # what is kept must also be importable again, so that the quorum is at most the number of all its members
    if int(quorum) > len(left) or (needs_live and int(quorum) > len(left & live)):
        raise QuorumBrokenError([(source, str(name))])


def keep_groups_of(reader: Lookup, ci_id: str, ontology: Ontology) -> None:
    """Check that every group of a live dependent keeps the members it needs without a CI; QuorumBrokenError."""
    broken = _broken_without(reader, ci_id, ontology)
    if broken:
        raise QuorumBrokenError(broken)


def _broken_without(reader: Lookup, ci_id: str, ontology: Ontology) -> set[GroupKey]:
    incoming = dict(reader.relationships_at([ci_id], _impact(ontology), end="target"))
    dependents = _live(reader, {ends_of(key)[0] for key in incoming})
    named: set[GroupKey] = set()
    broken: set[GroupKey] = set()
    for key, kept in incoming.items():
        source, kind, _ = ends_of(key)
        group = kept.thing.state.get("redundancy_group")
        if source not in dependents:
            continue
        if group is not None:
            named.add((source, str(group)))
        elif _is_hard(kept.thing, kind, ontology):
            broken.add((source, kind))
    for at, group_of in _groups(reader, named, ontology).items():
        members = _live(reader, group_of.members)
        if len(members - {ci_id}) < needed_of(group_of.quorum, len(members | {ci_id})):
            broken.add(at)
    return broken


def _groups(reader: Lookup, named: set[GroupKey], ontology: Ontology) -> dict[GroupKey, _Group]:
    members: dict[GroupKey, dict[str, Kept]] = {at: {} for at in named}
    sources = sorted({source for source, _ in named})
    for key, kept in reader.relationships_at(sources, _impact(ontology)) if sources else ():
        at = (ends_of(key)[0], str(kept.thing.state.get("redundancy_group")))
        if at in members:
            members[at][ends_of(key)[2]] = kept
    return {at: _Group(found, _quorum(found.values())) for at, found in members.items()}


def _quorum(members: Iterable[Kept]) -> str | None:
    return next((str(k.thing.state["min_available"]) for k in members if "min_available" in k.thing.state), None)


def _live(reader: Lookup, ci_ids: Iterable[str]) -> set[str]:
    found = reader.kept(CI, sorted(set(ci_ids)))
    return {ci_id for ci_id, kept in found.items() if kept.thing.state.get("status") != RETIRED}


def _impact(ontology: Ontology) -> list[str]:
    return [name for name, kind in ontology.relationship_types.items() if kind.provider]


def _is_hard(thing: Thing, kind: str, ontology: Ontology) -> bool:
    return thing.state.get("strength", "hard" if ontology.relationship_types[kind].hard else "soft") == "hard"
