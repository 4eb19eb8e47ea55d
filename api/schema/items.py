"""Types of the schema (`core.graphql`): CIs, their relationships and groups, a page at a time."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Generic, NewType, TypeVar

import strawberry
from strawberry.scalars import JSON

from api.schema.cursors import decode, encode
from api.schema.limits import LARGEST_PAGE, PAGE
from api.schema.reading import Info, reading_of
from graph.errors import BadInputError
from graph.estate import Estate
from graph.ontology import Ontology
from graph.store.things import Kept, ends_of
from graph.values import MAX_INTEGER

if TYPE_CHECKING:
    from graph.csr import Csr

Item = TypeVar("Item")
Long = NewType("Long", int)


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_INTEGER:
        raise TypeError("Long is an integer of 64 bits")
    return value


LONG = strawberry.scalar(
    name="Long", description="A JSON integer that may pass 2^31.", serialize=int, parse_value=_whole
)
First = Annotated[int | None, strawberry.argument(description="How many, up to 500.")]
After = Annotated[str | None, strawberry.argument(description="The cursor after which the page begins.")]
CiId = Annotated[str, strawberry.argument(description="The identifier in the register.")]
AsOf = Annotated[datetime | None, strawberry.argument(description="A moment, with its offset; null: now.")]
CI_KIND, RELATIONSHIP_KIND = "ci", "relationship"


@strawberry.interface(description="Whatever has a global id.")
class Node:
    """Relay's node; global ids are opaque."""

    id: strawberry.ID = strawberry.field(description="Opaque; the same for as long as the record is there.")


@strawberry.type(description="Where a page begins and ends.")
class PageInfo:
    """Relay's page info; pages run forward."""

    has_next_page: bool = strawberry.field(description="Whether more come after it.")
    has_previous_page: bool = strawberry.field(description="Whether it was asked for as one after another.")
    start_cursor: str | None = strawberry.field(description="Of its first node.")
    end_cursor: str | None = strawberry.field(description="Of its last node: the `after` of the next page.")


@strawberry.type(description="A node in a page.")
class Edge(Generic[Item]):
    """An edge of a connection."""

    cursor: str = strawberry.field(description="Where it is in the order.")
    node: Item = strawberry.field(description="The node.")


@strawberry.type(description="Nodes, a page at a time.")
class Connection(Generic[Item]):
    """A page."""

    edges: list[Edge[Item]] = strawberry.field(description="Nodes with their cursors.")
    nodes: list[Item] = strawberry.field(description="The same without cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page ends.")
    total_count: int = strawberry.field(description="How many there are on all pages.")


@strawberry.type(description="A configuration item.")
class Ci(Node):
    """One CI as it was at revision `at`."""

    ci_id: str = strawberry.field(description="Its identifier in the register.")
    name: str = strawberry.field(description="What people call it.")
    ci_class: str = strawberry.field(description="Its class in the ontology.")
    status: str = strawberry.field(description="`live`, `planned` or `retired`.")
    attributes: JSON = strawberry.field(description="All other fields, durations in seconds, times in UTC.")
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

    async def _relationships(
        self, info: Info, of: Callable[[Estate, int], list[str]], first: int | None, after: str | None
    ) -> "Connection[Relationship]":
        keys = await reading_of(info).about(of, self.at, self.ci_id)
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

    @strawberry.field(description="Its redundancy groups: of each so many members are needed.")
    async def redundancy_groups(self, info: Info) -> "list[RedundancyGroup]":
        """Groups by name."""
        return await reading_of(info).about(_groups, self.at, self.ci_id)


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

    @strawberry.field(description="Its members, in the order of their identifiers.")
    async def members(self, info: Info) -> list[Ci]:
        """Providers in this group."""
        return await cis_of(info, self.member_ids, self.at)


@strawberry.type(description="A relationship between two CIs.")
class Relationship(Node):
    """A relationship; which end is the provider is a matter of its type."""

    type: str = strawberry.field(description="Its type in the ontology, which says which end is the provider.")
    strength: str = strawberry.field(description="`hard`: without the provider the dependent is out. `soft`: degraded.")
    redundancy_group: str | None = strawberry.field(description="The dependent's group that it belongs to.")
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


def size_of(first: int | None) -> int:
    """How many nodes a page has; BadInputError `server.first` for fewer than none."""
    if first is not None and first < 0:
        raise BadInputError("server.first", value=first)
    return min(PAGE if first is None else first, LARGEST_PAGE)


def connection(
    nodes: list[Item], cursors: Sequence[str], after: str | None, *, more: bool, total: int
) -> Connection[Item]:
    """A page of these nodes."""
    ends = PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else after,
    )
    edges = [Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)]
    return Connection(edges=edges, nodes=nodes, page_info=ends, total_count=total)


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
        last_revision=Long(kept.revision),
        at=at,
    )


def relationship_of(key: str, kept: Kept, ontology: Ontology, at: int) -> Relationship:
    """A relationship as it was at a revision."""
    source, name, target = ends_of(key)
    state = kept.thing.state
    group = state.get("redundancy_group")
    return Relationship(
        id=strawberry.ID(encode(RELATIONSHIP_KIND, key)),
        type=name,
        strength=str(state.get("strength") or ("hard" if ontology.relationship_types[name].hard else "soft")),
        redundancy_group=None if group is None else str(group),
        last_revision=Long(kept.revision),
        source_id=source,
        target_id=target,
        at=at,
    )


async def cis_of(info: Info, ci_ids: Sequence[str], at: int) -> list[Ci]:
    """Those of some CIs that were there at a revision, in their order."""
    found = await reading_of(info).cis(at, ci_ids)
    return [ci_of(ci_id, kept, at) for ci_id, kept in zip(ci_ids, found, strict=True) if kept is not None]
