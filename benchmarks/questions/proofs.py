"""Certificates: of the outage with the most rounds, built from the finished answer and checked; of what is at risk.

Of each seed set the CI is taken whose proof has the most steps among those that stopped last. The answer itself is not
in the figures; that it is looked up in for the first time is.
"""

import numpy as np

from benchmarks.estates import LayeredEstate, layered_estate
from benchmarks.figures import MS, OURS, Bench, Timing, once
from benchmarks.seeds import seed_sets
from benchmarks.warm_start import estate_of
from graph.estate import Estate
from graph.topology import Topology
from queries.certificate import check
from queries.impact import Impact, State, impact
from queries.proof import certificate

RUNS = 9
LAST = 20  # CIs that stopped last, of which the one with the longest proof is taken
RISKY = 10  # CIs at risk, of which the one that most stands beside is taken


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says."""
    _of(bench, estate, topology, "")
    fed = layered_estate(estate.n, fed=True)
    _of(bench, fed, fed.topology(), ".fed")


def _of(bench: Bench, made: LayeredEstate, topology: Topology, suffix: str) -> None:
    estate = estate_of(made, topology)
    worst = {"built": 0.0, "checked": 0.0}
    for name, some in seed_sets(made, topology).items():
        found = _answered(topology, some)
        for kind, ci in (("outage", _last(estate, found)), ("at_risk", _risky(estate, found))):
            if ci is None:
                continue
            built, checked, sizes = _timed(estate, some, ci)
            bench.timed(f"proof{suffix}.{kind}.built.{name}", OURS, built, seeds=len(some), **sizes)
            bench.timed(f"proof{suffix}.{kind}.checked.{name}", OURS, checked, seeds=len(some), **sizes)
            if kind == "outage":
                worst["built"] = max(worst["built"], built.median * MS)
                worst["checked"] = max(worst["checked"], checked.median * MS)
    for what, most in worst.items():
        bench.add(f"proof{suffix}.{what}.worst", OURS, most, "ms")


def _answered(topology: Topology, some: tuple[int, ...]) -> Impact:
    found = impact(topology, dict.fromkeys(some, "outage"))
    _ = found.touched
    return found


def _last(estate: Estate, found: Impact) -> int:
    states, hops = found.dense()
    out = np.flatnonzero(states == State.OUTAGE)
    last = out[np.argsort(-hops[out], kind="stable")[:LAST]].tolist()
    return int(max(last, key=lambda ci: len(certificate(estate, found, ci).steps)))


def _risky(estate: Estate, found: Impact) -> int | None:
    some = np.random.default_rng(3).permutation(found.indices(State.AT_RISK))[:RISKY].tolist()
    return max(some, key=lambda ci: len(certificate(estate, found, ci).header.standing or ()), default=None)


def _timed(estate: Estate, some: tuple[int, ...], ci: int) -> tuple[Timing, Timing, dict[str, int]]:
    built, checked = [], []
    for _ in range(RUNS):
        found = _answered(estate.topology, some)
        made, seconds = once(lambda found=found: certificate(estate, found, ci))  # type: ignore[misc]
        built.append(seconds)
        outcome, seconds = once(lambda made=made: check(made.header, made.steps, estate))  # type: ignore[misc]
        checked.append(seconds)
        if not outcome.accepted:
            raise AssertionError(f"the proof of {made.header.claim} is rejected: {outcome.bad_step}")
    sizes = {"steps": len(made.steps), "standing": len(made.header.standing or ())}
    return Timing(tuple(built)), Timing(tuple(checked)), sizes
