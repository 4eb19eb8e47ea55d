"""Single points of failure: where one outage is enough (JR/T 0074-2012, 8.3 f; SEMANTICS 6)."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from graph.topology import CiIndex, Topology
from queries.cone import hard_cone, left_under, part_below
from queries.impact import Effect, EffectWord
from queries.kernels.cones import GONE, STANDS, mandatory, providers_first, watched_rows
from queries.kernels.singles import fatal

I32 = NDArray[np.int32]


class AlreadyOutError(ValueError):
    """The service is out under the base seeds: no CI is the one that stops it."""


def single_points_of_failure(
    topology: Topology, service: CiIndex, base: Mapping[CiIndex, EffectWord | Effect] | None = None
) -> I32:
    """CIs whose outage alone, beside the base seeds, puts `service` in outage, redundancy considered.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    service
        Index of the service; it is not its own single point of failure.
    base
        Seeds that are given anyway. Default: none.

    Returns
    -------
    np.ndarray
        Sorted indices, int32. Empty when no single outage reaches the service.

    Raises
    ------
    IndexError
        The service or a seed is no CI of the topology.
    AlreadyOutError
        The service is out under the base seeds.

    Notes
    -----
    What the service needs all of, and so on down, are single points without a further look. All others below it are
    tried together, a bit for each, by the rules of impact, *no source* included. Exact, cycles or not.

    Examples
    --------
    One of two mirrored disks may fail, their controller may not:

    >>> t = Topology.from_edges(4, source=[0, 1, 1], target=[1, 2, 3], group=[-1, 0, 0], min_available=[1, 1, 1])
    >>> single_points_of_failure(t, service=0).tolist()
    [1]

    Where one disk is out already, the other one is one too:

    >>> single_points_of_failure(t, service=0, base={2: "outage"}).tolist()
    [1, 3]
    """
    if not 0 <= service < topology.n:
        raise IndexError(f"no CI {service} among {topology.n}")
    if not topology.is_settled:
        return _in_part(topology, service, base or {})
    t = topology
    csr, start = t.csr, int(t.csr.place[service])
    left = left_under(t, base)
    gone, spare = left.gone, left.spare
    if gone[start]:
        raise AlreadyOutError(f"CI {service} is out already")
    local = np.full(t.n, STANDS, np.int32)
    local[gone > 0] = GONE
    cone = hard_cone(t, service, gone)
    needed = mandatory(start, csr.beg, csr.end, csr.to, csr.code, spare, gone, cone)
    watched = watched_rows(cone, needed, csr.beg, csr.end, csr.code, spare, csr.circle)
    kept = ~needed | watched
    places = cone[kept]
    local[places] = np.arange(len(places), dtype=np.int32)
    is_watched, cycle = np.zeros(t.n, np.bool_), csr.cycles_of(places)
    is_watched[cone[watched]] = True
    places = providers_first(places, cycle, local, csr.beg, csr.end, csr.to, csr.code)
    found = fatal(
        places, is_watched[places], cycle, local, csr.beg, csr.end, csr.to, csr.code, csr.needed, spare,
        csr.feeds, csr.unfounded, csr.circle,
    )  # fmt: skip
    points = csr.index[np.concatenate([cone[needed], places[found]])]
    return np.sort(points[points != service])


def _in_part(topology: Topology, service: CiIndex, base: Mapping[CiIndex, EffectWord | Effect]) -> I32:
    strange = [ci for ci in base if not 0 <= ci < topology.n]
    if strange:
        raise IndexError(f"seed {strange[0]} is no CI among {topology.n}")
    below, cis, given = part_below(topology, [service], base)
    return cis[single_points_of_failure(below, int(np.searchsorted(cis, service)), given)]
