"""What is drawn one by one and what is counted: against the definition, and that nothing is lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.folding import Folded, Kind, Traits, folded
from queries.views import Pairs
from tests.graph.estates import cases
from tests.queries.pictures import Box, slow_fold


@st.composite
def pictures(draw: st.DrawFn) -> dict[str, object]:
    """CIs in lanes with random pairs, some groups opened, and hardly room enough."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, lanes, classes = int(rng.integers(0, 30)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
    many = int(rng.integers(0, 80)) if n > 1 else 0
    pairs = {(int(a), int(b)) for a, b in rng.integers(0, max(n, 1), (many, 2)) if a != b}
    keys = [(Kind(int(k)), int(lane), int(code)) for k, lane, code in rng.integers((1, 0, 0), (3, lanes, 3), (3, 3))]
    keys += [(Kind.LANE, 0, 0)] if rng.random() < 0.1 else []
    return {
        "pairs": sorted(pairs),
        "lane": rng.integers(0, lanes, n).tolist(),
        "ci_class": rng.integers(0, classes, n).tolist(),
        "rank": rng.integers(0, 5, n).tolist(),
        "pinned": (rng.random(n) < 0.1).tolist(),
        "label": rng.integers(0, 3, n).tolist() if rng.random() < 0.5 else None,
        "opened": keys[: int(rng.integers(0, len(keys) + 1))],
        "per_lane": int(rng.integers(0, 12)),
        "most": int(rng.integers(1, 60)),
    }


def fold(picture: dict[str, object]) -> tuple[Folded, Pairs]:
    given_pairs = np.array(picture["pairs"], np.int32).reshape(-1, 2)
    pairs = Pairs(given_pairs[:, 0], given_pairs[:, 1], np.arange(len(given_pairs), dtype=np.int32))
    columns = {name: np.array(picture[name], np.int32) for name in ("lane", "ci_class", "rank")}
    label = None if picture["label"] is None else np.array(picture["label"], np.int32)
    traits = Traits(**columns, pinned=np.array(picture["pinned"], np.bool_), label=label)
    options = {name: picture[name] for name in ("opened", "per_lane", "most")}
    return folded(pairs, traits, **options), pairs  # type: ignore[arg-type]


def name_of(found: Folded, box: int) -> Box:
    kind, lane, code = Kind(int(found.kind[box])), int(found.lane[box]), int(found.code[box])
    if kind == Kind.CI:
        return (kind, int(found.ci[box]))
    return (kind, lane) if kind == Kind.LANE else (kind, lane, code)


@pytest.mark.many
@given(pictures())
@settings(max_examples=cases(5_000, 20))
def test_what_is_drawn_is_what_the_definition_says(picture: dict[str, object]) -> None:
    slow = slow_fold(**picture)  # type: ignore[arg-type]

    found, _ = fold(picture)

    names = [name_of(found, box) for box in range(len(found.ci))]
    assert {ci: names[box] for ci, box in enumerate(found.box.tolist())} == dict(slow.box)
    ends = zip(found.source.tolist(), found.target.tolist(), found.count.tolist(), strict=True)
    assert {(names[source], names[target]): count for source, target, count in ends} == dict(slow.links)


@given(pictures())
@settings(max_examples=cases(5_000, 20))
def test_what_is_drawn_and_what_is_counted_are_the_whole(picture: dict[str, object]) -> None:
    found, pairs = fold(picture)

    lanes = len(set(picture["lane"]))  # type: ignore[call-overload]
    assert found.size.sum() == len(found.box)
    assert found.count.sum() + found.inner.sum() == len(pairs)
    assert (found.size[found.kind == Kind.CI] == 1).all()
    assert (found.size[found.kind != Kind.CI] > 1).all()
    assert found.elements <= max(int(str(picture["most"])), lanes + lanes * (lanes - 1))


def test_a_lane_shows_its_first_ten_and_opens_in_place() -> None:
    picture: dict[str, object] = {
        "pairs": [(0, ci) for ci in range(1, 20)], "lane": [0] + [1] * 19, "ci_class": [0] + [1] * 19,
        "rank": list(range(20)), "pinned": [False] * 20, "label": None, "opened": [], "per_lane": 10, "most": 2_000,
    }  # fmt: skip
    found, _ = fold(picture)

    assert found.size[found.kind == Kind.CLASS].tolist() == [9]
    assert sorted(found.count.tolist()) == [1] * 10 + [9]
    opened, _ = fold({**picture, "opened": [(Kind.CLASS, 1, 1)]})
    assert (opened.kind == Kind.CI).all()


@pytest.mark.parametrize("n", [3_000])
def test_a_dense_picture_stays_under_two_thousand_elements(n: int) -> None:
    rng = np.random.default_rng(4)
    pairs = sorted({(int(a), int(b)) for a, b in rng.integers(0, n, (9_000, 2)) if a != b})
    picture: dict[str, object] = {
        "pairs": pairs, "lane": rng.integers(0, 10, n).tolist(), "ci_class": rng.integers(0, 30, n).tolist(),
        "rank": rng.integers(0, n, n).tolist(), "pinned": [False] * n, "label": None, "opened": [],
        "per_lane": n, "most": 2_000,
    }  # fmt: skip
    found, _ = fold(picture)

    assert 1_900 < found.elements <= 2_000
    assert found.size.sum() == n
