"""How old the data are with which CIs come back: the oldest first, carried to whoever needs them (SEMANTICS 6)."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def carry(lost: Bool, spared: F64, order: I32, rbeg: I32, rend: I32, rto: I32, rcode: I32, spare: I32) -> F64:
    """The age of each place: the least solution of age = min(spared, infinite if lost, else the worst of its groups).

    `spared`: the age with which a place comes back whatever becomes of its providers, infinite for most; `order`: the
    places where it is finite, the greatest first. A group's age is the needed-th smallest of its members'. Whoever is
    met is settled at once, since nothing older can come.
    """
    age, waiting = np.zeros(len(lost)), lost.copy()
    gone, queue = np.zeros(len(spare), np.int32), np.empty(len(lost), np.int32)
    tail = 0
    for v in np.flatnonzero(lost & np.isinf(spared)):
        queue[tail] = v
        age[v] = np.inf
        tail += 1
    head, at, level = 0, 0, np.inf
    while True:
        while head < tail:
            v = queue[head]
            head += 1
            for k in range(rbeg[v], rend[v]):
                u, c = rto[k], rcode[k]
                if c == SOFT:
                    continue
                if c >= 0:
                    gone[c] += 1
                    if gone[c] <= spare[c]:
                        continue
                waiting[u] = True
                if age[u] == 0 and spared[u] >= level:
                    age[u] = level
                    queue[tail] = u
                    tail += 1
        while at < len(order) and (not waiting[order[at]] or age[order[at]] > 0):
            at += 1
        if at == len(order) or spared[order[at]] == 0:
            return age
        level = spared[order[at]]
        age[order[at]] = level
        queue[tail] = order[at]
        tail += 1
