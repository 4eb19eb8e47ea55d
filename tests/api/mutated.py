"""Requests that were right until something was done to them: bytes, JSON, documents, headers and addresses."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, cast

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_list_type,
    is_non_null_type,
)

from api.schema.cursors import encode
from api.server.requests import JSON, MEDIA
from tests.api.hostile import ANSWERED, REFUSED, Hostile

DEEPEST = 3  # levels of fields below a root field
GIVEN: dict[str, Any] = {
    "id": encode("ci", "db-1"),
    "ciId": "app-1",
    "from": "svc-policy",
    "to": "db-1",
    "text": "保单",
    "first": 2,
    "most": 3,
    "seeds": [{"ciId": "db-1"}],
    "asOf": "2999-01-01T00:00:00Z",
    "effect": "OUTAGE",
    "orderBy": {"field": "NAME"},
    "filter": {"text": "db"},
    "service": "svc-policy",
    "period": "2026-10",
    "ids": ["B11.3"],
    "proposed": None,
    "while": [{"ciId": "db-2"}],
    "scenario": None,
    "physical": False,
    "view": {"view": "NEIGHBOURHOOD", "cis": ["db-1"]},
    "after": None,
}
NASTY: list[Any] = [
    None,
    True,
    0,
    -1,
    2**31,
    2**53,
    2**63,
    -(2**63),
    10**400,
    1.5,
    1e308,
    "",
    " ",
    "\x00",
    "a\u202eb",
    "\u200b",
    "\ud800",
    "é",
    "e\u0301",
    "'; MATCH (n) DETACH DELETE n //",
    "<script>",
    "=cmd",
    "../..",
    "x" * 10_000,
    "9" * 400,
    "OUTAGE",
    "2026-02-30T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    [],
    {},
    [[]],
    [None] * 100,
    {"a": {"b": {}}},
    {"ciId": "db-1"},
    [{"ciId": "db-1"}],
    [{"ciId": "\x00"}] * 3,
    "Y2k6ZGItMQ",
    "Y2k6",
    "Y2k6Cg",
    "%",
]
TOKENS = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "$",
    "...",
    "@skip(if: true)",
    "@include(if: $a)",
    "@x",
    "fragment",
    "on",
    "query",
    "mutation",
    "subscription",
    "__typename",
    "__schema",
    '__type(name: "Ci")',
    "null",
    "true",
    "1",
    "-1",
    "1e400",
    '"',
    '"""',
    "#",
    "\\u0000",
    "\ufeff",
    "é",
    "💥",
    "Ci",
    "Node",
    "first: 500",
    "first: -1",
    'after: "Y2k6"',
    "ciId",
    "a:",
    "$a: Int = 1",
]
HEADERS = {
    "Content-Type": [
        JSON,
        MEDIA,
        "",
        "text/plain",
        f"{JSON}; charset=utf-16",
        f"{JSON};;;=",
        "a" * 5_000,
        "multipart/form-data",
    ],
    "Accept": [MEDIA, "", "*/*", ";;;,,,", "text/html", f"{MEDIA};q=0", "," * 5_000],
    "Content-Encoding": ["gzip", "identity", "br, gzip", "x"],
    "X-Request-Id": ["a", "", "\xff", "a b", "x" * 5_000],
    "Origin": ["null", "http://localhost", "http://evil.example", "http://[::1", "\xff"],
    "Host": ["localhost", "", "localhost:99999999", "[::1", "evil.example"],
    "Cookie": ["a=b; " * 100],
    "Authorization": ["Bearer", "Bearer \xff", "Basic ====", "Bearer " + "x" * 5_000],
}
PATHS = ["/graphql", "/graphql/", "//graphql", "/", "/livez", "/metrics", "/graphql%00", "/%ff", "/" + "a" * 5_000]
METHODS = ["POST", "GET", "PUT", "HEAD", "OPTIONS", "PATCH", "TRACE"]


OF_FIELD: dict[str, dict[str, Any]] = {
    "change": {"changeId": "CHG-1"},
    "changeConflicts": {"from": "2026-11-28T00:00:00Z", "to": "2026-12-05T00:00:00Z"},
    "changeCalendar": {"from": "2026-11-28T00:00:00Z", "to": "2026-12-05T00:00:00Z"},
    "changeVerdicts": {"changes": ["CHG-1"]},
    "freeSlots": {"from": "2026-11-28T00:00:00Z", "days": 7, "mostSevere": "pass"},
}


def right_ones(schema: GraphQLSchema) -> list[dict[str, Any]]:
    """A request for each question that can be asked, of all fields of its answer."""
    return [_asking(name, field) for name, field in cast(GraphQLObjectType, schema.query_type).fields.items()]


def _asking(name: str, field: GraphQLField) -> dict[str, Any]:
    given = {
        each: OF_FIELD.get(name, {}).get(each, GIVEN.get(each, _example(argument.type)))
        for each, argument in field.args.items()
    }
    declared = ", ".join(f"${each}: {field.args[each].type}" for each in given)
    passed = ", ".join(f"{each}: ${each}" for each in given)
    head, arguments = (f"query Q({declared})", f"({passed})") if given else ("query Q", "")
    return {"query": f"{head} {{ {name}{arguments} {_selection(field, DEEPEST)} }}", "variables": given}


def _selection(field: GraphQLField, deepest: int) -> str:
    found = get_named_type(field.type)
    if isinstance(found, GraphQLUnionType):
        inside = [f"... on {each.name} {_fields(each, deepest)}" for each in found.types]
        return "{ __typename " + " ".join(inside) + " }"
    return _fields(found, deepest) if hasattr(found, "fields") else ""


def _fields(kind: Any, deepest: int) -> str:
    plain = [name for name, each in kind.fields.items() if not hasattr(get_named_type(each.type), "fields")]
    plain = [name for name in plain if not isinstance(get_named_type(kind.fields[name].type), GraphQLUnionType)]
    below = [name for name in kind.fields if name not in plain] if deepest else []
    inside = [f"{name} {_selection(kind.fields[name], deepest - 1)}" for name in below[:2]]
    return "{ __typename " + " ".join([*plain, *inside]) + " }"


def _example(kind: Any) -> Any:
    if is_non_null_type(kind):
        return _example(kind.of_type)
    if is_list_type(kind):
        return [_example(kind.of_type)]
    if isinstance(kind, GraphQLInputObjectType):
        needed = {name: each.type for name, each in kind.fields.items() if is_non_null_type(each.type)}
        return {name: GIVEN.get(name, _example(each)) for name, each in needed.items()}
    return None


def mutated(schema: GraphQLSchema, seed: int) -> Iterator[Hostile]:
    """Requests without end, the same ones for a seed."""
    chance, right = random.Random(seed), right_ones(schema)
    raw = [each.content for each in (*REFUSED.values(), *ANSWERED.values()) if len(each.content) < 5_000]
    while True:
        asked = json.loads(json.dumps(chance.choice(right)))
        for _ in range(chance.choice((1, 1, 2, 3))):
            chance.choice((_value, _value, _document, _document, _member))(asked, chance)
        content = json.dumps(asked, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
        if chance.random() < 0.1:
            content = chance.choice(raw)
        if chance.random() < 0.15:
            content = _bytes(content, chance)
        headers = {"Content-Type": JSON, "Accept": chance.choice((JSON, MEDIA))}
        if chance.random() < 0.1:
            name = chance.choice(list(HEADERS))
            headers[name] = chance.choice(HEADERS[name])
        method = "POST" if chance.random() < 0.95 else chance.choice(METHODS)
        path = "/graphql" if chance.random() < 0.97 else chance.choice(PATHS)
        yield Hostile(0, content=content, method=method, path=path, headers=headers)


def _value(asked: dict[str, Any], chance: random.Random) -> None:
    # somewhere in the variables is something else
    place: Any = asked
    key: Any = "variables"
    while isinstance(place[key], dict | list) and place[key] and chance.random() < 0.8:
        place = place[key]
        key = chance.choice(list(place)) if isinstance(place, dict) else chance.randrange(len(place))
    place[key] = deepcopy(chance.choice(NASTY))


def _document(asked: dict[str, Any], chance: random.Random) -> None:
    words = str(asked.get("query", "")).split(" ")
    at, to = sorted((chance.randrange(len(words)), chance.randrange(len(words))))
    what = chance.randrange(5)
    if what == 0:
        del words[at]
    elif what == 1:
        words.insert(at, chance.choice(TOKENS))
    elif what == 2:
        words[at] = chance.choice(TOKENS)
    elif what == 3:
        words[at], words[to] = words[to], words[at]
    else:
        words[at:at] = words[at:to] * chance.choice((1, 2, 10))
    asked["query"] = " ".join(words)


def _member(asked: dict[str, Any], chance: random.Random) -> None:
    name = chance.choice(("query", "variables", "operationName", "extensions", "documentId", "id"))
    asked[name] = deepcopy(chance.choice([*NASTY, {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}]))


def _bytes(content: bytes, chance: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(chance.choice((1, 2, 8))):
        at = chance.randrange(len(found) + 1)
        what = chance.randrange(4)
        if what == 0:
            del found[at : at + chance.choice((1, 10, 1_000))]
        elif what == 1:
            found[at:at] = bytes([chance.randrange(256)])
        elif what == 2:
            found[at : at + 1] = chance.choice((b"\x00", b"\xff", b"\\", b'"', b"{", b"\xed\xa0\x80"))
        else:
            found[at:at] = found[at : at + 50] * chance.choice((1, 100))
    return bytes(found)
