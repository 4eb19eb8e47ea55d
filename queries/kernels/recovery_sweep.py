"""When all CIs are back, in one pass over the rows in their order, strip by strip (`graph.kernels.strips`)."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT
from graph.kernels.strips import CYCLE, PLAIN
from queries.kernels.recovery import BEST, WORST, in_time
from queries.kernels.replay import replay

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def recover_all(
    strips: I32, places: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, feeds: Bool, unfounded: Bool,
    circle: I32, own: F64, failover: F64, back: F64, most: int,
) -> None:  # fmt: skip
    """As `recover`, of every place, where no relationship counts as met."""
    scratch, taken, late = np.empty((3, len(needed)), np.int32), np.empty(most, np.float64), len(failover) > 0
    none = np.zeros(0, np.uint8)
    for s in range(len(strips)):
        low, high, k, length, kind = strips[s, 0], strips[s, 1], strips[s, 2], strips[s, 3], strips[s, 4]
        if kind == CYCLE:
            for lane in range(2):
                replay(low, high, places, beg, end, to, code, needed, feeds, unfounded, circle, own[:, lane],
                       failover[:, lane], none, 1 << lane, back[:, lane], scratch)  # fmt: skip
            continue
        begin = low
        while begin < high:
            # a row may need one before it in its strip: whoever fails over does so before the next is looked at
            after = _until_failover(begin, high, failover) if late else high
            if kind == PLAIN:
                _plain(begin, after, k, length, to, own, back)
            else:
                _mixed(begin, after, k, length, to, code, needed, none, own, back, taken)
            if late:
                u = after - 1
                back[u, BEST] = min(back[u, BEST], failover[u, BEST])
                back[u, WORST] = min(back[u, WORST], failover[u, WORST])
            k += length * (after - begin)
            begin = after


@njit(cache=True, nogil=True)
def _until_failover(low: int, high: int, failover: F64) -> int:
    # past the first row that can fail over
    for u in range(low, high):
        if failover[u, BEST] < np.inf:
            return u + 1
    return high


@njit(cache=True, nogil=True)
def _later(a: float, b: float) -> float:
    # neither is nan, which `max` would look for
    return max(b, a)


@njit(cache=True, nogil=True)
def _plain(low: int, high: int, k: int, length: int, to: I32, own: F64, back: F64) -> None:
    # rows of a length that is written out are read without a loop
    if length == 0:
        for u in range(low, high):
            back[u, BEST], back[u, WORST] = own[u, BEST], own[u, WORST]
    elif length == 1:
        for u in range(low, high):
            v = np.uint32(to[np.uint32(k)])
            back[u, BEST] = own[u, BEST] + back[v, BEST]
            back[u, WORST] = own[u, WORST] + back[v, WORST]
            k += 1
    elif length == 2:
        for u in range(low, high):
            v, w = np.uint32(to[np.uint32(k)]), np.uint32(to[np.uint32(k + 1)])
            back[u, BEST] = own[u, BEST] + _later(back[v, BEST], back[w, BEST])
            back[u, WORST] = own[u, WORST] + _later(back[v, WORST], back[w, WORST])
            k += 2
    else:
        for u in range(low, high):
            best, worst = 0.0, 0.0
            for j in range(k, k + length):
                v = np.uint32(to[np.uint32(j)])
                best, worst = _later(best, back[v, BEST]), _later(worst, back[v, WORST])
            k += length
            back[u, BEST], back[u, WORST] = own[u, BEST] + best, own[u, WORST] + worst


@njit(cache=True, nogil=True)
def _mixed(
    low: int, high: int, k: int, length: int, to: I32, code: I32, needed: I32, met: U8, own: F64, back: F64, taken: F64
) -> None:  # fmt: skip
    # rows of one pattern: which of the edges of the first is what holds for all
    begin, after = np.empty(length, np.int32), np.empty(length, np.int32)
    groups, plain, count = 0, np.empty(length, np.int32), 0
    for j in range(length):
        c = code[k + j]
        if c >= 0 and j and code[k + j - 1] == c:
            after[groups - 1] = j + 1
        elif c >= 0:
            begin[groups], after[groups] = j, j + 1
            groups += 1
        elif c != SOFT:
            plain[count] = j
            count += 1
    for u in range(low, high):
        best, worst = 0.0, 0.0
        for j in plain[:count]:
            v = np.uint32(to[np.uint32(k + j)])
            best, worst = _later(best, back[v, BEST]), _later(worst, back[v, WORST])
        for g in range(groups):
            first, last = k + begin[g], k + after[g]
            asked = needed[code[first]]
            best = _later(best, in_time(first, last, asked, to, met, 1, back[:, BEST], taken))
            worst = _later(worst, in_time(first, last, asked, to, met, 2, back[:, WORST], taken))
        k += length
        back[u, BEST], back[u, WORST] = own[u, BEST] + best, own[u, WORST] + worst
