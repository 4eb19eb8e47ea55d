"""Recovery of services: of one in the middle, of all CIs, and from edge arrays with nothing kept; everything is hit."""

from typing import Any

import numpy as np

from benchmarks.estates import TIERS, LayeredEstate
from benchmarks.figures import OURS, Bench, each, once, repeated
from graph.topology import Topology
from queries.cone import hard_cone
from queries.continuity import RecoveryPath, recovery_path
from queries.recovery import recovery_bounds

ASKED = 50  # services of which the median is taken
UNKNOWN, FAILING_OVER = 0.05, 0.01  # shares of CIs whose time is missing, and that can fail over to another one
MINUTES = 5 * 60.0


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says."""
    loss = losing(estate.n)
    services = np.flatnonzero(estate.tier == [name for name, _, _ in TIERS].index("business service"))
    asked = np.random.default_rng(6).permutation(services)[:ASKED].tolist()
    sizes = [len(hard_cone(topology, ci)) for ci in asked]
    timing = each(lambda ci: _path(topology, ci, loss), asked)
    bench.timed("recovery.median", OURS, timing, below=int(np.median(sizes)))
    bench.timed("recovery.whole", OURS, repeated(lambda: recovery_bounds(topology, **loss).by_place))
    middle = asked[int(np.argsort(sizes)[len(sizes) // 2])]
    bench.timed("recovery.arrays", OURS, repeated(lambda: _path(estate.topology(), middle, loss), least=3))
    _apart(bench, topology, middle, {**loss, "recovery_times": np.nan_to_num(loss["recovery_times"], nan=MINUTES)})


def _apart(bench: Bench, topology: Topology, service: int, loss: dict[str, Any]) -> None:
    # what is worked out only when it is asked for, where all times are known
    for name in ("steps", "slack", "improvement"):
        found = _path(topology, service, loss)
        _ = found.steps if name != "steps" else None
        told, seconds = once(lambda found=found, name=name: getattr(found, name))  # type: ignore[misc]
        bench.add(f"recovery.{name}", OURS, seconds * 1e3, "ms", told=len(told))


def _path(topology: Topology, service: int, loss: dict[str, Any]) -> RecoveryPath:
    return recovery_path(topology, service=service, **loss)


def losing(n: int, *, seed: int = 3) -> dict[str, Any]:
    """Every CI hit, for 5 minutes to 4 hours, but those that are failed over to."""
    rng = np.random.default_rng([n, seed])
    times = rng.integers(1, 49, n) * MINUTES
    times[rng.random(n) < UNKNOWN] = np.nan
    late, target, hit = np.full(n, np.nan), np.full(n, -1, np.int32), np.ones(n, np.bool_)
    some = np.flatnonzero(rng.random(n) < FAILING_OVER)
    target[some], late[some] = rng.integers(0, n, len(some)), rng.integers(1, 13, len(some)) * MINUTES
    hit[target[some]] = False
    return {"recovery_times": times, "hit": hit, "failover_time": late, "failover_target": target}
