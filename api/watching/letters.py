"""What is told of a change that stands otherwise, in words: for the page, and as a letter."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.review_words import ReviewWords
from api.texts import Texts
from api.words import VERDICT_SIGNS
from graph.history import CI, RELATIONSHIP
from graph.store.preferences import PRINCIPAL
from graph.values import shown

MOST = 50  # changes of one letter
LONGEST = 2_000  # characters of what somebody said; the page has the rest


class NewsWords:
    """Parts of what is told (`api.watching.told`, as JSON) as sentences; moments in a zone.

    `name`, `kind`: what a CI is called, by its id, and a type of relationships; a letter has no register at hand, so
    that it calls by name what is told with one.
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


def _called(told: Mapping[str, Any], say: Texts) -> Callable[[str], str]:
    # whoever reads mail knows what a CI is called; beside it its id, by which it is found
    names = told.get("names", {})

    def called(ci_id: str) -> str:
        name = _line(names.get(ci_id, ci_id))
        return ci_id if name == ci_id else say("impact.named", name=name, id=ci_id)

    return called


def letter(told: Sequence[Mapping[str, Any]], say: Texts, home: str | None, zone: str) -> tuple[str, str]:
    """Subject and text of a letter about one change, or several; `home`: the address that pages are under.

    `told`: of verdicts as `api.watching.told` has it, and of what was said on changes as `importers.talking` does.
    """
    subject = _subject(told, say)
    # of one change what was told last of its verdict, and all that was said
    last = list({each.get("comment") or each["change"]: each for each in told}.values())
    parts = [_part(each, say, NewsWords(say, zone, _called(each, say)), home) for each in last[:MOST]]
    more = [say("watch.more_changes", count=len(last) - MOST)] if len(last) > MOST else []
    return subject, "\n\n".join([*parts, *more, say("watch.foot")]) + "\n"


def _subject(told: Sequence[Mapping[str, Any]], say: Texts) -> str:
    if len(told) > 1:
        key = "watch.subject_gathered" if any("comment" in each for each in told) else "watch.subject_digest"
        return say(key, count=len({each["change"] for each in told}))
    (one,) = told
    change = _line(one["change"])
    if "comment" in one:
        found = say(f"watch.subject_{one['said']}", change=change, who=_who(one["actor"]))
    else:
        found = say("watch.subject", change=change, now=say(f"watch.is_{one['now']['verdict']}"))
    return found if one["title"] is None else say("watch.titled", what=found, title=_line(one["title"]))


def _part(told: Mapping[str, Any], say: Texts, words: NewsWords, home: str | None) -> str:
    lines = _said(told, say, words) if "comment" in told else _stands(told, say, words)
    if told.get("limited"):
        lines.append(say("watch.limited"))
    # without an address of pages whoever reads it finds the change by its id
    lines += [home.rstrip("/") + told["page"]] if home is not None else []
    return "\n".join(lines)


def _stands(told: Mapping[str, Any], say: Texts, words: NewsWords) -> list[str]:
    lines = [_head(VERDICT_SIGNS[told["now"]["verdict"]], told), words.headline(told)]
    if told["decision"] == "approved" and told["decided_at"] is not None:
        lines.append(say("watch.approved", at=words.moment(told["decided_at"])))
    lines += [f"- {each}" for each in words.because(told)]
    if not told.get("limited"):
        lines += [say("watch.causes"), *(f"- {each}" for each in words.causes(told))]
    return lines


def _said(told: Mapping[str, Any], say: Texts, words: NewsWords) -> list[str]:
    lines = [_head("·", told)]
    lines.append(say(f"watch.said_{told['said']}", at=words.moment(told["at"]), who=_who(told["actor"])))
    # behind a mark, line by line: nobody writes what looks like a part of ours
    text = shown_lines(told["text"] or "", LONGEST)
    return [*lines, *(f"> {each}" for each in text)]


def shown_lines(text: str, most: int) -> list[str]:
    """What somebody wrote as lines without anything that is not to be seen, of up to so many characters in all."""
    cut = text if len(text) <= most else text[:most] + "…"
    return ["".join(c for c in line if c.isprintable()) for line in cut.splitlines()]


def _head(sign: str, told: Mapping[str, Any]) -> str:
    return " · ".join([f"{sign} {_line(told['change'])}", *([] if told["title"] is None else [_line(told["title"])])])


def _who(actor: str) -> str:
    return _line(actor.removeprefix(PRINCIPAL))


def _line(text: str) -> str:
    # of a letter: a line break within it would begin another header
    return " ".join(shown(text).split())
