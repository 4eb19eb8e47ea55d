"""What edits of coming changes make of the graph at one revision, kept: of a thousand it is the same each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.estate import Estate
from graph.records.changes import Change
from graph.records.kept_graph import KeptGraph
from queries.planned import Chains, named

if TYPE_CHECKING:
    from api.holding import Holding


@dataclass(frozen=True)
class _Held:
    estate: Estate
    names: frozenset[str]
    kept: KeptGraph
    chains: Chains


class Plans:
    """Any number of threads may ask; the last estate's are kept."""

    def __init__(self) -> None:
        self._held: _Held | None = None

    def of(self, holding: "Holding", estate: Estate, changes: Sequence[Change]) -> tuple[KeptGraph, Chains]:
        """What is held of the CIs that edits of changes name, and what was worked out of them."""
        held = self._held
        is_same = held is not None and held.estate is estate
        chains = held.chains if held is not None and is_same else Chains()
        names = named(changes, holding.ontology, chains)
        if held is not None and is_same and held.names == names:
            return held.kept, held.chains
        # of other CIs other things are known: what was made of the edits is made anew
        kept, chains = holding.kept_graph(names), chains.again()
        self._held = _Held(estate, names, kept, chains)
        return kept, chains
