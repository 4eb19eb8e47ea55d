"""Minimal sets of causes that together put a CI out: cuts of CIs, sets of seeds, sets of changes (SEMANTICS 5 and 6).

A cause puts out one CI or several. What suffices for a CI is one of its own causes, or for one of its groups what takes
out one member more than it can lose; supersets of what suffices are left out. That is grown upwards from the ground, in
cycles until nothing changes. Where a cycle of feeding is met, in which nobody has a source once the last one is gone,
further sets are tried by impact.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from graph.kernels.build import SOFT
from graph.overlay import part
from graph.topology import CiIndex, Topology
from queries.cone import Left, hard_cone, left_under
from queries.impact import Effect, EffectWord, State, impact
from queries.spof import single_points_of_failure

I32 = NDArray[np.int32]
Cause = int
Seeds = Mapping[CiIndex, EffectWord | Effect]
Sets = set[frozenset[Cause]]
ORDER = 3  # causes in a set (SEMANTICS 5)
KEPT = 400  # sets of one CI; beyond, the smallest are kept and others are possible
JOINED = 50_000  # unions for each of those; about 10 s in all
TRIED = 20_000  # sets tried by impact
NOBODY: frozenset[Cause] = frozenset()


@dataclass(frozen=True, slots=True)
class Families:
    """All inclusion-minimal sets of causes up to an order, each sorted, smaller ones first, then by their causes.

    `complete`: there are no others of that order. Where it is false each set still suffices, and is minimal.
    """

    sets: tuple[tuple[Cause, ...], ...]
    complete: bool


def minimal_sets(
    topology: Topology, target: CiIndex, causes: Mapping[CiIndex, Collection[Cause]], *,
    base: Seeds | None = None, order: int = ORDER, kept: int = KEPT, tried: int = TRIED,
    points: Collection[CiIndex] | None = None,
) -> Families:  # fmt: skip
    """The minimal sets of causes that put `target` out.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    target
        Index of the CI; leave out its own causes to be told of the others.
    causes
        Of each CI what would put it out: numbers, the same of several CIs where one cause puts out all of them.
    base
        Seeds that are given anyway, and do not put the target out. Default: none.
    order
        The most causes in a set.
    kept, tried
        Bounds: of sets of one CI, of sets tried where a cycle of feeding is met.
    points
        The single points of failure of the target beside the base, where they are known.

    Examples
    --------
    A service on two nodes, each with its disk: any one of each pair will do, but not two of the same:

    >>> t = Topology.from_edges(5, [0, 0, 1, 2], [1, 2, 3, 4], group=[0, 0, -1, -1], min_available=[1, 1, 1, 1])
    >>> minimal_sets(t, 0, {ci: [ci] for ci in (1, 2, 3, 4)}).sets
    ((1, 2), (1, 4), (2, 3), (3, 4))
    """
    t = topology.settled
    csr, left = t.csr, left_under(t, base)
    cone = hard_cone(t, target, left.gone)
    mine = {int(csr.place[ci]): [frozenset((cause,)) for cause in some] for ci, some in causes.items() if some}
    grown = _Grown(t, mine, left, order, kept)
    found = grown.family(cone, int(csr.place[target]))
    if t.has_feeds and (csr.circle[cone] >= 0).any():
        # each of these suffices: that nobody has a source any more only adds to what is out
        if points is None:
            is_out = left.gone[csr.place[target]]
            points = causes if is_out else single_points_of_failure(t, target, base).tolist()
        return _tried(_Outage(t, target, causes, base or {}), found, {target, *points}, order, tried)
    if not grown.complete:
        # what was left out may have been smaller
        out = _Outage(t, target, causes, base or {})
        found = {each for each in found if out.is_minimal(each)}
    return Families(_listed(found), grown.complete)


def _listed(found: Iterable[frozenset[Cause]]) -> tuple[tuple[Cause, ...], ...]:
    return tuple(sorted((tuple(sorted(each)) for each in found), key=lambda each: (len(each), each)))


class _Grown:
    def __init__(
        self, topology: Topology, mine: Mapping[int, list[frozenset[Cause]]], left: Left, order: int, kept: int
    ) -> None:
        self._topology, self._mine, self._left, self._order, self._kept = topology, mine, left, order, kept
        self._families: dict[int, Sets] = {}
        self.complete, self.work, self._most = True, 0, kept * JOINED

    def family(self, cone: I32, target: int) -> Sets:
        """Of the target, from those of all below it in their order, providers first."""
        cycle = self._topology.csr.cycles_of(cone)
        # the members of a cycle lie together
        begins = np.flatnonzero((cycle[1:] < 0) | (cycle[1:] != cycle[:-1])) + 1
        for places in np.split(cone, begins):
            again = True
            while again:
                again = False
                for place in places.tolist():
                    before = self._families.get(place)
                    self._families[place] = self._of(place)
                    again |= len(places) > 1 and self._families[place] != before
        return self._families[target]

    def _of(self, place: int) -> Sets:
        csr, left = self._topology.csr, self._left
        found: Sets = {*self._mine.get(place, ()), *self._families.get(place, ())}
        groups: dict[int, list[int]] = {}
        beg, end = int(csr.beg[place]), int(csr.end[place])
        for provider, code in zip(csr.to[beg:end].tolist(), csr.code[beg:end].tolist(), strict=True):
            if left.gone[provider]:
                continue  # its groups can lose so many fewer
            if code >= 0:
                groups.setdefault(code, []).append(provider)
            elif code != SOFT:
                found |= self._families.get(provider, set())
        for code, members in groups.items():
            found |= self._losing([self._families.get(member, set()) for member in members], int(left.spare[code]) + 1)
        return self._bounded(_minimal(found))

    def _losing(self, families: list[Sets], count: int) -> Sets:
        # by how many members they take out
        reached: list[Sets] = [{NOBODY}, *(set() for _ in range(count))]
        for family in families:
            for j in range(count, 0, -1):
                if not reached[j - 1] or not family:
                    continue
                self.work += len(reached[j - 1]) * len(family)
                if self.work > self._most:
                    self.complete = False
                    return reached[count]
                more = {each for a in reached[j - 1] for b in family if len(each := a | b) <= self._order}
                if more:
                    reached[j] = self._bounded(_minimal(reached[j] | more))
        return reached[count]

    def _bounded(self, found: Sets) -> Sets:
        if len(found) <= self._kept:
            return found
        self.complete = False
        return set(map(frozenset, _listed(found)[: self._kept]))


def _minimal(found: Sets) -> Sets:
    kept: Sets = set()
    for each in sorted(found, key=len):
        if not any(frozenset(some) in kept for size in range(1, len(each)) for some in combinations(each, size)):
            kept.add(each)
    return kept


def least_within(some: frozenset[Cause], is_enough: Callable[[frozenset[Cause]], bool]) -> frozenset[Cause]:
    """A minimal set within one that suffices: what is left by leaving out one by one, in their order."""
    kept = some
    for cause in sorted(some):
        if len(kept) > 1 and is_enough(kept - {cause}):
            kept -= {cause}
    return kept


def _tried(out: "_Outage", known: Sets, singles: set[CiIndex], order: int, most: int) -> Families:
    alone = {frozenset((cause,)) for cause in out.seeds if out.is_enough_alone(cause, singles)}
    found = alone | {
        each for some in known if not any(one <= some for one in alone) for each in [least_within(some, out.by)]
    }
    looked = 0
    # what suffices alone is in no larger set
    causes = sorted(cause for cause in out.seeds if frozenset((cause,)) not in alone)
    for size in range(2, order + 1):
        for some in combinations(causes, size):
            each = frozenset(some)
            if any(frozenset(less) in found for k in range(2, size + 1) for less in combinations(some, k)):
                continue
            looked += 1
            if looked > most:
                return Families(_listed(found), complete=False)
            if out.by(each):
                found.add(each)
    return Families(_listed(found), complete=True)


class _Outage:
    """Whether causes put a CI out, on what it rests on."""

    def __init__(
        self, topology: Topology, target: CiIndex, causes: Mapping[CiIndex, Collection[Cause]], base: Seeds
    ) -> None:
        cis = np.union1d(topology.all_providers_of([target]), np.int32(target)).astype(np.int32)
        self._part, self._target = part(topology, cis), int(np.searchsorted(cis, target))
        self.index: list[CiIndex] = cis.tolist()
        self.seeds: dict[Cause, list[CiIndex]] = {}
        self._base = {at: effect for ci, effect in base.items() if (at := self._at(cis, ci)) >= 0}
        for ci, some in causes.items():
            at = self._at(cis, ci)
            if at >= 0:
                for cause in some:
                    self.seeds.setdefault(cause, []).append(at)

    @staticmethod
    def _at(cis: I32, ci: CiIndex) -> int:
        at = int(np.searchsorted(cis, ci))
        return at if at < len(cis) and cis[at] == ci else -1

    def by(self, some: Iterable[Cause]) -> bool:
        """Whether these are enough."""
        seeds: dict[CiIndex, EffectWord | Effect] = {ci: "outage" for cause in some for ci in self.seeds[cause]}
        return impact(self._part, {**self._base, **seeds}).state(self._target) == State.OUTAGE

    def is_enough_alone(self, cause: Cause, singles: set[CiIndex]) -> bool:
        """Whether one cause is enough; of a cause that puts out one CI the single points of failure say it."""
        cis = self.seeds[cause]
        return any(self.index[at] in singles for at in cis) or (len(cis) > 1 and self.by((cause,)))

    def is_minimal(self, some: frozenset[Cause]) -> bool:
        """Whether every cause of a set that suffices is needed."""
        return not any(self.by(some - {cause}) for cause in some if len(some) > 1)
