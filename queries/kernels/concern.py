"""What rests on something that somebody touches, for 64 of them at once: a bit each, carried up the rows."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]


@njit(cache=True, nogil=True)
def carry_up(beg: I32, end: I32, to: I32, bits: U64) -> None:
    """Give every place the bits of all that it rests on, by relationships of any strength.

    Rows follow their providers but in cycles: all are gone through until nothing changes, there and back.
    """
    n, changing, up = len(beg), True, True
    while changing:
        changing = False
        for i in range(n):
            v = i if up else n - 1 - i
            found = bits[v]
            for k in range(beg[v], end[v]):
                found |= bits[to[k]]
            changing |= found != bits[v]
            bits[v] = found
        up = not up
