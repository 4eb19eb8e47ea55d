"""`/graphql`: one operation executed; errors of ours are typed, all others masked."""

from typing import Any

from graphql import DocumentNode, GraphQLError, OperationType, get_operation_ast
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from strawberry.extensions import MaskErrors

from api.register import Register
from api.schema.limits import Limits, check
from api.schema.reading import Reading
from api.schema.root import make_schema
from api.server.requests import EVENTS, MEDIA, Asked, asked_of, refusal
from api.texts import Texts
from graph.errors import BadInputError, FaultlineError

LIMITS = Limits()


def _is_foreign(error: GraphQLError) -> bool:
    # what the library says of a document is for its author; what a resolver raised by surprise is not
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
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
    try:
        document = check(asked.query, asked.variables, LIMITS)
    except BadInputError as error:
        return refusal(400, error.message.key, params=error.message.params)
    if document is not None:
        other = _not_executed(asked, document, request, register)
        if other is not None:
            return other
    result = await SCHEMA.execute(
        asked.query,
        variable_values=asked.variables,
        operation_name=asked.operation,
        context_value={"reading": Reading(register, request.state.actor)},
    )
    errors = [told(error, Texts(register.settings.language)) for error in result.errors or ()]
    if errors and result.data is None and not any(error.path for error in result.errors or ()):
        # nothing was executed: the document, or what it was given, is wrong
        return JSONResponse({"errors": errors}, 400 if asked.media == MEDIA else 200, media_type=asked.media)
    plain = {"data": result.data, **({"errors": errors} if errors else {})}
    return JSONResponse(plain, media_type=asked.media)


def _not_executed(asked: Asked, document: DocumentNode, request: Request, register: Register) -> Response | None:
    # what is answered otherwise than by executing it here
    operation = get_operation_ast(document, asked.operation)
    if operation is None:
        return refusal(400 if asked.media == MEDIA else 200, "server.no_operation", media=asked.media)
    if operation.operation == OperationType.SUBSCRIPTION:
        return _watched(asked, request, register)
    if asked.is_get and operation.operation != OperationType.QUERY:
        return refusal(405, "server.get_changes", {"Allow": "POST"})
    return None


def _watched(asked: Asked, request: Request, register: Register) -> Response:
    from api.server.events import EventStream  # which asks the schema of this module

    if not asked.as_events:
        return refusal(406, "server.subscription", {"Accept": EVENTS})
    return EventStream(asked, register, request.state.actor, request.app.state.watching)


def masked(error: GraphQLError) -> GraphQLError:
    """An error without what it would tell of us."""
    return GraphQLError("internal error", path=error.path) if _is_foreign(error) else error


def told(error: GraphQLError, say: Texts) -> dict[str, Any]:
    """An error as JSON; one of ours is known by its key in every language."""
    plain: dict[str, Any] = {**error.formatted}
    if isinstance(error.original_error, FaultlineError):
        message = error.original_error.message
        plain["message"] = f"{say.say(message)} ({message.key})"
        plain["extensions"] = {"key": message.key, "params": dict(message.params)}
    return plain
