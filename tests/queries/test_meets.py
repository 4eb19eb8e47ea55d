"""Intervals of one owner that meet are those found by trying each, few or many."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.meets import Rows
from tests.graph.estates import cases


@pytest.mark.many
@settings(max_examples=cases(5_000, 50), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1))
def test_meeting_last_ended_and_next_begun_are_those_found_by_trying_each(seed: int) -> None:
    rng = np.random.default_rng(seed)
    owners, count, asked = int(rng.integers(1, 4)), int(rng.integers(0, 80)), int(rng.integers(0, 20))
    owner, start, length = rng.integers(0, owners, count), rng.integers(0, 30, count), rng.integers(-2, 12, count)
    end = start + length
    of, until = rng.integers(0, owners + 1, asked), rng.integers(-2, 34, asked)
    after = until - rng.integers(0, 6, asked)

    rows = Rows.of(owner, start, end)
    question, row = rows.meeting(of, after, until)
    ended, begun = rows.last_ended(of, after), rows.next_begun(of, until)

    tried = {
        (q, r)
        for q in range(asked)
        for r in range(count)
        if owner[r] == of[q] and start[r] <= until[q] and end[r] > after[q]
    }
    assert len(question) == len(tried)
    assert set(zip(question.tolist(), row.tolist(), strict=True)) == tried
    for q in range(asked):
        mine = np.flatnonzero(owner == of[q])
        before, later = mine[end[mine] <= after[q]], mine[start[mine] > until[q]]
        assert (ended[q] >= 0) == (len(before) > 0)
        assert (begun[q] >= 0) == (len(later) > 0)
        assert not len(before) or (ended[q] in before and end[ended[q]] == end[before].max())
        assert not len(later) or (begun[q] in later and start[begun[q]] == start[later].min())
