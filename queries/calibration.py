"""What changes were said to hit against what they did hit, for each type of relationship (SEMANTICS 10)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Any

from graph.errors import Message
from graph.records.changes import Change
from graph.records.feeds import Feed
from graph.records.incidents import Incident
from graph.records.outages import Outage
from queries.foreseen import Foreseen, Foresight

Z = 1.959963984540054  # of 95 %
INCIDENT, OUTAGE = "incident", "outage"
TABLES = ("incidents", "outages")
Record = tuple[str, str]  # kind, id
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """One CI and one change. `foreseen`: as it was said before; `records`: by which it is known to have been hit."""

    change_id: str
    ci_id: str
    foreseen: Foreseen | None
    records: tuple[Record, ...]

    @property
    def types(self) -> tuple[str | None, ...]:
        """The relationship types that it counts for; `None`: nothing recorded leads there."""
        return (None,) if self.foreseen is None else self.foreseen.types

    @property
    def is_predicted(self) -> bool:
        """Whether it was said that it would be hit."""
        return self.foreseen is not None and self.foreseen.is_predicted

    def plain(self) -> Plain:
        """As JSON."""
        seen = self.foreseen
        return {
            "change_id": self.change_id, "ci_id": self.ci_id, "state": None if seen is None else seen.state,
            "types": [] if seen is None else list(seen.types), "predicted": self.is_predicted,
            "occurred": bool(self.records), "records": [{"kind": kind, "id": id_} for kind, id_ in self.records],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """One change afterwards. `predicted`: services that it was said to hit; `occurred`: what it did hit; by id.

    `beside`: services that were out in its window though nothing leads from the change to them: they count nowhere.
    `graph_later`: it started before there was a register, and was predicted with a later graph.
    """

    change_id: str
    predicted: tuple[Effect, ...]
    occurred: tuple[Effect, ...]
    beside: tuple[Effect, ...] = ()
    graph_later: bool = False

    def plain(self) -> Plain:
        """As JSON."""
        parts = {name: [each.plain() for each in getattr(self, name)] for name in ("predicted", "occurred", "beside")}
        return {"change_id": self.change_id, **parts, "graph_later": self.graph_later}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many effects; nothing of none."""

    effects: tuple[Effect, ...]
    holds: Callable[[Effect], bool]

    @property
    def counts(self) -> tuple[int, int]:
        """How many hold, of how many."""
        return sum(map(self.holds, self.effects)), len(self.effects)

    def plain(self, limit: int | None) -> Plain:
        """As JSON, with the interval of Wilson (95 %); effects beyond `limit` are counted."""
        count, of = self.counts
        low, high = wilson(count, of) if of else (None, None)
        reason = None if of else {"key": "calibration.no_samples", "params": {}, "severity": "review"}
        return {
            "count": count, "of": of, "rate": count / of if of else None, "low": low, "high": high, "reason": reason,
            "effects": [each.plain() for each in self.effects[:limit]],
        }  # fmt: skip


@dataclass(frozen=True)
class Calibration:
    """What changes that ended came to. `left_out`: those that cannot be measured, with the reason, by id."""

    compared: tuple[Compared, ...]
    left_out: tuple[tuple[str, Message], ...]

    @property
    def types(self) -> list[str | None]:
        """Every type that something counts for, by name; last what nothing recorded leads to."""
        found = {type_ for one in self.compared for each in (*one.predicted, *one.occurred) for type_ in each.types}
        return sorted(found, key=lambda name: (name is None, name or ""))

    def predicted(self, type_: str | None = "*") -> Rate:
        """Of what was said to be hit over relationships of a type (`*`: all) how much was."""
        every = (each for one in self.compared for each in one.predicted)
        return Rate(tuple(each for each in every if type_ == "*" or type_ in each.types), _has_occurred)

    def occurred(self, type_: str | None = "*") -> Rate:
        """Of what was hit over relationships of a type (`*`: all) how much had been said before."""
        every = (each for one in self.compared for each in one.occurred)
        return Rate(tuple(each for each in every if type_ == "*" or type_ in each.types), _was_predicted)

    @property
    def reason(self) -> Message | None:
        """Why nothing can be measured; `None`: something can."""
        if self.compared:
            return None
        if not self.left_out:
            return Message("calibration.no_changes", {})
        keys = [reason.key for _, reason in self.left_out]
        most = max(sorted(set(keys)), key=keys.count)
        return next(reason for _, reason in self.left_out if reason.key == most)

    def plain(self, limit: int | None = None) -> Plain:
        """As JSON; effects and changes beyond `limit` of a list are counted."""
        left = [{"change_id": id_, "reason": _plain(reason)} for id_, reason in self.left_out[:limit]]
        return {
            "changes": {
                "ended": len(self.compared) + len(self.left_out), "measured": len(self.compared),
                "graph_later": sum(each.graph_later for each in self.compared),
                "not_measurable": {"count": len(self.left_out), "items": left},
            },
            "reason": None if self.reason is None else _plain(self.reason),
            "all": self._row("*", limit),
            "types": [{"type": type_, **self._row(type_, limit)} for type_ in self.types],
        }  # fmt: skip

    def _row(self, type_: str | None, limit: int | None) -> Plain:
        return {"predicted": self.predicted(type_).plain(limit), "occurred": self.occurred(type_).plain(limit)}


def _has_occurred(effect: Effect) -> bool:
    return bool(effect.records)


def _was_predicted(effect: Effect) -> bool:
    return effect.is_predicted


def _plain(reason: Message) -> Plain:
    return {"key": reason.key, "params": dict(reason.params), "severity": "review"}


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a rate by Wilson's score; `of` is at least 1.

    Examples
    --------
    >>> [round(each, 3) for each in wilson(0, 10)]
    [0.0, 0.278]
    """
    rate, share = count / of, Z * Z / of
    middle = (rate + share / 2) / (1 + share)
    half = Z * sqrt(rate * (1 - rate) / of + share / (4 * of)) / (1 + share)
    # at the ends it is exact, which rounding is not
    return 0.0 if count == 0 else middle - half, 1.0 if count == of else middle + half


class Happened:
    """Incidents and outages as they are looked up here."""

    def __init__(self, incidents: Iterable[Incident], outages: Iterable[Outage], feeds: Sequence[Feed] = ()) -> None:
        self._caused: dict[str, list[Incident]] = {}
        self._moments: list[datetime] = []
        for incident in incidents:
            begun = incident.started_at or incident.detected_at
            self._moments += [] if begun is None else [begun]
            if incident.caused_by_change is not None:
                self._caused.setdefault(incident.caused_by_change, []).append(incident)
        self._outages = [each for each in outages if each.noticed_at is not None]
        self._moments += [each.noticed_at for each in self._outages if each.noticed_at is not None]
        self._feeds = feeds

    def is_watched(self, start: datetime, end: datetime) -> bool:
        """Whether anybody records what happens from `start` on, before `end`: a record, or a declared feed."""
        fed = any(feed.table in TABLES and feed.is_on(start, end) for feed in self._feeds)
        return fed or any(start <= moment < end for moment in self._moments)

    def caused_by(self, change: Change) -> Mapping[str, set[Record]]:
        """CIs and services of the incidents that are linked to a change."""
        found: dict[str, set[Record]] = {}
        for incident in self._caused.get(change.change_id, ()):
            for ci_id in {*incident.services, *([] if incident.ci_id is None else [incident.ci_id])}:
                found.setdefault(ci_id, set()).add((INCIDENT, incident.incident_id))
        return found

    def noticed(self, start: datetime, end: datetime) -> Mapping[str, set[Record]]:
        """Services whose outages were noticed from `start` on, before `end`."""
        found: dict[str, set[Record]] = {}
        for each in self._outages:
            if each.noticed_at is not None and start <= each.noticed_at < end:
                found.setdefault(each.service, set()).add((OUTAGE, each.outage_id))
        return found


def compared(
    change: Change, foresight: Foresight, happened: Happened, *, graph_later: bool = False
) -> Compared | Message:  # fmt: skip
    """What a change was said to hit against what it did hit.

    Parameters
    ----------
    change
        A change that took place.
    foresight
        What was foreseen when it started.
    happened
        What is recorded of incidents and outages.
    graph_later
        Whether that graph is a later one.

    Returns
    -------
    Compared or Message
        A message where nobody recorded when it began and ended.
    """
    start, end = change.actual_start, change.actual_end
    if start is None or end is None:
        return Message("calibration.no_times", {})
    caused, noticed = happened.caused_by(change), happened.noticed(start, end)

    def effect(ci_id: str, seen: Foreseen | None) -> Effect:
        records = caused.get(ci_id, set()) | noticed.get(ci_id, set())
        return Effect(change.change_id, ci_id, seen, tuple(sorted(records)))

    hit = [effect(ci_id, foresight.of(ci_id)) for ci_id in sorted((caused.keys() | noticed.keys()) - foresight.own)]
    # that something else is out at the same time is no miss: only a linked incident says that it was this change
    beside = [each for each in hit if each.foreseen is None and each.ci_id not in caused]
    return Compared(
        change.change_id,
        tuple(effect(each.ci_id, each) for each in foresight.services),
        tuple(each for each in hit if each not in beside),
        tuple(beside),
        graph_later,
    )
