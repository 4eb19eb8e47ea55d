"""`faultline continuity --matrix` as text: which services are affected in which scenario, the worst first."""

import math
from typing import TYPE_CHECKING

from rich.table import Table

from api.cli.door import Door
from api.texts import Texts
from api.words import STATE_SIGNS, lasting, named

if TYPE_CHECKING:
    from graph.records.scenarios import Scenario
    from queries.scenario_matrix import Cell, ScenarioMatrix

MANY = 20  # services of one scenario that the text names


def kind_of_loss(say: Texts, *, physical: bool) -> str:
    """Whether what is lost is destroyed, with all that is housed in it, or only does not supply."""
    return say("continuity.lost_physically" if physical else "continuity.lost_supply")


def show_matrix(door: Door, found: "ScenarioMatrix") -> None:
    """The table, then the scenarios that have no row in it."""
    say, out = door.texts, door.out
    if not found.rows:
        out.print(say("continuity.no_scenarios"), style="bold")
        return
    services = max(len(row.cells) for row in found.rows)
    out.print(say("continuity.matrix", scenarios=len(found.rows), services=services), style="bold")
    out.print(say("impact.revision", revision=found.estate.revision), style="dim")
    table = Table(box=None, pad_edge=False)
    for column in ("scenario", "service", "state", "recovery", "rto"):
        table.add_column(say(f"continuity.column_{column}"))
    for row in found.rows:
        affected = row.affected()
        for at, cell in enumerate(affected[:MANY]):
            table.add_row("" if at else _told(say, row.scenario), *_cells(say, found, cell))
        if len(affected) > MANY:
            table.add_row("", say("continuity.more", count=len(affected) - MANY), style="dim")
    if table.row_count:
        out.print()
        out.print(table)
    for row in found.rows:
        if row.error is not None:
            why = say(row.error.key, **row.error.params)
            out.print()
            out.print(say("continuity.matrix_error", scenario=row.scenario.scenario_id, why=why))
        elif not row.affected():
            kind = kind_of_loss(say, physical=row.scenario.physical)
            out.print()
            out.print(say("continuity.matrix_none", scenario=row.scenario.scenario_id, kind=kind))


def _told(say: Texts, scenario: "Scenario") -> str:
    return f"{scenario.scenario_id} ({kind_of_loss(say, physical=scenario.physical)})"


def _cells(say: Texts, found: "ScenarioMatrix", cell: "Cell") -> tuple[str, ...]:
    state = cell.state.name.lower()
    promise = "" if cell.rto is None else say(f"continuity.matrix_{cell.meets_rto}", rto=lasting(say, cell.rto))
    low, high = (lasting(say, bound) if bound < math.inf else "∞" for bound in (cell.lower, cell.upper))
    time = "" if not cell.upper else high if cell.lower == cell.upper else f"{low} – {high}"
    return named(found.estate, cell.service, say), f"{STATE_SIGNS[state]} {say(f'impact.state_{state}')}", time, promise
