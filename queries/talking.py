"""Which questions on a change are open, who may answer them, and who is named in a text."""

import re
from collections.abc import Collection, Iterable

from graph.records.changes import Change
from graph.records.comments import ANSWER, QUESTION, Comment

PRINCIPAL = "principal:"  # how the log names who came in with a token
_NAMED = re.compile(r"(?<![\w@])@([\w][\w.:/-]{0,199})")


def open_questions(comments: Iterable[Comment]) -> list[Comment]:
    """The questions that nobody has answered, in the order in which they are given.

    Examples
    --------
    >>> asked = Comment("1", "CHG-1", "question", "bob", None, "Why now?", asked="ann")
    >>> [each.comment_id for each in open_questions([asked])]
    ['1']
    >>> open_questions([asked, Comment("2", "CHG-1", "answer", "ann", None, "Because.", answers_to="1")])
    []
    """
    some = list(comments)
    answered = {each.answers_to for each in some if each.kind == ANSWER}
    return [each for each in some if each.kind == QUESTION and each.comment_id not in answered]


def may_answer(question: Comment, change: Change, who: str) -> bool:
    """Whether somebody may: who was asked, and those whose change it is."""
    return who in change.own or question.asked in (who, who.removeprefix(PRINCIPAL))


def names_in(text: str, known: Collection[str]) -> list[str]:
    """Of those who are known the ones that a text names with an @, in its order, each once.

    A name of a principal stands for what the log calls it; a point that ends the sentence is no part of a name.

    Examples
    --------
    >>> names_in("@bob. and @team-db, not x@bob", {"principal:bob", "team-db"})
    ['principal:bob', 'team-db']
    """
    found: dict[str, None] = {}
    for match in _NAMED.finditer(text):
        name = match[1].rstrip(".:/-")
        for each in (f"{PRINCIPAL}{name}", name):
            if each in known:
                found[each] = None
                break
    return list(found)


def called(text: str) -> list[str]:
    """What a text calls with an @, whether anybody is called so or not."""
    return list(dict.fromkeys(match[1].rstrip(".:/-") for match in _NAMED.finditer(text)))
