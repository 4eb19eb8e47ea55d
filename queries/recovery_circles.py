"""Circles in which each CI waits for another one, so that none of them can begin its work (SEMANTICS 6)."""

import math
from collections import deque
from collections.abc import Iterable

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from graph.kernels.build import SOFT
from queries.critical_path import groups_of, members_of
from queries.recovery import Recovery

I32 = NDArray[np.int32]
Circles = tuple[I32, ...]


def circles_below(recovery: Recovery, start: int, broken: Circles = ()) -> Circles:
    """Sets of CIs, sorted places, that a place waits for and that wait for nobody but themselves.

    `broken`: circles inside which everything counts as met. An unknown time counts as any positive one.
    """
    ignored = inside(recovery, broken)
    back, met = recovery.back_if_some(ignored), recovery.met_if_some(ignored)
    stuck = np.isinf(back) & ~recovery.gone_if_some
    if not stuck[start]:
        return ()
    waits: nx.DiGraph[int] = nx.DiGraph()
    queue, seen = deque([start]), {start}
    while queue:
        place = queue.popleft()
        for edges, time in groups_of(recovery, place, back, met):
            if time < math.inf:
                continue
            others = [other for other, m in members_of(recovery, edges, met) if not m and stuck[other]]
            waits.add_edges_from((place, other) for other in others)
            fresh = set(others) - seen
            seen |= fresh
            queue.extend(sorted(fresh))
    sets = [s for s in nx.strongly_connected_components(waits) if all(waits.adj[place].keys() <= s for place in s)]
    return tuple(np.array(s, np.int32) for s in sorted(map(sorted, sets)))


def all_circles(recovery: Recovery, start: int, first: Circles) -> Circles:
    """The first circles, then those that are in the way once these are broken, and so on."""
    found, fresh = first, first
    while fresh:
        fresh = circles_below(recovery, start, found)
        found += fresh
    return found


def inside(recovery: Recovery, circles: Iterable[I32]) -> list[int]:
    """The relationships, by where they stand, between two CIs of one circle."""
    csr, met = recovery.topology.csr, recovery.met_if_some()
    found: list[int] = []
    for circle in circles:
        members = set(circle.tolist())
        for place in circle.tolist():
            rows = range(int(csr.beg[place]), int(csr.end[place]))
            hard = (k for k in rows if csr.code[k] != SOFT and not (len(met) and met[k]))
            found += [k for k in hard if int(csr.to[k]) in members]
    return found
