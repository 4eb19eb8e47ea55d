"""A decision that came after the change was to begin, or has not come by then, is a reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from graph.records.changes import Change, change_of
from graph.values import State
from queries.claims import is_decided_late
from queries.deciding import lost_papers

START = datetime(2026, 11, 28, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIELDS: State = {"category": "major", "status": "scheduled", "planned_start": START.isoformat(),
                 "planned_end": (START + 4 * HOUR).isoformat()}  # fmt: skip
MAJOR = change_of("CHG-1", FIELDS)


def decided(when: datetime, **more: str) -> Change:
    return change_of("CHG-1", {**FIELDS, "decision": "approved", "decided_at": when.isoformat(), **more})


@pytest.mark.parametrize(
    ("change", "at", "late"),
    [
        (decided(START), START + HOUR, False),
        (decided(START + timedelta(seconds=1)), START + HOUR, True),
        (decided(START + HOUR, actual_start=(START + 2 * HOUR).isoformat()), START + 3 * HOUR, False),
        (decided(START + HOUR, category="emergency"), START + 2 * HOUR, False),
        (decided(START + HOUR, status="closed"), START + 2 * HOUR, False),
        (MAJOR, START - HOUR, False),
        (MAJOR, START, True),
        (MAJOR, None, False),
        (replace(MAJOR, category="emergency"), START, False),
        (replace(MAJOR, planned_start=None), START, False),
        (replace(MAJOR, status="draft"), START, False),
    ],
)  # fmt: skip
def test_late_is_what_was_not_approved_before_it_was_to_begin(change: Change, at: datetime | None, late: bool) -> None:
    assert is_decided_late(change, at) is late


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ({"assessment": "DOC"}, {"assessment": "DOC-2"}, []),
        ({"assessment": "DOC"}, {}, ["assessment"]),
        ({"assessment": '{"risk":"a","technical":"b"}'}, {"assessment": '{"risk":"c"}'}, ["assessment.technical"]),
        ({"assessment": '{"risk":"a"}'}, {}, ["assessment"]),
        ({"assessment": '{"risk":"a"}'}, {"assessment": "all is well"}, ["assessment.risk"]),
        ({"test_evidence": ["A"], "title": "x"}, {"test_evidence": []}, ["test_evidence"]),
        ({}, {"back_out_plan": "DOC"}, []),
    ],
)  # fmt: skip
def test_a_paper_is_lost_with_its_last_word_and_part_by_part(before: State, after: State, lost: list[str]) -> None:
    assert lost_papers(before, after) == lost
