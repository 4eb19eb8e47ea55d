"""Rows that lie as a topology has them are taken over as they are; any others are not, whoever wrote them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from graph.kernels.build import FEED, SOFT
from graph.placed import placed
from graph.topology import Topology
from tests.graph.estates import Drawn, cases, estates

Rows = dict[str, NDArray[Any]]


def rows_of(topology: Topology) -> Rows:
    """As `graph.portable.arrays` writes them."""
    csr = topology.csr
    grouped = csr.code >= 0
    feeds = csr.code == FEED
    feeds[grouped] = csr.feeds[csr.code[grouped]]
    return {
        "degree": csr.end - csr.beg, "to": csr.to.copy(), "soft": (csr.code == SOFT).astype(np.uint8),
        "group": np.where(grouped, csr.code, -1).astype(np.int32), "needed": csr.needed.copy(),
        "feeds": feeds.astype(np.uint8),
    }  # fmt: skip


def from_edges(rows: Rows) -> Topology | None:
    """The slow way; `None` for what it refuses, or does not keep as it is."""
    degree, group = rows["degree"], rows["group"]
    source = np.repeat(np.arange(len(degree)), degree)
    least = rows["needed"][group] if len(rows["needed"]) else np.ones(len(group), np.int32)
    try:
        made = Topology.from_edges(
            len(degree), source, rows["to"], soft=rows["soft"] != 0, group=group,
            min_available=np.where(group < 0, 1, least), feeds=rows["feeds"] != 0,
        )  # fmt: skip
    except ValueError:
        return None
    return made if made.m == len(group) else None


def said(topology: Topology) -> list[Any]:
    """Of each CI what it depends on and how, and whether it has a source from the start; cycles and feeding circles."""
    csr = topology.csr
    found: list[Any] = []
    for ci in range(topology.n):
        place = csr.place[ci]
        edges = []
        for k in range(csr.beg[place], csr.end[place]):
            code = csr.code[k]
            members = sorted(csr.index[csr.to[csr.code == code]].tolist()) if code >= 0 else []
            group = (*members, csr.size[code], csr.needed[code], csr.spare[code], csr.feeds[code]) if code >= 0 else ()
            assert code < 0 or csr.owner[code] == place
            edges.append((int(csr.index[csr.to[k]]), int(min(code, 0)), *map(int, group)))
        back = sorted(csr.index[csr.rto[csr.rbeg[place] : csr.rend[place]]].tolist())
        circle = [] if not len(csr.circle) or csr.circle[place] < 0 else csr.circle == csr.circle[place]
        same = sorted(csr.index[np.flatnonzero(circle)].tolist()) if len(circle) else []
        found.append((sorted(edges), back, bool(len(csr.unfounded) and csr.unfounded[place]), same))
    cycles = sorted(sorted(csr.index[low:high].tolist()) for low, high in csr.cyclic.tolist())
    return [found, cycles]


@settings(max_examples=cases(5_000))
@given(estates())
def test_what_a_topology_was_is_taken_over(drawn: Drawn) -> None:
    rows = rows_of(drawn.topology)
    found, slow = placed(**rows), from_edges(rows)

    assert found is not None
    assert slow is not None
    assert said(found) == said(slow)
    assert found.csr.place.tolist() == found.csr.index.tolist() == list(range(drawn.n))
    # the codes of edges are of the groups that own them, and edges are numbered as they were given
    assert found.csr.origin.tolist() == list(range(found.m))


@settings(max_examples=cases(20_000))
@given(st.data())
def test_whatever_is_altered_is_taken_over_only_where_it_is_what_it_says(data: st.DataObject) -> None:
    rows = rows_of(data.draw(estates(most=8)).topology)
    if not len(rows["to"]):
        return
    n, groups = len(rows["degree"]), len(rows["needed"])
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(["to", "soft", "group", "feeds", *(["needed"] if groups else []), "swap"]))
        at = data.draw(st.integers(0, len(rows["needed" if name == "needed" else "to"]) - 1))
        if name == "swap":
            other = data.draw(st.integers(0, len(rows["to"]) - 1))
            for each in ("to", "soft", "group", "feeds"):
                rows[each][[at, other]] = rows[each][[other, at]]
        else:
            low, high = {"to": (-1, n), "group": (-1, groups - 1), "needed": (-1, 4)}.get(name, (0, 1))
            rows[name][at] = data.draw(st.integers(low, high))
    found, slow = placed(**rows), from_edges(rows)
    if found is not None:
        assert slow is not None
        assert said(found) == said(slow)


@pytest.mark.parametrize(
    "altered",
    [
        {"to": [0, 5]},  # nobody
        {"to": [0, 2]},  # itself
        {"to": [0, -1]},
        {"to": [0, 0]},  # twice
        {"soft": [0, 1], "feeds": [0, 1]},
        {"soft": [0, 1], "group": [-1, 0]},
        {"group": [0, -1]},  # a plain one behind a group
        {"group": [-1, 0], "needed": [2]},
        {"group": [-1, 0], "needed": [0]},
        {"group": [0, 0], "feeds": [1, 0]},
        {"degree": [0, 0, 1]},
    ],
)
def test_what_cannot_be_is_not_taken_over(altered: Any) -> None:
    rows: Any = {"degree": [0, 0, 2], "to": [0, 1], "soft": [0, 0], "group": [-1, -1], "needed": [1], "feeds": [0, 0]}
    kinds = {"soft": np.uint8, "feeds": np.uint8}

    def arrays(rows: Any) -> Rows:
        return {name: np.array(values, kinds.get(name, np.int32)) for name, values in rows.items()}

    assert placed(**arrays(rows)) is not None
    assert placed(**arrays(rows | altered)) is None


def test_cycles_have_to_be_stretches() -> None:
    def taken(degree: list[int], to: list[int]) -> list[list[int]] | None:
        none = np.zeros(len(to), np.uint8)
        found = placed(
            np.array(degree, np.int32), np.array(to, np.int32), none, np.full(len(to), -1, np.int32),
            np.zeros(0, np.int32), none,
        )  # fmt: skip
        return None if found is None else found.csr.cyclic.tolist()

    assert taken([1, 1, 1, 1], [1, 0, 3, 2]) == [[0, 2], [2, 4]]
    assert taken([1, 1, 1], [1, 2, 0]) == [[0, 3]]
    assert taken([2, 1, 1], [1, 2, 0, 0]) == [[0, 3]]
    assert taken([1, 0, 1], [2, 0]) is None  # 1 lies within, and is not in it
    assert taken([1, 0], [1]) is None  # not in order
