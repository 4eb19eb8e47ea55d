"""The root of the schema (`core.graphql`): what can be asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from starlette.concurrency import run_in_threadpool

from api.server.cursors import decode, parts_of
from api.server.failures import failure_of
from api.server.impacts import Counts, Impact, ImpactResult, SeedInput
from api.server.items import (
    CI_KIND,
    RELATIONSHIP_KIND,
    After,
    Ci,
    Connection,
    First,
    Long,
    Node,
    ci_of,
    cis_of,
    connection,
    relationship_of,
    size_of,
)
from api.server.limits import PAGE
from api.server.reading import Info, computed, reading_of
from api.server.searches import LIMIT, Most, Search, Text, found
from api.server.ways import Dependent, HowMany, PathsResult, Provider, paths_between
from graph.errors import BadInputError
from graph.estate import Estate
from graph.store.pages import cis_at
from graph.values import ValueRefused, parse_id
from queries.blast_radius import BlastRadius, Circumstances, UnknownCisError, blast_radius, known_as, seeds_of
from queries.impact import EffectWord
from queries.paths import MOST_PATHS

if TYPE_CHECKING:
    from api.register import Register

GlobalId = Annotated[strawberry.ID, strawberry.argument(description="As a node carries it.")]
CiId = Annotated[str, strawberry.argument(description="The identifier in the register.")]
AsOf = Annotated[datetime | None, strawberry.argument(description="A moment, with its offset; null: now.")]
Seeds = Annotated[list[SeedInput], strawberry.argument(description="CIs and what happens to each; one at least.")]


@strawberry.type(description="What can be asked; all of an answer is of one revision.")
class Query:
    """What can be asked."""

    @strawberry.field(description="The revision that everything in this answer is of, but what was asked of a moment.")
    async def revision(self, info: Info) -> Long:
        """The request's revision."""
        return Long((await reading_of(info).estate()).revision)

    @strawberry.field(description="Whatever has this global id; null where it is not there.")
    async def node(self, info: Info, id: GlobalId) -> Node | None:  # noqa: A002 - Relay's name
        """A CI or a relationship."""
        reading = reading_of(info)
        kind, key = parts_of(id)
        at = (await reading.estate()).revision
        if kind == CI_KIND:
            (kept,) = await reading.cis(at, [key])
            return None if kept is None else ci_of(key, kept, at)
        ontology, parts = reading.register.store.ontology, key.split("|")
        if kind != RELATIONSHIP_KIND or len(parts) != 3 or parts[1] not in ontology.relationship_types:
            return None
        (kept,) = await reading.relationships(at, [key])
        return None if kept is None else relationship_of(key, kept, ontology, at)

    @strawberry.field(description="One CI by its identifier, now or at a moment; null where there was none.")
    async def ci(self, info: Info, ci_id: CiId, as_of: AsOf = None) -> Ci | None:
        """One CI."""
        try:
            key = parse_id(ci_id)
        except ValueRefused:
            return None  # no CI has such an id
        found = await cis_of(info, [key], await reading_of(info).revision_at(as_of))
        return found[0] if found else None

    @strawberry.field(description="CIs in the order of their identifiers.")
    async def cis(self, info: Info, first: First = PAGE, after: After = None) -> Connection[Ci]:
        """A page of CIs; rows that come and go never move it."""
        reading, key = reading_of(info), "" if after is None else decode(CI_KIND, after)
        store, size, at = reading.register.store, size_of(first), (await reading.estate()).revision
        keys, more, total = await run_in_threadpool(cis_at, store, key, size, at)
        nodes = await cis_of(info, keys, at)
        return connection(nodes, [str(node.id) for node in nodes], after, more=more, total=total)

    @strawberry.field(description="Which CIs somebody may mean by a few characters.")
    async def search(self, info: Info, text: Text, most: Most = LIMIT) -> Search:
        """The best hits."""
        return await found(info, text, most)

    @strawberry.field(description="Business services, in the order of their identifiers.")
    async def services(self, info: Info, first: First = PAGE, after: After = None) -> Connection[Ci]:
        """A page of business services."""
        estate = await reading_of(info).estate()
        ids = await run_in_threadpool(lambda: sorted(estate.ids.some(estate.services())))
        start = "" if after is None else decode(CI_KIND, after)
        following = [ci_id for ci_id in ids if ci_id > start]
        page = following[: size_of(first)]
        nodes = await cis_of(info, page, estate.revision)
        cursors = [str(node.id) for node in nodes]
        return connection(nodes, cursors, after, more=len(following) > len(page), total=len(ids))

    @strawberry.field(description="The ways by which one CI depends on another, directly or not.")
    async def paths(
        self, info: Info, dependent: Dependent, provider: Provider, most: HowMany = MOST_PATHS, as_of: AsOf = None
    ) -> PathsResult:
        """Paths now or at a moment."""
        register = reading_of(info).register
        try:
            revision = await reading_of(info).revision_at(as_of)
        except BadInputError as error:
            return failure_of(error, register, "asOf")
        ends: list[str] = []
        for argument, text in (("from", dependent), ("to", provider)):
            try:
                ends.append(known_as(text))
            except BadInputError as error:
                return failure_of(error, register, argument)
        estate = await reading_of(info).estate(revision)
        try:
            return await computed(paths_between, estate, *ends, most)
        except UnknownCisError as error:
            return failure_of(error, register, "from")

    @strawberry.field(description="What breaks when these CIs stop, are degraded or are retired, and why.")
    async def impact(self, info: Info, seeds: Seeds, as_of: AsOf = None) -> ImpactResult:
        """A blast radius now or at a moment, or what was wrong with the seeds."""
        register = reading_of(info).register
        try:
            revision = await reading_of(info).revision_at(as_of)
        except BadInputError as error:
            return failure_of(error, register, "asOf")
        try:
            wanted = seeds_of([(seed.ci_id, seed.effect.name.lower()) for seed in seeds])
            estate = await reading_of(info).estate(revision)
            found = await computed(_radius, register, estate, wanted, as_of is None)
        except BadInputError as error:
            return failure_of(error, register, "seeds")
        return Impact(revision=Long(found.estate.revision), complete=True, counts=Counts(**found.counts), radius=found)


def _radius(register: "Register", estate: Estate, seeds: Mapping[str, EffectWord], now: bool) -> BlastRadius:
    return blast_radius(estate, seeds, register.circumstances() if now else Circumstances())
