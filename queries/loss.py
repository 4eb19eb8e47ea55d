"""A loss in numbers: who is hit, what the work takes, who fails over to whom, who comes before whom (SEMANTICS 6)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


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
