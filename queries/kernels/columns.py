"""Members of a group counted for all candidates at once: a column of bits for each, its binary digits in planes."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
ALL = np.uint64(2**64 - 1)


@njit(cache=True, nogil=True)
def cleared(most: int, planes: U64) -> int:
    """Make room to count to `most`: how many digits that takes."""
    digits = 0
    while most >> digits:
        planes[digits] = 0
        digits += 1
    return digits


@njit(cache=True, nogil=True)
def count(word: np.uint64, digits: int, w: int, planes: U64) -> None:
    """One more for each bit of a word."""
    for d in range(digits):
        both = planes[d, w] & word
        planes[d, w] ^= word
        word = both


@njit(cache=True, nogil=True)
def above(limit: int, digits: int, w: int, planes: U64) -> np.uint64:
    """Of which bits the count is greater than `limit`."""
    greater, equal = np.uint64(0), ALL
    for d in range(digits - 1, -1, -1):
        if (limit >> d) & 1:
            equal &= planes[d, w]
        else:
            greater |= equal & planes[d, w]
            equal &= ~planes[d, w]
    return greater if not limit >> digits else np.uint64(0)
