"""From the records of changes, their edits included, to conflicts: those of every instant and every set."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.ontology import load_ontology
from graph.records.changes import change_of
from graph.records.edits import EditGroup, edits_of, plain
from graph.records.incidents import incident_of
from graph.values import State
from queries.change_conflicts import REFUSED, Words, change_conflicts, noted_conflicts
from queries.intervals import Interval
from queries.planned import EPOCH, Asked, named, planned
from tests.graph.estates import cases
from tests.queries.slow_changes import SlowChange, slow_schedule
from tests.queries.slow_proposed import World, random_edits, random_world

EXAMPLES = settings(max_examples=cases(10_000, 50), deadline=None, suppress_health_check=list(HealthCheck))
ONTOLOGY = load_ontology()
BEGIN, NOW, END = 2, 3, 9
HOUR = timedelta(hours=1)


def asked(world: World, changes: Sequence[SlowChange]) -> Asked:
    """The question about these records."""
    records = [change_of(each.name, state_of(each)) for each in changes if each.is_change]
    incidents = [
        incident_of(each.name.removeprefix("incident:"), state_of(each)) for each in changes if not each.is_change
    ]
    kept = world.kept(named(records, ONTOLOGY))
    return Asked(world.estate(), ONTOLOGY, records, incidents, EPOCH + NOW * HOUR, kept)


def state_of(change: SlowChange) -> State:
    start = (EPOCH + change.start * HOUR).isoformat()
    ends = {} if change.end is None else {"planned_end": (EPOCH + change.end * HOUR).isoformat()}
    if not change.is_change:
        return {"ci_id": next(iter(change.affected)), "started_at": start, "expected_end": ends["planned_end"]}
    edits = {"edits": plain(change.groups)} if change.groups else {}
    affected = [f"{ci}={effect}" for ci, effect in change.affected.items()]
    return {"title": "t", "status": "scheduled", "planned_start": start, **ends, "affected": affected, **edits}


def random_change(number: int, world: World, rng: np.random.Generator, *, feeds: bool) -> SlowChange:
    live = sorted(ci for ci in world.cis if world.is_live(ci)) or ["ci-0"]
    if rng.random() < 0.1:
        return SlowChange(
            f"incident:{number}", int(rng.integers(0, NOW + 1)), NOW + int(rng.integers(1, 8)),
            {str(rng.choice(live)): "outage"}, is_change=False,
        )  # fmt: skip
    start = int(rng.integers(0, 12))
    end = None if rng.random() < 0.1 else start + int(rng.integers(1, 8))
    effects = ["outage"] * 4 + ["degraded", "retire"]
    groups = random_edits(rng, world, 3, feeds=feeds) if rng.random() < 0.6 else ()
    some = rng.choice(live, min(len(live), int(rng.integers(0 if groups else 1, 3))), replace=False)
    return SlowChange(f"C{number}", start, end, {str(ci): str(rng.choice(effects)) for ci in some}, groups)


@pytest.mark.many
@EXAMPLES
@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(1, 3))
def test_conflicts_of_records_are_those_of_every_instant_and_every_set(seed: int, feeds: bool, order: int) -> None:
    rng = np.random.default_rng(seed)
    world = random_world(rng, int(rng.integers(3, 8)), feeds=feeds)
    changes = [random_change(number, world, rng, feeds=feeds) for number in range(int(rng.integers(1, 5)))]
    slow, given = slow_schedule(world, changes), asked(world, changes)

    plan, horizon = planned(given), Interval(EPOCH + BEGIN * HOUR, EPOCH + END * HOUR)
    noted = noted_conflicts(given.estate, plan, [], horizon, order=order)
    told = Words(given.estate, plan, []).all(noted.ledger.records())

    assert {(plan.parties[each.change].name, number_in(each.problem.at)) for each in plan.refused} == slow.refused
    assert noted.complete
    assert {
        (each.kind, frozenset(each.changes)): (
            tuple((hours(begins), hours(ends)) for begins, ends in each.intervals), set(each.ci_ids)
        )
        for each in told
        if each.kind != REFUSED
    } == slow.conflicts(BEGIN, END, order)  # fmt: skip


def number_in(at: str) -> int:
    return int(at[at.index("[") + 1 : at.index("]")])


def hours(at: Any) -> int | None:
    return None if at is None else (at - EPOCH) // HOUR


def edits(*some: dict[str, Any]) -> tuple[EditGroup, ...]:
    return edits_of(list(some), ONTOLOGY)


def mirrored() -> World:
    """An application on one of two databases, one of which runs on a host."""
    ids = {"app": "application", "db-1": "database_instance", "db-2": "database_instance", "h1": "host"}
    world = World({ci: {"ci_class": kind, "name": ci, "status": "live"} for ci, kind in ids.items()})
    group = {"strength": "hard", "redundancy_group": "db", "min_available": "1"}
    world.related["app", "depends_on", "db-1"] = dict(group)
    world.related["app", "depends_on", "db-2"] = dict(group)
    world.related["db-1", "runs_on", "h1"] = {"strength": "hard"}
    return world


MOVE = edits(
    {"op": "unrelate", "source": "app", "type": "depends_on", "target": "db-1"}, {"op": "retire", "ci_id": "db-1"}
)


@pytest.mark.parametrize("other", [
    SlowChange("C1", 2, 5, {"h1": "outage"}),
    SlowChange("incident:1", 2, 5, {"db-1": "outage"}, is_change=False),
])  # fmt: skip
def test_a_later_change_that_retires_a_ci_hides_nothing_of_before(other: SlowChange) -> None:
    works = [other, SlowChange("C3", 3, 6, {"db-2": "outage"}), SlowChange("C2", 700, 702, {}, MOVE)]
    given = asked(mirrored(), works)

    found = change_conflicts(given, [], EPOCH + BEGIN * HOUR, EPOCH + END * HOUR, "UTC")

    together = [each for each in found.found if each.kind == "emergent_outage"]
    assert [(each.changes, each.ci_ids) for each in together] == [(tuple(sorted(["C3", other.name])), ("app",))]
