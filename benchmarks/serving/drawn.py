"""A thousand coming changes as a table for the importers, drawn by a seed on a seeded estate."""

import csv
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.estates import LayeredEstate
from benchmarks.seeds import affected_by, moderate
from benchmarks.warm_start import ci_ids
from benchmarks.written import Written
from graph.records.edits import plain
from graph.topology import Topology

CHANGES, HOURS, DAYS = 1_000, 4, 28  # of a month, each for so long
EDITED = 10  # every tenth moves a machine to another host
PICTURE = 362  # CIs that the change of the design affects
LARGE = "CHG-0001"  # affects about so many; it has no edits, so that its page draws all of them
WAITING = tuple(f"CHG-{number:04}" for number in range(11, 1_000, 90))  # that wait for a decision
ZONE = "Asia/Shanghai"
PAPERS = {"back_out_plan": "DOC-1", "test_evidence": "DOC-2", "assessment": "DOC-3"}
COLUMNS = ("change_id", "title", "category", "status", "decision", "planned_start", "planned_end", "zone", "affected",
           "effect", "edits", *PAPERS)  # fmt: skip


def month_after(day: date) -> date:
    """The first day of the month after a day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def write_changes(made: LayeredEstate, folder: Path, month: date) -> int:
    """Write `changes.csv`: changes of that month. How many CIs the largest, `LARGE`, affects."""
    topology, ids = made.topology(), ci_ids(made)
    seeds, largest = _seeds(topology)
    moves = Written(made, topology, ids).moves("virtual machine", "host", CHANGES // EDITED)
    begin = datetime.combine(month, time(), ZoneInfo(ZONE))
    quarters = np.random.default_rng(5).integers(0, (DAYS * 24 - HOURS) * 4, CHANGES).tolist()
    with (folder / "changes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for number, quarter in enumerate(quarters):
            start, change_id = begin + timedelta(minutes=15 * quarter), f"CHG-{number:04}"
            waits = change_id in WAITING
            writer.writerow({
                "change_id": change_id, "title": f"变更 {number}", "category": "simple",
                "status": "assessed" if waits else "approved", "decision": "" if waits else "approved",
                "planned_start": start.isoformat(), "planned_end": (start + timedelta(hours=HOURS)).isoformat(),
                "zone": ZONE, "affected": ids[seeds[number]], "effect": "outage", **PAPERS,
                "edits": plain(moves[number // EDITED]) if number % EDITED == 0 else "",
            })  # fmt: skip
    return largest


def _seeds(topology: Topology) -> tuple[Sequence[int], int]:
    # the change of the design's size gets the CI that comes nearest to it
    seeds = moderate(topology, CHANGES)
    sizes = [affected_by(topology, ci) for ci in seeds]
    nearest = min(range(CHANGES), key=lambda at: abs(sizes[at] - PICTURE))
    place = int(LARGE.rpartition("-")[2])
    seeds[nearest], seeds[place] = seeds[place], seeds[nearest]
    return seeds, sizes[nearest]
