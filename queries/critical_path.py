"""What decides when a service is back: from each CI to what it waits for, down to work or a failover (SEMANTICS 6)."""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.kernels.build import SOFT
from graph.topology import CiIndex
from queries.recovery import Recovery

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Step:
    """A CI of the critical path: its own seconds (nan: not known), when it is back, and by what that is decided.

    `by`: `own` work, its `failover`, a `group` that it waits for, or an `order`. Who fails over does so instead of its
    work: its own seconds are those of the failover.
    """

    ci: CiIndex
    own: float
    finish: float
    by: str


def groups_of(recovery: Recovery, place: int, back: F64, met: U8) -> Iterator[tuple[range, float]]:
    """Each hard group of a place, as the range of its edges, with the moment at which it has the needed members.

    `met`: not 0 for the relationships that count as met.
    """
    csr = recovery.topology.csr
    k, stop = int(csr.beg[place]), int(csr.end[place])
    while k < stop:
        code, after = int(csr.code[k]), k + 1
        while code >= 0 and after < stop and csr.code[after] == code:
            after += 1
        if code != SOFT:
            edges = range(k, after)
            times = sorted(0.0 if m else float(back[other]) for other, m in members_of(recovery, edges, met))
            yield edges, times[int(csr.needed[code]) - 1 if code >= 0 else 0]
        k = after


def members_of(recovery: Recovery, edges: range, met: U8) -> Iterator[tuple[int, bool]]:
    """The member at each edge, by place, and whether that counts as met."""
    to = recovery.topology.csr.to
    return ((int(to[k]), bool(len(met) and met[k])) for k in edges)


class Ways:
    """One column of a recovery, read from a CI to what it waits for, where that decides when it is back."""

    def __init__(self, recovery: Recovery, column: int, back: F64, met: U8) -> None:
        self._recovery, self._back, self._met = recovery, back, met & np.uint8(1 << column)
        self._own, self._late = recovery.own[:, column], recovery.failover[:, column]

    def path(self, start: int) -> Iterator[Step]:
        """The critical path from a place down; what its steps work, and where it fails over, adds up."""
        if self._back[start] == math.inf or not self._back[start]:
            return
        at: int | None = start
        while at is not None:
            for place, by in self._to_work(at):
                yield self._step(place, by)
            at = None if self._fails_over(place) else next((other for _, other in self._deciding(place)), None)

    def _at(self, place: int) -> int:
        return int(np.searchsorted(self._recovery.places, place))

    def _step(self, place: int, by: str) -> Step:
        at = self._at(place)
        if by == "failover":
            own = float(self._late[at])
        else:
            own = math.nan if self._recovery.unknown[at] else float(self._own[at])
        return Step(int(self._recovery.indices(np.array([place]))[0]), own, float(self._back[place]), by)

    def _to_work(self, start: int) -> list[tuple[int, str]]:
        # The shortest way to a CI that works or fails over, through those that only wait. There is one: at the moment
        # before they are back, nothing else holds those up that only wait.
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
        below = [None, *way[:-1]]
        return [(each, self._decided_by(each, under)) for each, under in zip(way, below, strict=True)][::-1]

    def _decided_by(self, place: int, below: int | None) -> str:
        if self._fails_over(place):
            return "failover"
        edge = next((k for k, other in self._deciding(place) if below in (None, other)), None)
        if edge is None:
            return "own"
        return "order" if self._recovery.is_order(edge) else "group"

    def _waits(self, place: int) -> float:
        return max((time for _, time in groups_of(self._recovery, place, self._back, self._met)), default=0.0)

    def _fails_over(self, place: int) -> bool:
        return bool(len(self._late)) and self._back[place] < self._own[self._at(place)] + self._waits(place)

    def _deciding(self, place: int) -> Iterator[tuple[int, int]]:
        # relationships, and members, that come last of those needed by the groups that come last
        waits = self._waits(place)
        if not waits:
            return
        for edges, time in groups_of(self._recovery, place, self._back, self._met):
            if time == waits:
                members = members_of(self._recovery, edges, self._met)
                found = ((k, other) for k, (other, met) in zip(edges, members, strict=True) if not met)
                yield from ((k, other) for k, other in found if self._back[other] == waits)
