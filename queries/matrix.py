"""Scenario by service: who stops, is degraded or at risk, and how long for (JR/T 0074-2012, 8.3 b; SEMANTICS 6)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.topology import Topology
from queries.impact import impact

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Recovery = Callable[[I32], tuple[F64, F64]]


@dataclass(frozen=True, slots=True)
class Lost:
    """What a scenario loses: CIs that are out, sorted; of a physical loss with what is housed in them."""

    scenario_id: str
    cis: I32


@dataclass(frozen=True, eq=False, slots=True)
class Matrix:
    """A row for each scenario in the order of their ids, a column for each service as given.

    `states`: 0 unaffected … 3 outage. `lower`, `upper`: seconds to recovery where they were asked for, else no columns.
    """

    scenario_ids: tuple[str, ...]
    states: NDArray[np.uint8]
    lower: F64
    upper: F64


def matrix(topology: Topology, lost: Sequence[Lost], services: I32, recovery: Recovery | None = None) -> Matrix:
    """The states of all services under each scenario; of some scenarios, so that others can have the rest (`merged`).

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    lost
        Scenarios, each named once.
    services
        Indices of the columns.
    recovery
        What is lost → lower and upper bound of each service's recovery. Default: states only.

    Examples
    --------
    Two services on one database, the second one on either of two:

    >>> t = Topology.from_edges(4, [0, 1, 1], [2, 2, 3], group=[-1, 0, 0], min_available=[1, 1, 1])
    >>> one, both = Lost("S-1", np.array([2], np.int32)), Lost("S-2", np.array([2, 3], np.int32))
    >>> matrix(t, [both, one], np.array([0, 1], np.int32)).states.tolist()
    [[3, 2], [3, 3]]
    """
    ordered = sorted(lost, key=lambda each: each.scenario_id)
    width = len(services) if recovery is not None else 0
    found = Matrix(
        tuple(each.scenario_id for each in ordered), np.zeros((len(ordered), len(services)), np.uint8),
        np.zeros((len(ordered), width)), np.zeros((len(ordered), width)),
    )  # fmt: skip
    for row, each in enumerate(ordered):
        found.states[row] = impact(topology, dict.fromkeys(each.cis.tolist(), "outage")).states_of(services)
        if recovery is not None:
            found.lower[row], found.upper[row] = recovery(each.cis)
    return found


def merged(parts: Sequence[Matrix]) -> Matrix:
    """The matrix of all scenarios from those of some each; whatever order they come in, and one at least."""
    ids = [scenario_id for part in parts for scenario_id in part.scenario_ids]
    order = sorted(range(len(ids)), key=ids.__getitem__)
    rows = (np.concatenate([getattr(part, name) for part in parts])[order] for name in ("states", "lower", "upper"))
    return Matrix(tuple(ids[at] for at in order), *rows)
