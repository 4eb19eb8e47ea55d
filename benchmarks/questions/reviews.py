"""The review of one change that stops many CIs."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from benchmarks.estates import LayeredEstate
from benchmarks.figures import MS, OURS, Bench, each
from benchmarks.warm_start import estate_of
from graph.ontology import load_ontology
from graph.records.changes import Change, change_of
from graph.records.kept_graph import KeptGraph
from graph.risk import load_risk_model
from graph.topology import Topology
from queries.proposed import propose
from queries.review import Review
from queries.review_answer import plain
from queries.surroundings import Surroundings

ASKED = 60  # changes
SEEDED = 20  # CIs that each stops


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says."""
    made = estate_of(estate, topology)
    proposal = propose(made, load_ontology(), (), KeptGraph({}, {}))
    rng = np.random.default_rng(29)
    around = Surroundings(at=datetime(2026, 11, 27, tzinfo=UTC), log_hash="fl1:0")
    changes = [_change(at, [made.ids[ci] for ci in rng.integers(0, estate.n, SEEDED).tolist()]) for at in range(ASKED)]

    def review(change: Change) -> object:
        return plain(Review(change, proposal, around, load_risk_model()))

    review(changes[0])
    timing = each(review, changes)
    bench.timed("review.median", OURS, timing)
    bench.add("review.p99", OURS, timing.p99 * MS, "ms", **timing.more())


def _change(at: int, affected: list[str]) -> Change:
    window = {"planned_start": "2026-11-28T22:00:00Z", "planned_end": "2026-11-29T02:00:00Z"}
    papers: dict[str, Any] = {"back_out_plan": "DOC-1", "test_evidence": ["DOC-2"], "assessment": "DOC-3"}
    return change_of(f"CHG-{at}", {"title": "x", "category": "standard", "affected": affected, **window, **papers})
