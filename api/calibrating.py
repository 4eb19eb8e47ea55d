"""What calibration reads, gathered from the register: changes that ended, graphs as they were, what happened."""

from datetime import UTC, datetime, timedelta

from api.moments import utc_text
from api.register import Register
from graph.deadline import check
from graph.errors import BadInputError, Message
from graph.records.changes import Change, change_of
from graph.records.edits import edits_of
from graph.records.feeds import feed_of
from graph.records.incidents import incident_of
from graph.records.kept_graph import named_by
from graph.records.outages import outage_of
from graph.store.kept_graph import kept_graph
from queries.calibration import Calibration, Compared, Happened, compared
from queries.foreseen import foresee

GRAPHS = 200  # of the past that one question reads; changes that need a further one are left out, and counted
AROUND = timedelta(days=31)  # before and after one change: within it something must be recorded at all
TOOK_PLACE = frozenset({"implemented", "reviewed", "closed", "failed", "backed_out"})


class Calibrating:
    """A register at a revision, asked how changes came out."""

    def __init__(self, register: Register, revision: int) -> None:
        tables = register.tables
        self._register, self.revision = register, revision
        self.changes = tables.table("changes", change_of, revision)
        self._happened = Happened(
            tables.table("incidents", incident_of, revision),
            tables.table("outages", outage_of, revision),
            tables.table("feeds", feed_of, revision),
        )
        self._graphs: set[int] = set()

    def between(self, start: datetime, end: datetime) -> Calibration:
        """All changes that ended from `start` on, before `end`.

        Where nobody recorded anything that happened in that time, nothing is compared: silence says nothing.
        """
        ended = [each for each in self.changes if _took_place(each) and start <= _over(each) < end]
        if ended and not self._happened.is_watched(start, end):
            return Calibration((), tuple((each.change_id, _UNWATCHED) for each in ended))
        # by their start, so that a graph of the past is read once
        some = sorted(ended, key=lambda each: (each.actual_start or _over(each), each.change_id))
        found = sorted(((each.change_id, self._compared(each)) for each in some), key=lambda pair: pair[0])
        return Calibration(
            tuple(one for _, one in found if isinstance(one, Compared)),
            tuple((id_, one) for id_, one in found if isinstance(one, Message)),
        )

    def of(self, change: Change) -> Compared | Message | None:
        """One change; `None`: it has not ended."""
        if not _took_place(change):
            return None
        over = _over(change).astimezone(UTC)
        since, until = over - min(AROUND, over - _FIRST), over + min(AROUND, _LAST - over)
        if not self._happened.is_watched(since, until):
            return _UNWATCHED
        return self._compared(change)

    def _compared(self, change: Change) -> Compared | Message:
        check()
        if change.actual_start is None or change.actual_end is None:
            return Message("calibration.no_times", {})
        store = self._register.store
        at = store.revision_at(utc_text(change.actual_start.astimezone(UTC)))
        if at == 0 and change.edits is not None:
            return Message("calibration.edits_later", {})
        revision = min(at, self.revision) or self.revision
        if revision not in self._graphs and len(self._graphs) >= GRAPHS:
            return Message("calibration.many_graphs", {"most": GRAPHS})
        self._graphs.add(revision)
        try:
            named = named_by(edits_of(change.edits, store.ontology))
        except BadInputError:
            return Message("calibration.edits", {})
        kept = kept_graph(store, named, revision)
        foresight = foresee(self._register.estate(revision), store.ontology, change, kept)
        if isinstance(foresight, Message):
            return foresight
        return compared(change, foresight, self._happened, graph_later=at == 0)


_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_UNWATCHED = Message("calibration.unwatched", {})


def _took_place(change: Change) -> bool:
    return change.status in TOOK_PLACE and (change.actual_end or change.planned_end) is not None


def _over(change: Change) -> datetime:
    return change.actual_end or change.planned_end or datetime.max.replace(tzinfo=UTC)
