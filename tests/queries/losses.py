"""Random losses on random estates: who is hit, for how long, with failovers and orders; much of it not known."""

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from queries.continuity import RecoveryPath, recovery_path
from queries.recovery import Bounds, recovery_bounds
from tests.graph.estates import Drawn, random_estate
from tests.queries.slow_recovery import World

TIMES, LIKELY = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, math.nan, math.inf), (0.2, 0.2, 0.15, 0.1, 0.1, 0.05, 0.15, 0.05)


@st.composite
def losses(draw: st.DrawFn, most: int = 9) -> tuple[Drawn, World]:
    """An estate of up to `most` CIs and a loss."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, most))
    drawn = random_estate(n, rng, feeds=True)
    vague = rng.random() < 0.6
    times = rng.choice(TIMES, n, p=LIKELY) if vague else rng.choice((0.0, 1.0, 2.0, 3.0, 4.0), n)
    hit = rng.random(n) < rng.random()
    late, target = np.full(n, math.nan), np.full(n, -1)
    if rng.random() < 0.5:
        late = rng.choice((0.0, 1.0, 2.0, 4.0, math.nan), n)
        target = np.where(rng.random(n) < 0.4, rng.integers(0, n, n), -1)
    order: tuple[tuple[int, int], ...] = ()
    if rng.random() < 0.4 and n > 1:
        pairs = [rng.choice(n, 2, replace=False) for _ in range(int(rng.integers(1, 4)))]
        order = tuple((int(a), int(b)) for a, b in pairs)
    times_given, late_given = tuple(times.tolist()), tuple(late.tolist())
    return drawn, World(drawn.estate, tuple(hit.tolist()), times_given, late_given, tuple(target.tolist()), order)


def _arguments(world: World) -> dict[str, Any]:
    failing_over = {"failover_time": world.failover_time, "failover_target": world.failover_target}
    return {**(failing_over if max(world.failover_target) >= 0 else {}), "order": world.order or None}


def bounds_of(drawn: Drawn, world: World) -> Bounds:
    """The fast version of all CIs."""
    return recovery_bounds(drawn.topology, world.times, world.hit, **_arguments(world))


def path_of(drawn: Drawn, world: World, service: int) -> RecoveryPath:
    """The fast version of one service."""
    return recovery_path(drawn.topology, world.times, service, world.hit, **_arguments(world))
