"""Root fields of the schema that write (`core.graphql`): CIs and relationships, checked as rows of an inventory."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from api.schema.failures import InvalidInput, NotAllowed, QuorumBroken, RevisionConflict, UnknownCi
from api.schema.items import Ci, Relationship, cis_of, relationship_of
from api.schema.paging import Long
from api.schema.reading import Info, reading_of
from api.schema.writing import NAMES, given_fields, plain_json, refused, word_of, written
from graph.errors import BadInputError, FaultlineError
from graph.values import ValueRefused, parse_id
from importers.direct import Put, Rows, RowsRefusedError, put_rows
from importers.inventory.source import observations
from importers.model import Finding, Observation, Place
from importers.retiring import UnknownEndsError, retire, unrelate
from importers.reverting import undo_revision

MOST_CIS = 5_000  # of one mutation: what one transaction writes (importers.spool); more are an import
CHANGE = "The id of the change that this carries out, for the log."
EXPECTED = "The record's last revision as the writer knows it; 0: it is not there yet. Absent: whichever it is."


@strawberry.input(description="A CI to create or update, as a row of the inventory table `cis`.")
class CiInput:
    """A row of `cis`; what is absent is left as it is, null clears."""

    ci_id: str = strawberry.field(description="Its identifier.")
    name: str | None = strawberry.field(
        description="What people call it; a new CI needs one.", default=strawberry.UNSET
    )
    ci_class: str | None = strawberry.field(
        description="Its class in the ontology; a new CI needs one.", default=strawberry.UNSET
    )
    status: str | None = strawberry.field(
        description="`live`, `planned` or `retired`; a new CI is live.", default=strawberry.UNSET
    )
    attributes: JSON | None = strawberry.field(
        description="Other columns by name: `site`, `owner`, `recovery_time` … as in an inventory; null clears one.",
        default=strawberry.UNSET,
    )
    expected_revision: Long | None = strawberry.field(description=EXPECTED, default=None)


@strawberry.input(description="CIs to write together, all or none.")
class UpsertCisInput:
    """Rows of `cis`."""

    cis: list[CiInput] = strawberry.field(description="The CIs, up to 5,000.")
    change: str | None = strawberry.field(description=CHANGE, default=None)


@strawberry.input(description="A CI to retire.")
class RetireCiInput:
    """Names a CI."""

    ci_id: str = strawberry.field(description="Its identifier.")
    expected_revision: Long | None = strawberry.field(description=EXPECTED, default=None)
    change: str | None = strawberry.field(description=CHANGE, default=None)


@strawberry.input(description="A relationship to create or update, as a row of the inventory table `relationships`.")
class RelateInput:
    """A row of `relationships`; what is absent is left as it is, a null group takes it out of its group."""

    source: str = strawberry.field(description="Where it starts: for types with impact the dependent.")
    type: str = strawberry.field(description="Its type in the ontology.")
    target: str = strawberry.field(description="Where it ends: for types with impact the provider.")
    strength: str | None = strawberry.field(
        description="`hard` or `soft`; of a new one that of its type.", default=strawberry.UNSET
    )
    redundancy_group: str | None = strawberry.field(
        description="The source's redundancy group that it is to be a member of.", default=strawberry.UNSET
    )
    min_available: str | None = strawberry.field(
        description="How many members of the group are needed: a count, `50%` or `all`; it is the whole group's.",
        default=strawberry.UNSET,
    )
    expected_revision: Long | None = strawberry.field(description=EXPECTED, default=None)
    change: str | None = strawberry.field(description=CHANGE, default=None)


@strawberry.input(description="A relationship to end.")
class UnrelateInput:
    """Names a relationship."""

    source: str = strawberry.field(description="Where it starts.")
    type: str = strawberry.field(description="Its type in the ontology.")
    target: str = strawberry.field(description="Where it ends.")
    expected_revision: Long | None = strawberry.field(description=EXPECTED, default=None)
    change: str | None = strawberry.field(description=CHANGE, default=None)


@strawberry.type(description="CIs as they were written.")
class UpsertCisPayload:
    """What was written, read at the revision after it."""

    revision: Long = strawberry.field(description="The revision after it; that of before where nothing changed.")
    keys: strawberry.Private[Sequence[str]]

    @strawberry.field(description="The CIs, in the order of the input.")
    async def cis(self, info: Info) -> list[Ci]:
        """The CIs."""
        return await cis_of(info, self.keys, self.revision)


@strawberry.type(description="The CI as it was retired.")
class RetireCiPayload:
    """A retired CI."""

    revision: Long = strawberry.field(description="The revision after it; that of before where nothing changed.")
    key: strawberry.Private[str]

    @strawberry.field(description="The CI.")
    async def ci(self, info: Info) -> Ci:
        """The CI."""
        return (await cis_of(info, [self.key], self.revision))[0]


@strawberry.type(description="The relationship as it was written.")
class RelatePayload:
    """A relationship."""

    revision: Long = strawberry.field(description="The revision after it; that of before where nothing changed.")
    key: strawberry.Private[str]

    @strawberry.field(description="The relationship.")
    async def relationship(self, info: Info) -> Relationship:
        """The relationship."""
        (kept,) = await reading_of(info).relationships(self.revision, [self.key])
        if kept is None:
            raise BadInputError("write.gone", key=self.key)
        return relationship_of(self.key, kept, reading_of(info).register.store.ontology, self.revision)


@strawberry.type(description="The relationship is there no more.")
class UnrelatePayload:
    """Nothing but the revision."""

    revision: Long = strawberry.field(description="The revision after it; that of before where nothing changed.")


@strawberry.input(description="A revision to undo.")
class UndoRevisionInput:
    """Names a revision."""

    revision: Long = strawberry.field(description="Its number: the last revision of its record.")
    change: str | None = strawberry.field(description=CHANGE, default=None)


@strawberry.type(description="The record is as it was before the revision.")
class UndoRevisionPayload:
    """Names the record."""

    revision: Long = strawberry.field(description="The revision that undid it.")
    record: str = strawberry.field(description="The key of the CI, relationship or record.")


UpsertCisResult = Annotated[
    UpsertCisPayload | InvalidInput | RevisionConflict | NotAllowed,
    strawberry.union("UpsertCisResult", description="The CIs, or why none was written."),
]
RetireCiResult = Annotated[
    RetireCiPayload | UnknownCi | QuorumBroken | InvalidInput | RevisionConflict | NotAllowed,
    strawberry.union("RetireCiResult", description="The CI, or why it was not retired."),
]
RelateResult = Annotated[
    RelatePayload | UnknownCi | InvalidInput | RevisionConflict | NotAllowed,
    strawberry.union("RelateResult", description="The relationship, or why it was not written."),
]
UnrelateResult = Annotated[
    UnrelatePayload | UnknownCi | QuorumBroken | InvalidInput | RevisionConflict | NotAllowed,
    strawberry.union("UnrelateResult", description="The revision, or why it was not ended."),
]
UndoRevisionResult = Annotated[
    UndoRevisionPayload | UnknownCi | QuorumBroken | InvalidInput | RevisionConflict | NotAllowed,
    strawberry.union("UndoRevisionResult", description="The revision that undid it, or why nothing did."),
]
Undone = Annotated[UndoRevisionInput, strawberry.argument(description="What to undo.")]
Upserted = Annotated[UpsertCisInput, strawberry.argument(description="What to write.")]
Retired = Annotated[RetireCiInput, strawberry.argument(description="What to retire.")]
Related = Annotated[RelateInput, strawberry.argument(description="What to write.")]
Unrelated = Annotated[UnrelateInput, strawberry.argument(description="What to end.")]


@strawberry.type
class WriteMutation:
    """Direct writes."""

    @strawberry.mutation(description="Creates and updates CIs, all of them or none.")
    async def upsert_cis(self, info: Info, input: Upserted) -> UpsertCisResult:  # noqa: A002 - a name of core.graphql
        """Rows of `cis`."""
        try:
            if len(input.cis) > MOST_CIS:
                raise BadInputError("write.too_many", count=len(input.cis), most=MOST_CIS)
            rows = rows_of([ci_row(number, each) for number, each in enumerate(input.cis)], [
                each.expected_revision for each in input.cis
            ])  # fmt: skip
            put = await _put(info, rows, input.change)
        except FaultlineError as error:
            failed: UpsertCisResult = refused(info, error, _place_among_cis)
            return failed
        return UpsertCisPayload(revision=Long(put.revision), keys=put.keys)

    @strawberry.mutation(description="Retires a CI, unless a group that is live needs it.")
    async def retire_ci(self, info: Info, input: Retired) -> RetireCiResult:  # noqa: A002 - a name of core.graphql
        """One CI."""
        reading = reading_of(info)
        try:
            ci_id, change = known_form(input.ci_id), word_of(input.change, "change")
            given = (reading.register.store, ci_id, input.expected_revision, reading.actor, change)
            put = await written(info, retire, *given)
        except FaultlineError as error:
            failed: RetireCiResult = refused(info, error)
            return failed
        return RetireCiPayload(revision=Long(put.revision), key=ci_id)

    @strawberry.mutation(description="Creates or updates a relationship.")
    async def relate(self, info: Info, input: Related) -> RelateResult:  # noqa: A002 - a name of core.graphql
        """A row of `relationships`."""
        try:
            rows = rows_of([relationship_row(input, 1)], [input.expected_revision])
            put = await _put(info, rows, input.change)
        except FaultlineError as error:
            why = await _unknown_ends(info, input) if _is_of_unknown(error) else error
            failed: RelateResult = refused(info, why, lambda some: field_of(some.findings[0]))
            return failed
        return RelatePayload(revision=Long(put.revision), key=put.keys[0])

    @strawberry.mutation(description="Ends a relationship; one that is not there is ended already.")
    async def unrelate(self, info: Info, input: Unrelated) -> UnrelateResult:  # noqa: A002 - a name of core.graphql
        """One relationship."""
        reading = reading_of(info)
        try:
            ends = (known_form(input.source), input.type.strip(), known_form(input.target))
            given = (
                reading.register.store,
                ends,
                input.expected_revision,
                reading.actor,
                word_of(input.change, "change"),
            )
            put = await written(info, unrelate, *given)
        except FaultlineError as error:
            failed: UnrelateResult = refused(info, error)
            return failed
        return UnrelatePayload(revision=Long(put.revision))

    @strawberry.mutation(description="Undoes one revision, unless its record has been changed since.")
    async def undo_revision(self, info: Info, input: Undone) -> UndoRevisionResult:  # noqa: A002 - as all mutations
        """One revision."""
        reading = reading_of(info)
        try:
            change = word_of(input.change, "change")
            put = await written(info, undo_revision, reading.register.store, input.revision, reading.actor, change)
        except FaultlineError as error:
            failed: UndoRevisionResult = refused(info, error)
            return failed
        return UndoRevisionPayload(revision=Long(put.revision), record=put.keys[0])


async def _put(info: Info, rows: Rows, change: str | None) -> Put:
    reading = reading_of(info)
    zone = reading.register.settings.timezone
    return await written(info, put_rows, reading.register.store, rows, reading.actor, word_of(change, "change"), zone)


def ci_row(number: int, given: CiInput) -> Sequence[Observation | Finding]:
    """A CI of an input as a row of `cis`; BadInputError for attributes that are none or name a column twice."""
    named = given_fields({name: getattr(given, name) for name in ("ci_id", "name", "ci_class", "status")})
    attributes = given_fields({"attributes": given.attributes}).get("attributes") or {}
    if not isinstance(attributes, Mapping):
        raise BadInputError("write.attributes", at=number)
    row = dict[str, Any](plain_json(named))
    for name, value in plain_json(attributes).items():
        column = name.strip()
        if column in row:
            raise BadInputError("row.column_twice", column=column[:60])
        row[column] = value
    return observations("cis", row, Place("input", number + 1))


def relationship_row(given: RelateInput, line: int) -> Sequence[Observation | Finding]:
    """A relationship of an input as a row of `relationships`, at a line of its own."""
    names = ("source", "type", "target", "strength", "redundancy_group", "min_available")
    row = plain_json(given_fields({name: getattr(given, name) for name in names}))
    return observations("relationships", row, Place("input", line))


def rows_of(found: Sequence[Sequence[Observation | Finding]], expected: Sequence[int | None]) -> Rows:
    """Rows with the revisions that they expect; RowsRefusedError for those that are none."""
    seen = [each for some in found for each in some]
    refusals = [each for each in seen if isinstance(each, Finding)]
    if refusals:
        raise RowsRefusedError(refusals)
    return Rows(
        [each for each in seen if not isinstance(each, Finding)],
        {number: at for number, at in enumerate(expected) if at is not None},
    )


def known_form(ci_id: str) -> str:
    """An id as it is kept; UnknownEndsError for what cannot be one."""
    try:
        return parse_id(ci_id)
    except ValueRefused as error:
        raise UnknownEndsError([ci_id]) from error  # no CI has such an id


def _is_of_unknown(error: FaultlineError) -> bool:
    return isinstance(error, RowsRefusedError) and {f.message.key for f in error.findings} == {"row.unknown_ci"}


async def _unknown_ends(info: Info, given: RelateInput) -> UnknownEndsError:
    reading = reading_of(info)
    ends = [known_form(end) for end in dict.fromkeys((given.source, given.target))]
    found = await reading.cis((await reading.estate()).revision, ends)
    return UnknownEndsError([end for end, kept in zip(ends, found, strict=True) if kept is None] or ends)


def field_of(finding: Finding) -> list[str]:
    """The field that a finding is about, as the schema has it."""
    if finding.field is None:
        return []
    return [NAMES[finding.field]] if finding.field in NAMES else ["attributes", finding.field]


def _place_among_cis(error: RowsRefusedError) -> list[str]:
    first = error.findings[0]
    return ["cis", str((first.place.line or 1) - 1), *field_of(first)]
