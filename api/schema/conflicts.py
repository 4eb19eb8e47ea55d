"""Types and root fields of the schema: what imports left to a person, and what was decided of it (SEMANTICS 7)."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from starlette.concurrency import run_in_threadpool
from strawberry.scalars import JSON

from api.schema.cursors import decode, encode
from api.schema.failures import Error, InvalidInput, NotAllowed, RevisionConflict
from api.schema.items import Ci, ci_at
from api.schema.limits import PAGE
from api.schema.paging import After, Connection, First, Long, connection, size_of
from api.schema.reading import Info, reading_of
from api.schema.writing import refused, written
from api.texts import Texts
from graph.errors import BadInputError, FaultlineError, Message
from graph.history import DECISION
from graph.store import conflicts as kept
from graph.store.runs import scope_name
from graph.values import shown
from importers.deciding import Answer, UnknownConflictError, decide

if TYPE_CHECKING:
    from graph.store import Store
    from graph.store.things import Kept

FIRST = ("9999", "", "")  # before every conflict
LONGEST_ID = 100  # characters of what may name a conflict


@strawberry.enum(description="What a conflict is about.")
class ConflictKind(enum.Enum):
    """What a run could not settle."""

    IDENTITY = strawberry.enum_value(kept.IDENTITY, description="A row that may be another CI than it says.")
    QUORUM = strawberry.enum_value(
        kept.QUORUM, description="A redundancy group that would break; it is resolved by editing the group."
    )


@strawberry.enum(description="Where a conflict stands.")
class ConflictState(enum.Enum):
    """Where it stands."""

    OPEN = strawberry.enum_value(kept.OPEN, description="It waits for a decision, or for its group to be edited.")
    RESOLVED = strawberry.enum_value(kept.RESOLVED, description="It is decided.")
    VANISHED = strawberry.enum_value(kept.VANISHED, description="A later run no longer met it.")


@strawberry.enum(description="What a person says of a row.")
class ConflictAnswer(enum.Enum):
    """What a person says."""

    SAME = strawberry.enum_value(kept.SAME, description="The row is one of the CIs that it may be.")
    DISTINCT = strawberry.enum_value(kept.DISTINCT, description="The row is a CI of its own, and none of those.")


@strawberry.type(description="By what a row may be another CI.")
class ConflictMatch:
    """A rule that found others."""

    ci_class: str = strawberry.field(description="The class whose rule it is.")
    rule: list[str] = strawberry.field(description="The fields that identify together.")
    values: list[str] = strawberry.field(description="What they are, in the order of the fields.")
    count: int = strawberry.field(description="How many other CIs have the same; up to 20 are among the candidates.")


@strawberry.type(description="A CI that a row may be.")
class ConflictCandidate:
    """One of those that a person chooses among."""

    ci_id: str = strawberry.field(description="Its identifier.")
    has_row: bool = strawberry.field(
        description="Whether the same input has a row of its own for it: then the two rows cannot both be it."
    )
    rules: list[str] = strawberry.field(description="The rules by which the row may be it, their fields joined by `+`.")

    @strawberry.field(description="The CI as it is now; null where the register does not have it.")
    async def ci(self, info: Info) -> Ci | None:
        """It, where it is there."""
        return await ci_at(info, self.ci_id, (await reading_of(info).estate()).revision)


@strawberry.type(description="What was decided of a conflict, as the log has it.")
class ConflictDecision:
    """A decision."""

    answer: ConflictAnswer = strawberry.field(description="What was said.")
    ci_ids: list[str] = strawberry.field(description="The CI that the row is, or all those that it is not.")
    actor: str = strawberry.field(description="Who said so.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="What import runs could not settle; the same question met again is the same conflict.")
class ImportConflict:
    """A conflict of import runs."""

    id: str = strawberry.field(description="Names it; the same for the same question.")
    kind: ConflictKind = strawberry.field(description="What it is about.")
    state: ConflictState = strawberry.field(description="Where it stands.")
    source: str = strawberry.field(description="The data source whose run met it.")
    scope: str = strawberry.field(description="The scope in which it was met.")
    run: str = strawberry.field(description="The run that found it last; a run of the same input again does not count.")
    file: str | None = strawberry.field(description="The file of the row.")
    line: int | None = strawberry.field(description="Its line or row in the file.")
    ci_id: str = strawberry.field(description="The identifier that the row gives; of a group, the CI that has it.")
    message: str = strawberry.field(description="It as a sentence, in the language of the request.")
    given: JSON = strawberry.field(description="The row's fields as text: up to 40, up to 200 characters each.")
    matches: list[ConflictMatch] = strawberry.field(description="By what the row may be others.")
    candidates: list[ConflictCandidate] = strawberry.field(description="The CIs that the row may be, by identifier.")
    group: str | None = strawberry.field(description="The redundancy group that would break.")
    first_seen_at: datetime = strawberry.field(description="When a run met it first.")
    last_seen_at: datetime = strawberry.field(description="When a run met it last.")
    vanished_at: datetime | None = strawberry.field(description="When a run no longer met it.")
    decision: ConflictDecision | None = strawberry.field(description="What was decided.")
    last_revision: Long = strawberry.field(description="The revision of its decision; 0: there is none.")


@strawberry.input(description="What a person says of a conflict.")
class ResolveConflictInput:
    """A decision, or the taking back of one."""

    conflict: str = strawberry.field(description="The `id` of the conflict.")
    answer: ConflictAnswer | None = strawberry.field(description="What is said; null takes back what was said.")
    ci_id: str | None = strawberry.field(description="With SAME: which of the candidates the row is.", default=None)
    expected_revision: Long | None = strawberry.field(
        description="The conflict's `lastRevision` as the person knows it. Absent: a decision that says something else "
        "is not overwritten, and any is taken back.",
        default=None,
    )


@strawberry.type(description="The conflict as it stands now; the next run of its data source follows it.")
class ResolveConflictPayload:
    """A conflict."""

    revision: Long = strawberry.field(description="The revision after it; that of before where nothing changed.")
    conflict: ImportConflict = strawberry.field(description="The conflict.")


@strawberry.type(description="There is no such conflict.")
class UnknownConflict(Error):  # noqa: N818 - as the other failures
    """Names the conflict."""

    conflict_id: str = strawberry.field(description="What was given.")


ResolveConflictResult = Annotated[
    ResolveConflictPayload | UnknownConflict | InvalidInput | RevisionConflict | NotAllowed,
    strawberry.union("ResolveConflictResult", description="The conflict, or why it was not decided."),
]
Resolved = Annotated[ResolveConflictInput, strawberry.argument(description="What is said.")]
Wanted = Annotated[ConflictState | None, strawberry.argument(description="Only those that stand so; null: all.")]


@strawberry.type
class ConflictQuery:
    """Conflicts of imports."""

    @strawberry.field(description="What imports left to a person: what came up last first, then by CI.")
    async def conflicts(
        self, info: Info, state: Wanted = None, first: First = PAGE, after: After = None
    ) -> Connection[ImportConflict]:
        """A page of conflicts."""
        reading, size = reading_of(info), size_of(first)
        states = kept.STATES if state is None else (str(state.value),)
        place = FIRST if after is None else _place_of(after)
        rows, total, said = await run_in_threadpool(_page, reading.register.store, states, place, size + 1)
        some = rows[:size]
        cursors = [encode("conflict", f"{row.first_seen} {row.conflict.ci_id} {row.id}") for row in some]
        nodes = [_conflict(row, said.get(row.id), reading.say) for row in some]
        return connection(nodes, cursors, after, more=len(rows) > size, total=total)


@strawberry.type
class ConflictMutation:
    """Decisions about them."""

    @strawberry.mutation(description="Decides a conflict of an import, or takes the decision back.")
    async def resolve_conflict(self, info: Info, input: Resolved) -> ResolveConflictResult:  # noqa: A002 - as all mutations
        """The conflict as it stands after it."""
        reading = reading_of(info)
        store = reading.register.store
        answer = None if input.answer is None else str(input.answer.value)
        said = Answer(input.conflict, answer, input.ci_id, input.expected_revision)
        try:
            _check_id(input.conflict)
            revision = await written(info, decide, store, said, reading.actor)
        except UnknownConflictError as error:
            return _unknown(info, error, input.conflict)
        except FaultlineError as error:
            failed: ResolveConflictResult = refused(info, error, at="conflict")
            return failed
        found, decision = await run_in_threadpool(_one, store, input.conflict)
        return ResolveConflictPayload(revision=Long(revision), conflict=_conflict(found, decision, reading.say))


def _check_id(conflict: str) -> None:
    # no id of ours, and nothing to ask the database about
    if not conflict.isascii() or len(conflict) > LONGEST_ID:
        raise UnknownConflictError("identity.unknown_conflict", conflict=shown(conflict))


def _unknown(info: Info, error: UnknownConflictError, given: str) -> UnknownConflict:
    words, params = reading_of(info).say.say(error.message), JSON(dict(error.message.params))
    return UnknownConflict(key=error.message.key, message=words, params=params, conflict_id=shown(given))


def _place_of(cursor: str) -> tuple[str, str, str]:
    parts = decode("conflict", cursor).split(" ")
    if len(parts) != len(FIRST):
        raise BadInputError("server.cursor", cursor=cursor[:60])
    before, ci_id, key = parts
    return before, ci_id, key


Said = tuple["Kept", str, str]  # a decision with its time and actor


def _page(
    store: "Store", states: Sequence[str], place: tuple[str, str, str], limit: int
) -> tuple[list[kept.KeptConflict], int, dict[str, Said]]:
    rows = kept.page(store, states, place, limit)
    return rows, kept.count(store, states), _said(store, rows)


def _one(store: "Store", conflict: str) -> tuple[kept.KeptConflict, Said | None]:
    found = kept.find(store, conflict)
    if found is None:
        raise BadInputError("identity.unknown_conflict", conflict=shown(conflict))
    return found, _said(store, [found]).get(found.id)


def _said(store: "Store", rows: Sequence[kept.KeptConflict]) -> dict[str, Said]:
    resolved = [row.id for row in rows if row.state == kept.RESOLVED]
    found = store.kept(DECISION, resolved) if resolved else {}
    log = kept.decided(store, [each.revision for each in found.values()]) if found else {}
    return {key: (each, *log[each.revision]) for key, each in found.items() if each.revision in log}


def _conflict(row: kept.KeptConflict, said: Said | None, say: Texts) -> ImportConflict:
    conflict = row.conflict
    return ImportConflict(
        id=row.id,
        kind=ConflictKind(conflict.kind),
        state=ConflictState(row.state),
        source=row.source,
        scope=scope_name(conflict.scope),
        run=row.run,
        file=conflict.file or None,
        line=conflict.line,
        ci_id=conflict.ci_id,
        message=say.say(_message(conflict)),
        given=JSON(dict(conflict.given)),
        matches=[ConflictMatch(ci_class=m.ci_class, rule=list(m.rule), values=list(m.values), count=m.count)
                 for m in conflict.matches],
        candidates=[_candidate(conflict, other) for other in conflict.others],
        group=conflict.group or None,
        first_seen_at=datetime.fromisoformat(row.first_seen),
        last_seen_at=datetime.fromisoformat(row.last_seen),
        vanished_at=None if row.vanished_at is None else datetime.fromisoformat(row.vanished_at),
        decision=None if said is None else _decision(*said),
        last_revision=Long(0 if said is None else said[0].revision),
    )  # fmt: skip


def _message(conflict: kept.Conflict) -> Message:
    if conflict.kind == kept.QUORUM:
        broken = {"ci_id": shown(conflict.ci_id), "group": shown(conflict.group), "quorum": conflict.quorum}
        return Message("row.end_breaks_quorum", {**broken, "members": conflict.left})
    match = conflict.matches[0]
    said = {"rule": " + ".join(match.rule), "values": shown(" + ".join(match.values))}
    others = ", ".join(map(shown, conflict.others[:5]))
    return Message("row.identity", {"ci_id": shown(conflict.ci_id), "others": others, **said})


def _candidate(conflict: kept.Conflict, other: str) -> ConflictCandidate:
    rules = [" + ".join(match.rule) for match in conflict.matches if other in match.others]
    return ConflictCandidate(ci_id=other, has_row=other in conflict.rows, rules=rules)


def _decision(found: "Kept", at: str, actor: str) -> ConflictDecision:
    said = kept.Decision.of("", found.thing)
    return ConflictDecision(
        answer=ConflictAnswer(said.answer), ci_ids=list(said.others), actor=actor, at=datetime.fromisoformat(at)
    )
