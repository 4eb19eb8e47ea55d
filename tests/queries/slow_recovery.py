"""Recovery by simulating time: rule 2 of the semantics replayed, moment by moment (SEMANTICS 6)."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import networkx as nx

from tests.oracles import Estate, Group, without_source

Edge = tuple[int, str, int]  # dependent, group, member
UNKNOWN, NEVER = math.nan, math.inf
LOW, HIGH, SOME = 0.0, math.inf, 1.0  # what an unknown time is taken for


@dataclass(frozen=True)
class World:
    """A loss: who is hit and how long the work takes (nan: unknown, inf: never), failovers, who comes before whom."""

    estate: Estate
    hit: tuple[bool, ...]
    times: tuple[float, ...]
    failover_time: tuple[float, ...]
    failover_target: tuple[int, ...]
    order: tuple[tuple[int, int], ...] = ()

    @cached_property
    def unfounded(self) -> set[int]:
        """F: it is of the graph as it is, whatever is ignored."""
        return without_source(self.estate)

    def work(self, unknown: float) -> list[float]:
        """Own times; 0: not hit."""
        given = zip(self.hit, self.times, strict=True)
        return [(unknown if math.isnan(time) else time) if hit else 0.0 for hit, time in given]

    def out(self, unknown: float) -> set[int]:
        """Who is out under the scenario, at its first moment."""
        seeds = {ci for ci, time in enumerate(self.work(unknown)) if time > 0}
        return down(self.estate, seeds, self.unfounded)

    def failovers(self, unknown: float) -> list[float]:
        """When each could have failed over; inf: it cannot."""
        out = self.out(unknown)
        given = zip(self.failover_time, self.failover_target, strict=True)
        return [
            math.inf if target < 0 or target in out else unknown if math.isnan(time) else time
            for time, target in given
        ]  # fmt: skip

    def gone(self, unknown: float) -> set[int]:
        """Who never comes back since something was retired, and nothing replaces it."""
        own = [NEVER if time == NEVER else 0.0 for time in self.work(SOME)]
        times = replay(self.estate, self.unfounded, own, self.failovers(unknown))
        return {ci for ci, time in enumerate(times) if time == math.inf}

    def ordered(self, unknown: float) -> Estate:
        """The estate with the constraints that bind; with bounds those that may bind, or must."""
        spared = self.gone({LOW: HIGH, HIGH: LOW, SOME: SOME}[unknown])
        out, groups = self.out(unknown), {ci: dict(mine) for ci, mine in self.estate.groups.items()}
        for before, after in self.order:
            if before in out and after in out and before not in spared:
                groups.setdefault(after, {})[f"order-{before}"] = ((before,), 1, False)
        return Estate(self.estate.n, groups, self.estate.soft)

    def run(self, unknown: float, ignored: frozenset[Edge] = frozenset()) -> list[float]:
        """When each CI is back."""
        return replay(self.ordered(unknown), self.unfounded, self.work(unknown), self.failovers(unknown), ignored)

    def with_time(self, ci: int, seconds: float) -> "World":
        """The same with another time of a CI, which is hit then."""
        return replace(
            self,
            hit=tuple(hit or at == ci for at, hit in enumerate(self.hit)),
            times=tuple(seconds if at == ci else time for at, time in enumerate(self.times)),
        )


def down(
    estate: Estate, seeds: set[int], unfounded: set[int], free: Iterable[int] = (),
    ignored: frozenset[Edge] = frozenset(),
) -> set[int]:  # fmt: skip
    """Who is out under the seeds. `free` have failed over: they need nothing. `ignored` relationships count as met."""
    free = set(free)
    out = set(seeds) - free
    while True:
        broken = {ci for ci in range(estate.n) if ci not in free and not _met(estate, ci, out, ignored)}
        held = _founded(estate, out | broken, unfounded, free, ignored)
        sourceless = {ci for ci in range(estate.n) if ci not in free | unfounded | held}
        if (broken | sourceless) <= out:
            return out
        out |= broken | sourceless


def _met(estate: Estate, ci: int, out: set[int], ignored: frozenset[Edge]) -> bool:
    groups = estate.groups.get(ci, {}).items()
    return all(
        sum(m not in out or (ci, name, m) in ignored for m in members) >= needed
        for name, (members, needed, _) in groups
    )


def _founded(
    estate: Estate, out: set[int], unfounded: set[int], free: set[int], ignored: frozenset[Edge]
) -> set[int]:  # fmt: skip
    held: set[int] = set()
    while True:
        counted = held | (unfounded - out) | free
        entering = {
            ci
            for ci in set(range(estate.n)) - out - held
            if ci in free
            or all(
                sum(m in counted or (ci, name, m) in ignored for m in members) >= needed
                for name, (members, needed, feeds) in estate.groups.get(ci, {}).items()
                if feeds
            )
        }
        if not entering:
            return held
        held |= entering


def replay(
    estate: Estate, unfounded: set[int], own: list[float], failover: list[float], ignored: frozenset[Edge] = frozenset()
) -> list[float]:  # fmt: skip
    """The first moment at which each CI is not down."""
    back, finish = [math.inf] * estate.n, [math.inf] * estate.n
    started: set[int] = set()
    now = 0.0
    while now < math.inf:
        seeds = {ci for ci in range(estate.n) if own[ci] > 0 and finish[ci] > now}
        free = {ci for ci in range(estate.n) if failover[ci] <= now}
        out = down(estate, seeds, unfounded, free, ignored)
        for ci in range(estate.n):
            if ci not in out:
                back[ci] = min(back[ci], now)
        for ci in seeds - started:
            if _met(estate, ci, out, ignored):
                started.add(ci)
                finish[ci] = now + own[ci]
        now = min((time for time in (*finish, *failover) if time > now), default=math.inf)
    return back


def group_time(group: Group, times: list[float]) -> float:
    """When a group has the needed members."""
    members, needed, _ = group
    return sorted(times[m] for m in members)[needed - 1]


@dataclass(frozen=True)
class SlowRecovery:
    """What is asked of one service."""

    world: World
    service: int

    @cached_property
    def circles(self) -> list[tuple[int, ...]]:
        """Circles that the service waits for; then those that it would wait for once these are broken, and so on."""
        found: list[tuple[int, ...]] = []
        while fresh := self._circles_beside(found):
            found += fresh
        return found

    @cached_property
    def first_circles(self) -> list[tuple[int, ...]]:
        """Those that stand in the way as it is."""
        return self._circles_beside([])

    def _circles_beside(self, broken: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
        world, estate = self.world, self.world.ordered(SOME)
        times = world.run(SOME, self.inside(broken))
        gone = world.gone(SOME)
        stuck = {ci for ci in range(estate.n) if times[ci] == math.inf and ci not in gone}
        if self.service not in stuck:
            return []
        waits: nx.DiGraph[int] = nx.DiGraph()
        waits.add_nodes_from(stuck)
        for ci in stuck:
            for name, (members, needed, _) in estate.groups.get(ci, {}).items():
                met = sum(times[m] < math.inf or (ci, name, m) in self.inside(broken) for m in members)
                if met < needed:
                    waits.add_edges_from(
                        (ci, m) for m in members if m in stuck and (ci, name, m) not in self.inside(broken)
                    )
        reached = nx.descendants(waits, self.service) | {self.service}
        sets = nx.strongly_connected_components(waits.subgraph(reached))
        return sorted(tuple(sorted(s)) for s in sets if not any(set(waits[ci]) - s for ci in s))

    def inside(self, circles: list[tuple[int, ...]]) -> frozenset[Edge]:
        """The relationships whose both ends are in one circle."""
        estate = self.world.ordered(SOME)
        return frozenset(
            (ci, name, m)
            for circle in circles
            for ci in circle
            for name, (members, _, _) in estate.groups.get(ci, {}).items()
            for m in members
            if m in circle
        )

    @cached_property
    def lows(self) -> list[float]:
        """Lower bounds of all; relationships inside circles count as met."""
        return self.world.run(LOW, self.inside(self.circles))

    @cached_property
    def highs(self) -> list[float]:
        """Upper bounds of all."""
        return self.world.run(HIGH)

    @property
    def reason(self) -> str | None:
        """Why there is no upper bound."""
        if self.service in self.world.gone(SOME):
            return "never"
        if self.circles:
            return "circular"
        return "unknown" if self.highs[self.service] == math.inf else None

    @property
    def effective(self) -> float | None:
        """When the service is back, where that is known."""
        low, high = self.lows[self.service], self.highs[self.service]
        return low if low == high < math.inf else None

    def hand_starts(self) -> Iterator[tuple[Edge, float | None]]:
        """When the service is back if one relationship in a circle is ignored."""
        for edge in self.inside(self.first_circles):
            low, high = (self.world.run(unknown, frozenset({edge}))[self.service] for unknown in (LOW, HIGH))
            yield edge, low if low == high < math.inf else None

    def unknown(self) -> set[int]:
        """What would have to be known."""
        world, estate = self.world, self.world.ordered(HIGH)
        could = [t >= 0 and t not in world.out(LOW) for t in world.failover_target]
        found, seen, walk = set(), {self.service}, [self.service]
        for ci in walk:
            if not self.lows[ci] < self.highs[ci]:
                continue
            if (world.hit[ci] and math.isnan(world.times[ci])) or (could[ci] and math.isnan(world.failover_time[ci])):
                found.add(ci)
            for group in estate.groups.get(ci, {}).values():
                limit = group_time(group, self.highs)
                fresh = {m for m in group[0] if self.lows[m] < self.highs[m] and self.lows[m] < limit} - seen
                seen |= fresh
                walk += sorted(fresh)
        return found

    def reaches(self) -> set[int]:
        """The service and all that it rests on by relationships that bind."""
        groups: Mapping[int, Mapping[str, Group]] = self.world.ordered(HIGH).groups
        seen, walk = {self.service}, [self.service]
        for ci in walk:
            fresh = {m for members, _, _ in groups.get(ci, {}).values() for m in members} - seen
            seen |= fresh
            walk += sorted(fresh)
        return seen

    def back_with(self, ci: int, seconds: float) -> float:
        """The upper bound of the service if a CI's work took so long."""
        return self.world.with_time(ci, seconds).run(HIGH)[self.service]
