"""Search: which CIs did a person mean by these few characters? Ids, names and attributes, Chinese also by pinyin."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from queries.words import CHINESE_RUN, WORD, WORDS

if TYPE_CHECKING:  # an import of files does without the compiler
    from queries.haystack import Found, Haystack

LONGEST_QUERY = 200  # characters
LONGEST_FIELD = 500  # characters of one attribute that are searched
MOST_WORDS = 8  # of a query; what comes after is left out
SHORTEST_FUZZY = 3  # letters; one typing error in two letters is another word
LIKENESS = 0.75  # twice the letters in common, of those of both: one wrong, left out or swapped in four
PINYIN_SHARE = 0.98  # what is spelt as asked comes before what only sounds so
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
        hits: list[Hit] = []
        if not asked or limit < 1:
            return hits
        shown = np.zeros(len(self._entries), np.bool_)
        for match, found in self._looks(asked, fuzzy=fuzzy):
            for entry, share in found.best(shown, limit - len(hits)):
                hits.append(Hit(int(self._order[entry]), match, round(share, 6)))
                shown[entry] = True
            if len(hits) == limit:
                break
        return hits

    def _looks(self, asked: str, *, fuzzy: bool) -> Iterator[tuple[Match, "Found"]]:
        yield Match.EXACT, self._either(asked, lambda hay: hay.equal)
        yield Match.PREFIX, self._either(asked, lambda hay: hay.beginning)
        words = WORDS.findall(asked)[:MOST_WORDS]
        if not words:  # of marks alone only beginnings are found
            return
        found = [self._with_word(word) for word in words]
        yield Match.WORD, self._word(asked, words, found)
        if fuzzy:
            yield Match.FUZZY, self._fuzzy(words, found)

    def _either(self, asked: str, look: Callable[["Haystack"], Callable[[str, "Found", float], None]]) -> "Found":
        """What is spelt like this, or sounds like it."""
        found = self._spelt.nothing()
        look(self._spelt)(asked, found, 1.0)
        if _LATIN.fullmatch(asked):
            look(self._sounds)(re.sub("[' ]", "", asked), found, PINYIN_SHARE)
        return found

    def _with_word(self, word: str) -> "Found":
        return self._either(word, lambda hay: hay.with_word)

    def _word(self, asked: str, words: Sequence[str], found: Sequence["Found"]) -> "Found":
        together = found[0].along(found[1:])
        if len(words) > 1 and _LATIN.fullmatch(asked):
            together.or_else(self._with_word("".join(words)))
        return together

    def _fuzzy(self, words: Sequence[str], found: Sequence["Found"]) -> "Found":
        """What has these words is known; added is what has a word like them, which scores by how like."""
        for word, holding in zip(words, found, strict=True):
            # another number is another thing, not a typing error
            if len(word) >= SHORTEST_FUZZY and not word.isdecimal():
                self._spelt.like(word, holding, LIKENESS)
                self._sounds.like(word, holding, LIKENESS)
        return found[0].along(found[1:])

    @cached_property
    def _order(self) -> NDArray[np.int32]:
        # positions by their ids: of hits that score alike those come first that come first here
        places = sorted(range(len(self._entries)), key=lambda position: self._entries[position].ci_id)
        return np.array(places, np.int32)

    @cached_property
    def _spelt(self) -> "Haystack":
        from queries.haystack import Haystack

        return Haystack([_plain(field) for field in _fields(self._entries[at])] for at in self._order)

    @cached_property
    def _sounds(self) -> "Haystack":
        from queries.haystack import Haystack

        readings = _Readings()
        return Haystack(readings.fields(_plain(self._entries[at].name)) for at in self._order)


class _Readings:
    """The pinyin of names. Most names of an estate share their parts, so each run of characters is read once."""

    def __init__(self) -> None:
        self._read: dict[str, list[str]] = {}

    def fields(self, name: str) -> list[str]:
        """The pinyin of a name, in which each syllable begins a word, and its initials likewise."""
        if name.isascii() or not CHINESE_RUN.search(name):
            return []
        syllables = [syllable for part in WORDS.findall(name) for syllable in self._syllables(part)]
        return [WORD.join(syllables), WORD.join(syllable[0] for syllable in syllables)]

    def _syllables(self, part: str) -> list[str]:
        if not CHINESE_RUN.fullmatch(part):
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
