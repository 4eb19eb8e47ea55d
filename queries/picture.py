"""A picture of the explorer, and the question it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from graph.estate import Estate
from graph.kernels.build import SOFT
from graph.ontology import Ontology
from queries.folding import MOST, PER_LANE, Folded, Kind
from queries.lanes import Layout, layout
from queries.paths import Paths
from queries.views import FAR, Pairs, Seen, hidden_around

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
NO_VALUE, SEVERAL_VALUES = "", "*"  # of a group: its CIs have no site or owner, or several
HIDDEN_VALUE = "="  # of a group: who owns its CIs is not told; no id is this
GROUPS = {Kind.ALIKE: "by", Kind.CLASS: "class", Kind.LANE: "lane"}


class View(StrEnum):
    """What a picture is of."""

    NEIGHBOURHOOD = "neighbourhood"
    SERVICE = "service"
    SITE = "site"
    QUERY = "query"
    PATHS = "paths"


class Direction(StrEnum):
    """Towards what rests on a CI, towards what it rests on, or both."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


class Grouping(StrEnum):
    """What CIs of a lane are grouped by."""

    NONE = "none"
    CLASS = "class"
    SITE = "site"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Filter:
    """Only such CIs, beside those that are asked for by their ids; empty: all. `sites`, `owners` are ids of CIs."""

    classes: Sequence[str] = ()
    statuses: Sequence[str] = ()
    owners: Sequence[str] = ()
    sites: Sequence[str] = ()
    text: str = ""
    affected: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to see.

    `cis`: of a neighbourhood, service or site; for PATHS the dependent and the provider. `opened`: keys of groups drawn
    one by one. `expanded`: CIs that are shown with their neighbours. `collapsed`: CIs that are not walked past.
    """

    view: View
    cis: Sequence[str] = ()
    direction: Direction = Direction.BOTH
    hops: int | None = 1
    filter: Filter = field(default_factory=Filter)
    grouping: Grouping = Grouping.NONE
    opened: Sequence[str] = ()
    expanded: Sequence[str] = ()
    collapsed: Sequence[str] = ()
    per_lane: int = PER_LANE
    most: int = MOST


@dataclass(frozen=True, slots=True)
class Related:
    """How one CI rests on another: by which types of relationships, if one is hard, and in which redundancy group."""

    types: tuple[str, ...]
    is_hard: bool
    group: str | None


@dataclass(frozen=True)
class Picture:
    """A view, drawn. By CI of it: `seen`, `state`; `labels`: values that CIs are grouped by; `ways`: of PATHS."""

    estate: Estate
    ontology: Ontology
    question: Question
    seen: Seen
    pairs: Pairs
    state: NDArray[np.uint8]
    seeds: frozenset[int]
    labels: Sequence[str]
    boxes: Folded
    ways: Paths | None
    complete: bool

    @property
    def total(self) -> int:
        """CIs and pairs of related ones in the view."""
        return len(self.seen.cis) + len(self.pairs)

    @property
    def shown(self) -> int:
        """Those of them that are drawn one by one."""
        return int((self.boxes.ci >= 0).sum() + self._is_single.sum())

    @cached_property
    def _is_single(self) -> Bool:
        is_ci = self.boxes.ci >= 0
        return is_ci[self.boxes.source] & is_ci[self.boxes.target]

    @cached_property
    def states(self) -> NDArray[np.int64]:
        """By box how many of its CIs are in each state."""
        counts: NDArray[np.int64] = np.bincount(
            self.boxes.box.astype(np.int64) * 4 + self.state, minlength=4 * len(self.boxes.ci)
        )
        return counts.reshape(-1, 4)

    @cached_property
    def worst(self) -> NDArray[np.uint8]:
        """By box the worst state in it."""
        best: NDArray[np.int64] = np.argmax(self.states[:, ::-1] > 0, axis=1)
        return (3 - best).astype(np.uint8)

    @cached_property
    def layout(self) -> Layout:
        """Where the boxes stand."""
        first = np.full(len(self.boxes.ci), FAR, np.int32)
        np.minimum.at(first, self.boxes.box, np.arange(len(self.seen.cis), dtype=np.int32))
        return layout(self.boxes, self.worst if self.seeds else np.zeros_like(self.worst), first)

    @cached_property
    def hidden(self) -> tuple[I32, I32]:
        """Of each CI that is drawn by itself how many dependents and providers are not in the view."""
        return hidden_around(self.estate, self.drawn, self.seen.cis)

    @cached_property
    def drawn(self) -> I32:
        """Numbers of CIs that are drawn by themselves, in the order of their boxes."""
        return self.seen.cis[self.boxes.ci[self.boxes.ci >= 0]]

    def related(self, link: int) -> "Related":
        """The relationships behind a link between two CIs."""
        pair = int(self.boxes.pair[link])
        csr, cis = self.estate.topology.csr, self.seen.cis
        ends = int(cis[self.pairs.source[pair]]), int(cis[self.pairs.target[pair]])
        place, provider = csr.place[list(ends)].tolist()
        low, high = int(csr.beg[place]), int(csr.end[place])
        edges = (low + np.flatnonzero(csr.to[low:high] == provider)).tolist()
        types = {self.estate.type_of(edge) for edge in edges}
        types |= {self.estate.type_names[code] for code in self._hidden_types.get(ends, ())}
        groups = (self.estate.group_of(edge) for edge in edges)
        is_hard = any(int(csr.code[edge]) != SOFT for edge in edges)
        return Related(tuple(sorted(types)), is_hard, next((name for name in groups if name is not None), None))

    @cached_property
    def _hidden_types(self) -> Mapping[tuple[int, int], list[int]]:
        # of two CIs the types of relationships that another one between them stands for
        rows, found = self.estate.hidden, dict[tuple[int, int], list[int]]()
        for dependent, provider, code, _ in rows[np.isin(rows[:, 0], self.drawn)].tolist():
            found.setdefault((dependent, provider), []).append(code)
        return found

    def group_key(self, box: int) -> str:
        """What a group is called in `opened`."""
        kind, tier = Kind(int(self.boxes.kind[box])), self.tier(int(self.boxes.lane[box]))
        value = self.group_value(box)
        return "|".join([GROUPS[kind], tier] + ([] if kind == Kind.LANE else [value]))

    def group_value(self, box: int) -> str:
        """The class, site or owner of a group; of a lane nothing."""
        kind, code = Kind(int(self.boxes.kind[box])), int(self.boxes.code[box])
        return {Kind.ALIKE: self.labels, Kind.CLASS: self.estate.class_names}.get(kind, [""] * (code + 1))[code]

    def tier(self, lane: int) -> str:
        """The tier of a lane by its number."""
        tiers = list(self.ontology.tiers)
        return tiers[lane] if lane < len(tiers) else ""
