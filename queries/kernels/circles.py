"""Circles of feeding: who of a circle still has a source, found from those that have one whatever the others do.

A member is held when each group that feeds it has the needed members with a source: members outside of the circle that
have one, and members inside that are held. `missing` counts the groups still short of that (NEVER: the member is lost,
whatever is held), `absent` of each group the members without a source. What is not held in the end feeds only itself
(SEMANTICS 2, *no source*). The work is that of looking once at each edge.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import FEED, is_feeding
from queries.kernels.marks import NEVER

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def missed(there: bool, c: int, run: int, spare: I32, absent: I32) -> int:
    """Whether with this edge the group of code `c` becomes one too few (1) or not (0); edges of a group come together.

    `run`: the code before it, by which a group's first edge is known. A plain edge that feeds is a group of one.
    """
    if c == FEED:
        return 0 if there else 1
    if c != run:
        absent[c] = 0
    if there:
        return 0
    absent[c] += 1
    return 1 if absent[c] == spare[c] + 1 else 0


@njit(cache=True, nogil=True)
def soil(b: int, dirty: Bool, circles: I32, count: int) -> int:
    """Note a circle (-1: none) as one to be looked at, once; returns how many are noted."""
    if b >= 0 and not dirty[b]:
        dirty[b] = True
        circles[count] = b
        count += 1
    return count


@njit(cache=True, nogil=True)
def hold(
    b: int, rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32, feeds: Bool, unfounded: Bool, circle: I32,
    circle_start: I32, circle_member: I32, missing: I32, absent: I32, queue: I32,
) -> None:  # fmt: skip
    """Let members of circle `b` that miss nothing hold others; `missing` is 0 in the end of all that are held."""
    low, high = circle_start[b], circle_start[b + 1]
    head, tail = 0, 0
    for i in range(low, high):
        if not missing[i]:
            queue[tail] = i
            tail += 1
    while head < tail:
        v = circle_member[queue[head]]
        head += 1
        if unfounded[v]:  # who never had a source counts as there until it stops
            continue
        for k in range(rbeg[v], rend[v]):
            d, c = rto[k], rcode[k]
            if circle[d] != b or not is_feeding(c, feeds):
                continue
            i = low + np.searchsorted(circle_member[low:high], d)
            if not missing[i] or missing[i] == NEVER:
                continue
            if c >= 0:
                absent[c] -= 1
                if absent[c] != spare[c]:
                    continue
            missing[i] -= 1
            if not missing[i]:
                queue[tail] = i
                tail += 1
