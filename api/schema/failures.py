"""Expected failures as types of the schema (`core.graphql`): what was wrong with a question."""

from typing import TYPE_CHECKING

import strawberry
from strawberry.scalars import JSON

from api.schema.items import Long
from api.texts import Texts
from graph.errors import BadInputError
from queries.blast_radius import UnknownCisError

if TYPE_CHECKING:
    from api.register import Register


@strawberry.interface(description="An expected failure.")
class Error:
    """An expected failure."""

    key: str = strawberry.field(description="Names the failure in every language.")
    message: str = strawberry.field(description="It as a sentence, in the server's language.")
    params: JSON = strawberry.field(description="What the sentence is about.")


@strawberry.type(description="A seed that is not in the register, or is retired.")
class UnknownCi(Error):  # noqa: N818 - a name of core.graphql
    """Names the CIs."""

    ci_ids: list[str] = strawberry.field(description="All such seeds.")


@strawberry.type(description="Something else about the input was wrong.")
class InvalidInput(Error):  # noqa: N818 - a name of core.graphql
    """Names where."""

    path: list[str] = strawberry.field(description="Where in the arguments.")


@strawberry.type(description="Somebody was faster: the record is at another revision than expected.")
class RevisionConflict(Error):  # noqa: N818 - a name of core.graphql
    """Names both revisions."""

    expected: Long = strawberry.field(description="The record's last revision as the writer knew it; 0: not there yet.")
    actual: Long = strawberry.field(description="The record's last revision; 0: it is not there.")


@strawberry.type(description="Whoever asks may not do this.")
class NotAllowed(Error):  # noqa: N818 - a name of core.graphql
    """Says what."""


@strawberry.type(description="A redundancy group would be left with fewer members than it needs.")
class QuorumBroken(Error):  # noqa: N818 - a name of core.graphql
    """Names the group and whose it is."""

    group: str = strawberry.field(
        description="The first such group; of a relationship that stands alone, its type: it is a group of one."
    )
    dependents: list[str] = strawberry.field(description="Identifiers of all CIs with such a group.")


def failure_of(error: BadInputError, register: "Register", path: str) -> UnknownCi | InvalidInput:
    """What was wrong, in words; `path`: the argument it is about."""
    key, params = error.message.key, dict(error.message.params)
    words = Texts(register.settings.language).say(error.message)
    if isinstance(error, UnknownCisError):
        return UnknownCi(key=key, message=words, params=JSON(params), ci_ids=list(error.ci_ids))
    return InvalidInput(key=key, message=words, params=JSON(params), path=[path])
