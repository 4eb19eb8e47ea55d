"""What is told of a change that stands otherwise, in words: for the page, and as a letter."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.review_words import ReviewWords
from api.texts import Texts
from api.words import VERDICT_SIGNS
from graph.history import CI, RELATIONSHIP
from graph.values import shown

MOST = 50  # changes of one letter


class NewsWords:
    """Parts of what is told (`api.watching.told`, as JSON) as sentences; moments in a zone.

    `name`, `kind`: what a CI is called, by its id, and a type of relationships; a letter has no register at hand, so
    that they keep their ids there.
    """

    def __init__(
        self, say: Texts, zone: str, name: Callable[[str], str] = str, kind: Callable[[str], str] = str
    ) -> None:
        self._say, self._zone, self._name, self._kind = say, ZoneInfo(zone), name, kind
        self._review = ReviewWords(say, name)

    def headline(self, told: Mapping[str, Any]) -> str:
        """How it stands, since when, and how it stood."""
        now, was = told["now"]["verdict"], told["was"]["verdict"]
        key = "watch.verdict" if now != was else "watch.worse"
        return self._say(
            key, at=self.moment(told["at"]), now=self._say(f"watch.is_{now}"), was=self._say(f"watch.was_{was}")
        )

    def because(self, told: Mapping[str, Any]) -> list[str]:
        """The reasons that are new."""
        return [self.reason(each) for each in told["because"]]

    def reason(self, reason: Mapping[str, Any]) -> str:
        """One reason; of a change that cannot be reviewed why not."""
        if f"review.reason_{reason['key']}" in self._say.all:
            return self._review.reason(reason)
        return self._say(reason["key"], **reason["params"])

    def causes(self, told: Mapping[str, Any]) -> list[str]:
        """What was written that brought it about; where nothing was it was time."""
        found = [self.cause(each) for each in told["causes"]]
        if told["more_causes"]:
            found.append(self._say("watch.more_causes", count=told["more_causes"]))
        return found or [self._say("watch.time")]

    def cause(self, cause: Mapping[str, Any]) -> str:
        """One thing that was written."""
        key = cause["key"]
        if cause["kind"] == CI:
            key = self._name(key)
        elif cause["kind"] == RELATIONSHIP:
            source, kind, target = key.split("|")
            key = " ".join((self._name(source), self._kind(kind), self._name(target)))
        return self._say(
            f"watch.cause_{cause['kind']}", key=shown(key), at=self.moment(cause["at"]), actor=shown(cause["actor"]),
            revision=cause["revision"],
        )  # fmt: skip

    def moment(self, text: str) -> str:
        """A moment as people read it."""
        return f"{datetime.fromisoformat(text).astimezone(self._zone):%Y-%m-%d %H:%M}"


def letter(told: Sequence[Mapping[str, Any]], say: Texts, home: str | None, zone: str) -> tuple[str, str]:
    """Subject and text of a letter about one change, or several; `home`: the address that pages are under."""
    words = NewsWords(say, zone)
    if len(told) == 1:
        (one,) = told
        subject = say(
            "watch.subject", change=_line(one["change"]), title=_line(one["title"]),
            now=say(f"watch.is_{one['now']['verdict']}"),
        )  # fmt: skip
    else:
        subject = say("watch.subject_digest", count=len({each["change"] for each in told}))
    # of one change what was told last
    last = list({each["change"]: each for each in told}.values())
    parts = [_part(each, say, words, home) for each in last[:MOST]]
    more = [say("watch.more_changes", count=len(last) - MOST)] if len(last) > MOST else []
    return subject, "\n\n".join([*parts, *more, say("watch.foot")]) + "\n"


def _part(told: Mapping[str, Any], say: Texts, words: NewsWords, home: str | None) -> str:
    sign = VERDICT_SIGNS[told["now"]["verdict"]]
    lines = [f"{sign} {_line(told['change'])} · {_line(told['title'])}", words.headline(told)]
    if told["decision"] == "approved" and told["decided_at"] is not None:
        lines.append(say("watch.approved", at=words.moment(told["decided_at"])))
    lines += [f"- {each}" for each in words.because(told)]
    lines += [say("watch.causes"), *(f"- {each}" for each in words.causes(told))]
    lines.append((home or "").rstrip("/") + told["page"])
    return "\n".join(lines)


def _line(text: str) -> str:
    # of a letter: a line break within it would begin another header
    return " ".join(shown(text).split())
