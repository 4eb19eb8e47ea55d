"""Types and root field of the schema: what somebody should know who has not asked anything yet."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import strawberry
from starlette.concurrency import run_in_threadpool

from api.behind import Standing
from api.moments import utc_text
from api.overviews import Night as Coming
from api.overviews import SingleFailures as Found
from api.schema.items import Ci, cis_of
from api.schema.paging import Long
from api.schema.reading import Info, Reading, computed, reading_of
from api.schema.revisions import AT_ONCE, KINDS
from api.words import ConflictWords
from graph.estate import Estate
from graph.history import CI, RELATIONSHIP, Commit
from graph.history import Revision as Kept
from graph.records.changes import Change
from graph.store.things import ends_of
from queries.change_conflicts import Told

if TYPE_CHECKING:
    from graph.store import Store

LISTED = 100  # of each list; what there are is counted
COMMITS = 50  # of today that are looked at
LOOKED_AT = 500  # revisions of each run of these, where not all may be shown
NAMED = 3  # things of one line that are named
Shown = Callable[[Collection[str]], set[str]]  # those of some CIs that whoever asks is shown by name
Most = Annotated[int, strawberry.argument(description="How many at the most, up to 100.")]


@strawberry.type(description="A CI and what it takes with it when it alone stops.")
class BlastRadiusSize:
    """One row of the largest."""

    critical_services: int = strawberry.field(description="How many critical services are out.")
    services: int = strawberry.field(description="How many services are out.")
    cis: int = strawberry.field(description="How many other CIs are out.")
    at: strawberry.Private[int]
    ci_id: strawberry.Private[str]

    @strawberry.field(description="The CI.")
    async def ci(self, info: Info) -> Ci | None:
        """It, as it was at the revision that was looked at."""
        return next(iter(await cis_of(info, [self.ci_id], self.at)), None)


@strawberry.type(description="A critical service that some single failure puts out.")
class HangingService:
    """A service and its single points of failure."""

    count: int = strawberry.field(description="How many CIs put it out, each alone.")
    at: strawberry.Private[int]
    ci_id: strawberry.Private[str]
    points: strawberry.Private[Sequence[str]]

    @strawberry.field(description="The service.")
    async def service(self, info: Info) -> Ci | None:
        """It, as it was at the revision that was looked at."""
        return next(iter(await cis_of(info, [self.ci_id], self.at)), None)

    @strawberry.field(description="These CIs, its own before those that many services share.")
    async def cis(self, info: Info, most: Most = 3) -> list[Ci]:
        """Some of them; `count` says how many there are."""
        return await cis_of(info, self.points[: _few(most)], self.at)


@strawberry.type(description="Every single failure of the estate, computed behind the requests.")
class SingleFailureOverview:
    """The answer of the last sweep."""

    revision: Long | None = strawberry.field(description="The revision that was looked at; null: none yet.")
    progress: float | None = strawberry.field(description="Of a newer one being computed, 0 to 1; null: none is.")
    services_hanging: int | None = strawberry.field(description="How many services some single CI puts out.")
    found: strawberry.Private[Found | None]

    @strawberry.field(description="The largest blast radii: most critical services first, then services, then CIs.")
    async def largest(self, most: Most = 8) -> list[BlastRadiusSize]:
        """The first of them."""
        return [] if self.found is None else await computed(_largest, self.found, _few(most))

    @strawberry.field(
        description="Critical services that hang on single CIs, those on most of them first; with scopes those shown "
        "by name: which others are critical is not told."
    )
    async def critical_services(self, info: Info, most: Most = 20) -> list[HangingService]:
        """Some of them."""
        if self.found is None:
            return []
        shown = reading_of(info).shown_at(self.found.estate.revision)
        return await computed(_hanging, self.found, _few(most), shown)


@strawberry.type(description="A change that is planned.")
class PlannedChange:
    """A change of the night."""

    change_id: str = strawberry.field(description="Its identifier.")
    title: str = strawberry.field(description="What it is called; with scopes shown where all that it touches is.")
    category: str | None = strawberry.field(description="`major`, `standard` and the like.")
    status: str | None = strawberry.field(description="How far it is.")
    from_: datetime | None = strawberry.field(name="from", description="When it is planned to start.")
    to: datetime | None = strawberry.field(description="When it is planned to end; null: no end is planned.")
    affected: strawberry.Private[Sequence[str]]
    at: strawberry.Private[int]

    @strawberry.field(description="What it touches, retired CIs left out.")
    async def cis(self, info: Info, most: Most = 3) -> list[Ci]:
        """CIs that it affects."""
        return await cis_of(info, self.affected[: _few(most)], self.at)


@strawberry.type(description="How changes get in each other's way, or in that of a window.")
class Collision:
    """A conflict in words."""

    id: str = strawberry.field(description="The same in every answer.")
    kind: str = strawberry.field(description="`emergent_outage`, `same_ci`, `blackout` and the like.")
    severity: str = strawberry.field(description="`block` or `review`.")
    message: str = strawberry.field(description="It as a sentence, in the language of the request.")
    changes: list[str] = strawberry.field(description="Who, by identifier; incidents as `incident:…`.")
    from_: datetime = strawberry.field(name="from", description="When it begins.")
    to: datetime | None = strawberry.field(description="When it ends; null: never.")


@strawberry.type(description="The changes from now until the morning.")
class NightOverview:
    """The coming night, or the one that has begun."""

    revision: Long | None = strawberry.field(description="The revision that was looked at; null: none yet.")
    until: datetime | None = strawberry.field(description="The morning.")
    complete: bool = strawberry.field(description="Whether all conflicts are told.")
    change_count: int = strawberry.field(description="How many changes there are.")
    collision_count: int = strawberry.field(description="How many conflicts there are.")
    changes: list[PlannedChange] = strawberry.field(description="By their start, the first 100.")
    collisions: list[Collision] = strawberry.field(description="By time, the first 100.")


@strawberry.type(description="A thing that was changed.")
class ChangedThing:
    """A thing by kind and key."""

    kind: str = strawberry.field(description="`ci`, `relationship`, `decision`, or the name of a table of records.")
    key: str = strawberry.field(description="Which: a `ciId`, `source|type|target`, or the key of a record.")


@strawberry.type(description="What one writer wrote in one go.")
class WrittenToday:
    """Commits of one run, or one commit."""

    at: datetime = strawberry.field(description="When the last of it was recorded.")
    actor: str = strawberry.field(description="Who wrote it.")
    source: str = strawberry.field(description="The data source that it came from.")
    change: str | None = strawberry.field(description="The change (RFC) that it carries out.")
    run: str | None = strawberry.field(description="The import run that wrote it.")
    count: int = strawberry.field(description="How many revisions it is, of those looked at.")
    things: list[ChangedThing] = strawberry.field(description="The last three things that were changed.")


@strawberry.type(description="What was recorded since midnight, in the zone of the organisation.")
class TodayOverview:
    """What changed today."""

    since: datetime = strawberry.field(description="Midnight.")
    count: Long = strawberry.field(description="How many revisions there are since then.")
    written: list[WrittenToday] = strawberry.field(
        description="The newest first; with scopes what changed something that is shown, and that of it."
    )


@strawberry.type(description="What the first page says.")
class Overview:
    """The estate at a glance."""

    revision: Long = strawberry.field(description="The revision of the counts and of today.")
    cis: int = strawberry.field(description="How many CIs are live or planned.")
    services: int = strawberry.field(description="How many of them are business services.")
    relationships: int = strawberry.field(description="How many relationships carry impact between them.")
    limited: bool = strawberry.field(
        description="Whether whoever asks has scopes: counts are of all CIs, names of those that they are shown."
    )
    estate: strawberry.Private[Estate]

    @strawberry.field(description="What single failures take with them, of this revision or of the last looked at.")
    async def single_failures(self, info: Info) -> SingleFailureOverview:
        """Computed once for a revision."""
        standing: Standing[Found] = await run_in_threadpool(reading_of(info).register.overviews.failures, self.estate)
        found = standing.result
        return SingleFailureOverview(
            revision=None if found is None else Long(found.estate.revision),
            progress=standing.progress,
            services_hanging=None if found is None else found.hanging,
            found=found,
        )

    @strawberry.field(description="The changes of the coming night and their conflicts.")
    async def tonight(self, info: Info) -> NightOverview:
        """Computed once for a revision and hour."""
        reading, now = reading_of(info), datetime.now(UTC)
        standing: Standing[Coming] = await run_in_threadpool(reading.register.overviews.night, self.estate, now)
        return await run_in_threadpool(_night, standing.result, ConflictWords(reading.say, self.estate), reading)

    @strawberry.field(description="What was recorded today.")
    async def today(self, info: Info, most: Most = 10) -> TodayOverview:
        """Read from the end of the log."""
        reading = reading_of(info)
        register, shown = reading.register, reading.shown_at(self.estate.revision)
        here = datetime.now(ZoneInfo(register.settings.timezone))
        since = here.replace(hour=0, minute=0, second=0, microsecond=0)
        return await run_in_threadpool(_today, register.store, since, self.estate.revision, _few(most), shown)


@strawberry.type
class OverviewQuery:
    """The whole at a glance."""

    @strawberry.field(description="What somebody should know who has not asked anything yet.")
    async def overview(self, info: Info) -> Overview:
        """The estate at the request's revision."""
        reading = reading_of(info)
        estate = await reading.estate()
        services = await run_in_threadpool(estate.services)
        return Overview(
            revision=Long(estate.revision),
            cis=estate.living,
            services=len(services),
            relationships=estate.topology.number_of_edges(),
            limited=bool(reading.principal.scopes),
            estate=estate,
        )


def _few(most: int) -> int:
    return max(0, min(most, LISTED))


def _largest(found: Found, most: int) -> list[BlastRadiusSize]:
    felled, estate = found.found.felled, found.estate
    return [
        BlastRadiusSize(
            critical_services=int(felled.weight[place]),
            services=int(felled.services[place]),
            cis=int(felled.cis[place]),
            at=estate.revision,
            ci_id=estate.ids[int(found.found.seeds[place])],
        )
        for place in found.ranked[:most].tolist()
    ]


def _hanging(found: Found, most: int, shown: Shown | None) -> list[HangingService]:
    ids, at, points = found.estate.ids, found.estate.revision, found.points
    if shown is not None:
        seen = shown([ids[service] for service, _ in points])
        points = [each for each in points if ids[each[0]] in seen]
    return [
        HangingService(count=len(some), at=at, ci_id=ids[service], points=[ids[ci] for ci in some[:LISTED]])
        for service, some in points[:most]
    ]


def _night(found: Coming | None, words: ConflictWords, reading: Reading) -> NightOverview:
    if found is None:
        return NightOverview(
            revision=None, until=None, complete=False, change_count=0, collision_count=0, changes=[], collisions=[]
        )
    at, changes = found.conflicts.revision, found.changes[:LISTED]
    shown = reading.shown_at(at)
    seen = None if shown is None else shown({ci_id for change in changes for ci_id, _ in change.affected})
    return NightOverview(
        revision=Long(at),
        until=found.until,
        complete=found.conflicts.complete,
        change_count=len(found.changes),
        collision_count=len(found.conflicts.found),
        changes=[_planned(change, at, _title(change, seen, reading.say("server.hidden"))) for change in changes],
        collisions=[_collision(told, words) for told in found.conflicts.found[:LISTED]],
    )


def _title(change: Change, seen: Collection[str] | None, hidden: str) -> str:
    # a title names what is changed
    affected = {ci_id for ci_id, _ in change.affected}
    return change.title if seen is None or (affected and affected <= set(seen)) else hidden


def _planned(change: Change, at: int, title: str) -> PlannedChange:
    return PlannedChange(
        change_id=change.change_id, title=title, category=change.category, status=change.status,
        from_=change.planned_start, to=change.planned_end, affected=[ci_id for ci_id, _ in change.affected], at=at,
    )  # fmt: skip


def _collision(told: Told, words: ConflictWords) -> Collision:
    return Collision(
        id=told.id, kind=told.kind, severity=told.severity, message=words.conflict(told), changes=list(told.changes),
        from_=told.intervals[0][0], to=told.intervals[-1][1],
    )  # fmt: skip


def _today(store: "Store", since: datetime, last: int, most: int, shown: Shown | None) -> TodayOverview:
    before = store.revision_at(utc_text(since))
    commits = islice(store.commits_backwards(after=before, before=last + 1, at_once=AT_ONCE), COMMITS)
    written = list(islice(_written(commits, shown), most))
    return TodayOverview(since=since, count=Long(max(0, last - before)), written=written)


def _written(commits: Iterator[Commit], shown: Shown | None) -> Iterator[WrittenToday]:
    # commits of one run that follow each other are one line, which names what its last commit changed last
    for _, some in groupby(commits, key=lambda each: each.header.run or each.hash):
        lot = list(some)
        newest, header = lot[0], lot[0].header
        revisions = (each for commit in lot for each in reversed(list(commit.revisions())))
        things = list(islice(revisions if shown is None else _shown(islice(revisions, LOOKED_AT), shown), NAMED))
        if shown is not None and not things:
            continue
        yield WrittenToday(
            at=datetime.fromisoformat(newest.at),
            actor=header.actor,
            source=header.source,
            change=header.change,
            run=header.run,
            count=sum(each.last - each.first + 1 for each in lot),
            things=[ChangedThing(kind=KINDS.get(each.kind, each.kind), key=each.key) for each in things],
        )


def _shown(revisions: Iterator[Kept], shown: Shown) -> Iterator[Kept]:
    # those of CIs that are shown by name, and of relationships of which both ends are; whose a record is nobody knows
    ends = [(each, _named(each)) for each in revisions]
    seen = shown({ci_id for _, some in ends for ci_id in some})
    return (each for each, some in ends if some and seen.issuperset(some))


def _named(revision: Kept) -> tuple[str, ...]:
    if revision.kind == RELATIONSHIP:
        source, _, target = ends_of(revision.key)
        return source, target
    return (revision.key,) if revision.kind == CI else ()
