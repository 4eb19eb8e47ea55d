"""What decides the state of a CI: the rule, the group, and the members it lost (SEMANTICS 2); one CI at a time.

A certificate is made of the reasons of all that it cites, a witness goes along the first of each.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from graph.estate import Estate
from graph.kernels.build import FEED, SOFT
from graph.topology import CiIndex, Topology
from queries.impact import Impact, State


@dataclass(frozen=True, slots=True)
class Names:
    """What settles ties: the names of a CI, and of a group and a relationship by its position in `csr.to`."""

    ci: Callable[[CiIndex], str] = "{:010}".format
    group: Callable[[int], str] = "{:010}".format
    relationship: Callable[[CiIndex, int], str] = "{:010}|{:010}".format


NUMBERS = Names()


def names_of(estate: Estate) -> Names:
    """Ids, as they do not depend on how CIs are numbered."""
    return Names(estate.ids.__getitem__, estate.group_id, estate.relationship_id)


class Lost(NamedTuple):
    """A provider that is hit. `round`: in which it stopped; of one that did not, its hops."""

    round: int
    name: str
    ci: CiIndex
    edge: int


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a CI (a plain hard relationship is one of 1), by one of its relationships.

    `lost`: its members that are out, earliest first, then by name; `left`: the others.
    """

    edge: int
    members: int
    needed: int
    feeds: bool
    lost: list[Lost]
    left: list[CiIndex]

    @property
    def deciding(self) -> int:
        """How many lost members break it."""
        return self.members - self.needed + 1

    @property
    def rule(self) -> str:
        """By which it puts its CI out, once it is broken."""
        return "provider_out" if self.members == 1 else "group_broken"

    @property
    def is_broken(self) -> bool:
        """Whether it lost so many."""
        return len(self.lost) >= self.deciding

    @property
    def broke(self) -> int:
        """The round of the loss that broke it."""
        return self.lost[self.deciding - 1].round

    @property
    def margin(self) -> int:
        """How many more members than needed are left."""
        return self.members - len(self.lost) - self.needed


class Reason(NamedTuple):
    """Why a CI is in its state. `because`: what decides, which is explained in turn; of a seed nothing."""

    rule: str
    because: tuple[Lost, ...] = ()
    group: Group | None = None


class Reasons:
    """The reasons of the CIs of an impact, each worked out once."""

    def __init__(self, found: Impact, names: Names = NUMBERS) -> None:
        self.found, self.names = found, names
        self._known: dict[CiIndex, Reason] = {}

    def of(self, ci: CiIndex) -> Reason:
        """Of a CI that is not unaffected.

        Of several broken groups the one whose deciding member was lost first explains, then the smaller group id; of
        several lost members the one lost first, then the smaller `ci_id`: never the numbers that CIs happen to have.
        """
        known = self._known.get(ci)
        if known is None:
            known = self._known[ci] = self._found_out(ci)
        return known

    def falls_with(self, ci: CiIndex, other: Lost) -> bool:
        """Whether what a CI lost for want of a source lost its own in the same round, together with it."""
        return other.round == self.found.hops(ci) and self.of(other.ci).rule == "no_source"

    def _found_out(self, ci: CiIndex) -> Reason:
        state, effect = self.found.state(ci), self.found.seeds.get(ci)
        if effect is not None and state == min(effect, State.OUTAGE):
            return Reason("seed")
        if state == State.OUTAGE:
            return self._outage(ci)
        return self._degraded(ci) if state == State.DEGRADED else self._at_risk(ci)

    def _outage(self, ci: CiIndex) -> Reason:
        stopped = self.found.hops(ci)
        broken = [group for group in groups_of(self.found, ci, self.names) if group.is_broken]
        # broken in the round before: then rounds fall from step to step, and no step cites a later one
        before = [group for group in broken if group.broke < stopped]
        if not before:
            # of what is lost in this very round something of an earlier one is the cause: else it would have no source
            # from the start
            before = [group for group in broken if group.feeds and group.broke == stopped]
        chosen = min(before, key=lambda group: (group.broke, self.names.group(group.edge)))
        rule = "no_source" if chosen.broke == stopped else chosen.rule
        return Reason(rule, tuple(chosen.lost[: chosen.deciding]), chosen)

    def _degraded(self, ci: CiIndex) -> Reason:
        before = self.found.hops(ci) - 1
        groups = groups_of(self.found, ci, self.names)
        held = [group for group in groups if group.lost and group.lost[0].round == before]
        if held:
            chosen = min(held, key=lambda group: (group.lost[0].name, self.names.group(group.edge)))
            return Reason("redundancy_lost", (chosen.lost[0],), chosen)
        hit = [(each, code) for state, each, code in self._hit(ci) if state == State.OUTAGE and each.round == before]
        out = [each for each, code in hit if code == SOFT]
        return Reason("soft_provider_out", (min(out, key=lambda each: each.name),))

    def _at_risk(self, ci: CiIndex) -> Reason:
        def rank(hit: tuple[int, Lost, int]) -> tuple[int, int, str, str]:
            state, each, _ = hit
            return -state, each.round, each.name, self.names.relationship(ci, each.edge)

        worst, each, _ = min(self._hit(ci), key=rank)
        return Reason("provider_degraded" if worst == State.DEGRADED else "provider_at_risk", (each,))

    def _hit(self, ci: CiIndex) -> Iterator[tuple[int, Lost, int]]:
        # (state, provider, code) of what a CI rests on and is not unaffected
        for provider, edge, code, state, hops in rows_of(self.found, ci):
            if state:
                yield state, Lost(hops, self.names.ci(provider), provider, edge), code


def rows_of(
    found: Impact, ci: CiIndex, topology: Topology | None = None
) -> Iterable[tuple[CiIndex, int, int, int, int]]:
    """(provider, edge, code, state, hops) of each relationship of a CI, as it has them in `topology`."""
    csr = (topology or found.topology).csr
    place = csr.place[ci]
    beg, end = int(csr.beg[place]), int(csr.end[place])
    providers = csr.index[csr.to[beg:end]]
    states, hops = found.at(providers)
    columns = (each.tolist() for each in (providers, csr.code[beg:end], states, hops))
    ids, codes, states_, hops_ = columns
    return zip(ids, range(beg, end), codes, states_, hops_, strict=True)


def groups_of(found: Impact, ci: CiIndex, names: Names = NUMBERS, topology: Topology | None = None) -> list[Group]:
    """The groups of a CI; those it has in `topology` where that is another one than the one asked about."""
    csr = (topology or found.topology).csr
    grouped: dict[int, Group] = {}
    for provider, edge, code, state, hops in rows_of(found, ci, topology):
        if code == SOFT:
            continue
        number = code if code >= 0 else -1 - edge
        group = grouped.get(number)
        if group is None:
            size, needed, feeds = (
                (int(csr.size[code]), int(csr.needed[code]), bool(csr.feeds[code]))
                if code >= 0
                else (1, 1, code == FEED)
            )
            group = grouped[number] = Group(edge, size, needed, feeds, [], [])
        if state == State.OUTAGE:
            group.lost.append(Lost(hops, names.ci(provider), provider, edge))
        else:
            group.left.append(provider)
    for group in grouped.values():
        group.lost.sort()
    return list(grouped.values())
