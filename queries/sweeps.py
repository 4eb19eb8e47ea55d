"""Whole-estate sweeps: one question put to every CI, as functions of a range whose results merge."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.topology import Topology
from queries.impact import State, impact

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Felled:
    """Of each seed what it takes with it when it alone stops: how many CIs, itself not counted, and of them services.

    An entry for each seed, in the order in which they were given.
    """

    cis: I32
    services: I32


def felled(topology: Topology, seeds: ArrayLike, services: Bool) -> Felled:
    """What each of these CIs takes with it: how many are out when it alone stops (SEMANTICS 2, quorums and all).

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    seeds
        Indices; each is answered by itself.
    services
        Of every CI whether it counts as a service.

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
    asked = np.asarray(seeds, np.int32)
    found = Felled(np.empty(len(asked), np.int32), np.empty(len(asked), np.int32))
    for at, seed in enumerate(asked.tolist()):
        out = impact(topology, {seed: "outage"}).indices(State.OUTAGE)
        others = out[out != seed]
        found.cis[at], found.services[at] = len(others), int(services[others].sum())
    return found
