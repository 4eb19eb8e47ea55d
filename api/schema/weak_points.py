"""Types and root field of the schema: where one failure is enough, and what is redundant on paper only."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

import strawberry

from api.schema.failures import InvalidInput, UnknownCi, failure_of
from api.schema.impacts import SeedInput
from api.schema.items import AsOf, Ci, cis_of
from api.schema.paging import Long
from api.schema.reading import Info, computed, reading_of
from api.weaknesses import weaknesses
from graph.errors import BadInputError
from queries.blast_radius import seeds_of
from queries.shared_fate import SharedFate as Fate
from queries.weak_points import Margin, Point, WeakPoints

Listed = TypeVar("Listed")
LISTED = 200  # of each list; what there are is counted
Service = Annotated[str, strawberry.argument(description="The `ciId` of a service, or of any other CI.")]
While = Annotated[
    list[SeedInput] | None,
    strawberry.argument(name="while", description="What is out or degraded anyway; null: nothing."),
]
Most = Annotated[int, strawberry.argument(description="How many at the most, up to 200.")]


@strawberry.type(description="A CI whose failure alone stops the service.")
class SinglePoint:
    """A single point of failure."""

    services: int = strawberry.field(description="How many other services are out once it is.")
    cis: int = strawberry.field(description="How many other CIs are out once it is.")
    found: strawberry.Private[WeakPoints]
    number: strawberry.Private[int]

    @strawberry.field(description="The CI.")
    async def ci(self, info: Info) -> Ci:
        """It."""
        return (await _cis(info, self.found, [self.number]))[0]

    @strawberry.field(description="CIs between it and the service, on one way by which its outage gets there.")
    async def via(self, info: Info) -> list[Ci]:
        """One way."""
        return await _cis(info, self.found, await computed(self.found.via, self.number))


@strawberry.type(description="A redundancy group that the service rests on.")
class GroupMargin:
    """A group and what it can lose."""

    group: str = strawberry.field(description="Its name; of a plain hard relationship `type|provider`.")
    members: int = strawberry.field(description="How many members it has.")
    needed: int = strawberry.field(description="How many must stand.")
    left: int = strawberry.field(description="How many stand.")
    margin: int = strawberry.field(description="How many more can be lost.")
    found: strawberry.Private[WeakPoints]
    number: strawberry.Private[int]

    @strawberry.field(description="Whose group it is.")
    async def ci(self, info: Info) -> Ci:
        """The owner."""
        return (await _cis(info, self.found, [self.number]))[0]


@strawberry.type(description="CIs that stop the service together, and no part of them does.")
class Cut:
    """A minimal cut."""

    found: strawberry.Private[WeakPoints]
    numbers: strawberry.Private[Sequence[int]]

    @strawberry.field(description="All of them.")
    async def cis(self, info: Info) -> list[Ci]:
        """The CIs."""
        return await _cis(info, self.found, self.numbers)


@strawberry.type(description="Members of a group that rest on the same thing: redundant on paper only.")
class SharedFate:
    """A shared provider or product."""

    group: str = strawberry.field(description="The name of the group.")
    breaks: bool = strawberry.field(description="Whether its failure alone breaks the group.")
    anyway: bool = strawberry.field(description="Whether the owner of the group is out without it in any case.")
    found: strawberry.Private[WeakPoints]
    fate: strawberry.Private[Fate]

    @strawberry.field(description="Whose group it is.")
    async def ci(self, info: Info) -> Ci:
        """The owner."""
        return (await _cis(info, self.found, [self.fate.owner]))[0]

    @strawberry.field(description="What is shared.")
    async def shared(self, info: Info) -> Ci:
        """The provider or release."""
        return (await _cis(info, self.found, [self.fate.shared]))[0]

    @strawberry.field(description="The members that share it.")
    async def members(self, info: Info) -> list[Ci]:
        """Members of the group."""
        return await _cis(info, self.found, sorted(self.fate.members))


@strawberry.type(description="What a service hangs on.")
class WeakPointsOfService:
    """An answer of `spof` (ANSWERS)."""

    revision: Long = strawberry.field(description="The revision that it is of.")
    already_out: bool = strawberry.field(description="Whether the service is out anyway; then nothing else is said.")
    total: int = strawberry.field(description="How many single points of failure there are.")
    found: strawberry.Private[WeakPoints]

    @strawberry.field(description="The service.")
    async def service(self, info: Info) -> Ci:
        """The CI that was asked about."""
        return (await _cis(info, self.found, [self.found.service]))[0]

    @strawberry.field(description="Single points of failure: those that stop most services first, then most CIs.")
    async def points(self, most: Most = 50) -> list[SinglePoint]:
        """Ranked."""
        found = await computed(self._points)
        return [SinglePoint(services=p.services, cis=p.cis, found=self.found, number=p.ci) for p in _some(found, most)]

    def _points(self) -> list[Point]:
        return self.found.points

    @strawberry.field(description="Redundancy groups that it rests on: those that can lose least first.")
    async def margins(self, most: Most = 50) -> list[GroupMargin]:
        """Groups."""
        return [
            GroupMargin(
                group=self.found.estate.group_id(each.edge), members=each.members, needed=each.needed, left=each.left,
                margin=each.margin, found=self.found, number=each.owner,
            )
            for each in _some(await computed(self._margins), most)
        ]  # fmt: skip

    def _margins(self) -> list[Margin]:
        return self.found.margins

    @strawberry.field(description="Small sets of CIs that stop it together.")
    async def cuts(self, most: Most = 50) -> list[Cut]:
        """Minimal cuts."""
        cuts = await computed(lambda: self.found.cuts)
        return [Cut(found=self.found, numbers=sorted(cut)) for cut in _some(cuts.sets, most)]

    @strawberry.field(description="Whether there are no other small sets.")
    async def cuts_complete(self) -> bool:
        """Whether the search went to its end."""
        return (await computed(lambda: self.found.cuts)).complete

    @strawberry.field(description="What members of its groups have in common, what breaks a group first.")
    async def shared_fates(self, most: Most = 50) -> list[SharedFate]:
        """Shared providers and products."""
        fates, _ = await computed(lambda: self.found.fates)
        return [
            SharedFate(
                group=self.found.group_of(each), breaks=each.breaks, anyway=each.anyway, found=self.found, fate=each,
            )
            for each in _some(fates, most)
        ]  # fmt: skip


WeakPointsResult = Annotated[
    WeakPointsOfService | UnknownCi | InvalidInput,
    strawberry.union("SinglePointsOfFailureResult", description="Weak points, or what was wrong with the question."),
]


@strawberry.type
class WeakPointsQuery:
    """Single points of failure."""

    @strawberry.field(description="Where one failure is enough to stop a service, and where redundancy is none.")
    async def single_points_of_failure(
        self, info: Info, service: Service, while_: While = None, as_of: AsOf = None
    ) -> WeakPointsResult:
        """What a service hangs on, now or at a moment."""
        reading = reading_of(info)
        try:
            estate = await reading.estate(await reading.revision_at(as_of))
        except BadInputError as error:
            return failure_of(error, reading, "asOf")
        try:
            seeds = seeds_of([(seed.ci_id, seed.effect.name.lower()) for seed in while_]) if while_ else {}
        except BadInputError as error:
            return failure_of(error, reading, "while")
        try:
            found = await computed(weaknesses, reading.register, estate, service, seeds)
            total = await computed(lambda: 0 if found.already_out else len(found.points))
        except BadInputError as error:
            return failure_of(error, reading, "service")
        return WeakPointsOfService(
            revision=Long(estate.revision), already_out=found.already_out, total=total, found=found
        )


def _some(items: Sequence[Listed], most: int) -> Sequence[Listed]:
    return items[: max(0, min(most, LISTED))]


async def _cis(info: Info, found: WeakPoints, numbers: Sequence[int]) -> list[Ci]:
    return await cis_of(info, [found.estate.ids[ci] for ci in numbers], found.estate.revision)
