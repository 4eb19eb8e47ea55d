"""Slow, obvious version of modelled availability: every state of every CI, by the slow definition of impact."""

from collections.abc import Sequence
from itertools import combinations
from math import prod

from tests.oracles import Estate, slow_impact


def outcomes(estate: Estate, service: int) -> list[set[int]]:
    """All sets of CIs whose outage puts the service out."""
    everyone = range(estate.n)
    sets = [set(some) for size in range(estate.n + 1) for some in combinations(everyone, size)]
    return [some for some in sets if slow_impact(estate, dict.fromkeys(some, "outage")).states[service] == 3]


def chance(fatal: list[set[int]], out: Sequence[float]) -> float:
    """How likely one of them is exactly what is out."""
    return sum(prod(p if ci in some else 1 - p for ci, p in enumerate(out)) for some in fatal)


def exactly(spare: int, out: Sequence[float]) -> float:
    """How likely exactly so many are out."""
    everyone = range(len(out))
    return sum(
        prod(p if ci in some else 1 - p for ci, p in enumerate(out)) for some in map(set, combinations(everyone, spare))
    )
