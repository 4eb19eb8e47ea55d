"""How deep in the graph each place lies."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

I32 = NDArray[np.int32]


@njit(cache=True, nogil=True)
def generations(beg: I32, end: I32, to: I32) -> I32:
    """The longest chain of dependents above each place; for graphs without cycles."""
    n = len(beg)
    level = np.zeros(n, np.int32)
    for v in range(n - 1, -1, -1):
        for k in range(beg[v], end[v]):
            level[to[k]] = max(level[to[k]], level[v] + 1)
    return level
