"""Slow sweeps: the question put to every CI, one after the other, straight from the definitions."""

from collections.abc import Iterable

from tests.oracles import Estate, slow_impact


def slow_felled(estate: Estate, seed: int) -> set[int]:
    """Who else is out when one CI alone stops."""
    states = slow_impact(estate, {seed: "outage"}).states
    return {ci for ci, state in enumerate(states) if state == 3 and ci != seed}


def slow_takes(estate: Estate, seeds: Iterable[int], services: set[int]) -> list[tuple[int, int]]:
    """Of each seed how many CIs and how many services go with it."""
    gone = [slow_felled(estate, seed) for seed in seeds]
    return [(len(each), len(each & services)) for each in gone]
