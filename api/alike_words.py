"""Changes like the one under review that ended before, and how often such ones failed, in words."""

from collections.abc import Mapping
from typing import Any

from api.review_words import NAMED, ReviewWords
from api.texts import Texts
from api.words import OUTCOME_SIGNS, tight
from graph.values import shown

RATES = 5  # that are told, beside the one of all changes


class AlikeWords:
    """Parts of a review's answer (`queries.review_answer.alike`) as sentences; `words`: those of its CIs."""

    def __init__(self, say: Texts, words: ReviewWords) -> None:
        self._say, self._words = say, words

    def lines(self, answer: Mapping[str, Any]) -> list[str]:
        """The changes, the most alike first, then the rates, the highest first."""
        similar, past = answer["similar"], answer["past_failures"]
        if not past:
            return [self._say("alike.none_ended")]
        *rates, every = past
        return [
            *(map(self.change, similar) if similar else [self._say("alike.none")]),
            *(self._say("alike.before", what=self.rate(each)) for each in rates[:RATES]),
            self._say("alike.before", what=self._say("alike.all", failed=every["failed"], ended=every["ended"])),
        ]

    def change(self, each: Mapping[str, Any]) -> str:
        """One change: how it went, when it ended, what it shares."""
        say = self._say
        outcome = say(f"alike.outcome_{each['outcome']}")
        went = outcome if each["ended"] is None else say("alike.ended", outcome=outcome, day=each["ended"][:10])
        shares = say("impact.comma").join(self._shared(each))
        return tight(
            say("alike.change", sign=OUTCOME_SIGNS[each["outcome"]], change=each["change"], title=shown(each["title"]),
                went=went, what=shares)
        )  # fmt: skip

    def _shared(self, each: Mapping[str, Any]) -> list[str]:
        say, words = self._say, self._words
        cis = [*map(words.ci, each["ci_ids"][:NAMED])]
        more = len(each["ci_ids"]) - NAMED
        edits = [
            say(f"alike.edit_{edit['kind']}",
                what=say("alike.of_class", name=words.kind(edit["class"])) if edit["ci_id"] is None
                else words.ci(edit["ci_id"]))
            for edit in each["edits"][:NAMED]
        ]  # fmt: skip
        classes = [say("alike.of_class", name=words.kind(name)) for name in each["classes"][:NAMED]]
        team = [] if each["team"] is None else [say("alike.of_team", name=words.ci(shown(each["team"])))]
        return [*cis, *([f"… +{more}"] if more > 0 else []), *edits, *classes, *team]

    def rate(self, each: Mapping[str, Any]) -> str:
        """How changes of one CI, class or team failed, and what is counted."""
        say = self._say
        key = "alike.rate" if each["ended"] else "alike.rate_none"
        what, rate = self._subject(each["kind"], each["name"]), f"{100 * each['rate']:.2f}"
        return tight(say(key, failed=each["failed"], ended=each["ended"], what=what, rate=rate))

    def _subject(self, kind: str, name: str) -> str:
        if kind == "class":
            return self._say("alike.of_class", name=self._words.kind(name))
        return self._words.ci(name) if kind == "ci" else self._say("alike.of_team", name=self._words.ci(shown(name)))
