"""One CI edited over the schema: all of it or nothing, and before that what would come of it."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from api.editing import effect_of
from api.schema.failures import InvalidInput, NotAllowed, QuorumBroken, RevisionConflict, UnknownCi
from api.schema.impacts import Counts, State
from api.schema.items import Ci, cis_of
from api.schema.paging import Long
from api.schema.reading import Info, computed, reading_of
from api.schema.revisions import KINDS
from api.schema.writes import (
    CHANGE,
    CiInput,
    RelateInput,
    UnrelateInput,
    ci_row,
    field_of,
    known_form,
    relationship_row,
    rows_of,
)
from api.schema.writing import refused, word_of, written
from graph.errors import BadInputError, FaultlineError
from graph.history import RELATIONSHIP, Thing
from graph.store.things import ends_of
from importers.direct import RowsRefusedError
from importers.editing import Changed, Edited, Sheet, edit_ci, try_edit
from queries.blast_radius import WORDS
from queries.edited import EditEffect as Found
from queries.edited import Quorum, Regrouped, Standing
from queries.impact import State as Verdict

MOST_ROWS = 500  # relationships that one edit writes or ends; more are an import
NAMED = 5  # single points of failure that are named; their counts are whole
PATIENCE = 5.0  # seconds until what was tried can be computed with


@strawberry.input(description="All that is to change of one CI.")
class EditCiInput:
    """A row of `cis`, and rows of `relationships`."""

    ci: CiInput = strawberry.field(description="The CI, which is there already, and those of its fields that change.")
    relate: list[RelateInput] = strawberry.field(
        description="Relationships to create or update, up to 500.", default_factory=list
    )
    unrelate: list[UnrelateInput] = strawberry.field(
        description="Relationships to end; one that is not there is ended already.", default_factory=list
    )
    change: str | None = strawberry.field(description=CHANGE, default=None)
    dry_run: bool = strawberry.field(description="Whether nothing is to be written: what would be?", default=False)


@strawberry.type(description="A CI or relationship that an edit changes.")
class EditedRecord:
    """Before and after."""

    kind: str = strawberry.field(description="`ci` or `relationship`.")
    key: str = strawberry.field(description="A `ciId`, or `source|type|target`.")
    before: JSON | None = strawberry.field(description="Its fields before; null: it was not there.")
    after: JSON | None = strawberry.field(description="Its fields after; null: it has ended.")
    sources: JSON = strawberry.field(description="By field the data source that had set it; `*`: of all others.")
    ends: strawberry.Private[tuple[str, ...]]
    at: strawberry.Private[int]

    @strawberry.field(description="Of a relationship its source and its target; of a CI nothing.")
    async def cis(self, info: Info) -> list[Ci]:
        """The ends, by name."""
        return await cis_of(info, self.ends, self.at)


@strawberry.type(description="A service that an edit concerns.")
class EditedService:
    """A service before and after."""

    service: Ci = strawberry.field(description="The service.")
    criticality: str | None = strawberry.field(
        description="`critical` to `low`; null where none is recorded, or shown."
    )
    state: State = strawberry.field(description="How it stands once all is written, though nothing else is out.")
    stops_before: State = strawberry.field(description="How it stands if the CI stops, as things are.")
    stops_after: State = strawberry.field(description="The same once all is written.")
    loses_redundancy: bool = strawberry.field(
        description="Whether something that it rests on already becomes a single point of failure of it."
    )
    points_added_count: int = strawberry.field(description="How many single points of failure it gets.")
    points_removed_count: int = strawberry.field(description="How many it had and has no more.")
    standing: strawberry.Private[Standing]
    found: strawberry.Private[Found]

    @strawberry.field(description="The first five of those that it gets.")
    async def points_added(self, info: Info) -> list[Ci]:
        """Those that it rested on already first."""
        exposed = self.standing.exposed.tolist()
        others = [ci for ci in self.standing.added.tolist() if ci not in exposed]
        return await _cis(info, self.found, [*exposed, *others][:NAMED])

    @strawberry.field(description="The first five of those that it had.")
    async def points_removed(self, info: Info) -> list[Ci]:
        """In the order of the register."""
        return await _cis(info, self.found, self.standing.removed.tolist()[:NAMED])


@strawberry.type(description="How many members a redundancy group has, and how many it needs.")
class GroupQuorum:
    """One group before or after."""

    members: int = strawberry.field(description="Its members.")
    needed: int = strawberry.field(description="How many of them must stand.")
    margin: int = strawberry.field(description="How many may fail; one that the edit retires has failed.")


@strawberry.type(description="A redundancy group that an edit changes.")
class EditedGroup:
    """A group before and after."""

    dependent: Ci = strawberry.field(description="Whose group it is.")
    name: str = strawberry.field(description="Unique for its CI.")
    before: GroupQuorum | None = strawberry.field(description="As it is; null: there is none.")
    after: GroupQuorum | None = strawberry.field(description="As it would be; null: there would be none.")


@strawberry.type(description="Something that an edit does to a CI or a group, to be thought of before it is written.")
class EditFlag:
    """A flag in words."""

    key: str = strawberry.field(
        description="`quorum_impossible`, `dependency_lost`, `retired_member`, `source_lost` or `out_after`."
    )
    message: str = strawberry.field(description="It as a sentence, in the language of the request.")


@strawberry.type(description="What the graph is like once an edit is written, beside what it is like now.")
class EditEffect:
    """Computed on the whole graph, whoever asks."""

    revision: Long = strawberry.field(description="The revision that it was computed at.")
    found: strawberry.Private[Found]

    @strawberry.field(description="How many CIs are in each state if the CI stops, as things are.")
    async def stops_before(self) -> Counts:
        """The CI itself left out."""
        return Counts(**(await computed(lambda: self.found.counts))[0])

    @strawberry.field(description="The same once all is written.")
    async def stops_after(self) -> Counts:
        """The CI itself left out."""
        return Counts(**(await computed(lambda: self.found.counts))[1])

    @strawberry.field(description="Services that stand otherwise in any of this, the worst first.")
    async def services(self, info: Info) -> list[EditedService]:
        """Services that the edit concerns."""
        some = await computed(lambda: self.found.services)
        nodes = await _cis(info, self.found, [each.service for each in some])
        seen = await reading_of(info).seen(int(self.revision), [node.ci_id for node in nodes])
        return [_service(self.found, each, node, node.ci_id in seen) for each, node in zip(some, nodes, strict=True)]

    @strawberry.field(description="Redundancy groups with other members, another quorum or another margin.")
    async def groups(self, info: Info) -> list[EditedGroup]:
        """Groups that the edit concerns, by dependent and name."""
        some = await computed(lambda: self.found.groups)
        nodes = await _cis(info, self.found, [each.dependent for each in some])
        return [_group(each, node) for each, node in zip(some, nodes, strict=True)]

    @strawberry.field(description="What is to be thought of.")
    async def flags(self, info: Info) -> list[EditFlag]:
        """Flags in words."""
        say = reading_of(info).say
        return [
            EditFlag(key=each.key, message=say(f"review.reason_{each.key}", ci_id=each.ci_id, group=each.group or ""))
            for each in await computed(lambda: self.found.flags)
        ]

    @strawberry.field(description="How many circles of dependencies there are that were none.")
    async def cycles_added(self) -> int:
        """They are legal, and seldom meant."""
        return len(await computed(lambda: self.found.cycles))


@strawberry.type(description="What an edit changed, or would change.")
class EditCiPayload:
    """An edit of one CI."""

    revision: Long = strawberry.field(description="The revision after it; of a dry run the one that it was tried at.")
    dry_run: bool = strawberry.field(description="Whether nothing was written.")
    changes: list[EditedRecord] = strawberry.field(description="What changes; nothing where all is so already.")
    warnings: list[str] = strawberry.field(description="What is to be said of the input, and hinders nothing.")
    key: strawberry.Private[str]
    edited: strawberry.Private[Edited]

    @strawberry.field(description="The CI at that revision.")
    async def ci(self, info: Info) -> Ci:
        """The CI."""
        return (await cis_of(info, [self.key], int(self.revision)))[0]

    @strawberry.field(description="Of a dry run what the graph would be like; null: it was written.")
    async def effect(self, info: Info) -> EditEffect | None:
        """Before and after."""
        if not self.dry_run:
            return None
        reading = reading_of(info)
        await reading.at_least(int(self.revision), PATIENCE)
        estate = await reading.estate()
        found = await computed(partial(effect_of, reading.register, estate, self.key, self.edited))
        return EditEffect(revision=Long(estate.revision), found=found)


EditCiResult = Annotated[
    EditCiPayload | UnknownCi | QuorumBroken | InvalidInput | RevisionConflict | NotAllowed,
    strawberry.union("EditCiResult", description="What changed, or why nothing did."),
]
Wanted = Annotated[EditCiInput, strawberry.argument(description="What to change.")]


@strawberry.type
class EditMutation:
    """Edits of one CI."""

    @strawberry.mutation(
        description="Changes a CI and its relationships, all of it or nothing; or tells what would be."
    )
    async def edit_ci(self, info: Info, input: Wanted) -> EditCiResult:  # noqa: A002 - INTERFACES: one input
        """A row of `cis` and rows of `relationships`, as one commit."""
        reading = reading_of(info)
        register = reading.register
        try:
            sheet, change = _sheet(input), word_of(input.change, "change")
            zone = register.settings.timezone
            if input.dry_run:
                edited = await computed(try_edit, register.store, sheet, zone)
            else:
                edited = await written(info, edit_ci, register.store, sheet, reading.actor, change, zone)
        except FaultlineError as error:
            failed: EditCiResult = refused(info, error, _place)
            return failed
        return EditCiPayload(
            revision=Long(edited.revision),
            dry_run=input.dry_run,
            changes=[_record(each, edited.revision) for each in edited.changes],
            warnings=[reading.say.say(each.message) for each in edited.warnings],
            key=sheet.ci_id,
            edited=edited,
        )


def _sheet(given: EditCiInput) -> Sheet:
    if len(given.relate) + len(given.unrelate) > MOST_ROWS:
        raise BadInputError("write.too_many_ends", count=len(given.relate) + len(given.unrelate), most=MOST_ROWS)
    if any([*(each.change for each in given.relate), *(each.change for each in given.unrelate)]):
        raise BadInputError("write.change_within")
    seen = [ci_row(0, given.ci), *(relationship_row(each, at + 2) for at, each in enumerate(given.relate))]
    rows = rows_of(seen, [given.ci.expected_revision, *(each.expected_revision for each in given.relate)])
    ended = [
        ((known_form(each.source), each.type.strip(), known_form(each.target)), each.expected_revision)
        for each in given.unrelate
    ]
    return Sheet(known_form(given.ci.ci_id), rows, ended)


def _place(error: RowsRefusedError) -> Sequence[str]:
    first = error.findings[0]
    line = first.place.line or 1
    return ["ci", *field_of(first)] if line == 1 else ["relate", str(line - 2), *field_of(first)]


def _record(each: Changed, at: int) -> EditedRecord:
    return EditedRecord(
        kind=KINDS[each.kind],
        key=each.key,
        before=_fields(each.before),
        after=_fields(each.after),
        sources=JSON({} if each.before is None else dict(sorted(each.before.sources.items()))),
        ends=ends_of(each.key)[::2] if each.kind == RELATIONSHIP else (),
        at=at,
    )


def _fields(thing: Thing | None) -> JSON | None:
    return None if thing is None else JSON(dict(sorted(thing.state.items())))


async def _cis(info: Info, found: Found, numbers: Sequence[int]) -> list[Ci]:
    estate = found.proposal.after
    return await cis_of(info, [estate.ids[ci] for ci in numbers], found.proposal.before.revision)


def _service(found: Found, each: Standing, node: Ci, is_shown: bool) -> EditedService:
    return EditedService(
        service=node,
        criticality=found.proposal.after.criticality_of(each.service) if is_shown else None,
        state=_state(each.state),
        stops_before=_state(each.before),
        stops_after=_state(each.after),
        loses_redundancy=len(each.exposed) > 0,
        points_added_count=len(each.added),
        points_removed_count=len(each.removed),
        standing=each,
        found=found,
    )


def _state(verdict: Verdict) -> State:
    return State[WORDS[verdict].upper()]


def _group(each: Regrouped, node: Ci) -> EditedGroup:
    return EditedGroup(dependent=node, name=each.name, before=_margin(each.before), after=_margin(each.after))


def _margin(quorum: Quorum | None) -> GroupQuorum | None:
    return None if quorum is None else GroupQuorum(
        members=quorum.members, needed=quorum.needed, margin=quorum.margin
    )  # fmt: skip
