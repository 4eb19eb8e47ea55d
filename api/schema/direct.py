"""Fields without arguments are resolved at once: the library prepares arguments and extensions for each of a list."""

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import GraphQLObjectType, GraphQLResolveInfo
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

RawInfo = GraphQLResolveInfo[Any]
Resolver = Callable[[Any, RawInfo], Any]


def direct(schema: strawberry.Schema) -> strawberry.Schema:
    """Let attributes be read and methods without arguments be called, with nothing between."""
    for kind in schema._schema.type_map.values():
        for field in kind.fields.values() if isinstance(kind, GraphQLObjectType) else ():
            known = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
            if not isinstance(known, StrawberryField) or known.extensions or known.arguments or known.is_subscription:
                continue
            resolver = known.base_resolver
            field.resolve = _attribute(known.python_name) if resolver is None else _method(known, resolver)
    return schema


def _attribute(name: str) -> Resolver:
    def read(source: Any, _: RawInfo) -> Any:
        return getattr(source, name)

    return read


def _method(field: StrawberryField, resolver: StrawberryResolver[Any]) -> Resolver:
    method: Any = resolver.wrapped_func

    def called(source: Any, _: RawInfo) -> Any:
        return method(source)

    def called_with_info(source: Any, info: RawInfo) -> Any:
        return method(source, strawberry.Info(_raw_info=info, _field=field))

    return called if resolver.info_parameter is None else called_with_info
