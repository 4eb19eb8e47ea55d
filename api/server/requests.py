"""What an HTTP request asks of GraphQL: its document, variables and operation, if it is one (GraphQL over HTTP)."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.languages import language_of
from api.server.notes import note
from api.server.settings import RequestLimits
from api.server.trusted import Trusted
from graph.errors import ParamValue

MEDIA, JSON = "application/graphql-response+json", "application/json"
HALF = re.compile(r"\\u[dD][89a-fA-F]")
STEPS = np.zeros(256, np.int8)
STEPS[list(b"[{(")], STEPS[list(b"]})")] = 1, -1
EVENTS = "text/event-stream"
AGAIN = 5  # seconds after which who was refused for now may ask again
# each text and comment is taken in one go, closed or not, so that nothing is ever looked at twice
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

    `media`: what the answer is to be; `is_get`: nothing may be changed by it; `as_events`: a stream of events will do;
    `language`: of its sentences, if chosen.
    """

    media: str
    is_get: bool
    as_events: bool
    language: str | None = None


async def asked_of(request: Request, limits: RequestLimits, trusted: Trusted) -> Asked | Response:
    """What a request asks, or the refusal of one that asks nothing; BadInputError as `Trusted.document`."""
    is_get = request.method != "POST"
    if not is_get and not _is_json(request.headers.get("content-type", "")):
        return refusal(415, "server.media_type", {"Accept": JSON})
    deepest = limits.nesting
    found = _of_address(request, deepest) if is_get else parse_body(await request.body(), deepest)
    question = None if found is None else question_of(found, limits, trusted)
    if question is None:
        return refusal(400, "server.no_query")
    accept = request.headers.get("accept", "")
    return Asked(
        question.query,
        question.variables,
        question.operation,
        MEDIA if _takes(accept, MEDIA) else JSON,
        is_get,
        as_events=_takes(accept, EVENTS),
        language=language_of(request.headers.get("accept-language", "")),
    )


def question_of(found: Mapping[str, Any], limits: RequestLimits, trusted: Trusted) -> Question | None:
    """The operation that an object asks for; `None` where it asks for none. BadInputError as `Trusted.document`."""
    query, variables, operation = trusted.document(found), found.get("variables"), found.get("operationName")
    if query is None or not query.strip() or len(query) > limits.document_characters or nesting(query) > limits.nesting:
        return None
    if not isinstance(variables, dict | None) or not isinstance(operation, str | None):
        return None
    if not isinstance(found.get("extensions"), dict | None):
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


def _of_address(request: Request, deepest: int) -> dict[str, Any] | None:
    # variables and extensions are JSON in the address
    found: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = parse_body(found[name].encode("utf-8", "surrogatepass"), deepest)
            if found[name] is None:
                return None
    return found


def refusal(
    status: int,
    key: str,
    headers: dict[str, str] | None = None,
    params: Mapping[str, ParamValue] | None = None,
    media: str = JSON,
    message: str | None = None,
) -> Response:
    """An answer to a request that is not even looked into, or cannot be answered now."""
    about = note()
    about.key = key
    extensions: dict[str, Any] = {"key": key, "requestId": about.request_id}
    if params is not None:
        extensions["params"] = dict(params)
    return JSONResponse({"errors": [{"message": message or key, "extensions": extensions}]}, status, headers, media)


def parse_body(body: bytes, deepest: int) -> dict[str, Any] | None:
    """The JSON object of a request; `None` for anything else, however it is wrong."""
    try:
        text = body.decode("utf-8")
        deep = nesting_of_json(text) > deepest
        found = None if deep else json.loads(text, parse_constant=_refused, parse_float=_finite)
        if HALF.search(text):
            # half a surrogate pair can be written in JSON, and neither stored nor answered
            json.dumps(found, ensure_ascii=False).encode()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _refused(constant: str) -> None:
    raise ValueError(constant)  # NaN and its like are not JSON, and could not be answered


def _finite(number: str) -> float:
    if not math.isfinite(found := float(number)):
        raise ValueError(number[:60])
    return found


def nesting_of_json(text: str) -> int:
    """How deep brackets are nested outside of texts; a megabyte of anything takes hundredths of a second."""
    found = np.frombuffer(text.replace("\\\\", "").replace('\\"', "").encode("utf-8", "surrogatepass"), np.uint8)
    inside = np.bitwise_xor.accumulate(found == ord('"'))
    steps = STEPS[found]
    steps[inside] = 0
    return int(np.cumsum(steps, dtype=np.int32).max(initial=0))


def nesting(text: str) -> int:
    """How deep brackets of a document are nested outside of texts and comments."""
    depth = deepest = 0
    for match in _DOCUMENT.finditer(text):
        if match[0] in "[{(":
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in "]})":
            depth -= 1
    return deepest
