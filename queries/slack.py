"""What another time of one CI would change: slack and improvement, by trying (SEMANTICS 6).

Of alternatives the needed-th counts, so that formulas of network plans overstate both. A trial looks only at what the
change reaches.
"""

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queries.kernels.recovery import WORST, changed, deciding, reached, without
from queries.recovery import Recovery

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
BUDGET = 20_000_000  # CIs that all trials of one answer look at together: a few seconds
RUNS = 4  # that a trial of who else would stand makes of the whole part
LEAST = 5e-324  # seconds; work that takes no time, but is work


class Trials:
    """Trials of a service that is back at a known moment; its place, and the places that it reaches, sorted."""

    def __init__(self, recovery: Recovery, service: int, reach: I32, back: F64) -> None:
        self._recovery, self._service, self._reach = recovery, service, reach
        self._target = float(back[service])
        # copies: columns of one row are another kind of array than columns of many, and for each kind all is compiled
        self._back, self._own = back.copy(), recovery.own[:, WORST].copy()
        self._failover = recovery.failover[:, WORST].copy()

    def slack(self, position: int) -> float:
        """How much longer the work at a position could take and the service be back at the same moment; inf: any."""
        own, target = float(self._own[position]), self._target
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
            tried = self._with(position, own + middle)
            if tried <= target:
                low = middle
            else:
                high, found = middle, tried
        return low

    def improvement(self) -> tuple[I32, F64, bool]:
        """Positions of hit CIs, what the service would be back earlier if their work took no time, and whether of all.

        Some of it is 0. The longest work is tried first.
        """
        hit = self._positions(self._reach)
        hit = hit[(self._own[hit] > 0) & (self._own[hit] < np.inf)]
        hit = hit[self._alters_more(hit) | np.isin(hit, self._positions(self._deciding()))]
        hit = hit[np.argsort(-self._own[hit], kind="stable")]
        more = self._alters_more(hit)
        plain, apart = hit[~more], hit[more]
        back, left = without(plain, BUDGET, *self._arguments)
        cost = RUNS * len(self._recovery.places)
        tried = [
            self._recovery.with_time(int(p), 0.0).back()[self._service, WORST] for p in apart[: max(left, 0) // cost]
        ]
        found = np.concatenate([plain[: len(back)], apart[: len(tried)]])
        return found, self._target - np.concatenate([back, tried]), len(found) == len(hit)

    def _positions(self, places: I32) -> I32:
        return np.searchsorted(self._recovery.places, places).astype(np.int32)

    @cached_property
    def _arguments(self) -> tuple[Any, ...]:
        # of the compiled loops, from `service` on
        recovery, csr = self._recovery, self._recovery.topology.csr
        local = np.full(recovery.topology.n, -1, np.int32)
        local[self._reach] = self._positions(self._reach)
        return (
            self._service, recovery.places, recovery.unit, local, csr.beg, csr.end, csr.to, csr.code, csr.rbeg,
            csr.rend, csr.rto, csr.rcode, csr.needed, csr.feeds, csr.unfounded, csr.circle, self._own,
            self._failover, recovery.met(), self._back, recovery.largest,
            np.full(len(recovery.places), -1, np.int32), np.empty((3, len(csr.needed)), np.int32),
        )  # fmt: skip

    def _with(self, position: int, seconds: float) -> float:
        kept, self._own[position] = self._own[position], seconds
        found = float(changed(position, *self._arguments)[0])
        self._own[position] = kept
        return found

    def _deciding(self) -> I32:
        csr, recovery = self._recovery.topology.csr, self._recovery
        return deciding(
            self._service, csr.beg, csr.end, csr.to, csr.code, csr.needed, recovery.met(), 1 << WORST, self._back,
            recovery.largest, np.zeros(recovery.topology.n, np.bool_),
        )  # fmt: skip

    def _alters_more(self, hit: I32) -> Bool:
        # whose recovery in no time would change who is out, and so who can fail over, and which orders bind
        recovery, csr = self._recovery, self._recovery.topology.csr
        watched, seen = recovery.watched(), np.zeros(recovery.topology.n, np.bool_)
        reached(watched, csr.beg, csr.end, csr.to, csr.code, np.zeros(0, np.uint8), 1, seen)
        return seen[recovery.places[hit]]
