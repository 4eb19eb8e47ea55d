"""A part of a graph as JSON: the groups that steps of certificates name, with all members, and a graph of them.

What the steps do not name is not in it. So it shows what a certificate rests on, and not that a group has no other
members: that is for the register, or for whoever vouches for the file, to say.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graph.canonical import canonical
from graph.estate import Estate
from graph.kernels.build import FEED, SOFT
from graph.strings import StringTable
from graph.topology import CiIndex, Topology
from queries.steps import Broken, Leaning, MalformedError, Reader, Sourceless, Step, Weakened

LARGEST = 20_000  # relationships of a part
HASHED = "fp1:"


@dataclass(frozen=True, slots=True)
class _Requirement:
    """A group of a CI, a plain relationship as one of 1, or a soft relationship; by the places of its relationships."""

    ci: CiIndex
    name: str
    needed: int
    feeds: bool
    is_soft: bool
    edges: tuple[int, ...]


@dataclass
class Part:
    """What is collected of a graph, certificate by certificate."""

    estate: Estate
    _taken: dict[tuple[CiIndex, int], _Requirement] = field(default_factory=dict)
    _size: int = 0

    def take(self, steps: Iterable[Step]) -> bool:
        """Add what these steps rest on; `False`, and nothing is added, where the part would be too large."""
        more = dict[tuple[CiIndex, int], _Requirement]()
        size = self._size
        for number, each in self._named(steps):
            key = each.ci, number
            if key not in self._taken and key not in more:
                more[key] = each
                size += len(each.edges)
                if size > LARGEST:
                    return False
        self._taken |= more
        self._size = size
        return True

    def _named(self, steps: Iterable[Step]) -> Iterator[tuple[int, _Requirement]]:
        for step in steps:
            if isinstance(step, Broken | Weakened):
                yield from self._groups(step)
            elif isinstance(step, Leaning):
                ci, cited = self._number(step.ci_id), step.provider
                for number, each in _requirements(self.estate, ci).items():
                    if cited.relationship in (self.estate.relationship_id(ci, edge) for edge in each.edges):
                        yield number, each
            elif isinstance(step, Sourceless):
                for fallen in step.fallen:
                    yield from self._groups(fallen)
                yield from self._feeding([self._number(fallen.ci_id) for fallen in step.fallen])

    def _groups(self, step: Broken | Weakened) -> Iterator[tuple[int, _Requirement]]:
        found = _requirements(self.estate, self._number(step.ci_id))
        return ((number, each) for number, each in found.items() if not each.is_soft and each.name == step.group)

    def _feeding(self, queue: list[CiIndex]) -> Iterator[tuple[int, _Requirement]]:
        # all that feeds these: whether they ever had a source is seen from that alone
        csr, seen = self.estate.topology.csr, set(queue)
        while queue:
            for number, each in _requirements(self.estate, queue.pop()).items():
                if each.feeds:
                    yield number, each
                    more = set(csr.index[csr.to[list(each.edges)]].tolist()) - seen
                    seen |= more
                    queue += more

    def _number(self, ci_id: str) -> CiIndex:
        found = self.estate.find(ci_id)
        if found is None:
            raise KeyError(ci_id)
        return found

    def plain(self, seeds: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """As JSON, with the seeds that the certificates are of, each with who brings it; does not depend on numbers."""
        estate, groups, soft = self.estate, list[dict[str, Any]](), list[dict[str, Any]]()
        cis = {self._number(seed["ci_id"]) for seed in seeds} | {each.ci for each in self._taken.values()}
        types = set[str]()
        for each in self._taken.values():
            members = [(self._provider(edge), estate.type_of(edge)) for edge in each.edges]
            cis |= {ci for ci, _ in members}
            types |= {kind for _, kind in members}
            rows = sorted(({"ci_id": estate.ids[ci], "type": kind} for ci, kind in members), key=canonical)
            if each.is_soft:
                soft.append({"ci_id": estate.ids[each.ci], "provider": rows[0]})
            else:
                groups.append({
                    "ci_id": estate.ids[each.ci], "group": each.name, "needed": each.needed, "feeds": each.feeds,
                    "members": rows,
                })  # fmt: skip
        named = [{"ci_id": estate.ids[ci], "name": estate.names[ci], "ci_class": estate.class_of(ci)} for ci in cis]
        return {
            "revision": estate.revision,
            "seeds": [dict(seed) for seed in seeds],
            "cis": sorted(named, key=lambda row: row["ci_id"]),
            "groups": sorted(groups, key=canonical),
            "soft": sorted(soft, key=canonical),
            # types of which the provider is the source: `source|type|target` is written the other way round
            "from_source": sorted(types & set(estate.turned_types)),
        }

    def _provider(self, edge: int) -> CiIndex:
        csr = self.estate.topology.csr
        return int(csr.index[csr.to[edge]])


def _requirements(estate: Estate, ci: CiIndex) -> dict[int, _Requirement]:
    # by a number that is the same whenever it is asked
    csr, place = estate.topology.csr, int(estate.topology.csr.place[ci])
    edges = dict[int, list[int]]()
    beg, end = int(csr.beg[place]), int(csr.end[place])
    for edge, code in zip(range(beg, end), csr.code[beg:end].tolist(), strict=True):
        edges.setdefault(code if code >= 0 else -1 - edge, []).append(edge)
    found = {}
    for number, mine in edges.items():
        code = int(csr.code[mine[0]])
        needed, feeds = (int(csr.needed[code]), bool(csr.feeds[code])) if code >= 0 else (1, code == FEED)
        found[number] = _Requirement(ci, estate.group_id(mine[0]), needed, feeds, code == SOFT, tuple(mine))
    return found


def part_hash(part: Any) -> str:
    """What a certificate names the part by that it rests on."""
    return HASHED + hashlib.sha256(canonical(part)).hexdigest()


def graph_of(raw: Any, where: str = "part") -> Estate:
    """The graph that a part holds, and nothing else. Raises MalformedError for what is no part, naming the place."""
    reader = Reader(raw, where)
    revision, from_source = reader.count("revision"), reader.list("from_source")
    reader.take("seeds")  # those of the certificates are compared with them
    ids = [_ci_of(each, f"{where}.cis[{at}]") for at, each in enumerate(reader.list("cis"))]
    numbers = {ci_id: number for number, ci_id in enumerate(ids)}
    if len(numbers) != len(ids):
        raise MalformedError(f"{where}.cis", "each CI once")
    groups = [_group_of(each, f"{where}.groups[{at}]", numbers) for at, each in enumerate(reader.list("groups"))]
    soft = [_soft_of(each, f"{where}.soft[{at}]", numbers) for at, each in enumerate(reader.list("soft"))]
    reader.end()
    rows = [
        (group.ci, provider, kind, number, group.needed, group.feeds)
        for number, group in enumerate(groups)
        for provider, kind in group.members
    ] + [(group.ci, *group.members[0], -1, 1, False) for group in soft]
    kinds = sorted({kind for _, _, kind, *_ in rows})
    source, target, kind, number, needed, feeds = zip(*rows, strict=True) if rows else ((),) * 6
    group = np.array(number, np.int32)
    topology = Topology.from_edges(
        len(ids), np.array(source, np.int64), np.array(target, np.int64), soft=group < 0, group=group,
        min_available=np.array(needed, np.int64), feeds=np.array(feeds, np.bool_),
    )  # fmt: skip
    named = StringTable.of(ids)
    return Estate(
        revision=revision, topology=topology, ids=named, names=named, class_names=("",),
        class_code=np.zeros(len(ids), np.uint16), criticality=np.zeros(len(ids), np.uint8), type_names=tuple(kinds),
        type_code=np.array([kinds.index(each) for each in kind], np.int32).astype(np.uint8), group=group,
        group_names=StringTable.of([each.name for each in groups]),
        turned_types=tuple(each for each in from_source if isinstance(each, str)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Read:
    ci: CiIndex
    name: str
    needed: int
    feeds: bool
    members: list[tuple[CiIndex, str]]


def _ci_of(raw: Any, where: str) -> str:
    reader = Reader(raw, where)
    found = reader.text("ci_id")
    reader.take("name"), reader.take("ci_class")  # for people
    reader.end()
    return found


def _group_of(raw: Any, where: str, numbers: Mapping[str, CiIndex]) -> _Read:
    reader = Reader(raw, where)
    ci = _number_of(reader, numbers)
    found = [_member_of(each, f"{where}.members[{at}]", numbers, ci) for at, each in enumerate(reader.list("members"))]
    needed = reader.count("needed")
    if len({provider for provider, _ in found}) != len(found):
        raise MalformedError(f"{where}.members", "each CI once")
    if not 1 <= needed <= len(found):
        raise MalformedError(f"{where}.needed", f"1 … {len(found)}")
    made = _Read(ci, reader.text("group"), needed, reader.flag("feeds"), found)
    reader.end()
    return made


def _soft_of(raw: Any, where: str, numbers: Mapping[str, CiIndex]) -> _Read:
    reader = Reader(raw, where)
    ci = _number_of(reader, numbers)
    made = _Read(ci, "", 1, False, [_member_of(reader.take("provider"), f"{where}.provider", numbers, ci)])
    reader.end()
    return made


def _member_of(raw: Any, where: str, numbers: Mapping[str, CiIndex], of: CiIndex) -> tuple[CiIndex, str]:
    reader = Reader(raw, where)
    found = _number_of(reader, numbers), reader.text("type")
    if found[0] == of:
        raise MalformedError(f"{where}.ci_id", "another CI")
    reader.end()
    return found


def _number_of(reader: Reader, numbers: Mapping[str, CiIndex]) -> CiIndex:
    found = numbers.get(reader.text("ci_id"))
    if found is None:
        raise MalformedError(reader.at("ci_id"), "one of cis")
    return found
