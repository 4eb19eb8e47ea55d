"""How a mutation writes: in few threads, and what it refuses becomes a type of the schema."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import orjson
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from strawberry.scalars import JSON
from strawberry.types.unset import UnsetType

from api.papers import step_refusal
from api.schema.failures import InvalidInput, NotAllowed, QuorumBroken, RevisionConflict, UnknownCi
from api.schema.paging import Long
from api.schema.reading import Info, reading_of
from graph.errors import BadInputError, FaultlineError, NotAllowedError, RejectedError, RevisionConflictError
from graph.values import ValueRefused, parse_text
from importers.direct import RowsRefusedError
from importers.retiring import QuorumBrokenError, UnknownEndsError

Result = TypeVar("Result")
Failure = InvalidInput | UnknownCi | RevisionConflict | NotAllowed | QuorumBroken
WRITERS = CapacityLimiter(4)  # that wait for the write lock at once; more would only wait in more threads
LONGEST_WORD = 200  # characters of a change's id or a scope's name
# how the schema calls fields of rows; all others are attributes
NAMES = {
    "ci_id": "ciId", "name": "name", "ci_class": "ciClass", "status": "status", "source": "source", "type": "type",
    "target": "target", "strength": "strength", "redundancy_group": "redundancyGroup", "min_available": "minAvailable",
}  # fmt: skip


async def written(info: Info, work: Callable[..., Result], *given: Any) -> Result:
    """What `work` gives once it has written; the rest of the request sees it. It is finished once it has begun."""
    try:
        return await run_sync(work, *given, limiter=WRITERS)
    finally:
        reading_of(info).wrote()


def word_of(given: str | None, what: str) -> str | None:
    """The id of a change or the name of a scope; BadInputError `write.word` for what cannot be one."""
    if not given:
        return None
    try:
        kept = parse_text(given, name=True)
    except ValueRefused as refused:
        raise BadInputError(refused.message.key, **refused.message.params) from refused
    if len(kept) > LONGEST_WORD or any(c in kept for c in "\r\n\t"):
        raise BadInputError("write.word", what=what, length=len(kept), most=LONGEST_WORD)
    return kept


def plain_json(given: Any) -> Any:
    """JSON as a line of NDJSON would have it; BadInputError `write.no_json` for NaN, infinity and half characters."""
    try:
        return orjson.loads(json.dumps(given, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, RecursionError) as error:
        raise BadInputError("write.no_json") from error


def given_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Those of an input's fields that were given; null is a value."""
    return {name: value for name, value in fields.items() if not isinstance(value, UnsetType)}


def refused(
    info: Info, error: FaultlineError, path: Callable[[RowsRefusedError], Sequence[str]] | None = None, at: str = ""
) -> Any:
    """An expected failure as its type; one that is none of the caller's doing is raised on.

    `path`: where in the input rows were refused; `at`: the field that anything else is about.
    """
    if not isinstance(error, BadInputError | RejectedError | RevisionConflictError | NotAllowedError):
        raise error
    key, params = error.message.key, dict(error.message.params)
    register = reading_of(info).register
    words = step_refusal(error.message, reading_of(info).say, register.store.ontology, register.lifecycle)
    said: dict[str, Any] = {"key": key, "message": words, "params": JSON(params)}
    match error:
        case RevisionConflictError():
            return RevisionConflict(
                **said,
                expected=Long(error.expected),
                actual=Long(error.actual),
                record=(error.kind, error.key),
            )
        case NotAllowedError():
            return NotAllowed(**said)
        case QuorumBrokenError():
            return QuorumBroken(**said, group=error.group, dependents=list(error.dependents))
        case UnknownEndsError():
            return UnknownCi(**said, ci_ids=list(error.ci_ids))
        case RowsRefusedError() if path is not None:
            return InvalidInput(**said, path=["input", *path(error)])
    return InvalidInput(**said, path=["input", at] if at else ["input"])
