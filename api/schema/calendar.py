"""Types and root fields of the schema: when changes are, with the windows around them, and verdicts of many at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.review_words import ReviewWords
from api.scheduling import Schedule
from api.schema.change_conflicts import From, To, moment_of
from api.schema.paging import Long
from api.schema.reading import Info, Reading, computed, reading_of
from api.schema.reviews import Verdict
from api.words import ConflictWords, by_name
from graph.errors import BadInputError
from graph.records.changes import Change, change_of
from graph.records.windows import Window, window_of
from queries.periods import Period, periods

if TYPE_CHECKING:
    from graph.estate import Estate

LONGEST = timedelta(days=62)  # two months: more is no calendar that somebody looks at
MOST, BANDS = 2_000, 500  # changes and bands that are told; all are counted
NAMED = 3  # CIs of a band that are named
AT_ONCE = 50  # changes whose verdicts are asked for together
NOT_SHOWN = frozenset({"cancelled", "rejected"})  # statuses of what does not take place
Changes = Annotated[list[str], strawberry.argument(description="Identifiers of changes, up to 50.")]


@strawberry.type(description="A change in a calendar.")
class CalendarChange:
    """When it is, as planned, or as it was where nothing was planned."""

    change_id: str = strawberry.field(description="Its identifier.")
    title: str = strawberry.field(description="What it is called.")
    category: str | None = strawberry.field(description="`emergency`, `major`, `standard` or `simple`.")
    status: str | None = strawberry.field(description="How far it is.")
    team: str | None = strawberry.field(description="Who carries it out.")
    from_: datetime = strawberry.field(name="from", description="When it starts.")
    to: datetime | None = strawberry.field(description="When it ends; null: open.")


@strawberry.type(description="Blackouts, maintenance windows or agreed outages of one kind that are at the same time.")
class CalendarBand:
    """One occurrence of them."""

    window_ids: list[str] = strawberry.field(description="Of the windows.")
    kind: str = strawberry.field(description="`blackout`, `maintenance` or `agreed_outage`.")
    from_: datetime = strawberry.field(name="from", description="When it begins.")
    to: datetime = strawberry.field(description="The first moment after it.")
    change_id: str | None = strawberry.field(description="The change that it was agreed for.")
    names: list[str] = strawberry.field(description="The first CIs of their scopes, by name.")
    count: int | None = strawberry.field(description="How many CIs are in their scopes; null: they are of everything.")


@strawberry.type(description="Changes and windows between two moments.")
class ChangeCalendar:
    """What a calendar shows."""

    revision: Long = strawberry.field(description="The revision that it is of.")
    zone: str = strawberry.field(description="The zone of the register (IANA).")
    total_count: int = strawberry.field(description="How many changes there are.")
    changes: list[CalendarChange] = strawberry.field(description="The first 2,000, by start and identifier.")
    band_count: int = strawberry.field(description="How many bands there are.")
    bands: list[CalendarBand] = strawberry.field(description="The first 500, by start.")
    notes: list[str] = strawberry.field(description="Windows that could not be used, as sentences.")


@strawberry.type(description="The verdict of a change, for a list.")
class ChangeVerdict:
    """As `review` has it, at most a minute old."""

    change_id: str = strawberry.field(description="Its identifier.")
    verdict: Verdict = strawberry.field(description="The worse of alone and in company.")
    worst: str = strawberry.field(description="`alone` or `in_company`: of which the verdict is.")
    reason: str | None = strawberry.field(description="The weightiest reason as a sentence; null: there is none.")
    services_out: int = strawberry.field(description="How many services it puts out by itself.")


@strawberry.type
class CalendarQuery:
    """Changes by time."""

    @strawberry.field(description="Changes and windows between two moments, up to 62 days.")
    async def change_calendar(self, info: Info, from_: From, to: To) -> ChangeCalendar:
        """A calendar; BadInputError `schedule.range` for moments the wrong way round or too far apart."""
        reading, estate = reading_of(info), await reading_of(info).estate()
        since, until = moment_of(from_), moment_of(to)
        if not timedelta() < until - since <= LONGEST:
            raise BadInputError("schedule.range", most=LONGEST.days)
        return await computed(_calendar, reading, estate, since, until)

    @strawberry.field(
        description="Verdicts of stored changes, in their order; one that is not there or not to be reviewed has none."
    )
    async def change_verdicts(self, info: Info, changes: Changes) -> list[ChangeVerdict]:
        """Verdicts; BadInputError `schedule.many` for too many at once."""
        reading, estate = reading_of(info), await reading_of(info).estate()
        if len(changes) > AT_ONCE:
            raise BadInputError("schedule.many", most=AT_ONCE)
        return await computed(_verdicts, reading, estate, changes)


def _verdicts(reading: Reading, estate: "Estate", changes: list[str]) -> list[ChangeVerdict]:
    schedule, words = (
        Schedule(reading.register, estate, moment_of(None)),
        ReviewWords(reading.say, by_name(estate, reading.say)),
    )
    return [
        ChangeVerdict(
            change_id=each.change_id, verdict=Verdict(each.verdict), worst=each.worst, services_out=each.out,
            reason=None if each.reason is None else words.reason(each.reason),
        )
        for each in reading.register.verdicts.of(schedule, changes)
    ]  # fmt: skip


def _calendar(reading: Reading, estate: "Estate", since: datetime, until: datetime) -> ChangeCalendar:
    tables, zone = reading.register.tables, reading.register.settings.timezone
    some = (_placed(each) for each in tables.table("changes", change_of, estate.revision))
    placed = [each for each in some if each and each.from_ < until and (each.to is None or each.to > since)]
    windows: list[Window] = list(tables.table("windows", window_of, estate.revision))
    found, reasons = periods(estate, windows, since, until, zone)
    bands = _bands(estate, found)
    words = ConflictWords(reading.say, estate)
    return ChangeCalendar(
        revision=Long(estate.revision),
        zone=zone,
        total_count=len(placed),
        changes=sorted(placed, key=lambda each: (each.from_, each.change_id))[:MOST],
        band_count=len(bands),
        bands=bands[:BANDS],
        notes=[words.note(reason) for reason in reasons],
    )


def _placed(change: Change) -> CalendarChange | None:
    start, end = change.planned_start, change.planned_end
    if start is None:
        start, end = change.actual_start, change.actual_end
    if start is None or (end is not None and end <= start) or change.status in NOT_SHOWN:
        return None
    plain: dict[str, Any] = {
        name: getattr(change, name) for name in ("change_id", "title", "category", "status", "team")
    }
    return CalendarChange(**plain, from_=start, to=end)


def _bands(estate: "Estate", found: Iterable[Period]) -> list[CalendarBand]:
    # windows of forty services every night are one band a night
    together: dict[tuple[datetime, datetime, str, str, bool], list[Period]] = {}
    for period in found:
        for each in period.times:
            key = (each.start, each.end, period.kind, period.change_id or "", period.cis is None)
            together.setdefault(key, []).append(period)
    bands = []
    for (start, end, kind, change_id, everything), some in sorted(together.items()):
        cis = sorted(frozenset().union(*(each.cis or frozenset() for each in some)))
        bands.append(
            CalendarBand(
                window_ids=[each.window_id for each in some], kind=kind, from_=start, to=end,
                change_id=change_id or None, names=[str(estate.names[ci]) for ci in cis[:NAMED]],
                count=None if everything else len(cis),
            )
        )  # fmt: skip
    return bands
