"""Where boxes stand: lanes in order, nothing on top of anything, links no longer than they have to be."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.folding import Folded, Kind, Traits, folded
from queries.lanes import BOX, HEADER, LANE_EDGE, Layout, layout
from queries.views import Pairs
from tests.graph.estates import cases


def picture(n: int, lanes: list[int], pairs: list[tuple[int, int]], per_lane: int = 1_000) -> Folded:
    ends = np.array(pairs, np.int32).reshape(-1, 2)
    none = np.zeros(n, np.int32)
    traits = Traits(np.array(lanes, np.int32), none, np.arange(n, dtype=np.int32), none.astype(np.bool_))
    return folded(Pairs(ends[:, 0], ends[:, 1], np.arange(len(ends), dtype=np.int32)), traits, per_lane=per_lane)


def placed(boxes: Folded, states: list[int] | None = None) -> Layout:
    state = np.array([0] * len(boxes.ci) if states is None else states, np.uint8)
    return layout(boxes, state, np.arange(len(boxes.ci), dtype=np.int32))


def crossings(boxes: Folded, found: Layout) -> int:
    lines = [(found.y[a], found.y[b]) for a, b in zip(boxes.source, boxes.target, strict=True)]
    return sum((a - c) * (b - d) < 0 for at, (a, b) in enumerate(lines) for c, d in lines[:at])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=cases(2_000))
def test_boxes_lie_in_their_lanes_and_never_on_each_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 60))
    pairs = [(int(a), int(b)) for a, b in rng.integers(0, max(n, 1), (n, 2)) if a != b]
    boxes = picture(n, rng.integers(0, 4, n).tolist(), sorted(set(pairs)), per_lane=int(rng.integers(1, 40)))
    states = rng.integers(0, 4, len(boxes.ci)).tolist()

    found = placed(boxes, states)

    by_number = {lane.number: lane for lane in found.lanes}
    assert [lane.number for lane in found.lanes] == sorted(by_number)
    assert sum(lane.cis for lane in found.lanes) == n
    for at, number in enumerate(boxes.lane.tolist()):
        lane = by_number[number]
        assert lane.x + LANE_EDGE + BOX[0] / 2 <= found.x[at] <= lane.x + lane.width - LANE_EDGE - BOX[0] / 2
        assert HEADER < found.y[at] < found.height
        for other in range(at):
            assert abs(found.x[at] - found.x[other]) >= BOX[0] or abs(found.y[at] - found.y[other]) >= BOX[1]
    again = placed(boxes, states)
    assert (again.x.tolist(), again.y.tolist()) == (found.x.tolist(), found.y.tolist())


def test_two_lanes_that_cross_everywhere_are_untangled() -> None:
    n = 8
    boxes = picture(2 * n, [0] * n + [1] * n, [(at, 2 * n - 1 - at) for at in range(n)])

    found = placed(boxes)

    assert crossings(boxes, found) == 0
    assert len(set(found.x.tolist())) == 2


def test_worse_states_come_first_and_what_is_counted_last() -> None:
    boxes = picture(20, [0] * 20, [], per_lane=4)
    states = [0, 2, 3, 1] + [3] * (len(boxes.ci) - 4)

    found = placed(boxes, states)

    in_order = np.argsort(found.y)
    assert [states[at] for at in in_order[:4]] == [3, 2, 1, 0]
    assert boxes.kind[in_order[-1]] == Kind.CLASS


def test_a_large_picture_is_about_as_wide_as_a_screen() -> None:
    n = 300
    found = placed(picture(n, [at % 6 for at in range(n)], []))

    assert 1.2 < found.width / found.height < 2
