"""The arrays of a dependency graph: compressed rows both ways, in an order where providers come first."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.kernels import build
from graph.kernels.build import FEED

I32 = NDArray[np.int32]


@dataclass(frozen=True, eq=False, slots=True)
class Csr:
    """The arrays of a topology. Rows are in *places*: a topological order, providers first, cycles together.

    `beg`, `end`, `to`, `code`, `origin`: providers of each place; `rbeg`, `rend`, `rto`, `rcode`: its dependents. A
    code is a group's number, or HARD, SOFT, FEED for a plain edge. `origin`: which of the given edges a kept one is.
    `place` maps an index to its place, `index` back. `cyclic`: components of more than one node, as (first, last + 1)
    places. Of each group, in the order of their owners: `size`, `needed`, `spare` (members not needed), `owner` (a
    place), `feeds`, `edge` (one of the given edges). Only where something feeds: `unfounded`, the places without a
    source from the start; `circle` (of each place, -1: none), `circle_start`, `circle_member`: the cycles of feeding.
    """

    beg: I32
    end: I32
    to: I32
    code: I32
    origin: I32
    rbeg: I32
    rend: I32
    rto: I32
    rcode: I32
    place: I32
    index: I32
    cyclic: I32
    size: I32
    needed: I32
    spare: I32
    owner: I32
    feeds: NDArray[np.bool_]
    edge: I32
    unfounded: NDArray[np.bool_]
    circle: I32
    circle_start: I32
    circle_member: I32

    def __post_init__(self) -> None:
        # arrays mapped from a snapshot cannot be written to either: kernels are compiled for one kind of array
        for array in self.named().values():
            array.flags.writeable = False

    def __reduce__(self) -> tuple[type["Csr"], tuple[NDArray[Any], ...]]:
        return type(self), tuple(self.named().values())

    def named(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, for a snapshot."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def cycles_of(self, places: I32) -> I32:
        """The number of the cycle (a row of `cyclic`) that each place is in, -1 for none."""
        if not len(self.cyclic):
            return np.full(len(places), -1, np.int32)
        number = np.searchsorted(self.cyclic[:, 0], places, side="right").astype(np.int32) - 1
        return np.where((number >= 0) & (places < self.cyclic[number, 1]), number, -1).astype(np.int32)


def with_feeding(csr: Csr) -> Csr:
    """The arrays with what is known of feeding worked out: who has no source from the start, and the circles.

    Without anything that feeds these arrays are empty.
    """
    if not (csr.feeds.any() or (csr.code == FEED).any()):
        none = np.empty(0, np.int32)
        return replace(
            csr, unfounded=np.zeros(0, np.bool_), circle=none, circle_start=np.zeros(1, np.int32), circle_member=none
        )
    held = build.founded(csr.beg, csr.end, csr.code, csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.spare, csr.feeds)
    rows = build.feeding_rows(csr.beg, csr.end, csr.to, csr.code, csr.feeds)
    circle, start, member = build.feeding_cycles(*build.components(*rows))
    return replace(csr, unfounded=~held, circle=circle, circle_start=start, circle_member=member)
