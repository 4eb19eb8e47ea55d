"""The register in memory at one revision: the topology, and beside it what its numbers are called."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.csr import Csr
from graph.layered import LayeredTable
from graph.ontology import Ontology
from graph.strings import StringTable
from graph.tails import Tail
from graph.topology import Topology
from graph.values import needed_of

I32 = NDArray[np.int32]
Codes = NDArray[np.uint16]
Members = Mapping[tuple[int, str], Sequence[tuple[int, str | None]]]
Texts = StringTable | LayeredTable
CRITICALITIES = ("", "low", "medium", "high", "critical")
RANK = {word: number for number, word in enumerate(CRITICALITIES)}
SERVICE = "business_service"
# a snapshot with other arrays is of another version
LAYOUT = " ".join([*(each.name for each in fields(Csr)), "hidden"])


@dataclass(frozen=True, eq=False)
class Estate:
    """Live and planned CIs, numbered 0 … n − 1; retired ones take no part.

    `ids`, `names` by CI; `class_code` into `class_names`; `criticality` into CRITICALITIES. By relationship as it was
    given to the topology (`csr.origin`): `type_code` into `type_names`, `group` into `group_names` (-1: none).
    An estate brought forward (`graph.store.follow`) keeps retired CIs as numbers that nothing rests on and no id finds.
    `turned_types`: relationship types whose source is the provider. `quorum_impossible`: groups, as (CI, name), whose
    count is above their members; `dependency_lost`: groups with none but retired members (SEMANTICS 1); a plain hard
    relationship is a group, `type|provider`.
    `hidden`: relationships that another one between the same two CIs stands for, as rows (dependent, provider, number
    of the type, number of the group or -1): that one has their strength, but not their type.
    """

    revision: int
    topology: Topology
    ids: Texts
    names: Texts
    class_names: tuple[str, ...]
    class_code: Codes
    criticality: NDArray[np.uint8]
    type_names: tuple[str, ...]
    type_code: NDArray[np.uint8]
    group: I32
    group_names: Texts
    quorum_impossible: tuple[tuple[int, str], ...] = ()
    dependency_lost: tuple[tuple[int, str], ...] = ()
    turned_types: tuple[str, ...] = ()
    hidden: I32 = field(default_factory=lambda: np.empty((0, 4), np.int32))
    given: Tail | None = None  # where relationships of later revisions are added to type_code and group

    @property
    def is_settled(self) -> bool:
        """Whether it was built at once; one brought forward along the change feed has layers, and is not kept."""
        return self.topology.is_settled and isinstance(self.ids, StringTable)

    @property
    def living(self) -> int:
        """How many live and planned CIs there are; numbers of retired ones are not counted."""
        return len(self.ids) - (len(self.ids.hidden) if isinstance(self.ids, LayeredTable) else 0)

    def find(self, ci_id: str) -> int | None:
        """The number of a CI, `None` for one that is not there or retired."""
        return self.ids.find(ci_id)

    def class_of(self, ci: int) -> str:
        """The class of a CI."""
        return self.class_names[int(self.class_code[ci])]

    def criticality_of(self, ci: int) -> str | None:
        """The criticality of a CI, `None` where none is recorded."""
        return CRITICALITIES[self.criticality[ci]] or None

    def services(self) -> I32:
        """The business services."""
        if SERVICE not in self.class_names:
            return np.empty(0, np.int32)
        return np.flatnonzero(self.class_code == self.class_names.index(SERVICE)).astype(np.int32)

    @cached_property
    def below_services(self) -> NDArray[np.bool_]:
        """By CI whether it is a business service or one rests on it, directly or not; kept with the revision."""
        found, services = np.zeros(self.topology.n, np.bool_), self.services()
        found[services] = True
        found[self.topology.all_providers_of(services)] = True
        return found

    @cached_property
    def unnamed(self) -> "Estate":
        """The same, in which CIs are called by their ids; kept with it."""
        return replace(self, names=self.ids)

    def type_of(self, edge: int) -> str:
        """The type of a kept relationship (a position in `csr.to`)."""
        return self.type_names[int(self.type_code[self.topology.csr.origin[edge]])]

    def group_of(self, edge: int) -> str | None:
        """The redundancy group of a kept relationship."""
        number = int(self.group[self.topology.csr.origin[edge]])
        return None if number < 0 else self.group_names[number]

    def group_id(self, edge: int) -> str:
        """The group that a kept hard relationship is of; a plain one is a group by itself, `type|provider`."""
        return self.group_of(edge) or f"{self.type_of(edge)}|{self._provider_id(edge)}"

    def relationship_id(self, dependent: int, edge: int) -> str:
        """The id of a kept relationship of a CI: `source|type|target`."""
        return self._related(self.ids[dependent], self.type_of(edge), self._provider_id(edge))

    def rows_of(self, ci: int) -> int:
        """How many rows are looked at for what a CI rests on; those that are kept aside count by the thousand."""
        csr, place = self.topology.csr, int(self.topology.csr.place[ci])
        return int(csr.end[place] - csr.beg[place]) + len(self.hidden) // 1_000

    def provider_relationships(self, ci: int) -> list[str]:
        """Ids of the relationships by which a CI rests on others, sorted."""
        csr, place = self.topology.csr, int(self.topology.csr.place[ci])
        kept = [self.relationship_id(ci, edge) for edge in range(int(csr.beg[place]), int(csr.end[place]))]
        return sorted(kept + [self._hidden_id(row) for row in np.flatnonzero(self.hidden[:, 0] == ci).tolist()])

    def dependent_relationships(self, ci: int) -> list[str]:
        """Ids of the relationships by which others rest on a CI, sorted."""
        csr, place = self.topology.csr, int(self.topology.csr.place[ci])
        found = [self._hidden_id(row) for row in np.flatnonzero(self.hidden[:, 1] == ci).tolist()]
        for dependent in np.unique(csr.rto[csr.rbeg[place] : csr.rend[place]]).tolist():
            beg, end, number = int(csr.beg[dependent]), int(csr.end[dependent]), int(csr.index[dependent])
            edges = beg + np.flatnonzero(csr.to[beg:end] == place)
            found += [self.relationship_id(number, edge) for edge in edges.tolist()]
        return sorted(found)

    def _hidden_id(self, row: int) -> str:
        dependent, provider, code, _ = self.hidden[row].tolist()
        return self._related(self.ids[dependent], self.type_names[code], self.ids[provider])

    def _related(self, dependent: str, name: str, provider: str) -> str:
        source, target = (provider, dependent) if name in self.turned_types else (dependent, provider)
        return f"{source}|{name}|{target}"

    def _provider_id(self, edge: int) -> str:
        csr = self.topology.csr
        return self.ids[int(csr.index[csr.to[edge]])]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as named arrays, for a snapshot; of a settled estate."""
        tables = {"ids": self.ids, "names": self.names, "group_names": self.group_names}
        strings = {f"{n}.{part}": getattr(t, part) for n, t in tables.items() for part in t.__slots__}
        own = {n: getattr(self, n) for n in ("class_code", "criticality", "type_code", "group", "hidden")}
        return {**{f"csr.{n}": a for n, a in self.topology.csr.named().items()}, **strings, **own}

    def meta(self) -> dict[str, Any]:
        """What goes with the arrays."""
        return {
            "revision": self.revision,
            "class_names": self.class_names,
            "type_names": self.type_names,
            "turned_types": self.turned_types,
            "quorum_impossible": self.quorum_impossible,
            "dependency_lost": self.dependency_lost,
        }

    @classmethod
    def from_arrays(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> "Estate":
        """The estate whose `arrays()` and `meta()` these are; nothing is computed or copied."""

        def part(prefix: str) -> dict[str, NDArray[Any]]:
            return {n.removeprefix(f"{prefix}."): a for n, a in arrays.items() if n.startswith(f"{prefix}.")}

        return cls(
            revision=meta["revision"],
            topology=Topology(Csr(**part("csr"))),
            ids=StringTable(**part("ids")),
            names=StringTable(**part("names")),
            class_names=tuple(meta["class_names"]),
            class_code=arrays["class_code"],
            criticality=arrays["criticality"],
            type_names=tuple(meta["type_names"]),
            type_code=arrays["type_code"],
            turned_types=tuple(meta["turned_types"]),
            group=arrays["group"],
            group_names=StringTable(**part("group_names")),
            hidden=arrays["hidden"],
            quorum_impossible=tuple((ci, name) for ci, name in meta["quorum_impossible"]),
            dependency_lost=tuple((ci, name) for ci, name in meta["dependency_lost"]),
        )


@dataclass
class Columns:
    """What an estate is built from: CIs as columns, relationships as columns, groups by their members."""

    ids: list[str]
    names: list[str]
    classes: list[str]
    criticalities: list[str]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    type_code: NDArray[np.uint8]
    soft: NDArray[np.bool_]
    members: Members
    """(dependent, group) → (position of the relationship, quorum as written) of each member that is not retired."""
    lost: Iterable[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class Grouped:
    """Of each relationship its group's number (-1: none) and how many members that needs; the groups' names in order.

    `impossible`: groups, as (CI, name), whose count is above their members.
    """

    group: I32
    needed: NDArray[np.int64]
    names: list[str]
    impossible: list[tuple[int, str]]


def number_members(members: Members, target: NDArray[np.int64], m: int, first: int = 0) -> Grouped:
    """Number the groups from `first` on, and resolve their quorums (SEMANTICS 1).

    Members agree on a quorum when they are imported; where they were made not to, the one that asks most counts, in
    whatever order they are read.
    """
    found = Grouped(np.full(m, -1, np.int32), np.full(m, -1, np.int64), [], [])
    for (dependent, name), mine in sorted(members.items()):
        count = len({int(target[at]) for at, _ in mine})
        quorums = {written for _, written in mine if written is not None}
        if any(quorum.isdecimal() and int(quorum) > count for quorum in quorums):
            found.impossible.append((dependent, name))
        needed = max((needed_of(quorum, count) for quorum in quorums), default=needed_of(None, count))
        for at, _ in mine:
            found.group[at], found.needed[at] = first + len(found.names), needed
        found.names.append(name)
    return found


def build_estate(revision: int, columns: Columns, ontology: Ontology) -> Estate:
    """Number, resolve quorums, and compress."""
    types = tuple(ontology.relationship_types)
    feeding = np.array([ontology.relationship_types[name].feeds for name in types], np.bool_)
    m = len(columns.source)
    grouped = number_members(columns.members, columns.target, m)
    group, needed = grouped.group, grouped.needed
    soft = columns.soft & (group < 0)
    feeds = feeding[columns.type_code] & ~soft if m else np.zeros(0, np.bool_)
    topology = Topology.from_edges(
        len(columns.ids), columns.source, columns.target,
        soft=soft, group=group, min_available=np.where(group < 0, 1, needed), feeds=feeds,
    )  # fmt: skip
    classes = sorted(set(columns.classes))
    numbers = {name: number for number, name in enumerate(classes)}
    return Estate(
        revision=revision,
        topology=topology,
        ids=StringTable.of(columns.ids),
        names=StringTable.of(columns.names),
        class_names=tuple(classes),
        class_code=np.fromiter((numbers[c] for c in columns.classes), np.uint16, len(columns.classes)),
        criticality=np.fromiter((RANK.get(c, 0) for c in columns.criticalities), np.uint8, len(columns.criticalities)),
        type_names=types,
        type_code=columns.type_code,
        turned_types=tuple(name for name in types if ontology.relationship_types[name].provider == "source"),
        group=group,
        group_names=StringTable.of(grouped.names),
        hidden=_hidden(topology, columns, group),
        quorum_impossible=tuple(grouped.impossible),
        dependency_lost=tuple(sorted(set(columns.lost))),
    )


def _hidden(topology: Topology, columns: Columns, group: I32) -> I32:
    given = np.ones(len(columns.source), np.bool_)
    given[topology.csr.origin] = False
    edges = np.flatnonzero(given)
    rows = (columns.source[edges], columns.target[edges], columns.type_code[edges], group[edges])
    return np.stack(rows, axis=1).astype(np.int32)
