"""Paths: how does one CI come to depend on another? The shortest ways first, as many as a budget allows."""

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

MOST_PATHS = 10
MOST_STEPS = 200_000  # relationships looked at; about 0.3 s


class Dependencies(Protocol):
    """What is needed of a `Topology` (any NetworkX DiGraph of whole numbers has it): edges dependent → provider."""

    def __contains__(self, node: object, /) -> bool: ...

    def successors(self, node: int, /) -> Iterable[int]: ...

    def predecessors(self, node: int, /) -> Iterable[int]: ...


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths from dependent to provider, each a tuple of indices with both ends.

    `complete`: there are no others. Otherwise the paths given are still the first ones, and none is missing between.
    """

    paths: tuple[tuple[int, ...], ...]
    complete: bool


@dataclass(slots=True)
class _Budget:
    """Relationships that may still be looked at."""

    steps: int

    def spend(self) -> bool:
        """Whether one more is allowed."""
        self.steps -= 1
        return self.steps >= 0


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
        How many relationships may be looked at, the search for what lies between the ends included.

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
    Simple paths can be exponential in number, so they are drawn lazily from a heap. A partial path is ranked by its
    length plus the least number of relationships still needed; that bound never shrinks when a path grows, so paths
    leave the heap in the order promised, and an exhausted budget only cuts the end off.

    Examples
    --------
    >>> import networkx as nx
    >>> dependency_paths(nx.DiGraph([(0, 1), (0, 2), (1, 3), (2, 1)]), 0, 3)
    Paths(paths=((0, 1, 3), (0, 2, 1, 3)), complete=True)
    """
    for end in (dependent, provider):
        if end not in topology:
            raise IndexError(f"no CI has the index {end}")
    budget = _Budget(steps)
    below = _distances(topology.successors, dependent, budget)
    if below is None:
        return Paths((), complete=False)
    if provider not in below:
        return Paths((), complete=True)
    left = _distances(topology.predecessors, provider, budget, within=below)
    if left is None:
        return Paths((), complete=False)
    return _drawn(topology, _Search(dependent, provider, left, budget), most)


def _distances(
    neighbours: Callable[[int], Iterable[int]], start: int, budget: _Budget, within: dict[int, int] | None = None
) -> dict[int, int] | None:
    """Least number of relationships from `start` to each CI it reaches (inside `within`); None past the budget."""
    distances = {start: 0}
    waiting = deque([start])
    while waiting:
        current = waiting.popleft()
        for raw in neighbours(current):
            if not budget.spend():
                return None
            neighbour = int(raw)
            if neighbour not in distances and (within is None or neighbour in within):
                distances[neighbour] = distances[current] + 1
                waiting.append(neighbour)
    return distances


@dataclass(slots=True)
class _Search:
    """The state of one search: `left` holds how far each CI between the ends is from the provider."""

    dependent: int
    provider: int
    left: dict[int, int]
    budget: _Budget
    heap: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)


def _drawn(topology: Dependencies, search: _Search, most: int) -> Paths:
    found: list[tuple[int, ...]] = []
    heapq.heappush(search.heap, (search.left[search.dependent], (search.dependent,)))
    while search.heap:
        _, path = heapq.heappop(search.heap)
        if path[-1] == search.provider:
            if len(found) == most:
                return Paths(tuple(found), complete=False)
            found.append(path)
        elif not _extend(topology, search, path):
            return Paths(tuple(found), complete=False)
    return Paths(tuple(found), complete=True)


def _extend(topology: Dependencies, search: _Search, path: tuple[int, ...]) -> bool:
    """Put every one-longer path on the heap; False past the budget."""
    for raw in topology.successors(path[-1]):
        if not search.budget.spend():
            return False
        nearer = int(raw)
        if nearer in search.left and nearer not in path:
            heapq.heappush(search.heap, (len(path) + search.left[nearer], (*path, nearer)))
    return True
