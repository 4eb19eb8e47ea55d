"""Where each box of a picture stands: lanes by tier, left to right, those related near each other (SCREENS: Lanes).

Within a lane boxes are ordered by the mean place of what they are related to (Sugiyama, Tagawa, Toda 1981).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queries.folding import Folded, Kind

I32 = NDArray[np.int32]
Ints = NDArray[Any]  # of either width
BOX = (176, 44)  # pixels, at a scale of 1
PITCH = (196, 58)  # from one box to the next
LANE_EDGE = 16  # between the border of a lane and its boxes
LANE_GAP = 56  # between lanes, where links turn
HEADER = 48  # above the first box
SWEEPS = 6  # each looks to the left and then to the right
FEWEST_ROWS = 12
SHAPE = 1.6  # width to height of a screen


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane: its number, its left border and width in pixels, and how many CIs it has, drawn or grouped."""

    number: int
    x: int
    width: int
    cis: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Centres of boxes in pixels, and the lanes."""

    x: I32
    y: I32
    lanes: tuple[Lane, ...]
    width: int
    height: int


def layout(boxes: Folded, state: NDArray[np.uint8], rank: I32) -> Layout:
    """Put the boxes in their places.

    Parameters
    ----------
    boxes
        What is drawn.
    state
        By box how it stands, 3 an outage; worse ones come first in their lane.
    rank
        By box its place where nothing else decides, the least first.

    Notes
    -----
    Of all sweeps the one counts whose links are shortest; the order given is the first of them, so no picture is worse
    than unordered. The same input gives the same picture.
    """
    lanes, lane = np.unique(boxes.lane, return_inverse=True)
    sizes = np.bincount(lane, minlength=len(lanes))
    rows = _rows(sizes)
    columns = -(-sizes // max(rows, 1))
    first = np.where(boxes.kind >= Kind.CLASS, 4, 3 - state.astype(np.int64))  # "+N more" closes a lane
    turn = _ordered(lane, first, rank, columns, boxes)
    row, column = turn // columns[lane], turn % columns[lane]
    widths = (columns - 1) * PITCH[0] + BOX[0] + 2 * LANE_EDGE
    left = np.cumsum(widths + LANE_GAP) - widths - LANE_GAP
    cis = np.bincount(lane, boxes.size, minlength=len(lanes)).astype(np.int64)
    return Layout(
        x=(left[lane] + LANE_EDGE + BOX[0] // 2 + column * PITCH[0]).astype(np.int32),
        y=(HEADER + BOX[1] // 2 + row * PITCH[1]).astype(np.int32),
        lanes=tuple(map(Lane, lanes.tolist(), left.tolist(), widths.tolist(), cis.tolist())),
        width=int(widths.sum() + LANE_GAP * max(len(lanes) - 1, 0)),
        height=HEADER + min(rows, int(sizes.max(initial=0))) * PITCH[1] + LANE_EDGE,
    )


def _rows(sizes: NDArray[np.int64]) -> int:
    # the fewest rows with which the picture is no wider than a screen
    longest = int(sizes.max(initial=0))
    for rows in range(FEWEST_ROWS, longest):
        if int((-(-sizes // rows)).sum()) * PITCH[0] + len(sizes) * LANE_GAP <= SHAPE * rows * PITCH[1]:
            return rows
    return max(longest, 1)


def _ordered(lane: Ints, first: Ints, rank: Ints, columns: Ints, boxes: Folded) -> NDArray[np.int64]:
    """The turn of each box in its lane."""
    turn = _turns(lane, np.lexsort((rank, first, lane)))
    ways = _ways(lane, boxes)
    best, shortest = turn, _length(turn, columns, lane, boxes)
    for _ in range(SWEEPS):
        before = turn
        for members, mine, others in ways:
            row = turn / columns[lane]
            total = np.bincount(mine, row[others], minlength=len(lane))[members]
            many = np.bincount(mine, minlength=len(lane))[members]
            mean = np.where(many > 0, total / np.maximum(many, 1), row[members])
            turn = turn.copy()
            turn[members[np.lexsort((turn[members], mean, first[members]))]] = np.arange(len(members))
        length = _length(turn, columns, lane, boxes)
        if length < shortest:
            best, shortest = turn, length
        if (turn == before).all():
            break
    return best


def _ways(lane: Ints, boxes: Folded) -> list[tuple[Ints, Ints, Ints]]:
    """Lane by lane to the right and back: its boxes, and the links of theirs with lanes on the other side."""
    mine = np.concatenate([boxes.source, boxes.target])
    others = np.concatenate([boxes.target, boxes.source])
    to_left = lane[others] < lane[mine]
    to_right = lane[others] > lane[mine]
    numbers = range(int(lane.max(initial=-1)) + 1)
    found = []
    for side, order in ((to_left, numbers), (to_right, reversed(numbers))):
        for number in order:
            kept = side & (lane[mine] == number)
            if kept.any():
                found.append((np.flatnonzero(lane == number), mine[kept], others[kept]))
    return found


def _turns(lane: Ints, order: NDArray[np.int64]) -> NDArray[np.int64]:
    # `order`: boxes lane by lane
    turn = np.empty(len(lane), np.int64)
    turn[order] = np.arange(len(lane)) - np.searchsorted(lane[order], lane[order])
    return turn


def _length(turn: Ints, columns: Ints, lane: Ints, boxes: Folded) -> float:
    row = turn / columns[lane]
    return float(np.abs(row[boxes.source] - row[boxes.target]).sum())
