"""Fields without arguments are resolved at once: the library prepares arguments and extensions for each of a list."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    Undefined,
    is_leaf_type,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

RawInfo = GraphQLResolveInfo[Any]
Resolver = Callable[[Any, RawInfo], Any]
Reader = Callable[[Any], Any]
ATTRIBUTES = "attributes"  # of an object type, among its extensions: by field the attribute that it is


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field that is an attribute of its object."""

    name: str
    kind: GraphQLOutputType


def direct(schema: strawberry.Schema) -> strawberry.Schema:
    """Let attributes be read and methods without arguments be called, with nothing between."""
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            kind.extensions[ATTRIBUTES] = _made_direct(kind)
    return schema


def _made_direct(kind: GraphQLObjectType) -> dict[str, Attribute]:
    attributes = {}
    for name, field in kind.fields.items():
        known = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if not isinstance(known, StrawberryField) or known.extensions or known.arguments or known.is_subscription:
            continue
        resolver = known.base_resolver
        field.resolve = _attribute(known.python_name) if resolver is None else _method(known, resolver)
        if resolver is None:
            attributes[name] = Attribute(known.python_name, field.type)
    return attributes


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


class _UnlikeError(Exception):
    """A value is not what its type says; the library finds that again, and tells it."""


class Executor(StrawberryGraphQLCoreExecutionContext):
    """The library's, but that whatever is attributes alone, all the way down, is read in place.

    The library makes a path and an info for each value and calls a dozen functions, which in a list of a thousand is
    most of the time. What is more than attributes, and what is wrong, goes the library's way.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._readers: dict[tuple[GraphQLObjectType, int], tuple[Any, Reader | None]] = {}

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """What is asked of an object, in the order in which it is asked."""
        found, rest = dict[str, Any](), dict[str, Any]()
        for name, details in grouped_field_set.items():
            found[name] = value = self._read(parent_type, details, source_value)
            if value is Undefined:
                rest[name] = details
        if not rest:
            return found
        others = super().execute_fields(parent_type, source_value, path, rest, position_context)
        return _filled(found, others) if isinstance(others, dict) else _filled_then(found, others)

    def _read(self, kind: GraphQLObjectType, details: Any, source: Any) -> Any:
        read = self._reader(kind, details)
        if read is None:
            return Undefined
        try:
            return read(source)
        except Exception:
            return Undefined

    def _reader(self, kind: GraphQLObjectType, details: Any) -> Reader | None:
        # with the list itself, so that its id is no other's meanwhile; so does the library
        known = self._readers.get((kind, id(details)))
        if known is None:
            try:
                made = self._made_reader(kind, details)
            except GraphQLError:  # of a directive; the library tells it where it gets there
                made = None
            known = self._readers[kind, id(details)] = details, made
        return known[1]

    def build_per_event_executor(self, payload: Any) -> Any:
        """One for an event of a subscription. It keeps its own: the fields of each event are lists of their own."""
        found: Any = super().build_per_event_executor(payload)
        found._readers, found._relevant_sub_fields = {}, {}
        return found

    def _made_reader(self, kind: GraphQLObjectType, details: Any) -> Reader | None:
        attributes: dict[str, Attribute] = kind.extensions.get(ATTRIBUTES, {})
        attribute = attributes.get(details[0].node.name.value)
        written = None if attribute is None else self._written(attribute.kind, details)
        if attribute is None or written is None:
            return None
        name = attribute.name

        def read(source: Any) -> Any:
            return written(getattr(source, name))

        return read

    def _written(self, kind: GraphQLOutputType, details: Any) -> Reader | None:
        # how a value of that type is answered; `None`: not by attributes alone
        if isinstance(kind, GraphQLNonNull):
            inner = self._written(kind.of_type, details)
            return None if inner is None else _required(inner)
        if is_leaf_type(kind):
            return _leaf(kind.coerce_output_value)
        if isinstance(kind, GraphQLList):
            item = self._written(kind.of_type, details)
            return None if item is None else _list(item)
        return self._object(kind, details) if isinstance(kind, GraphQLObjectType) else None

    def _object(self, kind: GraphQLObjectType, details: Any) -> Reader | None:
        asked, deferred, forbidden = self.collect_subfields(kind, details)
        parts = [(name, self._reader(kind, each)) for name, each in asked.items()]
        plain = [(name, read) for name, read in parts if read is not None]
        if deferred or forbidden or len(plain) < len(parts):
            return None
        return _object(plain, kind.is_type_of)


def _required(written: Reader) -> Reader:
    def read(value: Any) -> Any:
        found = written(value)
        if found is None:
            raise _UnlikeError
        return found

    return read


def _leaf(coerced: Reader) -> Reader:
    def read(value: Any) -> Any:
        if value is None:
            return None
        found = coerced(value)
        if found is None or found is Undefined or isinstance(found, Exception):
            raise _UnlikeError
        return found

    return read


def _list(item: Reader) -> Reader:
    def read(values: Any) -> Any:
        if values is None:
            return None
        if not isinstance(values, (list, tuple)):
            raise _UnlikeError
        return [item(value) for value in values]

    return read


def _object(parts: Sequence[tuple[str, Reader]], is_type_of: Callable[[Any, Any], Any] | None) -> Reader:
    def read(value: Any) -> Any:
        if value is None:
            return None
        if is_type_of is not None and is_type_of(value, None) is not True:
            raise _UnlikeError
        return {name: part(value) for name, part in parts}

    return read


def _filled(found: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    found.update(others)
    return {name: value for name, value in found.items() if value is not Undefined}


async def _filled_then(found: dict[str, Any], others: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    return _filled(found, await others)
