"""Slow, obvious versions: who is lost with whom, by looking at every CI until nothing changes."""

from tests.oracles import Estate


def slow_lost(estate: Estate, shared: set[tuple[int, int]], seeds: set[int]) -> set[int]:
    """`shared`: (dependent, provider) whose loss is shared; a group shares it with more members than it spares."""
    lost = set(seeds)
    while True:
        fresh = {
            ci
            for ci in range(estate.n)
            if ci not in lost
            and (
                any(p in lost and (ci, p) in shared for p in estate.soft.get(ci, ()))
                or any(
                    sum(m in lost and (ci, m) in shared for m in members) > len(members) - needed
                    for members, needed, _ in estate.groups.get(ci, {}).values()
                )
            )
        }
        if not fresh:
            return lost
        lost |= fresh
