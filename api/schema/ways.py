"""Types of the schema: the ways by which one CI comes to depend on another."""

from typing import Annotated

import strawberry

from api.schema.failures import InvalidInput, UnknownCi, failure_of
from api.schema.items import AsOf, Ci, cis_of
from api.schema.paging import Long
from api.schema.reading import Info, computed, reading_of
from graph.errors import BadInputError
from graph.estate import Estate
from queries.blast_radius import UnknownCisError, known_as, numbers_of
from queries.paths import MOST_PATHS, Paths, dependency_paths

MOST = 100  # paths of one answer
Dependent = Annotated[str, strawberry.argument(name="from", description="The CI that depends.")]
Provider = Annotated[str, strawberry.argument(name="to", description="The CI that it depends on.")]
HowMany = Annotated[int, strawberry.argument(description="How many paths at the most, 1 to 100.")]


@strawberry.type(description="One way from a dependent to a provider.")
class Path:
    """A path as ids at revision `at`."""

    ci_ids: list[str] = strawberry.field(description="From the dependent to the provider, both included.")
    at: strawberry.Private[int]

    @strawberry.field(description="The same as CIs.")
    async def cis(self, info: Info) -> list[Ci]:
        """CIs of the path."""
        return await cis_of(info, self.ci_ids, self.at)


@strawberry.type(description="Ways by which a CI depends on another, the shortest first.")
class PathsFound:
    """Paths of one answer."""

    revision: Long = strawberry.field(description="The revision they are of.")
    complete: bool = strawberry.field(description="Whether there are no others.")
    paths: list[Path] = strawberry.field(description="By length.")


PathsResult = Annotated[
    PathsFound | UnknownCi | InvalidInput,
    strawberry.union("PathsResult", description="Paths, or what was wrong with the question."),
]


def paths_between(estate: Estate, dependent: str, provider: str, most: int) -> PathsFound:
    """Paths by ids in the form in which they are kept; UnknownCisError for ids of nobody."""
    numbers = numbers_of(estate, (dependent, provider))
    most = max(1, min(most, MOST))
    found: Paths = dependency_paths(estate.topology, numbers[dependent], numbers[provider], most=most)
    paths = [Path(ci_ids=estate.ids.some(path), at=estate.revision) for path in found.paths]
    return PathsFound(revision=Long(estate.revision), complete=found.complete, paths=paths)


@strawberry.type
class PathsQuery:
    """Ways between two CIs."""

    @strawberry.field(description="The ways by which one CI depends on another, directly or not.")
    async def paths(
        self, info: Info, dependent: Dependent, provider: Provider, most: HowMany = MOST_PATHS, as_of: AsOf = None
    ) -> PathsResult:
        """Paths now or at a moment."""
        reading = reading_of(info)
        try:
            revision = await reading.revision_at(as_of)
        except BadInputError as error:
            return failure_of(error, reading, "asOf")
        ends: list[str] = []
        for argument, text in (("from", dependent), ("to", provider)):
            try:
                ends.append(known_as(text))
            except BadInputError as error:
                return failure_of(error, reading, argument)
        estate = await reading.estate(revision)
        try:
            return await computed(paths_between, estate, *ends, most)
        except UnknownCisError as error:
            return failure_of(error, reading, "from")
