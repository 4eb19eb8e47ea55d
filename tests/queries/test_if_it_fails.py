"""What if a change fails: recovery equals time simulated from the definition; the arithmetic of backing out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.records.incidents import incident_of
from graph.records.recoveries import RecoveryTimes
from queries.back_out import BackOut
from queries.if_it_fails import IfItFails
from queries.impact import State
from queries.judging import People
from queries.played import Recorded
from queries.review_answer import judged
from queries.surroundings import Promise
from tests.graph.estates import cases
from tests.oracles import Estate, Group
from tests.queries.slow_recovery import HIGH, SlowRecovery, World
from tests.queries.test_review import change, judging, keys, world

START = datetime(2026, 11, 28, 14, tzinfo=UTC)
HOUR = 3_600
EXAMPLES = settings(max_examples=cases(2_000, 30), deadline=None)


def recorded(times: dict[str, int | None], **more: Any) -> Any:
    found = Recorded({ci: RecoveryTimes(recovery_time=time) for ci, time in times.items()}, **more)
    return lambda hit, out: found


def failing(of: Any, *others: Any, affected: list[str], lost: Any, rto: int | None = None, **more: Any) -> IfItFails:
    known = {"incidents": more.pop("incidents", [])}
    promises = People(promises={"svc": Promise(rto, (), rto), "svc-2": Promise(rto, (), rto)})
    asked = judging(of, *others, people=lambda services, at: promises, lost=lost, **known)
    return IfItFails(asked.review(change(affected=affected, **more)))


@pytest.mark.parametrize(
    ("hours", "time", "latest", "fits", "lasts", "missing"),
    [
        (4, HOUR, 3, True, 4, []),
        (4, 0, 4, True, 4, []),
        (4, 4 * HOUR, 0, True, 4, []),
        (4, 4 * HOUR + 1, -1 / HOUR, False, 4 + 1 / HOUR, []),
        (4, 10 * HOUR, -6, False, 10, []),
        (4, None, None, None, None, ["back_out_time"]),
        (None, HOUR, None, None, None, ["planned_end"]),
        (-1, HOUR, -2, None, None, []),  # a window that ends before it starts has no room for anything
    ],
)
def test_when_backing_out_must_begin_whether_it_fits_and_how_long_it_lasts(
    hours: int | None, time: int | None, latest: float | None, fits: bool | None, lasts: float | None,
    missing: list[str],
) -> None:  # fmt: skip
    found = BackOut(START, None if hours is None else START + timedelta(hours=hours), time)

    assert found.latest == (None if latest is None else START + timedelta(seconds=round(latest * HOUR)))
    assert (found.fits, found.lasts, found.missing) == (
        fits, None if lasts is None else round(lasts * HOUR), missing,
    )  # fmt: skip
    assert BackOut(None, found.end, time).missing[0] == "planned_start"


ONE = world({"svc": "low"}, ("svc", "app"), ("app", "db"))


def test_only_a_back_out_longer_than_the_window_is_a_reason_and_the_evidence_holds_it() -> None:
    def reviewed(**more: Any) -> Any:
        return judging(ONE).review(change(affected=["db=degraded"], **more))

    assert keys(reviewed(back_out_time=4 * HOUR)) == []
    longer = reviewed(back_out_time=4 * HOUR + 1)
    (reason,) = longer.in_company.reasons
    assert (reason.key, reason.severity, dict(reason.params)) == (
        "back_out_too_long", "review", {"back_out": 4 * HOUR + 1, "window": 4 * HOUR},
    )  # fmt: skip
    assert judged(longer)["verdict"] == "review"
    assert keys(reviewed(back_out_time=10 * HOUR, planned_end=None)) == ["open_end"]


@pytest.mark.parametrize(
    ("allowed", "back_out", "affected", "overrun"),
    [
        (3 * HOUR, HOUR, "db=outage", True),
        (4 * HOUR, HOUR, "db=outage", False),
        (4 * HOUR, 5 * HOUR, "db=outage", True),
        (None, HOUR, "db=outage", None),
        (HOUR, None, "db=outage", None),
        (HOUR, HOUR, "db=degraded", None),
    ],
)
def test_a_late_back_out_is_held_against_what_a_service_that_is_out_may_be_down(
    allowed: int | None, back_out: int | None, affected: str, overrun: bool | None
) -> None:
    found = failing(ONE, affected=[affected], lost=None, rto=allowed, back_out_time=back_out)

    assert [each.overrun for each in found.services] == [overrun]


def test_what_is_not_recorded_is_named_and_what_stands_needs_no_time() -> None:
    of = world(
        {"svc": None, "svc-2": None}, ("svc", "app"), ("app", "db"), ("svc-2", "db", "g", "1"), ("svc-2", "x", "g", "1")
    )

    out, stands = failing(of, affected=["db=outage"], lost=recorded({"app": 5}), rto=60).services

    assert (out.state, out.lower, out.upper_reason, out.unknown, out.meets_rto) == (
        State.OUTAGE, 0, "unknown", ("db",), "unknown",
    )  # fmt: skip
    assert (stands.service, stands.state, stands.upper, stands.meets_rto) == ("svc-2", State.DEGRADED, 0, "kept")
    known = failing(of, affected=["db=outage"], lost=recorded({"db": 90}), rto=60).plain()["services"][0]
    assert (known["effective_recovery_time"], known["meets_rto"], known["unknown"]) == (90, "missed", [])


def test_what_edits_retire_is_lost_and_comes_back_and_what_they_add_is_not_there() -> None:
    edits = [{"op": "retire", "ci_id": "db"},
             {"op": "add", "ci": {"ci_id": "new", "ci_class": "business_service", "name": "new"}},
             {"op": "relate", "source": "new", "type": "depends_on", "target": "app"}]  # fmt: skip

    found = failing(ONE, affected=[], edits=edits, lost=recorded({"db": 30})).services

    assert [(each.service, each.lower, each.upper) for each in found] == [("svc", 30, 30)]


def test_a_service_that_is_out_only_with_others_is_looked_at_with_them() -> None:
    of = world({"svc": None}, *(("svc", f"n{at}", "nodes", "2") for at in range(3)))
    other = change("CHG-2", affected=["n1=outage"])
    lost = recorded({"n0": 100, "n1": 50, "n2": 7})

    (found,) = failing(of, other, affected=["n0=outage"], lost=lost, rto=60, back_out_time=HOUR).services

    assert (found.together, found.lower, found.upper, found.meets_rto) == (("CHG-2",), 50, 50, "kept")
    assert found.overrun is None  # it is out for as long as both last, not for the whole of this one
    incident = incident_of("INC-1", {"ci_id": "n2", "started_at": "2026-11-01T00:00:00Z",
                                      "expected_end": "2026-12-31T00:00:00Z"})  # fmt: skip
    (third,) = failing(of, affected=["n0=outage"], lost=lost, rto=5, incidents=[incident]).services
    assert (third.together, third.lower, third.meets_rto) == (("incident:INC-1",), 7, "missed")


@st.composite
def lossy(draw: st.DrawFn) -> tuple[Any, World, list[str], Any]:
    """A graph without cycles (c0 and c1 are services), times, failovers and orders; and what is taken out."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = int(rng.integers(3, 9))
    names = [f"c{at}" for at in range(n)]
    rows: list[tuple[str, ...]] = []
    groups: dict[int, dict[str, Group]] = {}
    for ci in range(n - 1):
        below = [at for at in range(max(ci + 1, 2), n) if rng.random() < 0.5]
        alone, members = below[::3], [at for at in below if at not in below[::3]]
        rows += [(names[ci], names[at]) for at in alone]
        groups[ci] = {f"plain-{at}": ((at,), 1, False) for at in alone}
        if members:
            needed = int(rng.integers(1, len(members) + 1))
            rows += [(names[ci], names[at], "g", str(needed)) for at in members]
            groups[ci]["g"] = (tuple(members), needed, False)
    of = world(dict.fromkeys(names[:2]), *rows)
    for name in names[2:]:
        of.cis.setdefault(name, {"ci_class": "application", "name": name, "status": "live"})
    times = [None if rng.random() < 0.2 else int(rng.integers(0, 9)) for _ in range(n)]
    late = [None if rng.random() < 0.3 else int(rng.integers(0, 9)) for _ in range(n)]
    target = [int(rng.integers(0, n)) if rng.random() < 0.2 else -1 for _ in range(n)]
    order = [tuple(map(int, rng.choice(n, 2, replace=False))) for _ in range(int(rng.integers(0, 3)))]
    hit = [bool(rng.random() < 0.4) for _ in range(n)]

    def known(some: list[int | None]) -> tuple[float, ...]:
        return tuple(float("nan") if each is None else float(each) for each in some)

    slow = World(Estate(n, groups, {}), tuple(hit), known(times), known(late), tuple(target), tuple(order))  # type: ignore[arg-type]
    found = Recorded(
        {name: RecoveryTimes(recovery_time=times[at], failover_time=late[at]) for at, name in enumerate(names)},
        {names[at]: [names[to]] for at, to in enumerate(target) if to >= 0},
        [(names[a], names[b]) for a, b in order],
    )
    return of, slow, [f"{name}=outage" for at, name in enumerate(names) if hit[at]], lambda _, out: found


@pytest.mark.many
@EXAMPLES
@given(lossy())
def test_services_are_back_when_time_simulated_says_so(given_: tuple[Any, World, list[str], Any]) -> None:
    of, world_, affected, lost = given_

    found = {each.service: each for each in failing(of, affected=affected, lost=lost).services}

    for service in range(2):
        slow, each = SlowRecovery(world_, service), found.get(f"c{service}")
        if each is None:
            assert slow.highs[service] == 0
            continue
        assert (each.lower, each.upper) == (slow.lows[service], slow.highs[service])
        assert each.upper_reason == slow.reason
        assert set(each.unknown) == {f"c{ci}" for ci in slow.unknown()}
        # who counts as hit is who has no time of nothing
        assert (each.state == State.OUTAGE) == (service in replace(world_).out(HIGH))
