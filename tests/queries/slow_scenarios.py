"""Slow, obvious versions: who is lost with whom, by looking at every CI until nothing changes."""

from tests.oracles import Estate


def slow_lost(estate: Estate, shared: set[tuple[int, str, int]], seeds: set[int]) -> set[int]:
    """`shared`: (dependent, group, provider) that some relationship makes share its loss.

    A group shares it with more members than it spares.
    """
    lost = set(seeds)
    while True:
        fresh = {
            ci
            for ci in range(estate.n)
            if ci not in lost
            and (
                any(p in lost and (ci, f"plain-{p}", p) in shared for p in estate.soft.get(ci, ()))
                or any(
                    sum(m in lost and (ci, name, m) in shared for m in members) > len(members) - needed
                    for name, (members, needed, _) in estate.groups.get(ci, {}).items()
                )
            )
        }
        if not fresh:
            return lost
        lost |= fresh
