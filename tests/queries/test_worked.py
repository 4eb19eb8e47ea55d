"""A review that knows what another one has worked out says what it says by itself, to its evidence hash."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.records.changes import Change
from graph.records.edits import plain
from graph.records.windows import window_of
from queries.blast_radius import Circumstances
from queries.if_it_fails import IfItFails
from queries.judging import Judging, People
from queries.review import Review
from queries.review_answer import plain as answer_of
from queries.surroundings import Promise
from queries.worked import KEPT, Worked
from tests.graph.estates import cases
from tests.queries.test_if_it_fails import recorded
from tests.queries.test_proposed import case
from tests.queries.test_review import AT, DIFFERENT, MANY, change, judging

EXAMPLES = settings(max_examples=cases(1_000, 8), deadline=None)

OTHER = change(
    "CHG-8", affected=["a1=outage"], planned_start="2026-11-28T18:30:00Z", planned_end="2026-11-28T20:00:00Z"
)
AGREED = window_of("W-1", {"kind": "agreed_outage", "scope": ["svc"], "from": "2026-11-01T00:00:00Z",
                           "to": "2026-12-31T00:00:00Z"})  # fmt: skip
BESIDE: list[dict[str, Any]] = [
    {},
    {"at": AT + timedelta(hours=1)},
    {"circumstances": Circumstances(stale=frozenset({"root", "a0"}))},
    {"ended": [change("CHG-0", affected=["root=outage"], outcome="failed")]},
    {"people": lambda services, at: People(promises={"svc": Promise(7)})},
    {"windows": [AGREED]},
    {"agreed": [AGREED]},
    {"others": [change("CHG-9", affected=["root=outage"])]},
]
EFFECTS = [["root=outage"], ["a0=degraded"], ["a0=outage", "a1=outage"], ["root=retire"], []]


TIMES = recorded({"root": 60, "a0": 600, "a1": None, "b0": 30})


def asked(of: Judging, worked: Worked | None, mine: Change, *, at: Any = AT, **more: Any) -> Review:
    agreed, others = more.pop("agreed", ()), more.pop("others", of.asked.changes)
    given = replace(of, worked=worked, asked=replace(of.asked, at=at, changes=others), **more)
    return given.review(mine, agreed)


def told(review: Review) -> list[dict[str, Any]]:
    return [answer_of(review), IfItFails(review).plain()]


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_whatever_was_asked_before(data: st.DataObject) -> None:
    of, worked = judging(MANY, OTHER, lost=TIMES), Worked()
    for _ in range(data.draw(st.integers(2, 6))):
        mine: dict[str, Any] = {"affected": data.draw(st.sampled_from(EFFECTS))}
        for name in data.draw(st.sets(st.sampled_from(sorted(DIFFERENT)), max_size=2)):
            mine |= DIFFERENT[name]
        beside = data.draw(st.sampled_from(BESIDE))

        found = told(asked(of, worked, change(**mine), **beside))

        assert found == told(asked(of, None, change(**mine), **beside))


@pytest.mark.many
@settings(max_examples=cases(300, 2), deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(-90, 90), min_size=1, max_size=3))
def test_windows_that_move_over_edits(seed: int, minutes: list[int]) -> None:
    world, groups, _, _, chosen = case(seed, feeds=True)
    of, worked = judging(world, lost=TIMES), Worked()
    first = change(affected=[f"{ci}={effect}" for ci, effect in chosen.items()], edits=plain(groups))
    for by in (0, *minutes):
        start, end = (each and each + timedelta(minutes=by) for each in (first.planned_start, first.planned_end))
        mine = replace(first, planned_start=start, planned_end=end)

        assert told(asked(of, worked, mine)) == told(asked(of, None, mine))


def test_few_are_kept_and_none_of_another_estate() -> None:
    of, worked = judging(MANY), Worked()
    changes = [change(affected=[f"a{at}=outage"]) for at in range(KEPT + 1)]
    for each in changes:
        asked(of, worked, each)
    estate = of.asked.estate

    assert [worked.of(each, estate) is not None for each in changes] == [False, *[True] * KEPT]
    assert worked.of(changes[-1], judging(MANY).asked.estate) is None
    limited = replace(of, asked=replace(of.asked, estate=estate.unnamed))
    asked(limited, worked, changes[-1])
    assert [worked.of(changes[-1], each) is not None for each in (estate, estate.unnamed)] == [True, True]
    worked.clear()
    assert worked.of(changes[-1], estate) is None
