"""Changes of a fortnight against each other, and the free slots of one among them in 90 days."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.estates import LayeredEstate
from benchmarks.figures import OURS, Bench, once, repeated
from benchmarks.written import Written
from graph.ontology import load_ontology
from graph.records.changes import Change, change_of
from graph.records.edits import EditGroup, plain
from graph.records.windows import Window
from graph.topology import Topology
from graph.values import State
from queries.change_conflicts import change_conflicts
from queries.free_slots import free_slots
from queries.planned import Asked

BEGIN = datetime(2026, 11, 23, 10, tzinfo=UTC)
CHANGES, SEEDS, HOURS, DAYS, HORIZON = 1_000, 20, 4, 14, 90
EDITED = 10  # every tenth change moves a machine to another host


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says; a change takes 20 CIs out for four hours, a tenth of them has edits."""
    written = Written(estate, topology)
    moves = written.moves("virtual machine", "host", CHANGES // EDITED)
    changes, windows = fortnight(written, moves)
    kept = written.kept([group for move in moves for group in move])
    asked = Asked(written.estate, load_ontology(), changes, [], BEGIN, kept)
    end = BEGIN + timedelta(days=DAYS)

    found, _ = once(lambda: change_conflicts(asked, windows, BEGIN, end, "UTC"))
    timing = repeated(lambda: change_conflicts(asked, windows, BEGIN, end, "UTC"))
    kinds = {kind: sum(each.kind == kind for each in found.found) for kind in sorted({e.kind for e in found.found})}
    bench.timed("conflicts", OURS, timing, complete=found.complete, **kinds)

    until = BEGIN + timedelta(days=HORIZON)
    slots, _ = once(lambda: free_slots(asked, windows, changes[1], BEGIN, until, "UTC"))
    timing = repeated(lambda: free_slots(asked, windows, changes[1], BEGIN, until, "UTC"))
    bench.timed("slots", OURS, timing, slots=len(slots.slots), in_the_way=len(slots.in_the_way))


def fortnight(
    written: Written, moves: Sequence[tuple[EditGroup, ...]], *, seed: int = 5
) -> tuple[list[Change], list[Window]]:
    """The changes, drawn by a seed, and a blackout of everything on each weekend's Sunday."""
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, (DAYS * 24 - HOURS) * 4, CHANGES)
    changes = []
    for number, quarter in enumerate(starts.tolist()):
        start = BEGIN + timedelta(minutes=15 * quarter)
        state: State = {
            "title": "t", "status": "approved", "category": "standard", "planned_start": start.isoformat(),
            "planned_end": (start + timedelta(hours=HOURS)).isoformat(),
            "affected": sorted(f"ci-{ci}=outage" for ci in written.drawn(SEEDS)),
        }  # fmt: skip
        if number % EDITED == 0:
            state["edits"] = plain(moves[number // EDITED])
        changes.append(change_of(f"CHG-{number:04}", state))
    sunday = datetime(2026, 11, 28, 16, tzinfo=UTC)
    weekly = Window("W-1", "blackout", ("*",), sunday, None, "FREQ=WEEKLY", 24 * 3_600, "UTC", None)
    return changes, [weekly]
