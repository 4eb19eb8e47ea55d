"""The dependency graph in memory: immutable compressed rows both ways, in an order where providers come first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

import graph.kernels  # noqa: F401 - first of all: it says where compiled code is kept
from graph.csr import Csr, with_feeding
from graph.groups import check_edges, in_order, number_groups
from graph.kernels import build
from graph.kernels.build import FEED, HARD, SOFT
from graph.kernels.patch import targets_of
from graph.kernels.reach import reach, reach_in_order, taken
from graph.kernels.strips import strips
from graph.scratch import SCRATCH
from graph.tails import Tail
from graph.unchangeable import Unchangeable, refuse_change

# a topology and a plain graph given together, as NetworkX's own code does too: its own code then runs on both
nx.config.fallback_to_nx = True
CiIndex = int
I32 = NDArray[np.int32]
# share of the relationships that a worklist may look at before one pass over all of them is cheaper (`make bench`)
WORKLIST_SHARE = 0.01
WORKLIST_LEAST = 20_000


@dataclass(frozen=True, eq=False, slots=True)
class Tails:
    """Where changed rows are written: behind the rows of the newest topology of a line."""

    forward: Tail
    backward: Tail

    @classmethod
    def of(cls, csr: Csr) -> "Tails":
        """New ones, with room behind the rows: this is what copies."""
        return cls(
            Tail({"to": csr.to, "code": csr.code, "origin": csr.origin}), Tail({"rto": csr.rto, "rcode": csr.rcode})
        )


class Topology(nx.DiGraph):  # type: ignore[type-arg]  # its parameter is the stubs' own: at run time there is none
    """Dependencies between CIs 0 … n − 1: immutable, and a NetworkX DiGraph whose edges run dependent → provider.

    `nx.ancestors(t, x)` are x's dependents. NetworkX's own code runs on it unconverted. It cannot be changed: whatever
    would change it, its graph, node or edge attributes included, raises `nx.NetworkXError`. `t.copy()`, `t.reverse()`
    and the like give a plain `nx.DiGraph`, which can; `copy.deepcopy` and pickle give a topology. Called without arrays
    the class makes what `nx.DiGraph` makes, which is what NetworkX asks of it for copies and views.
    """

    csr: Csr
    tails: Tails | None
    is_ordered: bool  # places are a topological order: providers before dependents, cycles together
    is_settled: bool  # no row was changed: cycles are known exactly, and rows follow each other
    # NetworkX asks this backend first; what it has not compiled runs NetworkX's own code on the same object
    __networkx_backend__ = "faultline"

    def __new__(cls, csr: Any = None, **attributes: Any) -> Any:
        return object.__new__(cls) if isinstance(csr, Csr) else nx.DiGraph(csr, **attributes)

    def __init__(
        self, csr: Csr, *, tails: Tails | None = None, is_ordered: bool = True, is_settled: bool = True
    ) -> None:
        object.__setattr__(self, "csr", csr)
        object.__setattr__(self, "tails", tails)
        object.__setattr__(self, "is_ordered", is_ordered)
        object.__setattr__(self, "is_settled", is_settled)
        object.__setattr__(self, "graph", Unchangeable())

    def __setattr__(self, name: str, value: object) -> None:
        refuse_change()

    def __delattr__(self, name: str) -> None:
        refuse_change()

    def __reduce__(self) -> tuple[type["Topology"], tuple[Csr]]:
        return type(self), (self.settled.csr,)

    def __copy__(self) -> "Topology":
        return self

    def __deepcopy__(self, memo: object) -> "Topology":
        return self

    @classmethod
    def from_edges(
        cls,
        n: int,
        source: ArrayLike,
        target: ArrayLike,
        *,
        soft: ArrayLike | None = None,
        group: ArrayLike | None = None,
        min_available: ArrayLike | None = None,
        feeds: ArrayLike | None = None,
    ) -> "Topology":
        """The topology of `n` CIs whose relationships are given as arrays of one length.

        Parameters
        ----------
        n
            How many CIs there are, related or not.
        source, target
            Each relationship: CI `source[i]` depends on CI `target[i]`.
        soft
            The dependent is only degraded when the provider stops. Default: none is.
        group
            Number of the redundancy group, −1 for none; relationships with the same (source, group) form one.
        min_available
            How many members of its group are needed, the same on all of it, ignored where group is −1. Default: all.
        feeds
            The dependent lives only on what comes from a source; the same on all of a group. Default: none does.

        Raises
        ------
        ValueError
            Naming the edge: an end out of range, a self-loop, soft with a group, soft that feeds, a group whose
            relationships differ in `min_available` or `feeds`, `min_available` below 1 or above the number of members.

        Notes
        -----
        Parallel plain relationships collapse: hard wins, then feeding wins. A provider named twice in one group counts
        once; a plain and a grouped relationship to one provider are two requirements.

        Examples
        --------
        >>> t = Topology.from_edges(3, source=[0, 1], target=[1, 2])
        >>> t.providers_of(0).tolist(), sorted(nx.ancestors(t, 2))
        ([1], [0, 1])
        """
        edges = check_edges(n, source, target, soft, group, min_available, feeds)
        code, groups = number_groups(edges)
        start, ordered = build.bucket(n, edges.source)
        pointer, kept = build.collapse(start, ordered, edges.target, code)
        component, count = build.components(pointer, edges.target[kept])
        index, place, begin = build.order_of(
            component, count, pointer, edges.target[kept], code[kept], groups.size - groups.needed, groups.feeds
        )
        code, groups = in_order(code, groups, place)
        pointer, to, codes, origin = build.renumber(pointer, kept, edges.target, code, index, place)
        rpointer, rto, rcode = build.reverse(pointer, to, codes)
        long = np.flatnonzero(np.diff(begin) > 1)
        cyclic = np.stack([begin[long], begin[long + 1]], axis=1).astype(np.int32)
        beg, end, rbeg, rend = pointer[:-1], pointer[1:], rpointer[:-1], rpointer[1:]
        spare = groups.size - groups.needed
        owner = place[groups.owner].astype(np.int32)
        none = np.empty(0, np.int32)
        csr = Csr(
            beg, end, to, codes, origin, rbeg, rend, rto, rcode, place, index,
            cyclic, groups.size, groups.needed, spare, owner, groups.feeds, groups.edge, none.astype(np.bool_), none,
            none, none,
        )  # fmt: skip
        return cls(with_feeding(csr))

    @cached_property
    def n(self) -> int:
        """How many CIs."""
        return len(self.csr.place)

    @property
    def m(self) -> int:
        """How many relationships are kept."""
        return self._kept

    @cached_property
    def _kept(self) -> int:
        return len(self.csr.to) if self.is_settled else int((self.csr.end - self.csr.beg).sum(dtype=np.int64))

    @cached_property
    def few(self) -> int:
        """So many relationships are looked at one by one before a pass over all of them is begun."""
        return max(WORKLIST_LEAST, int(self.m * WORKLIST_SHARE))

    @cached_property
    def settled(self) -> "Topology":
        """The same graph built anew, where rows were changed (`graph.overlay`): in order, its cycles known exactly."""
        from graph.overlay import settled

        return settled(self)

    @cached_property
    def strips(self) -> I32:
        """Rows that look alike, taken together, for passes over all of them (`graph.kernels.strips`)."""
        csr = self.csr
        return strips(csr.beg, csr.end, csr.code, csr.spare, csr.feeds, csr.cyclic)

    @cached_property
    def has_feeds(self) -> bool:
        """Whether any relationship feeds."""
        return len(self.csr.unfounded) > 0

    def providers_of(self, ci: CiIndex) -> I32:
        """Indices of the direct providers of a CI, sorted."""
        place = self._place(ci)
        return np.unique(self.csr.index[self.csr.to[self.csr.beg[place] : self.csr.end[place]]])

    def providers_of_any(self, cis: ArrayLike) -> I32:
        """Indices of the direct providers of some CIs, each once, sorted."""
        csr = self.csr
        return np.unique(csr.index[targets_of(self._places(cis), csr.beg, csr.end, csr.to)])

    def dependents_of(self, ci: CiIndex) -> I32:
        """Indices of the direct dependents of a CI, sorted."""
        place = self._place(ci)
        return np.unique(self.csr.index[self.csr.rto[self.csr.rbeg[place] : self.csr.rend[place]]])

    def all_providers_of(self, cis: ArrayLike) -> I32:
        """Indices of everything these CIs rest on, directly or not, without themselves; sorted."""
        csr, start = self.csr, self._places(cis)
        queue = SCRATCH.queued(self.n)
        count = reach(csr.beg, csr.end, csr.to, start, SCRATCH.slots(self.n), queue, 2**62)
        return self._indices(queue[len(start) : count])

    def all_dependents_of(self, cis: ArrayLike) -> I32:
        """Indices of everything that rests on these CIs, directly or not, without themselves; sorted."""
        start = self._places(cis)
        few = self._few_dependents(start)
        if few is not None:
            return self._indices(few[len(start) :])
        mask = self.dependents_mask(cis)
        mask[self.csr.index[start]] = False
        return np.flatnonzero(mask).astype(np.int32)

    def dependents_mask(self, cis: ArrayLike) -> NDArray[np.bool_]:
        """Whether each CI, by index, is one of these or rests on one: one pass over the graph at the most."""
        start = self._places(cis)
        few = self._few_dependents(start)
        seen = np.zeros(self.n, np.uint8)
        if few is not None:
            seen[self.csr.index[few]] = 1
            return seen.view(np.bool_)
        seen[start] = 1
        csr = self.csr
        reach_in_order(self.strips, csr.beg, csr.end, csr.to, seen, int(start.min()))
        return taken(seen, csr.place).view(np.bool_)

    def _few_dependents(self, start: I32) -> I32 | None:
        # a view of this thread's scratch: good until its next answer
        csr, queue = self.csr, SCRATCH.queued(self.n)
        budget = self.few if self.is_ordered else 2**62
        count = reach(csr.rbeg, csr.rend, csr.rto, start, SCRATCH.slots(self.n), queue, budget)
        return None if count < 0 else queue[:count]

    def _places(self, cis: ArrayLike | CiIndex) -> I32:
        if isinstance(cis, int):
            return np.array([self._place(cis)], np.int32)
        start = np.atleast_1d(np.asarray(cis, np.int32))
        strange = start[(start < 0) | (start >= self.n)]
        if len(strange):
            raise IndexError(f"no CI {strange[0]} among {self.n}")
        return np.unique(self.csr.place[start])

    def _place(self, ci: CiIndex) -> int:
        if not 0 <= ci < self.n:
            raise IndexError(f"no CI {ci} among {self.n}")
        return int(self.csr.place[ci])

    def _indices(self, places: I32) -> I32:
        return np.sort(self.csr.index[places])

    # --- the read-only protocol of a NetworkX DiGraph; rows are made when they are asked for -------------------------

    @cached_property
    def _succ(self) -> "_Rows":
        return _Rows(self, self.csr.beg, self.csr.end, self.csr.to, self.csr.code)

    @cached_property
    def _pred(self) -> "_Rows":
        return _Rows(self, self.csr.rbeg, self.csr.rend, self.csr.rto, self.csr.rcode)

    @property
    def _adj(self) -> "_Rows":
        return self._succ

    @cached_property
    def _node(self) -> "_Nodes":
        return _Nodes(self.n)

    def __len__(self) -> int:
        return self.n

    def to_undirected(self, reciprocal: bool = False, as_view: bool = False) -> Any:  # type: ignore[override]
        """A plain `nx.Graph` that can be changed; or a view, on which what is compiled for undirected graphs runs."""
        made: Any = super().to_undirected(reciprocal, as_view)
        if as_view:
            made.__networkx_backend__ = self.__networkx_backend__
        return made

    def number_of_edges(self, u: Any = None, v: Any = None) -> int:
        """Pairs of CIs that are related; of `u` and `v`, whether they are."""
        if u is not None:
            return int(v in self._succ[u]) if u in self._node else 0
        return self._pairs

    @cached_property
    def _pairs(self) -> int:
        csr = self.settled.csr
        rows = np.repeat(np.arange(self.n, dtype=np.int64), csr.end - csr.beg)
        return len(np.unique(rows * self.n + csr.to)) if self.m else 0

    def size(self, weight: str | None = None) -> int:
        """Pairs of CIs that are related; a topology has no weights."""
        return self._pairs if weight is None else int(super().size(weight))

    add_node = add_nodes_from = add_edge = add_edges_from = add_weighted_edges_from = refuse_change
    remove_node = remove_nodes_from = remove_edge = remove_edges_from = clear = clear_edges = update = refuse_change


# cached_property writes into __dict__ itself, past __setattr__: that is how a topology keeps what it has worked out

_KINDS = {HARD: Unchangeable(strength="hard"), SOFT: Unchangeable(strength="soft"),
          FEED: Unchangeable(strength="hard", feeds=True)}  # fmt: skip
_NO_ATTRIBUTES = Unchangeable()


class _Rows(Mapping[int, Mapping[int, Mapping[str, Any]]]):
    """Adjacency as NetworkX reads it: index → {neighbour: data of the edge}."""

    def __init__(self, topology: Topology, beg: I32, end: I32, to: I32, code: I32) -> None:
        self._topology, self._beg, self._end, self._to, self._code = topology, beg, end, to, code

    def __getitem__(self, ci: int) -> Mapping[int, Mapping[str, Any]]:
        if not isinstance(ci, int | np.integer) or not 0 <= ci < self._topology.n:
            raise KeyError(ci)
        csr = self._topology.csr
        place = csr.place[ci]
        low, high = self._beg[place], self._end[place]
        found: dict[int, Mapping[str, Any]] = {}
        neighbours = csr.index[self._to[low:high]].tolist()
        for neighbour, code in zip(neighbours, self._code[low:high].tolist(), strict=True):
            found.setdefault(neighbour, _KINDS.get(code) or self._grouped(code))
        return Unchangeable(sorted(found.items()))

    def _grouped(self, code: int) -> Mapping[str, Any]:
        feeds = {"feeds": True} if self._topology.csr.feeds[code] else {}
        return Unchangeable(strength="hard", group=code, **feeds)

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._topology.n))

    def __len__(self) -> int:
        return self._topology.n


class _Nodes(Mapping[int, dict[str, Any]]):
    """Nodes as NetworkX reads them: index → no attributes."""

    def __init__(self, n: int) -> None:
        self._n = n

    def __getitem__(self, ci: int) -> dict[str, Any]:
        if not isinstance(ci, int | np.integer) or not 0 <= ci < self._n:
            raise KeyError(ci)
        return _NO_ATTRIBUTES

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._n))

    def __len__(self) -> int:
        return self._n
