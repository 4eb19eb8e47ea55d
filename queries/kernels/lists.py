"""Many failures at once, of each place those that put it out, carried up the rows in their order, providers first.

What puts a CI out are few of all that it rests on: a row of bits for each place costs what there is of failures, a list
what there is of it. The first failures, those at the lowest places, put out most of what is looked at: they have a bit
each, in one word. Of 34,000 candidates below one CI, that takes a tenth of the time of rows of bits alone.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Bool = NDArray[np.bool_]
WORD = 64
ALL = ~np.uint64(0)


@njit(cache=True, nogil=True)
def listed(
    places: I32, cycle: I32, number: I32, count: int, first: int, row_of: I32, beg: I32, end: I32, to: I32, code: I32,
    spare: I32, most: int,
) -> tuple[U64, I32, I64, I64, bool]:  # fmt: skip
    """Of each of some places the failures that put it out; and whether these are all.

    Its bits, of the `first` failures, a word of them at most; of the others entries, and where its list starts and
    stops. It gives up after about `most` looks at an entry.

    `places`: what one of them rests on by hard relationships, and is not out, is one of them before it; but those of
    one cycle only lie together. `cycle`: the number of the cycle that each is in, -1 for none. `number`: which of
    `count` failures each is itself, -1 for none. `row_of`: of each place of the topology its position in `places`, -1
    for none. `spare`: what groups can lose beside who is out. Nothing feeds in circles.
    """
    rows = len(places)
    bits, entries = np.zeros(rows, np.uint64), np.empty(max(1024, 2 * rows), np.int32)
    start, stop = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    # by failure: in which visit it was met last, in which group, and how many members that has lost to it
    met, of, lost = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int32)
    # of rows of cycles: in which visit they were looked at last, and changed
    seen, changed = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    least = np.zeros(WORD, np.uint64)  # bits of who takes so many members of a group, or more
    used, looks, visit, group, low = 0, np.int64(0), 0, 0, 0
    while low < rows:
        high = low + 1
        while cycle[low] >= 0 and high < rows and cycle[high] == cycle[low]:
            high += 1
        grows = True
        while grows:
            grows = False
            for r in range(low, high):
                v, begun, only, room, is_due = places[r], used, -1, np.int64(1), seen[r] == 0
                word = np.uint64(0)
                if 0 <= number[r] < first:
                    word = np.uint64(1) << np.uint64(number[r])
                for j in range(beg[v], end[v]):
                    i, c = row_of[to[j]], code[j]
                    if c == SOFT or i < 0:
                        continue
                    is_due |= changed[i] > seen[r]
                    if c < 0 or spare[c] == 0:
                        word |= bits[i]
                    if stop[i] > start[i]:
                        only = i if only == -1 else -2
                        room += stop[i] - start[i]
                if not is_due:
                    continue
                looks += room
                if looks > most:
                    return bits, entries, start, stop, False
                if used + room > len(entries):
                    more = np.empty(2 * len(entries) + room, np.int32)
                    more[:used] = entries[:used]
                    entries = more
                visit += 1
                seen[r] = visit
                if number[r] >= first:
                    met[number[r]] = visit
                    entries[used] = number[r]
                    used += 1
                is_same = only >= 0 and used == begun and high == low + 1
                k = beg[v]
                while k < end[v]:
                    c, after = code[k], k + 1
                    while c >= 0 and after < end[v] and code[after] == c:
                        after += 1
                    needs_many = c >= 0 and spare[c] > 0
                    if needs_many:
                        group += 1
                        word |= _taking(k, after, spare[c], row_of, to, bits, least)
                    for j in range(k, after):
                        i = row_of[to[j]]
                        if c == SOFT or i < 0 or stop[i] == start[i]:
                            continue
                        if is_same:  # the only list of all, lost at once or, one of a group, never
                            if not needs_many:
                                start[r], stop[r] = start[i], stop[i]
                            continue
                        for e in range(start[i], stop[i]):
                            f = entries[e]
                            if needs_many:
                                if of[f] != group:
                                    of[f], lost[f] = group, 0
                                lost[f] += 1
                                if lost[f] <= spare[c]:
                                    continue
                            if met[f] != visit:
                                met[f] = visit
                                entries[used] = f
                                used += 1
                    k = after
                if used - begun > stop[r] - start[r]:
                    start[r], stop[r], changed[r] = begun, used, visit
                    grows = high > low + 1
                elif high > low + 1:
                    used = begun
                if word != bits[r]:
                    bits[r], changed[r] = word, visit
                    grows = high > low + 1
        low = high
    return bits, entries, start, stop, True


@njit(cache=True, nogil=True)
def _taking(low: int, high: int, spare: int, row_of: I32, to: I32, bits: U64, least: U64) -> np.uint64:
    # bits of who takes more members of a group, at edges low … high − 1, than it can spare
    if high - low <= spare:
        return np.uint64(0)
    most = min(spare + 1, len(least) - 1)
    least[0] = ALL
    least[1 : most + 1] = 0
    for k in range(low, high):
        i = row_of[to[k]]
        if i >= 0 and bits[i]:
            for many in range(most, 0, -1):
                least[many] |= least[many - 1] & bits[i]
    return least[most]


@njit(cache=True, nogil=True)
def losing(
    groups: I32, count: int, first: int, bits: U64, entries: I32, start: I64, stop: I64, row_of: I32, to: I32,
    code: I32, spare: I32,
) -> Bool:  # fmt: skip
    """Of each group (first edge, one after the last) and failure whether it takes more members than can be spared."""
    found = np.zeros((len(groups), count), np.bool_)
    lost = np.zeros(count, np.int32)
    for g in range(len(groups)):
        low, high = groups[g, 0], groups[g, 1]
        lost[:] = 0
        for k in range(low, high):
            i = row_of[to[k]]
            if i < 0:
                continue
            for f in range(min(first, count)):
                lost[f] += (bits[i] >> np.uint64(f)) & np.uint64(1)
            for e in range(start[i], stop[i]):
                lost[entries[e]] += 1
        for f in range(count):
            found[g, f] = lost[f] > spare[code[low]]
    return found


@njit(cache=True, nogil=True)
def as_bits(
    rows: I64, first: int, bits: U64, entries: I32, start: I64, stop: I64, bit: I32, words: int
) -> U64:  # fmt: skip
    """A row of bits for each of some places; `bit`: of each failure its bit there, -1 for none."""
    found = np.zeros((len(rows), words), np.uint64)
    for i in range(len(rows)):
        r = rows[i]
        for f in range(min(first, len(bit))):
            if bit[f] >= 0:
                found[i, bit[f] >> 6] |= ((bits[r] >> np.uint64(f)) & np.uint64(1)) << np.uint64(bit[f] & 63)
        for e in range(start[r], stop[r]):
            b = bit[entries[e]]
            if b >= 0:
                found[i, b >> 6] |= np.uint64(1) << np.uint64(b & 63)
    return found
