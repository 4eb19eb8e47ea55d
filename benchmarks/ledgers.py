"""A month of updates and changes for the ledgers, drawn by a seed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from graph.records.changes import Change, change_of
from graph.records.updates import Update
from graph.values import State

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
SECONDS = 31 * 86_400
CIS = 1_000_000  # from which the CIs of updates and changes are drawn
AFFECTED = 20  # CIs of a change; a tenth of the changes say what they edit
UNCLAIMED = 0.1  # of updates of any CI at all
FIELDS = ("version", "cpu_cores", "memory_gb", "ip")


def month(updates: int, changes: int, *, seed: int = 1) -> tuple[list[Update], list[Change]]:
    """So many updates, most of them within a change of their CI, and so many changes; in no order."""
    rng = np.random.default_rng(seed)
    start, length = rng.integers(0, SECONDS - 86_400, changes), rng.integers(1_800, 6 * 3_600, changes)
    affected = rng.integers(0, CIS, (changes, AFFECTED))
    made = [_change(*each) for each in zip(range(changes), start.tolist(), length.tolist(), affected, strict=True)]
    of = rng.integers(0, changes, updates)
    ci = np.where(
        rng.random(updates) < UNCLAIMED, rng.integers(0, CIS, updates), affected[of, rng.integers(0, 20, updates)]
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
