"""What an HTTP request asks of GraphQL: its document, variables and operation, if it is one (GraphQL over HTTP)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graph.errors import ParamValue

MEDIA, JSON = "application/graphql-response+json", "application/json"
EVENTS = "text/event-stream"
LONGEST_DOCUMENT = 20_000  # characters
DEEPEST = 40  # levels of JSON, and of braces in a document; `core.graphql` needs eight
# each text and comment is taken in one go, closed or not, so that nothing is ever looked at twice
_JSON = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{(]|[\]})]', re.DOTALL)
_DOCUMENT = re.compile(r'"""(?:\\"""|(?!""").)*+(?:""")?|"(?:[^"\\\n\r]|\\.)*+"?|#[^\n\r]*+|[\[{(]|[\]})]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """One operation to execute."""

    query: str
    variables: dict[str, Any] | None
    operation: str | None


@dataclass(frozen=True, slots=True)
class Asked(Question):
    """An operation asked for by HTTP.

    `media`: what the answer is to be; `is_get`: nothing may be changed by it; `as_events`: a stream of events will do.
    """

    media: str
    is_get: bool
    as_events: bool


async def asked_of(request: Request) -> Asked | Response:
    """What a request asks, or the refusal of one that asks nothing."""
    is_get = request.method != "POST"
    if not is_get and not _is_json(request.headers.get("content-type", "")):
        return refusal(415, "server.media_type", {"Accept": JSON})
    found = _of_address(request) if is_get else parse_body(await request.body())
    question = None if found is None else question_of(found)
    if question is None:
        return refusal(400, "server.no_query")
    accept = request.headers.get("accept", "")
    media = MEDIA if _takes(accept, MEDIA) else JSON
    return Asked(
        question.query, question.variables, question.operation, media, is_get, as_events=_takes(accept, EVENTS)
    )


def question_of(found: Mapping[str, Any]) -> Question | None:
    """The operation that an object asks for; `None` where it asks for none."""
    query, variables, operation = found.get("query"), found.get("variables"), found.get("operationName")
    if not isinstance(query, str) or not query.strip() or len(query) > LONGEST_DOCUMENT:
        return None
    if nesting(query, _DOCUMENT) > DEEPEST or not isinstance(variables, dict | None):
        return None
    if not isinstance(operation, str | None) or not isinstance(found.get("extensions"), dict | None):
        return None
    return Question(query, variables, operation)


def _takes(accept: str, media: str) -> bool:
    # whether a header names it, and not only to refuse it
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name == media:
            return not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
    return False


def _is_json(content_type: str) -> bool:
    name, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [part.removeprefix("charset=").strip('"') for part in parameters if part.startswith("charset=")]
    return name == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)


def _of_address(request: Request) -> dict[str, Any] | None:
    # variables and extensions are JSON in the address
    found: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = parse_body(found[name].encode("utf-8", "surrogatepass"))
            if found[name] is None:
                return None
    return found


def refusal(
    status: int,
    key: str,
    headers: dict[str, str] | None = None,
    params: Mapping[str, ParamValue] | None = None,
    media: str = JSON,
) -> Response:
    """An answer to a request that is not even looked into."""
    extensions = {"key": key} if params is None else {"key": key, "params": dict(params)}
    return JSONResponse({"errors": [{"message": key, "extensions": extensions}]}, status, headers, media)


def parse_body(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a request; `None` for anything else, however it is wrong."""
    try:
        text = body.decode("utf-8")
        found = json.loads(text) if nesting(text) <= DEEPEST else None
        # half a surrogate pair and NaN can be written so, and neither stored nor answered
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def nesting(text: str, pattern: re.Pattern[str] = _JSON) -> int:
    """How deep brackets are nested outside of texts (and, in a document, comments)."""
    depth = deepest = 0
    for match in pattern.finditer(text):
        if match[0] in "[{(":
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in "]})":
            depth -= 1
    return deepest
