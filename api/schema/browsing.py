"""Root fields of the schema: CIs and relationships, by id and a page at a time."""

from datetime import datetime
from typing import Annotated

import strawberry
from starlette.concurrency import run_in_threadpool

from api.schema.cursors import decode, parts_of
from api.schema.items import CI_KIND, RELATIONSHIP_KIND, AsOf, Ci, CiId, Node, ci_of, cis_of, relationship_of
from api.schema.limits import PAGE
from api.schema.paging import After, Connection, First, Long, connection, size_of
from api.schema.reading import Info, reading_of
from graph.estate import SERVICE
from graph.store.pages import cis_at
from graph.values import ValueRefused, parse_id

GlobalId = Annotated[strawberry.ID, strawberry.argument(description="As a node carries it.")]


@strawberry.type
class ItemQuery:
    """What the register holds."""

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
        return await _ci(info, ci_id, as_of)

    @strawberry.field(description="CIs in the order of their identifiers.")
    async def cis(self, info: Info, first: First = PAGE, after: After = None) -> Connection[Ci]:
        """A page of CIs; rows that come and go never move it."""
        reading, key = reading_of(info), "" if after is None else decode(CI_KIND, after)
        store, size, at = reading.register.store, size_of(first), (await reading.estate()).revision
        keys, more, total = await run_in_threadpool(cis_at, store, key, size, at)
        nodes = await cis_of(info, keys, at)
        return connection(nodes, [str(node.id) for node in nodes], after, more=more, total=total)

    @strawberry.field(description="One business service, now or at a moment; null where there is none.")
    async def service(self, info: Info, ci_id: CiId, as_of: AsOf = None) -> Ci | None:
        """One business service."""
        found = await _ci(info, ci_id, as_of)
        return found if found is not None and found.ci_class == SERVICE else None

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


async def _ci(info: Info, ci_id: str, as_of: datetime | None) -> Ci | None:
    try:
        key = parse_id(ci_id)
    except ValueRefused:
        return None  # no CI has such an id
    found = await cis_of(info, [key], await reading_of(info).revision_at(as_of))
    return found[0] if found else None
