"""The graph as a change would leave it equals the slow definition: all orders in which CIs take their steps."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.texts import LANGUAGES, Texts
from graph.ontology import load_ontology
from graph.records.edits import EditGroup, edits_of
from graph.records.kept_graph import named_by
from queries.before_after import BeforeAfter
from queries.impact import State
from queries.proposed import Flag, Proposal, propose
from tests.graph.estates import EFFECTS, cases
from tests.queries.slow_proposed import (
    World,
    random_edits,
    random_world,
    slow_after,
    slow_cycles,
    slow_during,
    slow_points,
    slow_steps,
    ways,
)

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))
FEWER = settings(EXAMPLES, max_examples=cases(10_000, 100))  # of what follows from the first
WAYS = 200  # graphs on the way that a case may have
ONTOLOGY = load_ontology()


def proposed(world: World, groups: tuple[EditGroup, ...]) -> Proposal:
    return propose(world.estate(), ONTOLOGY, groups, world.kept(named_by(groups)))


def some_seeds(rng: np.random.Generator, steps: list[World]) -> dict[str, str]:
    ids = sorted(ci for ci in steps[-1].cis if any(world.is_live(ci) for world in steps))
    if not ids:
        return {}
    chosen = rng.choice(ids, min(len(ids), int(rng.integers(0, 4))), replace=False)
    return {str(ci): EFFECTS[int(rng.integers(3))] for ci in chosen}


def case(seed: int, *, feeds: bool) -> tuple[World, tuple[EditGroup, ...], list[World], set[int], dict[str, str]]:
    rng = np.random.default_rng(seed)
    while True:
        world = random_world(rng, int(rng.integers(3, 9)), feeds=feeds)
        groups = random_edits(rng, world, 3, feeds=feeds)
        steps, refused = slow_steps(world, groups)
        if ways(steps) <= WAYS:
            return world, groups, steps, refused, some_seeds(rng, steps)


def states(proposal: Proposal, found: Any, ids: list[str], *, during: bool) -> dict[str, int]:
    def number(ci_id: str) -> int:
        at = proposal.number_of(ci_id)
        return proposal.live.get(at, at) if during else at

    return {ci_id: int(found.state(number(ci_id))) for ci_id in ids}


@pytest.mark.many
@EXAMPLES
@given(st.integers(0, 2**32 - 1))
def test_during_is_the_worst_over_all_orders_of_switching(seed: int) -> None:
    world, groups, steps, refused, seeds = case(seed, feeds=False)
    proposal = proposed(world, groups)
    given: Any = {proposal.number_of(ci): effect for ci, effect in seeds.items()}

    slow = slow_during(steps, seeds)

    assert {int(c.at.split("[")[1].split("]")[0]) for c in proposal.conflicts} == refused
    assert states(proposal, proposal.during(given), sorted(slow), during=True) == slow


@pytest.mark.many
@EXAMPLES
@given(st.integers(0, 2**32 - 1))
def test_during_where_something_feeds(seed: int) -> None:
    world, groups, steps, _, seeds = case(seed, feeds=True)
    proposal = proposed(world, groups)
    given: Any = {proposal.number_of(ci): effect for ci, effect in seeds.items()}

    slow = slow_during(steps, seeds)

    assert states(proposal, proposal.during(given), sorted(slow), during=True) == slow


@pytest.mark.many
@FEWER
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_what_differs_once_all_is_done(seed: int, feeds: bool) -> None:
    world, groups, steps, _, seeds = case(seed, feeds=feeds)
    proposal = proposed(world, groups)
    given: Any = {proposal.number_of(ci): effect for ci, effect in seeds.items()}
    found = BeforeAfter(proposal, given)
    ids = proposal.after.ids

    (had, _), (has, out) = slow_points(steps, 0), slow_points(steps, -1)
    differing = {
        service: (has[service] - had.get(service, set()), had.get(service, set()) - has[service])
        for service in has
        if has[service] != had.get(service, set())
    }
    assert {
        ids[each.service]: ({ids[int(ci)] for ci in each.added}, {ids[int(ci)] for ci in each.removed})
        for each in found.steady
        if len(each.added) or len(each.removed)
    } == differing
    assert {flag.ci_id for flag in found.flags if flag.key == "out_after"} == out
    assert [[ids[ci] for ci in cycle] for cycle in found.cycles_added] == slow_cycles(steps)
    again, live = slow_after(steps, seeds), {ci for ci in steps[-1].cis if steps[-1].is_live(ci)}
    assert states(proposal, proposal.again(given)[1], sorted(live), during=False) == again


@pytest.mark.many
@FEWER
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_one_more_edit_gives_what_all_at_once_give(seed: int, feeds: bool) -> None:
    world, groups, steps, _, seeds = case(seed, feeds=feeds)
    at_once, one_by_one = proposed(world, groups), proposed(world, ())
    for group in groups:
        one_by_one = one_by_one.with_edits((group,), world.kept(named_by((group,))))
    ids = sorted(ci for ci in steps[-1].cis if any(step.is_live(ci) for step in steps))

    answers = []
    for proposal in (at_once, one_by_one):
        given: Any = {proposal.number_of(ci): effect for ci, effect in seeds.items()}
        found = states(proposal, proposal.during(given), ids, during=True)
        answers.append((found, BeforeAfter(proposal, given).plain()))
    assert answers[0] == answers[1]


def ring(rows: dict[str, list[tuple[str, str, dict[str, Any]]]]) -> World:
    world = World({ci: {"ci_class": "host", "name": ci, "status": "live"} for ci in rows})
    for source, mine in rows.items():
        for kind, target, state in mine:
            world.related[source, kind, target] = {"strength": "hard", **state}
    return world


UPLINK = {"redundancy_group": "uplink", "min_available": "1"}
RING: dict[str, Any] = {
    "app": [("depends_on", "s1", {}), ("depends_on", "s2", {})],
    "s1": [("runs_on", "core", UPLINK), ("runs_on", "s2", UPLINK)],
    "s2": [("runs_on", "core", UPLINK), ("runs_on", "s1", UPLINK)],
    "core": [],
}  # fmt: skip


def test_a_ring_that_the_change_cuts_from_its_source_is_out() -> None:
    cut = edits_of([{"op": "unrelate", "source": s, "type": "runs_on", "target": "core"} for s in ("s1", "s2")])
    proposal = proposed(ring(RING), cut)

    assert [proposal.during({}).state(proposal.number_of(ci)) for ci in ("s1", "s2", "app")] == [State.OUTAGE] * 3
    assert [(flag.key, flag.ci_id) for flag in proposal.flags] == [("source_lost", "s1"), ("source_lost", "s2")]


def test_a_retired_ci_stays_a_member_of_whoever_was_not_moved() -> None:
    world = ring({"app-1": [("depends_on", "db-1", {})], "app-2": [("depends_on", "db-1", {})], "db-1": [], "db-2": []})
    edits: list[dict[str, Any]] = [
        {"op": "relate", "source": "app-1", "type": "depends_on", "target": "db-2"},
        {"op": "unrelate", "source": "app-1", "type": "depends_on", "target": "db-1"},
        {"op": "retire", "ci_id": "db-1"},
    ]
    proposal = proposed(world, edits_of(edits))
    late = proposed(world, edits_of(edits[::-1]))
    together = proposed(world, edits_of([{"group": "switch-over", "edits": edits[::-1]}]))

    assert proposal.flags == (Flag("retired_member", "app-2", "depends_on|db-1"),)
    app_1, app_2 = (proposal.number_of(ci) for ci in ("app-1", "app-2"))
    assert [each.during({}).state(app_1) for each in (proposal, late, together)] == [0, State.OUTAGE, 0]
    assert [each.during({}).state(app_2) for each in (proposal, late, together)] == [State.OUTAGE] * 3


def test_while_an_application_moves_both_databases_are_needed() -> None:
    world = ring({"app": [("depends_on", "db-1", {})], "db-1": [], "db-2": []})
    proposal = proposed(world, edits_of([{"group": "move", "edits": [
        {"op": "relate", "source": "app", "type": "depends_on", "target": "db-2"},
        {"op": "unrelate", "source": "app", "type": "depends_on", "target": "db-1"},
    ]}]))  # fmt: skip
    app, db_1, db_2 = (proposal.number_of(ci) for ci in ("app", "db-1", "db-2"))

    assert [proposal.during({ci: "outage"}).state(app) for ci in (db_1, db_2)] == [State.OUTAGE] * 2
    before, after = proposal.again({db_1: "outage"})
    assert (before.state(app), after.state(app)) == (State.OUTAGE, State.UNAFFECTED)


def test_two_that_change_places_are_both_out_in_one_order() -> None:
    # the classic: each alone keeps the service, in a rolling update one has gone there and the other is still here
    pair = {"redundancy_group": "pair", "min_available": "1"}
    world = ring({
        "svc": [("depends_on", "n1", pair), ("depends_on", "n2", pair)],
        "n1": [("depends_on", "a", {})], "n2": [("depends_on", "b", {})], "a": [], "b": [],
    })  # fmt: skip
    moves = [("n1", "a", "b"), ("n2", "b", "a")]
    proposal = proposed(world, edits_of([{"group": node, "edits": [
        {"op": "relate", "source": node, "type": "depends_on", "target": to},
        {"op": "unrelate", "source": node, "type": "depends_on", "target": was},
    ]} for node, was, to in moves]))  # fmt: skip
    svc, a = proposal.number_of("svc"), proposal.number_of("a")

    assert [found.state(svc) for found in proposal.again({a: "outage"})] == [State.DEGRADED] * 2
    assert proposal.during({a: "outage"}).state(svc) == State.OUTAGE


def test_a_quorum_that_cannot_be_met_and_a_group_without_members_are_flagged() -> None:
    pair = {"redundancy_group": "pair", "min_available": "1"}
    world = ring({"x": [("depends_on", "a", pair), ("depends_on", "b", pair)], "y": [("depends_on", "a", pair)],
                  "a": [], "b": []})  # fmt: skip
    proposal = proposed(world, edits_of([
        {"op": "regroup", "ci_id": "x", "redundancy_group": "pair", "min_available": 5},
        {"op": "unrelate", "source": "y", "type": "depends_on", "target": "a"},
    ]))  # fmt: skip

    assert proposal.flags == (Flag("dependency_lost", "y", "pair"), Flag("quorum_impossible", "x", "pair"))


@pytest.mark.parametrize(
    ("key", "edits"),
    [
        ("no_such_ci", [{"op": "retire", "ci_id": "nobody"}]),
        ("retired_already", [{"op": "retire", "ci_id": "core"}] * 2),
        ("there_already", [{"op": "add", "ci": {"ci_id": "core", "ci_class": "host", "name": "core"}}]),
        ("related_already", [{"op": "relate", "source": "app", "type": "depends_on", "target": "s1"}]),
        ("not_related", [{"op": "unrelate", "source": "app", "type": "depends_on", "target": "core"}]),
        ("not_related", [{"op": "regroup", "ci_id": "app", "redundancy_group": "g",
                          "members": [{"type": "depends_on", "target": "core"}]}]),
        ("no_such_group", [{"op": "regroup", "ci_id": "app", "redundancy_group": "g", "min_available": 1}]),
        ("quorums_differ", [{"op": "relate", "source": "s1", "type": "runs_on", "target": "app",
                             "redundancy_group": "uplink", "min_available": 2}]),
        ("mixed_feeds", [{"op": "relate", "source": "s1", "type": "depends_on", "target": "app",
                          "redundancy_group": "uplink"}]),
        ("undeclared_field", [{"op": "set", "ci_id": "core", "field": "engine", "value": "oracle"}]),
        ("no_such_ci", [{"op": "set", "ci_id": "core", "field": "site", "value": "nowhere"}]),
    ],
)  # fmt: skip
def test_an_edit_that_no_longer_applies_is_named_and_its_group_is_not_applied(key: str, edits: list[Any]) -> None:
    good = {"op": "retire", "ci_id": "s2"}
    proposal = proposed(ring(RING), edits_of([{"group": "g", "edits": [good, *edits]}]))

    (conflict,) = proposal.conflicts
    assert conflict.message.key == f"edits.{key}"
    assert conflict.at.startswith("edits[0]")
    assert not proposal.live
    for language in LANGUAGES:
        assert Texts(language).say(conflict.message)
