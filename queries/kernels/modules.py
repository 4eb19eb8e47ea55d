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
def _more_than(spare: int, low: int, high: int, to: I32, local: I32, chance: F64) -> float:
    # P(more than `spare` of the members are out)
    many, more = np.zeros(spare + 1), 0.0
    many[0] = 1.0
    for k in range(low, high):
        p = chance[local[to[k]]]
        more += many[spare] * p
        _one_more(many, p)
    return more


@njit(cache=True, nogil=True)
def _one_more(many: F64, p: float) -> None:
    # how likely 0, 1, … are out, with one more that is with p
    for j in range(len(many) - 1, 0, -1):
        many[j] = many[j] * (1 - p) + many[j - 1] * p
    many[0] *= 1 - p


@njit(cache=True, nogil=True)
def exactly_without(spare: int, out: F64) -> F64:
    """Of each of the chances `out` how likely exactly `spare` of the others are out.

    Halving: what is outside of a half is known before its own halves are looked at. n · spare · log n steps; nothing
    is taken away from anything, so that what is small is as exact as what is not.
    """
    n, found, some = len(out), np.empty(len(out)), out
    if 2 * spare > n - 1:  # then those that stand are fewer
        spare, some = n - 1 - spare, 1 - out
    if spare < 0:
        found[:] = 0.0
        return found
    depths = 2
    while (1 << depths) < 4 * n:
        depths += 1
    many = np.zeros((depths, spare + 1))
    many[0, 0] = 1.0
    # a stretch, its depth, and the one beside it that is to be added to what is known above
    stack = [(0, n, 0, 0, 0)]
    while stack:
        low, high, depth, first, last = stack.pop()
        if depth:
            many[depth] = many[depth - 1]
            for k in range(first, last):
                _one_more(many[depth], some[k])
        if high - low == 1:
            found[low] = many[depth, spare]
            continue
        middle = (low + high) // 2
        stack.append((middle, high, depth + 1, low, middle))
        stack.append((low, middle, depth + 1, middle, high))
    return found


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
                stands *= 1 - _more_than(spare[code[k]] if code[k] >= 0 else 0, k, after, to, local, chance)
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
        begin, stop = beg[places[r]], end[places[r]]
        # of each edge how likely the groups before it stand; at its first one, the group
        hold, before = np.ones(stop - begin), np.ones(stop - begin + 1)
        k = begin
        while k < stop:
            after = _group_end(k, stop, code)
            if code[k] != SOFT:
                hold[k - begin] = 1 - _more_than(spare[code[k]] if code[k] >= 0 else 0, k, after, to, local, chance)
            for e in range(k, after):
                before[e - begin + 1] = before[e - begin] * hold[e - begin]
            k = after
        own[r] = down[r] * before[stop - begin]
        behind = np.ones(stop - begin + 1)
        for j in range(stop - begin - 1, -1, -1):
            behind[j] = behind[j + 1] * hold[j]
        k = begin
        while k < stop:
            after = _group_end(k, stop, code)
            if code[k] != SOFT:
                others = (1 - alone[r]) * before[k - begin] * behind[after - begin]
                members = np.empty(after - k)
                for e in range(k, after):
                    members[e - k] = chance[local[to[e]]]
                exactly = exactly_without(spare[code[k]] if code[k] >= 0 else 0, members)
                for e in range(k, after):
                    if members[e - k] > 0:
                        down[local[to[e]]] += down[r] * others * exactly[e - k]
            k = after
    return own
