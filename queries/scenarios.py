"""Scenarios of risk: what is lost, written as CIs and queries, and found in the register (JR/T 0074-2012, 8.3 b).

A query is conditions joined by ` & `: `class=rack`, `in=site-a & class=host`, `engine=Oracle & version=19.3`,
`supplier=sup-1`, `release=image:log4j:2.14`. No id holds an equals sign, so nothing else can be meant.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from graph.errors import BadInputError
from graph.estate import Estate
from graph.records.scenarios import Scenario
from graph.topology import CiIndex, Topology
from graph.values import Value, shown
from queries.impact import State, impact
from queries.typed import of_types

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
AND = " & "
HOUSED_IN, SUBCONTRACTED = "located_in", "subcontracted_to"


@dataclass(frozen=True)
class Known:
    """What a query can ask about beside the topology.

    `attributes`: of each declared field its values by `ci_id`, as kept; of none, where no CI has one.
    `releases`: (`ci_id`, the release that it contains).
    """

    attributes: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    releases: Iterable[tuple[str, str]] = ()


def seeds_of(estate: Estate, scenario: Scenario, known: Known | None = None) -> I32:
    """The CIs that a scenario loses: all that its ids and queries name, sorted.

    Parameters
    ----------
    estate
        The register; retired CIs are not in it.
    scenario
        Its seeds are ids and queries. A query's conditions all hold: `class` a CI class; `in` housed in a site, room or
        rack, directly or not, that itself included; `supplier` one supplier, and whom it has subcontracted to, directly
        or not; `release` contains that release, or is it; anything else an attribute, its value as text.
    known
        Attributes and releases.

    Raises
    ------
    BadInputError
        `scenario.no_seeds`; `scenario.unknown_ci`, also within a query; `scenario.query`, a part that is no condition;
        `scenario.unknown_field`; `scenario.matches_nothing`, naming the query. What names nothing is never passed over:
        a scenario that loses less than its author meant would look harmless.

    Examples
    --------
    >>> from graph.ontology import load_ontology
    >>> from graph.estate import Columns, build_estate
    >>> none = np.empty(0, np.int64)
    >>> columns = Columns(["r-1", "r-2", "s-1"], ["", "", ""], ["rack", "rack", "site"], ["", "", ""],
    ...                   none, none, none.astype(np.uint8), none.astype(np.bool_), {})
    >>> estate = build_estate(1, columns, load_ontology())
    >>> [estate.ids[ci] for ci in seeds_of(estate, Scenario("S-1", "Racks", ("class=rack",), physical=True))]
    ['r-1', 'r-2']
    """
    if not scenario.seeds:
        raise BadInputError("scenario.no_seeds", scenario_id=shown(scenario.scenario_id))
    found = np.zeros(estate.topology.n, np.bool_)
    asked = _Asked(estate, scenario.scenario_id, known or Known())
    for seed in scenario.seeds:
        if "=" in seed:
            found |= asked.matching(seed)
        else:
            found[asked.number(seed)] = True
    return np.flatnonzero(found).astype(np.int32)


def housed_in(estate: Estate, place: CiIndex) -> I32:
    """A site, room, rack or the like, and all CIs that stand in it, directly or in a place within it; sorted.

    A host in a rack of a room stands in the room, too; what runs on the host does not.
    """
    asked = _Asked(estate, "", Known())
    return np.flatnonzero(asked.chained(HOUSED_IN, place, towards_providers=False)).astype(np.int32)


class _Asked:
    def __init__(self, estate: Estate, scenario_id: str, known: Known) -> None:
        self._estate, self._scenario_id, self._known = estate, shown(scenario_id), known
        self._parents: dict[str, tuple[I32, I32]] = {}

    def number(self, ci_id: str) -> int:
        """The CI of an id."""
        found = self._estate.find(ci_id)
        if found is None:
            raise BadInputError("scenario.unknown_ci", scenario_id=self._scenario_id, ci_id=shown(ci_id))
        return found

    def matching(self, query: str) -> Bool:
        """Which CIs meet all conditions of a query."""
        met = np.ones(self._estate.topology.n, np.bool_)
        for part in query.split(AND):
            name, _, value = (side.strip() for side in part.partition("="))
            if not name or not value:
                raise BadInputError("scenario.query", scenario_id=self._scenario_id, part=shown(part))
            met &= self._meeting(name, value)
        if not met.any():
            raise BadInputError("scenario.matches_nothing", scenario_id=self._scenario_id, query=shown(query))
        return met

    def _meeting(self, name: str, value: str) -> Bool:
        n = self._estate.topology.n
        if name == "class":
            codes = [code for code, word in enumerate(self._estate.class_names) if word == value]
            return np.isin(self._estate.class_code, codes)
        if name == "in":
            return self.chained(HOUSED_IN, self.number(value), towards_providers=False)
        if name == "supplier":
            return self.chained(SUBCONTRACTED, self.number(value), towards_providers=True)
        if name == "release":
            self.number(value)
            return self._named({value, *(ci_id for ci_id, release in self._known.releases if release == value)}, n)
        values = self._known.attributes.get(name)
        if values is None:
            raise BadInputError("scenario.unknown_field", scenario_id=self._scenario_id, field=shown(name))
        return self._named({ci_id for ci_id, kept in values.items() if _text(kept) == value}, n)

    def _named(self, ci_ids: Iterable[str], n: int) -> Bool:
        met = np.zeros(n, np.bool_)
        met[[number for ci_id in ci_ids if (number := self._estate.find(ci_id)) is not None]] = True
        return met

    def chained(self, type_name: str, start: int, *, towards_providers: bool) -> Bool:
        """The start, and what is linked to it by relationships of one type, step by step."""
        if type_name not in self._parents:
            self._parents[type_name] = _ends(self._estate, type_name)
        source, target = self._parents[type_name]
        near, far = (source, target) if towards_providers else (target, source)
        met = np.zeros(self._estate.topology.n, np.bool_)
        met[start] = True
        fresh = met
        while fresh.any():
            step = np.zeros(len(met), np.bool_)
            step[far[fresh[near]]] = True
            fresh = step & ~met
            met |= step
        return met


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ends(estate: Estate, *type_names: str) -> tuple[I32, I32]:
    """Dependents and providers of the relationships of some types."""
    rows, edges = of_types(estate, type_names)
    csr = estate.topology.settled.csr
    return csr.index[rows], csr.index[csr.to[edges]]


def shared_loss(estate: Estate, type_names: Iterable[str]) -> Topology:
    """Who is lost with whom: the relationships of the types whose loss is shared, by themselves.

    Where a redundancy group shares the loss, its dependent is lost with more members than the group can spare: a
    workload on three replicas of which one is enough does not burn with the first one's rack. Strength does not matter.

    Parameters
    ----------
    type_names
        Those that the ontology declares with `shared_loss`.
    """
    csr = estate.topology.settled.csr
    rows, edges = of_types(estate, type_names)
    code = csr.code[edges]
    grouped = code >= 0
    group, needed = np.where(grouped, code, -1), np.ones(len(edges), np.int64)
    if grouped.any():
        members = np.bincount(code[grouped], minlength=len(csr.spare))
        needed[grouped] = (members - csr.spare)[code[grouped]]
    kept = needed > 0  # else what is not shared is enough
    return Topology.from_edges(
        estate.topology.n, csr.index[rows[kept]], csr.index[csr.to[edges[kept]]],
        group=group[kept], min_available=needed[kept],
    )  # fmt: skip


def lost_with(housing: Topology, seeds: I32) -> I32:
    """The seeds of a physical loss with all that is housed in them (SEMANTICS 6), sorted; `housing`: `shared_loss`."""
    return impact(housing, dict.fromkeys(seeds.tolist(), "outage")).indices(State.OUTAGE)


def queried(scenarios: Iterable[Scenario]) -> frozenset[str]:
    """The attributes that some scenarios ask about, to be read from the store."""
    parts = (part for each in scenarios for seed in each.seeds if "=" in seed for part in seed.split(AND))
    return frozenset(part.partition("=")[0].strip() for part in parts) - {"class", "in", "supplier", "release", ""}
