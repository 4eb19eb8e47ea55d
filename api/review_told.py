"""A review told whole, part by part in one order: as text, and as Markdown for a ticket or a comment."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.alike_words import AlikeWords
from api.fail_words import FailWords
from api.manifest_words import manifest_lines
from api.plan_words import plan_lines
from api.review_words import ReviewWords
from api.texts import Texts
from api.words import VERDICT_SIGNS
from queries.if_it_fails import IfItFails
from queries.review import Review
from queries.review_answer import alike, plain

ALIKE = 5  # changes like it that ended before, and rates of failures
TOLD = 12  # services, and resources of a plan, that are named
MARKER = "<!-- faultline-review -->"  # by which a pipeline finds the comment that it wrote before
_MARKS = re.compile(r"[\\`*_\[\]|~]")
_WORD = re.compile(r"[^\s`<>]+|[`<>]")
# @somebody, an address of a page or of mail, a number of a ticket (#1, GH-1, !1, $1, %1, &1, ~1), a commit
_LIVE = re.compile(
    r"""[@＠]|://|\bwww\.|#\w|\bGH-\d|[!$&]\d|[%~^]["\w]|\b(?=\d*[a-f])[0-9a-f]{7,40}\b""", re.IGNORECASE
)
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class Told:
    """The verdict, the score, the parts with their headings, and the hash of the evidence, as sentences.

    `asked`: of a snapshot file how old it is.
    """

    title: str
    score: str
    parts: Sequence[tuple[str, Sequence[str]]]
    evidence: str
    asked: str | None = None

    @property
    def head(self) -> list[str]:
        """What comes before the parts."""
        return [self.title, self.score, *([] if self.asked is None else [self.asked])]


def answered(review: Review, limit: int) -> dict[str, Any]:
    """All that is told of a review, as JSON: the answer, changes like it, and what if it fails.

    `limit`: how many affected CIs are listed.
    """
    return plain(review, limit=limit) | alike(review, ALIKE) | {"if_it_fails": IfItFails(review).plain()}


def told(answer: Mapping[str, Any], title: str, say: Texts, words: ReviewWords | None = None) -> Told:
    """The answer in words; parts that have nothing to say are left out. `words`: those of the register's CIs."""
    words = words or ReviewWords(say)
    wishes = words.wishes(answer["passes_if"])
    fails = FailWords(say).lines(answer["if_it_fails"]) if "if_it_fails" in answer else []
    parts = (
        ("review.reasons", [f"{VERDICT_SIGNS[each['severity']]} {words.reason(each)}" for each in answer["reasons"]]),
        ("terraform.part", _some(plan_lines(answer["plan"], say), say) if "plan" in answer else []),
        ("manifests.part", _some(manifest_lines(answer["manifests"], say), say) if "manifests" in answer else []),
        ("review.services", _some([words.service(service) for service in answer["services"]], say)),
        ("review.steady", _some([words.steady(each) for each in answer["before_after"]["steady"]], say)),
        ("review.if_it_fails", _some(fails, say)),
        ("review.passes_if", wishes if answer["passes_if_complete"] else [*wishes, say("review.wishes_incomplete")]),
        ("review.approvers", [words.who(who) for who in answer["approvers"]]),
        ("review.notify", [words.who(who) for who in answer["notify"]]),
        ("review.factors", [words.factor(factor) for factor in answer["factors"] if factor["contribution"]]),
        ("alike.title", AlikeWords(say, words).lines(answer) if "similar" in answer else []),
    )
    return Told(
        f"{VERDICT_SIGNS[answer['verdict']]} {words.title(answer, title)}",
        words.score(answer),
        [(say(key), rows) for key, rows in parts if rows],
        say("review.evidence", hash=answer["evidence_hash"]),
        words.asked(answer),
    )


def _some(rows: list[str], say: Texts) -> list[str]:
    rest = len(rows) - TOLD
    return [*rows[:TOLD], say("spof.more", count=rest)] if rest > 0 else rows


def as_text(found: Told) -> str:
    """For a terminal."""
    lines = found.head
    for heading, rows in found.parts:
        lines += ["", heading, *(f"  {row}" for row in rows)]
    return "\n".join([*lines, "", found.evidence])


def as_markdown(found: Told) -> str:
    """For a ticket or a comment: what names hold is shown as it is, never read as markup, and calls nobody."""
    title, *rest = found.head
    lines = [MARKER, f"# {_plain(title)}", *_paragraphs(rest)]
    for heading, rows in found.parts:
        lines += ["", f"## {_plain(heading)}", "", *(f"- {_plain(row)}" for row in rows)]
    return "\n".join([*lines, "", _plain(found.evidence)])


def _paragraphs(texts: Sequence[str]) -> list[str]:
    first, *others = texts
    return [_plain(first), *(line for each in others for line in ("", _plain(each)))]


def _plain(text: str) -> str:
    one_line = " ".join(text.splitlines())
    return _WORD.sub(_word, one_line)


def _word(found: re.Match[str]) -> str:
    # GitHub and GitLab make links, and send mail, of words in what is text already: nothing but code stays as it is
    word = found[0]
    if _LIVE.search(word) and "`" not in word:
        return f"`{word}`"
    return _MARKS.sub(lambda mark: "\\" + mark[0], word).translate(_HTML)
