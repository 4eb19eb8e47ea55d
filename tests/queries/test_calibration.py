"""Predictions of changes equal a slow recount from the certificates' chains; intervals, and what cannot be measured."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import Message
from graph.ontology import load_ontology
from graph.records.changes import Change, change_of
from graph.records.feeds import Feed
from graph.records.incidents import Incident, incident_of
from graph.records.kept_graph import KeptGraph
from graph.records.outages import Outage, outage_of
from queries.blast_radius import blast_radius
from queries.calibration import Calibration, Compared, Happened, compared, wilson
from queries.foreseen import foresee
from tests.graph.estates import Drawn, cases, estates, named_estate
from tests.oracles import Estate as Slow

EXAMPLES = settings(max_examples=cases(5_000, 40), deadline=None, suppress_health_check=list(HealthCheck))
START = datetime(2026, 10, 5, 20, tzinfo=UTC)
NOTHING = KeptGraph({}, {})
ROW: dict[str, list[Any]] = {
    "source": [0],
    "target": [1],
    "soft": [False],
    "group": [-1],
    "min_available": [1],
    "feeds": [False],
}
TWO = Drawn(2, ROW, Slow(2, {0: {"plain-1": ((1,), 1, False)}}, {}))  # `ci-0`, a service, rests on `ci-1`


def a_change(change_id: str, affected: str, **fields: Any) -> Change:
    return change_of(change_id, {
        "status": "closed", "affected": affected.split("|") if affected else [], "actual_start": "2026-10-05T20:00:00Z",
        "actual_end": "2026-10-05T22:00:00Z", **fields,
    })  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Any, list[Change], list[Incident], list[Outage]]:
    """An estate, changes on it that all ended in the same two hours, incidents linked to them or not, and outages."""
    drawn: Drawn = draw(estates(most=9))
    ids = [f"ci-{i}" for i in range(drawn.n)]
    some = st.lists(st.sampled_from(ids), max_size=3, unique=True)
    changes = [
        a_change(f"C{n}", "|".join(f"{ci}={draw(st.sampled_from(['outage', 'degraded']))}" for ci in seeds))
        for n in range(draw(st.integers(1, 3)))
        if (seeds := draw(some))
    ]
    incidents = [
        incident_of(f"I{n}", {"ci_id": draw(st.sampled_from(ids)), "services": draw(some),
                              "caused_by_change": draw(st.sampled_from(["C0", "C1", "C2", "C9"]))})
        for n in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    outages = [
        outage_of(f"O{n}", {"service": draw(st.sampled_from(ids)), "noticed_at":
                            (START + timedelta(hours=draw(st.integers(-1, 3)))).isoformat()})
        for n in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    return named_estate(drawn), changes, incidents, outages


def slow(estate: Any, changes: list[Change], incidents: list[Incident], outages: list[Outage]) -> dict[Any, list[int]]:
    """By type: [predicted and hit, predicted, hit and predicted, hit]; read off the answer of `impact`, row by row."""
    table: dict[Any, list[int]] = {}
    services = {estate.ids[ci] for ci in estate.services().tolist()}
    for change in changes:
        own = {ci_id for ci_id, _ in change.affected}
        seeds: Any = dict(change.affected)
        radius = blast_radius(estate, seeds)
        told = {estate.ids[each.ci]: each for each in radius.affected if estate.ids[each.ci] not in own}
        linked = {ci for i in incidents if i.caused_by_change == change.change_id for ci in (i.ci_id, *i.services)}
        down = {o.service for o in outages if o.noticed_at is not None
                and START <= o.noticed_at < START + timedelta(hours=2)}  # fmt: skip
        for ci_id in estate.ids:
            if ci_id in own:
                continue
            types: list[Any] = [None]
            state = "unaffected"
            if ci_id in told:
                steps = radius.why(told[ci_id].ci)
                state = steps[0]["state"]
                types = sorted({step["via"] for step in steps if "via" in step})
            hit = ci_id in linked or (ci_id in down and ci_id in told)
            said = state in ("outage", "degraded")
            for type_ in ["*", *types]:
                row = table.setdefault(type_, [0, 0, 0, 0])
                if said and ci_id in services:
                    row[0] += ci_id in linked or ci_id in down
                    row[1] += 1
                row[2] += hit and said
                row[3] += hit
    return {name: row for name, row in table.items() if row != [0, 0, 0, 0]}


@pytest.mark.many
@EXAMPLES
@given(worlds())
def test_every_rate_equals_a_recount_and_opens_to_its_records(world: Any) -> None:
    estate, changes, incidents, outages = world
    happened, found = Happened(incidents, outages), []
    for change in changes:
        foresight = foresee(estate, load_ontology(), change, NOTHING)
        assert not isinstance(foresight, Message)
        one = compared(change, foresight, happened)
        assert isinstance(one, Compared)
        found.append(one)
    made = Calibration(tuple(found), ())
    rows = {name: [*made.predicted(name).counts, *made.occurred(name).counts] for name in ("*", *made.types)}

    assert {name: row for name, row in rows.items() if row != [0, 0, 0, 0]} == slow(*world)
    known = {i.incident_id for i in incidents} | {o.outage_id for o in outages}
    for one in found:
        assert all(each.records and {id_ for _, id_ in each.records} <= known for each in one.occurred)
        assert all(each.foreseen is None and {kind for kind, _ in each.records} == {"outage"} for each in one.beside)


@pytest.mark.parametrize(("hits", "of", "low", "high"), [(0, 1, 0.0, 0.793), (1, 1, 0.207, 1.0), (5, 10, 0.237, 0.763),
                                                         (81, 263, 0.255, 0.366)])  # fmt: skip
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    # 81 of 263 is the worked example of Newcombe (1998)
    assert [round(each, 3) for each in wilson(hits, of)] == [low, high]


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_rate_and_lies_within_nought_and_one(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    low, high = wilson(hits, of)

    assert 0 <= low <= hits / of <= high <= 1
    assert wilson(of - hits, of) == pytest.approx((1 - high, 1 - low))


def test_nothing_of_none_is_not_measurable_and_says_why() -> None:
    numbers = count()
    left = tuple(
        (f"C{next(numbers)}", Message(f"calibration.{key}", {})) for key in ("no_times", "unwatched", "no_times")
    )
    none, some = Calibration((), ()), Calibration((), left)

    assert none.reason == Message("calibration.no_changes", {})
    assert some.reason == Message("calibration.no_times", {})
    plain = some.plain(2)
    assert (plain["all"]["predicted"]["rate"], plain["all"]["predicted"]["low"]) == (None, None)
    assert plain["all"]["predicted"]["reason"]["key"] == "calibration.no_samples"
    assert plain["changes"]["not_measurable"]["count"] == 3
    assert len(plain["changes"]["not_measurable"]["items"]) == 2


def test_silence_counts_only_where_somebody_records() -> None:
    end = START + timedelta(days=1)
    assert not Happened([], []).is_watched(START, end)
    assert Happened([], [], [Feed("F", "incidents", None, None, None)]).is_watched(START, end)
    assert not Happened([], [], [Feed("F", "changes", None, None, None)]).is_watched(START, end)
    assert Happened([incident_of("I", {"started_at": START.isoformat()})], []).is_watched(START, end)
    assert not Happened([incident_of("I", {"started_at": end.isoformat()})], []).is_watched(START, end)
    assert Happened([], [outage_of("O", {"service": "s", "noticed_at": START.isoformat()})]).is_watched(START, end)


def test_what_nobody_can_foresee_is_said() -> None:
    estate = named_estate(TWO)
    ontology = load_ontology()

    assert foresee(estate, ontology, a_change("C", "gone=outage"), NOTHING) == Message("calibration.no_seeds", {})
    assert foresee(estate, ontology, a_change("C", "ci-1=outage", edits="?"), NOTHING) == Message(
        "calibration.edits", {}
    )
    missing = '[{"op":"retire","ci_id":"gone"}]'
    assert foresee(estate, ontology, a_change("C", "", edits=missing), NOTHING) == Message("calibration.edits", {})
    foresight = foresee(estate, ontology, a_change("C", "ci-1=outage"), NOTHING)
    assert not isinstance(foresight, Message)
    assert [(each.ci_id, each.state, each.types) for each in foresight.services] == [
        ("ci-0", "outage", ("depends_on",))
    ]
    untimed = a_change("C", "ci-1=outage", actual_end=None)
    assert compared(untimed, foresight, Happened([], [])) == Message("calibration.no_times", {})
