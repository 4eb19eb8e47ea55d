"""What could put a CI out: everything it rests on by hard relationships."""

import numpy as np
from numpy.typing import NDArray

from graph.topology import CiIndex, Topology
from queries.kernels.singles import STANDS, below

I32 = NDArray[np.int32]


def hard_cone(topology: Topology, ci: CiIndex, gone: NDArray[np.uint8] | None = None) -> I32:
    """Places below a CI by hard relationships, its own included, sorted; `gone`: by place, which are passed over."""
    csr, start = topology.csr, int(topology.csr.place[ci])
    passed = np.zeros(topology.n, np.uint8) if gone is None else gone
    return np.sort(below(start, csr.beg, csr.end, csr.to, csr.code, passed, np.full(topology.n, STANDS, np.int32)))
