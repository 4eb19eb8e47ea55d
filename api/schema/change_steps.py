"""Types of the schema: what may be done with a change next, by whom, and how far it is decided."""

from datetime import datetime

import strawberry

from api.access.roles import roles
from api.papers import OPEN_QUESTIONS, step_refusal
from api.schema.reading import Info, Reading, computed, reading_of
from graph.lifecycle import Step
from graph.records.changes import Change
from graph.records.comments import comment_of
from graph.records.decisions import Voice, authority_of, deputy_of
from graph.values import State
from importers.voices import DECISIONS, EVIDENCE, evidence_keys, proven, voice_key
from importers.voting import AUTHORITIES, COMMENTS, DEPUTIES
from queries.deciding import APPROVED, Board, Filled, Standing, lacking, over, refusal, standing
from queries.talking import open_questions


@strawberry.type(description="A step that is open to a change (the life cycle's file).")
class ChangeStep:
    """A step, as whoever asks may take it or not."""

    id: str = strawberry.field(description="As `takeChangeStep` takes it.")
    name: str = strawberry.field(description="What it is called, in the language of the request.")
    to: str | None = strawberry.field(description="The status after it; null: it stays.")
    decides: str | None = strawberry.field(description="`approved` or `rejected`: it is a voice, for `decideChange`.")
    allowed: bool = strawberry.field(description="Whether whoever asks may take it.")
    why_not: str | None = strawberry.field(description="Why they may not, as a sentence.")
    missing: list[str] = strawberry.field(
        description="Fields that must be there first: `a|b` is one of both, `a.b` a part; `open_questions`: answers."
    )
    needs: list[str] = strawberry.field(description="All that it needs, also what is there; written as `missing` is.")
    applies: str | None = strawberry.field(
        description="`all` or `named`: it writes the edits of the change, all of them or the groups that are named."
    )
    on_behalf_of: list[str] = strawberry.field(description="Of a voice: for whom whoever asks may give it as a deputy.")


@strawberry.type(description="What somebody decided on a change.")
class ChangeVoice:
    """A decision of this round."""

    decision: str = strawberry.field(description="`approved` or `rejected`.")
    decided_by: str = strawberry.field(description="Who.")
    on_behalf_of: str | None = strawberry.field(description="As whose deputy.")
    reason: str | None = strawberry.field(description="Why.")
    decided_at: datetime | None = strawberry.field(description="When.")
    evidence_hash: str | None = strawberry.field(description="Of the evidence that was kept with it.")
    late: bool = strawberry.field(description="Whether that was later after its end than its category allows.")
    key: strawberry.Private[str]
    at: strawberry.Private[int]

    @strawberry.field(description="Its pack of evidence, the text of a file that `faultline check` verifies.")
    async def evidence(self, info: Info) -> str | None:
        """As it was kept, to the byte."""
        return await computed(_pack_of, reading_of(info), self.key, self.at)


@strawberry.type(description="Whose voices a change needs.")
class VoicesNeeded:
    """A need."""

    authority: str | None = strawberry.field(description="The change authority; null: whoever may approve.")
    needed: int = strawberry.field(description="How many different people.")
    by: list[str] = strawberry.field(description="Those that have approved; of an authority its members.")


def steps_of(reading: Reading, change: Change, state: State, at: int) -> list[ChangeStep]:
    """The steps that are open to a change, in the order of the life cycle."""
    register = reading.register
    status = change.status or register.lifecycle.initial
    held, there = roles().held(reading.principal.roles), Filled.of(state)
    found = []
    for step in register.lifecycle.steps_from(status, change.category):
        why = _why_not(reading, step, change, held, at)
        found.append(
            ChangeStep(
                id=step.id, name=step.words[reading.language], to=step.to, decides=step.decides, allowed=why is None,
                why_not=why, missing=[*lacking(step, there), *_unanswered(reading, step, change, at)],
                needs=list(step.needs), applies=step.applies,
                on_behalf_of=_spoken_for(reading, step, change, held, at),
            )
        )  # fmt: skip
    return found


def _unanswered(reading: Reading, step: Step, change: Change, at: int) -> list[str]:
    # where the life cycle says so, nobody approves what was asked about and not answered
    category = reading.register.lifecycle.categories.get(change.category or "")
    if step.decides != APPROVED or category is None or not category.answers:
        return []
    some = reading.register.tables.table(COMMENTS, comment_of, at)
    return [OPEN_QUESTIONS] if open_questions(each for each in some if each.change_id == change.change_id) else []


def _why_not(reading: Reading, step: Step, change: Change, held: frozenset[str], at: int) -> str | None:
    if step.roles.isdisjoint(held):
        return reading.say("change.step_role", step=step.words[reading.language], roles=", ".join(sorted(step.roles)))
    if step.decides is None:
        return None
    category = reading.register.lifecycle.categories.get(change.category or "")
    no = (category and over(change, category, reading.register.store.clock())) or refusal(
        change, voices_of(reading, change, at), _board(reading, at), reading.actor, None, reading.register.store.clock()
    )
    register = reading.register
    return None if no is None else step_refusal(no, reading.say, register.store.ontology, register.lifecycle)


def _spoken_for(reading: Reading, step: Step, change: Change, held: frozenset[str], at: int) -> list[str]:
    if step.decides is None or step.roles.isdisjoint(held):
        return []
    board, voices, now = _board(reading, at), voices_of(reading, change, at), reading.register.store.clock()
    people = {each.person for each in board.deputies if each.deputy == reading.actor and each.holds(now)}
    return sorted(person for person in people if refusal(change, voices, board, reading.actor, person, now) is None)


def voices_of(reading: Reading, change: Change, at: int) -> list[Voice]:
    """The voices on a change in its present round, the first one first."""
    keys = [voice_key(change, who) for who in change.voices]
    store = reading.register.store
    return sorted(
        proven(store.kept_at(DECISIONS, keys, at), store.kept_at(EVIDENCE, evidence_keys(keys), at)),
        key=lambda voice: (str(voice.decided_at or ""), voice.decided_by),
    )


def needs_of(reading: Reading, change: Change, at: int) -> list[VoicesNeeded]:
    """Whose voices a change needs, and has; nothing of one that its template decides."""
    category = reading.register.lifecycle.categories.get(change.category or "")
    if category is None or category.decided == "template":
        return []
    found = standing(change, category, voices_of(reading, change, at), _board(reading, at))
    return told_needs(found)


def told_needs(found: Standing) -> list[VoicesNeeded]:
    """The needs of a change as the schema has them."""
    return [
        VoicesNeeded(
            authority=None if need.authority is None else need.authority.name, needed=need.needed, by=list(need.by)
        )
        for need in found.needs
    ]


def _board(reading: Reading, at: int) -> Board:
    tables = reading.register.tables
    return Board(tables.table(AUTHORITIES, authority_of, at), tables.table(DEPUTIES, deputy_of, at))


def told_voice(change: Change, voice: Voice, at: int) -> ChangeVoice:
    """A voice as the schema has it, at a revision."""
    names = ("decision", "decided_by", "on_behalf_of", "reason", "decided_at", "evidence_hash", "late")
    key = voice_key(change, voice.decided_by)
    return ChangeVoice(**{name: getattr(voice, name) for name in names}, key=key, at=at)


def _pack_of(reading: Reading, key: str, at: int) -> str | None:
    found = reading.register.store.kept_at(EVIDENCE, evidence_keys([key]), at)
    kept = next((found[each] for each in evidence_keys([key]) if each in found), None)
    return None if kept is None else str(kept.thing.state["pack"])
