"""`/graphql`: one operation executed; errors of ours are typed, all others masked."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from graphql import GraphQLError, OperationType, get_operation_ast
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from strawberry.extensions import MaskErrors
from strawberry.types import ExecutionResult

from api.register import Register
from api.schema.limits import Limits, check
from api.schema.reading import Reading
from api.schema.root import make_schema
from api.server.requests import MEDIA, Asked, asked_of, refusal
from api.texts import Texts
from graph.errors import BadInputError, FaultlineError, Message, StorageError

LIMITS = Limits()
LONGEST = 30.0  # seconds that a request may take; who waits longer has gone
PATIENCE = 5.0  # seconds that a request waits for the revision that it wants to see
AGAIN = 5  # seconds after which who was refused for now may ask again
REVISION = "Faultline-Revision"  # of a request: the least revision wanted; of an answer: the one that it is of


def _cause(error: GraphQLError) -> BaseException | None:
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _is_foreign(error: GraphQLError) -> bool:
    # what the library says of a document is for its author; what a resolver raised by surprise is not
    cause = _cause(error)
    return cause is not None and not isinstance(cause, FaultlineError)


SCHEMA = make_schema(
    extensions=[
        lambda: MaskErrors(should_mask_error=_is_foreign, error_message="internal error"),
    ],
)


async def answer(request: Request, register: Register) -> Response:
    """Execute one operation. What is no GraphQL request, or asks for too much, is not looked into."""
    asked = await asked_of(request)
    if isinstance(asked, Response):
        return asked
    least = request.headers.get(REVISION, "0")
    refused = _refused(asked, least)
    if refused is not None:
        return refused
    say, reading = Texts(register.settings.language), Reading(register, request.state.actor)
    try:
        result = await _in_time(_executed(asked, reading, int(least)))
    except NotNowError as error:
        return _not_now(request, asked, say, error.message)
    return _shown(asked, say, reading, result)


def _refused(asked: Asked, least: str) -> Response | None:
    if not (least.isascii() and least.isdigit() and len(least) < 19):
        return refusal(400, "server.least_revision", media=asked.media)
    try:
        document = check(asked.query, asked.variables, LIMITS)
    except BadInputError as error:
        return refusal(400, error.message.key, params=error.message.params)
    operation = None if document is None else get_operation_ast(document, asked.operation)
    if document is not None and operation is None:
        return refusal(400 if asked.media == MEDIA else 200, "server.no_operation", media=asked.media)
    if asked.is_get and operation is not None and operation.operation != OperationType.QUERY:
        return refusal(405, "server.get_changes", {"Allow": "POST"})
    return None


def _shown(asked: Asked, say: Texts, reading: Reading, result: ExecutionResult) -> Response:
    errors = [_told(error, say) for error in result.errors or ()]
    if errors and result.data is None and not any(error.path for error in result.errors or ()):
        # nothing was executed: the document, or what it was given, is wrong
        return JSONResponse({"errors": errors}, 400 if asked.media == MEDIA else 200, media_type=asked.media)
    plain = {"data": result.data, **({"errors": errors} if errors else {})}
    headers = {} if reading.revision is None else {REVISION: str(reading.revision)}
    return JSONResponse(plain, headers=headers, media_type=asked.media)


class NotNowError(FaultlineError):
    """What was asked cannot be answered now, and may be in a moment."""


async def _executed(asked: Asked, reading: Reading, least: int) -> ExecutionResult:
    try:
        if least and not await reading.at_least(least, PATIENCE):
            raise NotNowError("server.not_yet", revision=least)
    except StorageError as error:
        raise NotNowError(error.message.key, **error.message.params) from error
    found: ExecutionResult = await SCHEMA.execute(
        asked.query,
        variable_values=asked.variables,
        operation_name=asked.operation,
        context_value={"reading": reading},
    )
    for told in found.errors or ():
        if isinstance(away := _cause(told), StorageError):
            raise NotNowError(away.message.key, **away.message.params) from away
    return found


async def _in_time(work: Coroutine[Any, Any, ExecutionResult]) -> ExecutionResult:
    # threads cannot be ended: who asked is told, whatever becomes of them (graph.engine.line sees to that)
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=LONGEST)
    finally:
        task.cancel()
    if not done:
        raise NotNowError("server.too_slow", seconds=int(LONGEST))
    return task.result()


def _not_now(request: Request, asked: Asked, say: Texts, message: Message) -> Response:
    extensions: dict[str, Any] = {"key": message.key, "params": dict(message.params)}
    known = getattr(request.state, "request_id", None)
    if known is not None:
        extensions["requestId"] = known
    error = {"message": f"{say.say(message)} ({message.key})", "extensions": extensions}
    return JSONResponse({"errors": [error]}, 503, {"Retry-After": str(AGAIN)}, asked.media)


def _told(error: GraphQLError, say: Texts) -> dict[str, Any]:
    # an error of ours is known by its key in every language
    plain: dict[str, Any] = {**error.formatted}
    if isinstance(error.original_error, FaultlineError):
        message = error.original_error.message
        plain["message"] = f"{say.say(message)} ({message.key})"
        plain["extensions"] = {"key": message.key, "params": dict(message.params)}
    return plain
