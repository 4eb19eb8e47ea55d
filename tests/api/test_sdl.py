"""The published schema is the one that is served, nothing of it breaks unnoticed, and all of it says what it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    find_breaking_changes,
    get_named_type,
)

from api.schema.sdl import published
from tests.real_data import real_data

FILE = Path(__file__).parents[2] / "docs" / "schema.graphql"
CORE = real_data("").parent / "design" / "core.graphql"
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


def binding() -> GraphQLSchema:
    """What binds: the schema that others write against."""
    if not CORE.is_file():
        pytest.skip("needs the design beside the checkout")
    return build_schema(CORE.read_text(encoding="utf-8"))


def reached(schema: GraphQLSchema) -> dict[str, GraphQLNamedType]:
    """The types that the root fields lead to."""
    waiting: list[GraphQLNamedType] = []
    for root in (schema.query_type, schema.mutation_type):
        for field in root.fields.values() if root else ():
            waiting += [get_named_type(field.type), *(get_named_type(arg.type) for arg in field.args.values())]
    found: dict[str, GraphQLNamedType] = {}
    while waiting:
        kind = waiting.pop()
        if kind.name in found:
            continue
        found[kind.name] = kind
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for each in kind.fields.values():
                waiting += [
                    get_named_type(each.type),
                    *(get_named_type(a.type) for a in getattr(each, "args", {}).values()),
                ]
        if isinstance(kind, GraphQLUnionType):
            waiting += kind.types
    return found


def fits(ours: Any, core: GraphQLNamedType) -> Iterator[str]:
    """What of a binding type is missing or other in ours."""
    if type(ours).__name__ != type(core).__name__:
        yield core.name
    elif isinstance(core, GraphQLUnionType):
        yield from (
            f"{core.name} = {each.name}" for each in core.types if each.name not in {t.name for t in ours.types}
        )
    elif isinstance(core, GraphQLEnumType):
        yield from (f"{core.name}.{value}" for value in core.values if value not in ours.values)
    elif isinstance(core, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for name, field in core.fields.items():
            other = ours.fields.get(name)
            if other is None or str(other.type) != str(field.type):
                yield f"{core.name}.{name}: {field.type}"
                continue
            for argument, given in getattr(field, "args", {}).items():
                if argument not in other.args or str(other.args[argument].type) != str(given.type):
                    yield f"{core.name}.{name}({argument}: {given.type})"


def test_the_core_is_part_of_it() -> None:
    core, ours = binding(), build_schema(published())
    missing = [each for name, kind in reached(core).items() for each in fits(ours.type_map.get(name), kind)]
    for root in ("query_type", "mutation_type"):
        mine = getattr(ours, root)
        missing += fits(mine, getattr(core, root))

    assert missing == []
