"""Arrays of one thread, used again by every answer, so that a small one never pays for the size of the graph."""

import threading

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]
CELL = 10  # numbers kept of each thing touched (`queries.kernels.spread`)


class Scratch(threading.local):
    """`slot`: for each place, and each group behind them, a number; nothing in it holds before it is looked after.

    A thing's number is good when what stands under that number names the thing (Briggs and Torczon 1993): so nothing
    has to be cleared between two answers. `cell` and `queue` are what such numbers point into. `seed` is what a single
    seed is handed over in: its place and state. `row` is -1 everywhere between two answers.
    """

    def __init__(self) -> None:
        self.slot = self.queue = self.count = np.zeros(0, np.int32)
        self.cell = np.empty((0, CELL), np.int32)
        self.seed = np.empty((1, 2), np.int32)
        self.row = np.zeros(0, np.int32)

    def slots(self, count: int) -> I32:
        """`slot`, of at least so many; numbers in it are never negative."""
        self.slot = _roomy(self.slot, count)
        return self.slot

    def rows(self, count: int) -> I32:
        """`row`, of at least so many; whoever writes there puts -1 back."""
        if count > len(self.row):
            self.row = np.full(count + count // 8, -1, np.int32)
        return self.row

    def cells(self, count: int) -> I32:
        """`cell`, of at least so many rows."""
        if count > len(self.cell):
            self.cell = np.empty((count, CELL), np.int32)
        return self.cell

    def queued(self, count: int) -> I32:
        """`queue`, at least so long."""
        self.queue = _roomy(self.queue, count)
        return self.queue

    def counts(self, count: int) -> I32:
        """`count`, at least so long: a number for every group, set before it is read."""
        self.count = _roomy(self.count, count)
        return self.count


def _roomy(held: I32, count: int) -> I32:
    # more than asked for, so that a graph that grows does not make it anew at every change
    return held if count <= len(held) else np.zeros(count + count // 8, np.int32)


SCRATCH = Scratch()
