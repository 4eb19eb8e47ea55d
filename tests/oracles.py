"""Slow, obvious versions of the questions, straight from their definitions: what the fast ones must equal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Group = tuple[tuple[int, ...], int, bool]  # members, needed, feeds


@dataclass(frozen=True)
class Estate:
    """A small graph: for each CI its groups (a plain hard relationship is one of 1) and its soft providers."""

    n: int
    groups: Mapping[int, Mapping[str, Group]]
    soft: Mapping[int, frozenset[int]]

    def providers(self, ci: int) -> set[int]:
        """All direct providers."""
        return {m for members, _, _ in self.groups.get(ci, {}).values() for m in members} | set(self.soft.get(ci, ()))


@dataclass(frozen=True)
class SlowImpact:
    """State (0 to 3), hops (-1 unaffected), round (`None`: never out), margin of every CI."""

    states: list[int]
    hops: list[int]
    rounds: list[int | None]
    margins: list[int | None]


def founded(estate: Estate, out: set[int], excused: set[int]) -> set[int]:
    """Y of SEMANTICS 2: built upwards over CIs not out; `excused` (F) count as founded while not out."""
    held: set[int] = set()
    while True:
        entering = {
            ci
            for ci in range(estate.n)
            if ci not in out | held
            and all(
                sum(1 for m in members if m in held or (m in excused and m not in out)) >= needed
                for members, needed, feeds in estate.groups.get(ci, {}).values()
                if feeds
            )
        }
        if not entering:
            return held
        held |= entering


def without_source(estate: Estate) -> set[int]:
    """F of SEMANTICS 2."""
    return set(range(estate.n)) - founded(estate, set(), set())


def slow_impact(estate: Estate, seeds: Mapping[int, str], excused: set[int] | None = None) -> SlowImpact:
    """The four states by synchronous rounds of both rules together; `excused`: F, where it is not this estate's."""
    if excused is None:
        excused = without_source(estate)
    rounds: dict[int, int] = {ci: 0 for ci, effect in seeds.items() if effect in ("outage", "retire")}
    step = 0
    while True:
        step += 1
        out = set(rounds)
        broken = {
            ci
            for ci, groups in estate.groups.items()
            if any(sum(m not in out for m in members) < needed for members, needed, _ in groups.values())
        }
        held = founded(estate, out, excused)
        sourceless = {ci for ci in range(estate.n) if ci not in out | excused | held}
        fresh = (broken | sourceless) - out
        if not fresh:
            break
        rounds.update(dict.fromkeys(fresh, step))
    return _with_lesser_states(estate, seeds, rounds)


def _with_lesser_states(estate: Estate, seeds: Mapping[int, str], rounds: Mapping[int, int]) -> SlowImpact:
    states, hops = [0] * estate.n, [-1] * estate.n
    margins: list[int | None] = [None] * estate.n
    for ci in range(estate.n):
        lost = {name: [m for m in g[0] if m in rounds] for name, g in estate.groups.get(ci, {}).items()}
        mine = estate.groups.get(ci, {})
        left = [len(mine[name][0]) - len(some) - mine[name][1] for name, some in lost.items() if some]
        margins[ci] = min(left, default=None)
        gone = [rounds[m] for some in lost.values() for m in some]
        gone += [rounds[p] for p in estate.soft.get(ci, ()) if p in rounds]
        if ci in rounds:
            states[ci], hops[ci] = 3, rounds[ci]
        elif seeds.get(ci) == "degraded":
            states[ci], hops[ci] = 2, 0
        elif gone:
            states[ci], hops[ci] = 2, 1 + min(gone)
    chains = dict(_chains(estate, set(seeds)))
    changed = True
    while changed:
        changed = False
        for ci in range(estate.n):
            if not states[ci] and any(states[p] in (1, 2) for p in estate.providers(ci)):
                states[ci], hops[ci], changed = 1, chains[ci], True
    return SlowImpact(states, hops, [rounds.get(ci) for ci in range(estate.n)], margins)


def _chains(estate: Estate, seeds: set[int]) -> Iterator[tuple[int, int]]:
    reached, step = set(seeds), 0
    fresh = set(seeds)
    while fresh:
        yield from ((ci, step) for ci in fresh)
        step += 1
        fresh = {ci for ci in range(estate.n) if ci not in reached and estate.providers(ci) & reached}
        reached |= fresh
