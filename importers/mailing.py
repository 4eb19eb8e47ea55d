"""Who is written a letter: where they read it, in which language and when, by the CI of a person and their wish."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from graph.store.notices import DIGEST, MAIL, noted
from graph.store.preferences import AT_ONCE, DAILY, PRINCIPAL, wishes
from graph.store.principals import Scopes, principals
from graph.store.runs import Rows
from graph.values import Value

EMAIL = "email"  # the attribute of a person or team
MORNING = time(8)  # when what has gathered for a day is sent, in the organisation's zone
States = Callable[[Sequence[str]], Mapping[str, Mapping[str, Value]]]
Statements = list[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Mailed:
    """An address that is written to. `names`: whose it is. `channel`: at once or once a day.

    `language`: that they have chosen, `None`: the server's.
    """

    address: str
    names: tuple[str, ...]
    channel: str
    language: str | None


def mailed(store: Rows, names: Iterable[str], states: States) -> list[Mailed]:
    """Of some people and teams those who are written to, one an address however many read there.

    `states`: the fields of CIs by their ids. Somebody who comes in as a principal is the person of that name; where
    others read nobody knows.
    """
    wanted: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        wanted.setdefault(name.removeprefix(PRINCIPAL), []).append(name)
    shared: dict[str, list[str]] = {}
    for ci_id, state in states(sorted(wanted)).items():
        if _is_address(state.get(EMAIL)):
            shared.setdefault(str(state[EMAIL]), []).extend(wanted[ci_id])
    said = wishes(store, [name for some in shared.values() for name in some])
    found: list[Mailed] = []
    for address, some in sorted(shared.items()):
        channels = {said[name].mail for name in some}
        if channels & {AT_ONCE, DAILY}:
            languages = [said[name].language for name in sorted(some) if said[name].language]
            channel = MAIL if AT_ONCE in channels else DIGEST
            found.append(Mailed(address, tuple(sorted(some)), channel, languages[0] if languages else None))
    return found


def letters(kind: str, at: datetime, zone: str, bodies: Iterable[tuple[Mailed, Mapping[str, Any]]]) -> Statements:
    """The statements that leave letters, each with what it tells, for the transaction that they tell of."""
    morning = next_morning(at, zone)
    return [
        noted(
            kind, at, {**body, "language": each.language}, channel=each.channel, to=each.address,
            due=morning if each.channel == DIGEST else None,
        )
        for each, body in bodies
    ]  # fmt: skip


def limits(store: Rows) -> dict[str, Scopes]:
    """The scopes of all principals, by what the log calls them and by their bare names; without any: all is shown."""
    known = [each for each in principals(store) if not each.deleted]
    return {name: each.scopes for each in known for name in (each.name, PRINCIPAL + each.name)}


def next_morning(at: datetime, zone: str) -> datetime:
    """When what has gathered is sent next, after a moment."""
    local = at.astimezone(ZoneInfo(zone))
    morning = datetime.combine(local.date(), MORNING, local.tzinfo)
    return morning if morning > local else datetime.combine(local.date() + timedelta(days=1), MORNING, local.tzinfo)


def _is_address(text: object) -> bool:
    # what a mail server would take apart differently is no address: a line break begins another header
    if not isinstance(text, str) or not text.isascii() or len(text) > 254:
        return False
    name, at, host = text.rpartition("@")
    return bool(name and at and "." in host) and not any(c.isspace() or c in '<>",;:()[]\\' for c in text)
