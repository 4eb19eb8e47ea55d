"""Whether a service is back in the time promised, and what decides that (JR/T 0074-2012, 10.2; SEMANTICS 6)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.topology import CiIndex, Topology
from queries.critical_path import Step, Ways, groups_of, members_of
from queries.kernels.recovery import BEST, WORST, reached
from queries.loss import Loss
from queries.recovery import Recovery
from queries.recovery_circles import Circles, all_circles, circles_below, inside
from queries.slack import Trials

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
HAND_STARTS = 200  # relationships in circles of one service that are tried one by one


@dataclass(frozen=True, slots=True)
class HandStart:
    """The service's seconds (nan: not known) if one relationship in a circle is ignored.

    `edge`: where it stands in the topology's `csr.to`; −1 − j for the j-th order given.
    """

    edge: int
    dependent: CiIndex
    provider: CiIndex
    effective: float


@dataclass(frozen=True, slots=True)
class Wave:
    """What is back at one moment; seconds, and CIs sorted."""

    at: float
    cis: I32


class RecoveryPath:
    """How a service comes back. Seconds; CIs by index. What is not asked for is not worked out.

    `effective` is nan where the bounds differ or there is none; `upper_reason` says why there is no upper bound:
    `unknown` times, `circular`, or `never`. Where the service waits for a circle, `lower_bound` counts what is inside
    as met.
    """

    def __init__(self, recovery: Recovery, service: CiIndex) -> None:
        self._recovery, self.service = recovery, service
        self._start = int(recovery.place_of(service))
        self._back = recovery.back()
        self._worst = self._back[:, WORST]
        self.upper_bound = float(self._worst[self._start])
        self.lower_bound = float(self._best[self._start])
        known = self.lower_bound == self.upper_bound < math.inf
        self.effective = self.upper_bound if known else math.nan

    @cached_property
    def upper_reason(self) -> str | None:
        """Why there is no upper bound, `None` where there is one."""
        if self.upper_bound < math.inf:
            return None
        if self._recovery.gone_if_some[self._start]:
            return "never"
        return "circular" if self._circles else "unknown"

    @cached_property
    def path(self) -> I32:
        """The critical path as indices, from the service down."""
        return np.array([step.ci for step in self.steps], np.int32)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The critical path: own times and the last failover add up to the effective time, else to the lower bound.

        Empty where nothing is waited for, or the service never comes back.
        """
        known = not math.isnan(self.effective)
        column, back = (WORST, self._worst) if known else (BEST, self._best)
        met = self._recovery.met([] if known else inside(self._recovery, self._circles))
        return tuple(Ways(self._recovery, column, back, met).path(self._start))

    @cached_property
    def cycles(self) -> Circles:
        """Circles that the service waits for, each sorted; then those it would wait for once these are broken."""
        return tuple(np.sort(self._recovery.indices(circle)) for circle in self._circles)

    @cached_property
    def unknown(self) -> I32:
        """CIs whose missing times keep the effective time from being known, sorted."""
        return np.sort(self._recovery.indices(np.fromiter(self._missing(), np.int32)))

    @cached_property
    def never(self) -> I32:
        """CIs that the service reaches and that never come back themselves, sorted."""
        position = np.searchsorted(self._recovery.places, self._reach)
        return np.sort(self._recovery.indices(self._reach[self._recovery.never[position]]))

    @cached_property
    def waves(self) -> tuple[Wave, ...]:
        """What the service rests on and was out, by the moment at which it is back; only what is known."""
        best, worst = self._best[self._reach], self._worst[self._reach]
        known = (best == worst) & (worst > 0) & (worst < np.inf)
        order = np.argsort(worst[known], kind="stable")
        times, first = np.unique(worst[known][order], return_index=True)
        cis = np.split(self._recovery.indices(self._reach[known][order]), first[1:])
        return tuple(Wave(at, np.sort(some)) for at, some in zip(times.tolist(), cis, strict=False))

    @cached_property
    def slack(self) -> F64:
        """Of each CI of the path how much longer its work could take and the service be back at the same moment.

        inf: any time. nan: the effective time is not known.
        """
        return np.array([self.slack_of(step.ci) for step in self.steps], np.float64)

    def slack_of(self, ci: CiIndex) -> float:
        """The same of any CI that the service rests on, if it is out.

        Raises
        ------
        ValueError
            The CI is none of these.
        """
        place = self._recovery.place_of(ci)
        if place not in self._reach or not self._worst[place]:
            raise ValueError(f"CI {ci} is not out, or not below {self.service}")
        return math.nan if math.isnan(self.effective) else self._trials.slack(self._recovery.position_of(place))

    @property
    def improvement(self) -> tuple[tuple[CiIndex, float], ...]:
        """Hit CIs with what the service would be back earlier if their work took no time; the most first.

        Where that would be too much work, of those with the longest work alone.
        """
        return self._improvement[0]

    @property
    def improvement_complete(self) -> bool:
        """Whether all were tried."""
        return self._improvement[1]

    @cached_property
    def _improvement(self) -> tuple[tuple[tuple[CiIndex, float], ...], bool]:
        if math.isnan(self.effective) or not self.effective:
            return (), True
        hit, saves, complete = self._trials.improvement()
        cis = self._recovery.indices(self._recovery.places[hit])
        found = [(ci, saved) for ci, saved in zip(cis.tolist(), saves.tolist(), strict=True) if saved > 0]
        return tuple(sorted(found, key=lambda each: (-each[1], each[0]))), complete

    @cached_property
    def hand_starts(self) -> tuple[tuple[HandStart, ...], ...]:
        """For each of the first circles: its relationships, ignored one at a time; the earliest service first.

        Beyond HAND_STARTS relationships in all the others are not tried.
        """
        found, left = [], HAND_STARTS
        for circle in self._first_circles:
            edges = inside(self._recovery, [circle])[:left]
            left -= len(edges)
            starts = [self._started_by_hand(edge) for edge in edges]
            found.append(tuple(sorted(starts, key=lambda s: (math.isnan(s.effective), s.effective, s.edge))))
        return tuple(found)

    @property
    def hand_starts_complete(self) -> bool:
        """Whether all were tried."""
        return len(inside(self._recovery, self._first_circles)) <= HAND_STARTS

    @cached_property
    def _trials(self) -> Trials:
        return Trials(self._recovery, self._start, self._reach, self._worst)

    @cached_property
    def _reach(self) -> I32:
        # what the service rests on by relationships that bind, sorted
        csr, seen = self._recovery.topology.csr, np.zeros(self._recovery.topology.n, np.bool_)
        start = np.array([self._start], np.int32)
        return np.sort(reached(start, csr.beg, csr.end, csr.to, csr.code, self._recovery.met(), 1 << WORST, seen))

    @cached_property
    def _best(self) -> F64:
        if self.upper_bound < math.inf or not self._circles:
            return self._back[:, BEST]
        return self._recovery.back(inside(self._recovery, self._circles))[:, BEST]

    @cached_property
    def _first_circles(self) -> Circles:
        return circles_below(self._recovery, self._start) if self.upper_bound == math.inf else ()

    @cached_property
    def _circles(self) -> Circles:
        return all_circles(self._recovery, self._start, self._first_circles)

    def _started_by_hand(self, edge: int) -> HandStart:
        recovery = self._recovery
        best, worst = recovery.back([edge])[self._start].tolist()
        csr, edges = recovery.topology.csr, recovery.edges
        return HandStart(
            edge=edge if edges is None else int(edges[edge]),
            dependent=int(recovery.indices(recovery.owners(np.array([edge])))[0]),
            provider=int(recovery.indices(csr.to[edge : edge + 1])[0]),
            effective=worst if best == worst < math.inf else math.nan,
        )

    def _missing(self) -> Iterator[int]:
        recovery, met = self._recovery, self._recovery.met() & np.uint8(1 << WORST)
        vague = recovery.unknown | recovery.late_unknown
        queue, seen = [self._start], {self._start}
        for place in queue:
            if not self._best[place] < self._worst[place]:
                continue
            if vague[recovery.position_of(place)]:
                yield place
            for edges, limit in groups_of(recovery, place, self._worst, met):
                for other, m in members_of(recovery, edges, met):
                    if not m and other not in seen and self._best[other] < min(limit, self._worst[other]):
                        seen.add(other)
                        queue.append(other)


def recovery_path(
    t: Topology, recovery_times: ArrayLike, service: CiIndex, hit: ArrayLike, *, failover_time: ArrayLike | None = None,
    failover_target: ArrayLike | None = None, order: ArrayLike | None = None,
) -> RecoveryPath:  # fmt: skip
    """How a service comes back after a loss, and what decides when.

    Parameters
    ----------
    t
        Relationships point from dependent to provider.
    recovery_times
        Of each CI the seconds of its own work if it is hit: nan unknown, inf never. 0 means not hit.
    service
        Index of the service.
    hit
        Who is hit. Others that are out stopped for want of a provider, and come back with it.
    failover_time, failover_target
        Of each CI the seconds until it has failed over (nan unknown), and to which CI (−1: none). It counts where that
        one is not out itself, and replaces all that the CI rests on.
    order
        Rows (before, after): if both are out, and the first is not gone for good, the second waits for it.

    Raises
    ------
    IndexError
        The service, a failover target or a CI of an order is no CI of the topology.
    ValueError
        An array of another length, a negative time, an order of a CI before itself.

    Examples
    --------
    An application (1) on two databases of which one is enough. The one in the lost site is back after two hours, the
    other never stopped:

    >>> t = Topology.from_edges(4, [0, 1, 1], [1, 2, 3], group=[-1, 0, 0], min_available=[1, 1, 1])
    >>> recovery_path(t, [0, 1800, 7200, 7200], 0, [False, True, True, False]).effective
    1800.0

    With both lost the path leads through a database; half an hour is of the application's own:

    >>> found = recovery_path(t, [0, 1800, 7200, 7200], 0, [False, True, True, True])
    >>> found.effective, found.path.tolist()
    (9000.0, [0, 1, 2])
    """
    if not 0 <= service < t.n:
        raise IndexError(f"no CI {service} among {t.n}")
    loss = Loss.of(t.n, recovery_times, hit, failover_time, failover_target, order)
    return RecoveryPath(Recovery(t, loss, [service]), service)
