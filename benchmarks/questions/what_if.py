"""The graph as a change would leave it: the first edits, one more edit, one more seed, what differs for services."""

from typing import Any

import numpy as np

from benchmarks.estates import LayeredEstate, layered_estate
from benchmarks.figures import MS, OURS, Bench, each, once
from benchmarks.written import Written
from graph.records.edits import EditGroup
from graph.topology import Topology
from queries.before_after import BeforeAfter
from queries.proposed import Proposal

MOVED = 20  # CIs of which each leaves a provider for another one of the same tier, one a question
SEEDED = 20
MOVES = (("virtual machine", "host"), ("application", "container"))


def measure(bench: Bench, estate: LayeredEstate, _: Topology) -> None:
    """As the package says; hosts feed their machines, so that something feeds from the start."""
    fed = layered_estate(estate.n, fed=True)
    register = Written(fed, fed.topology())
    for tier, below in MOVES:
        _of(bench, register, tier, below)


def _of(bench: Bench, register: "Written", tier: str, below: str) -> None:
    moves = register.moves(tier, below, MOVED + 1)
    seeds: Any = dict.fromkeys(register.drawn(SEEDED), "outage")
    first, rest = moves[0], moves[1:]
    proposal, seconds = once(lambda: register.proposed(first))
    name = f"whatif.{tier.replace(' ', '_')}"
    bench.add(f"{name}.first", OURS, seconds * MS, "ms")
    proposal.during(seeds)
    BeforeAfter(proposal, seeds).plain()
    kept = [proposal]

    def more(groups: tuple[EditGroup, ...]) -> Proposal:
        kept[0] = kept[0].with_edits(groups, register.kept(groups))
        kept[0].during(seeds)
        return kept[0]

    bench.timed(f"{name}.edit", OURS, each(more, rest))
    extra = [{**seeds, ci: "outage"} for ci in register.drawn(MOVED)]
    bench.timed(f"{name}.seed", OURS, each(kept[0].during, extra))
    alone = [BeforeAfter(proposal.with_edits(m, register.kept(m)), seeds) for m in rest[:10]]
    counts = [len(found.services) for found in alone]
    bench.timed(f"{name}.steady", OURS, each(lambda found: found.plain(), alone), services=int(np.median(counts)))
