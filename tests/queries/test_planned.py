"""From the records of changes, their edits included, to conflicts: those of every instant and every set."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import BadInputError
from graph.estate import RANK
from graph.ontology import load_ontology
from graph.records.changes import Change, change_of
from graph.records.edits import EditGroup, edits_of, plain
from graph.records.incidents import incident_of
from graph.records.windows import window_of
from graph.values import State
from queries import change_conflicts as module
from queries.change_conflicts import REFUSED, Words, change_conflicts, noted_conflicts
from queries.conflicts import Ledger
from queries.edit_chain import chain_of
from queries.free_slots import free_slots
from queries.intervals import Interval
from queries.planned import EPOCH, Asked, moment_of, named, planned
from tests.conftest import LONG
from tests.graph.estates import cases
from tests.queries.slow_changes import SlowChange, slow_schedule
from tests.queries.slow_proposed import World, random_edits, random_world

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))
FEWER = settings(EXAMPLES, max_examples=cases(10_000, 50))  # slots have an oracle of their own beside the records
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
    for about in [number for number, party in enumerate(plan.parties) if party.is_change][: None if LONG else 2]:
        own = noted_conflicts(given.estate, plan, [], horizon, order=order, about=about)
        assert own.ledger.records() == tuple(each for each in noted.ledger.records() if about in each.parties)


@pytest.mark.many
@FEWER
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_free_slots_of_records_are_those_of_every_start(seed: int, feeds: bool) -> None:
    rng = np.random.default_rng(seed)
    world = random_world(rng, int(rng.integers(3, 7)), feeds=feeds)
    some = [random_change(number, world, rng, feeds=feeds) for number in range(int(rng.integers(2, 5)))]
    changes = [each for each in some if each.is_change] or [SlowChange("C0", 2, 3, {})]
    given = asked(world, some)
    moved = given.changes[0] if given.changes else change_of("C0", state_of(changes[0]))

    found = free_slots(given, [], moved, EPOCH + BEGIN * HOUR, EPOCH + END * HOUR, "UTC", order=2)

    length = None if moved.planned_end is None else changes[0].end - changes[0].start  # type: ignore[operator]
    last = END - 1 if length is None else END - length
    free = [at for at in range(BEGIN, last + 1) if is_free(given, moved, at, length)]
    # where all CIs are retired, what a change names is not there
    assert found.complete == all(world.is_live(ci_id) for each in some for ci_id in each.affected)
    hour = HOUR // timedelta(microseconds=1)
    assert [
        at for at in range(BEGIN, last + 1) if any(a <= at * hour <= b for a, b in (s.starts for s in found.slots))
    ] == free


def is_free(given: Asked, moved: Change, at: int, length: int | None) -> bool:
    """Whether a start is in nobody's way, by looking at all that is planned with it there."""
    end = None if length is None else EPOCH + (at + length) * HOUR
    there = replace(moved, planned_start=EPOCH + at * HOUR, planned_end=end)
    others = [each for each in given.changes if each.change_id != moved.change_id]
    plan = planned(replace(given, changes=[*others, there]))
    noted = noted_conflicts(given.estate, plan, [], Interval(EPOCH + BEGIN * HOUR, EPOCH + 99 * HOUR), order=2)
    names = [{plan.parties[number].name for number in each.parties} for each in noted.ledger.records()]
    return not any(moved.change_id in some for some in names)


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


FREEZE = window_of(
    "FREEZE", {"kind": "blackout", "scope": ["*"], "from": "1970-01-01T00:00Z", "to": "1970-01-02T00:00Z"}
)
SPAN = EPOCH + BEGIN * HOUR, EPOCH + END * HOUR


def test_a_misspelt_ci_is_no_way_round_a_freeze() -> None:
    given = asked(mirrored(), [SlowChange("C1", 3, 5, {"db-typo": "outage"})])

    found = change_conflicts(given, [FREEZE, replace(FREEZE, kind="maintenance", end=EPOCH + HOUR)], *SPAN, "UTC")

    assert [(each.kind, each.severity, each.ci_ids) for each in found.found] == [
        ("blackout", "block", ()), ("outside_maintenance", "review", ())
    ]  # fmt: skip
    assert not free_slots(given, [FREEZE], given.changes[0], *SPAN, "UTC").slots


def test_an_edit_of_a_ci_that_is_not_there_is_a_conflict() -> None:
    works = [SlowChange("C1", 3, 5, {}, edits({"op": "retire", "ci_id": "db-typo"}))]
    given = asked(mirrored(), works)

    assert [(each.kind, each.changes) for each in change_conflicts(given, [], *SPAN, "UTC").found] == [
        ("edit_conflict", ("C1",))
    ]
    assert not free_slots(given, [], given.changes[0], *SPAN, "UTC").slots


def test_a_full_ledger_has_the_blackouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Ledger", partial(Ledger, most=9))
    given = asked(mirrored(), [SlowChange(f"C{number}", 3, 5, {"db-1": "outage"}) for number in range(9)])

    found = change_conflicts(given, [FREEZE], *SPAN, "UTC")

    assert not found.complete
    assert [each.changes for each in found.found if each.kind == "blackout"] == [(f"C{number}",) for number in range(9)]


def test_larger_sets_are_possible_where_slots_are_asked_for() -> None:
    world = mirrored()
    for node in ("db-3", "db-4"):
        world.cis[node] = {"ci_class": "database_instance", "name": node, "status": "live"}
        world.related["app", "depends_on", node] = dict(world.related["app", "depends_on", "db-1"])
    given = asked(world, [SlowChange(f"C{number}", 3, 5, {f"db-{number}": "outage"}) for number in range(1, 5)])

    found = free_slots(given, [], given.changes[0], *SPAN, "UTC")

    assert (found.complete, found.others_possible) == (True, True)


def test_a_column_that_names_what_another_change_retires_does_not_apply() -> None:
    def located(name: str, start: int) -> SlowChange:
        field = {"op": "set", "ci_id": "app", "field": "site", "value": "db-1"}
        return SlowChange(name, start, start + 1, {}, edits(field))

    retiring = SlowChange("C2", 4, 5, {}, edits({"op": "retire", "ci_id": "db-1"}))
    plan = planned(asked(mirrored(), [located("C1", 3), retiring, located("C3", 5)]))

    assert [(plan.parties[each.change].name, each.problem.message.key) for each in plan.refused] == [
        ("C3", "edits.retired_already")
    ]


def test_of_too_many_places_among_the_edits_of_others_the_first_are_tried_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    works = [
        SlowChange(f"C{at}", at, at + 1, {}, edits({"op": "set", "ci_id": "app", "field": "name", "value": str(at)}))
        for at in range(1, 6)
    ]
    given = asked(mirrored(), works)
    whole = free_slots(given, [], given.changes[0], *SPAN, "UTC")

    monkeypatch.setattr("queries.free_slots.PLACES", 2)
    found = free_slots(given, [], given.changes[0], *SPAN, "UTC")

    (said,) = (each for each in found.reasons if each.key == "slots.too_many_places")
    assert (whole.complete, found.complete, said.params["places"]) == (True, False, 5)
    until = datetime.fromisoformat(str(said.params["until"]))
    assert all(moment_of(last) <= until for _, last in (slot.starts for slot in found.slots))
    assert "slots.too_many_places" not in [each.key for each in whole.reasons]


def test_a_window_longer_than_the_horizon_is_said() -> None:
    given = asked(mirrored(), [SlowChange("C1", 3, 50, {"db-1": "outage"})])

    found = free_slots(given, [], given.changes[0], *SPAN, "UTC")

    assert (found.slots, [each.key for each in found.reasons]) == ((), ["slots.longer_than_horizon"])


def test_a_change_that_is_still_being_implemented_is_not_over() -> None:
    given = asked(mirrored(), [SlowChange("C1", 0, 1, {"db-1": "outage"}), SlowChange("C3", 5, 6, {"db-2": "outage"})])
    late = replace(given, changes=[replace(given.changes[0], status="implementing"), given.changes[1]])

    assert change_conflicts(given, [], *SPAN, "UTC").found == ()
    found = change_conflicts(late, [], *SPAN, "UTC")

    assert [each.changes for each in found.found] == [("C1", "C3")]
    assert [each.key for each in found.reasons] == ["conflicts.change_end_assumed"]


def test_an_outage_agreed_for_everything_is_agreed_for_each_service() -> None:
    world = mirrored()
    world.cis["app"] |= {"ci_class": "business_service", "criticality": "critical"}
    given = asked(world, [SlowChange("C1", 3, 5, {"db-1": "outage"}), SlowChange("C3", 3, 5, {"db-2": "outage"})])
    estate = replace(given.estate, criticality=np.full_like(given.estate.criticality, RANK["critical"]))
    given = replace(given, estate=estate)

    severity = [
        change_conflicts(given, windows, *SPAN, "UTC").found[0].severity
        for windows in ([], [replace(FREEZE, kind="agreed_outage")])
    ]

    assert severity == ["block", "review"]


def test_who_keeps_an_edit_back_is_found_among_many() -> None:
    relate = edits({"op": "relate", "source": "db-2", "type": "runs_on", "target": "h1"})
    works = [SlowChange(f"C{number:03}", number, number + 1, {}, relate) for number in range(200)]
    given = asked(mirrored(), works)

    chain = chain_of(given.estate, ONTOLOGY, given.kept, [(number, relate) for number in range(200)])

    assert [each.others for each in chain.refused[:9]] == [(0,)] * 9
    assert all(0 in each.others for each in chain.refused)


@pytest.mark.parametrize("year", [1800, 9999])
def test_times_beyond_all_calendars_are_named(year: int) -> None:
    given = asked(mirrored(), [SlowChange("C1", 3, 5, {"db-1": "outage"})])
    moment = EPOCH.replace(year=year)
    strange = replace(given, changes=[replace(given.changes[0], planned_start=moment, planned_end=None)])

    assert [each.key for each in change_conflicts(strange, [], *SPAN, "UTC").reasons] == ["conflicts.change_years"]
    with pytest.raises(BadInputError, match=r"conflicts\.years"):
        change_conflicts(given, [], moment, moment + HOUR, "UTC")
