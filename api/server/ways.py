"""Types of the schema: the ways by which one CI comes to depend on another."""

from typing import Annotated

import strawberry

from api.server.failures import InvalidInput, UnknownCi
from api.server.items import Ci, Long, cis_of
from api.server.reading import Info
from graph.estate import Estate
from queries.blast_radius import numbers_of
from queries.paths import Paths, dependency_paths

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
