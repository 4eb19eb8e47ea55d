"""Every scenario by every service: who stops, and is back when, by the register (JR/T 0074-2012, 8.3 b)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import Message
from graph.estate import Estate
from graph.records.scenarios import Scenario
from graph.topology import CiIndex
from queries.blast_radius import WORDS
from queries.continuity import recovery_path
from queries.impact import State
from queries.matrix import Lost, Recovery, matrix
from queries.played import NamedLoss, Played, Recorded
from queries.recovery import recovery_bounds
from queries.service_recovery import number

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cell:
    """One service under one scenario; seconds, inf: no such bound. `meets_rto`: `None` where nothing is promised."""

    service: CiIndex
    state: State
    lower: float
    upper: float
    rto: int | None
    meets_rto: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario: its services as given, or why it cannot be evaluated."""

    scenario: Scenario
    cells: tuple[Cell, ...] = ()
    error: Message | None = None

    def affected(self) -> list[Cell]:
        """Those that are not unaffected, the worst first."""
        some = [cell for cell in self.cells if cell.state != State.UNAFFECTED]
        return sorted(some, key=lambda cell: (-cell.state, -cell.upper, -cell.lower, cell.service))


@dataclass(frozen=True)
class ScenarioMatrix:
    """The answer of `faultline continuity --matrix`."""

    estate: Estate
    rows: tuple[Row, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON; of an infinite number null."""
        return {"revision": self.estate.revision, "scenarios": [self._row(row) for row in self.rows]}

    def _row(self, row: Row) -> dict[str, Any]:
        error = None if row.error is None else {"key": row.error.key, "params": dict(row.error.params)}
        services = [
            {"service": self.estate.ids[cell.service], "state": WORDS[cell.state], "lower_bound": number(cell.lower),
             "upper_bound": number(cell.upper), "rto": cell.rto, "meets_rto": cell.meets_rto}
            for cell in row.cells
        ]  # fmt: skip
        return {
            "scenario": row.scenario.scenario_id, "physical": row.scenario.physical, "error": error,
            "services": services,
        }  # fmt: skip


def scenario_matrix(
    estate: Estate, scenarios: Sequence[Scenario], losses: Mapping[str, NamedLoss | Message],
    services: Sequence[CiIndex], recorded: Recorded, promised: Sequence[int | None],
) -> ScenarioMatrix:  # fmt: skip
    """Each scenario by each service, both in the order of their ids.

    Parameters
    ----------
    scenarios
        Each once.
    losses
        What each loses by its id, or why that is not known.
    services
        The columns.
    recorded
        Times, failovers and orders of all that these rest on.
    promised
        Of each service the seconds within which it is to be back; `None`: nothing is promised.
    """
    columns = np.array(sorted(services, key=lambda ci: estate.ids[ci]), np.int32)
    limits = dict(zip(services, promised, strict=True))
    found: dict[str, tuple[Cell, ...]] = {}
    for scenario_id, loss in losses.items():
        if isinstance(loss, NamedLoss):
            found[scenario_id] = cells(Played(estate, loss, recorded), columns, limits)
    ordered = sorted(scenarios, key=lambda each: each.scenario_id)
    return ScenarioMatrix(estate, tuple(_row(each, found, losses[each.scenario_id]) for each in ordered))


def _row(scenario: Scenario, found: Mapping[str, tuple[Cell, ...]], loss: NamedLoss | Message) -> Row:
    return Row(scenario, error=loss) if isinstance(loss, Message) else Row(scenario, found[scenario.scenario_id])


def cells(played: Played, columns: I32, limits: Mapping[CiIndex, int | None]) -> tuple[Cell, ...]:
    """What becomes of some services after a loss, in their order; `limits`: what was promised of each, in seconds."""
    ends: dict[int, bool] = {}
    lost = Lost(played.loss.scenario or "", np.flatnonzero(played.hit).astype(np.int32))
    one = matrix(played.estate.topology, [lost], columns, recovery_of(played, columns, ends))
    rows = zip(columns.tolist(), one.states[0].tolist(), one.lower[0].tolist(), one.upper[0].tolist(), strict=True)
    return tuple(
        Cell(ci, State(state), low, high, limits[ci], _meets(low, high, limits[ci], by_itself=ends.get(ci, True)))
        for ci, state, low, high in rows
    )


def recovery_of(played: Played, columns: I32, by_itself: dict[CiIndex, bool]) -> Recovery:
    """What `queries.matrix.matrix` asks for the recovery of services.

    `by_itself` is told of the services without an upper bound: whether one is only not known.
    """

    def bounds(_: I32) -> tuple[F64, F64]:
        topology = played.estate.topology
        found = recovery_bounds(topology, played.times, played.hit, **played.beside)
        lower, upper = found.lower[columns], found.upper[columns]
        back = found.recovery.back_if_some() if np.isinf(upper).any() else np.zeros(0)
        for at in np.flatnonzero(np.isinf(upper)).tolist():
            ci = int(columns[at])
            by_itself[ci] = not math.isinf(back[found.recovery.place_of(ci)])
            if not by_itself[ci]:
                # circles count as met in the lower bound: that takes a look of its own
                lower[at] = recovery_path(topology, played.times, ci, played.hit, **played.beside).lower_bound
        return lower, upper

    return bounds


def _meets(lower: float, upper: float, limit: int | None, *, by_itself: bool) -> str | None:
    if limit is None:
        return None
    if upper <= limit:
        return "kept"
    return "unknown" if lower <= limit and by_itself else "missed"
