"""Parts of an estate that only one CI rests on: they fail independently of the rest, and one figure stands for each.

Rows are `places`, sorted; `local` of every place of the topology its position there. All hard providers of a row are
among them.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _group_end(k: int, stop: int, code: I32) -> int:
    after = k + 1
    while code[k] >= 0 and after < stop and code[after] == code[k]:
        after += 1
    return after


@njit(cache=True, nogil=True)
def needed_by(places: I32, local: I32, beg: I32, end: I32, to: I32, code: I32) -> I32:
    """By how many hard relationships each row is needed."""
    count = np.zeros(len(places), np.int32)
    for place in places:
        for k in range(beg[place], end[place]):
            if code[k] != SOFT:
                count[local[to[k]]] += 1
    return count


@njit(cache=True, nogil=True)
def _more_than(spare: int, low: int, high: int, left_out: int, to: I32, local: I32, chance: F64) -> tuple[float, float]:
    # P(more than `spare` of the members are out), P(exactly so many are); `left_out`: an edge that does not count
    many = np.zeros(high - low + 1)
    many[0] = 1.0
    for k in range(low, high):
        if k == left_out:
            continue
        p = chance[local[to[k]]]
        for j in range(k - low + 1, 0, -1):
            many[j] = many[j] * (1 - p) + many[j - 1] * p
        many[0] *= 1 - p
    return many[spare + 1 :].sum(), many[spare]


@njit(cache=True, nogil=True)
def collapse(
    alone: F64, single: Bool, uncyclic: Bool, places: I32, local: I32, beg: I32, end: I32, to: I32, code: I32,
    spare: I32,
) -> tuple[Bool, F64]:  # fmt: skip
    """Which rows stand for all below them, and the chance with which each of those is out; of the others their own.

    `alone`: the chance that a row is out by itself; `single`: one relationship at the most needs it; `uncyclic`: it is
    in no cycle.
    """
    whole, chance = np.zeros(len(places), np.bool_), alone.copy()
    for r in range(len(places)):
        k, stop = beg[places[r]], end[places[r]]
        fits = uncyclic[r]
        for e in range(k, stop):
            if code[e] != SOFT:
                p = local[to[e]]
                fits &= whole[p] and (single[p] or chance[p] == 0)
        if not fits:
            continue
        stands = 1 - alone[r]
        while k < stop:
            after = _group_end(k, stop, code)
            if code[k] != SOFT:
                broken, _ = _more_than(spare[code[k]] if code[k] >= 0 else 0, k, after, -1, to, local, chance)
                stands *= 1 - broken
            k = after
        whole[r], chance[r] = True, 1 - stands
    return whole, chance


@njit(cache=True, nogil=True)
def rises(
    rise: F64, alone: F64, whole: Bool, chance: F64, places: I32, local: I32, beg: I32, end: I32, to: I32, code: I32,
    spare: I32,
) -> F64:  # fmt: skip
    """By how much the outcome rises if a row is out by itself for sure rather than not at all.

    `rise`: the same of rows that stand for all below them; it is handed down to those.
    """
    own, down = rise.copy(), rise.copy()
    for r in range(len(places) - 1, -1, -1):
        if not whole[r] or down[r] == 0:
            continue
        k, stop = beg[places[r]], end[places[r]]
        hold = np.ones(stop - k)
        while k < stop:
            after = _group_end(k, stop, code)
            if code[k] != SOFT:
                broken, _ = _more_than(spare[code[k]] if code[k] >= 0 else 0, k, after, -1, to, local, chance)
                hold[k - beg[places[r]]] = 1 - broken
            k = after
        own[r] = down[r] * hold.prod()
        k = beg[places[r]]
        while k < stop:
            after = _group_end(k, stop, code)
            if code[k] != SOFT:
                others = 1 - alone[r]
                for j in range(len(hold)):
                    if j != k - beg[places[r]]:
                        others *= hold[j]
                limit = spare[code[k]] if code[k] >= 0 else 0
                for e in range(k, after):
                    if chance[local[to[e]]] > 0:
                        _, exactly = _more_than(limit, k, after, e, to, local, chance)
                        down[local[to[e]]] += down[r] * others * exactly
            k = after
    return own
