"""Types and root fields of the schema: changes as records, by id and a page at a time."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from api.moments import with_offset
from api.schema.calibrations import ChangeAfterwards, afterwards
from api.schema.change_forms import AgreedOutage, agreed_outages
from api.schema.change_news import ChangeWatch, watch_of
from api.schema.change_steps import (
    ChangeStep,
    ChangeVoice,
    VoicesNeeded,
    needs_of,
    steps_of,
    told_voice,
    voices_of,
)
from api.schema.change_talk import ChangeComment, page_of, said_on
from api.schema.cursors import decode, encode
from api.schema.edited import named_ids
from api.schema.items import Ci, Node, cis_of
from api.schema.limits import PAGE
from api.schema.paging import After, Connection, First, Long, connection, size_of
from api.schema.reading import Info, Reading, computed, reading_of
from api.schema.revisions import Before, Most, Revision, history
from graph.errors import BadInputError
from graph.records.changes import Change as Record
from graph.records.changes import change_of
from graph.store.things import Kept
from graph.values import State, ValueRefused, parse_id

CHANGES = "changes"  # the table
CHANGE_KIND = "change"  # of global ids and cursors
LAST = "~"  # in the order of starts: of a change that has none; no moment is written so
WAITING = ("draft", "submitted", "assessed", "approved", "scheduled")  # nobody has begun it
MOST_WORDS = 50  # of one list of a filter
ChangeId = Annotated[str, strawberry.argument(description="The identifier of a change.")]


@strawberry.type(description="A CI that a change affects.")
class AffectedCi:
    """By the change's own words."""

    ci_id: str = strawberry.field(description="Its identifier.")
    effect: str = strawberry.field(description="`outage`, `degraded` or `retire`.")
    at: strawberry.Private[int]

    @strawberry.field(description="The CI; null: it is not in the register.")
    async def ci(self, info: Info) -> Ci | None:
        """The CI."""
        found = await cis_of(info, [self.ci_id], self.at)
        return found[0] if found else None


@strawberry.type(description="A change (request for change), as it is recorded.")
class Change(Node):
    """A record of the table `changes` at revision `at`."""

    change_id: str = strawberry.field(description="Its identifier.")
    title: str = strawberry.field(description="What it is called.")
    category: str | None = strawberry.field(description="`emergency`, `major`, `standard` or `simple`.")
    status: str | None = strawberry.field(description="How far it is: `draft` to `closed`.")
    team: str | None = strawberry.field(description="Who carries it out.")
    planned_start: datetime | None = strawberry.field(description="When it is planned to start.")
    planned_end: datetime | None = strawberry.field(description="When it is planned to end; null: open.")
    actual_start: datetime | None = strawberry.field(description="When it started.")
    actual_end: datetime | None = strawberry.field(description="When it ended.")
    zone: str | None = strawberry.field(description="In which its window was declared (IANA).")
    decision: str | None = strawberry.field(description="`approved` or `rejected`.")
    decided_at: datetime | None = strawberry.field(description="When that was decided.")
    decided_by: str | None = strawberry.field(description="By whom.")
    requested_by: str | None = strawberry.field(description="Who asked for it, and does not decide on it.")
    round: int = strawberry.field(description="Of decisions: to alter what was decided on begins another one.")
    outcome: str | None = strawberry.field(description="`success`, `partial`, `failed` or `backed_out`.")
    back_out_plan: str | None = strawberry.field(description="What is done if it fails.")
    back_out_time: int | None = strawberry.field(description="Seconds that backing it out takes.")
    test_evidence: list[str] = strawberry.field(description="Identifiers of what shows that it works.")
    assessment: JSON | None = strawberry.field(description="What was assessed, by kind, or a text.")
    edits: JSON | None = strawberry.field(description="What it does to the graph (ANSWERS); null: nothing.")
    record: JSON = strawberry.field(description="All of its fields, as they are kept.")
    last_revision: Long = strawberry.field(description="The revision that changed it last.")
    kept: strawberry.Private[Record]
    state: strawberry.Private[State]
    at: strawberry.Private[int]

    @strawberry.field(description="What it affects, by identifier.")
    async def affected(self, info: Info, most: Most = 20) -> list[AffectedCi]:
        """The first of them; `affectedCount` says how many there are."""
        some = self.kept.affected[: max(0, most)]
        return [AffectedCi(ci_id=ci_id, effect=effect, at=self.at) for ci_id, effect in some]

    @strawberry.field(description="How many CIs it affects.")
    def affected_count(self) -> int:
        """All of them."""
        return len(self.kept.affected)

    @strawberry.field(description="CIs of the register that its edits name, in their order.")
    async def edited(self, info: Info, most: Most = 20) -> list[Ci]:
        """The first of them; also those that it retires."""
        ontology = reading_of(info).register.store.ontology
        return await cis_of(info, named_ids(self.kept.edits, ontology)[: max(0, most)], self.at)

    @strawberry.field(description="The steps that are open to it, those of whoever asks and those of others.")
    async def steps(self, info: Info) -> list[ChangeStep]:
        """In the order of the life cycle."""
        return await computed(steps_of, reading_of(info), self.kept, self.state, self.at)

    @strawberry.field(description="Whose voices it needs, and has; nothing where a template decides.")
    async def voices_needed(self, info: Info) -> list[VoicesNeeded]:
        """First how many people, then each change authority."""
        return await computed(needs_of, reading_of(info), self.kept, self.at)

    @strawberry.field(description="What was decided on it in its present round, the first one first.")
    async def voices(self, info: Info) -> list[ChangeVoice]:
        """By their moments."""
        voices = await computed(voices_of, reading_of(info), self.kept, self.at)
        return [told_voice(self.kept, each, self.at) for each in voices]

    @strawberry.field(description="How the watch finds it; null: it is not coming, or nobody has looked at it yet.")
    async def watch(self, info: Info) -> ChangeWatch | None:
        """Its stand."""
        reading = reading_of(info)
        return await computed(watch_of, reading, self.change_id, await reading.estate())

    @strawberry.field(description="Outages of services that were agreed for it.")
    async def agreed_outages(self, info: Info) -> list[AgreedOutage]:
        """Those it was saved with."""
        return await computed(agreed_outages, reading_of(info), self.change_id, self.at)

    @strawberry.field(description="What was said on it, the first one first.")
    async def comments(self, info: Info, first: First = PAGE, after: After = None) -> Connection[ChangeComment]:
        """A page of comments, questions and answers."""
        said = await computed(said_on, reading_of(info), self.kept, self.at)
        return page_of(said, first, after)

    @strawberry.field(description="Questions on it that nobody has answered: they are missing for a decision.")
    async def open_questions(self, info: Info) -> list[ChangeComment]:
        """The first one first."""
        return [each for each in await computed(said_on, reading_of(info), self.kept, self.at) if each.open]

    @strawberry.field(description="What it was said to hit against what it hit; null: it has not ended.")
    async def afterwards(self, info: Info) -> ChangeAfterwards | None:
        """Predicted against seen."""
        return await computed(afterwards, reading_of(info), self.kept, self.at)

    @strawberry.field(description="What was recorded of it, the newest first.")
    async def history(self, info: Info, most: Most = 20, before: Before = None) -> list[Revision]:
        """Its revisions."""
        store, last = reading_of(info).register.store, int(self.last_revision)
        return await computed(history, store, CHANGES, self.change_id, last, most, before)


@strawberry.input(description="Which changes; all that is given must hold.")
class ChangeFilter:
    """A filter of changes."""

    text: str | None = strawberry.field(description="Part of the identifier or the title.", default=None)
    status: list[str] | None = strawberry.field(description="One of these.", default=None)
    category: list[str] | None = strawberry.field(description="One of these.", default=None)
    team: str | None = strawberry.field(description="Who carries it out.", default=None)
    ci: str | None = strawberry.field(description="The identifier of a CI that it affects.", default=None)
    active: bool | None = strawberry.field(description="Whether it may still take place.", default=None)
    missed: bool | None = strawberry.field(
        description="Whether its window has ended by now and nobody has begun it.", default=None
    )
    from_: datetime | None = strawberry.field(
        name="from", description="Its window does not end before this moment.", default=None
    )
    to: datetime | None = strawberry.field(description="Its window begins before this moment.", default=None)


Filter = Annotated[ChangeFilter | None, strawberry.argument(description="Which changes; null: all.")]


@strawberry.type
class ChangeQuery:
    """Changes."""

    @strawberry.field(description="One change by its identifier; null where there is none.")
    async def change(self, info: Info, change_id: ChangeId) -> Change | None:
        """One change."""
        reading, at = reading_of(info), (await reading_of(info).estate()).revision
        try:
            key = parse_id(change_id)
        except ValueRefused:
            return None
        found = await computed(changes_kept, reading, [key], at)
        return found[0] if found else None

    @strawberry.field(description="Changes by the start of their windows, those without one last.")
    async def changes(
        self, info: Info, filter: Filter = None, first: First = PAGE, after: After = None,  # noqa: A002 - as of `cis`
    ) -> Connection[Change]:  # fmt: skip
        """A page of changes."""
        reading, at = reading_of(info), (await reading_of(info).estate()).revision
        size, start = size_of(first), "" if after is None else decode(CHANGE_KIND, after)
        wanted = _condition(filter, reading.register.store.clock())

        def page() -> tuple[list[str], list[Change], int, bool]:
            some = reading.register.tables.table(CHANGES, change_of, at)
            keys = sorted(_place(each) for each in some if wanted(each))
            following = [key for key in keys if key > start]
            shown = following[:size]
            nodes = changes_kept(reading, [key.partition(" ")[2] for key in shown], at)
            return shown, nodes, len(keys), len(following) > size

        keys, nodes, total, more = await computed(page)
        return connection(nodes, [encode(CHANGE_KIND, key) for key in keys], after, more=more, total=total)


def changes_kept(reading: Reading, keys: Sequence[str], at: int) -> list[Change]:
    """Those of some changes that were there at a revision, in their order."""
    found = reading.register.store.kept_at(CHANGES, keys, at)
    return [change_node(key, found[key], at) for key in keys if key in found]


def change_node(key: str, kept: Kept, at: int) -> Change:
    """A change as it was at a revision."""
    record, state = change_of(key, kept.thing.state), kept.thing.state
    plain = (
        "change_id", "title", "category", "status", "team", "planned_start", "planned_end", "actual_start",
        "actual_end", "zone", "decision", "decided_at", "decided_by", "requested_by", "round", "outcome",
        "back_out_plan", "back_out_time",
    )  # fmt: skip
    return Change(
        id=strawberry.ID(encode(CHANGE_KIND, key)),
        **{name: getattr(record, name) for name in plain},
        test_evidence=list(record.test_evidence),
        assessment=None if record.assessment is None else JSON(_parsed(record.assessment)),
        edits=None if record.edits is None else JSON(_parsed(record.edits)),
        record=JSON(dict(state)),
        last_revision=Long(kept.revision),
        kept=record,
        state=state,
        at=at,
    )


def _parsed(text: str) -> object:
    # as JSON where it is some; else what somebody wrote
    try:
        return json.loads(text)
    except ValueError:
        return text


def _place(change: Record) -> str:
    # where it is in the order: starts in UTC sort as texts
    start = LAST if change.planned_start is None else change.planned_start.astimezone(UTC).isoformat()
    return f"{start} {change.change_id}"


def _one_of(name: str, words: frozenset[str], change: Record) -> bool:
    return getattr(change, name) in words


def _is_missed(change: Record, now: datetime) -> bool:
    return change.status in WAITING and change.planned_end is not None and change.planned_end <= now


def _condition(given: ChangeFilter | None, now: datetime) -> Callable[[Record], bool]:
    # BadInputError `change.filter` for lists that are too long, `door.as_of` for moments without offset
    parts: list[Callable[[Record], bool]] = [] if given is None else [*_of_words(given), *_of_time(given, now)]
    return lambda change: all(holds(change) for holds in parts)


def _of_words(given: ChangeFilter) -> Iterator[Callable[[Record], bool]]:
    if given.text:
        text = given.text.casefold()
        yield lambda c: text in c.change_id.casefold() or text in c.title.casefold()
    for name, words in (("status", given.status), ("category", given.category)):
        if words is not None:
            if len(words) > MOST_WORDS:
                raise BadInputError("change.filter", most=MOST_WORDS)
            yield partial(_one_of, name, frozenset(words))
    if given.team is not None:
        yield partial(_one_of, "team", frozenset([given.team]))
    if given.ci is not None:
        yield lambda c: any(ci_id == given.ci for ci_id, _ in c.affected)
    if given.active is not None:
        yield lambda c: c.is_active == given.active


def _of_time(given: ChangeFilter, now: datetime) -> Iterator[Callable[[Record], bool]]:
    since, until = given.from_, given.to
    for moment in (since, until):
        if moment is not None:
            with_offset(moment)
    if given.missed is not None:
        yield lambda c: _is_missed(c, now) == given.missed
    if since is not None:
        yield lambda c: c.planned_start is not None and (c.planned_end is None or c.planned_end > since)
    if until is not None:
        yield lambda c: c.planned_start is not None and c.planned_start < until
