"""Paths: how does one CI come to depend on another? The shortest ways first, as many as a budget allows."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

MOST_PATHS = 10
MOST_STEPS = 200_000  # relationships looked at; about 0.3 s


class Dependencies(Protocol):
    """What is needed of a `Topology` (any NetworkX DiGraph of whole numbers has it): edges dependent → provider."""

    def __contains__(self, node: object, /) -> bool: ...

    def successors(self, node: int, /) -> Iterable[int]: ...


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths from dependent to provider, each a tuple of indices with both ends.

    `complete`: there are no others. Otherwise the paths given are still the first ones, and none is missing between.
    """

    paths: tuple[tuple[int, ...], ...]
    complete: bool


def dependency_paths(
    topology: Dependencies, dependent: int, provider: int, *, most: int = MOST_PATHS, steps: int = MOST_STEPS
) -> Paths:
    """The shortest distinct paths by which `dependent` depends on `provider`; no CI twice on a path.

    Parameters
    ----------
    topology
        Edges point from dependent to provider.
    dependent, provider
        Indices of the two ends. From a CI to itself there is one path, of that CI alone.
    most
        How many paths to return, at least 1.
    steps
        How many relationships may be looked at: half for what lies below `dependent`, half for the paths in it.

    Returns
    -------
    Paths
        Ordered by length, then by their indices.

    Raises
    ------
    IndexError
        An end that the topology does not have.

    Notes
    -----
    Only providers below `dependent` are looked at, never the dependents of a hub. Simple paths can be exponential in
    number, so they are drawn lazily from a heap. A partial path is ranked by its length plus the least number of
    relationships still needed; that bound never shrinks when a path grows, so paths leave the heap in the order
    promised, and an exhausted budget only cuts the end off.

    Examples
    --------
    >>> import networkx as nx
    >>> dependency_paths(nx.DiGraph([(0, 1), (0, 2), (1, 3), (2, 1)]), 0, 3)
    Paths(paths=((0, 1, 3), (0, 2, 1, 3)), complete=True)
    """
    for end in (dependent, provider):
        if end not in topology:
            raise IndexError(f"no CI has the index {end}")
    if dependent == provider:
        return Paths(((dependent,),), complete=True)
    below = _below(topology, dependent, steps // 2)
    return _drawn(below, dependent, provider, most, steps - steps // 2)


@dataclass(frozen=True, slots=True)
class _Below:
    """What one CI rests on: the direct providers of each CI looked at.

    `horizon`: every path with at most so many relationships runs through these CIs; None if all do.
    """

    providers: dict[int, list[int]]
    horizon: int | None


def _below(topology: Dependencies, start: int, steps: int) -> _Below:
    """Look downwards level by level, past the budget by one CI at most."""
    providers: dict[int, list[int]] = {}
    level, spent, depth = [start], 0, 0
    while level:
        following: dict[int, None] = {}
        for current in level:
            if spent >= steps:
                return _Below(providers, depth)
            direct = providers[current] = [int(provider) for provider in topology.successors(current)]
            spent += len(direct)
            following.update(dict.fromkeys(direct))
        level = [ci for ci in following if ci not in providers]
        depth += 1
    return _Below(providers, None)


def _left(below: _Below, provider: int) -> dict[int, int]:
    """Least number of relationships from each CI looked at to the provider; those that do not lead there are absent."""
    dependents: dict[int, list[int]] = {}
    for ci, direct in below.providers.items():
        for each in direct:
            dependents.setdefault(each, []).append(ci)
    left = {provider: 0}
    level = [provider]
    while level:
        above = {ci: None for each in level for ci in dependents.get(each, ()) if ci not in left}
        left.update(dict.fromkeys(above, left[level[0]] + 1))
        level = list(above)
    return left


def _drawn(below: _Below, dependent: int, provider: int, most: int, steps: int) -> Paths:
    left = _left(below, provider)
    found: list[tuple[int, ...]] = []
    heap: list[tuple[int, tuple[int, ...]]] = [(left[dependent], (dependent,))] if dependent in left else []
    while heap:
        length, path = heapq.heappop(heap)
        if below.horizon is not None and length > below.horizon:
            return Paths(tuple(found), complete=False)
        if path[-1] == provider:
            if len(found) == most:
                return Paths(tuple(found), complete=False)
            found.append(path)
            continue
        nearer = below.providers[path[-1]]
        steps -= len(nearer)
        if steps < 0:
            return Paths(tuple(found), complete=False)
        for ci in nearer:
            if ci in left and ci not in path:
                heapq.heappush(heap, (len(path) + left[ci], (*path, ci)))
    return Paths(tuple(found), complete=below.horizon is None)
