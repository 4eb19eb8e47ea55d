"""Changes as a calendar that other programs subscribe to (RFC 5545)."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from api.texts import Texts
from graph.records.changes import Change
from graph.records.page import page_of

BEFORE, AFTER = timedelta(days=31), timedelta(days=400)  # around now, that somebody looks at
MOST = 5_000  # changes
LONGEST = 500  # characters of a text
NOT_SHOWN = frozenset({"cancelled", "rejected"})
SETTLED = frozenset({"approved", "scheduled", "implementing", "implemented", "reviewed", "closed"})
KNOWN = {
    "status": ("draft", "submitted", "assessed", "approved", "scheduled", "implementing", "implemented", "reviewed",
               "closed", "failed", "backed_out"),
    "category": ("emergency", "major", "standard", "simple"),
}  # fmt: skip


def calendar_of(changes: Iterable[Change], now: datetime, say: Texts, root: str) -> bytes:
    """The calendar of changes around a moment; `root`: where their pages are, without a slash at the end."""
    found = Calendar()
    found.add("prodid", "-//Faultline//Changes//EN")
    found.add("version", "2.0")
    found.add("x-wr-calname", say("schedule.feed_name"))
    some = (each for each in changes if _is_shown(each, now))
    for change in sorted(some, key=lambda each: (each.planned_start or now, each.change_id))[:MOST]:
        found.add_component(_event(change, now, say, root))
    return bytes(found.to_ical())


def _is_shown(change: Change, now: datetime) -> bool:
    start = change.planned_start
    return (
        change.has_window and start is not None and change.status not in NOT_SHOWN
        and start < now + AFTER and (change.planned_end or now) > now - BEFORE
    )  # fmt: skip


def _event(change: Change, now: datetime, say: Texts, root: str) -> Event:
    event, start, end = Event(), change.planned_start or now, change.planned_end
    event.add("uid", f"{hashlib.sha256(change.change_id.encode()).hexdigest()[:32]}@faultline")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", start.astimezone(UTC))
    if end is not None:
        event.add("dtend", end.astimezone(UTC))
    event.add("summary", _plain(f"{change.change_id} {change.title}"))
    event.add("status", "CONFIRMED" if change.status in SETTLED else "TENTATIVE")
    event.add("url", root + page_of(change.change_id))
    about = [_word(say, "category", change.category), _word(say, "status", change.status), change.team or ""]
    lines = [" · ".join(_plain(each) for each in about if each)]
    lines += [say("schedule.feed_open")] if end is None else []
    event.add("description", "\n".join(lines))
    return event


def _word(say: Texts, field: str, value: str | None) -> str:
    # what the life cycle's file adds names itself
    return say(f"rfc.{field}_{value}") if value in KNOWN[field] else value or ""


def _plain(text: str) -> str:
    # no sign that a program could take for an end of a line
    return "".join(each if each.isprintable() else " " for each in text[:LONGEST])
