"""Texts within a text: cut out, told apart, put in order, and listed by who holds them."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.kernels.characters import character, count
from queries.words import CHINESE, DECIMAL, LETTER, OTHER

Bool = NDArray[np.bool_]
I32 = NDArray[np.int32]
Offsets = NDArray[np.int32] | NDArray[np.int64]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
LONGEST_SHARED = 8_192  # bytes; what is longer is not looked for among the others: ends of a long text stay cheap
PRIME = np.uint64(0x100000001B3)


@njit(cache=True, nogil=True)
def characters(blob: U8, start: Offsets, stop: Offsets) -> I32:
    """How many characters each text has."""
    found = np.empty(len(start), np.int32)
    for text in range(len(start)):
        found[text] = count(blob, start[text], stop[text])
    return found


@njit(cache=True, nogil=True)
def words(
    blob: U8, start: Offsets, stop: Offsets, holder: I32, size: I32, begins: Bool, kinds: U8,
    low: Offsets, high: Offsets, entry: I32, length: I32,
) -> int:  # fmt: skip
    """Note each word of the fields: its bytes, its field's holder and size. How many; with no room they are counted.

    `begins`: bytes at which a word begins that reaches to the end of the field, and is no longer than that; or empty.
    """
    found, noted = 0, len(low) > 0
    for field in range(len(start)):
        at, seen, since, before, open_ = start[field], 0, 0, OTHER, found
        while at < stop[field]:
            code, step = character(blob, at)
            kind = LETTER if kinds[code] == DECIMAL else kinds[code]
            marked = len(begins) > 0 and begins[at]
            if marked:
                since = seen
            if kind != before:
                if noted:
                    high[open_:found] = at
                open_ = found
            if kind != OTHER and (kind != before or (marked and kind == LETTER)):
                if noted:
                    low[found], entry[found], length[found] = at, holder[field], size[field] - since
                found += 1
            before = kind
            seen += 1
            at += step
        if noted:
            high[open_:found] = at
    return found


@njit(cache=True, nogil=True)
def told_apart(blob: U8, low: Offsets, high: Offsets, factor: np.uint64) -> tuple[I32, I32]:
    """By place the number of its text, and by text the first place that has it."""
    text, first = np.empty(len(low), np.int32), np.empty(1024, np.int32)
    slots, hashes, found = np.full(2048, -1, np.int32), np.empty(1024, np.uint64), 0
    for place in range(len(low)):
        if found == len(first):
            first, hashes = np.concatenate((first, first)), np.concatenate((hashes, hashes))
            slots = _filled(hashes, found, 2 * len(first))
        own = _hash(blob, low[place], high[place], factor)
        shared = high[place] - low[place] <= LONGEST_SHARED
        mask = len(slots) - 1
        slot = np.int64(own >> np.uint64(20)) & mask
        while slots[slot] >= 0:
            other = slots[slot]
            if shared and hashes[other] == own and _equal(blob, low, high, first[other], place):
                break
            slot = (slot + 1) & mask
        if slots[slot] < 0:
            slots[slot], first[found], hashes[found] = found, place, own
            found += 1
        text[place] = slots[slot]
    return text, first[:found].copy()


@njit(cache=True, nogil=True)
def _filled(hashes: U64, many: int, size: int) -> I32:
    slots = np.full(size, -1, np.int32)
    for text in range(many):
        slot = np.int64(hashes[text] >> np.uint64(20)) & (size - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = text
    return slots


@njit(cache=True, nogil=True)
def _hash(blob: U8, low: int, high: int, factor: np.uint64) -> np.uint64:
    if high - low > LONGEST_SHARED:  # any number will do that few others have
        return (np.uint64(low) * factor) ^ (np.uint64(low) << np.uint64(32))
    found = factor
    for at in range(low, high):
        found = (found ^ np.uint64(blob[at])) * PRIME
    return (found ^ (found >> np.uint64(29))) * factor


@njit(cache=True, nogil=True)
def _equal(blob: U8, low: Offsets, high: Offsets, one: int, other: int) -> bool:
    size, at = high[one] - low[one], 0
    if high[other] - low[other] != size:
        return False
    while at < size and blob[low[one] + at] == blob[low[other] + at]:
        at += 1
    return at == size


@njit(cache=True, nogil=True)
def by_two(blob: U8, low: Offsets, high: Offsets) -> tuple[I32, NDArray[np.int64]]:
    """The texts in the order of their first two bytes, and where each pair of bytes begins."""
    begin, order = np.zeros(65_537, np.int64), np.empty(len(low), np.int32)
    for text in range(len(low)):
        begin[_two(blob, low[text], high[text]) + 1] += 1
    begin = np.cumsum(begin)
    at = begin.copy()
    for text in range(len(low)):
        pair = _two(blob, low[text], high[text])
        order[at[pair]] = text
        at[pair] += 1
    return order, begin


@njit(cache=True, nogil=True)
def _two(blob: U8, low: int, high: int) -> int:
    first = np.int64(blob[low]) if low < high else 0
    return first << 8 | (np.int64(blob[low + 1]) if low + 1 < high else 0)


@njit(cache=True, nogil=True)
def eight(blob: U8, low: Offsets, high: Offsets, texts: I32, skip: int) -> U64:
    """Eight bytes of each of these texts as numbers in their order; behind a text's end are noughts."""
    found = np.empty(len(texts), np.uint64)
    for place, text in enumerate(texts):
        key = np.uint64(0)
        for at in range(low[text] + skip, low[text] + skip + 8):
            key = key << np.uint64(8) | (np.uint64(blob[at]) if at < high[text] else np.uint64(0))
        found[place] = key
    return found


@njit(cache=True, nogil=True)
def listed(text: I32, entry: I32, length: I32, texts: int) -> tuple[NDArray[np.int64], I32, I32]:
    """By text where its list begins; its entries in order, each once; and the least length each has of it."""
    first, last = np.zeros(texts + 1, np.int64), np.full(texts, -1, np.int32)
    for place in range(len(text)):
        if last[text[place]] != entry[place]:
            last[text[place]] = entry[place]
            first[text[place] + 1] += 1
    first = np.cumsum(first)
    entries, shortest = np.empty(first[-1], np.int32), np.empty(first[-1], np.int32)
    at = first.copy()
    last[:] = -1
    for place in range(len(text)):
        own = text[place]
        if last[own] != entry[place]:
            last[own] = entry[place]
            entries[at[own]], shortest[at[own]] = entry[place], length[place]
            at[own] += 1
        elif length[place] < shortest[at[own] - 1]:
            shortest[at[own] - 1] = length[place]
    return first, entries, shortest


@njit(cache=True, nogil=True)
def endings(blob: U8, low: Offsets, high: Offsets, kinds: U8, start: Offsets, text: I32) -> int:
    """Note each character of the Chinese texts as where an ending begins. How many; with no room they are counted."""
    found = 0
    for own in range(len(low)):
        at = low[own]
        while at < high[own]:
            code, step = character(blob, at)
            if kinds[code] != CHINESE:
                break  # of a word all characters are
            if len(start):
                start[found], text[found] = at, own
            found += 1
            at += step
    return found


@njit(cache=True, nogil=True)
def matching(blob: U8, low: Offsets, high: Offsets, needle: U8, whole: bool) -> Bool:
    """Which of these texts begin with the needle, or are it."""
    found = np.zeros(len(low), np.bool_)
    for text in range(len(low)):
        size = high[text] - low[text]
        if size < len(needle) or (whole and size != len(needle)):
            continue
        at = 0
        while at < len(needle) and blob[low[text] + at] == needle[at]:
            at += 1
        found[text] = at == len(needle)
    return found
