"""Types and root fields of the schema: how changes get in each other's way, and when one would not (SEMANTICS 5)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from api.moments import with_offset
from api.scheduling import Schedule
from api.schema.failures import InvalidInput, invalid
from api.schema.items import Ci, cis_of
from api.schema.paging import Long
from api.schema.reading import Info, Reading, computed, reading_of
from api.words import INCIDENT, ConflictWords
from graph.errors import BadInputError
from graph.records.changes import Change
from graph.records.incidents import incident_of
from graph.records.windows import Window
from queries.change_conflicts import change_conflicts as conflicts_between
from queries.change_conflicts import horizon_end
from queries.free_slots import InTheWay as Obstructing
from queries.free_slots import free_slots as slots_for

DAYS = 90  # SEMANTICS 5: the horizon of free slots
LONGEST = 400  # days of it
From = Annotated[datetime, strawberry.argument(name="from", description="The first moment, with its offset.")]
To = Annotated[datetime, strawberry.argument(description="The first moment after it, with its offset.")]
ChangeId = Annotated[str | None, strawberry.argument(description="A change of the register, by its identifier.")]
At = Annotated[
    datetime | None,
    strawberry.argument(description="The moment of the question, with its offset, for what is open then; null: now."),
]
Document = Annotated[JSON | None, strawberry.argument(description="A proposed change, in the form of ANSWERS.")]


@strawberry.type(description="From when to when; null: for good.")
class Span:
    """An interval, its end excluded."""

    from_: datetime = strawberry.field(name="from", description="Its first moment.")
    to: datetime | None = strawberry.field(description="The first moment after it; null: it lasts.")


@strawberry.type(description="A CI that an open incident has taken out.")
class IncidentCi:
    """Among the causes of a conflict."""

    who: str = strawberry.field(description="The incident as `changes` names it: `incident:…`.")
    ci: Ci = strawberry.field(description="The CI.")


@strawberry.type(description="How changes get in each other's way, or in that of a window or an incident.")
class ChangeConflict:
    """A conflict, one record for a kind and those who are in it."""

    id: str = strawberry.field(description="The same in every answer.")
    kind: str = strawberry.field(
        description="`emergent_outage`, `same_ci`, `inside_outage`, `blackout`, `outside_maintenance`, `edit_conflict`."
    )
    severity: str = strawberry.field(description="`block` or `review`.")
    message: str = strawberry.field(description="It as a sentence, in the language of the request.")
    changes: list[str] = strawberry.field(description="Who, by identifier; open incidents as `incident:…`.")
    from_: datetime = strawberry.field(name="from", description="When it begins.")
    to: datetime | None = strawberry.field(description="When it ends; null: never.")
    intervals: list[Span] = strawberry.field(description="When exactly, where that is several times.")
    ci_ids: strawberry.Private[list[str]]
    service_ids: strawberry.Private[list[str]]
    at: strawberry.Private[int]

    @strawberry.field(description="The CIs that it is about, those that are in the register.")
    async def cis(self, info: Info) -> list[Ci]:
        """By identifier."""
        return await cis_of(info, self.ci_ids, self.at)

    @strawberry.field(description="What the open incidents among `changes` have taken out.")
    async def incident_cis(self, info: Info) -> list[IncidentCi]:
        """In the order of `changes`."""
        who = [each for each in self.changes if each.startswith(INCIDENT)]
        if not who:
            return []
        tables = reading_of(info).register.tables
        known = {
            each.incident_id: each.ci_id for each in await computed(tables.table, "incidents", incident_of, self.at)
        }
        hit = [(each, known.get(each.removeprefix(INCIDENT))) for each in who]
        cis = {ci.ci_id: ci for ci in await cis_of(info, [ci_id for _, ci_id in hit if ci_id is not None], self.at)}
        return [IncidentCi(who=each, ci=cis[ci_id]) for each, ci_id in hit if ci_id in cis]

    @strawberry.field(description="The services that it puts out.")
    async def services(self, info: Info) -> list[Ci]:
        """By identifier."""
        return await cis_of(info, self.service_ids, self.at)


@strawberry.type(description="All conflicts of a horizon.")
class ChangeConflicts:
    """An answer of `changes conflicts` (ANSWERS)."""

    revision: Long = strawberry.field(description="The revision that it is of.")
    complete: bool = strawberry.field(description="Whether none is missing, of sets of up to `k` changes.")
    k: int = strawberry.field(description="Of how many changes sets were looked at.")
    others_possible: bool = strawberry.field(description="Whether larger sets may put something out.")
    conflicts: list[ChangeConflict] = strawberry.field(description="By time, then identifier.")
    notes: list[str] = strawberry.field(description="What the answer rests on or could not use, as sentences.")


@strawberry.type(description="Starts at which nothing is in the way of a change.")
class FreeSlot:
    """A range of starts, both ends included."""

    earliest_start: datetime = strawberry.field(description="The first.")
    latest_start: datetime = strawberry.field(description="The last.")
    verdict: str = strawberry.field(description="The worst of what others and windows make of it there.")


@strawberry.type(description="What keeps a start away.")
class InTheWay:
    """A reason why not then."""

    message: str = strawberry.field(description="It as a sentence, in the language of the request.")
    kind: str = strawberry.field(description="As of a conflict.")
    from_: datetime = strawberry.field(name="from", description="When it begins.")
    to: datetime | None = strawberry.field(description="When it ends; null: never.")


@strawberry.type(description="A start that was tried, and what keeps it away.")
class RejectedStart:
    """A start before the first slot."""

    start: datetime = strawberry.field(description="The start.")
    end: datetime | None = strawberry.field(description="The end it would have; null: none is planned.")
    reasons: list[InTheWay] = strawberry.field(description="What is in the way, the first to come first.")


@strawberry.type(description="When a change would get in nobody's way.")
class FreeSlots:
    """An answer of `changes slots` (ANSWERS)."""

    revision: Long = strawberry.field(description="The revision that it is of.")
    change: str = strawberry.field(description="The change.")
    duration: Long | None = strawberry.field(description="Elapsed seconds of its window; null: it has no end.")
    from_: datetime = strawberry.field(name="from", description="Where the horizon begins.")
    to: datetime = strawberry.field(description="Where it ends.")
    complete: bool = strawberry.field(description="Whether no start was left untried, and nothing unreadable.")
    others_possible: bool = strawberry.field(description="Whether larger sets of changes may be in its way.")
    slots: list[FreeSlot] = strawberry.field(description="By time.")
    rejected: list[RejectedStart] = strawberry.field(description="The starts tried before the first slot.")


SlotsResult = Annotated[
    FreeSlots | InvalidInput,
    strawberry.union("FreeSlotsResult", description="Free slots, or what was wrong with the question."),
]


@strawberry.type
class ChangeConflictQuery:
    """Changes against each other."""

    @strawberry.field(
        description="How changes, windows and open incidents get in each other's way between two moments; a horizon "
        "without length is an error of the request."
    )
    async def change_conflicts(self, info: Info, from_: From, to: To, at: At = None) -> ChangeConflicts:
        """Conflicts of a horizon."""
        reading, estate = reading_of(info), await reading_of(info).estate()

        def found() -> ChangeConflicts:
            schedule = Schedule(reading.register, estate, moment_of(at))
            return _conflicts(schedule, moment_of(from_), moment_of(to), reading)

        return await computed(found)

    @strawberry.field(description="When a change, stored or proposed, gets in nobody's way.")
    async def free_slots(
        self, info: Info, change: ChangeId = None, proposed: Document = None,
        from_: Annotated[
            datetime | None, strawberry.argument(name="from", description="Where the horizon begins; null: now.")
        ] = None,
        days: Annotated[int, strawberry.argument(description="How long it is, 1 to 400.")] = DAYS,
        most_severe: Annotated[
            str, strawberry.argument(description="What conflicts a slot may have: `pass` allows none, `review` some.")
        ] = "pass",
        at: At = None,
    ) -> SlotsResult:  # fmt: skip
        """Free slots within a horizon."""
        reading, estate = reading_of(info), await reading_of(info).estate()

        def found() -> FreeSlots:
            schedule = Schedule(reading.register, estate, moment_of(at))
            wanted, agreed = which(schedule, change, proposed)
            since = schedule.at if from_ is None else moment_of(from_)
            if not 1 <= days <= LONGEST or most_severe not in ("pass", "review"):
                raise BadInputError("change.slots_asked", most=LONGEST)
            return _slots(schedule, wanted, agreed, since, days, most_severe, reading)

        try:
            return await computed(found)
        except BadInputError as error:
            return invalid(error, reading, "proposed" if proposed is not None else "change")


def which(schedule: Schedule, change: str | None, document: Any) -> tuple[Change, tuple[Window, ...]]:
    """The change that was asked about, stored or proposed, with the outages agreed for it.

    Raises BadInputError `change.one_of` where neither was named, or both; else as `Schedule`.
    """
    if (change is None) == (document is None):
        raise BadInputError("change.one_of")
    if change is not None:
        return schedule.stored(change), ()
    found = schedule.proposed(document)
    return found.change, found.agreed


def conflict_of(plain: Mapping[str, Any], message: str, at: int) -> ChangeConflict:
    """A conflict from its JSON (ANSWERS)."""
    spans = [Span(from_=datetime.fromisoformat(s["from"]), to=_maybe(s["to"])) for s in plain["intervals"]]
    return ChangeConflict(
        **{name: plain[name] for name in ("id", "kind", "severity", "changes")}, message=message,
        from_=spans[0].from_, to=spans[-1].to, intervals=spans, ci_ids=plain["ci_ids"], service_ids=plain["services"],
        at=at,
    )  # fmt: skip


def _maybe(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def moment_of(given: datetime | None) -> datetime:
    """A moment of an input, now where there is none; BadInputError `door.as_of` for one without an offset."""
    return datetime.now(UTC) if given is None else with_offset(given)


def _conflicts(schedule: Schedule, since: datetime, until: datetime, reading: Reading) -> ChangeConflicts:
    zone, say = reading.register.settings.timezone, reading.say
    found = conflicts_between(schedule.asked(), schedule.windows, since, until, zone)
    words = ConflictWords(say, schedule.estate)
    return ChangeConflicts(
        revision=Long(found.revision),
        complete=found.complete,
        k=found.order,
        others_possible=found.others_possible,
        conflicts=[conflict_of(told.plain(zone), words.conflict(told), found.revision) for told in found.found],
        notes=[words.note(reason) for reason in found.reasons],
    )


def _slots(
    schedule: Schedule, change: Change, agreed: tuple[Window, ...], since: datetime, days: int, allowed: str,
    reading: Reading,
) -> FreeSlots:  # fmt: skip
    zone, until = reading.register.settings.timezone, horizon_end(since, days)
    windows = [*agreed, *schedule.windows]
    found = slots_for(schedule.asked(change), windows, change, since, until, zone, allowed=allowed)
    words, plain = ConflictWords(reading.say, schedule.estate), found.plain(zone)
    return FreeSlots(
        revision=Long(found.revision), change=found.change, duration=_long(found.seconds), from_=since, to=until,
        complete=found.complete, others_possible=found.others_possible,
        slots=[
            FreeSlot(
                earliest_start=datetime.fromisoformat(slot["earliest_start"]),
                latest_start=datetime.fromisoformat(slot["latest_start"]), verdict=slot["verdict"],
            )
            for slot in plain["slots"]
        ],
        rejected=[
            _rejected(words, each, found.against(start))
            for each, start in zip(plain["rejected"], found.tried, strict=False)
        ],
    )  # fmt: skip


def _rejected(words: ConflictWords, plain: Mapping[str, Any], some: Sequence[Obstructing]) -> RejectedStart:
    reasons = [
        InTheWay(
            message=words.conflict(each.told), kind=reason["kind"], from_=datetime.fromisoformat(reason["from"]),
            to=_maybe(reason["to"]),
        )
        for reason, each in zip(plain["reasons"], some, strict=True)
    ]  # fmt: skip
    return RejectedStart(start=datetime.fromisoformat(plain["start"]), end=_maybe(plain["end"]), reasons=reasons)


def _long(value: int | None) -> Long | None:
    return None if value is None else Long(value)
