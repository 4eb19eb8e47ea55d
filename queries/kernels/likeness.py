"""How like a word others are: letters in common, in their order, counted 64 at a time (H. Hyyrö, 2004)."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels.characters import character
from queries.kernels.texts import LONGEST_SHARED, Offsets
from queries.words import DECIMAL

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U64 = NDArray[np.uint64]


@njit(cache=True, nogil=True)
def signed(blob: U8, low: Offsets, high: Offsets, kinds: U8) -> tuple[U16, U64]:
    """By word its characters, none where all are decimal digits or it is too long for a query to be like it; and bits.

    The bits are those of the characters that it has.
    """
    size, sign = np.zeros(len(low), np.uint16), np.zeros(len(low), np.uint64)
    for word in range(len(low)):
        at, found, decimal = low[word], 0, True
        if high[word] - at > LONGEST_SHARED:
            continue
        while at < high[word]:
            code, step = character(blob, at)
            sign[word] |= bit_of(code)
            decimal &= kinds[code] == DECIMAL
            found += 1
            at += step
        size[word] = 0 if decimal else found
    return size, sign


@njit(cache=True, nogil=True)
def bit_of(code: int) -> np.uint64:
    """The bit of a character: no two small letters or digits have the same."""
    return np.uint64(1) << np.uint64((code & 31) | (code >> 6 & 1) << 5)


@njit(cache=True, nogil=True)
def alike(blob: U8, low: Offsets, high: Offsets, size: U16, sign: U64, asked: I32, least: float) -> tuple[I32, F64]:
    """The words that are like the characters asked, and how much: twice what is common, of the letters of both."""
    found, texts, likeness = 0, np.empty(len(low), np.int32), np.empty(len(low), np.float64)
    row, masks = _masks(asked)
    own, rest = np.uint64(0), np.empty(masks.shape[1], np.uint64)
    for code in asked:
        own |= bit_of(code)
    many = len(asked)
    for word in range(len(low)):
        # a word of quite another length, or of other letters, cannot be like it
        both = many + size[word]
        if 2 * min(many, size[word]) < least * both:
            continue
        most = min(many - _bits(own & ~sign[word]), size[word] - _bits(sign[word] & ~own))
        if 2 * most < least * both:
            continue
        worth = 2 * _common(blob, low[word], high[word], row, masks, rest) / both
        if worth >= least:
            texts[found], likeness[found] = word, worth
            found += 1
    return texts[:found], likeness[:found]


@njit(cache=True, nogil=True)
def _masks(asked: I32) -> tuple[U16, U64]:
    # by character its row, by row the places at which it is asked for
    row, rows = np.zeros(0x110000, np.uint16), 0
    masks = np.zeros((len(asked) + 1, (len(asked) + 63) // 64), np.uint64)
    for place, code in enumerate(asked):
        if row[code] == 0:
            rows += 1
            row[code] = rows
        masks[row[code], place // 64] |= np.uint64(1) << np.uint64(place % 64)
    return row, masks


@njit(cache=True, nogil=True)
def _common(blob: U8, low: int, high: int, row: U16, masks: U64, rest: U64) -> int:
    rest[:] = np.uint64(2**64 - 1)
    at = low
    while at < high:
        code, step = character(blob, at)
        at += step
        carry = np.uint64(0)
        for block in range(len(rest)):
            before = rest[block]
            met = before & masks[row[code], block]
            half = before + met
            total = half + carry
            carry = np.uint64(half < before) | np.uint64(total < half)
            rest[block] = total | (before - met)
    found = 0
    for block in range(len(rest)):
        found += _bits(~rest[block])
    return found


@njit(cache=True, nogil=True)
def _bits(word: np.uint64) -> int:
    word -= word >> np.uint64(1) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + (word >> np.uint64(2) & np.uint64(0x3333333333333333))
    word = word + (word >> np.uint64(4)) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64(word * np.uint64(0x0101010101010101) >> np.uint64(56))
