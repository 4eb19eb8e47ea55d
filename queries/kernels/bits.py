"""Rows of bits, one bit for each CI of a block, kept only of the places that the block has touched.

A place gets a row when it is first touched and gives it back when it is done with, so that of a million places only
those being worked on have one: they lie in the processor's cache, and an untouched place costs nothing.
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
NONE = -1  # in `slot`: the place has no row


class Rows(NamedTuple):
    """`bits`: the rows; `slot`: of each place the number of its row; `hot`: a bit for each place still to be visited.

    `spent`: rows given back; `kept`: places that are done with but are still looked at; `count`: how many rows were
    ever taken, how many of these are given back, how many places are kept.
    """

    bits: U64
    slot: I32
    hot: U64
    spent: I32
    kept: I32
    count: I64


def rows_for(n: int) -> Rows:
    """No rows yet, for `n` places; memory is taken as they are touched, 4 bytes a place from the start."""
    return Rows(
        np.empty((n, WORDS), np.uint64), np.full(n, NONE, np.int32), np.zeros(n // 64 + 1, np.uint64),
        np.empty(n, np.int32), np.empty(n, np.int32), np.zeros(3, np.int64),
    )  # fmt: skip


@intrinsic
def ones(typing: Any, word: Any) -> Any:
    """How many bits of a word are set."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), made


@njit(cache=True, nogil=True, forceinline=True)
def lowest(word: np.uint64) -> int:
    """The lowest bit that is set."""
    return np.int64(trailing_zeros(word))


@njit(cache=True, nogil=True, forceinline=True)
def highest(word: np.uint64) -> int:
    """The highest bit that is set."""
    return 63 - np.int64(leading_zeros(word))


@njit(cache=True, nogil=True, forceinline=True)
def claim(place: int, rows: Rows) -> int:
    """A row for a place that has none, with whatever it held before; the place is to be visited."""
    if rows.count[1]:
        rows.count[1] -= 1
        row = np.int64(rows.spent[rows.count[1]])
    else:
        row = rows.count[0]
        rows.count[0] += 1
    rows.slot[place] = row
    rows.hot[place >> 6] |= ONE << np.uint64(place & 63)
    return row


@njit(cache=True, nogil=True, forceinline=True)
def touch(place: int, rows: Rows) -> int:
    """The row of a place, empty where it had none."""
    row = np.int64(rows.slot[place])
    if row < 0:
        row = claim(place, rows)
        for w in range(WORDS):
            rows.bits[row, w] = 0
    return row


@njit(cache=True, nogil=True, forceinline=True)
def give_back(place: int, rows: Rows) -> None:
    """A place is done with."""
    rows.spent[rows.count[1]] = rows.slot[place]
    rows.count[1] += 1
    rows.slot[place] = NONE


@njit(cache=True, nogil=True, forceinline=True)
def keep(place: int, rows: Rows) -> None:
    """A place is done with, but is looked at until the block is."""
    rows.kept[rows.count[2]] = place
    rows.count[2] += 1


@njit(cache=True, nogil=True, forceinline=True)
def give_back_kept(rows: Rows) -> None:
    """A block is done with."""
    for i in range(rows.count[2]):
        give_back(rows.kept[i], rows)
    rows.count[2] = 0


@njit(cache=True, nogil=True, forceinline=True)
def hand_on(row: int, place: int, rows: Rows) -> None:
    """Add a row to that of a place."""
    mine, bits = np.uint32(row), rows.bits
    its = np.int64(rows.slot[place])
    if its < 0:
        its = np.uint32(claim(place, rows))
        for w in range(WORDS):
            bits[its, w] = bits[mine, w]
    else:
        its = np.uint32(its)
        for w in range(WORDS):
            bits[its, w] |= bits[mine, w]


@njit(cache=True, nogil=True, forceinline=True)
def begin(block: I32, rows: Rows) -> None:
    """Give each place of a block its own bit."""
    for i in range(len(block)):
        row = touch(block[i], rows)
        rows.bits[row, i >> 6] |= ONE << np.uint64(i & 63)


@njit(cache=True, nogil=True, forceinline=True)
def noted(row: int, block: I32, number: int, pairs: I32, count: int, rows: Rows) -> tuple[I32, int]:
    """Write down (number, place) for each place of the block whose bit is set; the pairs, longer where needed."""
    if count + BLOCK > len(pairs):
        more = np.empty((2 * len(pairs) + BLOCK, 2), np.int32)
        more[:count] = pairs[:count]
        pairs = more
    for w in range(WORDS):
        word = rows.bits[row, w]
        while word:
            pairs[count, 0], pairs[count, 1] = number, block[64 * w + lowest(word)]
            word &= word - ONE
            count += 1
    return pairs, count


@njit(cache=True, nogil=True, forceinline=True)
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
