"""Types of the schema (`core.graphql`): CIs, their relationships and groups, a page at a time."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from starlette.concurrency import run_in_threadpool
from strawberry.scalars import JSON

from api.schema.cursors import decode, encode
from api.schema.limits import PAGE
from api.schema.paging import After, Connection, First, Long, connection, size_of
from api.schema.reading import Info, computed, reading_of
from api.schema.relationship_history import RelationshipRevision, relationship_history
from api.schema.revisions import Before, Most, Revision, history
from api.schema.selected import selected
from graph.estate import Estate
from graph.history import CI
from graph.ontology import Ontology
from graph.store.things import Kept, ends_of

if TYPE_CHECKING:
    from graph.csr import Csr

CiId = Annotated[str, strawberry.argument(description="The identifier in the register.")]
AsOf = Annotated[datetime | None, strawberry.argument(description="A moment, with its offset; null: now.")]
LOCATED = "located_in"
CI_KIND, RELATIONSHIP_KIND = "ci", "relationship"
SIDES = (Estate.provider_relationships, Estate.dependent_relationships)
KNOWN = frozenset({"__typename", "ciId", "name", "ciClass"})  # fields of a CI that are in memory with the topology


@strawberry.interface(description="Whatever has a global id.")
class Node:
    """Relay's node; global ids are opaque."""

    id: strawberry.ID = strawberry.field(description="Opaque; the same for as long as the record is there.")


@strawberry.type(description="A configuration item.")
class Ci(Node):
    """One CI as it was at revision `at`."""

    ci_id: str = strawberry.field(description="Its identifier in the register.")
    name: str = strawberry.field(description="What people call it.")
    ci_class: str = strawberry.field(description="Its class in the ontology.")
    status: str = strawberry.field(description="`live`, `planned` or `retired`.")
    attributes: JSON = strawberry.field(description="All other fields, durations in seconds, times in UTC.")
    sources: JSON = strawberry.field(description="By field the data source that set it; `*`: of all others.")
    last_revision: Long = strawberry.field(description="The revision that changed it last.")
    at: strawberry.Private[int]

    @strawberry.field(description="What it rests on among live and planned CIs, in the order of the relationships.")
    async def providers(self, info: Info, first: First = PAGE, after: After = None) -> "Connection[Relationship]":
        """A page of what it needs."""
        return await self._relationships(info, Estate.provider_relationships, first, after)

    @strawberry.field(description="Live and planned CIs that rest on it, in the order of the relationships.")
    async def dependents(self, info: Info, first: First = PAGE, after: After = None) -> "Connection[Relationship]":
        """A page of what needs it."""
        return await self._relationships(info, Estate.dependent_relationships, first, after)

    @strawberry.field(description="All that is recorded from it on, of every type; also to retired CIs.")
    async def relationships(self, info: Info, first: First = PAGE, after: After = None) -> "Connection[Relationship]":
        """A page of relationships that start at it, in their order."""
        reading = reading_of(info)
        if not await reading.is_shown(self.at, self.ci_id):
            return connection([], [], after, more=False, total=0)
        return await self._page(info, await reading.starting(self.at, self.ci_id), first, after)

    @strawberry.field(
        description="The team or person that owns it; where several do, the first by identifier.",
        graphql_type=Annotated["Ci", strawberry.lazy("api.schema.items")] | None,
    )
    def owner(self, info: Info) -> Any:
        """What `owned_by` leads to."""
        ids = reading_of(info).owners_had(self.at, self.ci_id)
        had = None if ids is None else cis_had(info, ids[:1], self.at)
        return self._owner(info) if had is None else next(iter(had), None)

    async def _owner(self, info: Info) -> "Ci | None":
        ids = await reading_of(info).owners(self.at, self.ci_id)
        return await ci_at(info, ids[0], self.at) if ids else None

    @strawberry.field(description="The site, room or rack that it stands in; where there are several, the first.")
    async def site(self, info: Info) -> "Ci | None":
        """What `located_in` leads to."""
        if not await reading_of(info).is_shown(self.at, self.ci_id):
            return None
        keys = await reading_of(info).about(Estate.provider_relationships, self.at, self.ci_id)
        ids = [target for _, name, target in map(ends_of, keys) if name == LOCATED]
        return await ci_at(info, ids[0], self.at) if ids else None

    @strawberry.field(description="What was recorded of it, the newest first.")
    async def history(self, info: Info, most: Most = 20, before: Before = None) -> list[Revision]:
        """Its revisions up to the one that this CI is of."""
        store = reading_of(info).register.store
        if not await reading_of(info).is_shown(self.at, self.ci_id):
            return []
        return await run_in_threadpool(history, store, CI, self.ci_id, int(self.last_revision), most, before)

    @strawberry.field(description="What changes wrote to its relationships, also to ended ones, the newest first.")
    async def relationship_history(self, info: Info, most: Most = 20) -> list[RelationshipRevision]:
        """Revisions up to the one that this CI is of; ends that whoever asks is not shown have no name."""
        reading = reading_of(info)
        if not await reading.is_shown(self.at, self.ci_id):
            return []
        about = [await reading.about(of, self.at, self.ci_id) for of in SIDES]
        keys = list(dict.fromkeys([*about[0], *about[1], *await reading.starting(self.at, self.ci_id)]))
        found = await computed(relationship_history, reading.register, self.ci_id, keys, self.at, min(most, 100))
        seen = await reading.seen(self.at, {end for each in found for end in each.names})
        return [each.limited(seen) for each in found]

    async def _relationships(
        self, info: Info, of: Callable[[Estate, int], list[str]], first: int | None, after: str | None
    ) -> "Connection[Relationship]":
        return await self._page(info, await reading_of(info).about(of, self.at, self.ci_id), first, after)

    async def _page(
        self, info: Info, keys: list[str], first: int | None, after: str | None
    ) -> "Connection[Relationship]":
        start = None if after is None else decode(RELATIONSHIP_KIND, after)
        following = keys if start is None else [key for key in keys if key > start]
        page = following[: size_of(first)]
        found = await reading_of(info).relationships(self.at, page)
        words = reading_of(info).register.store.ontology
        nodes = [
            relationship_of(k, kept, words, self.at) for k, kept in zip(page, found, strict=True) if kept is not None
        ]
        cursors = [str(node.id) for node in nodes]
        return connection(nodes, cursors, after, more=len(following) > len(page), total=len(keys))

    @strawberry.field(
        description="Its redundancy groups: of each so many members are needed.",
        graphql_type=list[Annotated["RedundancyGroup", strawberry.lazy("api.schema.items")]],
    )
    def redundancy_groups(self, info: Info) -> Any:
        """Groups by name."""
        found = reading_of(info).about_now(_groups, self.at, self.ci_id)
        return reading_of(info).about(_groups, self.at, self.ci_id) if found is None else found


def _groups(estate: Estate, number: int) -> "list[RedundancyGroup]":
    csr, place = estate.topology.csr, int(estate.topology.csr.place[number])
    groups: dict[tuple[str, int], list[int]] = {}
    for edge in range(int(csr.beg[place]), int(csr.end[place])):
        name, code = estate.group_of(edge), int(csr.code[edge])
        if name is not None and code >= 0:
            groups.setdefault((name, code), []).append(edge)
    return [_group(estate, csr, name, code, groups[name, code]) for name, code in sorted(groups)]


def _group(estate: Estate, csr: "Csr", name: str, code: int, edges: Sequence[int]) -> "RedundancyGroup":
    members = sorted(estate.ids[int(csr.index[csr.to[edge]])] for edge in edges)
    needed = int(csr.needed[code])
    return RedundancyGroup(
        name=name, needed=needed, margin=len(members) - needed, member_ids=members, at=estate.revision
    )


@strawberry.type(description="What a CI rests on together: it stands while enough of them do.")
class RedundancyGroup:
    """A group of one CI; `member_ids` at revision `at`."""

    name: str = strawberry.field(description="Unique for its CI.")
    needed: int = strawberry.field(description="How many members must stand.")
    margin: int = strawberry.field(description="How many may fail while all others stand.")
    member_ids: strawberry.Private[list[str]]
    at: strawberry.Private[int]

    @strawberry.field(description="Its members, in the order of their identifiers.", graphql_type=list[Ci])
    def members(self, info: Info) -> Any:
        """Providers in this group."""
        had = cis_had(info, self.member_ids, self.at)
        return cis_of(info, self.member_ids, self.at) if had is None else had


@strawberry.type(description="A relationship between two CIs.")
class Relationship(Node):
    """A relationship; which end is the provider is a matter of its type."""

    type: str = strawberry.field(description="Its type in the ontology, which says which end is the provider.")
    strength: str = strawberry.field(description="`hard`: without the provider the dependent is out. `soft`: degraded.")
    redundancy_group: str | None = strawberry.field(description="The dependent's group that it belongs to.")
    min_available: str | None = strawberry.field(description="The group's quorum as written: a count, `50%`, `all`.")
    last_revision: Long = strawberry.field(description="The revision that changed it last.")
    source_id: strawberry.Private[str]
    target_id: strawberry.Private[str]
    at: strawberry.Private[int]

    @strawberry.field(description="Where it starts.")
    async def source(self, info: Info) -> Ci:
        """The source."""
        return (await cis_of(info, [self.source_id], self.at))[0]

    @strawberry.field(description="Where it ends.")
    async def target(self, info: Info) -> Ci:
        """The target."""
        return (await cis_of(info, [self.target_id], self.at))[0]


def ci_of(ci_id: str, kept: Kept, at: int) -> Ci:
    """A CI as it was at a revision."""
    state = kept.thing.state
    own = {name: value for name, value in state.items() if name not in ("name", "ci_class", "status")}
    return Ci(
        id=strawberry.ID(encode(CI_KIND, ci_id)),
        ci_id=ci_id,
        name=str(state["name"]),
        ci_class=str(state["ci_class"]),
        status=str(state.get("status", "live")),
        attributes=JSON(own),
        sources=JSON(dict(sorted(kept.thing.sources.items()))),
        last_revision=Long(kept.revision),
        at=at,
    )


def named(ci_id: str, name: str, ci_class: str, at: int) -> Ci:
    """A CI of which no more is asked than the estate knows (KNOWN); to read anything else of it is an error."""
    found = Ci.__new__(Ci)
    found.ci_id, found.name, found.ci_class, found.at = ci_id, name, ci_class, at
    return found


def relationship_of(key: str, kept: Kept, ontology: Ontology, at: int) -> Relationship:
    """A relationship as it was at a revision."""
    source, name, target = ends_of(key)
    state = kept.thing.state
    group, quorum = state.get("redundancy_group"), state.get("min_available")
    return Relationship(
        id=strawberry.ID(encode(RELATIONSHIP_KIND, key)),
        type=name,
        strength=str(state.get("strength") or ("hard" if ontology.relationship_types[name].hard else "soft")),
        redundancy_group=None if group is None else str(group),
        min_available=None if quorum is None else str(quorum),
        last_revision=Long(kept.revision),
        source_id=source,
        target_id=target,
        at=at,
    )


async def cis_of(info: Info, ci_ids: Sequence[str], at: int) -> list[Ci]:
    """Those of some CIs that were there at a revision, in their order."""
    return _made(ci_ids, await reading_of(info).cis(at, ci_ids), at)


def cis_had(info: Info, ci_ids: Sequence[str], at: int) -> list[Ci] | None:
    """The same of CIs that this request has read; `None` where it has not read one of them."""
    found = reading_of(info).cis_had(at, ci_ids)
    return None if found is None else _made(ci_ids, found, at)


def _made(ci_ids: Sequence[str], found: Sequence[Kept | None], at: int) -> list[Ci]:
    return [ci_of(ci_id, kept, at) for ci_id, kept in zip(ci_ids, found, strict=True) if kept is not None]


async def page_of(info: Info, ci_ids: Sequence[str], at: int) -> list[Ci]:
    """`cis_of` of a page: what else its selection asks of each is read by the same statement, not by as many again."""
    reading, asked = reading_of(info), selected(info, "nodes") | selected(info, "edges", "node")
    groups = [reading.about_now(_groups, at, ci_id) or () for ci_id in ci_ids if "redundancyGroups" in asked]
    members = (each for some in groups for group in some for each in group.member_ids)
    await reading.ahead(at, [*ci_ids, *members], owners_of=ci_ids if "owner" in asked else ())
    return await cis_of(info, ci_ids, at)


async def ci_at(info: Info, ci_id: str, at: int) -> Ci | None:
    """One CI as it was at a revision; `None` where it was not there."""
    found = await cis_of(info, [ci_id], at)
    return found[0] if found else None
