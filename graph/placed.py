"""A topology of rows that another one had: its order is looked at instead of being worked out."""

import numpy as np
from numpy.typing import NDArray

from graph.csr import Csr, with_feeding
from graph.kernels import build
from graph.kernels.placed import taken_over, within
from graph.topology import Topology

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]


def placed(degree: I32, to: I32, soft: U8, group: I32, needed: I32, feeds: U8) -> Topology | None:
    """The topology whose rows these are, in their order; `None` where `Topology.from_edges` has to be asked.

    Parameters
    ----------
    degree
        Of each CI how many relationships it has, none below 0. Together they are as many as the next arrays have.
    to, soft, group, feeds
        Of each relationship, dependent by dependent, as `Topology.from_edges` takes it; `group` is below
        `len(needed)`, or -1.
    needed
        Of each group how many members are needed.

    Notes
    -----
    Nothing is trusted. Each edge is looked at once: it has to be allowed, to stand once for itself, and to lie where a
    topology has it; and it leads to a lower place, or into a cycle that is one stretch of places. Then places are the
    CIs' numbers themselves, and what is known is what `from_edges` would know. A file that was written of a topology
    passes, and is read in a fifth of the time.
    """
    n, source = len(degree), np.cumsum(degree, dtype=np.int64)
    if n + len(to) >= 2**31 or (source[-1] if n else 0) != len(to):
        return None
    good, pointer, code, first, size, blocks = taken_over(degree, to, soft, group, needed, feeds)
    if not good:
        return None
    if len(blocks) and build.components(*within(blocks, pointer, to))[1] != len(blocks):
        return None
    rpointer, rto, rcode = build.reverse(pointer, to, code)
    least = needed[group[first]]
    owner = np.searchsorted(pointer, first, side="right").astype(np.int32) - np.int32(1)
    own, none, nobody = np.arange(n, dtype=np.int32), np.empty(0, np.int32), np.empty(0, np.bool_)
    csr = Csr(
        pointer[:-1], pointer[1:], to, code, np.arange(len(to), dtype=np.int32), rpointer[:-1], rpointer[1:], rto,
        rcode, own, own.copy(), blocks, size, least, size - least, owner, feeds[first] != 0, first, nobody, none,
        none, none,
    )  # fmt: skip
    return Topology(with_feeding(csr))
