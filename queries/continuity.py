"""Whether a service is back in the time promised, and what decides that (JR/T 0074-2012, 10.2; SEMANTICS 6)."""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.kernels.build import SOFT
from graph.topology import CiIndex, Topology
from queries.kernels.recovery import BEST, WORST, changed, reached, without
from queries.recovery import Loss, Recovery

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
U8 = NDArray[np.uint8]
HAND_STARTS = 200  # relationships in circles of one service that are tried one by one
LEAST = 5e-324  # seconds; work that takes no time, but is work


@dataclass(frozen=True, slots=True)
class Step:
    """A CI of the critical path: its own seconds, when it is back, and by what that is decided.

    `by`: `own` work, its `failover`, a `group` that it waits for, or an `order`.
    """

    ci: CiIndex
    own: float
    finish: float
    by: str


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
        self._topology = recovery.topology
        local = service if recovery.cis is None else int(np.searchsorted(recovery.cis, service))
        self._start = int(self._topology.csr.place[local])
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
        return tuple(self._walk())

    @cached_property
    def cycles(self) -> tuple[I32, ...]:
        """Circles that the service waits for, each sorted; then those it would wait for once these are broken."""
        return tuple(np.sort(self._indices(circle)) for circle in self._circles)

    @cached_property
    def unknown(self) -> I32:
        """CIs whose missing times keep the effective time from being known, sorted."""
        return np.sort(self._indices(np.array(sorted(self._missing()), np.int32)))

    @cached_property
    def never(self) -> I32:
        """CIs that the service reaches and that never come back themselves, sorted."""
        return np.sort(self._indices(self._reach[self._recovery.never[self._position(self._reach)]]))

    @cached_property
    def waves(self) -> tuple[Wave, ...]:
        """What the service rests on and was out, by the moment at which it is back; only what is known."""
        best, worst = self._best[self._reach], self._worst[self._reach]
        known = (best == worst) & (worst > 0) & (worst < np.inf)
        times, number = np.unique(worst[known], return_inverse=True)
        cis = self._indices(self._reach[known])
        return tuple(Wave(float(at), np.sort(cis[number == wave])) for wave, at in enumerate(times.tolist()))

    @cached_property
    def slack(self) -> F64:
        """Of each CI of the path how much longer its work could take and the service be back at the same moment.

        inf: any time. nan: the effective time is not known.
        """
        return np.array([self.slack_of(step.ci) for step in self.steps], np.float64)

    @cached_property
    def improvement(self) -> tuple[tuple[CiIndex, float], ...]:
        """Hit CIs with what the service would be back earlier if their work took no time; the most first."""
        if math.isnan(self.effective) or not self.effective:
            return ()
        hit = self._position(self._reach)
        hit = hit[(self._own[hit] > 0) & (self._own[hit] < np.inf)]
        back = without(hit, *self._arguments)
        apart = self._sensitive(hit)
        back[apart] = [self._without(int(position)) for position in hit[apart]]
        saves = self.effective - back
        cis = self._indices(self._recovery.places[hit])
        found = [(ci, saved) for ci, saved in zip(cis.tolist(), saves.tolist(), strict=True) if saved > 0]
        return tuple(sorted(found, key=lambda each: (-each[1], each[0])))

    @cached_property
    def hand_starts(self) -> tuple[tuple[HandStart, ...], ...]:
        """For each of the first circles: its relationships, ignored one at a time; the earliest service first.

        Beyond HAND_STARTS relationships in all the others are not tried.
        """
        found, left = [], HAND_STARTS
        for circle in self._first_circles:
            edges = self._inside([circle])[:left]
            left -= len(edges)
            starts = [self._started_by_hand(edge) for edge in edges]
            found.append(tuple(sorted(starts, key=lambda s: (math.isnan(s.effective), s.effective, s.edge))))
        return tuple(found)

    @property
    def hand_starts_complete(self) -> bool:
        """Whether all were tried."""
        return len(self._inside(self._first_circles)) <= HAND_STARTS

    # --- places and positions of them inside the recovery ------------------------------------------------------------

    def _indices(self, places: I32) -> I32:
        index = self._topology.csr.index[places]
        return index if self._recovery.cis is None else self._recovery.cis[index]

    def _place(self, ci: CiIndex) -> int:
        cis = self._recovery.cis
        return int(self._topology.csr.place[ci if cis is None else int(np.searchsorted(cis, ci))])

    def _position(self, places: I32) -> I32:
        return np.searchsorted(self._recovery.places, places).astype(np.int32)

    @cached_property
    def _own(self) -> F64:
        return self._recovery.own[:, WORST].copy()

    @cached_property
    def _reach(self) -> I32:
        # what the service rests on by relationships that bind, sorted
        csr, seen = self._topology.csr, np.zeros(self._topology.n, np.bool_)
        start = np.array([self._start], np.int32)
        return np.sort(reached(start, csr.beg, csr.end, csr.to, csr.code, self._recovery.met(), 1 << WORST, seen))

    @cached_property
    def _best(self) -> F64:
        if self.upper_bound < math.inf or not self._circles:
            return self._back[:, BEST]
        return self._recovery.back(self._inside(self._circles))[:, BEST]

    # --- circles -----------------------------------------------------------------------------------------------------

    @cached_property
    def _first_circles(self) -> tuple[I32, ...]:
        return self._circles_beside(()) if self.upper_bound == math.inf else ()

    @cached_property
    def _circles(self) -> tuple[I32, ...]:
        found, fresh = self._first_circles, self._first_circles
        while fresh:
            fresh = self._circles_beside(found)
            found += fresh
        return found

    def _circles_beside(self, broken: tuple[I32, ...]) -> tuple[I32, ...]:
        # sets of stuck CIs that wait for nobody but themselves, found from the service on, as sorted places
        back, met = self._recovery.back_if_some(self._inside(broken)), self._recovery.met_if_some(self._inside(broken))
        stuck = np.isinf(back) & ~self._recovery.gone_if_some
        if not stuck[self._start]:
            return ()
        waits: nx.DiGraph[int] = nx.DiGraph()
        queue, seen = deque([self._start]), {self._start}
        while queue:
            place = queue.popleft()
            for edges, time in self._groups(place, back, met):
                if time < math.inf:
                    continue
                others = [other for other, m in self._members(edges, met) if not m and stuck[other]]
                waits.add_edges_from((place, other) for other in others)
                queue.extend(fresh := set(others) - seen)
                seen |= fresh
        sets = [s for s in nx.strongly_connected_components(waits) if all(waits.adj[place].keys() <= s for place in s)]
        return tuple(np.array(s, np.int32) for s in sorted(map(sorted, sets)))

    def _inside(self, circles: tuple[I32, ...] | list[I32]) -> list[int]:
        # the relationships between two CIs of one circle
        csr, found = self._topology.csr, []
        met = self._recovery.met_if_some()
        for circle in circles:
            members = set(circle.tolist())
            for place in circle.tolist():
                for k in range(int(csr.beg[place]), int(csr.end[place])):
                    if csr.code[k] != SOFT and int(csr.to[k]) in members and not (len(met) and met[k]):
                        found.append(k)
        return found

    def _started_by_hand(self, edge: int) -> HandStart:
        best, worst = self._recovery.back([edge])[self._start].tolist()
        csr, edges = self._topology.csr, self._recovery.edges
        dependent = np.array([np.searchsorted(csr.end, edge, side="right")])
        return HandStart(
            edge=edge if edges is None else int(edges[edge]),
            dependent=int(self._indices(dependent)[0]),
            provider=int(self._indices(csr.to[edge : edge + 1])[0]),
            effective=worst if best == worst < math.inf else math.nan,
        )

    # --- groups of one CI --------------------------------------------------------------------------------------------

    def _groups(self, place: int, back: F64, met: U8) -> Iterator[tuple[range, float]]:
        # each hard group, as the range of its edges, with the moment at which it has the needed members
        csr = self._topology.csr
        k, stop = int(csr.beg[place]), int(csr.end[place])
        while k < stop:
            code, after = int(csr.code[k]), k + 1
            while code >= 0 and after < stop and csr.code[after] == code:
                after += 1
            if code != SOFT:
                edges = range(k, after)
                times = sorted(0.0 if m else float(back[other]) for other, m in self._members(edges, met))
                yield edges, times[int(csr.needed[code]) - 1 if code >= 0 else 0]
            k = after

    def _members(self, edges: range, met: U8) -> Iterator[tuple[int, bool]]:
        to = self._topology.csr.to
        return ((int(to[k]), bool(len(met) and met[k])) for k in edges)

    # --- the critical path -------------------------------------------------------------------------------------------

    def _walk(self) -> Iterator[Step]:
        known = not math.isnan(self.effective)
        column, back = (WORST, self._worst) if known else (BEST, self._best)
        ways = _Ways(self, column, back, self._recovery.met([] if known else self._inside(self._circles)))
        if back[self._start] == math.inf or not back[self._start]:
            return
        at: int | None = self._start
        while at is not None:
            for place, by in ways.to_work(at):
                yield ways.step(place, by)
            at = ways.next_below(place)

    # --- what would have to be known ---------------------------------------------------------------------------------

    def _missing(self) -> Iterator[int]:
        recovery, met = self._recovery, self._recovery.met() & (1 << WORST)
        vague = recovery.unknown | recovery.late_unknown
        queue, seen = [self._start], {self._start}
        for place in queue:
            if not self._best[place] < self._worst[place]:
                continue
            if vague[int(np.searchsorted(recovery.places, place))]:
                yield place
            for edges, limit in self._groups(place, self._worst, met):
                for other, m in self._members(edges, met):
                    if not m and other not in seen and self._best[other] < min(limit, self._worst[other]):
                        seen.add(other)
                        queue.append(other)

    # --- slack and improvement ---------------------------------------------------------------------------------------

    @cached_property
    def _arguments(self) -> tuple[object, ...]:
        # of the compiled loops, from `service` on
        recovery, csr = self._recovery, self._topology.csr
        local = np.full(self._topology.n, -1, np.int32)
        local[self._reach] = self._position(self._reach)
        return (
            self._start, recovery.places, recovery.unit, local, csr.beg, csr.end, csr.to, csr.code, csr.rbeg, csr.rend,
            csr.rto, csr.rcode, csr.needed, csr.feeds, csr.unfounded, csr.circle, self._own,
            recovery.failover[:, WORST], recovery.met(), self._worst, recovery.largest,
            np.full(len(recovery.places), -1, np.int32), np.empty((3, len(csr.needed)), np.int32),
        )  # fmt: skip

    def slack_of(self, ci: CiIndex) -> float:
        """How much longer the work of a CI that is out could take and the service be back at the same moment."""
        if math.isnan(self.effective):
            return math.nan
        position, target = int(self._position(np.array([self._place(ci)]))[0]), self.effective
        own = float(self._own[position])
        last = self._with(position, math.inf)
        if last <= target:
            return math.inf
        if own == 0 and self._with(position, LEAST) > target:
            return 0.0
        # a work that takes d longer puts the service off by d at most: that bounds the slack from above
        low, high = 0.0, min(last, target + 1)
        found = self._with(position, own + high)
        while low < (high := high - (found - target)):
            found = self._with(position, own + high)
            if found <= target:
                return high
            middle = low + (high - low) / 2
            if not low < middle < high:
                break
            if self._with(position, own + middle) <= target:
                low = middle
            else:
                high = middle
                found = self._with(position, own + high)
        return low

    def _with(self, position: int, seconds: float) -> float:
        kept, self._own[position] = self._own[position], seconds
        found = float(changed(position, *self._arguments))
        self._own[position] = kept
        return found

    def _sensitive(self, hit: I32) -> Bool:
        # whose recovery in no time would change who is out, and so who can fail over, and which orders bind
        recovery, csr = self._recovery, self._topology.csr
        watched = recovery.watched()
        if not len(watched):
            return np.zeros(len(hit), np.bool_)
        seen = np.zeros(self._topology.n, np.bool_)
        reached(watched, csr.beg, csr.end, csr.to, csr.code, np.zeros(0, np.uint8), 1, seen)
        return seen[recovery.places[hit]]

    def _without(self, position: int) -> float:
        return float(self._recovery.with_time(position, 0.0).back()[self._start, WORST])


class _Ways:
    """From a CI to what it waits for, where that decides when it is back."""

    def __init__(self, path: RecoveryPath, column: int, back: F64, met: U8) -> None:
        self._path, self._recovery, self._back, self._met = path, path._recovery, back, met & (1 << column)
        self._own, self._late = self._recovery.own[:, column], self._recovery.failover[:, column]

    def _waits(self, place: int) -> float:
        return max((time for _, time in self._path._groups(place, self._back, self._met)), default=0.0)

    def _at(self, place: int) -> int:
        return int(np.searchsorted(self._recovery.places, place))

    def _fails_over(self, place: int) -> bool:
        at = self._at(place)
        return bool(len(self._late)) and self._back[place] < self._own[at] + self._waits(place)

    def step(self, place: int, by: str) -> Step:
        """A step of the path, in the numbers of the register."""
        ci = int(self._path._indices(np.array([place]))[0])
        at = self._at(place)
        return Step(ci, math.nan if self._recovery.unknown[at] else float(self._own[at]), float(self._back[place]), by)

    def to_work(self, start: int) -> list[tuple[int, str]]:
        """The shortest way to a CI that works or fails over, through those that only wait, each with what decides it.

        There always is one: at the moment before they are back nothing else holds those up that only wait.
        """
        came: dict[int, int] = {start: -1}
        queue = deque([start])
        while queue:
            place = queue.popleft()
            if self._fails_over(place) or self._own[self._at(place)] > 0:
                break
            for _, other in self._deciding(place):
                if other not in came:
                    came[other] = place
                    queue.append(other)
        way = [place]
        while came[way[-1]] >= 0:
            way.append(came[way[-1]])
        return [(each, self._decided_by(each, below)) for each, below in zip(way[::-1], [*way[-2::-1], None], strict=True)]

    def next_below(self, place: int) -> int | None:
        """What a CI that works waits for before, `None` for nothing."""
        if self._fails_over(place):
            return None
        return next((other for _, other in self._deciding(place)), None)

    def _decided_by(self, place: int, below: int | None) -> str:
        if self._fails_over(place):
            return "failover"
        edge = next((k for k, other in self._deciding(place) if below in (None, other)), None)
        if edge is None:
            return "own"
        return "order" if self._recovery.is_order(edge) else "group"

    def _deciding(self, place: int) -> Iterator[tuple[int, int]]:
        # relationships, and members, that come last of those needed by the groups that come last
        waits = self._waits(place)
        if not waits:
            return
        for edges, time in self._path._groups(place, self._back, self._met):
            if time == waits:
                for k, (other, met) in zip(edges, self._path._members(edges, self._met), strict=True):
                    if not met and self._back[other] == waits:
                        yield k, other


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
