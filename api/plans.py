"""What edits of coming changes make of the graph at one revision, kept: of a thousand it is the same each time."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graph.estate import Estate
from graph.records.changes import Change
from graph.records.kept_graph import KeptGraph
from graph.records.recoveries import RecoveryTimes
from queries.ground import Grounds
from queries.planned import Chains, named
from queries.worked import Worked, alike

if TYPE_CHECKING:
    from api.holding import Holding


AT_ONCE = 4  # kept: that of the stored changes, and of some that are proposed beside them


@dataclass(frozen=True)
class _Held:
    kept: KeptGraph
    chains: Chains


Known = tuple[list[str], RecoveryTimes | None]  # who owns a service, and what is recorded of its recovery


@dataclass(frozen=True)
class _Of:
    estate: Estate
    held: dict[frozenset[str], _Held] = field(default_factory=dict)
    services: dict[str, Known] = field(default_factory=dict)


class Plans:
    """Any number of threads may ask; those of the last estate are kept, with names and, for limited views, without.

    `worked`: of the last reviews, too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: list[_Of] = []
        self._read = Chains()  # what is the same of any estate
        self._grounds = Grounds()  # of the graph of that estate, whatever is known of its CIs
        self.worked = Worked()

    def of(self, holding: "Holding", estate: Estate, changes: Sequence[Change]) -> tuple[KeptGraph, Chains]:
        """What is held of the CIs that edits of changes name, and what was worked out of them."""
        with self._lock:
            known = self._of(estate)
            names = named(changes, holding.ontology, self._read)
            held, grounds = known.held.get(names), self._grounds
        if held is None:
            # of other CIs other things are known: what is made of the edits is made anew
            held = _Held(holding.kept_graph(names), self._read.again(grounds))
            with self._lock:
                while len(known.held) >= AT_ONCE:
                    known.held.pop(next(iter(known.held)))
                known.held[names] = held
        return held.kept, held.chains

    def services(self, estate: Estate) -> dict[str, Known]:
        """What was read of services at the revision of an estate, by ci_id; who reads of more puts it in."""
        with self._lock:
            return self._of(estate).services

    def _of(self, estate: Estate) -> _Of:
        found = next((each for each in self._last if each.estate is estate), None)
        if found is None:
            if not any(each.estate.topology is estate.topology for each in self._last):
                self._grounds = Grounds()
            others = [each for each in self._last if alike(each.estate, estate)]
            if not others:
                self.worked.clear()
            found = _Of(estate)
            self._last = [*others[-1:], found]
        return found
