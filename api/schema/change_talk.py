"""Types and root fields of the schema: what people say on a change, ask and answer, and who speaks for whom."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.moments import with_offset
from api.schema.change_documents import id_of
from api.schema.cursors import decode, encode
from api.schema.failures import InvalidInput, NotAllowed
from api.schema.paging import Connection, Long, connection, size_of
from api.schema.reading import Info, reading_of
from api.schema.reviews import UNKNOWN, UnknownChange, refused_review
from api.schema.writing import refused, written
from graph.errors import BadInputError, FaultlineError
from graph.records.changes import Change
from graph.records.comments import ANSWER, COMMENT, QUESTION, Comment, comment_of
from importers.talking import Delegating, Saying, delegate, say
from importers.voting import COMMENTS
from queries.talking import may_answer, open_questions

if TYPE_CHECKING:
    from api.schema.reading import Reading

KIND = "comment"  # of cursors
OF_TEXT = ("talk.empty", "talk.too_long", "talk.too_many_named")


@strawberry.type(description="What somebody said on a change.")
class ChangeComment:
    """A comment, a question or an answer, in plain text."""

    comment_id: str = strawberry.field(description="Its identifier.")
    kind: str = strawberry.field(description="`comment`, `question` or `answer`.")
    author: str = strawberry.field(description="Who, as the log calls them.")
    at: datetime | None = strawberry.field(description="When.")
    text: str = strawberry.field(description="What, as plain text.")
    mentions: list[str] = strawberry.field(description="Whom it names with an @: principals, people, teams.")
    asked: str | None = strawberry.field(description="Of a question: who shall answer it.")
    answers_to: str | None = strawberry.field(description="The comment that it replies to.")
    open: bool = strawberry.field(description="Whether it is a question that nobody has answered.")
    answerable: bool = strawberry.field(description="Whether whoever asks may answer it.")


@strawberry.input(description="Something to say on a change.")
class CommentOnChangeInput:
    """A comment."""

    change: str = strawberry.field(description="The change, by its identifier.")
    text: str = strawberry.field(description="Plain text of up to 10,000 characters; @NAME names somebody.")
    answers_to: str | None = strawberry.field(description="The comment that it replies to.", default=None)


@strawberry.input(description="A question on a change.")
class AskOnChangeInput:
    """A question."""

    change: str = strawberry.field(description="The change, by its identifier.")
    text: str = strawberry.field(description="Plain text of up to 10,000 characters; @NAME names somebody.")
    asked: str | None = strawberry.field(
        description="Who shall answer: a principal, a person or a team; null: who asked for the change.", default=None
    )


@strawberry.input(description="An answer to a question on a change.")
class AnswerOnChangeInput:
    """An answer."""

    change: str = strawberry.field(description="The change, by its identifier.")
    question: str = strawberry.field(description="The question, by its identifier.")
    text: str = strawberry.field(description="Plain text of up to 10,000 characters; @NAME names somebody.")


@strawberry.input(description="Whom one lets decide in one's stead.")
class DelegateDecisionInput:
    """A deputy."""

    deputy: str = strawberry.field(description="The principal, by name.")
    change: str | None = strawberry.field(description="On this change only; null: on all, until `to`.", default=None)
    from_: datetime | None = strawberry.field(name="from", description="Since when; null: now.", default=None)
    to: datetime | None = strawberry.field(description="Until when; null: for as long as there is this change.",
                                           default=None)  # fmt: skip


@strawberry.type(description="What was said, as it was recorded.")
class CommentPayload:
    """A comment."""

    revision: Long = strawberry.field(description="The revision after it.")
    comment: ChangeComment = strawberry.field(description="It.")


@strawberry.type(description="A deputy, as they were recorded.")
class DelegateDecisionPayload:
    """A deputy."""

    revision: Long = strawberry.field(description="The revision after it.")
    deputy: str = strawberry.field(description="Who speaks for one, as the log calls them.")


CommentOnChangeResult = Annotated[
    CommentPayload | UnknownChange | InvalidInput | NotAllowed,
    strawberry.union("CommentOnChangeResult", description="What was said, or why it was not recorded."),
]
DelegateDecisionResult = Annotated[
    DelegateDecisionPayload | UnknownChange | InvalidInput | NotAllowed,
    strawberry.union("DelegateDecisionResult", description="A deputy, or why there is none."),
]


def said_on(reading: "Reading", change: Change, at: int) -> list[ChangeComment]:
    """What was said on a change, the first one first."""
    some = [each for each in reading.register.tables.table(COMMENTS, comment_of, at) if _is_on(each, change)]
    unanswered = {each.comment_id for each in open_questions(some)}
    return [_told(each, change, reading.actor, is_open=each.comment_id in unanswered) for each in some]


def page_of(said: list[ChangeComment], first: int | None, after: str | None) -> Connection[ChangeComment]:
    """A page of them."""
    size, start = size_of(first), "" if after is None else decode(KIND, after)
    following = [each for each in said if each.comment_id > start]
    nodes = following[:size]
    cursors = [encode(KIND, each.comment_id) for each in nodes]
    return connection(nodes, cursors, after, more=len(following) > size, total=len(said))


def _is_on(comment: Comment, change: Change) -> bool:
    return comment.change_id == change.change_id


def _told(comment: Comment, change: Change, who: str, *, is_open: bool) -> ChangeComment:
    names = ("comment_id", "kind", "author", "at", "text", "asked", "answers_to")
    return ChangeComment(
        **{name: getattr(comment, name) for name in names}, mentions=list(comment.mentions), open=is_open,
        answerable=is_open and may_answer(comment, change, who),
    )  # fmt: skip


@strawberry.type
class TalkMutation:
    """What people say on changes."""

    @strawberry.mutation(description="Say something on a change; whom it names hears of it.")
    async def comment_on_change(
        self,
        info: Info,
        input: Annotated[CommentOnChangeInput, strawberry.argument(description="What.")],  # noqa: A002
    ) -> CommentOnChangeResult:
        """A comment, recorded or refused."""
        said: CommentOnChangeResult = await _said(info, input.change, input.text, COMMENT, answers_to=input.answers_to)
        return said

    @strawberry.mutation(description="Ask something on a change; it is open until it is answered.")
    async def ask_on_change(
        self,
        info: Info,
        input: Annotated[AskOnChangeInput, strawberry.argument(description="What, and whom.")],  # noqa: A002
    ) -> CommentOnChangeResult:
        """A question, recorded or refused."""
        said: CommentOnChangeResult = await _said(info, input.change, input.text, QUESTION, asked=input.asked)
        return said

    @strawberry.mutation(description="Answer a question: who was asked may, and those whose change it is.")
    async def answer_on_change(
        self,
        info: Info,
        input: Annotated[AnswerOnChangeInput, strawberry.argument(description="What, and to which.")],  # noqa: A002
    ) -> CommentOnChangeResult:
        """An answer, recorded or refused."""
        said: CommentOnChangeResult = await _said(info, input.change, input.text, ANSWER, answers_to=input.question)
        return said

    @strawberry.mutation(description="Let somebody decide in one's stead; never those whose change it is.")
    async def delegate_decision(
        self,
        info: Info,
        input: Annotated[DelegateDecisionInput, strawberry.argument(description="Whom, and for how long.")],  # noqa: A002
    ) -> DelegateDecisionResult:
        """A deputy, recorded or refused."""
        reading = reading_of(info)
        try:
            for moment in (input.from_, input.to):
                if moment is not None:
                    with_offset(moment)
            wanted = Delegating(
                input.deputy, None if input.change is None else id_of(input.change), input.from_, input.to
            )
            revision, deputy = await written(info, partial(delegate, reading.register.store, wanted, reading.actor))
        except FaultlineError as error:
            undone: DelegateDecisionResult = _refused(info, error, "deputy")
            return undone
        return DelegateDecisionPayload(revision=Long(revision), deputy=deputy)


async def _said(info: Info, change: str, text: str, kind: str, **more: str | None) -> Any:
    reading = reading_of(info)
    register = reading.register
    try:
        settings = register.settings
        saying = Saying(
            id_of(change), kind, text, tell=settings.webhook_url is not None, mail=settings.smtp_url is not None,
            zone=settings.timezone, **more,
        )  # fmt: skip
        revision, found = await written(info, partial(say, register.store, saying, reading.actor))
    except FaultlineError as error:
        return _refused(info, error, "change" if isinstance(error, BadInputError) else "")
    shown = ChangeComment(
        comment_id=found.comment_id, kind=found.kind, author=found.author, at=found.at, text=found.text,
        mentions=list(found.mentions), asked=found.asked, answers_to=found.answers_to, open=kind == QUESTION,
        answerable=kind == QUESTION and found.asked == reading.actor,
    )  # fmt: skip
    return CommentPayload(revision=Long(revision), comment=shown)


def _refused(info: Info, error: FaultlineError, at: str) -> Any:
    if isinstance(error, BadInputError) and error.message.key == UNKNOWN:
        return refused_review(error, reading_of(info), "change")
    at = "text" if isinstance(error, BadInputError) and error.message.key in OF_TEXT else at
    return refused(info, error, at=at)
