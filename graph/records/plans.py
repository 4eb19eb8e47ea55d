"""Continuity, availability and recovery plans as records, and their tests (tables `plans`, `plan_tests`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from graph.records.kept import moment, text, texts
from graph.values import State


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan and what it covers, as ids of services and CIs."""

    plan_id: str
    name: str
    covers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanTest:
    """One test of a plan. `result`: passed, failed or partial."""

    test_id: str
    plan_id: str
    tested_at: datetime | None
    result: str | None


def plan_of(plan_id: str, state: State) -> Plan:
    """A plan from its record."""
    return Plan(plan_id, text(state, "name") or "", texts(state, "covers"))


def plan_test_of(test_id: str, state: State) -> PlanTest:
    """A test from its record."""
    return PlanTest(test_id, text(state, "plan_id") or "", moment(state, "tested_at"), text(state, "result"))


def last_passed(plan_id: str, tests: Iterable[PlanTest]) -> datetime | None:
    """When a plan was last tested with success; `None`: never, as far as is known."""
    found = (t.tested_at for t in tests if t.plan_id == plan_id and t.result == "passed")
    return max((at for at in found if at is not None), default=None)
