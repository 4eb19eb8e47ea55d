"""What somebody says on a change, and whom they let speak for them, checked and written under the write lock."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graph.errors import BadInputError, NotAllowedError
from graph.history import Header
from graph.records.changes import Change, change_of
from graph.records.comments import ANSWER, COMMENT, QUESTION, Comment
from graph.records.page import page_of
from graph.store import Edit, Store
from graph.store.notices import noted
from graph.store.principals import principals
from graph.store.reader import Reader
from graph.store.store import Draft
from graph.values import State, ValueRefused, parse_id, parse_text, shown, utc_text
from importers.authorship import CHANGES
from importers.direct import PERSON
from importers.keeping import written_by
from importers.mailing import Statements, letters, limits, mailed
from importers.rows import joined_key
from importers.voting import COMMENTS, DEPUTIES, comments_on
from queries.talking import PRINCIPAL, called, may_answer, names_in, open_questions

KIND = "change-comment"  # of notices
LONGEST = 10_000  # characters of a comment
MOST_NAMED = 50  # that one text may name
PEOPLE = ("person", "team")  # classes of CIs that can be named


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody says. `asked`: whom a question is for, `None`: who asked for the change; `tell`: leave a notice.

    `mail`: leave letters for those who hear of it; `zone`: in which their mornings are.
    """

    change_id: str
    kind: str
    text: str
    asked: str | None = None
    answers_to: str | None = None
    tell: bool = False
    mail: bool = False
    zone: str = "UTC"


def say(store: Store, saying: Saying, actor: str) -> tuple[int, Comment]:
    """Record it; the revision after it, and it as it was recorded.

    Raises
    ------
    BadInputError
        `review.unknown_change`; `talk.empty`, `talk.too_long`, `talk.too_many_named`; `talk.nobody` for a question to
        somebody who is not known, or to nobody; `talk.no_comment` for an answer to what is not there;
        `talk.answered`: the question has its answer.
    NotAllowedError
        `talk.not_asked`: only who was asked answers, and those whose change it is.
    """
    text = _text(saying.text)
    told: list[Comment] = []

    def plan(reader: Reader) -> Draft:
        change = _change(reader, saying.change_id)
        names = called(text) + ([] if saying.asked is None else [saying.asked])
        known = _known(store, reader, names)
        now = store.clock()
        comment = Comment(
            f"{change.change_id}/{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}", change.change_id,
            saying.kind, actor, now, text, tuple(names_in(text, known)), _asked(saying, change, known),
            saying.answers_to,
        )  # fmt: skip
        if saying.answers_to is not None:
            _check_reply(reader, saying, change, actor)
        told.append(comment)
        edit = Edit(COMMENTS, comment.comment_id, written_by(store.ontology, None, _fields(comment)))
        return Draft([edit], _notices(store, reader, saying, comment, change, now))

    written = store.write(plan, Header(actor, PERSON, saying.change_id))
    return written.revision, told[-1]


@dataclass(frozen=True, slots=True)
class Delegating:
    """Whom somebody lets speak for them: on one change, or on all of them until a moment."""

    deputy: str
    change_id: str | None
    start: datetime | None
    end: datetime | None


def delegate(store: Store, wanted: Delegating, actor: str) -> tuple[int, str]:
    """Record a deputy of whoever asks; the revision after it, and what the log calls the deputy.

    Raises
    ------
    BadInputError
        `talk.nobody`: no such principal; `talk.oneself`; `talk.no_end`: for all changes it must end;
        `change.order`: it ends before it starts; `decide_change.own`: the change is the deputy's own, or one's own;
        `review.unknown_change`.
    """
    last: list[str] = []

    def plan(reader: Reader) -> Draft:
        now = store.clock()
        start = wanted.start or now
        deputy = _principal(store, wanted.deputy)
        if deputy == actor:
            raise BadInputError("talk.oneself")
        if wanted.change_id is None and wanted.end is None:
            raise BadInputError("talk.no_end")
        if wanted.end is not None and wanted.end <= max(start, now):
            raise BadInputError("change.order", start="from", end="to")
        fields: dict[str, Any] = {"person": actor, "deputy": deputy, "from": utc_text(start)}
        if wanted.end is not None:
            fields["to"] = utc_text(wanted.end)
        if wanted.change_id is not None:
            change = _change(reader, wanted.change_id)
            for who in (deputy, actor):
                if who in change.own:
                    raise BadInputError("decide_change.own", who=who)
            fields["change_id"] = change.change_id
        key = joined_key([actor, deputy, str(fields["from"])])
        kept = reader.read(DEPUTIES, [key]).get(key)
        if kept is not None:
            raise BadInputError("talk.delegated", deputy=deputy)
        last.append(deputy)
        return Draft([Edit(DEPUTIES, key, written_by(store.ontology, None, fields))])

    written = store.write(plan, Header(actor, PERSON, wanted.change_id))
    return written.revision, last[-1]


def _text(given: str) -> str:
    # its length is looked at first: of a book nothing else is
    if len(given) > LONGEST:
        raise BadInputError("talk.too_long", length=len(given), most=LONGEST)
    try:
        kept = parse_text(given.replace("\r\n", "\n")).strip()
    except ValueRefused as no:
        raise BadInputError(no.message.key, **no.message.params) from no
    if not kept:
        raise BadInputError("talk.empty")
    if len(called(kept)) > MOST_NAMED:
        raise BadInputError("talk.too_many_named", most=MOST_NAMED)
    return kept


def _change(reader: Reader, change_id: str) -> Change:
    kept = reader.read(CHANGES, [change_id]).get(change_id)
    if kept is None:
        raise BadInputError("review.unknown_change", change=shown(change_id))
    return change_of(change_id, kept.thing.state)


def _known(store: Store, reader: Reader, names: Collection[str]) -> frozenset[str]:
    # of these names those that somebody has: principals by what the log calls them, people and teams by their ids
    found = {f"{PRINCIPAL}{each.name}" for each in principals(store) if not each.deleted} if names else set()
    cis = reader.read("ci", [name for name in names if _is_id(name)])
    found |= {name for name, kept in cis.items() if kept.thing.state.get("ci_class") in PEOPLE}
    return frozenset(found)


def _is_id(name: str) -> bool:
    try:
        return parse_id(name) == name
    except ValueRefused:
        return False


def _principal(store: Store, name: str) -> str:
    wanted = name.removeprefix(PRINCIPAL)
    if not any(each.name == wanted and not (each.deleted or each.disabled) for each in principals(store)):
        raise BadInputError("talk.nobody", who=shown(name))
    return PRINCIPAL + wanted


def _asked(saying: Saying, change: Change, known: Collection[str]) -> str | None:
    if saying.kind != QUESTION:
        return None
    if saying.asked is None:
        if change.requested_by is None:
            raise BadInputError("talk.nobody", who="-")
        return change.requested_by
    for each in (saying.asked, f"{PRINCIPAL}{saying.asked}"):
        if each in known or each in change.own:
            return each
    raise BadInputError("talk.nobody", who=shown(saying.asked))


def _check_reply(reader: Reader, saying: Saying, change: Change, actor: str) -> None:
    there = {each.comment_id: each for each in comments_on(reader, change.change_id)}
    before = there.get(str(saying.answers_to))
    if before is None or (saying.kind == ANSWER and before.kind != QUESTION):
        raise BadInputError("talk.no_comment", comment=shown(saying.answers_to))
    if saying.kind != ANSWER:
        return
    if not may_answer(before, change, actor):
        raise NotAllowedError("talk.not_asked", who=before.asked or "-")
    if before not in open_questions(there.values()):
        raise BadInputError("talk.answered", comment=before.comment_id)


def _fields(comment: Comment) -> State:
    found: dict[str, Any] = {
        "comment_id": comment.comment_id, "change_id": comment.change_id, "kind": comment.kind,
        "author": comment.author, "at": None if comment.at is None else utc_text(comment.at), "text": comment.text,
        "mentions": sorted(comment.mentions) or None, "asked": comment.asked, "answers_to": comment.answers_to,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def _hearing(comment: Comment, change: Change) -> list[str]:
    # who hears of it: those that it names, whom it asks, and of an answer those whose change it is
    asked = [] if comment.asked is None else [comment.asked]
    own = sorted(change.own) if comment.kind != COMMENT else []
    return [each for each in dict.fromkeys([*comment.mentions, *asked, *own]) if each != comment.author]


def _notices(
    store: Store, reader: Reader, saying: Saying, comment: Comment, change: Change, now: datetime
) -> Statements:  # fmt: skip
    hearing = _hearing(comment, change)
    told = {
        "change": change.change_id, "title": change.title, "comment": comment.comment_id, "said": comment.kind,
        "actor": comment.author, "text": comment.text, "tell": hearing, "page": page_of(change.change_id),
    }  # fmt: skip
    found = [noted(KIND, now, told)] if saying.tell and hearing else []
    return [*found, *(_mails(store, reader, told, now, saying.zone) if saying.mail else ())]


def _mails(store: Store, reader: Reader, told: Mapping[str, Any], now: datetime, zone: str) -> Statements:
    readers = mailed(
        store, told["tell"], lambda names: {each: kept.thing.state for each, kept in reader.read("ci", names).items()}
    )
    scopes = limits(store) if readers else {}
    # the pages show no change to who has scopes: neither does a letter more than that they are named
    less = {**told, "title": None, "text": None, "limited": True}
    return letters(
        KIND, now, zone,
        [(each, less if any(scopes.get(name) for name in each.names) else told) for each in readers],
    )  # fmt: skip
