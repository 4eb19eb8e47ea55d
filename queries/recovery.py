"""When CIs are back after a loss: lower and upper bounds where times are not known (SEMANTICS 6)."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.overlay import part_with
from graph.topology import CiIndex, Topology
from queries.kernels.recovery import BEST, WORST, failovers, reached, recover, units, works
from queries.kernels.recovery_sweep import recover_all
from queries.loss import Loss

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
U8 = NDArray[np.uint8]
NOBODY = np.empty((0, 2), np.float64)
ALL = 3  # bits of both columns in `met`


class Recovery:
    """A loss played through, for all CIs or for what some CIs rest on; as good and as bad as unknown times can be.

    `places`: those that are looked at, sorted. `own`: work by position in them, in two columns (BEST, WORST), as
    everything here that is in two. `cis`: which CI of the given topology each CI of `topology` is, `edges` where each
    relationship stood (−1 − j: order j); `None`: as it is.
    """

    def __init__(self, topology: Topology, loss: Loss, start: Sequence[CiIndex] | None = None) -> None:
        self.cis: I32 | None = None
        self.edges: I32 | None = None
        given = topology.settled
        if len(loss.order) or (start is not None and len(loss.failover_target)):
            # a part by itself: trials of who else would stand cost what it does, not what the estate does
            given, loss, start = self._part(given, loss, start)
        self.topology, self.loss, csr = given, loss, given.csr
        self.places = np.arange(given.n, dtype=np.int32) if start is None else self._below(start)
        self.unit = units(self.places, csr.cyclic)
        self.own = works(self.places, csr.index, loss.times, loss.hit)

    def _part(
        self, given: Topology, loss: Loss, start: Sequence[CiIndex] | None
    ) -> tuple[Topology, Loss, Sequence[CiIndex] | None]:  # fmt: skip
        cis = np.arange(given.n, dtype=np.int32)
        if start is not None:
            below, more = np.empty(0, np.int32), np.unique(start).astype(np.int32)
            while len(more) > len(below):
                below = np.sort(given.csr.index[all_below(given, more)])
                more = np.union1d(below, loss.order[np.isin(loss.order[:, 1], below), 0]).astype(np.int32)
            targets = loss.failover_target[below] if len(loss.failover_target) else below[:0]
            cis = np.sort(given.csr.index[all_below(given, np.union1d(below, targets[targets >= 0]))])
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
        below = all_below(self.topology, np.asarray(start, np.int32))
        if len(self.loss.failover_target):
            targets = self.loss.failover_target[self.topology.csr.index[below]]
            if (targets >= 0).any():
                starts = np.concatenate([np.asarray(start), targets[targets >= 0]])
                below = all_below(self.topology, starts.astype(np.int32))
        return np.sort(below)

    def indices(self, places: I32) -> I32:
        """The CIs at these places, by their index in the topology that was given."""
        index = self.topology.csr.index[places]
        return index if self.cis is None else self.cis[index]

    def place_of(self, ci: CiIndex) -> int:
        """The place of a CI of the topology that was given; it is one that is looked at."""
        return int(self.topology.csr.place[ci if self.cis is None else int(np.searchsorted(self.cis, ci))])

    def position_of(self, place: int) -> int:
        """The position of a place."""
        return int(np.searchsorted(self.places, place))

    def owners(self, edges: NDArray[np.integer[Any]]) -> I32:
        """The places that some relationships start at, by where these stand."""
        return np.searchsorted(self.topology.csr.end, edges, side="right").astype(np.int32)

    @cached_property
    def largest(self) -> int:
        """Members of the largest group."""
        return int(self.topology.csr.size.max(initial=1))

    @cached_property
    def unknown(self) -> Bool:
        """Whose work takes an unknown time, by position."""
        found: Bool = self.own[:, BEST] != self.own[:, WORST]
        return found

    @cached_property
    def never(self) -> Bool:
        """Whose work never ends, by position."""
        return np.isinf(self.own[:, BEST])

    @property
    def is_sure(self) -> bool:
        """Whether every time that may count is known."""
        late, target = self.loss.failover_time, self.loss.failover_target
        return not self.unknown.any() and not (np.isnan(late) & (target >= 0)).any()

    def back(self, ignored: Iterable[int] = ()) -> F64:
        """When each CI is back, by place, in two columns; `ignored`: relationships, by where they stand, as if met."""
        return self.run(self.own, self.failover, self.met(ignored))

    def back_if_some(self, ignored: Iterable[int] = ()) -> F64:
        """The same, in one column, with any positive time where one is unknown: whether it is finite says something."""
        own = np.where(self.unknown, 1.0, self.own[:, WORST])
        return self.run(_twice(own), self._failover_if_some, self.met_if_some(ignored))[:, WORST]

    def run(self, own: F64, failover: F64, met: U8) -> F64:
        """When each CI is back with everything given, by place."""
        csr, back = self.topology.csr, np.zeros((self.topology.n, 2))
        if len(self.places) == self.topology.n and not len(met):
            recover_all(
                self.topology.strips, self.places, csr.beg, csr.end, csr.to, csr.code, csr.needed, csr.feeds,
                csr.unfounded, csr.circle, own, failover, back, self.largest,
            )  # fmt: skip
            return back
        recover(
            self.places, self.unit, csr.beg, csr.end, csr.to, csr.code, csr.needed, csr.feeds, csr.unfounded,
            csr.circle, own, failover, met, back, self.largest,
        )  # fmt: skip
        return back

    @cached_property
    def out(self) -> Bool:
        """Who is out under the scenario, by place, in two columns: for sure, or if unknown times are positive."""
        return self.run(np.sign(self.own), NOBODY, self._marked({ALL: self._ordering.tolist()})) > 0

    @cached_property
    def failover(self) -> F64:
        """When each could have failed over, by position, in two columns; no rows: nobody can."""
        csr, loss = self.topology.csr, self.loss
        if not (loss.failover_target >= 0).any():
            return NOBODY
        return failovers(self.places, csr.index, csr.place, loss.failover_time, loss.failover_target, self.out)

    @cached_property
    def _failover_if_some(self) -> F64:
        if not len(self.failover):
            return NOBODY
        # what may take for ever in the worst case takes its unknown time
        index, target = self.topology.csr.index[self.places], self.topology.csr.place[self.loss.failover_target]
        usable = (self.loss.failover_target[index] >= 0) & ~self.out[target[index], WORST]
        return _twice(np.where(usable & np.isnan(self.loss.failover_time[index]), 1.0, self.failover[:, WORST]))

    @cached_property
    def late_unknown(self) -> Bool:
        """Whose failover may take place and takes an unknown time, by position."""
        if not len(self.failover):
            return np.zeros(len(self.places), np.bool_)
        late = self.loss.failover_time[self.topology.csr.index[self.places]]
        found: Bool = (self.failover[:, BEST] == 0) & np.isnan(late)
        return found

    @cached_property
    def gone(self) -> Bool:
        """Who never comes back, by place, in two columns: something was retired, and nothing replaces it."""
        return self._gone(self.failover)

    @cached_property
    def gone_if_some(self) -> Bool:
        """The same in one column, with any positive time where one is unknown."""
        return self._gone(self._failover_if_some)[:, WORST]

    def _gone(self, failover: F64) -> Bool:
        if not self.never.any():
            return np.zeros((self.topology.n, 2), np.bool_)
        own = np.where(self.never, np.inf, 0.0)
        return np.isinf(self.run(_twice(own), failover, self._marked({ALL: self._ordering.tolist()})))

    @cached_property
    def _ordering(self) -> I32:
        # the relationships that stand for an order
        return np.empty(0, np.int32) if self.edges is None else np.flatnonzero(self.edges < 0).astype(np.int32)

    @cached_property
    def binding(self) -> Bool:
        """Which orders bind, in two columns (which must, and which may): both CIs are out, and the first not gone."""
        before, after = self._ends
        found: Bool = self.out[before] & self.out[after] & ~self.gone[before][:, ::-1]
        return found

    @cached_property
    def binding_if_some(self) -> Bool:
        """The same in one column, with any positive time where one is unknown."""
        before, after = self._ends
        found: Bool = self.out[before, WORST] & self.out[after, WORST] & ~self.gone_if_some[before]
        return found

    @property
    def _ends(self) -> tuple[I32, I32]:
        csr = self.topology.csr
        return csr.to[self._ordering], self.owners(self._ordering)

    def met(self, ignored: Iterable[int] = ()) -> U8:
        """Relationships that count as met, a bit for each column: those ignored, and orders that do not bind."""
        if not len(self._ordering):
            return self._marked({ALL: list(ignored)})
        return self._marked(
            {1: self._loose(self.binding[:, BEST]), 2: self._loose(self.binding[:, WORST]), ALL: ignored}
        )

    def met_if_some(self, ignored: Iterable[int] = ()) -> U8:
        """The same with any positive time where one is unknown."""
        return self._marked({ALL: [*self._loose(self.binding_if_some), *ignored]})

    def _loose(self, binding: Bool) -> list[int]:
        found: list[int] = self._ordering[~binding].tolist()
        return found

    def _marked(self, edges: Mapping[int, Iterable[int]]) -> U8:
        rows = {bits: np.fromiter(some, np.int32) for bits, some in edges.items()}
        marked = np.zeros(len(self.topology.csr.to) if any(map(len, rows.values())) else 0, np.uint8)
        for bits, some in rows.items():
            marked[some] |= np.uint8(bits)
        return marked

    def is_order(self, edge: int) -> bool:
        """Whether a relationship, by where it stands, is an order."""
        return self.edges is not None and bool(self.edges[edge] < 0)

    def with_time(self, position: int, seconds: float) -> "Recovery":
        """The same with another time of the hit CI at a position."""
        other = copy(self)
        # what was worked out was of the other time
        for name in (
            "unknown",
            "never",
            "out",
            "failover",
            "_failover_if_some",
            "gone",
            "gone_if_some",
            "binding",
            "binding_if_some",
        ):
            other.__dict__.pop(name, None)
        other.own = self.own.copy()
        other.own[position] = seconds
        return other

    def watched(self) -> I32:
        """CIs, by place, that are out, and it would change more than their own recovery if they were not."""
        targets = self.loss.failover_target[
            self.topology.csr.index[self.places] if len(self.loss.failover_target) else []
        ]
        out = np.concatenate([self.topology.csr.place[targets[targets >= 0]], *self._ends])
        return np.unique(out[self.out[out, WORST]]).astype(np.int32) if len(out) else out.astype(np.int32)


def _twice(column: F64) -> F64:
    return np.repeat(column, 2).reshape(-1, 2)


def all_below(topology: Topology, start: I32, seen: Bool | None = None) -> I32:
    """What some CIs rest on by hard relationships, themselves included, as places; `seen` (by place) is left out."""
    csr, nothing = topology.csr, np.zeros(0, np.uint8)
    seen = np.zeros(topology.n, np.bool_) if seen is None else seen
    return reached(csr.place[start], csr.beg, csr.end, csr.to, csr.code, nothing, ALL, seen)


@dataclass(frozen=True, eq=False)
class Bounds:
    """When every CI is back, in seconds; inf: an unknown time, a circle, or never."""

    recovery: Recovery

    @cached_property
    def by_place(self) -> F64:
        """Both bounds of each place of the recovery's topology, side by side."""
        return self.recovery.back()

    @cached_property
    def lower(self) -> F64:
        """Of each CI by index, unknown times being as short as can be."""
        return self._column(BEST)

    @cached_property
    def upper(self) -> F64:
        """Of each CI by index, unknown times being as long as can be."""
        return self._column(WORST)

    def _column(self, column: int) -> F64:
        found: F64 = self.by_place[self.recovery.topology.csr.place, column]
        return found


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
    return Bounds(Recovery(topology, Loss.of(topology.n, recovery_times, hit, failover_time, failover_target, order)))
