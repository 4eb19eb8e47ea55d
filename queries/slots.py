"""When a change can be made without getting in anybody's way: ranges of starts, and what stands in the way of others.

A change is asked about as if it were always in its window, and once more as if it were always over: what it would get
into, and when, is what a start has to keep clear of (SEMANTICS 5).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graph.topology import CiIndex, Topology
from queries.conflicts import ORDER, Conflict, Interval, Ledger, conflicts_into
from queries.ground import Grounds
from queries.parties import Groups, Instant, Party
from queries.spells import Scene

Range = tuple[Instant, Instant]  # of starts, both ends included


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that keeps starts from `first` to `last` away, both included; it is there from `begins` to `ends`
    (`None`: for ever)."""

    conflict: Conflict
    first: Instant
    last: Instant
    begins: Instant
    ends: Instant | None


@dataclass(frozen=True)
class Obstacles:
    """All of a horizon; `others_possible`: sets of more than the order may stand in the way as well."""

    found: tuple[Obstacle, ...]
    complete: bool
    others_possible: bool = False


@dataclass(frozen=True)
class Placing:
    """Who is where while one party, by number, is moved: starts within `starts` put its edits at this place.

    `begin`, `until`: from the first start to when nobody else begins or ends any more. `base`, `n`,
    `grounds`: see `Scene`; `hidden`: see `Ledger`.
    """

    parties: Sequence[Party]
    moved: int
    starts: Range
    begin: Instant
    until: Instant
    base: Groups
    n: int
    hidden: frozenset[CiIndex] = frozenset()
    grounds: Grounds = field(default_factory=Grounds, compare=False)

    @property
    def length(self) -> Instant | None:
        """How long its window is."""
        party = self.parties[self.moved]
        return None if party.end is None else party.end - party.start


def obstacles(topology: Topology, placings: Iterable[Placing], *, order: int = ORDER) -> Obstacles:
    """What keeps a change away from which starts, of all that it may get into on the graph.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    placings
        One for each place among the edits of others that it may have; one is enough where they alter other CIs.
    order
        The most parties in a set that puts something out.

    Examples
    --------
    A service on two nodes, one of which is down from 2 to 5; the other wants one hour:

    >>> t = Topology.from_edges(3, [0, 0], [1, 2], group=[0, 0], min_available=[1, 1])
    >>> one, other = Party("CHG-1", 2, 5, {1: "outage"}), Party("CHG-2", 0, 1, {2: "outage"})
    >>> found = obstacles(t, [Placing([one, other], 1, (0, 9), 0, 10, {}, 3)])
    >>> [(each.conflict.kind, each.first, each.last) for each in found.found]
    [('emergent_outage', 2, 4)]
    >>> free_ranges((0, 9), found.found)
    [(0, 1), (5, 9)]
    """
    found, complete, more = list[Obstacle](), True, False
    for placing in placings:
        party = placing.parties[placing.moved]
        always = replace(party, start=placing.begin, end=None, turn=placing.starts[0])
        whole = _found(topology, placing, always, order)
        found += _in_the_way(whole, placing, placing.length, after=False)
        complete &= whole.complete
        more |= whole.others_possible
        if party.leaves_something and placing.length is not None:
            over = replace(party, start=placing.begin - 1, end=placing.begin, turn=placing.starts[0])
            rest = _found(topology, placing, over, order)
            found += _in_the_way(rest, placing, placing.length, after=True)
            complete &= rest.complete
            more |= rest.others_possible
    return Obstacles(tuple(found), complete, more)


@dataclass(frozen=True)
class _Met:
    records: tuple[Conflict, ...]
    complete: bool
    others_possible: bool


def _found(topology: Topology, placing: Placing, party: Party, order: int) -> _Met:
    parties = list(placing.parties)
    parties[placing.moved] = party
    ledger = Ledger(placing.until, hidden=placing.hidden)
    scene = Scene(topology, parties, placing.base, placing.n, placing.grounds)
    swept = conflicts_into(ledger, scene, placing.begin, order=order, about=placing.moved)
    return _Met(ledger.records(), swept.complete and ledger.complete, swept.others_possible)


def _in_the_way(met: _Met, placing: Placing, length: Instant | None, *, after: bool) -> Iterator[Obstacle]:
    for record in met.records:
        for begins, until in record.intervals:
            ends = None if until in (None, placing.until) else until
            found = kept_away(record, (begins, ends), placing.starts, length, after=after)
            if found is not None:
                yield found


def kept_away(
    record: Conflict, span: Interval, starts: Range, length: Instant | None, *, after: bool = False
) -> Obstacle | None:
    """The starts whose window, of a length (`None`: open), meets a span; `after`: whose time after the window does."""
    begins, ends = span
    first = starts[0] if after or length is None else max(starts[0], begins - length + 1)
    last = starts[1] if ends is None else min(starts[1], ends - 1 - (length or 0 if after else 0))
    return Obstacle(record, first, last, begins, ends) if first <= last else None


def free_ranges(starts: Range, found: Iterable[Obstacle]) -> list[Range]:
    """The maximal ranges of starts that nothing keeps away."""
    free, first = [], starts[0]
    for obstacle in sorted(found, key=lambda each: each.first):
        if first < obstacle.first:
            free.append((first, obstacle.first - 1))
        first = max(first, obstacle.last + 1)
    if first <= starts[1]:
        free.append((first, starts[1]))
    return free


def sharing(alters: Mapping[int, Iterable[CiIndex]], moved: int) -> list[int]:
    """Parties that alter a CI that the moved one alters, too: whose edits come first matters."""
    mine = set(alters.get(moved, ()))
    return sorted(number for number, cis in alters.items() if number != moved and mine & set(cis))


def turns(others: Sequence[Party], name: str, starts: Range) -> list[Range]:
    """The ranges of starts within which a party's edits have one place among those of others."""
    found, first = [], starts[0]
    for other in sorted(others, key=lambda each: (each.start, each.name)):
        # at one and the same moment the name decides
        last = other.start if name < other.name else other.start - 1
        if first <= last < starts[1]:
            found.append((first, last))
            first = last + 1
    return [*found, (first, starts[1])]
