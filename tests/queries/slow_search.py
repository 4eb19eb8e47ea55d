"""Search as it is defined: plain loops over entries, their fields, and every place in a field."""

from collections.abc import Callable, Iterator, Sequence

from pypinyin import lazy_pinyin
from rapidfuzz.distance import LCSseq

from queries.search import Match, SearchEntry
from queries.search import _plain as plain
from queries.words import CHINESE_RUN, WORDS, is_chinese

Field = list[str]  # it, and for pinyin each of its ends at a syllable
Shares = dict[int, float]


def slow_search(
    entries: Sequence[SearchEntry], text: str, limit: int, *, fuzzy: bool = True
) -> list[tuple[int, Match, float]]:
    """The hits as position, kind and score."""
    asked = plain(text[:200])
    words = WORDS.findall(asked)[:8]
    latin = asked.isascii() and all(c.isalnum() or c in "' " for c in asked) and any(c.isalnum() for c in asked)
    spelt, sounds = [_spelt(entry) for entry in entries], [_sounds(entry) for entry in entries]
    near = asked.replace("'", "").replace(" ", "") if latin else ""

    def holding(word: str) -> Shares:
        quiet = _looked(sounds, word, _in_words) if word.isascii() else {}
        return _either(_looked(spelt, word, _in_words), quiet)

    def like(word: str) -> Shares:
        found = holding(word)
        if len(word) >= 3 and not word.isdecimal():
            for hay in (spelt, sounds):
                found = _max(found, _like(hay, word))
        return found

    looks: list[Shares] = []
    if asked:
        looks += [
            _either(_looked(spelt, asked, where), _looked(sounds, near, where) if latin else {})
            for where in (_equal, _beginning)
        ]
        by_word = _mean([holding(word) for word in words])
        if latin and len(words) > 1:
            by_word = _max(by_word, holding("".join(words)))
        looks += [by_word, _mean([like(word) for word in words]) if fuzzy else {}]
    hits: dict[int, tuple[int, Match, float]] = {}
    for match, shares in zip(Match, looks, strict=False):
        for entry in sorted(shares, key=lambda entry: (-shares[entry], entries[entry].ci_id, entry)):
            hits.setdefault(entry, (entry, match, round(shares[entry], 6)))
    return list(hits.values())[:limit]


def _spelt(entry: SearchEntry) -> list[Field]:
    english = [entry.name_en] if entry.name_en else []
    return [[plain(text)] for text in (entry.ci_id, entry.name, *english, *(own[:500] for own in entry.attributes))]


def _sounds(entry: SearchEntry) -> list[Field]:
    name, syllables = plain(entry.name), list[str]()
    for part in WORDS.findall(name):
        syllables += lazy_pinyin(part, errors="ignore") if CHINESE_RUN.fullmatch(part) else [part]
    syllables = [syllable for syllable in syllables if syllable]
    if not CHINESE_RUN.search(name):
        return []
    initials = [syllable[0] for syllable in syllables]
    return [["".join(each[start:]) for start in range(len(each))] for each in (syllables, initials)]


def _equal(field: Field, needle: str) -> Iterator[float]:
    yield from [1.0] * (field[:1] == [needle])


def _beginning(field: Field, needle: str) -> Iterator[float]:
    yield from [len(needle) / len(own) for own in field[:1] if own.startswith(needle)]


def _in_words(field: Field, needle: str) -> Iterator[float]:
    for own in field:
        yield from [len(needle) / len(own) for _ in _places(own, needle)]


def _places(text: str, needle: str) -> Iterator[int]:
    for at in range(len(text) - len(needle) + 1):
        before = text[at - 1] if at else " "
        if text[at:].startswith(needle) and (is_chinese(needle[0]) or is_chinese(before) or not before.isalnum()):
            yield at


def _whole(text: str, needle: str) -> bool:
    ends = [text[at + len(needle) :][:1] for at in _places(text, needle)]
    return any(not end.isalnum() or is_chinese(end) != is_chinese(needle[-1]) for end in ends)


def _looked(hay: list[list[Field]], needle: str, where: Callable[[Field, str], Iterator[float]]) -> Shares:
    found = {entry: [share for field in fields for share in where(field, needle)] for entry, fields in enumerate(hay)}
    return {entry: max(shares) for entry, shares in found.items() if shares}


def _like(hay: list[list[Field]], word: str) -> Shares:
    every = {other for fields in hay for field in fields for own in field for other in WORDS.findall(own)}
    ratio = {other: 2 * LCSseq.similarity(word, other) / (len(word) + len(other)) for other in every}
    near = [other for other in every if ratio[other] >= 0.75 and not other.isdecimal()]
    found: Shares = {}
    for other in sorted(near, key=lambda other: (-ratio[other], other))[:20]:
        for entry, fields in enumerate(hay):
            if any(_whole(own, other) for field in fields for own in field):
                found = _max(found, {entry: ratio[other]})
    return found


def _either(spelt: Shares, sounds: Shares) -> Shares:
    return _max(spelt, {entry: share * 0.98 for entry, share in sounds.items()})


def _max(one: Shares, other: Shares) -> Shares:
    return {entry: max(one.get(entry, 0.0), other.get(entry, 0.0)) for entry in one | other}


def _mean(each: list[Shares]) -> Shares:
    everywhere = set.intersection(*map(set, each)) if each else set[int]()
    return {entry: sum(shares[entry] for shares in each) * (1 / len(each)) for entry in everywhere}
