"""A few failures at once, a bit for each, carried up from where they are to what falls with them, and no further.

Rows are made for places that are met, so the cost is that of what falls, however large the graph is. A row is looked at
again whenever one that it rests on has changed: places in any order will do, and cycles, too.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT, is_feeding
from queries.kernels.bits import ONE, lowest
from queries.kernels.cones import GONE, STANDS
from queries.kernels.singles import NO_GROUP, broken, gathered, joined, starve

I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
FIRST = 256  # rows that there is room for at first


@njit(cache=True, nogil=True)
def risen(
    seeded: I32, bits: U64, inside: U8, local: I32, beg: I32, end: I32, to: I32, code: I32, rbeg: I32, rend: I32,
    rto: I32, rcode: I32, needed: I32, spare: I32, feeds: Bool, unfounded: Bool, circle: I32, circle_start: I32,
    circle_member: I32, most: int, swept: I32, turning: Bool,
) -> tuple[I32, U64, bool]:  # fmt: skip
    """Places that something puts out, of each a row of bits: which of the failures do; and whether these are all.

    With more than `most` rows it gives up. `swept`: those in which all is looked for, providers first but for those in
    cycles (`turning`): where most of them fall, one pass over them is quicker.

    `seeded`: places that fall by themselves, each with a row of `bits`. `inside`: 1 by place for those that are looked
    at, the seeded ones aside; empty: all. `local`: STANDS or GONE by place; then the number of its row where it has
    one (`forget` makes that undone). `spare`: what each group can lose beside who is gone.
    """
    words, count = bits.shape[1], 0
    room = FIRST + len(seeded) + len(swept)
    places, fell, hot = np.empty(room, np.int32), np.zeros((room, words), np.uint64), np.zeros(room, np.uint8)
    held = np.zeros((room if len(circle) else 0, words), np.uint64)
    planes, row = np.zeros((32, words), np.uint64), np.zeros(words, np.uint64)
    due, q, at = np.zeros(len(beg) // 64 + 1, np.uint64), len(beg) // 64 + 1, 0
    asked, circles, waiting = np.zeros(len(circle_start), np.bool_), np.empty(len(circle_start), np.int32), 0
    if len(swept):
        count, at = len(swept), len(seeded)
        places[:count] = swept
        for r in range(count):
            local[swept[r]] = r
        for i in range(len(seeded)):
            if local[seeded[i]] >= 0:
                joined(fell[local[seeded[i]]], bits[i], hot, local[seeded[i]])
        for r in range(count):
            if gathered(places[r], NO_GROUP, local, beg, end, to, code, spare, fell, hot, planes, row):
                joined(fell[r], row, hot, r)
            if turning[r]:
                due[places[r] >> 6] |= ONE << np.uint64(places[r] & 63)
            if len(circle) and circle[places[r]] >= 0 and not asked[circle[places[r]]]:
                asked[circle[places[r]]] = True
                circles[waiting] = circle[places[r]]
                waiting += 1
        q = 0
    while count <= most:
        # the next row that has changed: one that falls by itself, one that is due, or those of a circle
        if at < len(seeded):
            v = seeded[at]
            at += 1
            if local[v] == GONE:
                continue
            places, fell, hot, held = roomy(count + 1, places, fell, hot, held)
            if local[v] == STANDS:
                local[v], places[count] = count, v
                count += 1
            if not joined(fell[local[v]], bits[at - 1], hot, local[v]):
                continue
        else:
            while q < len(due) and not due[q]:
                q += 1
            if q < len(due):
                bit = lowest(due[q])
                due[q] ^= ONE << np.uint64(bit)
                r = local[(q << 6) + bit]
                if not (
                    gathered(places[r], NO_GROUP, local, beg, end, to, code, spare, fell, hot, planes, row)
                    and joined(fell[r], row, hot, r)
                ):
                    continue
                v = places[r]
            elif waiting:
                waiting -= 1
                c = circles[waiting]
                asked[c] = False
                members = circle_member[circle_start[c] : circle_start[c + 1]]
                places, fell, hot, held = roomy(count + len(members), places, fell, hot, held)
                rows, many = np.empty(len(members), np.int64), 0
                for u in members:
                    if local[u] == GONE:
                        continue
                    if local[u] == STANDS:
                        local[u], places[count] = count, u
                        count += 1
                    rows[many] = local[u]
                    many += 1
                rows = rows[:many]
                if not starve(rows, places, local, beg, end, to, code, needed, feeds, unfounded, circle, fell, held,
                              hot, planes, row):  # fmt: skip
                    continue
                # who of them changed is not said: all hand on what they have
                for r in rows:
                    places, fell, hot, held = roomy(count + rend[places[r]] - rbeg[places[r]], places, fell, hot, held)
                    count, q, waiting = _hand_on(places[r], count, q, waiting, inside, places, local, rbeg, rend, rto,
                                                 rcode, feeds, circle, due, asked, circles)  # fmt: skip
                continue
            else:
                break
        places, fell, hot, held = roomy(count + rend[v] - rbeg[v], places, fell, hot, held)
        count, q, waiting = _hand_on(v, count, q, waiting, inside, places, local, rbeg, rend, rto, rcode, feeds, circle,
                                     due, asked, circles)  # fmt: skip
    return places[:count], fell[:count], count <= most


@njit(cache=True, nogil=True)
def roomy(count: int, places: I32, fell: U64, hot: U8, held: U64) -> tuple[I32, U64, U8, U64]:
    """The same with room for so many rows at least."""
    if count <= len(places):
        return places, fell, hot, held
    more = max(count - len(places), len(places))
    rows = np.zeros((more, fell.shape[1]), np.uint64)
    return (
        np.concatenate((places, np.zeros(more, np.int32))), np.concatenate((fell, rows)),
        np.concatenate((hot, np.zeros(more, np.uint8))), np.concatenate((held, rows)) if len(held) else held,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _hand_on(
    v: int, count: int, q: int, waiting: int, inside: U8, places: I32, local: I32, rbeg: I32, rend: I32, rto: I32,
    rcode: I32, feeds: Bool, circle: I32, due: U64, asked: Bool, circles: I32,
) -> tuple[int, int, int]:  # fmt: skip
    # whoever rests on it is due, and so are the circles that it feeds; how many rows there are, the first word that is
    # due, how many circles wait
    for k in range(rbeg[v], rend[v]):
        d = rto[k]
        if rcode[k] == SOFT or local[d] == GONE or (len(inside) and not inside[d]):
            continue
        if local[d] == STANDS:
            local[d], places[count] = count, d
            count += 1
        due[d >> 6] |= ONE << np.uint64(d & 63)
        q = min(q, np.int64(d >> 6))
        if len(circle) and circle[d] >= 0 and not asked[circle[d]] and is_feeding(rcode[k], feeds):
            asked[circle[d]] = True
            circles[waiting] = circle[d]
            waiting += 1
    return count, q, waiting


@njit(cache=True, nogil=True)
def forget(places: I32, local: I32) -> None:
    """These places have no row any more."""
    for v in places:
        local[v] = STANDS


@njit(cache=True, nogil=True)
def breaking_more(
    groups: I32, fell: U64, local: I32, spare: I32, fell_before: U64, local_before: I32, spare_before: I32, to: I32,
    code: I32,
) -> U64:  # fmt: skip
    """Bits of the failures that break one of some groups, and did not before.

    `groups`: a row each, of its first edge and the one after its last. The others are as `risen` left them.
    """
    words = fell.shape[1]
    planes, found = np.zeros((32, words), np.uint64), np.zeros(words, np.uint64)
    now, then = np.zeros(words, np.uint64), np.zeros(words, np.uint64)
    hot, hot_before = np.ones(len(fell), np.uint8), np.ones(len(fell_before), np.uint8)
    for g in range(len(groups)):
        low, high = groups[g, 0], groups[g, 1]
        now[:], then[:] = 0, 0
        broken(low, high, spare[code[low]], local, to, fell, hot, planes, now)
        broken(low, high, spare_before[code[low]], local_before, to, fell_before, hot_before, planes, then)
        for w in range(words):
            found[w] |= now[w] & ~then[w]
    return found


@njit(cache=True, nogil=True)
def fewer(places: I32, rbeg: I32, rend: I32, rcode: I32, spare: I32) -> I32:
    """What each group can lose beside some places, each once."""
    left = spare.copy()
    for v in places:
        for k in range(rbeg[v], rend[v]):
            if rcode[k] >= 0:
                left[rcode[k]] -= 1
    return left
