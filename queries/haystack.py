"""All texts of a search index, in order: fields by how they begin, words by how they begin, Chinese from anywhere."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from queries.kernels.hits import best, gather
from queries.kernels.likeness import alike, signed
from queries.kernels.texts import I32, U8, Bool, Offsets, characters, endings, words
from queries.sorted_texts import Held, Sorted, in_order
from queries.words import WORD, is_chinese, kinds

FIELD = "\x1f"  # after each field
AT_ONCE = 20_000  # entries that are encoded together
MOST_LIKE = 20  # words of the estate that one misspelt word may stand for
NOWHERE = np.empty(0, np.bool_)


class Found:
    """Entries that hold what was looked for, and which share of a field it is (0 to 1)."""

    def __init__(self, entries: int) -> None:
        self.shares = np.zeros(entries)
        self._seen, self._count = np.empty(entries, np.int32), 0

    @property
    def entries(self) -> I32:
        """Those found, each once, in no order."""
        return self._seen[: self._count]

    def add(self, held: Held, texts: I32, size: int, factor: float = 1.0) -> None:
        """Who holds these texts, with the share that `size` characters are, times a factor; the factor where 0."""
        self._count = gather(
            texts, held.first, held.entry, held.length, size, factor, self.shares, self._seen, self._count
        )

    def or_else(self, other: "Found") -> None:
        """Entries of the other too."""
        new = other.entries[self.shares[other.entries] == 0.0]
        self._seen[self._count : self._count + len(new)] = new
        self._count += len(new)
        self.shares[other.entries] = np.maximum(self.shares[other.entries], other.shares[other.entries])

    def along(self, others: Sequence["Found"]) -> "Found":
        """The entries in this and all others, scored by their mean."""
        if not others:
            return self
        every = (self, *others)
        entries = min((found.entries for found in every), key=len)
        total, everywhere = np.zeros(len(entries)), np.ones(len(entries), np.bool_)
        for found in every:
            shares = found.shares[entries]
            total += shares
            everywhere &= shares > 0.0
        both, kept = Found(len(self.shares)), entries[everywhere]
        both.shares[kept] = total[everywhere] * (1 / len(every))
        both._seen[: len(kept)], both._count = kept, len(kept)
        return both

    def best(self, shown: Bool, limit: int) -> list[tuple[int, float]]:
        """At most `limit` that are not shown yet with their shares: the greatest first, of equal ones by entry."""
        entries = best(self.shares, self.entries, shown, limit)
        shares = self.shares[entries]
        order = np.lexsort((entries, -shares))
        return list(zip(entries[order].tolist(), shares[order].tolist(), strict=True))


class Haystack:
    """Entries of fields, by what they begin with and by their words.

    Parameters
    ----------
    entries
        For each entry the texts of its fields, without the two marks. In a field without Chinese a `WORD` mark may
        stand where a further word begins: one that reaches to the field's end, and is its own whole for the share.
    """

    def __init__(self, entries: Iterable[Sequence[str]]) -> None:
        blob, counts = _encoded(entries)
        self._entries = len(counts)
        blob, begins = _unmarked(blob)
        start, stop = _fields(blob)
        holder = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        size = characters(blob, start, stop)
        self._fields = Held.of(blob, start, stop, holder, size)
        self._words = _words(blob, start, stop, holder, size, begins)
        self._endings, self._of = _endings(self._words.texts)
        self._sizes, self._signs = signed(blob, self._words.texts.start, self._words.texts.stop, kinds())

    def nothing(self) -> Found:
        """None of the entries, for a look to add to."""
        return Found(self._entries)

    def equal(self, needle: str, found: Found, factor: float = 1.0) -> None:
        """Add the entries with a field that is the needle."""
        found.add(self._fields, self._fields.texts.beginning(_bytes(needle), whole=True), len(needle), factor)

    def beginning(self, needle: str, found: Found, factor: float = 1.0) -> None:
        """Add the entries with a field that begins with the needle."""
        found.add(self._fields, self._fields.texts.beginning(_bytes(needle)), len(needle), factor)

    def with_word(self, needle: str, found: Found, factor: float = 1.0) -> None:
        """Add the entries with a word that begins with the needle; anywhere in Chinese text, which has no spaces."""
        found.add(self._words, self._texts(needle), len(needle), factor)

    def like(self, needle: str, found: Found, least: float) -> None:
        """Add the entries with a word that is like the needle, at least so much; the share is how like."""
        texts = self._words.texts
        asked = np.array([ord(character) for character in needle], np.int32)
        near, likeness = alike(texts.blob, texts.start, texts.stop, self._sizes, self._signs, asked, least)
        for place in _greatest(likeness, MOST_LIKE):
            # Chinese words of others may end in it
            found.add(self._words, self._texts(texts[near[place]], whole=True), 0, float(likeness[place]))

    def _texts(self, word: str, *, whole: bool = False) -> I32:
        if is_chinese(word[0]):
            return self._of[self._endings.beginning(_bytes(word), whole=whole)]
        return self._words.texts.beginning(_bytes(word), whole=whole)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _encoded(entries: Iterable[Sequence[str]]) -> tuple[U8, NDArray[np.int64]]:
    """All fields, each with its mark, and how many each entry has."""
    blobs, counts = list[bytes](), list[NDArray[np.int64]]()
    left = iter(entries)
    while some := list(islice(left, AT_ONCE)):
        blobs.append(_bytes("".join(field + FIELD for fields in some for field in fields)))
        counts.append(np.fromiter(map(len, some), np.int64, len(some)))
    return np.frombuffer(b"".join(blobs), np.uint8), np.concatenate([np.empty(0, np.int64), *counts])


def _unmarked(blob: U8) -> tuple[U8, Bool]:
    """The blob without the marks of words, and at which bytes they were."""
    marks = np.flatnonzero(blob == ord(WORD))
    if not len(marks):
        return blob, NOWHERE
    begins = np.zeros(len(blob) - len(marks), np.bool_)
    begins[marks - np.arange(len(marks))] = True
    blob = blob[blob != ord(WORD)]
    blob.flags.writeable = False
    return blob, begins


def _fields(blob: U8) -> tuple[Offsets, Offsets]:
    stop: Offsets = np.flatnonzero(blob == ord(FIELD))
    if len(blob) < 2**31:
        stop = stop.astype(np.int32)
    start = np.zeros_like(stop)
    start[1:] = stop[:-1] + 1
    return start, stop


def _words(blob: U8, start: Offsets, stop: Offsets, holder: I32, size: I32, begins: Bool) -> Held:
    def noted(many: int) -> tuple[int, Offsets, Offsets, I32, I32]:
        low, high = np.empty(many, start.dtype), np.empty(many, start.dtype)
        entry, length = np.empty(many, np.int32), np.empty(many, np.int32)
        found = words(blob, start, stop, holder, size, begins, kinds(), low, high, entry, length)
        return found, low, high, entry, length

    return Held.of(blob, *noted(noted(0)[0])[1:])


def _endings(texts: Sorted) -> tuple[Sorted, I32]:
    """Every ending of a Chinese word in order, and the word that each is of."""

    def noted(many: int) -> tuple[int, Offsets, I32]:
        start, text = np.empty(many, texts.start.dtype), np.empty(many, np.int32)
        return endings(texts.blob, texts.start, texts.stop, kinds(), start, text), start, text

    _, start, text = noted(noted(0)[0])
    order = in_order(texts.blob, start, texts.stop[text])
    text = text[order]
    return Sorted(texts.blob, start[order], texts.stop[text]), text


def _greatest(likeness: NDArray[np.float64], most: int) -> Iterator[int]:
    """Places of the greatest, of equal ones the first."""
    last = np.partition(likeness, -most)[-most] if len(likeness) > most else -np.inf
    better, tied = np.flatnonzero(likeness > last), np.flatnonzero(likeness == last)
    kept = np.concatenate([better, tied[: most - len(better)]])
    yield from kept[np.lexsort((kept, -likeness[kept]))].tolist()
