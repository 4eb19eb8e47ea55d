"""What the first page says of the whole estate: which single failures take most with them, and the coming night."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from api.behind import Behind, Progress, Standing
from api.scheduling import Schedule
from graph.estate import CRITICALITIES, Estate
from graph.records.changes import Change
from queries.change_conflicts import ChangeConflicts, change_conflicts
from queries.kernels.bits import BLOCK
from queries.sweeps import Failures, merged, single_failures

if TYPE_CHECKING:
    from api.register import Register

CRITICAL = CRITICALITIES.index("critical")
LOTS = 50  # of a large estate, so that progress is told
PATIENCE = 0.4  # seconds that who asks first waits: what is done within it need not be asked for again
NIGHT_ENDS = 8  # o'clock
NIGHT_IS_OVER = 6  # o'clock; from then on tonight is the next one


@dataclass(frozen=True)
class SingleFailures:
    """Every single failure of an estate; `services`: those whose single points were found, all of them."""

    estate: Estate
    services: NDArray[np.int32]
    found: Failures

    @cached_property
    def ranked(self) -> NDArray[np.int64]:
        """Places in `found.seeds`: most critical services first, then most services, then most CIs."""
        felled = self.found.felled
        order: NDArray[np.int64] = np.lexsort((self.found.seeds, -felled.cis, -felled.services, -felled.weight))
        return order[: int(np.count_nonzero(felled.services))]

    @cached_property
    def points(self) -> list[tuple[int, list[int]]]:
        """Critical services with their single points, its own before those that many share; most points first."""
        felled, some = self.found.felled, []
        for number, service in enumerate(self.services.tolist()):
            cis = self.found.points[number]
            if self.estate.criticality[service] == CRITICAL and len(cis):
                at = np.searchsorted(self.found.seeds, cis)
                some.append((service, cis[np.lexsort((cis, -felled.cis[at], felled.services[at]))].tolist()))
        return sorted(some, key=lambda each: (-len(each[1]), self.estate.ids[each[0]]))

    @cached_property
    def hanging(self) -> int:
        """How many services, critical or not, some single CI puts out."""
        return int(np.count_nonzero(np.diff(self.found.points.start)))


@dataclass(frozen=True)
class Night:
    """The changes from now until the morning, by start, and how they get in each other's way."""

    since: datetime
    until: datetime
    changes: list[Change]
    conflicts: ChangeConflicts


class Overviews:
    """Of one register; what takes its time is computed once for a revision, behind the requests."""

    def __init__(self, register: "Register") -> None:
        self._register = register
        self._failures: Behind[SingleFailures] = Behind("single failures")
        self._night: Behind[Night] = Behind("tonight")

    def failures(self, estate: Estate) -> Standing[SingleFailures]:
        """Every single failure, of this revision or of the last one that was looked at."""
        return self._failures.first(estate.revision, lambda tell: single_failures_of(estate, tell), PATIENCE)

    def night(self, estate: Estate, now: datetime) -> Standing[Night]:
        """The coming night, likewise; looked at anew each hour."""
        until = morning(now, self._register.settings.timezone)
        hour = now.replace(minute=0, second=0, microsecond=0)
        return self._night.first((estate.revision, hour), lambda _: self._coming(estate, now, until), PATIENCE)

    def _coming(self, estate: Estate, now: datetime, until: datetime) -> Night:
        schedule = Schedule(self._register, estate, now)
        asked, zone = schedule.asked(), self._register.settings.timezone
        tonight = [each for each in asked.changes if _is_within(each, now, until)]
        found = change_conflicts(asked, schedule.windows, now, until, zone)
        return Night(now, until, sorted(tonight, key=lambda each: (each.planned_start, each.change_id)), found)


def morning(now: datetime, zone: str) -> datetime:
    """When tonight is over, in that zone: after midnight it is the night that has begun."""
    here = now.astimezone(ZoneInfo(zone))
    day = here if here.hour < NIGHT_IS_OVER else here + timedelta(days=1)
    return day.replace(hour=NIGHT_ENDS, minute=0, second=0, microsecond=0).astimezone(UTC)


def _is_within(change: Change, since: datetime, until: datetime) -> bool:
    start, end = change.planned_start, change.planned_end
    return start is not None and start < until and (end is None or end > since) and (end is None or start < end)


def single_failures_of(estate: Estate, tell: Progress = lambda _: None) -> SingleFailures:
    """Every single failure of an estate; `tell` is told how far it is."""
    # in the order of their places, a few blocks at a time: that is what the sweep is fast in
    order, services = estate.topology.settled.csr.index, estate.services()
    critical = estate.criticality == CRITICAL
    lot = BLOCK * max(1, -(-len(order) // (BLOCK * LOTS)))
    parts = []
    for start in range(0, max(len(order), 1), lot):
        parts.append(single_failures(estate.topology, order[start : start + lot], services, critical.astype(np.int64)))
        tell(min(1.0, (start + lot) / len(order)) if len(order) else 1.0)
    return SingleFailures(estate, services, merged(parts))
