"""`/graphql`: one operation executed in its time; errors of ours are typed, all others masked."""

import logging
from typing import Any

import strawberry
from graphql import GraphQLError, OperationType, get_operation_ast
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from strawberry.types import ExecutionResult

from api.register import Register
from api.schema.limits import LARGEST, check
from api.schema.reading import Reading
from api.schema.root import make_schema
from api.server.metrics import measured
from api.server.notes import note
from api.server.requests import MEDIA, Asked, asked_of, refusal
from api.server.running import GoneError, finished
from api.server.runtime import Runtime
from api.texts import Texts
from graph.deadline import TooSlowError
from graph.errors import BadInputError, FaultlineError

LOG = logging.getLogger("faultline.request")
GONE = 499  # for the log only, as other servers write it: nobody reads this answer


def _schema() -> strawberry.Schema:
    # it tells of every error, with texts that may hold what was asked; `_told` does that
    logging.getLogger("strawberry.execution").disabled = True
    found = make_schema()
    for root in (found._schema.query_type, found._schema.mutation_type):
        for name, field in ({} if root is None else root.fields).items():
            if field.resolve is not None:
                field.resolve = measured(name, field.resolve)
    return found


SCHEMA = _schema()


async def answer(request: Request, register: Register, runtime: Runtime) -> Response:
    """Execute one operation. What is no GraphQL request, or asks for too much, is not looked into."""
    LARGEST.set(runtime.settings.document.page)
    try:
        asked = await asked_of(request, runtime.settings.request, runtime.trusted)
        if isinstance(asked, Response):
            return asked
        checked = check(asked.query, asked.variables, runtime.settings.document)
    except BadInputError as error:
        return refusal(400, error.message.key, params=error.message.params)
    reads = True
    if checked is not None:
        operation = get_operation_ast(checked.document, asked.operation)
        if operation is None:
            return refusal(400 if asked.media == MEDIA else 200, "server.no_operation", media=asked.media)
        reads = operation.operation == OperationType.QUERY
        if asked.is_get and not reads:
            return refusal(405, "server.get_changes", {"Allow": "POST"})
        note().cost = checked.cost
        note().operation = None if operation.name is None else operation.name.value[:60]
    return await _executed(request, register, runtime, asked, reads=reads)


async def _executed(request: Request, register: Register, runtime: Runtime, asked: Asked, *, reads: bool) -> Response:
    reading = Reading(register, request.state.actor)
    work = SCHEMA.execute(
        asked.query,
        variable_values=asked.variables,
        operation_name=asked.operation,
        context_value={"reading": reading, "runtime": runtime},
    )
    try:
        # what changes something is never cut
        result = await (finished(work, request, runtime) if reads else work)
    except TooSlowError as error:
        return _too_slow(error, asked)
    except GoneError:
        return refusal(GONE, "limits.gone")
    note().revision = reading.answered_at
    return _answered(result, asked, Texts(register.settings.language))


def _answered(result: ExecutionResult, asked: Asked, say: Texts) -> Response:
    found = result.errors or ()
    for error in found:
        if isinstance(error.original_error, TooSlowError):
            return _too_slow(error.original_error, asked)
    errors = [_told(error, say) for error in found]
    if errors and result.data is None and not any(error.path for error in found):
        # nothing was executed: the document, or what it was given, is wrong
        return JSONResponse({"errors": errors}, 400 if asked.media == MEDIA else 200, media_type=asked.media)
    plain = {"data": result.data, **({"errors": errors} if errors else {})}
    return JSONResponse(plain, media_type=asked.media)


def _too_slow(error: TooSlowError, asked: Asked) -> Response:
    return refusal(503, error.message.key, {"Retry-After": "1"}, error.message.params, asked.media)


def _told(error: GraphQLError, say: Texts) -> dict[str, Any]:
    # an error of ours is known by its key in every language; what the library says of a document is for its author;
    # what a resolver raised by surprise is for the log
    plain: dict[str, Any] = {**error.formatted}
    extensions: dict[str, Any] = {"requestId": note().request_id}
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if isinstance(cause, FaultlineError):
        message = cause.message
        plain["message"] = f"{say.say(message)} ({message.key})"
        extensions |= {"key": message.key, "params": dict(message.params)}
    elif cause is not None:
        plain["message"] = "internal error"
        extensions["key"] = "server.internal"
        fields = {"request_id": note().request_id, "path": error.path}
        LOG.error("unexpected error", exc_info=cause, extra={"fields": fields})
    else:
        extensions["key"] = "server.document"
    note().key = note().key or extensions["key"]
    return {**plain, "extensions": {**plain.get("extensions", {}), **extensions}}
