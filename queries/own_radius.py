"""The blast radius of a change that retires CIs: these have a second number, as they were before, in its graph."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from queries.blast_radius import WORDS, BlastRadius, Table
from queries.impact import Effect, State
from queries.proposed import LIVE

NAMING = frozenset({"ci_id", "from", "lost", "group"})  # keys of a witness that hold ids of CIs


@dataclass(frozen=True)
class OwnRadius(BlastRadius):
    """An impact without the second numbers of CIs that the change retires: those are no CIs of anybody's."""

    hidden: frozenset[int] = frozenset()

    @cached_property
    def table(self) -> Table:
        """All affected CIs as columns, in no stated order."""
        whole = super().table
        kept = ~np.isin(whole.cis, np.fromiter(self.hidden, np.int32, len(self.hidden)))
        return Table(whole.cis[kept], whole.states[kept], whole.hops[kept], whole.margins[kept])

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of these are in each state."""
        found = np.bincount(self.table.states, minlength=4).tolist()
        return {WORDS[state]: found[state] for state in (State.OUTAGE, State.DEGRADED, State.AT_RISK)}

    @cached_property
    def service_states(self) -> list[tuple[int, State]]:
        """Of the services among them."""
        return [(affected.ci, affected.state) for affected in self.services]

    @property
    def told_seeds(self) -> dict[int, Effect]:
        """Each CI once."""
        return {ci: effect for ci, effect in self.found.seeds.items() if ci not in self.hidden}

    def why(self, ci: int) -> list[dict[str, Any]]:
        """The witness of one CI; wherever it leads over a second number, that is called like the CI itself."""
        return [_own(step) for step in super().why(ci)]


def _own(found: Any, name: str = "") -> Any:
    if isinstance(found, dict):
        return {key: _own(each, key) for key, each in found.items()}
    if isinstance(found, list):
        return [_own(each, name) for each in found]
    return found.removesuffix(LIVE) if name in NAMING and isinstance(found, str) else found
