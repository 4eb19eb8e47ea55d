"""One subscription as a stream of answers, the same over a WebSocket and as events."""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError, OperationType, get_operation_ast

from api.schema.limits import check
from api.schema.reading import Reading
from api.server.graphql import SCHEMA, told
from api.server.requests import Question
from api.server.runtime import Runtime
from graph.errors import BadInputError

SENDING = 15.0  # seconds that a reader may take for what was sent to it; who is slower is dropped


def check_subscription(question: Question, runtime: Runtime) -> None:
    """Refuse what asks for too much, and what is no subscription. Raises BadInputError `server.*`."""
    checked = check(question.query, question.variables, runtime.settings.document)
    operation = None if checked is None else get_operation_ast(checked.document, question.operation)
    if operation is not None and operation.operation != OperationType.SUBSCRIPTION:
        raise BadInputError("server.only_subscriptions")


async def answers(question: Question, reading: Reading, runtime: Runtime) -> AsyncGenerator[dict[str, Any], None]:
    """The answers to a subscription, each as JSON, until it is through; errors are told as in any answer."""
    context = {"reading": reading, "runtime": runtime}
    stream = await SCHEMA.subscribe(question.query, question.variables, context, None, question.operation)
    try:
        async with contextlib.aclosing(stream):
            async for result in stream:
                errors = [told(error, reading) for error in result.errors or ()]
                yield {"data": result.data, **({"errors": errors} if errors else {})}
    except GraphQLSyntaxError as error:  # the kept documents raise it here, where the library answers elsewhere
        yield {"data": None, "errors": [told(error, reading)]}


def errors_of(error: BadInputError) -> list[dict[str, Any]]:
    """A refusal as the errors of an answer."""
    key = error.message.key
    return [GraphQLError(key, extensions={"key": key, "params": dict(error.message.params)}).formatted]  # type: ignore[list-item]
