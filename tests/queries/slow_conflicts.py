"""Changes against each other, straight from the definition: every instant, every set of those at work (SEMANTICS 5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from tests.oracles import Estate, Group, founded, without_source

Lineage = tuple[int, str]  # a dependent and what its group is called
Interval = tuple[int, int | None]
Conflicts = dict[tuple[str, frozenset[str]], tuple[tuple[Interval, ...], frozenset[int]]]


@dataclass(frozen=True)
class Work:
    """A change from `start` to `end` (`None`: open), or an incident.

    `edits`: what groups become, step by step; `None`: no group.
    """

    name: str
    start: int
    end: int | None
    seeds: Mapping[int, str]
    edits: Mapping[Lineage, Sequence[Group | None]] = field(default_factory=dict)
    is_change: bool = True
    edited: frozenset[int] = frozenset()

    @property
    def touched(self) -> set[int]:
        """Seeds, what its edits name, and dependents whose groups it alters."""
        return set(self.seeds) | self.edited | {ci for ci, _ in self.edits}

    def in_window(self, at: int) -> bool:
        """Whether it is being done."""
        return self.start <= at and (self.end is None or at < self.end)

    def stops(self, at: int) -> set[int]:
        """What it puts out itself at a time: retired ones for ever."""
        kinds = {"retire"} | ({"outage"} if self.in_window(at) else set())
        return {ci for ci, effect in self.seeds.items() if effect in kinds} if self.start <= at else set()

    def counts(self, at: int) -> bool:
        """Whether it has an effect at a time."""
        return self.in_window(at) or (self.start <= at and ("retire" in self.seeds.values() or bool(self.edits)))

    def lasts(self, to: int) -> bool:
        """Whether its effects are the same for ever from then on."""
        plain = any(effect == "outage" for effect in self.seeds.values()) or bool(self.edits)
        return self.end is None or self.end <= to or not plain


@dataclass(frozen=True)
class Version:
    """What a group was from the change that made it so (`made`) to the one that replaced it."""

    group: Group | None
    made: Work | None
    by: frozenset[str]
    replaced: Work | None


@dataclass(frozen=True)
class Moment:
    """The graph at a time, with the edits of all that began by then."""

    estate: Estate
    works: Sequence[Work]
    at: int

    def histories(self) -> dict[Lineage, list[Version]]:
        """The versions of each group that somebody altered, in order."""
        found: dict[Lineage, list[Version]] = {}
        for work in sorted(self.works, key=lambda each: (each.start, each.name)):
            steps = [(lineage, group) for lineage, groups in work.edits.items() for group in groups]
            for lineage, group in steps if work.start <= self.at else ():
                ci, name = lineage
                mine = found.setdefault(
                    lineage, [Version(self.estate.groups.get(ci, {}).get(name), None, frozenset(), None)]
                )
                last = mine[-1]
                if group == last.group:
                    continue
                by = frozenset({work.name}) | (last.by if last.group is not None else frozenset())
                mine[-1] = Version(last.group, last.made, last.by, work)
                mine.append(Version(group, work, by, None))
        return found

    def graph(self, wanted: frozenset[str], kept: Mapping[Lineage, list[Version]]) -> Estate:
        """The estate in which altered groups are these versions, of those that only `wanted` made."""
        groups = {ci: dict(mine) for ci, mine in self.estate.groups.items()}
        for (ci, name), versions in kept.items():
            groups.setdefault(ci, {}).pop(name, None)
            for number, version in enumerate(versions):
                if version.group is not None and version.by <= wanted:
                    groups[ci][f"{name}#{number}"] = version.group
        return Estate(self.estate.n, groups, self.estate.soft)

    def out(self, some: frozenset[str], edits_of: frozenset[str] = frozenset()) -> set[int]:
        """Who is out when only `some` are at work; groups that `edits_of` made count as well."""
        histories, wanted = self.histories(), some | edits_of
        bound = {
            lineage: [v for v in mine if v.replaced is None or v.replaced.in_window(self.at)]
            for lineage, mine in histories.items()
        }
        last = {lineage: [mine[-1]] for lineage, mine in histories.items()}
        plain = self.graph(wanted, bound)
        everyone = frozenset(work.name for work in self.works)
        # who had no source as recorded is excused of all that binds; and none but by itself in what the edits come to
        excused = [without_source(self.estate), without_source(self.graph(everyone, last))]
        fed = [plain, self.graph(wanted, last)]
        out = {ci for work in self.works if work.name in some for ci in work.stops(self.at)}
        while True:
            fresh = {
                ci
                for ci, groups in plain.groups.items()
                if any(sum(m not in out for m in members) < needed for members, needed, _ in groups.values())
            }
            for estate, unfounded in zip(fed, excused, strict=True):
                held = founded(estate, out, unfounded)
                fresh |= {ci for ci in range(estate.n) if ci not in unfounded | held}
            if fresh <= out:
                return out
            out |= fresh


def subsets(names: Sequence[str], most: int) -> Iterator[frozenset[str]]:
    """All sets of up to so many, smaller ones first; not the empty one."""
    for size in range(1, most + 1):
        yield from (frozenset(some) for some in combinations(names, size))


def slow_conflicts(
    estate: Estate, works: Sequence[Work], begin: int, end: int, k: int, hidden: frozenset[int] = frozenset()
) -> Conflicts:
    """Emergent outages, what lies inside the outage of others, and CIs touched twice, each with its intervals.

    What is so only of `hidden` CIs is left out.
    """
    works = [work for work in works if work.start < end]  # who begins later is not looked at
    times = sorted({begin, *(t for w in works for t in (w.start, w.end) if t is not None and begin < t < end)})
    spans: dict[tuple[str, frozenset[str]], list[tuple[int, int]]] = {}
    cis: dict[tuple[str, frozenset[str]], set[int]] = {}
    for at, until in zip(times, [*times[1:], end], strict=True):
        for kind, names, found, _ in at_instant(Moment(estate, works, at), k):
            if found - hidden:
                spans.setdefault((kind, names), []).append((at, until))
                cis.setdefault((kind, names), set()).update(found - hidden)
    lasting = set()
    for kind, names, found, victims in at_instant(Moment(estate, works, end), k):
        mine = [work for work in works if work.name in names]
        if found - hidden and all(w.lasts(end) for w in mine) and all(w.end is None for w in mine if w.name in victims):
            lasting |= {(kind, names)}
    return {key: (tuple(joined(mine, end, key in lasting)), frozenset(cis[key])) for key, mine in spans.items()}


def joined(spans: list[tuple[int, int]], end: int, lasts: bool) -> Iterator[Interval]:
    """Intervals that meet as one."""
    merged: list[tuple[int, int]] = []
    for start, until in sorted(spans):
        if merged and merged[-1][1] >= start:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((start, until))
    for start, until in merged:
        yield start, None if until == end and lasts else until


def at_instant(moment: Moment, k: int) -> Iterator[tuple[str, frozenset[str], set[int], frozenset[str]]]:
    """The conflicts of one instant: kind, who, the CIs, and those of them who must be in their window for it."""
    works = [work for work in moment.works if work.counts(moment.at)]
    by_name = {work.name: work for work in works}
    names = sorted(by_name)
    families = _families({some: moment.out(some) for some in subsets(names, k)})
    for some, cis in families.items():
        if len(some) > 1 and any(by_name[name].is_change for name in some) and cis:
            yield "emergent_outage", some, cis, frozenset()
    changes = [work for work in works if work.is_change and work.in_window(moment.at)]
    for work in changes:
        own = frozenset({work.name})
        without = {some: moment.out(some) for some in subsets([name for name in names if name != work.name], k)}
        # what its own edits put out is no outage of others
        itself = moment.out(frozenset(), own)
        beside = {some: (moment.out(some, own) - itself) | alone for some, alone in without.items()}
        for some, cis in _families(beside).items():
            if cis & work.touched:
                yield "inside_outage", some | own, cis & work.touched, own
    for one, other in combinations(changes, 2):
        if one.touched & other.touched:
            both = frozenset({one.name, other.name})
            yield "same_ci", both, one.touched & other.touched, both


def _families(out: Mapping[frozenset[str], set[int]]) -> dict[frozenset[str], set[int]]:
    # of each set the CIs that it puts out and no smaller set of it does
    return {some: cis - {ci for less in out if less < some for ci in out[less]} for some, cis in out.items()}
