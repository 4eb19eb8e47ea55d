"""Many states of an estate at once, a bit for each, let fall by the rules of impact: enumerated, or drawn with a seed.

Rows are `places`, sorted; `local` of every place of the topology its position there (`queries.kernels.singles`).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels.bits import ones
from queries.kernels.singles import WORDS, clear, fall

I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
BLOCK = 64 * WORDS  # states
GOLDEN, FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@njit(cache=True, nogil=True)
def enumerated(
    start: int, rows: I32, chance: F64, places: I32, cycle: I32, local: I32, beg: I32, end: I32, to: I32, code: I32,
    needed: I32, spare: I32, feeds: Bool, unfounded: Bool, circle: I32,
) -> tuple[float, F64]:  # fmt: skip
    """The probability that row `start` is out, and by how much it would rise if each of `rows` were out for sure.

    Every one of `rows` is out with its chance, or not, and nobody else: all these states are looked at.
    """
    n, many = len(places), len(rows)
    fell, held = np.zeros((n, WORDS), np.uint64), np.zeros((n if len(circle) else 0, WORDS), np.uint64)
    hot, planes, row = np.zeros(n, np.uint8), np.zeros((32, WORDS), np.uint64), np.zeros(WORDS, np.uint64)
    total, rise, before = 0.0, np.zeros(many), np.ones(many + 1)
    for first in range(0, 1 << many, BLOCK):
        count = min(BLOCK, (1 << many) - first)
        for i in range(many):
            for s in range(count):
                if ((first + s) >> i) & 1:
                    fell[rows[i], s >> 6] |= np.uint64(1) << np.uint64(s & 63)
                    hot[rows[i]] = 1
        fall(0, places, cycle, local, beg, end, to, code, needed, spare, feeds, unfounded, circle, fell, held, hot,
             planes, row)  # fmt: skip
        for s in range(count):
            if not (fell[start, s >> 6] >> np.uint64(s & 63)) & np.uint64(1):
                continue
            for i in range(many):
                before[i + 1] = before[i] * (chance[i] if ((first + s) >> i) & 1 else 1 - chance[i])
            total += before[many]
            after = 1.0
            for i in range(many - 1, -1, -1):
                # what the others are, whatever this one is
                rise[i] += before[i] * after if ((first + s) >> i) & 1 else -before[i] * after
                after *= chance[i] if ((first + s) >> i) & 1 else 1 - chance[i]
        clear(0, fell, hot)
    return total, rise


@njit(cache=True, nogil=True)
def drawn(
    start: int, rows: I32, chance: F64, seed: int, blocks: int, places: I32, cycle: I32, local: I32, beg: I32, end: I32,
    to: I32, code: I32, needed: I32, spare: I32, feeds: Bool, unfounded: Bool, circle: I32,
) -> int:  # fmt: skip
    """In how many of so many blocks of drawn states row `start` is out; the same for the same seed, anywhere."""
    n = len(places)
    fell, held = np.zeros((n, WORDS), np.uint64), np.zeros((n if len(circle) else 0, WORDS), np.uint64)
    hot, planes, row = np.zeros(n, np.uint8), np.zeros((32, WORDS), np.uint64), np.zeros(WORDS, np.uint64)
    state, found = np.uint64(seed), 0
    for _ in range(blocks):
        for i in range(len(rows)):
            # from one that is out to the next: geometric, so that what seldom fails costs next to nothing
            s = 0
            rare = np.log1p(-chance[i]) if chance[i] < 1 else -np.inf
            while True:
                state += GOLDEN
                z = (state ^ (state >> np.uint64(30))) * FIRST
                z = (z ^ (z >> np.uint64(27))) * SECOND
                z ^= z >> np.uint64(31)
                skipped = np.log((np.float64(z >> np.uint64(11)) + 0.5) / 9007199254740992.0) / rare
                if skipped >= BLOCK - s:
                    break
                s += int(skipped)
                fell[rows[i], s >> 6] |= np.uint64(1) << np.uint64(s & 63)
                hot[rows[i]] = 1
                s += 1
        fall(0, places, cycle, local, beg, end, to, code, needed, spare, feeds, unfounded, circle, fell, held, hot,
             planes, row)  # fmt: skip
        for w in range(WORDS):
            found += np.int64(ones(fell[start, w]))
        clear(0, fell, hot)
    return found
