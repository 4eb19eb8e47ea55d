"""Relationships by their type."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from graph.estate import Estate

I32 = NDArray[np.int32]


def of_types(estate: Estate, type_names: Iterable[str]) -> tuple[I32, I32]:
    """Relationships of some types: the places of their dependents, and where each stands in `csr.to`.

    One that is hidden stands where the one is that stands for it.
    """
    csr, names = estate.topology.settled.csr, set(type_names)
    codes = [code for code, name in enumerate(estate.type_names) if name in names]
    plain = np.flatnonzero(np.isin(estate.type_code[csr.origin], codes))
    hidden = estate.hidden[np.isin(estate.hidden[:, 2], codes)].tolist()
    edges: I32 = np.union1d(plain, [_shown(estate, *row) for row in hidden]).astype(np.int32)
    rows: I32 = (np.searchsorted(csr.beg, edges, side="right") - 1).astype(np.int32)
    return rows, edges


def _shown(estate: Estate, dependent: int, provider: int, _type: int, group: int) -> int:
    csr = estate.topology.settled.csr
    low, high = (int(ends[csr.place[dependent]]) for ends in (csr.beg, csr.end))
    like = estate.group[csr.origin[low:high]] == group
    return low + int(np.argmax(like & (csr.to[low:high] == csr.place[provider])))
