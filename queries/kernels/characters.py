"""Characters of UTF-8."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

U8 = NDArray[np.uint8]


@njit(cache=True, nogil=True)
def character(blob: U8, at: int) -> tuple[int, int]:
    """The code point that begins there, and how many bytes it has; a surrogate is three."""
    first = np.int64(blob[at])
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return (first & 0x1F) << 6 | (blob[at + 1] & 0x3F), 2
    if first < 0xF0:
        return (first & 0x0F) << 12 | (blob[at + 1] & 0x3F) << 6 | (blob[at + 2] & 0x3F), 3
    return (first & 0x07) << 18 | (blob[at + 1] & 0x3F) << 12 | (blob[at + 2] & 0x3F) << 6 | (blob[at + 3] & 0x3F), 4


@njit(cache=True, nogil=True)
def count(blob: U8, low: int, high: int) -> int:
    """How many characters these bytes are."""
    found = 0
    for at in range(low, high):
        found += (blob[at] & 0xC0) != 0x80
    return found
