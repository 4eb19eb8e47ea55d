"""The edits of a change written once it is carried out: exactly these, or none and why (SEMANTICS 4)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from graph.errors import BadInputError, Message
from graph.history import CI, RELATIONSHIP
from graph.ontology import Ontology
from graph.records.changes import Change
from graph.records.edits import Add, EditGroup, Relate, Retire, SetField, Unrelate, edits_of
from graph.records.edits import Edit as Wanted
from graph.records.kept_graph import Ends, KeptGraph, named_by, owner_of
from graph.store import Edit, relationship_key
from graph.store.reader import Reader
from graph.store.things import Kept, ends_of
from graph.values import State, shown
from importers.keeping import written_by
from importers.settled_edits import EditsRefusedError, refuse_unsettled
from queries.draft import RETIRED, Draft

NAMED = 5  # dependents that a refusal names


def applied(
    reader: Reader, ontology: Ontology, change: Change, only: Sequence[str] | None = None, *, confirmed: bool = False
) -> list[Edit]:
    """What carrying out a change writes.

    Parameters
    ----------
    reader
        The register under the write lock.
    change
        With its edits; what is so already, because a scan was faster, is left as it is.
    only
        Groups that were done, by name or as `edits[0]`; `None`: all.
    confirmed
        Whether CIs may be retired that others rest on still, and go on to.

    Raises
    ------
    BadInputError
        As EditsRefusedError, with all of them: `edits.*`, naming the place, for one that no longer fits; `row.*` for
        what an import would refuse of what they write. `change.no_such_group`; `change.dependents_left`, with
        who rests on what it retires.
    """
    groups = _chosen(edits_of(change.edits, ontology), only)
    kept, things = _kept(reader, ontology, groups)
    draft = Draft(ontology).after((), kept)
    once = _once(groups)
    draft.take([_open(group, kept, once) for group in groups])
    if draft.conflicts:
        raise EditsRefusedError(
            [Message(each.message.key, {"at": each.at, **each.message.params}) for each in draft.conflicts]
        )
    edits = [*_cis(draft, kept, things, ontology), *_related(draft, kept, things, ontology)]
    refuse_unsettled(reader, ontology, edits)
    if not confirmed:
        _refuse_left(reader, ontology, draft, {each.key for each in edits if each.after is None})
    return edits


def _chosen(groups: Sequence[EditGroup], only: Sequence[str] | None) -> list[EditGroup]:
    # all keep their places, by which they are named
    if only is None:
        return list(groups)
    names = [group.name or f"edits[{number}]" for number, group in enumerate(groups)]
    if strange := [each for each in only if each not in names]:
        raise BadInputError("change.no_such_group", group=shown(strange[0]), groups=", ".join(map(shown, names)))
    return [group if name in only else replace(group, edits=()) for name, group in zip(names, groups, strict=True)]


def _kept(
    reader: Reader, ontology: Ontology, groups: Iterable[EditGroup]
) -> tuple[KeptGraph, Mapping[tuple[str, str], Kept]]:
    wanted = named_by(groups)
    things: dict[tuple[str, str], Kept] = {(CI, key): kept for key, kept in reader.read(CI, wanted).items()}
    for end in ("source", "target"):
        types = [
            name
            for name, kind in ontology.relationship_types.items()
            if (kind.provider == "source") == (end == "target")
        ]
        things |= {(RELATIONSHIP, key): kept for key, kept in reader.relationships_at(wanted, types, end=end)}
    cis = {key: kept.thing.state for (kind, key), kept in things.items() if kind == CI}
    related = {ends_of(key): kept.thing.state for (kind, key), kept in things.items() if kind == RELATIONSHIP}
    return KeptGraph(cis, {ends: each for ends, each in related.items() if owner_of(ends, ontology) in wanted}), things


def _open(group: EditGroup, kept: KeptGraph, once: frozenset[object]) -> EditGroup:
    return replace(
        group, edits=tuple(edit for edit in group.edits if _about(edit) not in once or not _is_so(edit, kept))
    )  # fmt: skip


def _once(groups: Iterable[EditGroup]) -> frozenset[object]:
    # what one edit alone is about: of two about the same thing neither can be left out for what is there before both
    counts = Counter(_about(edit) for group in groups for edit in group.edits)
    return frozenset(about for about, count in counts.items() if count == 1)


def _about(edit: Wanted) -> object:
    match edit:
        case Relate(source, kind, target) | Unrelate(source, kind, target):
            return source, kind, target
        case SetField(ci_id, name):
            return ci_id, name
        case Add(ci_id) | Retire(ci_id):
            return ci_id
    return edit


def _is_so(edit: Wanted, kept: KeptGraph) -> bool:
    match edit:
        case Add(ci_id, state, ()):
            return _holds(kept.cis.get(ci_id), state)
        case Retire(ci_id):
            return _holds(kept.cis.get(ci_id), {"status": RETIRED})
        case Relate(source, kind, target, strength, group, quorum):
            wanted = {"strength": strength, "redundancy_group": group, "min_available": quorum}
            given: State = {name: value for name, value in wanted.items() if value is not None}
            return _holds(kept.related.get((source, kind, target)), given)
        case Unrelate(source, kind, target):
            return source in kept.cis and target in kept.cis and (source, kind, target) not in kept.related
        case SetField(ci_id, name, value) if value is not None:
            return _holds(kept.cis.get(ci_id), {name: value})
    return False


def _holds(there: State | None, wanted: Mapping[str, object]) -> bool:
    return there is not None and all(there.get(name) == value for name, value in wanted.items())


def _cis(
    draft: Draft, kept: KeptGraph, things: Mapping[tuple[str, str], Kept], ontology: Ontology
) -> Iterable[Edit]:  # fmt: skip
    for ci_id, state in draft.cis.items():
        if kept.cis.get(ci_id) != state:
            there = things.get((CI, ci_id))
            fields: State = {"status": "live", **state}
            yield Edit(CI, ci_id, written_by(ontology, None if there is None else there.thing, fields))


def _related(
    draft: Draft, kept: KeptGraph, things: Mapping[tuple[str, str], Kept], ontology: Ontology
) -> Iterable[Edit]:  # fmt: skip
    now: dict[Ends, State] = {ends: state for owned in draft.owned.values() for ends, state in owned.items()}
    for ends in kept.related.keys() | now.keys():
        key, state = relationship_key(*ends), now.get(ends)
        if state is None:
            yield Edit(RELATIONSHIP, key, None)
        elif kept.related.get(ends) != state:
            there = things.get((RELATIONSHIP, key))
            yield Edit(RELATIONSHIP, key, written_by(ontology, None if there is None else there.thing, state))


def _refuse_left(reader: Reader, ontology: Ontology, draft: Draft, ended: set[str]) -> None:
    # whoever forgets to unrelate retires what others rest on
    for retired in sorted(draft.retired):
        left = set[str]()
        for end in ("target", "source"):
            types = [name for name, kind in ontology.relationship_types.items() if kind.provider == end]
            found = [key for key, _ in reader.relationships_at([retired], types, end=end) if key not in ended]
            left |= {owner_of(ends_of(key), ontology) for key in found}
        states = {key: kept.thing.state for key, kept in reader.read(CI, left).items()} | dict(draft.cis)
        if living := sorted(each for each in left if states.get(each, {}).get("status") != RETIRED):
            named = ", ".join(map(shown, living[:NAMED])) + ("…" if len(living) > NAMED else "")
            raise BadInputError("change.dependents_left", ci_id=retired, count=len(living), ci_ids=named)
