"""Many single failures at once: a bit for each, 64 to a word, carried up the rows in their order, providers first.

Bit i of row r says that r is out when candidate i is. Most rows stay untouched by a block of candidates, which costs a
look at one byte an edge; what is touched costs a few words. Groups are counted in columns of bits (a number's binary
digits lie in `planes`, one after the other).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph.kernels.build import SOFT, is_feeding
from queries.kernels.columns import ALL, above, cleared, count
from queries.kernels.cones import GONE, STANDS

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
WORDS = 32  # a block of 2,048: shorter ones read all rows more often, longer ones carry more bits than are set
BREAKS, ANYWAY = 1, 2  # a group breaks; and its owner loses something else that it needs, too
NO_GROUP = -100  # no code of a relationship


@njit(cache=True, nogil=True)
def fatal(
    places: I32, watched: Bool, cycle: I32, local: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, spare: I32,
    feeds: Bool, unfounded: Bool, circle: I32,
) -> Bool:  # fmt: skip
    """Which of `places`, out alone, put a watched one out; watched ones themselves are not asked about.

    `places` are sorted, but for those of one cycle (`providers_first`). `cycle`: its number for each, -1 for none.
    `local`: of every place of the topology its position in `places`, STANDS or GONE.
    """
    n = len(places)
    found = np.zeros(n, np.bool_)
    fell, held = np.zeros((n, WORDS), np.uint64), np.zeros((n if len(circle) else 0, WORDS), np.uint64)
    hot = np.zeros(n, np.uint8)
    planes, row = np.zeros((32, WORDS), np.uint64), np.zeros(WORDS, np.uint64)
    asked = np.flatnonzero(~watched)
    for start in range(0, len(asked), 64 * WORDS):
        block = asked[start : start + 64 * WORDS]
        first = _carry(block, places, cycle, local, beg, end, to, code, needed, spare, feeds, unfounded, circle, fell,
                       held, hot, planes, row)  # fmt: skip
        row[:] = 0
        for r in range(first, n):
            if hot[r] and watched[r]:
                row |= fell[r]
        clear(first, fell, hot)
        for i in range(len(block)):
            found[block[i]] = (row[i >> 6] >> np.uint64(i & 63)) & np.uint64(1)
    return found


@njit(cache=True, nogil=True)
def breaking(
    groups: I32, asked: I64, places: I32, cycle: I32, local: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32,
    spare: I32, feeds: Bool, unfounded: Bool, circle: I32,
) -> U8:  # fmt: skip
    """Which of `asked` (sorted positions in `places`), out alone, takes more members out of a group than it can lose.

    `groups`: a row each, of its first edge, the one after its last, and its owner's place; so the answer: BREAKS, or
    ANYWAY where the owner loses something else that it needs, too. The others are as in `fatal`.
    """
    n = len(places)
    found = np.zeros((len(groups), len(asked)), np.uint8)
    fell, held = np.zeros((n, WORDS), np.uint64), np.zeros((n if len(circle) else 0, WORDS), np.uint64)
    hot = np.zeros(n, np.uint8)
    planes, row = np.zeros((32, WORDS), np.uint64), np.zeros(WORDS, np.uint64)
    for start in range(0, len(asked), 64 * WORDS):
        block = asked[start : start + 64 * WORDS]
        first = _carry(block, places, cycle, local, beg, end, to, code, needed, spare, feeds, unfounded, circle, fell,
                       held, hot, planes, row)  # fmt: skip
        for g in range(len(groups)):
            row[:] = 0
            low, high = groups[g, 0], groups[g, 1]
            if broken(low, high, spare[code[low]], local, to, fell, hot, planes, row):
                for i in range(len(block)):
                    found[g, start + i] = (row[i >> 6] >> np.uint64(i & 63)) & np.uint64(1)
                if gathered(groups[g, 2], code[low], local, beg, end, to, code, spare, fell, hot, planes, row):
                    for i in range(len(block)):
                        found[g, start + i] *= 1 + ((row[i >> 6] >> np.uint64(i & 63)) & np.uint64(1))
        clear(first, fell, hot)
    return found


@njit(cache=True, nogil=True)
def _carry(
    block: I64, places: I32, cycle: I32, local: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, spare: I32,
    feeds: Bool, unfounded: Bool, circle: I32, fell: U64, held: U64, hot: U8, planes: U64, row: U64,
) -> int:  # fmt: skip
    # let each of a block fall, and all that falls with it; gives the first row that can be touched
    first = len(places)
    for i in range(len(block)):
        if block[i] >= 0:
            fell[block[i], i >> 6] |= np.uint64(1) << np.uint64(i & 63)
            hot[block[i]] = 1
            first = min(first, block[i])
    while 0 < first < len(places) and cycle[first] >= 0 and cycle[first - 1] == cycle[first]:
        first -= 1
    fall(first, places, cycle, local, beg, end, to, code, needed, spare, feeds, unfounded, circle, fell, held, hot,
         planes, row)  # fmt: skip
    return first


@njit(cache=True, nogil=True)
def fall(
    first: int, places: I32, cycle: I32, local: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, spare: I32,
    feeds: Bool, unfounded: Bool, circle: I32, fell: U64, held: U64, hot: U8, planes: U64, row: U64,
) -> None:  # fmt: skip
    """Carry what fell up the rows from `first` on, in their order; where that is in a cycle, it begins it."""
    r, n = first, len(places)
    while r < n:
        last = r + 1
        if cycle[r] >= 0:
            while last < n and cycle[last] == cycle[r]:
                last += 1
            _settle(r, last, places, local, beg, end, to, code, needed, spare, feeds, unfounded, circle, fell, held,
                    hot, planes, row)  # fmt: skip
        else:
            _loses(r, places, local, beg, end, to, code, spare, fell, hot, planes, row)
        r = last


@njit(cache=True, nogil=True)
def clear(first: int, fell: U64, hot: U8) -> None:
    """Make ready for the next block: nothing has fallen."""
    for r in range(first, len(hot)):
        if hot[r]:
            fell[r] = 0
            hot[r] = 0


@njit(cache=True, nogil=True)
def _settle(
    low: int, high: int, places: I32, local: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, spare: I32,
    feeds: Bool, unfounded: Bool, circle: I32, fell: U64, held: U64, hot: U8, planes: U64, row: U64,
) -> None:  # fmt: skip
    # both rules in turn until nothing changes: which comes first does not matter for who is out in the end
    changing = True
    while changing:
        changing = False
        again, up = True, True
        while again:
            again = False
            for j in range(low, high):
                # there and back: a long chain is gone along in one pass, whichever way it lies
                r = j if up else low + high - 1 - j
                if _loses(r, places, local, beg, end, to, code, spare, fell, hot, planes, row):
                    again = True
            up = not up
        if len(circle):
            changing = starve(np.arange(low, high), places, local, beg, end, to, code, needed, feeds, unfounded, circle,
                              fell, held, hot, planes, row)  # fmt: skip


@njit(cache=True, nogil=True)
def _loses(
    r: int, places: I32, local: I32, beg: I32, end: I32, to: I32, code: I32, spare: I32, fell: U64, hot: U8,
    planes: U64, row: U64,
) -> bool:  # fmt: skip
    # a row is out where a group of it has lost more than it can spare; whether that is new of any bit
    found = gathered(places[r], NO_GROUP, local, beg, end, to, code, spare, fell, hot, planes, row)
    return found and joined(fell[r], row, hot, r)


@njit(cache=True, nogil=True)
def gathered(
    place: int, without: int, local: I32, beg: I32, end: I32, to: I32, code: I32, spare: I32, fell: U64, hot: U8,
    planes: U64, row: U64,
) -> bool:  # fmt: skip
    """Gather in `row` the bits of which a CI loses a group, one group left out; whether there may be any."""
    touched = False
    k, stop = beg[place], end[place]
    while k < stop:
        c = code[k]
        if c == without:
            k += 1
            continue
        if c < 0 or spare[c] == 0:
            i = local[to[k]]
            k += 1
            if c != SOFT and i >= 0 and hot[i]:
                if not touched:
                    row[:] = 0
                    touched = True
                row |= fell[i]
            continue
        after = k
        while after < stop and code[after] == c:
            after += 1
        if not touched:
            row[:] = 0
        touched |= broken(k, after, spare[c], local, to, fell, hot, planes, row)
        k = after
    return touched


@njit(cache=True, nogil=True)
def broken(
    low: int, high: int, spare: int, local: I32, to: I32, fell: U64, hot: U8, planes: U64, row: U64
) -> bool:  # fmt: skip
    """Add to `row` the bits of which a group, at edges low … high − 1, has lost more than it can spare."""
    many = 0
    for k in range(low, high):
        i = local[to[k]]
        many += i >= 0 and hot[i]
    if many <= spare:
        return False
    digits = cleared(many, planes)
    for k in range(low, high):
        i = local[to[k]]
        if i >= 0 and hot[i]:
            for w in range(len(row)):
                count(fell[i, w], digits, w, planes)
    for w in range(len(row)):
        row[w] |= above(spare, digits, w, planes)
    return True


@njit(cache=True, nogil=True)
def joined(mine: U64, more: U64, hot: U8, r: int) -> bool:
    """Add bits to a row; whether one of them is new to it."""
    fresh = np.uint64(0)
    for w in range(len(more)):
        fresh |= more[w] & ~mine[w]
        mine[w] |= more[w]
    if fresh:
        hot[r] = 1
    return bool(fresh)


@njit(cache=True, nogil=True)
def starve(
    rows: I64, places: I32, local: I32, beg: I32, end: I32, to: I32, code: I32, needed: I32, feeds: Bool,
    unfounded: Bool, circle: I32, fell: U64, held: U64, hot: U8, planes: U64, row: U64,
) -> bool:  # fmt: skip
    """Put those rows of a circle out that have no source, built upwards (SEMANTICS 2); whether any is new."""
    met = False
    for r in rows:
        held[r] = 0
        met |= hot[r] > 0 or _feeds_on_hot(places[r], local, beg, end, to, code, feeds, hot)
    if not met:
        return False
    again = True
    while again:
        again = False
        for r in rows:
            place = places[r]
            if circle[place] < 0 or unfounded[place]:
                continue
            row[:] = ALL
            k, stop = beg[place], end[place]
            while k < stop:
                c, after = code[k], k + 1
                while c >= 0 and after < stop and code[after] == c:
                    after += 1
                if is_feeding(c, feeds):
                    asked = needed[c] if c >= 0 else 1
                    _fed(k, after, circle[place], asked, places, local, to, unfounded, circle, fell, held, planes,
                         row)  # fmt: skip
                k = after
            fresh = np.uint64(0)
            for w in range(len(row)):
                more = row[w] & ~fell[r, w]
                fresh |= more & ~held[r, w]
                held[r, w] |= more
            again |= fresh != 0
    changed = False
    for r in rows:
        if circle[places[r]] >= 0 and not unfounded[places[r]]:
            for w in range(len(row)):
                row[w] = ~held[r, w]
            changed |= joined(fell[r], row, hot, r)
    return changed


@njit(cache=True, nogil=True)
def _feeds_on_hot(place: int, local: I32, beg: I32, end: I32, to: I32, code: I32, feeds: Bool, hot: U8) -> bool:
    for k in range(beg[place], end[place]):
        i = local[to[k]]
        if i >= 0 and hot[i] and is_feeding(code[k], feeds):
            return True
    return False


@njit(cache=True, nogil=True)
def _fed(
    low: int, high: int, mine: int, needed: int, places: I32, local: I32, to: I32, unfounded: Bool, circle: I32,
    fell: U64, held: U64, planes: U64, row: U64,
) -> None:  # fmt: skip
    # keep in `row` the bits of which enough members of a feeding group have a source
    digits = cleared(high - low, planes)
    for k in range(low, high):
        i = local[to[k]]
        if i == GONE:
            continue
        for w in range(len(row)):
            if i == STANDS:
                carry = ALL
            elif circle[places[i]] == mine and not unfounded[places[i]]:
                carry = held[i, w]
            else:
                carry = ~fell[i, w]
            count(carry, digits, w, planes)
    for w in range(len(row)):
        row[w] &= above(needed - 1, digits, w, planes)
