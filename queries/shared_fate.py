"""Shared fate: what the members of a redundancy group have in common, so that they fail together (SEMANTICS 6)."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.kernels.build import SOFT
from graph.topology import CiIndex, Topology
from queries.cone import hard_cone
from queries.kernels.cones import STANDS, providers_first
from queries.kernels.shared import shared_below
from queries.kernels.singles import ANYWAY, breaking

I32 = NDArray[np.int32]
MOST = 20_000


@dataclass(frozen=True, slots=True)
class SharedFate:
    """What more members of a group rest on than it can lose.

    `relationship`: one of the group's, numbered as it was given to the topology (`csr.origin`). `members`: those that
    rest on `shared` by hard relationships, sorted. `breaks`: it alone breaks the group, redundant on paper only.
    `anyway`: then the owner of the group also loses something else that it needs, so the group is not what fails it.
    """

    owner: CiIndex
    relationship: int
    shared: CiIndex
    breaks: bool
    members: tuple[CiIndex, ...]
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class SharedFates:
    """Those that break their group first, of these those that alone fail its owner; then by owner, group and what is
    shared. `complete`: there are no others.
    """

    fates: tuple[SharedFate, ...]
    complete: bool


def shared_fate(topology: Topology, service: CiIndex, *, most: int = MOST) -> SharedFates:
    """What is shared by the groups of a service and of everything it rests on by hard relationships.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    service
        Index of the service.
    most
        So many are looked for altogether; where there are more, each group has its share of them, one at least.

    Returns
    -------
    SharedFates
        Neither members nor the owner of a group count as shared by it. Groups that can lose no member are left out.

    Examples
    --------
    Two nodes with a disk each, in one rack:

    >>> t = Topology.from_edges(4, [0, 0, 1, 2], [1, 2, 3, 3], group=[0, 0, -1, -1], min_available=[1, 1, 1, 1])
    >>> [(fate.shared, fate.breaks, fate.members) for fate in shared_fate(t, 0).fates]
    [(3, True, (1, 2))]
    """
    t = topology.settled
    csr, cone, local = t.csr, hard_cone(t, service), np.full(t.n, STANDS, np.int32)
    local[cone] = np.arange(len(cone), dtype=np.int32)
    groups, cycle = _groups(t, cone), csr.cycles_of(cone)
    cone = providers_first(cone, cycle, local, csr.beg, csr.end, csr.to, csr.code)
    pairs, members, complete = shared_below(groups, most, cone, local, csr.beg, csr.end, csr.to, csr.code, csr.spare)
    asked, concerned = np.unique(pairs[:, 1]).astype(np.int64), np.unique(pairs[:, 0])
    broken = breaking(
        groups[concerned], asked, cone, cycle, local, csr.beg, csr.end, csr.to, csr.code,
        csr.needed, csr.spare, csr.feeds, csr.unfounded, csr.circle,
    )  # fmt: skip
    found = []
    for (group, at), resting in zip(pairs.tolist(), members, strict=True):
        low, high, owner = groups[group].tolist()
        some = csr.index[csr.to[low:high]][resting[: high - low]]
        fails = int(broken[np.searchsorted(concerned, group), np.searchsorted(asked, at)])
        origin, shared = int(csr.origin[low]), int(csr.index[cone[at]])
        members_of = tuple(sorted(some.tolist()))
        found.append(SharedFate(int(csr.index[owner]), origin, shared, fails > 0, members_of, fails == ANYWAY))
    found.sort(key=lambda fate: (not fate.breaks, fate.anyway, fate.owner, fate.relationship, fate.shared))
    return SharedFates(tuple(found), complete)


def _groups(topology: Topology, cone: I32) -> I32:
    # of the groups that can lose a member: first edge, the one after the last, owner's place; members lie together
    csr = topology.csr
    found = []
    for number in np.flatnonzero((csr.spare > 0) & np.isin(csr.owner, cone)).tolist():
        owner = int(csr.owner[number])
        at = int(csr.beg[owner]) + np.flatnonzero(csr.code[csr.beg[owner] : csr.end[owner]] == number)
        found.append((int(at[0]), int(at[-1]) + 1, owner))
    return np.array(found, np.int32).reshape(-1, 3)


def chain_to(
    topology: Topology, start: CiIndex, shared: CiIndex, *, named: Callable[[CiIndex], str] = "{:010}".format,
    among: NDArray[np.bool_] | None = None,
) -> tuple[CiIndex, ...]:  # fmt: skip
    """A shortest chain of hard relationships from one CI to another, both included; empty where there is none.

    Of several the one whose names come first. `among`: by index, which CIs it may go through; default: all.
    """
    csr = topology.csr
    came = {start: start}
    queue = deque([start])
    while queue and shared not in came:
        ci = queue.popleft()
        place = csr.place[ci]
        beg, end = int(csr.beg[place]), int(csr.end[place])
        hard = np.unique(csr.index[csr.to[beg:end][csr.code[beg:end] != SOFT]])
        providers = (hard if among is None else hard[among[hard]]).tolist()
        for provider in sorted(providers, key=named):
            if provider not in came:
                came[provider] = ci
                queue.append(provider)
    if shared not in came:
        return ()
    chain = [shared]
    while chain[-1] != start:
        chain.append(came[chain[-1]])
    return tuple(reversed(chain))
