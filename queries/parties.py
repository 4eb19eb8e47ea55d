"""Who is at work when, and what that does: changes, and incidents that are still open (SEMANTICS 5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graph.topology import CiIndex
from queries.impact import EffectWord

Instant = int  # microseconds since 1970, UTC
Lineage = tuple[CiIndex, str]  # a dependent and what its group is called, whatever becomes of the group
WINDOW, AFTER = "window", "after"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A group: so many of its members are needed. A plain hard relationship is one of 1 of 1."""

    members: tuple[CiIndex, ...]
    needed: int
    feeds: bool = False


@dataclass(frozen=True)
class Party:
    """A change or an incident, from `start` to `end` (`None`: open).

    `seeds`: what it stops, for its window; what it retires, for ever. `alters`: what groups become by its edits, step
    by step, the last for ever; `None`: no group. `edited`: CIs that its edits touch.
    `turn`: when its edits come among those of others, where that is not its start.
    """

    name: str
    start: Instant
    end: Instant | None
    seeds: Mapping[CiIndex, EffectWord]
    alters: Mapping[Lineage, Sequence[Requirement | None]] = field(default_factory=dict)
    edited: frozenset[CiIndex] = frozenset()
    is_change: bool = True
    turn: Instant | None = None

    @property
    def touched(self) -> frozenset[CiIndex]:
        """Its seeds, whatever their effect, and the CIs that it edits."""
        return frozenset(self.seeds) | self.edited | {ci for ci, _ in self.alters}

    def form_at(self, at: Instant) -> str | None:
        """Whether it is in its window, after it with effects that last, or neither."""
        if at < self.start:
            return None
        if self.end is None or at < self.end:
            return WINDOW
        return AFTER if self.leaves_something else None

    @property
    def leaves_something(self) -> bool:
        """Whether effects of it last beyond its window."""
        return bool(self.alters) or "retire" in self.seeds.values()

    def stops(self, form: str) -> list[CiIndex]:
        """What it puts out itself, in its window or after it."""
        kinds = ("retire", "outage") if form == WINDOW else ("retire",)
        return [ci for ci, effect in self.seeds.items() if effect in kinds]

    def lasts(self, to: Instant) -> bool:
        """Whether its effects at that time are the same for ever from then on."""
        passing = bool(self.alters) or "outage" in self.seeds.values()
        return self.end is None or self.end <= to or not passing

    @property
    def is_open(self) -> bool:
        """Whether no end of it is planned."""
        return self.end is None


@dataclass(frozen=True, slots=True)
class Version:
    """What a group is from the start of the party that made it so to the end of the one that replaces it.

    A party in its window needs the groups of before as well as those of after it (SEMANTICS 4): so a version has to be
    met until whoever replaces it is done. `by`: the parties, by number, whose edits made it what it is, `made_by` the
    last of them.
    """

    lineage: Lineage
    requirement: Requirement
    by: frozenset[int]
    made_by: int | None
    begins: Instant | None
    replaced_by: int | None
    ends: Instant | None
    replaced_at: Instant | None

    def is_bound(self, at: Instant) -> bool:
        """Whether it has to be met at a time."""
        return (self.begins is None or self.begins <= at) and (self.ends is None or at < self.ends)

    def is_last(self, at: Instant) -> bool:
        """Whether it is what the edits of all that began by then made of the group."""
        return self.is_bound(at) and (self.replaced_at is None or at < self.replaced_at)


Groups = Mapping[CiIndex, Mapping[str, Requirement]]


def in_order(parties: Sequence[Party]) -> list[int]:
    """The order in which edits apply: by planned start, then by name (SEMANTICS 5)."""
    return sorted(range(len(parties)), key=lambda number: _turn(parties[number]))


def _turn(party: Party) -> tuple[Instant, str]:
    return party.start if party.turn is None else party.turn, party.name


def versions_of(parties: Sequence[Party], base: Groups) -> list[Version]:
    """All versions of all groups of dependents that somebody alters, and of those that are only in `base`.

    `base`: groups as they are recorded, of each dependent that somebody alters and of each CI that is not in the
    topology.
    """
    found: list[Version] = []
    made: dict[Lineage, list[tuple[int, Requirement | None]]] = {}
    for number in in_order(parties):
        for lineage, steps in parties[number].alters.items():
            made.setdefault(lineage, []).extend((number, step) for step in steps)
    for owner in sorted(base.keys() | {owner for owner, _ in made}):
        names = base.get(owner, {}).keys() | {name for ci, name in made if ci == owner}
        for name in sorted(names):
            first = base.get(owner, {}).get(name)
            found += _history((owner, name), first, made.get((owner, name), ()), parties)
    return found


def _history(
    lineage: Lineage, now: Requirement | None, made: Sequence[tuple[int, Requirement | None]], parties: Sequence[Party]
) -> Iterator[Version]:
    by: frozenset[int] = frozenset()
    made_by: int | None = None
    begins: Instant | None = None
    for number, following in made:
        if following == now:
            continue
        party = parties[number]
        if now is not None:
            yield Version(lineage, now, by, made_by, begins, number, party.end, party.start)
        by = frozenset({number}) | (by if now is not None else frozenset())
        now, made_by, begins = following, number, party.start
    if now is not None:
        yield Version(lineage, now, by, made_by, begins, None, None, None)
