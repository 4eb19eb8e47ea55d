"""Types of the schema: what is shown a page at a time, and numbers that may be long."""

from collections.abc import Sequence
from typing import Annotated, Generic, NewType, TypeVar

import strawberry

from api.schema.limits import LARGEST_PAGE, PAGE
from graph.errors import BadInputError
from graph.values import MAX_INTEGER

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
