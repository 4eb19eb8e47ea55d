"""When CIs are back after a loss: lower and upper bounds where times are not known (SEMANTICS 6)."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.overlay import part_with
from graph.topology import CiIndex, Topology
from queries.kernels.recovery import reached, recover, units

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
NOBODY = np.empty(0, np.float64)


class Unknown(IntEnum):
    """What unknown times are taken for: as good as can be, as bad as can be, or anything positive."""

    BEST = 0
    WORST = 1
    SOME = 2

    @property
    def seconds(self) -> float:
        """The time that stands for an unknown one."""
        return (0.0, np.inf, 1.0)[self]


@dataclass(frozen=True, eq=False)
class Loss:
    """Who is hit and what is known of the recovery, by index: times in seconds, nan unknown, inf never.

    `failover_target`: −1 for none. `order`: a row (before, after) for each constraint.
    """

    times: F64
    hit: Bool
    failover_time: F64
    failover_target: I32
    order: I32

    @classmethod
    def of(
        cls, n: int, recovery_times: ArrayLike, hit: ArrayLike, failover_time: ArrayLike | None = None,
        failover_target: ArrayLike | None = None, order: ArrayLike | None = None,
    ) -> "Loss":  # fmt: skip
        """The arrays in their types.

        Raises
        ------
        ValueError
            An array of another length than `n`, a negative time, an order of a CI before itself.
        IndexError
            A failover target or a CI of an order that is none.
        """
        none = np.full(n if failover_target is not None else 0, np.nan)
        found = cls(
            np.asarray(recovery_times, np.float64),
            np.asarray(hit, np.bool_),
            none if failover_time is None or not len(none) else np.asarray(failover_time, np.float64),
            np.empty(0, np.int32) if failover_target is None else np.asarray(failover_target, np.int32),
            np.empty((0, 2), np.int32) if order is None else np.asarray(order, np.int32).reshape(-1, 2),
        )
        found._check(n)
        return found

    def _check(self, n: int) -> None:
        for name in ("times", "hit", "failover_time", "failover_target"):
            shape = getattr(self, name).shape
            if shape != (n,) and (shape != (0,) or not name.startswith("failover")):
                raise ValueError(f"{name} of the shape {shape} for {n} CIs")
        for name in ("times", "failover_time"):
            negative = np.flatnonzero(getattr(self, name) < 0)
            if len(negative):
                raise ValueError(f"CI {negative[0]} has the negative time {getattr(self, name)[negative[0]]} in {name}")
        strange = (self.failover_target < -1) | (self.failover_target >= n)
        if strange.any():
            at = int(np.argmax(strange))
            raise IndexError(f"CI {at} fails over to {self.failover_target[at]}, which is no CI among {n}")
        if len(self.order) and not (self.order.min() >= 0 and self.order.max() < n):
            raise IndexError(f"an order names a CI that is none among {n}")
        alone = np.flatnonzero(self.order[:, 0] == self.order[:, 1])
        if len(alone):
            raise ValueError(f"CI {self.order[alone[0], 0]} is to be recovered before itself")

    def at(self, cis: I32) -> "Loss":
        """Of these CIs (sorted) alone, numbered in their order, and without an order of recovery."""
        target, known = self.failover_target, self.failover_target
        if len(target):
            target = target[cis]
            place = np.minimum(np.searchsorted(cis, target), len(cis) - 1)
            known = np.where((target >= 0) & (cis[place] == target), place, -1).astype(np.int32)
        late = self.failover_time[cis] if len(target) else self.failover_time
        return Loss(self.times[cis], self.hit[cis], late, known, self.order[:0])


class Recovery:
    """A loss played through, for all CIs or for what some CIs rest on.

    `places`: those that are looked at, sorted; arrays named by position are of them. `cis`: which CI of the given
    topology each CI of `topology` is, `edges` where each relationship stood (−1 − j: order j); `None`: as it is.
    """

    def __init__(self, topology: Topology, loss: Loss, start: Sequence[CiIndex] | None = None) -> None:
        given, self.cis, self.edges = topology.settled, None, None
        if len(loss.order):
            given, loss, start = self._with_order(given, loss, start)
        self.topology, self.loss, csr = given, loss, given.csr
        self.places = np.arange(given.n, dtype=np.int32) if start is None else self._below(start)
        self.unit = units(self.places, csr.cyclic)
        index = csr.index[self.places]
        self.times = np.where(loss.hit[index], loss.times[index], 0.0)
        self._target = csr.place[loss.failover_target[index]] if len(loss.failover_target) else None
        if self._target is not None:
            self._target[loss.failover_target[index] < 0] = -1
            self._late = loss.failover_time[index]

    def _with_order(
        self, given: Topology, loss: Loss, start: Sequence[CiIndex] | None
    ) -> tuple[Topology, Loss, Sequence[CiIndex] | None]:  # fmt: skip
        cis = np.arange(given.n, dtype=np.int32)
        if start is not None:
            below, more = np.empty(0, np.int32), np.unique(start).astype(np.int32)
            while len(more) > len(below):
                below = np.sort(given.csr.index[_below(given, more)])
                more = np.union1d(below, loss.order[np.isin(loss.order[:, 1], below), 0]).astype(np.int32)
            targets = loss.failover_target[below] if len(loss.failover_target) else below[:0]
            cis = np.sort(given.csr.index[_below(given, np.union1d(below, targets[targets >= 0]))])
            start = np.searchsorted(cis, np.asarray(start)).tolist()
        _, rows = np.unique(loss.order, axis=0, return_index=True)
        rows = rows[np.isin(loss.order[rows], cis).all(axis=1)]
        made, edges = part_with(given, cis, loss.order[rows, 1], loss.order[rows, 0])
        ordering = edges < 0
        edges[ordering] = -1 - rows[-1 - edges[ordering]]
        self.cis, self.edges = cis, edges
        return made, loss.at(cis), start

    def _below(self, start: Sequence[CiIndex]) -> I32:
        # and below what may be failed over to: whether that is out decides
        below = _below(self.topology, np.asarray(start, np.int32))
        if len(self.loss.failover_target):
            targets = self.loss.failover_target[self.topology.csr.index[below]]
            if (targets >= 0).any():
                starts = np.concatenate([np.asarray(start), targets[targets >= 0]])
                below = _below(self.topology, starts.astype(np.int32))
        return np.sort(below)

    @cached_property
    def is_vague(self) -> bool:
        """Whether any time that may count is unknown."""
        late = self._target is not None and bool(np.isnan(self._late[self._target >= 0]).any())
        return late or bool(np.isnan(self.times).any())

    @cached_property
    def is_late_unknown(self) -> Bool:
        """Whose failover takes an unknown time, by position."""
        none = np.zeros(len(self.places), np.bool_)
        return none if self._target is None else (self._target >= 0) & np.isnan(self._late)

    def with_time(self, position: int, seconds: float) -> "Recovery":
        """The same with another time of the hit CI at a position."""
        other = copy(self)
        # what was worked out is of the other time
        for name in ("is_vague", "_out", "_out_if_some"):
            other.__dict__.pop(name, None)
        other.times = self.times.copy()
        other.times[position] = seconds
        return other

    def watched(self) -> I32:
        """CIs, by place, that are out, and it would change more than their own recovery if they were not."""
        csr, out = self.topology.csr, np.zeros(0, np.int32)
        if self._target is not None:
            out = np.unique(self._target[self._target >= 0])
        after = np.searchsorted(csr.end, self._ordering, side="right")
        out = np.unique(np.concatenate([out, csr.to[self._ordering], after])).astype(np.int32)
        return out[self.out(Unknown.WORST)[out]] if len(out) else out

    @cached_property
    def _ordering(self) -> I32:
        # the relationships that stand for an order
        return np.empty(0, np.int32) if self.edges is None else np.flatnonzero(self.edges < 0).astype(np.int32)

    def back(self, unknown: Unknown, ignored: Iterable[int] = ()) -> F64:
        """When each CI, by place, is back; `ignored`: relationships, by their place in `to`, that count as met."""
        return self.run(self.own(unknown), self.failover(unknown), self.met(unknown, ignored))

    def run(self, own: F64, failover: F64, met: Bool) -> F64:
        """The same with everything given, by position."""
        csr, back = self.topology.csr, np.zeros(self.topology.n)
        recover(
            self.places, self.unit, csr.beg, csr.end, csr.to, csr.code, csr.needed, csr.feeds, csr.unfounded,
            csr.circle, own, failover, met, back,
        )  # fmt: skip
        return back

    def own(self, unknown: Unknown) -> F64:
        """Work, by position."""
        return np.where(np.isnan(self.times), unknown.seconds, self.times) if self.is_vague else self.times.copy()

    def failover(self, unknown: Unknown) -> F64:
        """When each could have failed over, by position; empty: nobody can."""
        if self._target is None:
            return NOBODY
        usable = self.usable(unknown)
        if not usable.any():
            return NOBODY
        return np.where(usable, np.where(np.isnan(self._late), unknown.seconds, self._late), np.inf)

    def usable(self, unknown: Unknown) -> Bool:
        """Who can fail over, by position: the target is not out under the scenario."""
        if self._target is None:
            return np.zeros(len(self.places), np.bool_)
        return (self._target >= 0) & ~self.out(unknown)[self._target]

    def out(self, unknown: Unknown) -> Bool:
        """Who is out under the scenario, by place."""
        return self._out_if_some if unknown is not Unknown.BEST and self.is_vague else self._out

    @cached_property
    def _out(self) -> Bool:
        return self._out_of(self.times > 0)

    @cached_property
    def _out_if_some(self) -> Bool:
        return self._out_of((self.times > 0) | np.isnan(self.times))

    def _out_of(self, seeds: Bool) -> Bool:
        return self.run(seeds.astype(np.float64), NOBODY, self._without_order()) > 0

    def gone(self, unknown: Unknown) -> Bool:
        """Who never comes back, by place: something was retired, and nothing replaces it."""
        retired = np.isinf(self.times)
        if not retired.any():
            return np.zeros(self.topology.n, np.bool_)
        own = np.where(retired, np.inf, 0.0)
        return np.isinf(self.run(own, self.failover(unknown), self._without_order()))

    def _without_order(self) -> Bool:
        return self._marked(self._ordering)

    def met(self, unknown: Unknown, ignored: Iterable[int] = ()) -> Bool:
        """Relationships that count as met: those ignored, and orders that do not bind."""
        loose = self._ordering[~self.binding(unknown)] if len(self._ordering) else self._ordering
        return self._marked(np.concatenate([loose, np.fromiter(ignored, np.int32)]))

    def _marked(self, edges: I32) -> Bool:
        marked = np.zeros(len(self.topology.csr.to) if len(edges) else 0, np.bool_)
        marked[edges] = True
        return marked

    def binding(self, unknown: Unknown) -> Bool:
        """Which orders bind: both CIs are out, and the first is not gone for good. With bounds: which must, or may."""
        csr, out = self.topology.csr, self.out(unknown)
        before = csr.to[self._ordering]
        after = np.searchsorted(csr.end, self._ordering, side="right")
        spared = {Unknown.BEST: Unknown.WORST, Unknown.WORST: Unknown.BEST}.get(unknown, unknown)
        return out[before] & out[after] & ~self.gone(spared)[before]


def _below(topology: Topology, start: I32) -> I32:
    csr = topology.csr
    seen, nothing = np.zeros(topology.n, np.bool_), np.zeros(0, np.bool_)
    return reached(csr.place[start], csr.beg, csr.end, csr.to, csr.code, nothing, seen)


@dataclass(frozen=True, eq=False)
class Bounds:
    """When every CI is back, by index, in seconds; inf: an unknown time, a circle, or never."""

    lower: F64
    upper: F64


def recovery_bounds(
    topology: Topology, recovery_times: ArrayLike, hit: ArrayLike, *, failover_time: ArrayLike | None = None,
    failover_target: ArrayLike | None = None, order: ArrayLike | None = None,
) -> Bounds:  # fmt: skip
    """When every CI is back after a loss.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    recovery_times
        Of each CI the seconds of its own work if it is hit: nan unknown, inf never.
    hit
        Who is hit.
    failover_time, failover_target
        Of each CI the seconds until it has failed over (nan unknown), and to which CI (−1: none).
    order
        Rows (before, after): if both are out, the second waits for the first.

    Raises
    ------
    ValueError, IndexError
        As `Loss.of`.

    Examples
    --------
    A service on two databases of which one is enough; their power comes back after ten minutes:

    >>> t = Topology.from_edges(4, [0, 0, 1, 2], [1, 2, 3, 3], group=[0, 0, -1, -1], min_available=[1, 1, 1, 1])
    >>> recovery_bounds(t, [0, 7200, np.nan, 600], [False, True, True, True]).upper.tolist()
    [7800.0, 7800.0, inf, 600.0]
    """
    loss = Loss.of(topology.n, recovery_times, hit, failover_time, failover_target, order)
    found = Recovery(topology, loss)
    best = found.back(Unknown.BEST)
    worst = found.back(Unknown.WORST) if found.is_vague else best
    place = found.topology.csr.place
    lower = best[place]
    return Bounds(lower, lower if worst is best else worst[place])
