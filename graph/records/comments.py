"""What people say on a change, as records: comments, questions, and answers to these."""

from dataclasses import dataclass
from datetime import datetime

from graph.records.kept import moment, text, texts
from graph.values import State

COMMENT, QUESTION, ANSWER = "comment", "question", "answer"


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said. `asked`: of a question, who shall answer it; `answers_to`: the comment that it replies to.

    `mentions`: who is named in it with an @, as the log or the register calls them.
    """

    comment_id: str
    change_id: str
    kind: str
    author: str
    at: datetime | None
    text: str
    mentions: tuple[str, ...] = ()
    asked: str | None = None
    answers_to: str | None = None


def comment_of(comment_id: str, state: State) -> Comment:
    """A comment from its record."""
    return Comment(
        comment_id=comment_id,
        change_id=text(state, "change_id") or "",
        kind=text(state, "kind") or COMMENT,
        author=text(state, "author") or "",
        at=moment(state, "at"),
        text=text(state, "text") or "",
        mentions=texts(state, "mentions"),
        asked=text(state, "asked"),
        answers_to=text(state, "answers_to"),
    )
