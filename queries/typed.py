"""Relationships by their type."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from graph.estate import Estate

I32 = NDArray[np.int32]


def of_types(estate: Estate, type_names: Iterable[str]) -> tuple[I32, I32]:
    """Kept relationships of some types: the places of their dependents, and where each stands in `csr.to`."""
    csr = estate.topology.settled.csr
    codes = [code for code, name in enumerate(estate.type_names) if name in set(type_names)]
    edges = np.flatnonzero(np.isin(estate.type_code[csr.origin], codes)).astype(np.int32)
    return (np.searchsorted(csr.beg, edges, side="right") - 1).astype(np.int32), edges
