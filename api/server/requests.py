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
LONGEST_DOCUMENT = 20_000  # characters
DEEPEST = 40  # levels of JSON, and of braces in a document; `core.graphql` needs eight
# each text and comment is taken in one go, closed or not, so that nothing is ever looked at twice
_JSON = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{(]|[\]})]', re.DOTALL)
_DOCUMENT = re.compile(r'"""(?:\\"""|(?!""").)*+(?:""")?|"(?:[^"\\\n\r]|\\.)*+"?|#[^\n\r]*+|[\[{(]|[\]})]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation to execute. `media`: what the answer is to be; `is_get`: nothing may be changed by it."""

    query: str
    variables: dict[str, Any] | None
    operation: str | None
    media: str
    is_get: bool


async def asked_of(request: Request) -> Asked | Response:
    """What a request asks, or the refusal of one that asks nothing."""
    is_get = request.method != "POST"
    if not is_get and not _is_json(request.headers.get("content-type", "")):
        return refusal(415, "server.media_type", {"Accept": JSON})
    found = _of_address(request) if is_get else parse_body(await request.body())
    query = None if found is None else found.get("query")
    if (
        found is None
        or not isinstance(query, str)
        or not query.strip()
        or len(query) > LONGEST_DOCUMENT
        or nesting(query, _DOCUMENT) > DEEPEST
    ):
        return refusal(400, "server.no_query")
    variables, operation = found.get("variables"), found.get("operationName")
    if not isinstance(variables, dict | None) or not isinstance(operation, str | None):
        return refusal(400, "server.no_query")
    if not isinstance(found.get("extensions"), dict | None):
        return refusal(400, "server.no_query")
    media = MEDIA if _takes(request.headers.get("accept", ""), MEDIA) else JSON
    return Asked(query, variables, operation, media, is_get)


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
