"""Verdicts of many changes at once, for lists: each kept for a moment, so that none is worked out twice."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from api.reviewing import judged
from api.scheduling import Schedule
from api.words import ALTERNATIVES
from graph.deadline import check
from graph.errors import BadInputError
from queries.impact import State
from queries.review import Review
from queries.risk import Reason

KEPT = 5_000  # verdicts
FOR = timedelta(minutes=1)  # what is silent, and how long an incident is taken to last, follow the clock (decision 48)


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict of a change. `reason`: the weightiest one, as JSON; `out`: services that it puts out by itself."""

    change_id: str
    verdict: str
    worst: str
    reason: Mapping[str, Any] | None
    out: int


@dataclass
class Verdicts:
    """Verdicts of one register, at a revision and a moment not long before. Any number of threads may ask."""

    _kept: "OrderedDict[str, tuple[int, datetime, Judged]]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, schedule: Schedule, change_ids: Iterable[str]) -> Iterator[Judged]:
        """Those of stored changes, in their order; one that is not there, or cannot be reviewed, is left out."""
        known = {each.change_id: each for each in schedule.changes}
        for change_id in dict.fromkeys(change_ids):
            check()
            if change_id not in known:
                continue
            found = self._had(schedule, change_id)
            if found is None:
                try:
                    found = _told(judged(schedule, known[change_id]))
                except BadInputError:
                    continue  # its own page says why
                self._keep(schedule, found)
            yield found

    def _had(self, schedule: Schedule, change_id: str) -> Judged | None:
        with self._lock:
            revision, at, found = self._kept.get(change_id, (-1, schedule.at, None))
            fresh = revision == schedule.estate.revision and abs(schedule.at - at) < FOR
            return found if fresh else None

    def _keep(self, schedule: Schedule, found: Judged) -> None:
        with self._lock:
            self._kept.pop(found.change_id, None)
            self._kept[found.change_id] = schedule.estate.revision, schedule.at, found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _first(reasons: Sequence[Reason]) -> Mapping[str, Any]:
    # with whom it puts out a service: every set of changes, not only the first
    first = reasons[0].plain()
    if "changes" not in first["params"]:
        return first
    about = _about(first["params"])
    alike = [each.params for each in reasons if each.key == first["key"] and "changes" in each.params]
    sets = [str(each["changes"]) for each in alike if _about(each) == about]
    return {**first, "params": {**first["params"], "changes": ALTERNATIVES.join(sets)}}


def _about(params: Mapping[str, Any]) -> Mapping[str, Any]:
    # what a reason is about, a service or another CI: all but with whom
    return {name: value for name, value in params.items() if name != "changes"}


def _told(review: Review) -> Judged:
    worst = review.assessment
    reason = _first(worst.reasons) if worst.reasons else None
    out = sum(each.state == State.OUTAGE for each in review.services)
    return Judged(review.change.change_id, worst.verdict, review.worst, reason, out)
