"""Changes that get in each other's way: what only together breaks, who works inside whose outage (SEMANTICS 5)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from graph.topology import CiIndex, Topology
from queries.parties import Groups, Instant, Party
from queries.spells import Scene, Spell, Spells, spells

Interval = tuple[Instant, Instant | None]
Span = tuple[Instant, Instant]
Touching = Mapping[CiIndex, Sequence[int]]
ORDER = 3  # parties in a set (SEMANTICS 5: K)
RECORDS = 50_000  # conflicts of one answer; beyond, it says that it is not complete
EMERGENT, INSIDE, SAME_CI = "emergent_outage", "inside_outage", "same_ci"


@dataclass(frozen=True)
class Conflict:
    """One record for each kind and minimal set of parties, by number; `intervals`: merged, `None`: for ever."""

    kind: str
    parties: tuple[int, ...]
    intervals: tuple[Interval, ...]
    cis: tuple[CiIndex, ...]


@dataclass(frozen=True)
class Conflicts:
    """`complete`: no set of up to `order` is missing. `others_possible`: there may be larger ones."""

    found: tuple[Conflict, ...]
    order: int
    complete: bool
    others_possible: bool


@dataclass
class Ledger:
    """Notes what is so when, and makes one record of what is noted of one kind and set: up to `most` of them.

    `hidden`: CIs of which nothing is told; what is so of them alone is not noted.
    """

    end: Instant
    most: int = RECORDS
    hidden: frozenset[CiIndex] = frozenset()
    complete: bool = True
    _spans: dict[tuple[str, frozenset[int]], list[Span]] = field(default_factory=dict)
    _cis: dict[tuple[str, frozenset[int]], set[CiIndex]] = field(default_factory=dict)
    _lasting: set[tuple[str, frozenset[int]]] = field(default_factory=set)

    def note(self, kind: str, parties: frozenset[int], span: Span, cis: Iterable[CiIndex], *, lasts: bool) -> None:
        """Of these parties something is so for a span; `lasts`: for ever if it goes beyond the horizon.

        Of what is so only beyond it nothing is told.
        """
        named = set(cis)
        if named and named <= self.hidden:
            return
        key, within = (kind, parties), span[0] < self.end
        if not within and key not in self._spans:
            return
        if len(self._spans) >= self.most and key not in self._spans:
            self.complete = False
            return
        self._spans.setdefault(key, []).append(span)
        self._cis.setdefault(key, set()).update(named - self.hidden if within else ())
        if lasts and span[1] > self.end:
            self._lasting.add(key)

    @property
    def beyond(self) -> Instant:
        """Where a span ends that goes beyond the horizon."""
        return self.end + 1

    def records(self) -> tuple[Conflict, ...]:
        """By the beginning of the first interval, then kind and parties."""
        made = (
            Conflict(key[0], tuple(sorted(key[1])), tuple(self._merged(key)), tuple(sorted(self._cis[key])))
            for key in self._spans
        )
        return tuple(sorted(made, key=lambda record: (record.intervals[0][0], record.kind, record.parties)))

    def _merged(self, key: tuple[str, frozenset[int]]) -> Iterator[Interval]:
        merged: list[Span] = []
        for begins, ends in sorted(self._spans[key]):
            if merged and begins <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(ends, merged[-1][1])
            else:
                merged.append((begins, ends))
        for begins, ends in merged:
            if begins < self.end:
                yield begins, None if ends > self.end and key in self._lasting else min(ends, self.end)


def conflicts_of(
    topology: Topology, parties: Sequence[Party], begin: Instant, end: Instant, *, order: int = ORDER,
    base: Groups | None = None, n: int | None = None,
) -> Conflicts:  # fmt: skip
    """How parties get in each other's way on the graph within [begin, end): the kinds above.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    parties
        Changes and open incidents. Those over by `begin` count for what lasts of them.
    order
        The most parties of a set that puts something out.
    base, n
        As for `queries.spells.Scene`.

    Notes
    -----
    Exact, cycles, feeding and edits included. What sets of parties put out is kept from one moment to the next; only
    sets with somebody who begins or ends are looked at. Cost: what each party puts out, once for each time it begins,
    ends or loses a group, and each set of parties that some group is lost to together.

    Examples
    --------
    A service on two nodes; each is taken down by somebody, for an hour both are:

    >>> t = Topology.from_edges(3, [0, 0], [1, 2], group=[0, 0], min_available=[1, 1])
    >>> one, other = Party("CHG-1", 0, 3, {1: "outage"}), Party("CHG-2", 2, 5, {2: "outage"})
    >>> conflicts_of(t, [one, other], 0, 10).found
    (Conflict(kind='emergent_outage', parties=(0, 1), intervals=((2, 3),), cis=(0,)),)
    """
    ledger = Ledger(end)
    found = conflicts_into(ledger, Scene(topology, parties, base or {}, n), begin, order=order)
    return Conflicts(ledger.records(), order, found.complete and ledger.complete, found.others_possible)


def conflicts_into(ledger: Ledger, scene: Scene, begin: Instant, *, order: int, about: int | None = None) -> Spells:
    """As `conflicts_of`, noted in a ledger that others write in too; `about`: only those that a party is in."""
    parties, found = scene.parties, spells(scene, begin, ledger.end, order=order)
    touching = scene.touching
    for spell in found.found:
        if about is None or about in spell.parties:
            _emergent(ledger, parties, spell)
    _inside(ledger, parties, _of(found.found, touching), touching, about)
    mine = None if about is None else parties[about].touched if parties[about].is_change else frozenset()
    for ci, numbers in touching.items():
        if mine is None or ci in mine:
            _same_ci(ledger, parties, ci, numbers, begin, about)
    return found


def _emergent(ledger: Ledger, parties: Sequence[Party], spell: Spell) -> None:
    some = [parties[number] for number in spell.parties]
    if spell.beside is None and len(some) > 1 and any(party.is_change for party in some):
        lasts = all(party.lasts(ledger.end) for party in some)
        ledger.note(EMERGENT, spell.parties, (spell.begins, spell.ends), spell.cis.tolist(), lasts=lasts)


def _inside(
    ledger: Ledger, parties: Sequence[Party], found: Sequence[Spell], touching: Touching, about: int | None
) -> None:
    # with the edits of somebody fewer others may be enough for his CI: then more are not told of
    fewer: dict[tuple[int, CiIndex], list[Spell]] = {}
    for spell in found:
        if spell.beside is not None:
            for ci in spell.cis.tolist():
                fewer.setdefault((spell.beside, ci), []).append(spell)
    own = None if about is None else {ci: [about] for ci in parties[about].touched if parties[about].is_change}
    for spell, ci, number in _within_outages(found, touching, own, about):
        both = spell.parties | {number}
        lasts = parties[number].is_open and all(parties[each].lasts(ledger.end) for each in both)
        less = [each for each in fewer.get((number, ci), ()) if each.parties < spell.parties]
        for span in _without(_within(parties[number], spell.begins, spell.ends), less):
            ledger.note(INSIDE, both, span, [ci], lasts=lasts)
        if not ledger.complete:
            return


def _within_outages(
    found: Sequence[Spell], touching: Touching, own: Touching | None, about: int | None
) -> Iterator[tuple[Spell, CiIndex, int]]:
    # who touches what others put out; of one party its own side or that of those whom it is out with
    for spell in found:
        who = touching if own is None or about in spell.parties else own
        for ci in spell.cis.tolist():
            for number in who.get(ci, ()):
                if number not in spell.parties and spell.beside in (None, number):
                    yield spell, ci, number


def _of(found: Sequence[Spell], touching: Touching) -> list[Spell]:
    # of each what it puts out of the CIs that somebody touches
    touched = np.zeros(max([*touching, *(int(spell.cis[-1]) for spell in found)], default=0) + 1, np.bool_)
    touched[list(touching)] = True
    kept = (replace(spell, cis=spell.cis[touched[spell.cis]]) for spell in found)
    # what the edits of somebody alone put out is no outage of others
    return [spell for spell in kept if len(spell.cis) and spell.parties]


def _without(span: Span | None, others: Iterable[Spell]) -> Iterator[Span]:
    # what of a span is in none of the others
    if span is None:
        return
    begins, ends = span
    for other in sorted(others, key=lambda each: each.begins):
        if begins < min(other.begins, ends):
            yield begins, min(other.begins, ends)
        begins = max(begins, other.ends)
    if begins < ends:
        yield begins, ends


def _same_ci(
    ledger: Ledger, parties: Sequence[Party], ci: CiIndex, numbers: Iterable[int], begin: Instant, about: int | None
) -> None:
    pairs = _meeting(parties, numbers) if about is None else ((about, each) for each in numbers if each != about)
    for number, other in pairs:
        if not ledger.complete:
            return
        one, two = parties[number], parties[other]
        span = _within(one, begin, ledger.beyond)
        both = None if span is None else _within(two, *span)
        if both is not None:
            ledger.note(SAME_CI, frozenset((number, other)), both, [ci], lasts=one.is_open and two.is_open)


def _meeting(parties: Sequence[Party], numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    # pairs whose windows overlap
    begun: list[int] = []
    for number in sorted(numbers, key=lambda each: parties[each].start):
        start = parties[number].start
        begun = [each for each in begun if (until := parties[each].end) is None or until > start]
        yield from ((each, number) for each in begun)
        begun.append(number)


def _within(party: Party, begins: Instant, ends: Instant) -> Span | None:
    # what a window and a span have in common
    begins = max(begins, party.start)
    ends = ends if party.end is None else min(ends, party.end)
    return (begins, ends) if begins < ends else None
