"""Search: which CIs did a person mean by these few characters? Ids, names and attributes, Chinese also by pinyin."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from queries.haystack import WORD, Found, Haystack

LONGEST_QUERY = 200  # characters
LONGEST_FIELD = 500  # characters of one attribute that are searched
MOST_WORDS = 8  # of a query; what comes after is left out
SHORTEST_FUZZY = 3  # letters; one typing error in two letters is another word
LIKENESS = 75.0  # of 100, rapidfuzz's ratio: one letter wrong, left out or swapped in four
MOST_LIKE = 20  # words of the estate that one misspelt word may stand for
PINYIN_SHARE = 0.98  # what is spelt as asked comes before what only sounds so
_CHINESE = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORDS = re.compile(rf"[{_CHINESE}]+|[^\W_{_CHINESE}]+")
_CHINESE_RUN = re.compile(rf"[{_CHINESE}]+")
_LATIN = re.compile(r"[a-z0-9' ]*[a-z0-9][a-z0-9' ]*")
_MARKS = re.compile(r"[\x00-\x1f\x7f]+")


class Match(IntEnum):
    """How an entry matches, best first."""

    EXACT = 0
    PREFIX = 1
    WORD = 2
    FUZZY = 3

    @property
    def word(self) -> str:
        """As answers carry it: `exact`, `prefix`, `word`, `fuzzy`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """What of a CI is searched. Its position in the index is its place in the sequence given."""

    ci_id: str
    name: str
    name_en: str | None = None
    attributes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found: its position, how it matches, and how well (0 to 1, comparable within one kind of match)."""

    position: int
    match: Match
    score: float


class SearchIndex:
    """Entries to search in. Made at once; what a kind of search needs is made when it is first used."""

    def __init__(self, entries: Sequence[SearchEntry]) -> None:
        self._entries = entries

    @classmethod
    def of(cls, entries: Iterable[SearchEntry]) -> "SearchIndex":
        """An index of these entries.

        Examples
        --------
        >>> index = SearchIndex.of([SearchEntry("db-1", "承保数据库"), SearchEntry("db-10", "理赔数据库")])
        >>> [(hit.position, hit.match.word) for hit in index.search("db-1")]
        [(0, 'exact'), (1, 'prefix')]
        >>> index.search("cbsjk")[0]  # the initials of its pinyin
        Hit(position=0, match=<Match.EXACT: 0>, score=0.98)
        """
        return cls(tuple(entries))

    def search(self, text: str, limit: int = 20, *, fuzzy: bool = True) -> list[Hit]:
        """The best hits, at most `limit`: exact before prefix before word before fuzzy, then score, then `ci_id`.

        An entry is exact if its id, a name, an attribute, or the pinyin of its name (whole or initials) is the text;
        prefix if one of these begins with it; word if every word of the text begins a word of the entry (anywhere in
        Chinese text, at any syllable in pinyin); fuzzy if words are only like the entry's, which is left out on demand.
        """
        asked = _plain(text[:LONGEST_QUERY])
        hits: dict[int, Hit] = {}
        if not asked or limit < 1:
            return []
        looks = (self._exact, self._prefix, self._word, *([self._fuzzy] if fuzzy else []))
        for match, look in zip(Match, looks, strict=False):
            if len(hits) < limit:
                self._keep(hits, match, look(asked), limit)
        return list(hits.values())[:limit]

    def _keep(self, hits: dict[int, Hit], match: Match, found: Found, limit: int) -> None:
        """Add the best of these entries that no better kind of match has found, in order."""
        new = ~np.isin(found.entries, np.fromiter(hits, dtype=np.int64))
        entries, shares = found.entries[new], found.shares[new]
        if len(entries) > limit:  # whatever scores below the last that fits cannot be shown
            last = np.partition(shares, -limit)[-limit]
            better, tied = np.flatnonzero(shares > last), np.flatnonzero(shares == last)
            # a word that nearly all have ties them all
            ranks, left = self._rank[entries[tied]], limit - len(better)
            likely = np.concatenate([better, tied[np.argpartition(ranks, left - 1)[:left]]])
            entries, shares = entries[likely], shares[likely]
        ordered = np.lexsort((self._rank[entries], -shares))
        for entry, share in zip(entries[ordered].tolist(), shares[ordered].tolist(), strict=True):
            hits[entry] = Hit(entry, match, round(share, 6))

    def _exact(self, asked: str) -> Found:
        return self._either(Haystack.equal, asked)

    def _prefix(self, asked: str) -> Found:
        return self._either(Haystack.beginning, asked)

    def _either(self, look: Callable[[Haystack, str], Found], asked: str) -> Found:
        """What is spelt like this, or sounds like it."""
        spelt = look(self._spelt, asked)
        if not _LATIN.fullmatch(asked):
            return spelt
        return spelt.or_else(look(self._sounds, re.sub("[' ]", "", asked)).scaled(PINYIN_SHARE))

    def _word(self, asked: str) -> Found:
        words = _WORDS.findall(asked)[:MOST_WORDS] or [asked]
        found = _all_of([self._with_word(word) for word in words])
        if len(words) > 1 and _LATIN.fullmatch(asked):
            return found.or_else(self._with_word("".join(words)))
        return found

    def _with_word(self, word: str) -> Found:
        return self._either(Haystack.with_word, word)

    def _fuzzy(self, asked: str) -> Found:
        words = _WORDS.findall(asked)[:MOST_WORDS]
        return _all_of([self._with_word(word).or_else(*self._like(word)) for word in words])

    def _like(self, word: str) -> Iterator[Found]:
        """Entries with a word like this one; the score is how like."""
        from rapidfuzz import fuzz, process

        if word.isdecimal() or len(word) < SHORTEST_FUZZY:  # another number is another thing, not a typing error
            return
        for hay, vocabulary in ((self._spelt, self._vocabulary), (self._sounds, self._syllables)):
            # a word of quite another length cannot be like it: 2·shorter / (both together) bounds the ratio
            lengths = (n for n in vocabulary if 200 * min(n, len(word)) >= LIKENESS * (n + len(word)))
            others = [other for n in lengths for other in vocabulary[n]]
            near = process.extract(word, others, scorer=fuzz.ratio, score_cutoff=LIKENESS, limit=None)
            for other, likeness, _ in sorted(near, key=lambda each: (-each[1], each[0]))[:MOST_LIKE]:
                entries = hay.with_word(other, whole=True).entries
                yield Found(entries, np.full(len(entries), likeness / 100))

    @cached_property
    def _rank(self) -> NDArray[np.int32]:
        # by entry its place in the order of the ids
        rank = np.empty(len(self._entries), np.int32)
        rank[sorted(range(len(rank)), key=lambda entry: self._entries[entry].ci_id)] = np.arange(len(rank))
        return rank

    @cached_property
    def _spelt(self) -> Haystack:
        return Haystack([_plain(field) for field in _fields(entry)] for entry in self._entries)

    @cached_property
    def _sounds(self) -> Haystack:
        readings = _Readings()
        return Haystack(readings.fields(_plain(entry.name)) for entry in self._entries)

    @cached_property
    def _vocabulary(self) -> dict[int, list[str]]:
        return _by_length(self._spelt.words(_WORDS))

    @cached_property
    def _syllables(self) -> dict[int, list[str]]:
        return _by_length(self._sounds.words(_WORDS))


class _Readings:
    """The pinyin of names. Most names of an estate share their parts, so each run of characters is read once."""

    def __init__(self) -> None:
        self._read: dict[str, list[str]] = {}

    def fields(self, name: str) -> list[str]:
        """The whole pinyin of a name, each of its ends as a further word, and its initials likewise."""
        if name.isascii() or not _CHINESE_RUN.search(name):
            return []
        syllables = [syllable for part in _WORDS.findall(name) for syllable in self._syllables(part)]
        whole = ["".join(syllables[start:]) for start in range(len(syllables))]
        initials = "".join(syllable[0] for syllable in syllables)
        return [WORD.join(whole), WORD.join(initials[start:] for start in range(len(initials)))]

    def _syllables(self, part: str) -> list[str]:
        if not _CHINESE_RUN.fullmatch(part):
            return [part]
        if part not in self._read:
            from pypinyin import lazy_pinyin

            self._read[part] = [syllable for syllable in lazy_pinyin(part, errors="ignore") if syllable]
        return self._read[part]


def _fields(entry: SearchEntry) -> Iterator[str]:
    yield entry.ci_id
    yield entry.name
    if entry.name_en:
        yield entry.name_en
    for attribute in entry.attributes:
        yield attribute[:LONGEST_FIELD]


def _plain(text: str) -> str:
    """Text as it is compared: compatibility forms and case folded, runs of space and control characters one space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_MARKS.sub(" ", folded).split())


def _by_length(words: Iterable[str]) -> dict[int, list[str]]:
    """The words that can be misspelt, those of one length together."""
    lengths: dict[int, list[str]] = {}
    for word in words:
        if not word.isdecimal():
            lengths.setdefault(len(word), []).append(word)
    return lengths


def _all_of(each: Sequence[Found]) -> Found:
    """The entries in all of these, scored by their mean."""
    if not each:
        return Found.nothing()
    total = each[0]
    for other in each[1:]:
        entries, left, right = np.intersect1d(total.entries, other.entries, assume_unique=True, return_indices=True)
        total = Found(entries, total.shares[left] + other.shares[right])
    return total.scaled(1 / len(each))
