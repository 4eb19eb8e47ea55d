"""Requests that no honest client sends: what is to become of each. The benchmark measures what each costs."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import get_introspection_query

from api.schema.cursors import encode
from api.schema.filters import cursor_of, question_of
from api.server.requests import JSON, MEDIA
from graph.catalogue import Order

LONG_NAME = "n" * 10_000
MATCH = "'; MATCH (n) DETACH DELETE n //"
NAMED = "query ($id: String!) { ci(ciId: $id) { name } }"
PAGE = "query ($first: Int, $after: String) { cis(first: $first, after: $after) { nodes { ciId } } }"
SEARCH = "query ($text: String!) { search(text: $text) { hits { score } } }"


@dataclass(frozen=True)
class Hostile:
    """One request, the status and the key it is answered with; no key: what is asked for is not there."""

    status: int
    key: str | None = None
    content: bytes = b""
    method: str = "POST"
    path: str = "/graphql"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, Any]:
        """For the client."""
        return {"content": self.content, "headers": {"Content-Type": JSON, "Accept": MEDIA, **self.headers}}


def asks(status: int, key: str | None, query: str, **variables: Any) -> Hostile:
    return Hostile(status, key, json.dumps({"query": query, "variables": variables}).encode())


def body(status: int, key: str, content: bytes, **headers: str) -> Hostile:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Hostile(status, key, content, headers=named)


def doubling(times: int) -> str:
    """Fragments of which each spreads the one before twice."""
    ones = [f"fragment F{at} on Query {{ ...F{at - 1} ...F{at - 1} }}" for at in range(1, times)]
    return " ".join(["fragment F0 on Query { revision }", *ones, f"{{ ...F{times - 1} }}"])


def aliased(times: int, what: str) -> str:
    return "{" + " ".join(f"a{number}: {what}" for number in range(times)) + "}"


def in_variables(text: str) -> bytes:
    return b'{"query": "{ revision }", "variables": {"a": ' + text.encode() + b"}}"


NO_QUERY, TOO_MUCH, WRONG = "server.no_query", "server.too_much", "server.document"
REFUSED: dict[str, Hostile] = {
    "null": body(400, NO_QUERY, b"null"),
    "5": body(400, NO_QUERY, b"5"),
    "a text": body(400, NO_QUERY, b'"a"'),
    "half of a body": body(400, NO_QUERY, b'{"query": "{ revision }"'),
    "invalid UTF-8": body(400, NO_QUERY, b'{"query": "{ revision }\xc3\x28"}'),
    "UTF-16": body(400, NO_QUERY, '{"query": "{ revision }"}'.encode("utf-16")),
    "100,000 levels of lists": body(400, NO_QUERY, b'{"query": "{ revision }", "variables": ' + b"[" * 100_000),
    "100,000 levels of objects": body(400, NO_QUERY, b'{"a":' * 100_000),
    "a megabyte of quotes": body(400, NO_QUERY, b'"' * 1_000_000),
    "a megabyte of spaces": body(400, NO_QUERY, b" " * 1_000_000),
    "a number of 100,000 digits": body(400, NO_QUERY, in_variables("9" * 100_000)),
    "NaN": body(400, NO_QUERY, in_variables("NaN")),
    "infinity": body(400, NO_QUERY, in_variables("-Infinity")),
    "a number that is infinite": body(400, NO_QUERY, in_variables("1e999")),
    "half a surrogate pair": body(400, NO_QUERY, in_variables('"\\ud83d"')),
    "half a pair as a name": body(400, NO_QUERY, in_variables('{"\\udc00": 1}')),
    "no content type": body(415, "server.media_type", b'{"query": "{ revision }"}', Content_Type=""),
    "a form": body(415, "server.media_type", b"query=x", Content_Type="application/x-www-form-urlencoded"),
    "an upload": body(415, "server.media_type", b"--x--", Content_Type="multipart/form-data; boundary=x"),
    "packed": body(415, "limits.encoding", gzip.compress(b"{" * 10**7), Content_Encoding="gzip"),
    "packed twice": body(415, "limits.encoding", gzip.compress(gzip.compress(b"")), Content_Encoding="gzip, gzip"),
    "packed in another way": body(415, "limits.encoding", b"\x00", Content_Encoding="br"),
    "a body over the limit": body(413, "server.body_too_long", b" " * 1_000_001),
    "a length of 5,000 digits": body(413, "server.body_too_long", b"{}", Content_Length="9" * 5_000),
    "10,000 aliases": asks(400, NO_QUERY, aliased(10_000, "revision")),
    "aliases within its length": asks(400, TOO_MUCH, aliased(600, "revision")),
    "fragments that double 60 times": asks(400, TOO_MUCH, doubling(60)),
    "fragments that double 45 times": asks(400, TOO_MUCH, doubling(45)),
    "directives": asks(400, TOO_MUCH, "{ revision " + "@skip(if: false) " * 300 + "}"),
    "unknown directives": asks(400, TOO_MUCH, "{ revision " + "@a " * 900 + "}"),
    "tokens": asks(400, TOO_MUCH, "{" + "a " * 9_000 + "}"),
    "a circle of fragments": asks(400, "server.circular_fragments", "{ ...A } fragment A on Query { ...A }"),
    "a deep document": asks(400, TOO_MUCH, "{a" * 39 + "}" * 39),
    "a deeper document": asks(400, NO_QUERY, "{a" * 5_000 + "}" * 5_000),
    "a deep list": asks(400, NO_QUERY, '{ ci(ciId: "' + "x" + '") { name } cis(after: ' + "[" * 5_000 + ") }"),
    "pages of pages": asks(400, TOO_MUCH, "{ cis(first: 500) { nodes { providers(first: 500) { nodes { id } } } } }"),
    "introspection again and again": asks(400, TOO_MUCH, aliased(45, "__schema { types { fields { name } } }")),
    "introspection without end": asks(
        400, WRONG, "{ __schema { types {" + "fields { type {" * 7 + "name" + "} }" * 7 + "} } }"
    ),
    "a million blanks in a name": asks(400, NO_QUERY, "{" + " " * 900_000 + "revision }"),
    "fields that collide": asks(400, WRONG, "{ a: revision a: __typename }"),
    "a variable of another type": asks(400, WRONG, NAMED, id={"a": 1}),
    "a variable that is not there": asks(400, WRONG, NAMED),
    "an integer over 2³¹": asks(400, WRONG, PAGE, first=2**31),
    "an integer over 2⁶³": asks(400, WRONG, PAGE, first=2**63),
    "a fraction": asks(400, WRONG, PAGE, first=1.5),
    "an integer of 400 digits in a document": asks(400, WRONG, "{ cis(first: " + "9" * 400 + ") { totalCount } }"),
    "an integer of 9,000 digits in a document": asks(
        400, TOO_MUCH, "{ cis(first: " + "9" * 9_000 + ") { totalCount } }"
    ),
    "NUL in a document": asks(400, WRONG, "{ revision\x00 }"),
    "a field of 10,000 characters": asks(400, WRONG, "{ " + LONG_NAME + " }"),
    "a mutation by address": Hostile(
        405, "server.get_changes", method="GET", path="/graphql?query=mutation%20%7B__typename%7D"
    ),
    "surrogates in an address": Hostile(400, NO_QUERY, method="GET", path="/graphql?query=%ED%A0%80&variables=%ED"),
    "no method": Hostile(405, "server.method", method="DELETE"),
    "no path": Hostile(404, "server.not_found", path="/graphql/../../etc/passwd%00"),
    "a forged Host": body(403, "server.foreign_host", b"{}", Host="localhost.evil.example"),
    "a forged Origin": body(403, "server.foreign_origin", b"{}", Origin="https://evil.example"),
}
IDS = {  # that no CI has
    "a statement": MATCH,
    "NUL": "a\x00b",
    "bidi": "a\u202eb",
    "zero width": "a\u200bb",
    "10,000 characters": LONG_NAME,
    "a script": "<script>alert(1)</script>",
    "a formula": "=cmd|' /C calc'!A0",
    "a path": "../../etc/passwd",
    "emoji": "💥" * 100,
}
ANSWERED: dict[str, Hostile] = {
    **{f"a CI called {name}": asks(200, None, NAMED, id=text) for name, text in IDS.items()},
    **{f"a search for {name}": asks(200, None, SEARCH, text=text) for name, text in IDS.items()},
    "a search for nothing": asks(200, None, SEARCH, text=""),
    "a page of less than none": asks(200, "server.first", PAGE, first=-1),
    "a cursor of nobody": asks(200, "server.cursor", PAGE, after="%%%"),
    "a cursor of another kind": asks(200, "server.cursor", PAGE, after=encode("relationship", "a|depends_on|b")),
    "a cursor that was a CI": asks(200, "server.cursor", PAGE, after=encode("ci", "\U0010ffff" + MATCH)),
    "a forged cursor": asks(200, None, PAGE, after=cursor_of(("", "\U0010ffff" + MATCH), question_of(None, Order()))),
    "a node of another kind": asks(200, None, "query ($id: ID!) { node(id: $id) { id } }", id=encode("change", "c")),
    "a node that is a number": asks(200, "server.cursor", "query ($id: ID!) { node(id: $id) { id } }", id=2**53),
    "a moment without offset": asks(200, "door.as_of", '{ ci(ciId: "a", asOf: "2026-01-01T00:00:00") { name } }'),
    "all that tools ask": asks(200, None, get_introspection_query()),
}
