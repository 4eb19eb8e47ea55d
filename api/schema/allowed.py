"""Who may ask for which root field: one place for all of them, by the table of roles (`api/access/data/roles.toml`)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLUnionType,
    default_field_resolver,
    get_named_type,
)
from starlette.concurrency import run_in_threadpool

from api.access.roles import roles
from api.access.scopes import check_written
from api.schema.failures import NotAllowed, not_allowed
from api.schema.reading import Reading
from api.schema.writes import CiInput, ci_row
from api.who import Principal
from graph.errors import BadInputError, NotAllowedError
from importers.model import Finding, Observation

CI_FIELDS = {  # of a CiInput what it writes, by the schema's names
    "ciId": "ci_id", "name": "name", "ciClass": "ci_class", "status": "status", "attributes": "attributes",
}  # fmt: skip
OPERATIONS = ("query", "mutation", "subscription")
Resolver = Callable[..., Any]


def guard(schema: strawberry.Schema) -> strawberry.Schema:
    """Let each root field be asked for only by those whom the table names; ValueError for one that is not in it."""
    for operation in OPERATIONS:
        root: GraphQLObjectType | None = getattr(schema._schema, f"{operation}_type")
        for name, field in ({} if root is None else root.fields).items():
            if name not in roles().brings[operation]:
                raise ValueError(f"{operation} {name} has no row in api/access/data/roles.toml")
            if operation == "subscription":
                field.subscribe = _guarded_feed(field.subscribe or default_field_resolver, operation, name)
            else:
                field.resolve = _guarded(field, operation, name)
    return schema


def _guarded(field: GraphQLField, operation: str, name: str) -> Resolver:
    resolve, told = field.resolve or default_field_resolver, _may_tell(field)

    def resolver(root: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        reading = _reading(info)
        try:
            check(reading.principal, operation, name)
            if operation == "mutation" and reading.principal.scopes:
                found: Any = _in_scope(reading, name, given, lambda: resolve(root, info, **given))
            else:
                found = resolve(root, info, **given)
        except NotAllowedError as error:
            return _refusal(error, info, told)
        return _awaited(found, info, told) if isawaitable(found) else found

    return resolver


async def _in_scope(reading: Reading, name: str, given: Mapping[str, Any], resolve: Callable[[], Any]) -> Any:
    written, asked = roles().written[name], given["input"]
    cis = asked[written.rows] if written.rows else [asked[written.row]] if written.row else ()
    rows, ends = ci_rows(cis), [asked[field] for field in written.ends]
    for inner, fields in written.within.items():
        ends += [item[field] for item in asked.get(inner) or () for field in fields]
    register = reading.register
    await run_in_threadpool(
        check_written, register.store, reading.principal.scopes, rows, ends, register.settings.timezone
    )
    found = resolve()
    return await found if isawaitable(found) else found


def ci_rows(given: Sequence[Mapping[str, Any]]) -> list[Observation | Finding]:
    """CIs of an input as the mutation makes rows of them; where one makes none, it refuses all."""
    found: list[Observation | Finding] = []
    for number, each in enumerate(given):
        fields = {name: each[told] for told, name in CI_FIELDS.items() if told in each}
        with suppress(BadInputError):
            found += ci_row(number, CiInput(**fields))
    return found


async def _awaited(found: Awaitable[Any], info: GraphQLResolveInfo[Any], told: bool) -> Any:
    try:
        return await found
    except NotAllowedError as error:
        return _refusal(error, info, told)


def _guarded_feed(subscribe: Resolver, operation: str, name: str) -> Resolver:
    def feed(
        root: Any, info: GraphQLResolveInfo[Any], **given: Any
    ) -> AsyncIterator[Any] | Awaitable[AsyncIterator[Any]]:
        check(_reading(info).principal, operation, name)
        opened: AsyncIterator[Any] | Awaitable[AsyncIterator[Any]] = subscribe(root, info, **given)
        return opened

    return feed


def check(principal: Principal, operation: str, field: str) -> None:
    """Refuse whoever may not ask for a root field: NotAllowedError.

    `server.not_allowed`: none of their roles brings it; `server.not_scoped`: it would name CIs out of their scopes.
    """
    if not roles().allowed(principal.roles, operation, field):
        needed = ", ".join(role for role in roles().below if role in roles().brings[operation][field])
        raise NotAllowedError("server.not_allowed", field=field, roles=needed)
    if principal.scopes and field not in roles().scoped[operation]:
        raise NotAllowedError("server.not_scoped", field=field)


def _reading(info: GraphQLResolveInfo[Any]) -> Reading:
    reading: Reading = info.context["reading"]
    return reading


def _may_tell(field: GraphQLField) -> bool:
    # whether the field's answers have a member for it
    answer = get_named_type(field.type)
    return isinstance(answer, GraphQLUnionType) and any(kind.name == NotAllowed.__name__ for kind in answer.types)


def _refusal(error: NotAllowedError, info: GraphQLResolveInfo[Any], told: bool) -> NotAllowed:
    if not told:
        raise error
    return not_allowed(error, _reading(info))
