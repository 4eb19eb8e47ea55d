"""What those who wait for a change are told, and by which way: the page, the webhook, mail at once or once a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.register import Register
from api.watching.people import Person, people
from api.watching.sight import Sight
from graph.history import CI, RELATIONSHIP
from graph.records.changes import Change
from graph.records.kept import text
from graph.records.page import page_of
from graph.store.notices import noted
from graph.store.tables import states
from graph.values import State
from importers.mailing import Statements, letters, mailed
from queries.footprints import CHANGES, INCIDENTS, MANY, WINDOWS, Cause
from queries.review import Review
from queries.standing import Stand

KIND = "verdict-changed"
NAMED = 10  # causes that are named; more are counted


@dataclass(frozen=True, slots=True)
class Told:
    """Where notices go beside the pages."""

    webhook: bool = False
    mail: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """That a change stands otherwise: how it stood and stands, and what of that is news (`queries.standing`).

    `known`: what is kept of how it stood. `at`, `revision`: of the review that found it.
    """

    change: Change
    review: Review | None
    was: Stand
    now: Stand
    parts: Sequence[str]
    known: Mapping[str, Any]
    at: datetime
    revision: int


def notices_of(
    register: Register, tell: Told, news: News, causes: Sequence[Cause]
) -> tuple[dict[str, Any], Statements]:  # fmt: skip
    """What is told, as JSON, and the statements that leave it for those who are told by mail or by another tool."""
    change, because = news.change, news.now.otherwise(news.was.reasons)
    why = _causes(register, news, because, causes)
    # the same thing written several times is one cause: its last writing
    last = list({(each.kind, each.key): each for each in why}.values())
    told = {
        "at": news.at.isoformat(),
        "revision": news.revision,
        "parts": list(news.parts),
        "was": {"verdict": news.was.verdict, "since": news.known["since"]},
        "now": news.now.plain(),
        "because": [dict(each) for each in because],
        "causes": [_told(register, each) for each in last[-NAMED:]],
        "more_causes": max(0, len(last) - NAMED),
    }
    if not (tell.webhook or tell.mail):
        return told, []
    who = people(register, register.lifecycle.watch, change, news.review, news.revision)
    body = {
        "change": change.change_id, "title": change.title, "status": change.status, "origin": change.origin,
        "external_id": _external(register, news), "decision": change.decision,
        "decided_at": None if change.decided_at is None else change.decided_at.isoformat(),
        "people": [{"name": each.name, "role": each.role} for each in who],
        "page": page_of(change.change_id), **told,
    }  # fmt: skip
    found: Statements = [noted(KIND, news.at, body)] if tell.webhook else []
    return told, [*found, *(_mails(register, news, body, who) if tell.mail else ())]


def _causes(
    register: Register, news: News, because: Iterable[Mapping[str, Any]], causes: Sequence[Cause]
) -> list[Cause]:
    """Of what was written what the new reasons name themselves, else those that are gone; else what lies near, and
    what the new ones name of before.

    Whatever only happens at the same time is no cause: with none of these it is time that has passed.
    """
    words = _words(because)
    for some in (words, _words(news.was.otherwise(news.now.reasons))):
        if named := [each for each in causes if each.key in some]:
            return named
    near = [each for each in causes if each.kind in (CI, RELATIONSHIP, MANY) or each.key == news.change.change_id]
    near += [each for each in causes if each.kind == WINDOWS]
    before = [
        Cause(kept.revision, table, key)
        for table in (INCIDENTS, CHANGES)
        for key, kept in sorted(register.store.kept_at(table, words - {news.change.change_id}, news.revision).items())
    ]
    return [*near, *before]


def _words(reasons: Iterable[Mapping[str, Any]]) -> set[str]:
    return {
        word.removeprefix("incident:")
        for each in reasons
        for value in each["params"].values()
        for word in str(value).replace(",", " ").split()
    }


def _external(register: Register, news: News) -> str | None:
    # what the tool that it comes from calls it
    if news.change.origin is None:
        return None
    kept = register.store.kept_at(CHANGES, [news.change.change_id], news.revision)
    return text(kept[news.change.change_id].thing.state, "external_id")


def _told(register: Register, cause: Cause) -> dict[str, Any]:
    commit = register.store.commits_at(cause.revision)[0]
    return {**cause.plain(), "at": commit.at, "actor": commit.header.actor, "change": commit.header.change}


def _mails(register: Register, news: News, body: Mapping[str, Any], who: Sequence[Person]) -> Statements:
    def fields(ci_ids: Sequence[str]) -> Mapping[str, State]:
        return dict(states(register.store, ci_ids, revision=news.revision))

    sight = Sight(register, news.change, news.review, who, news.revision)
    readers = mailed(register.store, (each.name for each in who), fields)
    told = [(each, sight.told(body, each)) for each in readers]
    return letters(KIND, news.at, register.settings.timezone, told)
