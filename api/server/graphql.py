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
from api.server.requests import AGAIN, EVENTS, MEDIA, Asked, asked_of, refusal
from api.server.running import GoneError, finished
from api.server.runtime import Runtime
from api.server.tries import only_tries
from graph.deadline import TooSlowError
from graph.errors import BadInputError, FaultlineError, StorageError

LOG = logging.getLogger("faultline.request")
GONE = 499  # for the log only, as other servers write it: nobody reads this answer
PATIENCE = 5.0  # seconds that a request waits for the revision that it wants to see
REVISION = "Faultline-Revision"  # of a request: the least revision wanted; of an answer: the one that it is of


class NotYetError(FaultlineError):
    """The revision that somebody wants to see is not there to be read yet."""


NOT_NOW = (TooSlowError, StorageError, NotYetError)  # what may go well in a moment


def _schema() -> strawberry.Schema:
    # it tells of every error, with texts that may hold what was asked; `told` does that
    # by a filter: whoever configures logging later may enable loggers that were disabled
    logging.getLogger("strawberry.execution").addFilter(lambda _: False)
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
        if operation.operation == OperationType.SUBSCRIPTION:
            return _watched(request, register, runtime, asked)
        reads = operation.operation == OperationType.QUERY
        if asked.is_get and not reads:
            return refusal(405, "server.get_changes", {"Allow": "POST"})
        reads = reads or only_tries(operation, asked.variables)
        note().cost = checked.cost
        note().operation = None if operation.name is None else operation.name.value[:60]
    return await _executed(request, register, runtime, asked, reads=reads)


async def _executed(request: Request, register: Register, runtime: Runtime, asked: Asked, *, reads: bool) -> Response:
    least = request.headers.get(REVISION, "0")
    if not (least.isascii() and least.isdigit() and len(least) < 19):
        return refusal(400, "server.least_revision", media=asked.media)
    reading = Reading(register, request.state.principal, asked.language, note().seen)
    work = _work(asked, reading, runtime, int(least))
    try:
        # what changes something is never cut
        result = await (finished(work, request, runtime) if reads else work)
    except NOT_NOW as error:
        return _not_now(error, asked, reading)
    except GoneError:
        return refusal(GONE, "limits.gone")
    note().revision = reading.revision
    return _answered(result, asked, reading)


async def _work(asked: Asked, reading: Reading, runtime: Runtime, least: int) -> ExecutionResult:
    if least and not await reading.at_least(least, PATIENCE):
        raise NotYetError("server.not_yet", revision=least)
    return await SCHEMA.execute(
        asked.query,
        variable_values=asked.variables,
        operation_name=asked.operation,
        context_value={"reading": reading, "runtime": runtime},
    )


def _answered(result: ExecutionResult, asked: Asked, reading: Reading) -> Response:
    found = result.errors or ()
    for error in found:
        if isinstance(cause := _cause(error), NOT_NOW):
            return _not_now(cause, asked, reading)
    errors = [told(error, reading) for error in found]
    if errors and result.data is None and not any(error.path for error in found):
        # nothing was executed: the document, or what it was given, is wrong
        return JSONResponse({"errors": errors}, 400 if asked.media == MEDIA else 200, media_type=asked.media)
    plain = {"data": result.data, **({"errors": errors} if errors else {})}
    headers = {} if reading.revision is None else {REVISION: str(reading.revision)}
    return JSONResponse(plain, headers=headers, media_type=asked.media)


def _not_now(error: FaultlineError, asked: Asked, reading: Reading) -> Response:
    key, params = error.message.key, error.message.params
    words = f"{reading.say.say(error.message)} ({key})"
    return refusal(503, key, {"Retry-After": str(AGAIN)}, params, asked.media, words)


def _cause(error: GraphQLError) -> BaseException | None:
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _watched(request: Request, register: Register, runtime: Runtime, asked: Asked) -> Response:
    from api.server.events import EventStream  # which asks the schema of this module

    if not asked.as_events:
        return refusal(406, "server.subscription", {"Accept": EVENTS})
    return EventStream(asked, Reading(register, request.state.principal, asked.language), runtime, request.state.still)


def told(error: GraphQLError, reading: Reading) -> dict[str, Any]:
    """An error as JSON: one of ours is known by its key in every language, one of the library is for the author of the
    document, and one that a resolver raised by surprise for the log."""
    plain: dict[str, Any] = {**error.formatted}
    extensions: dict[str, Any] = {"requestId": note().request_id}
    cause = _cause(error)
    if isinstance(cause, FaultlineError):
        message = cause.message
        plain["message"] = f"{reading.say.say(message)} ({message.key})"
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
