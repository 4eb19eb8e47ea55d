"""An estate as a register holds it: ids, classes, and the relationships of each CI as they are written."""

from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.estates import TIERS, TYPES, LayeredEstate
from graph.estate import Estate
from graph.ontology import load_ontology
from graph.records.edits import EditGroup, edits_of
from graph.records.kept_graph import Ends, KeptGraph, named_by
from graph.strings import StringTable
from graph.topology import Topology
from graph.values import State
from queries.proposed import Proposal, propose


class Written:
    """An estate with ids, and the rows of it as a store keeps them: CI n is `ci-n`, unless there are others."""

    def __init__(self, made: LayeredEstate, topology: Topology, given: Sequence[str] | None = None) -> None:
        self._made, self._ontology = made, load_ontology()
        self._ids = [f"ci-{ci}" for ci in range(made.n)] if given is None else given
        types = list(self._ontology.relationship_types)
        code = np.array([types.index(name) for name in TYPES], np.uint8)[made.kind]
        self._order = np.argsort(made.source, kind="stable")
        self._start = np.searchsorted(made.source[self._order], np.arange(made.n + 1))
        ids = StringTable.of(self._ids)
        classes = sorted({name for _, name, _ in TIERS})
        of_tier = np.array([classes.index(name) for _, name, _ in TIERS], np.uint16)
        none = np.zeros(made.n, np.uint8)
        groups = StringTable.of(f"g{number}" for number in range(int(made.group.max()) + 1))
        self.estate = Estate(
            1, topology, ids, ids, tuple(classes), of_tier[made.tier], none, tuple(types), code, made.group, groups
        )
        self._rng = np.random.default_rng(11)

    def drawn(self, count: int) -> list[int]:
        """CIs drawn from all."""
        found: list[int] = self._rng.integers(0, self._made.n, count).tolist()
        return found

    def proposed(self, groups: tuple[EditGroup, ...]) -> Proposal:
        """The first edits."""
        return propose(self.estate, self._ontology, groups, self.kept(groups))

    def moves(self, tier: str, below: str, count: int) -> list[tuple[EditGroup, ...]]:
        """CIs of a tier that leave one provider for another one of the same tier, each a group of two edits."""
        made, names = self._made, [name for name, _, _ in TIERS]
        plain = (made.tier[made.source] == names.index(tier)) & (made.tier[made.target] == names.index(below))
        edges = self._rng.permutation(np.flatnonzero(plain & (made.group < 0) & ~made.soft))
        others = np.flatnonzero(made.tier == names.index(below))
        found: dict[int, tuple[EditGroup, ...]] = {}
        for edge in edges.tolist():
            source, target = int(made.source[edge]), int(made.target[edge])
            other = int(self._rng.choice(others))
            if source not in found and other not in self._providers(source):
                ends = {"source": self._ids[source], "type": TYPES[int(made.kind[edge])]}
                found[source] = edits_of([{"group": "move", "edits": [
                    {"op": "relate", **ends, "target": self._ids[other]},
                    {"op": "unrelate", **ends, "target": self._ids[target]},
                ]}])  # fmt: skip
            if len(found) == count:
                break
        return list(found.values())

    def kept(self, groups: Iterable[EditGroup]) -> KeptGraph:
        """What a store would have of the CIs that edits name."""
        named = sorted(named_by(groups))
        cis: dict[str, State] = {
            ci_id: {"ci_class": TIERS[int(self._made.tier[self._number(ci_id)])][1], "name": ci_id} for ci_id in named
        }
        related: dict[Ends, State] = {}
        for ci_id in named:
            for edge in self._edges(self._number(ci_id)):
                related[self._ends(ci_id, edge)] = self._state(edge)
        return KeptGraph(cis, related)

    def _number(self, ci_id: str) -> int:
        return int(ci_id.rpartition("-")[2])

    def _edges(self, ci: int) -> list[int]:
        found: list[int] = self._order[self._start[ci] : self._start[ci + 1]].tolist()
        return found

    def _providers(self, ci: int) -> set[int]:
        return {int(self._made.target[edge]) for edge in self._edges(ci)} | {ci}

    def _ends(self, ci_id: str, edge: int) -> Ends:
        return ci_id, TYPES[int(self._made.kind[edge])], self._ids[int(self._made.target[edge])]

    def _state(self, edge: int) -> State:
        made = self._made
        if made.group[edge] < 0:
            return {"strength": "soft" if made.soft[edge] else "hard"}
        group = {"redundancy_group": f"g{int(made.group[edge])}", "min_available": str(int(made.min_available[edge]))}
        return {"strength": "hard", **group}
