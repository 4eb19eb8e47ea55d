"""Who holds texts that were found, how much of a field they are, and which of them are shown."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels.texts import Offsets

Bool = NDArray[np.bool_]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


@njit(cache=True, nogil=True)
def gather(
    texts: I32, first: Offsets, entry: I32, length: I32, size: int, factor: float, share: F64, seen: I32, count: int
) -> int:
    """Raise the shares of who holds these texts, and note in `seen` who had none. How many those are by now.

    `size`: characters of what was looked for, of which each list has its share; 0 where all are worth the factor.
    """
    for text in texts:
        for at in range(first[text], first[text + 1]):
            held = entry[at]
            worth = size / length[at] * factor if size else factor
            if worth > share[held]:
                if share[held] == 0.0:
                    seen[count] = held
                    count += 1
                share[held] = worth
    return count


@njit(cache=True, nogil=True)
def best(share: F64, seen: I32, shown: Bool, limit: int) -> I32:
    """At most `limit` of the seen that are not shown yet: of the greatest shares, of equal ones the first entries."""
    heap, size = np.empty(min(limit, len(seen)), np.int32), 0
    for entry in seen:
        if shown[entry]:
            continue
        if size < len(heap):
            heap[size] = entry
            size += 1
            _rise(share, heap, size - 1)
        elif _worse(share, heap[0], entry):
            heap[0] = entry
            _sink(share, heap)
    return heap[:size]


@njit(cache=True, nogil=True)
def _worse(share: F64, one: int, other: int) -> bool:
    return share[one] < share[other] or (share[one] == share[other] and one > other)


@njit(cache=True, nogil=True)
def _rise(share: F64, heap: I32, at: int) -> None:
    # the worst is on top
    while at > 0 and _worse(share, heap[at], heap[(at - 1) // 2]):
        heap[at], heap[(at - 1) // 2] = heap[(at - 1) // 2], heap[at]
        at = (at - 1) // 2


@njit(cache=True, nogil=True)
def _sink(share: F64, heap: I32) -> None:
    at = 0
    while 2 * at + 1 < len(heap):
        below = 2 * at + 1
        if below + 1 < len(heap) and _worse(share, heap[below + 1], heap[below]):
            below += 1
        if not _worse(share, heap[below], heap[at]):
            break
        heap[at], heap[below] = heap[below], heap[at]
        at = below
