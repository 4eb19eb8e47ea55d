"""Root fields of the schema: CIs and relationships, by id and a page at a time."""

from datetime import datetime
from typing import Annotated

import strawberry
from starlette.concurrency import run_in_threadpool

from api.schema.changes import CHANGE_KIND, changes_kept
from api.schema.cursors import decode, parts_of
from api.schema.filters import CiFilter, CiOrder, check_scopes, check_size, condition_of, cursor_of, key_of, question_of
from api.schema.items import (
    CI_KIND,
    RELATIONSHIP_KIND,
    AsOf,
    Ci,
    CiId,
    Node,
    ci_at,
    ci_of,
    cis_of,
    page_of,
    relationship_of,
)
from api.schema.limits import PAGE
from api.schema.paging import After, Connection, First, Long, connection, size_of
from api.schema.reading import Info, computed, reading_of
from graph.catalogue import Listed, Order, Page
from graph.estate import SERVICE
from graph.values import ValueRefused, parse_id

GlobalId = Annotated[strawberry.ID, strawberry.argument(description="As a node carries it.")]


Filter = Annotated[CiFilter | None, strawberry.argument(description="Which CIs; null: all.")]
OrderBy = Annotated[CiOrder | None, strawberry.argument(description="In which order; null: by their identifiers.")]


@strawberry.type
class ItemQuery:
    """What the register holds."""

    @strawberry.field(description="The revision that everything in this answer is of, but what was asked of a moment.")
    async def revision(self, info: Info) -> Long:
        """The request's revision."""
        return Long((await reading_of(info).estate()).revision)

    @strawberry.field(description="Whatever has this global id; null where it is not there.")
    async def node(self, info: Info, id: GlobalId) -> Node | None:  # noqa: A002 - Relay's name
        """A CI, a relationship or a change."""
        reading = reading_of(info)
        kind, key = parts_of(id)
        at = (await reading.estate()).revision
        if kind == CI_KIND:
            (kept,) = await reading.cis(at, [key])
            return None if kept is None else ci_of(key, kept, at)
        if kind == CHANGE_KIND and not reading.principal.scopes:
            return next(iter(await computed(changes_kept, reading, [key], at)), None)
        ontology, parts = reading.register.store.ontology, key.split("|")
        if kind != RELATIONSHIP_KIND or len(parts) != 3 or parts[1] not in ontology.relationship_types:
            return None
        (kept,) = await reading.relationships(at, [key])
        return None if kept is None else relationship_of(key, kept, ontology, at)

    @strawberry.field(description="One CI by its identifier, now or at a moment; null where there was none.")
    async def ci(self, info: Info, ci_id: CiId, as_of: AsOf = None) -> Ci | None:
        """One CI."""
        return await _ci(info, ci_id, as_of)

    @strawberry.field(description="CIs, now or at a moment, a page at a time; rows that come and go never move it.")
    async def cis(
        self, info: Info, filter: Filter = None, order_by: OrderBy = None, first: First = PAGE, after: After = None,  # noqa: A002 - names of core.graphql
        as_of: AsOf = None,
    ) -> Connection[Ci]:  # fmt: skip
        """A page of CIs."""
        reading, order = reading_of(info), Order() if order_by is None else order_by.order()
        size = size_of(first)
        check_size(filter)
        check_scopes(filter, order, reading.principal.scopes)
        at = await reading.revision_at(as_of)
        question = question_of(filter, order)
        start = None if after is None else key_of(after, question, order)
        condition = await computed(condition_of, filter, await reading.estate(at))

        def listed() -> Page:
            base, changed = reading.register.listing.at(at)
            return base.page(condition, order, size, start, changed)

        page = await computed(listed)
        nodes = await page_of(info, page.ci_ids, at)
        cursors = [cursor_of(order.key(_listed(node)), question) for node in nodes]
        return connection(nodes, cursors, after, more=page.more, total=page.total)

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
    return await ci_at(info, key, await reading_of(info).revision_at(as_of))


def _listed(node: Ci) -> Listed:
    return Listed(node.ci_id, node.name, node.ci_class, node.status, int(node.last_revision))
