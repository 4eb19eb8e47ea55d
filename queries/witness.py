"""Why a CI is hit: one chain of its certificate, from it to a seed, each step with its rule (SEMANTICS 2)."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from graph.kernels.build import SOFT
from graph.overlay import part
from graph.topology import CiIndex
from queries.impact import Impact, State, impact
from queries.reasons import Lost, Reason, Reasons, groups_of, rows_of


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
class SeedState:
    """How a seed stands under the other seeds alone."""

    state: State
    hops: int
    margin: int | None


def witness(found: Impact, ci: CiIndex, reasons: Reasons | None = None) -> tuple[Step, ...]:
    """One chain from `ci` to a seed; empty for a CI that is not hit.

    Each step is one of the certificate of `ci`, and goes on to what that cites first; through CIs that lost their
    source together the shortest way out. `reasons`: those of `found`, where several chains are asked for.
    """
    reasons, steps = reasons or Reasons(found), list[Step]()
    at: CiIndex | None = ci
    while at is not None and found.state(at) != State.UNAFFECTED:
        reason = reasons.of(at)
        steps += _way_out(reasons, at) if reason.rule == "no_source" else [_step(found, at, reason)]
        at = steps[-1].from_ci
    return tuple(steps)


def _step(found: Impact, ci: CiIndex, reason: Reason, through: Lost | None = None) -> Step:
    state, group = found.state(ci), reason.group
    if not reason.because:
        return Step(ci, state, reason.rule, effect=found.seeds[ci].name.lower())
    source = through or reason.because[0]
    if group is None:
        return Step(ci, state, reason.rule, edge=source.edge, from_ci=source.ci)
    left, lost = group.members - len(group.lost), tuple(each.ci for each in reason.because)
    return Step(ci, state, reason.rule, group.members, group.needed, left, lost, source.edge, source.ci)


def _way_out(reasons: Reasons, ci: CiIndex) -> list[Step]:
    # nearest first, to one that lost something before they all fell: without such a one they never had a source
    came: dict[CiIndex, Step | None] = {ci: None}
    queue = deque([ci])
    while queue:
        at = queue.popleft()
        reason = reasons.of(at)
        for other in reason.because:
            step = _step(reasons.found, at, reason, other)
            if not reasons.falls_with(at, other):
                return [*_chain(came, at), step]
            if other.ci not in came:
                came[other.ci] = step
                queue.append(other.ci)
    raise AssertionError(f"CI {ci} is out and nothing it rests on explains it")


def _chain(came: dict[CiIndex, Step | None], at: CiIndex) -> list[Step]:
    steps: list[Step] = []
    step = came[at]
    while step is not None:
        steps.append(step)
        step = came[step.ci]
    return steps[::-1]


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
    seeds = np.fromiter(found.seeds, np.int32, len(found.seeds))
    rows = np.minimum(np.searchsorted(cis, seeds), len(cis) - 1)
    met = np.flatnonzero((cis[rows] == seeds) & (seeds != ci))
    others = {int(rows[at]): found.seeds[int(seeds[at])] for at in met.tolist()}
    if not others:
        return SeedState(State.UNAFFECTED, -1, None)
    alone, at = impact(part(found.topology, cis), others), int(np.searchsorted(cis, ci))
    return SeedState(alone.state(at), alone.hops(at), alone.margin(at))


def _in_cycle(found: Impact, ci: CiIndex) -> bool:
    if not found.topology.is_ordered:
        return True  # its cycles are not known exactly
    csr = found.topology.csr
    return bool(csr.cycles_of(csr.place[ci : ci + 1])[0] >= 0)


def _one_look(found: Impact, ci: CiIndex) -> SeedState:
    hit = [row for row in rows_of(found, ci) if row[3]]
    lossy = [group for group in groups_of(found, ci) if group.lost]
    broken = [group.broke for group in lossy if group.is_broken]
    weak = [group.lost[0].round for group in lossy]
    weak += [hops for _, _, code, state, hops in hit if code == SOFT and state == State.OUTAGE]
    margin = min((group.margin for group in lossy), default=None)
    if broken:
        return SeedState(State.OUTAGE, 1 + min(broken), margin)
    if weak:
        return SeedState(State.DEGRADED, 1 + min(weak), margin)
    if hit:
        return SeedState(State.AT_RISK, _nearest_seed(found, ci), margin)
    return SeedState(State.UNAFFECTED, -1, margin)


def _nearest_seed(found: Impact, ci: CiIndex) -> int:
    seen, level, hops = {ci}, [ci], 0
    while level:
        hops += 1
        level = [row[0] for at in level for row in rows_of(found, at) if row[3] and row[0] not in seen]
        if any(p in found.seeds for p in level):
            return hops
        seen.update(level)
    raise AssertionError(f"seed {ci} is at risk and rests on no seed")
