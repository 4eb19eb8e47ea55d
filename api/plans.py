"""What edits of coming changes make of the graph at one revision, kept: of a thousand it is the same each time."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.estate import Estate
from graph.records.changes import Change
from graph.records.kept_graph import KeptGraph
from queries.ground import Grounds
from queries.planned import Chains, named
from queries.worked import Worked

if TYPE_CHECKING:
    from api.holding import Holding


AT_ONCE = 4  # kept: that of the stored changes, and of some that are proposed beside them


@dataclass(frozen=True)
class _Held:
    kept: KeptGraph
    chains: Chains


class Plans:
    """Any number of threads may ask; those of the last estate are kept. `worked`: of the last reviews, too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._estate: Estate | None = None
        self._read = Chains()  # what is the same of any estate
        self._held: dict[frozenset[str], _Held] = {}
        self._grounds = Grounds()  # of the graph of that estate, whatever is known of its CIs
        self.worked = Worked()

    def of(self, holding: "Holding", estate: Estate, changes: Sequence[Change]) -> tuple[KeptGraph, Chains]:
        """What is held of the CIs that edits of changes name, and what was worked out of them."""
        with self._lock:
            if self._estate is not estate:
                if self._estate is None or self._estate.topology is not estate.topology:
                    self._grounds = Grounds()
                self._estate, self._held = estate, {}
                self.worked.clear()
            names = named(changes, holding.ontology, self._read)
            held, grounds = self._held.get(names), self._grounds
        if held is None:
            # of other CIs other things are known: what is made of the edits is made anew
            held = _Held(holding.kept_graph(names), self._read.again(grounds))
            with self._lock:
                if self._estate is estate:
                    while len(self._held) >= AT_ONCE:
                        self._held.pop(next(iter(self._held)))
                    self._held[names] = held
        return held.kept, held.chains
