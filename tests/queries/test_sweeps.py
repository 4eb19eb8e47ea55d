"""Sweeps over a whole estate say of every CI what is said of it when it alone is asked about."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.sweeps import felled
from tests.graph.estates import Drawn, cases, estates
from tests.queries.slow_sweeps import slow_takes

EXAMPLES = settings(max_examples=cases(10_000, 10), deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_what_a_ci_takes_with_it_is_what_is_out_when_it_alone_stops(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds = data.draw(st.lists(st.integers(0, drawn.n - 1), max_size=20))
    services = data.draw(st.sets(st.integers(0, drawn.n - 1)))

    found = felled(drawn.topology, seeds, np.isin(np.arange(drawn.n), list(services)))

    assert list(zip(found.cis.tolist(), found.services.tolist(), strict=True)) == slow_takes(
        drawn.estate, seeds, services
    )
