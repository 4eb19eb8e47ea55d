"""The ledgers of a month: updates and changes drawn by a seed, a tenth of the updates of any CI at all."""

import json
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.estates import LayeredEstate
from benchmarks.figures import OURS, Bench, once, repeated
from graph.ontology import load_ontology
from graph.records.changes import Change, change_of
from graph.records.updates import Update
from graph.topology import Topology
from graph.values import State
from queries.ledgers import UPDATES as BUCKETS
from queries.ledgers import ledgers

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
SECONDS = 31 * 86_400
UPDATES, CHANGES = 100_000, 5_000
AFFECTED = 20  # CIs of a change; a tenth of the changes say what they edit
UNCLAIMED = 0.1  # of updates of any CI at all
FIELDS = ("version", "cpu_cores", "memory_gb", "ip")


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says; the month is the same at every size, its CIs are drawn from all."""
    updates, changes = month(UPDATES, CHANGES, estate.n)
    ontology, at = load_ontology(), BEGIN + timedelta(days=40)
    tracemalloc.start()
    found, _ = once(lambda: ledgers(updates, changes, ontology, at=at))
    megabytes = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    counts = dict(zip(BUCKETS, np.bincount(found.bucket, minlength=len(BUCKETS)).tolist(), strict=True))
    timing = repeated(lambda: ledgers(updates, changes, ontology, at=at))
    bench.timed("ledgers", OURS, timing, **counts, obligations=len(found.obligations), megabytes=round(megabytes))
    end = BEGIN + timedelta(days=32)
    bench.timed("ledgers.entries", OURS, repeated(lambda: found.entries(BEGIN, end)), entries=len(updates))


def month(updates: int, changes: int, cis: int, *, seed: int = 1) -> tuple[list[Update], list[Change]]:
    """So many updates, most of them within a change of their CI, and so many changes; in no order."""
    rng = np.random.default_rng(seed)
    start, length = rng.integers(0, SECONDS - 86_400, changes), rng.integers(1_800, 6 * 3_600, changes)
    affected = rng.integers(0, cis, (changes, AFFECTED))
    made = [_change(*each) for each in zip(range(changes), start.tolist(), length.tolist(), affected, strict=True)]
    of = rng.integers(0, changes, updates)
    ci = np.where(
        rng.random(updates) < UNCLAIMED, rng.integers(0, cis, updates), affected[of, rng.integers(0, 20, updates)]
    )
    at = start[of] + rng.integers(0, 86_400, updates)
    seen, field = at - rng.integers(0, 3_600, updates), rng.integers(0, len(FIELDS), updates)
    rows = zip(range(1, updates + 1), ci.tolist(), field.tolist(), seen.tolist(), at.tolist(), strict=True)
    return [_update(*row) for row in rows], made


def _update(revision: int, ci: int, field: int, seen: int, at: int) -> Update:
    moments = BEGIN + timedelta(seconds=seen), BEGIN + timedelta(seconds=at)
    return Update(revision, f"ci-{ci}", "attribute", FIELDS[field], "1", str(revision % 3), *moments)


def _change(number: int, start: int, length: int, affected: Sequence[int]) -> Change:
    begun = BEGIN + timedelta(seconds=start)
    state: State = {
        "title": "t", "status": "closed", "decision": "approved", "category": "standard", "outcome": "success",
        "decided_at": (begun - timedelta(days=1)).isoformat(), "actual_start": begun.isoformat(),
        "actual_end": (begun + timedelta(seconds=length)).isoformat(),
        "affected": [f"ci-{ci}=outage" for ci in affected],
    }  # fmt: skip
    if number % 10 == 0:
        edits = [{"op": "set", "ci_id": f"ci-{ci}", "field": "version", "value": "1"} for ci in affected]
        state["edits"] = json.dumps(edits)
    return change_of(f"CHG-{number:06}", state)
