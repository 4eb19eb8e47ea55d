"""Rows of bits, one bit for each CI of a block, and which places have one.

A row is good only while its place is marked: so nothing is cleared but the marks, a bit for each place, and a place
that a block does not touch costs nothing.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit, types
from numba.cpython.unsafe.numbers import leading_zeros, trailing_zeros
from numba.extending import intrinsic
from numpy.typing import NDArray

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
WORDS = 4  # of a row: longer ones are fewer but emptier
BLOCK = 64 * WORDS
ONE = np.uint64(1)


class Rows(NamedTuple):
    """`bits`: a row for each place; `has`: which places have one; `due`: which are still to be visited."""

    bits: U64
    has: U64
    due: U64


def rows_for(n: int) -> Rows:
    """No rows yet, for `n` places: 32 bytes for each of those that will be touched."""
    marks = n // 64 + 1
    return Rows(np.empty((n, WORDS), np.uint64), np.zeros(marks, np.uint64), np.zeros(marks, np.uint64))


@intrinsic
def _ones(typing: Any, word: Any) -> Any:
    """How many bits of a word are set."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), made


# what the compiler calls with a word alone
ones: Any = _ones
_leading: Any = leading_zeros
_trailing: Any = trailing_zeros


@njit(cache=True, nogil=True, forceinline=True)
def lowest(word: np.uint64) -> int:
    """The lowest bit that is set."""
    return np.int64(_trailing(word))


@njit(cache=True, nogil=True, forceinline=True)
def highest(word: np.uint64) -> int:
    """The highest bit that is set."""
    return 63 - np.int64(_leading(word))


@njit(cache=True, nogil=True, forceinline=True)
def is_marked(place: int, marks: U64) -> bool:
    """Whether a place is marked."""
    return bool((marks[place >> 6] >> np.uint64(place & 63)) & ONE)


@njit(cache=True, nogil=True, forceinline=True)
def touch(place: int, rows: Rows) -> None:
    """Give a place a row, an empty one, unless it has one."""
    mark = ONE << np.uint64(place & 63)
    if not rows.has[place >> 6] & mark:
        rows.has[place >> 6] |= mark
        rows.due[place >> 6] |= mark
        for w in range(WORDS):
            rows.bits[place, w] = 0


@njit(cache=True, nogil=True, forceinline=True)
def hand_on(one: int, other: int, rows: Rows) -> None:
    """Add the row of one place to that of another one, which may have none yet."""
    bits, mine, its = rows.bits, np.uint32(one), np.uint32(other)
    mark = ONE << np.uint64(its & np.uint32(63))
    if rows.has[its >> np.uint32(6)] & mark:
        for w in range(WORDS):
            bits[its, w] |= bits[mine, w]
    else:
        rows.has[its >> np.uint32(6)] |= mark
        rows.due[its >> np.uint32(6)] |= mark
        for w in range(WORDS):
            bits[its, w] = bits[mine, w]


@njit(cache=True, nogil=True)
def begin(block: I32, rows: Rows) -> None:
    """Give each place of a block its own bit, and nobody any other."""
    rows.has[:] = 0
    for i in range(len(block)):
        touch(block[i], rows)
        rows.bits[block[i], i >> 6] |= ONE << np.uint64(i & 63)


@njit(cache=True, nogil=True)
def noted(place: int, block: I32, number: int, pairs: I32, count: int, rows: Rows) -> tuple[I32, int]:
    """Write down (number, who) for each of the block whose bit the place has; the pairs, made longer where needed."""
    if count + BLOCK > len(pairs):
        more = np.empty((2 * len(pairs) + BLOCK, 2), np.int32)
        more[:count] = pairs[:count]
        pairs = more
    for w in range(WORDS):
        word = rows.bits[place, w]
        while word:
            pairs[count, 0], pairs[count, 1] = number, block[64 * w + lowest(word)]
            word &= word - ONE
            count += 1
    return pairs, count


@njit(cache=True, nogil=True)
def listed(pairs: I32, count: int, index: I32, own: I32) -> tuple[I64, I32]:
    """Pairs of a number below `count` and a place as lists of CIs by number; `own`: of each number who is left out."""
    start = np.zeros(count + 1, np.int64)
    for i in range(len(pairs)):
        start[pairs[i, 0] + 1] += index[pairs[i, 1]] != own[pairs[i, 0]]
    for j in range(count):
        start[j + 1] += start[j]
    at, cis = start[:-1].copy(), np.empty(start[count], np.int32)
    for i in range(len(pairs)):
        number, ci = pairs[i, 0], index[pairs[i, 1]]
        if ci != own[number]:
            cis[at[number]] = ci
            at[number] += 1
    return start, cis
