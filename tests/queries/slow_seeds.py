"""Which sets of seeds suffice, by trying: the slow version of `queries.minimal_seeds`."""

from collections.abc import Mapping
from itertools import combinations

from tests.oracles import Estate, slow_impact


def slow_state(estate: Estate, seeds: Mapping[int, str], ci: int) -> int:
    """The state of a CI under some seeds, its own left out."""
    return slow_impact(estate, {seed: effect for seed, effect in seeds.items() if seed != ci}).states[ci]


def slow_one(estate: Estate, seeds: Mapping[int, str], ci: int) -> tuple[int, ...]:
    """Seeds left out one by one, by their numbers, as long as the CI is as badly off."""
    state, left = slow_state(estate, seeds, ci), {seed: seeds[seed] for seed in sorted(seeds) if seed != ci}
    for seed in list(left):
        fewer = {other: effect for other, effect in left.items() if other != seed}
        if slow_state(estate, fewer, ci) >= state:
            left = fewer
    return tuple(left)


def slow_all(estate: Estate, seeds: Mapping[int, str], ci: int, order: int) -> list[tuple[int, ...]]:
    """All minimal sets, smaller ones first."""
    state, found = slow_state(estate, seeds, ci), list[tuple[int, ...]]()
    for size in range(1, order + 1):
        for some in combinations(sorted(set(seeds) - {ci}), size):
            if not any(set(less) <= set(some) for less in found):
                chosen = {seed: seeds[seed] for seed in some}
                if state and slow_state(estate, chosen, ci) >= state:
                    found.append(some)
    return found
