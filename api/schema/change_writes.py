"""Root fields of the schema that write changes: saved, moved along their life, decided on (`core.graphql`)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.scalars import JSON

from api.access.roles import roles
from api.reviewing import judged
from api.scheduling import Schedule
from api.schema.change_documents import PAPERS, id_of, papers_of, reason_of, saving_of
from api.schema.change_steps import VoicesNeeded, told_needs
from api.schema.changes import Change, changes_kept
from api.schema.failures import Error, InvalidInput, NotAllowed, RevisionConflict
from api.schema.paging import Long
from api.schema.reading import Info, Reading, computed, reading_of
from api.schema.reviews import Reason, Review, UnknownChange, refused_review, told_review
from api.schema.writing import refused, word_of, written
from api.texts import Texts
from api.words import by_name
from graph.canonical import canonical
from graph.errors import BadInputError, FaultlineError
from graph.records.page import page_of
from importers.authorship import CHANGES
from importers.changing import Changed, Taking, save_change, take_step
from importers.settled_edits import EditsRefusedError
from importers.voting import Speaking, Spoken, decide
from queries.evidence import said_otherwise
from queries.review_answer import pack_of
from queries.review_answer import plain as answer_of

if TYPE_CHECKING:
    from api.register import Register
    from graph.store.things import Kept
    from queries.review import Review as Found

NAMED = 5  # services, or conflicts, that a difference names
EXPECTED = "The change's last revision as the writer knows it; 0: it is not there yet. Absent: whichever it is."


@strawberry.enum(description="What somebody decides.")
class Decision(Enum):
    """The words of the record."""

    APPROVED = strawberry.enum_value("approved", description="It may be carried out.")
    REJECTED = strawberry.enum_value("rejected", description="It may not.")


@strawberry.input(description="A change to create or replace; the same again changes nothing.")
class SaveChangeInput:
    """A change."""

    document: JSON = strawberry.field(description="The change, in the form of ANSWERS (`faultline.change/1`), whole.")
    papers: JSON | None = strawberry.field(
        description="Further fields by name: `implementation_plan`, `failure_plan`, `template`, `releases`, "
        "`problems`, `expects_update`, `grace`; absent ones stay, null clears; "
        "of a change of another tool `decision`, `decided_at`, `decided_by`, `outcome`, `actual_start`, "
        "`actual_end`, `attempts`.",
        default=None,
    )
    origin: str | None = strawberry.field(
        description="The other tool that it lives in: its status and decision are taken as they are.", default=None
    )
    external_id: str | None = strawberry.field(
        description="Its identifier there; with `origin` it names the change, however often it is saved.", default=None
    )
    expected_revision: Long | None = strawberry.field(description=EXPECTED, default=None)


@strawberry.input(description="A step of a change along its life cycle.")
class TakeChangeStepInput:
    """A step."""

    change: str = strawberry.field(description="The change, by its identifier.")
    step: str = strawberry.field(description="The step, as the life cycle names it: `submit`, `assess`, `start` …")
    papers: JSON | None = strawberry.field(
        description="Fields of the change that come with it, by name, as the life cycle says: "
        "`assessment`, `actual_end` …",
        default=None,
    )
    done: list[str] | None = strawberry.field(
        description="Of a change that was finished in part: which groups of its edits were carried out, by name or as "
        "`edits[0]`.",
        default=None,
    )
    confirm_dependents: bool = strawberry.field(
        description="Whether its edits may retire CIs that others rest on still.", default=False
    )
    expected_revision: Long | None = strawberry.field(description=EXPECTED, default=None)


@strawberry.input(description="A voice on a change.")
class DecideChangeInput:
    """A decision."""

    change: str = strawberry.field(description="The change, by its identifier.")
    decision: Decision = strawberry.field(description="What is decided.")
    reason: str = strawberry.field(description="Why.")
    evidence_hash: str = strawberry.field(description="Of the review that was read.")
    on_behalf_of: str | None = strawberry.field(description="As whose deputy; null: for oneself.", default=None)
    expected_revision: Long | None = strawberry.field(description=EXPECTED, default=None)


@strawberry.type(description="A change as it was written.")
class SaveChangePayload:
    """A change, and what is to be said of it."""

    revision: Long = strawberry.field(description="The revision after it; that of before where nothing changed.")
    change_id: str = strawberry.field(description="Its identifier.")
    page: str = strawberry.field(description="Where its page is on this server: `/changes/…`.")

    @strawberry.field(description="The change.")
    async def change(self, info: Info) -> Change | None:
        """The change, after it."""
        return await _change(info, self.change_id)

    @strawberry.field(description="Whether it may go ahead.")
    async def review(self, info: Info) -> Review | None:
        """Its review, after it."""
        reading = reading_of(info)
        return await computed(_reviewed, reading, await reading.estate(), self.change_id)


@strawberry.type(description="A change after a step.")
class TakeChangeStepPayload:
    """A change."""

    revision: Long = strawberry.field(description="The revision after it.")
    change_id: str = strawberry.field(description="Its identifier.")
    status: str = strawberry.field(description="Its status after it.")

    @strawberry.field(description="The change.")
    async def change(self, info: Info) -> Change | None:
        """The change, after it."""
        return await _change(info, self.change_id)


@strawberry.type(description="A decision as it was recorded.")
class DecideChangePayload:
    """A decision."""

    revision: Long = strawberry.field(description="The revision after it.")
    change: str = strawberry.field(description="The change.")
    decision: Decision = strawberry.field(description="What was decided.")
    evidence_hash: str = strawberry.field(description="Of the evidence that was kept with it.")
    status: str = strawberry.field(description="The change's status after it.")
    decided: Decision | None = strawberry.field(description="What all voices come to; null: more are needed.")
    voices: list[VoicesNeeded] = strawberry.field(description="Whose voices it needs, and has.")


@strawberry.type(description="Since that was read something has changed that a decision rests on.")
class ReviewOutdated(Error):  # noqa: N818 - a name of core.graphql
    """Names what."""

    current: Review = strawberry.field(description="The review as it is now.")
    differences: list[Reason] = strawberry.field(description="What is otherwise.")


SaveChangeResult = Annotated[
    SaveChangePayload | InvalidInput | RevisionConflict | NotAllowed,
    strawberry.union("SaveChangeResult", description="A change, or why it was not written."),
]
TakeChangeStepResult = Annotated[
    TakeChangeStepPayload | UnknownChange | InvalidInput | RevisionConflict | NotAllowed,
    strawberry.union("TakeChangeStepResult", description="A change, or why the step was not taken."),
]
DecideChangeResult = Annotated[
    DecideChangePayload | UnknownChange | ReviewOutdated | InvalidInput | RevisionConflict | NotAllowed,
    strawberry.union("DecideChangeResult", description="A decision, or why it was not recorded."),
]


@strawberry.type
class ChangeMutation:
    """Writes of changes."""

    @strawberry.mutation(description="Create or replace a change.")
    async def save_change(
        self,
        info: Info,
        input: Annotated[SaveChangeInput, strawberry.argument(description="The change.")],  # noqa: A002 - of core.graphql
    ) -> SaveChangeResult:
        """All of it or nothing."""
        reading = reading_of(info)
        register = reading.register
        try:
            wanted = await computed(saving_of, register, input.document, input.papers, input.origin, input.external_id)
            expected = None if input.expected_revision is None else int(input.expected_revision)
            found: Changed = await written(
                info, partial(save_change, register.store, register.lifecycle, wanted, reading.actor, expected)
            )
        except FaultlineError as error:
            unsaved: SaveChangeResult = refused(info, error, at="document")
            return unsaved
        return SaveChangePayload(
            revision=Long(found.revision), change_id=found.change_id, page=page_of(found.change_id)
        )

    @strawberry.mutation(description="Move a change along its life cycle.")
    async def take_change_step(
        self,
        info: Info,
        input: Annotated[TakeChangeStepInput, strawberry.argument(description="The step.")],  # noqa: A002
    ) -> TakeChangeStepResult:
        """A step, taken or refused."""
        reading = reading_of(info)
        register = reading.register
        try:
            fields = await computed(papers_of, register, input.papers, PAPERS)
            done = None if input.done is None else tuple(input.done)
            taking = Taking(
                id_of(input.change), input.step, fields, done, input.confirm_dependents,
                tell=register.settings.webhook_url is not None,
            )  # fmt: skip
            expected = None if input.expected_revision is None else int(input.expected_revision)
            held = roles().held(reading.principal.roles)
            found: Changed = await written(
                info, partial(take_step, register.store, register.lifecycle, taking, reading.actor, held, expected)
            )
        except FaultlineError as error:
            untaken: TakeChangeStepResult = _refused(info, error, "step")
            return untaken
        return TakeChangeStepPayload(revision=Long(found.revision), change_id=found.change_id, status=found.status)

    @strawberry.mutation(description="Approve or reject a change; the evidence of the moment is kept with it.")
    async def decide_change(
        self,
        info: Info,
        input: Annotated[DecideChangeInput, strawberry.argument(description="The decision.")],  # noqa: A002
    ) -> DecideChangeResult:
        """A voice, recorded or refused."""
        reading = reading_of(info)
        register = reading.register
        try:
            reason, change_id = reason_of(input.reason), id_of(input.change)
            found, kept = await computed(_judged, register, await reading.estate(), change_id)
            answer = await computed(partial(answer_of, found, limit=0))
            if parts := said_otherwise(input.evidence_hash, answer["evidence_hash"]):
                return _outdated(reading, await computed(told_review, reading, found), parts)
            pack = await computed(partial(pack_of, found, answer, store_id=register.store.store_id))
            speaking = Speaking(
                change_id=change_id,
                decision=input.decision.name.lower(),
                reason=reason,
                behalf=word_of(input.on_behalf_of, "onBehalfOf"),
                seen=input.evidence_hash,
                evidence_hash=pack["hash"],
                pack=canonical(pack).decode(),
                judged=kept,
                tell=register.settings.webhook_url is not None,
                expected=None if input.expected_revision is None else int(input.expected_revision),
            )
            held = roles().held(reading.principal.roles)
            spoken: Spoken = await written(
                info, partial(decide, register.store, register.lifecycle, speaking, reading.actor, held)
            )
        except FaultlineError as error:
            undecided: DecideChangeResult = _refused(info, error, "change")
            return undecided
        return _payload(spoken, speaking)


async def _change(info: Info, change_id: str) -> Change | None:
    reading = reading_of(info)
    found = await computed(changes_kept, reading, [change_id], (await reading.estate()).revision)
    return found[0] if found else None


def _reviewed(reading: Reading, estate: Any, change_id: str) -> Review:
    return told_review(reading, _judged(reading.register, estate, change_id)[0])


def _judged(register: "Register", estate: Any, change_id: str) -> "tuple[Found, Kept]":
    # the review of a stored change now, and the change that it is of
    schedule = Schedule(register, estate, datetime.now(UTC))
    change = schedule.stored(change_id)
    kept = register.store.kept_at(CHANGES, [change_id], estate.revision)
    return judged(schedule, change, worked=register.plans.worked), kept[change_id]


def _payload(spoken: Spoken, speaking: Speaking) -> DecideChangePayload:
    decided = spoken.standing.decision
    return DecideChangePayload(
        revision=Long(spoken.revision),
        change=speaking.change_id,
        decision=Decision(speaking.decision),
        evidence_hash=speaking.evidence_hash,
        status=spoken.status,
        decided=None if decided is None else Decision(decided),
        voices=told_needs(spoken.standing),
    )


def _outdated(reading: Reading, now: Review, parts: Sequence[str]) -> ReviewOutdated:
    say = reading.say
    found, name = now.found, by_name(now.found.estate, say)
    told = {
        "verdict": now.sentence,
        "services": _few([name(found.estate.ids[each.ci]) for each in found.services], say),
        "conflicts": _few([each.message for each in now.conflicts], say),
    }
    differences = [
        Reason(
            key=f"differs_{part}", params=JSON({"now": told[part]}), severity=now.verdict.name.lower(),
            message=say(f"decide_change.differs_{part}", now=told[part]),
        )
        for part in parts
    ]  # fmt: skip
    key = "decide_change.outdated"
    return ReviewOutdated(key=key, message=say(key), params=JSON({}), current=now, differences=differences)


def _refused(info: Info, error: FaultlineError, at: str) -> Any:
    if isinstance(error, BadInputError) and error.message.key == "review.unknown_change":
        return refused_review(error, reading_of(info), at)
    if isinstance(error, EditsRefusedError) and len(error.reasons) > 1:
        said: InvalidInput = refused(info, error, at=at)
        say = reading_of(info).say.say
        said.message = " ".join([said.message, *(f"{each.params['at']}: {say(each)}" for each in error.reasons)])
        return said
    return refused(info, error, at=at)


def _few(some: Sequence[str], say: Texts) -> str:
    if not some:
        return say("decide_change.differs_none")
    rest = [say("pages.and_more", count=len(some) - NAMED)] if len(some) > NAMED else []
    return " · ".join([*some[:NAMED], *rest])
