"""What could put a CI out: everything it rests on by hard relationships; and what is left of that under some seeds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.overlay import part
from graph.scratch import SCRATCH
from graph.topology import CiIndex, Topology
from queries.impact import Effect, EffectWord, State, impact
from queries.kernels.cones import below

I32 = NDArray[np.int32]
NOBODY = np.empty(0, np.uint8)


@dataclass(frozen=True, slots=True)
class Left:
    """By place, who is out (`gone`, 1); by group, how many members it can lose beside those (`spare`)."""

    gone: NDArray[np.uint8]
    spare: I32


def left_under(topology: Topology, base: Mapping[CiIndex, EffectWord | Effect] | None) -> Left:
    """Who is out under the base seeds, and what groups can lose beside them; without seeds nobody, and everything."""
    csr = topology.csr
    gone = np.zeros(topology.n, np.uint8)
    if not base:
        return Left(gone, csr.spare)
    gone[csr.place[impact(topology, base).indices(State.OUTAGE)]] = 1
    lost = gone[csr.to].astype(np.bool_) & (csr.code >= 0)
    spare = (csr.spare - np.bincount(csr.code[lost], minlength=len(csr.spare))).astype(np.int32)
    spare.flags.writeable = False  # as a topology's own: to the compiler another one is of another type
    return Left(gone, spare)


def hard_cone(topology: Topology, cis: ArrayLike, gone: NDArray[np.uint8] | None = None) -> I32:
    """Places below one CI or several by hard relationships, their own included, sorted.

    `gone`: by place, which are passed over; of the CIs themselves none is.
    """
    csr = topology.csr
    starts = np.unique(csr.place[np.atleast_1d(cis)])
    n, passed = topology.n, NOBODY if gone is None else gone
    return np.sort(below(starts, csr.beg, csr.end, csr.to, csr.code, passed, SCRATCH.slots(n), SCRATCH.queued(n)))


def part_below(
    topology: Topology, cis: ArrayLike, base: Mapping[CiIndex, EffectWord | Effect]
) -> tuple[Topology, I32, dict[CiIndex, EffectWord | Effect]]:
    """What some CIs rest on, and themselves, as a graph of its own: an overlaid one is not built anew for a few CIs.

    With it the CI that each of its numbers stands for, sorted, and the base seeds that are in it by its numbers.
    """
    within = np.union1d(topology.all_providers_of(cis), np.asarray(cis, np.int32)).astype(np.int32)
    number = {ci: at for at, ci in enumerate(within.tolist())}
    return part(topology, within), within, {number[ci]: effect for ci, effect in base.items() if ci in number}
