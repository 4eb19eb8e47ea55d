"""The published schema is the one that is served, nothing of it breaks unnoticed, and all of it says what it is."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
)

from api.schema.sdl import published

FILE = Path(__file__).parents[2] / "docs" / "schema.graphql"
RENEW = "python -m api.schema.sdl > docs/schema.graphql"


def test_nothing_that_is_published_breaks() -> None:
    breaking = find_breaking_changes(build_schema(FILE.read_text(encoding="utf-8")), build_schema(published()))

    assert [change.description for change in breaking] == []


def test_what_is_published_is_what_is_served() -> None:
    assert published() == FILE.read_text(encoding="utf-8"), RENEW


def described(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every type, field, argument and value of ours, with what it says of itself."""
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in ("Int", "Float", "String", "Boolean", "ID"):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field, of in kind.fields.items():
                yield f"{name}.{field}", of.description
                for argument, given in getattr(of, "args", {}).items():
                    yield f"{name}.{field}({argument})", given.description
        if isinstance(kind, GraphQLEnumType):
            for value, of in kind.values.items():
                yield f"{name}.{value}", of.description


def test_all_of_it_says_what_it_is() -> None:
    assert [what for what, text in described(build_schema(published())) if not text] == []
