"""The ledgers and the indicators of a register: what they read is gathered here, what they say is put into JSON."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson

from api.moments import utc_text
from api.register import Register
from graph.errors import Message
from graph.records.audits import audit_of
from graph.records.changes import Change, change_of
from graph.records.edits import Edit, EditGroup, plain
from graph.records.exceptions import exemption_of
from graph.records.feeds import feed_of, target_of
from graph.records.incidents import incident_of
from graph.records.updates import Update
from graph.store.population import began, live_cis
from graph.store.tables import table
from graph.store.updates import updates
from graph.values import State
from queries.claims import claim_of
from queries.kpis.frame import Facts, Kpi, Value, evaluated
from queries.kpis.period import Period
from queries.ledgers import UPDATES, Ledgers, UpdateEntry, ledgers
from queries.obligations import OBLIGATIONS, Obligation

Record = TypeVar("Record")
Plain = dict[str, Any]
TICK = timedelta(microseconds=1)  # of the store's moments
FINE = ("matched", "met", "pending")  # buckets that ask nothing of anybody


class Reconciliation:
    """A register at one revision, the last one where none is named, as the ledgers and the indicators read it."""

    def __init__(self, register: Register, revision: int | None = None) -> None:
        self._store, self._zone = register.store, ZoneInfo(register.settings.timezone)
        self.revision = register.store.settled() if revision is None else revision
        self.at = register.store.clock().astimezone(UTC)

    def _table(self, name: str, make: Callable[[str, State], Record]) -> list[Record]:
        return table(self._store, name, make, revision=self.revision)

    def ledgers(self, start: datetime, end: datetime) -> Ledgers:
        """Both ledgers, right for this range: the log is read from where its changes began."""
        changes = self._table("changes", change_of)
        since = self._store.revision_at(_before(self._since(changes, start, end)))
        found = list(updates(self._store, after=since, upto=self.revision))
        return self._ledgers(found, changes)

    def _ledgers(self, found: Sequence[Update], changes: Sequence[Change]) -> Ledgers:
        exemptions = self._table("exceptions", exemption_of)
        return ledgers(found, changes, self._store.ontology, at=self.at, exemptions=exemptions)

    def _since(self, changes: Sequence[Change], start: datetime, end: datetime) -> datetime:
        claims = (claim_of(change, self._store.ontology) for change in changes)
        owing = [
            claim.start
            for claim in claims
            if claim.start is not None and claim.is_obliged and start <= (claim.due or claim.start) < end
        ]
        return min([start, *owing])

    def unmatched(self, start: datetime, end: datetime) -> Plain:
        """The answer of `unmatched` (ANSWERS)."""
        found = self.ledgers(start, end)
        return {
            "revision": self.revision, "from": self._time(start), "to": self._time(end), "at": self._time(self.at),
            "updates": {
                bucket: _bucket([self._update(entry) for entry in found.entries(start, end, bucket)])
                for bucket in UPDATES
            },
            "obligations": {
                bucket: _bucket([self._obligation(each) for each in found.obliged(start, end, bucket)])
                for bucket in OBLIGATIONS
            },
        }  # fmt: skip

    def _time(self, moment: datetime | None) -> str | None:
        return None if moment is None else moment.astimezone(self._zone).isoformat()

    def _update(self, entry: UpdateEntry) -> Plain:
        update = entry.update
        return {
            "id": update.id, "revision": update.revision, "ci_id": update.ci_id, "field": update.field,
            "old": update.old, "new": update.new, "seen_after": self._time(update.seen_after),
            "at": self._time(update.at), "reason": _reason(entry.reason, entry.bucket),
            "claimed_by": list(entry.claimed_by), "ambiguous": entry.ambiguous,
            "near_misses": [{"change_id": near.change_id, "why": near.why} for near in entry.near_misses],
            "exception": entry.exception,
        }  # fmt: skip

    def _obligation(self, each: Obligation) -> Plain:
        return {
            "id": each.id, "change_id": each.change_id, "edit": None if each.edit is None else _edit(each.edit),
            "due_at": self._time(each.due_at), "update_id": None if each.update is None else each.update.id,
            "reason": _reason(each.reason, each.bucket),
        }  # fmt: skip

    def facts(self, period: Period) -> Facts:
        """All that the indicators of a period read, with the months of their trend."""
        first = period.trend()[0].start if period.trend() else period.start
        changes = self._table("changes", change_of)
        since = self._store.revision_at(_before(self._since(changes, first, period.end)))

        def wanted(update: Update) -> bool:
            # before the trend only whether a CI exists counts
            return update.revision > since or update.kind == "existence" or update.field == "status"

        found = list(updates(self._store, upto=self.revision, wanted=wanted))
        upto = self._store.revision_at(_before(min(period.end, self.at)))
        return Facts(
            at=self.at,
            ledgers=self._ledgers(found, changes),
            changes=changes,
            incidents=self._table("incidents", incident_of),
            audits=self._table("audits", audit_of),
            feeds=self._table("feeds", feed_of),
            targets=self._table("kpi_targets", target_of),
            began=began(self._store),
            live={period.end: live_cis(self._store, upto)},
        )

    def kpis(self, some: Sequence[Kpi], period: Period) -> Iterator[Value]:
        """Those indicators in a period."""
        facts = self.facts(period)
        return (evaluated(kpi, facts, period) for kpi in some)

    def plain_period(self, period: Period) -> Plain:
        """A period as JSON."""
        return {
            "id": period.id, "from": period.start.isoformat(), "to": period.end.isoformat(),
            "finished": period.is_finished(self.at), "zone": period.zone,
        }  # fmt: skip


def _before(moment: datetime) -> str:
    # as the store writes moments: the last one before; what happened at the moment itself belongs to what it begins
    utc = moment.astimezone(UTC)
    return utc_text(utc - min(TICK, utc - datetime.min.replace(tzinfo=UTC)))


def _bucket(items: list[Plain]) -> Plain:
    return {"count": len(items), "items": items}


def _reason(reason: Message | None, bucket: str) -> Plain | None:
    if reason is None:
        return None
    severity = "pass" if bucket in FINE else "review"
    return {"key": reason.key, "params": dict(reason.params), "severity": severity}


def _edit(edit: Edit) -> Plain:
    found: Plain = orjson.loads(plain((EditGroup(None, (edit,)),)))[0]
    return found
