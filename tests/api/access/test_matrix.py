"""Every root field of the schema for every role and every state of a token, generated from the schema itself."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
)
from strawberry.types.execution import ExecutionResult

from api.access.roles import roles
from api.schema.allowed import OPERATIONS, guard
from api.schema.reading import Info, Reading
from api.schema.root import make_schema
from api.schema.sdl import published
from api.who import Principal
from graph.errors import NotAllowedError
from tests.api.access.in_memory import HOME, Door, bearer
from tests.api.web import Web, over

SCHEMA: GraphQLSchema = build_schema(published())
ROLES = tuple(roles().below)
REFUSED = ("none", "expired", "revoked", "deleted", "disabled")
# names of INTERFACES, and of pages, that this version may not serve yet
TO_COME = {
    "query": "explore overview change changes changeCategories review changeConflicts freeSlots service continuity "
    "singlePointsOfFailure scenarios unmatchedChanges kpis compliance revisions diff baselines importRuns conflicts "
    "ontology",
    "mutation": "loadExample upsertCis retireCi relate unrelate saveChange decideChange startImport appendImport "
    "finishImport resolveConflict createBaseline approveBaseline savePlan recordPlanTest undoRevision",
    "subscription": "revisions importProgress",
}
LITERALS = {"String": '"x"', "ID": '"x"', "Int": "1", "Float": "1", "Boolean": "true", "Long": "1", "JSON": "{}"}
LITERALS |= {"DateTime": '"2026-11-27T00:00:00+08:00"'}


def fields(operation: str) -> Mapping[str, GraphQLField]:
    root = {"query": SCHEMA.query_type, "mutation": SCHEMA.mutation_type, "subscription": SCHEMA.subscription_type}
    found = root[operation]
    return {} if found is None else found.fields


SERVED = [(operation, name) for operation in OPERATIONS for name in fields(operation)]


def literal(kind: Any) -> str:
    """A value of a type, as a document writes it."""
    if isinstance(kind, GraphQLNonNull):
        return literal(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{literal(kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    if isinstance(kind, GraphQLInputObjectType):
        return f"{{{needed(kind.fields)}}}"
    return LITERALS[kind.name]


def needed(given: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]) -> str:
    some = {name: each for name, each in given.items() if isinstance(each.type, GraphQLNonNull)}
    return ", ".join(f"{name}: {literal(each.type)}" for name, each in some.items())


def document(operation: str, name: str) -> str:
    """The smallest one that asks for a root field."""
    field = fields(operation)[name]
    arguments, kind = needed(field.args), get_named_type(field.type)
    below = "" if is_leaf_type(kind) else "{ __typename ... on Error { key } }"
    if not is_leaf_type(kind) and not isinstance(kind, GraphQLUnionType):
        below = "{ __typename }"
    return f"{operation} {{ {name}{f'({arguments})' if arguments else ''} {below} }}"


def may_tell(name: str) -> bool:
    kind = get_named_type(fields("mutation")[name].type)
    return isinstance(kind, GraphQLUnionType) and any(each.name == "NotAllowed" for each in kind.types)


def test_every_root_field_has_its_row_and_no_row_is_of_nothing() -> None:
    for operation in OPERATIONS:
        rows = roles().brings[operation]
        assert fields(operation).keys() <= rows.keys()
        assert rows.keys() - fields(operation).keys() <= set(TO_COME[operation].split())
        assert all(some and some <= set(ROLES) for some in rows.values())
        assert roles().scoped[operation] <= rows.keys()
    assert roles().written.keys() == roles().scoped["mutation"]


def test_a_root_field_without_a_row_is_not_served() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def forgotten(self) -> int:
            return 1

    with pytest.raises(ValueError, match=r"query forgotten has no row in api/access/data/roles\.toml"):
        guard(strawberry.Schema(Query))


def test_every_mutation_can_say_that_it_is_not_allowed() -> None:
    assert [name for name in fields("mutation") if not may_tell(name)] == []


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> tuple[Door, dict[tuple[str, str], str]]:
    """A server without an engine, and a token of each role in each state."""
    door = Door(tmp_path_factory.mktemp("door"))
    found = {
        (role, state): door.token(role, name=f"{role} {state}", state=state) for role in ROLES for state in REFUSED
    }
    found |= {(role, "valid"): door.token(role, name=role) for role in ROLES}
    found |= {(role, "out of scope"): door.token(role, name=f"{role} of a site", site=["nowhere"]) for role in ROLES}
    return door, found


@pytest.mark.parametrize(("operation", "name"), [each for each in SERVED if each[0] != "subscription"])
def test_a_root_field_answers_those_whom_the_table_names_and_nobody_else(
    operation: str, name: str, tokens: tuple[Door, dict[tuple[str, str], str]]
) -> None:
    door, shown = tokens
    web = Web(over(cast(Any, door.register)).app, HOME)  # a new one has seen no failed log-ins
    asked, brings = {"query": document(operation, name)}, roles().brings[operation][name]

    answers = web.requests("POST", "/graphql", ({"json": asked, "headers": bearer(text)} for text in shown.values()))
    for (role, state), answer in zip(shown, answers, strict=True):
        plain = answer.json()
        where = f"{role}, {state}: {answer.text}"
        if state in REFUSED:
            assert (answer.status_code, plain["errors"][0]["extensions"]["key"]) == (401, "server.no_token"), where
            assert "data" not in plain
            continue
        keys = [error.get("extensions", {}).get("key") for error in plain.get("errors", ())]
        found = (plain["data"] or {}).get(name)
        told = found.get("key") if isinstance(found, dict) else None
        is_refused = not {"server.not_allowed", "server.not_scoped"}.isdisjoint((*keys, told))
        hides = state != "out of scope" or name in roles().scoped[operation]
        assert is_refused == (brings.isdisjoint(roles().below[role]) or not hides), where
        if is_refused and operation == "mutation":
            assert isinstance(found, dict), where
            assert found["__typename"] == "NotAllowed", where
        assert "validation" not in answer.text, where


def test_who_holds_no_role_may_ask_for_nothing(tokens: tuple[Door, Any]) -> None:
    door, _ = tokens
    schema = make_schema()
    nobody = Reading(cast(Any, door.register), Principal("nobody", "", frozenset()))

    async def asked(text: str) -> ExecutionResult:
        return await schema.execute(text, context_value={"reading": nobody})

    for operation, name in SERVED:
        if operation == "query":
            errors = asyncio.run(asked(document(operation, name))).errors or []
            assert [type(error.original_error) for error in errors] == [NotAllowedError]


def test_a_subscription_is_opened_only_for_those_whom_the_table_names(tokens: tuple[Door, Any]) -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def revision(self) -> int:
            return 1

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def revisions(self, info: Info) -> AsyncIterator[int]:
            yield 7

    schema = guard(strawberry.Schema(Query, subscription=Subscription))

    async def first(*given: str) -> Any:
        who = Principal("principal:ann", "ann", frozenset(given))
        reading = Reading(cast(Any, tokens[0].register), who)
        async for each in await schema.subscribe("subscription { revisions }", context_value={"reading": reading}):
            return each
        return None

    allowed, refused = asyncio.run(first("viewer")), asyncio.run(first())

    assert (allowed.data, allowed.errors) == ({"revisions": 7}, None)
    assert refused.data is None
    assert isinstance(refused.errors[0].original_error, NotAllowedError)


def test_a_question_that_is_not_allowed_is_told_by_its_key(tokens: tuple[Door, dict[tuple[str, str], str]]) -> None:
    door, shown = tokens
    asked = {"query": "{ revision accessChanges { at } ...F } fragment F on Query { principals { name } me { actor } }"}

    plain = door.web.post("/graphql", json=asked, headers=bearer(shown["viewer", "valid"])).json()

    assert plain["data"] is None, "accessChanges cannot be null, and so nothing is told"
    assert {error["extensions"]["key"] for error in plain["errors"]} == {"server.not_allowed"}
    assert plain["errors"][0]["message"].startswith("accessChanges is not allowed to you")


def test_access_is_changed_over_the_api_and_noted_with_its_actor(tmp_path: Path) -> None:
    door = Door(tmp_path)
    admin = bearer(door.token("admin", name="root"))

    def changed(name: str, given: str, below: str) -> Any:
        asked = f"mutation {{ {name}(input: {{{given}}}) {{ __typename {below} ... on InvalidInput {{ key path }} }} }}"
        return door.web.post("/graphql", json={"query": asked}, headers=admin).json()["data"][name]

    made = changed(
        "createPrincipal", 'name: "bob", roles: ["viewer"], scopes: {owner: ["team-1"]}, expires: "never"',
        "... on NewToken { secret token { id expiresAt } }",
    )  # fmt: skip
    bob = bearer(made["secret"])
    me = door.web.post(
        "/graphql", json={"query": "{ me { name actor roles scopes { owner site } may } }"}, headers=bob
    ).json()
    another = changed("createToken", 'principal: "bob"', "... on NewToken { secret token { id expiresAt } }")
    wrong = changed("createPrincipal", 'name: "bob", roles: ["viewer"]', "")
    revoked = changed(
        "revokeToken", f'token: "{made["token"]["id"]}"', "... on RevokeTokenPayload { token { revokedAt } }"
    )
    gone = door.web.post("/graphql", json={"query": "{ revision }"}, headers=bob).status_code
    disabled = changed("disablePrincipal", 'principal: "bob"', "... on ChangePrincipalPayload { disabled }")
    deleted = changed("deletePrincipal", 'principal: "bob"', "... on ChangePrincipalPayload { deleted }")
    asked = "{ principals { name tokens { id usedAt } } accessChanges(most: 9) { actor action principal } }"
    told = door.web.post("/graphql", json={"query": asked}, headers=admin).json()["data"]

    assert made["token"]["expiresAt"] is None
    mine = me["data"]["me"]
    assert (mine["name"], mine["actor"], mine["roles"]) == ("bob", "principal:bob", ["viewer"])
    assert (mine["scopes"], "mutation.upsertCis" in mine["may"], "query.impact" in mine["may"]) == (
        {"owner": ["team-1"], "site": []}, False, True,
    )  # fmt: skip
    assert another["token"]["expiresAt"] is not None
    assert (wrong["key"], wrong["path"]) == ("access.name_taken", ["input", "name"])
    assert (revoked["token"]["revokedAt"] is not None, gone) == (True, 401)
    assert (disabled["disabled"], deleted["deleted"]) == (True, True)
    assert [each["name"] for each in told["principals"]] == ["root"]
    assert [(each["actor"], each["action"]) for each in told["accessChanges"]][:5] == [
        ("principal:root", "principal_deleted"),
        ("principal:root", "principal_disabled"),
        ("principal:root", "token_revoked"),
        ("principal:root", "token_created"),
        ("principal:root", "token_created"),
    ]
