"""`POST /graphql`: the first fields of the schema; errors of ours are typed, all others masked."""

import json
import re
from collections.abc import Mapping
from typing import Any

import strawberry
from graphql import GraphQLError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from strawberry.extensions import MaskErrors, MaxTokensLimiter
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionResult

from api.register import Register
from api.server.limits import Limits, check
from api.server.schema import LONG, InvalidInput, Long, Query, UnknownCi
from graph.errors import BadInputError, FaultlineError, ParamValue

MEDIA = "application/graphql-response+json"
LONGEST_DOCUMENT = 20_000  # characters
LIMITS = Limits()
DEEPEST = 40  # levels of JSON, and of braces in a document; `core.graphql` needs eight
# each text and comment is taken in one go, closed or not, so that nothing is ever looked at twice
_JSON = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{(]|[\]})]', re.DOTALL)
_DOCUMENT = re.compile(r'"""(?:\\"""|(?!""").)*+(?:""")?|"(?:[^"\\\n\r]|\\.)*+"?|#[^\n\r]*+|[\[{(]|[\]})]', re.DOTALL)


def _is_foreign(error: GraphQLError) -> bool:
    # what the library says of a document is for its author; what a resolver raised by surprise is not
    return error.original_error is not None and not isinstance(error.original_error, FaultlineError)


SCHEMA = strawberry.Schema(
    Query,
    types=[UnknownCi, InvalidInput],
    config=StrawberryConfig(auto_camel_case=True, scalar_map={Long: LONG}),
    extensions=[
        lambda: MaskErrors(should_mask_error=_is_foreign, error_message="internal error"),
        lambda: MaxTokensLimiter(max_token_count=LIMITS.tokens),
    ],
)


async def answer(request: Request, register: Register) -> Response:
    """Execute one operation. What is no GraphQL request gets 400."""
    found = parse_body(await request.body())
    query = None if found is None else found.get("query")
    if (
        found is None
        or not isinstance(query, str)
        or len(query) > LONGEST_DOCUMENT
        or nesting(query, _DOCUMENT) > DEEPEST
    ):
        return refusal(400, "server.no_query")
    variables, operation = found.get("variables"), found.get("operationName")
    if not isinstance(variables, dict | None) or not isinstance(operation, str | None):
        return refusal(400, "server.no_query")
    try:
        check(query, variables, LIMITS)
    except BadInputError as error:
        return refusal(400, error.message.key, params=error.message.params)
    result = await run_in_threadpool(_execute, query, variables, operation, register)
    plain: dict[str, Any] = {"data": result.data}
    if result.errors:
        plain["errors"] = [error.formatted for error in result.errors]
    # nothing was executed: the document itself is wrong (GraphQL over HTTP)
    unexecuted = result.data is None and result.errors and not any(error.path for error in result.errors)
    media = MEDIA if MEDIA in request.headers.get("accept", "") else "application/json"
    return JSONResponse(plain, 400 if unexecuted else 200, media_type=media)


def _execute(
    query: str, variables: dict[str, Any] | None, operation: str | None, register: Register
) -> ExecutionResult:
    context = {"register": register}
    return SCHEMA.execute_sync(query, variable_values=variables, operation_name=operation, context_value=context)


def refusal(
    status: int, key: str, headers: dict[str, str] | None = None, params: Mapping[str, ParamValue] | None = None
) -> Response:
    """An answer to a request that is not even looked into."""
    extensions = {"key": key} if params is None else {"key": key, "params": dict(params)}
    return JSONResponse({"errors": [{"message": key, "extensions": extensions}]}, status, headers)


def parse_body(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a request; `None` for anything else, however it is wrong."""
    try:
        text = body.decode("utf-8")
        found = json.loads(text) if nesting(text) <= DEEPEST else None
        # half a surrogate pair can be written in JSON, and neither stored nor answered
        json.dumps(found, ensure_ascii=False).encode()
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
