"""Why a CI is hit: one chain from it to a seed, each step with its rule (SEMANTICS 2, certificate and witness)."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.kernels.build import SOFT
from graph.overlay import part
from graph.topology import CiIndex
from queries.impact import Effect, Impact, State, impact


@dataclass(frozen=True, slots=True)
class Names:
    """What settles ties: the name of a CI, and of a group by the position of one of its relationships in `csr.to`."""

    ci: Callable[[CiIndex], str] = "{:010}".format
    group: Callable[[int], str] = "{:010}".format


NUMBERS = Names()


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `ci` is in `state` by `rule`, because of `from_ci` over the relationship at `edge` of `csr.to`.

    For groups (a plain hard relationship is one of 1): how many `members`, how many `needed`, how many `left`, and
    which are `lost` (those that decide: n − m + 1 of a broken group, one of a group that holds).
    """

    ci: CiIndex
    state: State
    rule: str
    members: int = 0
    needed: int = 0
    left: int = 0
    lost: tuple[CiIndex, ...] = ()
    edge: int = -1
    from_ci: CiIndex | None = None
    effect: str | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of one dependent, with those of its members that are out: (round, index, edge), earliest first."""

    edge: int
    members: int
    needed: int
    feeds: bool
    lost: tuple[tuple[int, CiIndex, int], ...]

    @property
    def deciding(self) -> int:
        """How many lost members break it."""
        return self.members - self.needed + 1


@dataclass(frozen=True, slots=True)
class SeedState:
    """How a seed stands under the other seeds alone."""

    state: State
    hops: int
    margin: int | None


def witness(found: Impact, ci: CiIndex, names: Names = NUMBERS) -> tuple[Step, ...]:
    """One chain from `ci` to a seed; empty for a CI that is not hit.

    Of several broken groups the one whose deciding member was lost first explains, then the smaller group id; of
    several lost members the one lost first, then the smaller `ci_id`: never the numbers that CIs happen to have.
    """
    steps: list[Step] = []
    at: CiIndex | None = ci
    while at is not None and found.state(at) != State.UNAFFECTED:
        for step in _explained(found, at, names):
            steps.append(step)
            at = step.from_ci
        if len(steps) > found.topology.n + 1:
            raise AssertionError(f"the why of CI {ci} goes in a circle")
    return tuple(steps)


def _explained(found: Impact, ci: CiIndex, names: Names) -> Iterator[Step]:
    state = found.state(ci)
    effect = found.seeds.get(ci)
    seeded = effect is not None and (effect == Effect.DEGRADED) == (state == State.DEGRADED)
    if seeded and effect is not None and state >= State.DEGRADED:
        yield Step(ci, state, "seed", effect=effect.name.lower())
    elif state == State.OUTAGE:
        yield from _outage(found, ci, names)
    elif state == State.DEGRADED:
        yield _degraded(found, ci, names)
    else:
        yield _at_risk(found, ci, names)


def _outage(found: Impact, ci: CiIndex, names: Names) -> Iterator[Step]:
    stopped = found.hops(ci)
    groups = [g for g in _groups(found, ci, names) if len(g.lost) >= g.deciding and g.lost[g.deciding - 1][0] < stopped]
    if groups:
        chosen = min(groups, key=lambda g: (g.lost[g.deciding - 1][0], names.group(g.edge)))
        yield _broken(found, ci, chosen, "provider_out" if chosen.members == 1 else "group_broken")
    else:
        yield from _no_source(found, ci, names)


def _broken(
    found: Impact, ci: CiIndex, group: _Group, rule: str, through: tuple[int, CiIndex, int] | None = None
) -> Step:
    deciding = group.lost[: group.deciding]
    _, source, edge = through or deciding[0]
    left = group.members - len(group.lost)
    lost = tuple(member for _, member, _ in deciding)
    return Step(ci, found.state(ci), rule, group.members, group.needed, left, lost, edge, source)


def _no_source(found: Impact, ci: CiIndex, names: Names) -> Iterator[Step]:
    # CIs that lost their source together stopped in one round: go through them, nearest first, to one that lost a
    # member of a feeding group before that
    stopped = found.hops(ci)
    came: dict[CiIndex, Step | None] = {ci: None}
    queue = deque([ci])
    while queue:
        at = queue.popleft()
        for group in sorted(_groups(found, at, names), key=lambda g: names.group(g.edge)):
            if not group.feeds or len(group.lost) < group.deciding:
                continue
            for member in group.lost:
                step = _broken(found, at, group, "no_source", member)
                if member[0] < stopped:
                    yield from [*_chain(came, at), step]
                    return
                if member[1] not in came:
                    came[member[1]] = step
                    queue.append(member[1])
    raise AssertionError(f"CI {ci} is out and nothing it rests on explains it")


def _chain(came: dict[CiIndex, Step | None], at: CiIndex) -> list[Step]:
    steps: list[Step] = []
    step = came[at]
    while step is not None:
        steps.append(step)
        step = came[step.ci]
    return steps[::-1]


def _degraded(found: Impact, ci: CiIndex, names: Names) -> Step:
    before = found.hops(ci) - 1
    held = [g for g in _groups(found, ci, names) if g.lost and g.lost[0][0] == before]
    if held:
        group = min(held, key=lambda g: (names.ci(g.lost[0][1]), names.group(g.edge)))
        _, source, edge = group.lost[0]
        left = group.members - len(group.lost)
        return Step(ci, State.DEGRADED, "redundancy_lost", group.members, group.needed, left, (source,), edge, source)
    soft = [(p, e) for p, e, code in _edges(found, ci) if code == SOFT and _round(found, p) == before]
    source, edge = min(soft, key=lambda item: names.ci(item[0]))
    return Step(ci, State.DEGRADED, "soft_provider_out", edge=edge, from_ci=source)


def _at_risk(found: Impact, ci: CiIndex, names: Names) -> Step:
    edges = [(p, edge) for p, edge, _ in _edges(found, ci) if found.state(p)]
    hit = [(-found.state(p), found.hops(p), names.ci(p), names.group(edge), p, edge) for p, edge in edges]
    worst, _, _, _, source, edge = min(hit)
    rule = "provider_degraded" if -worst == State.DEGRADED else "provider_at_risk"
    return Step(ci, State.AT_RISK, rule, edge=edge, from_ci=source)


def _edges(found: Impact, ci: CiIndex) -> Iterator[tuple[CiIndex, int, int]]:
    """(provider, edge, code) of each relationship of a CI."""
    csr = found.topology.csr
    place = csr.place[ci]
    for edge in range(int(csr.beg[place]), int(csr.end[place])):
        yield int(csr.index[csr.to[edge]]), edge, int(csr.code[edge])


def _round(found: Impact, ci: CiIndex) -> int | None:
    return found.hops(ci) if found.state(ci) == State.OUTAGE else None


def _groups(found: Impact, ci: CiIndex, names: Names = NUMBERS) -> Iterator[_Group]:
    csr = found.topology.csr
    grouped: dict[int, list[tuple[int, CiIndex, int]]] = {}
    first: dict[int, int] = {}
    for provider, edge, code in _edges(found, ci):
        stopped = _round(found, provider)
        lost = [] if stopped is None else [(stopped, provider, edge)]
        if code >= 0:
            first.setdefault(code, edge)
            grouped.setdefault(code, []).extend(lost)
        elif code != SOFT:
            yield _Group(edge, 1, 1, code != -1, tuple(lost))
    for code, lost_members in grouped.items():
        size, needed, feeds = int(csr.size[code]), int(csr.needed[code]), bool(csr.feeds[code])
        lost_members.sort(key=lambda member: (member[0], names.ci(member[1])))
        yield _Group(first[code], size, needed, feeds, tuple(lost_members))


def listed_seeds(found: Impact) -> dict[CiIndex, SeedState]:
    """Seeds that the other seeds alone affect, and how; such a seed is listed among the affected (SEMANTICS 2).

    Outside of cycles one look at its providers decides, since what it rests on does not rest on it. Inside one, and
    where something feeds, the impact of the others is computed on what the seed rests on, never on the whole graph.
    """
    listed: dict[CiIndex, SeedState] = {}
    if len(found.seeds) < 2:
        return listed
    for ci in found.seeds:
        seen = _by_itself(found, ci) if found.topology.has_feeds or _in_cycle(found, ci) else _one_look(found, ci)
        if seen.state != State.UNAFFECTED:
            listed[ci] = seen
    return listed


def others_alone(found: Impact, ci: CiIndex) -> Impact:
    """The impact of all seeds but one, which explains why that one is listed."""
    return impact(found.topology, {seed: effect for seed, effect in found.seeds.items() if seed != ci})


def _by_itself(found: Impact, ci: CiIndex) -> SeedState:
    under = found.topology.all_providers_of([ci])
    cis = np.union1d(under, np.int32(ci)).astype(np.int32)
    others = {int(np.searchsorted(cis, s)): e for s, e in found.seeds.items() if s != ci and _is_in(cis, s)}
    if not others:
        return SeedState(State.UNAFFECTED, -1, None)
    alone, at = impact(part(found.topology, cis), others), int(np.searchsorted(cis, ci))
    return SeedState(alone.state(at), alone.hops(at), alone.margin(at))


def _is_in(cis: NDArray[np.int32], ci: CiIndex) -> bool:
    at = int(np.searchsorted(cis, ci))
    return at < len(cis) and int(cis[at]) == ci


def _in_cycle(found: Impact, ci: CiIndex) -> bool:
    if not found.topology.is_ordered:
        return True  # its cycles are not known exactly
    csr = found.topology.csr
    return bool(csr.cycles_of(csr.place[ci : ci + 1])[0] >= 0)


def _one_look(found: Impact, ci: CiIndex) -> SeedState:
    margins: list[int] = []
    broken: list[int] = []
    weak: list[int] = []
    for group in _groups(found, ci):
        if group.lost:
            margins.append(group.members - len(group.lost) - group.needed)
            weak.append(group.lost[0][0])
        if len(group.lost) >= group.deciding:
            broken.append(group.lost[group.deciding - 1][0])
    edges = list(_edges(found, ci))
    weak += [stopped for p, _, code in edges if code == SOFT and (stopped := _round(found, p)) is not None]
    margin = min(margins, default=None)
    if broken:
        return SeedState(State.OUTAGE, 1 + min(broken), margin)
    if weak:
        return SeedState(State.DEGRADED, 1 + min(weak), margin)
    if any(found.state(p) for p, _, _ in edges):
        return SeedState(State.AT_RISK, _nearest_seed(found, ci), margin)
    return SeedState(State.UNAFFECTED, -1, margin)


def _nearest_seed(found: Impact, ci: CiIndex) -> int:
    seen, level, hops = {ci}, [ci], 0
    while level:
        hops += 1
        level = [p for at in level for p, _, _ in _edges(found, at) if found.state(p) and p not in seen]
        if any(p in found.seeds for p in level):
            return hops
        seen.update(level)
    raise AssertionError(f"seed {ci} is at risk and rests on no seed")
