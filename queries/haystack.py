"""All texts of a search index as one string, so that looking for a word is one scan at the speed of memory."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ENTRY, FIELD, WORD = "\n", "\x1f", "\x1e"  # after each entry, before each field, before a further word of a field
_MARKS = re.compile(f"[{ENTRY}{FIELD}{WORD}]")


@dataclass(frozen=True, slots=True)
class Found:
    """Entries that hold what was looked for, sorted, each once; and which share of a field it covers (0 to 1)."""

    entries: NDArray[np.int64]
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, entries: NDArray[np.int64], shares: NDArray[np.float64]) -> "Found":
        """Occurrences become entries, each with its largest share."""
        order = np.lexsort((-shares, entries))
        entries, shares = entries[order], shares[order]
        first = np.ones(len(entries), dtype=bool)
        first[1:] = entries[1:] != entries[:-1]
        return cls(entries[first], shares[first])

    @classmethod
    def nothing(cls) -> "Found":
        """No entry."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0))

    def or_else(self, *others: "Found") -> "Found":
        """Entries in this or any of the others."""
        every = (self, *others)
        return Found.of(np.concatenate([f.entries for f in every]), np.concatenate([f.shares for f in every]))

    def scaled(self, factor: float) -> "Found":
        """The same entries with their shares multiplied."""
        return Found(self.entries, self.shares * factor)


class Haystack:
    """Entries of fields, searched as one text.

    Parameters
    ----------
    entries
        For each entry the texts of its fields, without the three marks. A field may hold further words, each after a
        `WORD` mark: found as words, not as beginnings.
    """

    def __init__(self, entries: Iterable[Sequence[str]]) -> None:
        blocks = [FIELD + FIELD.join(fields) + ENTRY for fields in entries]
        self._text = "".join(blocks)
        self._ends = np.cumsum([len(block) for block in blocks], dtype=np.int64)
        self._marks = np.fromiter((mark.start() for mark in _MARKS.finditer(self._text)), dtype=np.int64)

    def equal(self, needle: str) -> Found:
        """Entries with a field that is the needle."""
        found = self.beginning(needle)
        whole = found.shares == 1.0
        return Found(found.entries[whole], found.shares[whole])

    def beginning(self, needle: str) -> Found:
        """Entries with a field that begins with the needle."""
        return self._found([at + 1 for at in self._all(FIELD + needle)], len(needle))

    def with_word(self, needle: str, *, whole: bool = False) -> Found:
        """Entries with a word that begins with the needle (or is it); anywhere in Chinese text, which has no spaces."""
        anywhere = is_chinese(needle[0])
        at = [p for p in self._all(needle) if anywhere or self._begins_word(p)]
        if whole:
            at = [p for p in at if not self._goes_on(p + len(needle))]
        return self._found(at, len(needle))

    def words(self, pattern: re.Pattern[str]) -> list[str]:
        """Every distinct word of the pattern, sorted."""
        return sorted(set(pattern.findall(self._text)))

    def _all(self, needle: str) -> list[int]:
        return [found.start() for found in re.finditer(re.escape(needle), self._text)]

    def _found(self, positions: list[int], length: int) -> Found:
        if not positions:
            return Found.nothing()
        at = np.array(positions, dtype=np.int64)
        after = np.searchsorted(self._marks, at)  # the mark that ends the word or field; the one before begins it
        shares = length / (self._marks[after] - self._marks[after - 1] - 1)
        return Found.of(np.searchsorted(self._ends, at, side="right"), shares)

    def _begins_word(self, at: int) -> bool:
        before = self._text[at - 1]  # never the first character, which is a mark
        return not before.isalnum() or is_chinese(before)

    def _goes_on(self, at: int) -> bool:
        last, here = self._text[at - 1], self._text[at]
        return here.isalnum() and is_chinese(last) == is_chinese(here)


def is_chinese(character: str) -> bool:
    """Whether a character is one of the Chinese script, in which words are not set apart."""
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character >= "\U00020000"
