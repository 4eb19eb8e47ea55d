"""Which of the seeds are enough for what becomes of a CI, and what else would have been (SEMANTICS 2).

Of many seeds most have nothing to do with a CI. A set of them that suffices, and no part of it does, is what its outage
is due to; there is seldom only one. The CI's own seed is left out: it explains nothing.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from graph.overlay import part
from graph.topology import CiIndex
from queries.families import KEPT, ORDER, TRIED, Families, least_within, minimal_sets
from queries.impact import Effect, Impact, State, impact
from queries.reasons import NUMBERS, Names

I32 = NDArray[np.int32]


def one_that_suffices(found: Impact, ci: CiIndex, names: Names = NUMBERS) -> tuple[CiIndex, ...]:
    """A minimal set of seeds under which `ci` is as badly off as under all: what is left by leaving out one by one.

    Parameters
    ----------
    found
        The impact of all seeds.
    ci
        Index of the CI; where it is a seed itself, what the others do to it is explained.
    names
        In the order of their names seeds are left out, and the set is given.

    Returns
    -------
    tuple
        The seeds; empty where they leave the CI unaffected. It is not the only minimal set, nor the smallest.

    Notes
    -----
    A seed more never makes a state better, so that seeds which can go together are found by halving: as many impacts
    as the set is large times the logarithm of the seeds, each on what the CI rests on alone.

    Examples
    --------
    A service on two nodes, of which one is needed; three seeds, the last of which is beside the point:

    >>> from graph.topology import Topology
    >>> t = Topology.from_edges(5, [0, 0, 1], [1, 2, 3], group=[0, 0, -1], min_available=[1, 1, 1])
    >>> one_that_suffices(impact(t, {2: "outage", 3: "outage", 4: "outage"}), 0)
    (2, 3)
    """
    below = _Below(found, ci)
    rest = sorted(below.seeds, key=names.ci)
    state, kept = below.state(rest), list[CiIndex]()
    while below.state(kept) < state:
        # all of the rest cannot go: as many of the first ones as can
        fewest, most = 0, len(rest) - 1
        while fewest < most:
            half = (fewest + most + 1) // 2
            if below.state([*kept, *rest[half:]]) < state:
                most = half - 1
            else:
                fewest = half
        kept.append(rest[fewest])
        rest = rest[fewest + 1 :]
    return tuple(kept)


def all_that_suffice(
    found: Impact, ci: CiIndex, names: Names = NUMBERS, *, order: int = ORDER, kept: int = KEPT, tried: int = TRIED
) -> Families:
    """All minimal sets of seeds, up to an order, under which `ci` is as badly off as under all; bounds as of families.

    The seeds of a set are in the order of their names, and so are the sets; `complete`: there are no others.
    """
    below = _Below(found, ci)
    ranked = sorted(below.seeds, key=names.ci)
    state = below.state(ranked)
    if state == State.UNAFFECTED:
        return Families((), complete=True)
    if state == State.AT_RISK:
        # whatever it rests on suffices
        some = tuple((rank,) for rank in range(len(ranked)))
        grown = Families(some[:kept], len(some) <= kept)
    else:
        causes = {seed: [rank] for rank, seed in enumerate(ranked) if found.seeds[seed] != Effect.DEGRADED}
        # degraded at least: something that it rests on is out
        grounds = [ci] if state == State.OUTAGE else found.topology.providers_of(ci).tolist()
        grown = _least(
            [minimal_sets(found.topology, each, causes, order=order, kept=kept, tried=tried) for each in grounds]
        )
        if not grown.complete:
            # a part of a set may be enough by another ground, whose families were cut off before it
            def is_enough(some: frozenset[int]) -> bool:
                return below.state(ranked[rank] for rank in some) >= state

            least = (tuple(least_within(frozenset(each), is_enough)) for each in grown.sets)
            grown = _least([Families(tuple(least), complete=False)])
    return Families(tuple(tuple(ranked[rank] for rank in each) for each in grown.sets), grown.complete)


def _least(families: list[Families]) -> Families:
    found: list[frozenset[int]] = []
    for each in sorted({frozenset(some) for family in families for some in family.sets}, key=len):
        if not any(less <= each for less in found):
            found.append(each)
    sets = sorted((tuple(sorted(each)) for each in found), key=lambda each: (len(each), each))
    return Families(tuple(sets), all(family.complete for family in families))


class _Below:
    """A CI with all that it rests on by itself, and the other seeds there."""

    def __init__(self, found: Impact, ci: CiIndex) -> None:
        cis = np.union1d(found.topology.all_providers_of([ci]), np.int32(ci)).astype(np.int32)
        seeds = np.array([seed for seed in found.seeds if seed != ci], np.int32)
        at = np.minimum(np.searchsorted(cis, seeds), len(cis) - 1)
        there = cis[at] == seeds
        self._part, self._ci = part(found.topology, cis), int(np.searchsorted(cis, ci))
        self._effects = found.seeds
        self.seeds = dict(zip(seeds[there].tolist(), at[there].tolist(), strict=True))

    def state(self, some: Iterable[CiIndex]) -> State:
        """The state of the CI under some of the seeds."""
        seeds = {self.seeds[seed]: self._effects[seed] for seed in some}
        return impact(self._part, seeds).state(self._ci) if seeds else State.UNAFFECTED
