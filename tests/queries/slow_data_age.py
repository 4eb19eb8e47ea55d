"""Slow, obvious versions of how old data are: everything is worked out anew until nothing changes."""

import math
from collections.abc import Sequence
from itertools import count

from tests.oracles import Estate

Copy = tuple[int, int, float, bool]


def slow_copies(copies: Sequence[Copy], hit: set[int], out: set[int], n: int) -> list[float]:
    """The least age over chains of copies: a copy that is not out, or lost copies up to one that is not.

    Falling from infinite, n times: no shortest chain is longer.
    """
    ages = [math.inf] * n
    for _ in range(n + 1):
        for of, on, behind, passes_on in copies:
            if on not in out:
                ages[of] = min(ages[of], behind)
            elif on in hit and passes_on:
                ages[of] = min(ages[of], behind + ages[on])
    return ages


def slow_ages(
    estate: Estate, copies: Sequence[Copy], hit: set[int], out: set[int], holds: set[int], elsewhere: set[int]
) -> list[float]:  # fmt: skip
    """The least solution, rising from 0; `elsewhere`: whose data lie on a store that it needs."""
    spared = slow_copies(copies, hit, out, estate.n)
    groups = {ci: list(some.values()) for ci, some in estate.groups.items()}
    ages = [0.0] * estate.n
    for _ in count():
        before = list(ages)
        for ci in range(estate.n):
            mine = groups.get(ci, [])
            worst = max((sorted(before[m] for m in members)[needed - 1] for members, needed, _ in mine), default=0.0)
            if ci in hit and ci in holds and ci not in elsewhere:
                worst = math.inf
            ages[ci] = min(worst, spared[ci]) if ci in holds else worst
        if ages == before:
            return ages
    raise AssertionError("ages rise among finitely many")
