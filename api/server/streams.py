"""One subscription as a stream of answers, the same over a WebSocket and as events; how many there may be at once."""

import contextlib
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError, OperationType, get_operation_ast

from api.register import Register
from api.schema.limits import check
from api.schema.reading import Reading
from api.server.graphql import LIMITS, SCHEMA, masked, told
from api.server.requests import Question
from api.texts import Texts
from graph.errors import BadInputError

MOST = 200  # connections of a process that watch; a page of ours has one
SENDING = 15.0  # seconds that a reader may take for what was sent to it; who is slower is dropped


@dataclass
class Watching:
    """Connections that watch. `most`: how many may."""

    most: int = MOST
    _there: int = field(default=0)

    @contextlib.contextmanager
    def place(self) -> Iterator[bool]:
        """A place among them, or none."""
        if self._there >= self.most:
            yield False
            return
        self._there += 1
        try:
            yield True
        finally:
            self._there -= 1


def check_subscription(question: Question) -> None:
    """Refuse what asks for too much, and what is no subscription. Raises BadInputError `server.*`."""
    document = check(question.query, question.variables, LIMITS)
    operation = None if document is None else get_operation_ast(document, question.operation)
    if operation is not None and operation.operation != OperationType.SUBSCRIPTION:
        raise BadInputError("server.only_subscriptions")


async def answers(question: Question, register: Register, actor: str) -> AsyncGenerator[dict[str, Any], None]:
    """The answers to a subscription, each as JSON, until it is through; errors are told as in any answer."""
    say = Texts(register.settings.language)
    stream = await SCHEMA.subscribe(
        question.query, question.variables, {"reading": Reading(register, actor)}, None, question.operation
    )
    async with contextlib.aclosing(stream):
        async for result in stream:
            errors = [told(masked(error), say) for error in result.errors or ()]
            yield {"data": result.data, **({"errors": errors} if errors else {})}


def errors_of(error: BadInputError) -> list[dict[str, Any]]:
    """A refusal as the errors of an answer."""
    key = error.message.key
    return [GraphQLError(key, extensions={"key": key, "params": dict(error.message.params)}).formatted]  # type: ignore[list-item]
