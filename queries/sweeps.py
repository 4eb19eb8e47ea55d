"""Whole-estate sweeps: one question put to every CI, as functions of a range whose results merge.

Each is a plain function of a topology and of some CIs. What it gives for two lots of CIs, merged, is what it gives for
all of them at once, however they are cut and in whatever order they come: so any pool of workers can run it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.topology import Topology
from queries.kernels.above import count_above
from queries.kernels.bits import listed, rows_for
from queries.kernels.failing import graph_of, work_for
from queries.kernels.failures import fell

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
NOBODY = np.empty(0, np.int32)


@dataclass(frozen=True, eq=False, slots=True)
class Lists:
    """A list of CIs for each of some: that of number i is `cis[start[i] : start[i + 1]]`, sorted."""

    start: I64
    cis: I32

    def __len__(self) -> int:
        return len(self.start) - 1

    def __getitem__(self, number: int) -> I32:
        return self.cis[self.start[number] : self.start[number + 1]]


@dataclass(frozen=True, eq=False, slots=True)
class Felled:
    """Of each seed what it takes with it when it alone stops: how many CIs, itself not counted, and of them services.

    An entry for each seed, in the order in which they were given. `weight`: the sum of the weights of these services.
    """

    cis: I32
    services: I32
    weight: I64


@dataclass(frozen=True, eq=False, slots=True)
class Failures:
    """Every single failure among `seeds` (sorted): what it takes with it, and of each service who puts it out.

    `points`: for each service, in the order in which they were given, its single points of failure among the seeds.
    """

    seeds: I32
    felled: Felled
    points: Lists


def dependents_counted(topology: Topology, dependents: ArrayLike) -> I32:
    """Of every CI how many of these rest on it, directly or not, itself not counted.

    With all services it says how many services each CI can affect; with all CIs how many are at risk or worse when it
    stops. Results for lots that have no CI in common are merged by adding them.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider; hard and soft ones count.
    dependents
        Indices; one named twice counts once.

    Returns
    -------
    np.ndarray
        int32, an entry for every CI of the topology.

    Raises
    ------
    IndexError
        One of them is no CI of the topology.

    Notes
    -----
    Blocks of CIs as bits, each place handing its row on to what it rests on; cycles have one row for all. The cost is
    that of the rows touched: a few words for each block and each place that somebody of the block rests on.

    Examples
    --------
    Two services on one application, on its host:

    >>> t = Topology.from_edges(4, [0, 1, 2], [2, 2, 3])
    >>> dependents_counted(t, [0, 1]).tolist(), dependents_counted(t, range(4)).tolist()
    ([0, 0, 2, 2], [0, 0, 2, 3])
    """
    t = topology.settled
    counts, _ = _above(t, _places(t, dependents), NOBODY)
    return counts


def dependents_listed(topology: Topology, cis: ArrayLike, dependents: ArrayLike) -> Lists:
    """Of each of some CIs which of `dependents` rest on it, directly or not, itself left out.

    With all services it says which services a CI can affect. For lots of dependents merged by `joined`.

    Examples
    --------
    >>> t = Topology.from_edges(4, [0, 1, 2], [2, 2, 3])
    >>> found = dependents_listed(t, [3, 1], dependents=[0, 1])
    >>> [found[i].tolist() for i in range(2)]
    [[0, 1], []]
    """
    t = topology.settled
    asked, numbers = np.unique(_checked(t, cis), return_inverse=True)
    number = np.full(t.n, -1, np.int32)
    number[t.csr.place[asked]] = np.arange(len(asked), dtype=np.int32)
    _, pairs = _above(t, _places(t, dependents), number)
    return _taken(_sorted(*listed(pairs, len(asked), t.csr.index, asked)), numbers)


def felled(topology: Topology, seeds: ArrayLike, services: Bool, weights: ArrayLike | None = None) -> Felled:
    """What each of these CIs takes with it: how many are out when it alone stops (SEMANTICS 2, quorums and all).

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    seeds
        Indices; each is answered by itself.
    services
        Of every CI whether it counts as a service.
    weights
        Of every CI how much it counts as a service, a whole number. Default: 1.

    Raises
    ------
    IndexError
        A seed is no CI of the topology.

    Examples
    --------
    A service on two mirrored disks behind one controller:

    >>> t = Topology.from_edges(4, [0, 1, 1, 2], [1, 2, 3, 3], group=[-1, 0, 0, -1], min_available=[1, 1, 1, 1])
    >>> found = felled(t, [1, 2, 3], np.array([True, False, False, False]))
    >>> found.cis.tolist(), found.services.tolist()
    ([1, 0, 3], [1, 0, 1])
    """
    t = topology.settled
    asked, numbers = np.unique(_checked(t, seeds), return_inverse=True)
    found, _ = _fell(t, asked, np.flatnonzero(services).astype(np.int32), weights, paired=False)
    return Felled(found.cis[numbers], found.services[numbers], found.weight[numbers])


def single_failures(
    topology: Topology, seeds: ArrayLike, services: ArrayLike, weights: ArrayLike | None = None
) -> Failures:
    """Every single failure among `seeds`: what it takes with it, and whom of `services` it is a single point of.

    With all CIs as seeds the points are all single points of failure of all services (SEMANTICS 6). For lots of seeds
    merged by `merged`.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    seeds
        Indices of the CIs that may stop, each by itself; one named twice counts once.
    services
        Indices, each once. A service is not its own single point of failure.
    weights
        Of every CI how much it counts as a service, a whole number. Default: 1.

    Raises
    ------
    IndexError
        A seed or a service is no CI of the topology.

    Examples
    --------
    >>> t = Topology.from_edges(4, [0, 1, 1, 2], [1, 2, 3, 3], group=[-1, 0, 0, -1], min_available=[1, 1, 1, 1])
    >>> found = single_failures(t, range(4), services=[0])
    >>> found.felled.cis.tolist(), found.points[0].tolist()
    ([0, 1, 0, 3], [1, 3])
    """
    t = topology.settled
    asked, named = np.unique(_checked(t, seeds)), _checked(t, services)
    found, pairs = _fell(t, asked, named, weights, paired=True)
    return Failures(asked, found, _sorted(*listed(pairs, len(named), t.csr.index, named)))


def merged(parts: Sequence[Failures]) -> Failures:
    """Of lots of seeds that have none in common, for the same services, what they are together; one at least."""
    seeds = np.concatenate([part.seeds for part in parts])
    order = np.argsort(seeds, kind="stable")
    columns = ([getattr(part.felled, name) for part in parts] for name in ("cis", "services", "weight"))
    return Failures(
        seeds[order], Felled(*(np.concatenate(column)[order] for column in columns)), joined([p.points for p in parts])
    )


def joined(parts: Sequence[Lists]) -> Lists:
    """The lists of each number put together, sorted; one part at least."""
    many = np.sum([np.diff(part.start) for part in parts], axis=0)
    start = np.zeros(len(many) + 1, np.int64)
    np.cumsum(many, out=start[1:])
    cis, at = np.empty(start[-1], np.int32), start[:-1].copy()
    for part in parts:
        own = np.diff(part.start)
        cis[np.repeat(at - part.start[:-1], own) + np.arange(len(part.cis))] = part.cis
        at += own
    return _sorted(start, cis)


def _above(topology: Topology, places: I32, number: I32) -> tuple[I32, I32]:
    # counts by CI, without itself; pairs of a number and a place
    csr = topology.csr
    cycle = csr.cycles_of(np.arange(topology.n, dtype=np.int32))
    counts, pairs = count_above(places, number, csr.beg, csr.end, csr.to, csr.cyclic, cycle, rows_for(topology.n))
    counts[places] -= 1
    return counts[csr.place], pairs


def _fell(
    topology: Topology, seeds: I32, services: I32, weights: ArrayLike | None, *, paired: bool
) -> tuple[Felled, I32]:
    csr, n = topology.csr, topology.n
    weight = np.ones(len(services), np.int64) if weights is None else np.asarray(weights, np.int64)[services]
    number = np.full(n, -1, np.int32)
    number[csr.place[services]] = np.arange(len(services), dtype=np.int32)
    places = np.sort(csr.place[seeds])
    graph = graph_of(csr, csr.place[services])
    cis, counts, sums, pairs = fell(places, number, weight, paired, graph, rows_for(n), work_for(csr))
    # in the order of the seeds, and each without itself
    at = np.searchsorted(places, csr.place[seeds])
    own = number[csr.place[seeds]]
    is_service = own >= 0
    mine = np.where(is_service, np.append(weight, 0)[own], 0)
    return Felled(cis[at] - np.int32(1), counts[at] - is_service.astype(np.int32), sums[at] - mine), pairs


def _checked(topology: Topology, cis: ArrayLike) -> I32:
    asked = np.asarray(cis, np.int32).reshape(-1)
    strange = asked[(asked < 0) | (asked >= topology.n)]
    if len(strange):
        raise IndexError(f"no CI {strange[0]} among {topology.n}")
    return asked


def _places(topology: Topology, cis: ArrayLike) -> I32:
    return np.unique(topology.csr.place[_checked(topology, cis)])


def _sorted(start: I64, cis: I32) -> Lists:
    for number in np.flatnonzero(np.diff(start) > 1).tolist():
        cis[start[number] : start[number + 1]].sort()
    return Lists(start, cis)


def _taken(found: Lists, numbers: I64) -> Lists:
    parts = [found[number] for number in numbers.tolist()]
    start = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) for part in parts], out=start[1:])
    return Lists(start, np.concatenate([NOBODY, *parts]))
