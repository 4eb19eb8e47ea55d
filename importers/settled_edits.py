"""What the edits of a change write, held against the rules that every writer keeps: identities, and whole groups."""

from collections.abc import Sequence

from graph.errors import BadInputError, Message
from graph.history import CI, RELATIONSHIP, Thing
from graph.ontology import Ontology
from graph.store import Edit, ends_of
from graph.store.reader import Reader
from importers.direct import settling
from importers.groups import settle_groups
from importers.identify import settle_identities
from importers.rows import CiRow, RelationshipRow

GROUP = ("redundancy_group", "min_available")


class EditsRefusedError(BadInputError):
    """Edits that cannot be written, each with its reason; one alone says its own."""

    def __init__(self, reasons: Sequence[Message]) -> None:
        if len(reasons) == 1:
            super().__init__(reasons[0].key, **reasons[0].params)
        else:
            places = ", ".join(str(each.params["at"]) for each in reasons)
            super().__init__("change.edits_refused", count=len(reasons), at=places)
        self.reasons = tuple(reasons)


def refuse_unsettled(reader: Reader, ontology: Ontology, edits: Sequence[Edit]) -> None:
    """Check what is to be written as rows of an import are; EditsRefusedError with all that would be refused."""
    with settling() as plan:
        plan.files, plan.scopes = ["edits"], [""]
        plan.ending[""] = [each.key for each in edits if each.kind == RELATIONSHIP and each.after is None]
        for each in edits:
            if each.kind == CI and each.after is not None:
                plan.spools["ci"].add(CiRow(0, 0, 0, each.key, dict(each.after.state), [], partial=False))
        rows = _members(reader, ontology, edits)
        for row in rows:
            plan.spools["grouped"].add(row)
        settle_identities(plan, reader, ontology)
        settle_groups(plan, reader, ontology)
        found = [each.message for each in (*plan.rejected, *plan.conflicts)]
    said = {(each.key, tuple(each.params.items())): each for each in found}  # a group is told of each of its members
    if said:
        reasons = [Message(each.key, {"at": _about(each), **each.params}) for each in said.values()]
        raise EditsRefusedError(reasons)


def _about(message: Message) -> str:
    return str(message.params.get("ci_id") or message.params.get("group") or "edits")


def _members(reader: Reader, ontology: Ontology, edits: Sequence[Edit]) -> list[RelationshipRow]:
    # all of every group of which a member comes, goes or is altered: those that stay count too
    related = {each.key: each.after for each in edits if each.kind == RELATIONSHIP}
    sources = {ends_of(key)[0] for key in related}
    types = [name for name, kind in ontology.relationship_types.items() if kind.provider]
    before = {key: kept.thing for key, kept in reader.relationships_at(sources, types)} if sources else {}
    concerned = {
        (ends_of(key)[0], thing.state.get(GROUP[0]))
        for key, after in related.items()
        for thing in (before.get(key), after)
        if thing is not None
    }
    now: dict[str, Thing | None] = {**before, **related}
    return [
        RelationshipRow(0, 0, 0, *ends_of(key), dict(thing.state), [])
        for key, thing in now.items()
        if thing is not None and GROUP[0] in thing.state and (ends_of(key)[0], thing.state[GROUP[0]]) in concerned
    ] + [
        RelationshipRow(0, 0, 0, *ends_of(key), dict(thing.state), list(GROUP))
        for key, thing in related.items()
        if thing is not None and GROUP[0] not in thing.state and key in before and GROUP[0] in before[key].state
    ]
