"""Scenarios of risk as records: what is lost, and whether physically (ANSWERS: table `scenarios`)."""

from dataclasses import dataclass

from graph.records.kept import text, texts, yes_or_no
from graph.values import State


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario. `seeds`: ids of CIs and queries (`queries.scenarios`), as written."""

    scenario_id: str
    name: str
    seeds: tuple[str, ...]
    physical: bool


def scenario_of(scenario_id: str, state: State) -> Scenario:
    """A scenario from its record; one that does not say so loses supply only."""
    return Scenario(
        scenario_id=scenario_id,
        name=text(state, "name") or "",
        seeds=texts(state, "seeds"),
        physical=yes_or_no(state, "physical") or False,
    )
