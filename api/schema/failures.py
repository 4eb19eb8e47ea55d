"""Expected failures as types of the schema (`core.graphql`): what was wrong with a question."""

from typing import TYPE_CHECKING

import strawberry
from strawberry.scalars import JSON

from api.schema.paging import Long
from api.schema.reading import Info
from api.schema.revisions import Revision, recorded_since
from graph.errors import BadInputError, FaultlineError, NotAllowedError
from queries.blast_radius import UnknownCisError

if TYPE_CHECKING:
    from api.schema.reading import Reading


@strawberry.interface(description="An expected failure.")
class Error:
    """An expected failure."""

    key: str = strawberry.field(description="Names the failure in every language.")
    message: str = strawberry.field(description="It as a sentence, in the language of the request.")
    params: JSON = strawberry.field(description="What the sentence is about.")


@strawberry.type(description="A seed that is not in the register, or is retired.")
class UnknownCi(Error):  # noqa: N818 - a name of core.graphql
    """Names the CIs."""

    ci_ids: list[str] = strawberry.field(description="All such seeds.")


@strawberry.type(description="Something else about the input was wrong.")
class InvalidInput(Error):  # noqa: N818 - a name of core.graphql
    """Names where."""

    path: list[str] = strawberry.field(description="Where in the arguments.")


@strawberry.type(description="Who asks may not do this.")
class NotAllowed(Error):  # noqa: N818 - a name of core.graphql
    """Not this at all, or not for this CI."""


@strawberry.type(description="Somebody was faster: the record is at another revision than expected.")
class RevisionConflict(Error):  # noqa: N818 - a name of core.graphql
    """Names both revisions; `record`: the kind and key of what was changed."""

    record: strawberry.Private[tuple[str, str]]
    expected: Long = strawberry.field(description="The record's last revision as the writer knew it; 0: not there yet.")
    actual: Long = strawberry.field(description="The record's last revision; 0: it is not there.")

    @strawberry.field(description="What was recorded of it since the one expected, the newest first, up to 20.")
    async def since(self, info: Info) -> list[Revision]:
        """Whose changes they were."""
        return await recorded_since(info, self.record, int(self.expected), int(self.actual))


@strawberry.type(description="A redundancy group would be left with fewer members than it needs.")
class QuorumBroken(Error):  # noqa: N818 - a name of core.graphql
    """Names the group and whose it is."""

    group: str = strawberry.field(
        description="The first such group; of a relationship that stands alone, its type: it is a group of one."
    )
    dependents: list[str] = strawberry.field(description="Identifiers of all CIs with such a group.")


def failure_of(error: BadInputError, reading: "Reading", path: str) -> UnknownCi | InvalidInput:
    """What was wrong, in words; `path`: the argument it is about."""
    if isinstance(error, UnknownCisError):
        told = _told(error, reading)
        return UnknownCi(key=told.key, message=told.message, params=told.params, ci_ids=list(error.ci_ids))
    return invalid(error, reading, path)


def invalid(error: BadInputError, reading: "Reading", path: str) -> InvalidInput:
    """The same of a question that names no CIs."""
    told = _told(error, reading)
    return InvalidInput(key=told.key, message=told.message, params=told.params, path=[path])


def not_allowed(error: NotAllowedError, reading: "Reading") -> NotAllowed:
    """What is not allowed, in words."""
    told = _told(error, reading)
    return NotAllowed(key=told.key, message=told.message, params=told.params)


def _told(error: FaultlineError, reading: "Reading") -> Error:
    return Error(key=error.message.key, message=reading.say.say(error.message), params=JSON(dict(error.message.params)))
