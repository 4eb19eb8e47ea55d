"""A topology is made of what is given, said in one way, and of nothing that cannot be."""

from collections import Counter
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.groups import MOST
from graph.kernels.build import FEED, HARD, SOFT
from graph.topology import Topology
from tests.graph.estates import cases

RANK = {"feed": 2, "hard": 1, "soft": 0}
Given = dict[str, list[Any]]


@pytest.mark.parametrize(
    ("arrays", "named"),
    [
        ({"source": [0, 1], "target": [1, 1]}, r"edge 1 \(1 depends on 1\) is a self-loop"),
        ({"source": [0, 2], "target": [1, 3]}, r"edge 1 \(2 depends on 3\) has an end outside 0 … 2"),
        ({"source": [0, -1], "target": [1, 0]}, r"edge 1 \(-1 depends on 0\) has an end outside 0 … 2"),
        ({"source": [2**32], "target": [1]}, r"edge 0 \(4294967296 depends on 1\) has an end outside"),
        ({"source": [0], "target": [1], "soft": [1], "group": [0]}, r"edge 0 \(0 .* 1\) is soft and in a redundancy"),
        ({"source": [0], "target": [1], "soft": [1], "feeds": [1]}, r"edge 0 \(0 depends on 1\) is soft and feeds"),
        (
            {"source": [0, 0], "target": [1, 2], "group": [5, 5], "min_available": [1, 2]},
            r"edge 1 \(0 depends on 2\) differs from its group in min_available",
        ),
        (
            {"source": [0, 0], "target": [1, 2], "group": [5, 5], "feeds": [True, False]},
            r"edge 1 \(0 depends on 2\) differs from its group in feeds",
        ),
        (
            {"source": [0, 0], "target": [1, 2], "group": [-1, 5], "min_available": [0, 0]},
            r"edge 1 \(0 depends on 2\) has a min_available below 1",
        ),
        (
            {"source": [1, 0, 0], "target": [0, 1, 2], "group": [-1, 5, 5], "min_available": [9, 3, 3]},
            r"edge 1 \(0 depends on 1\) has a min_available above the number of members",
        ),
        (
            {"source": [0, 0], "target": [1, 1], "group": [5, 5], "min_available": [2, 2]},  # one member, named twice
            r"edge 0 \(0 depends on 1\) has a min_available above the number of members",
        ),
        ({"source": [0, 0.5], "target": [1, 1]}, r"edge 1 has the source .*0\.5.*no whole number"),
        ({"source": [0], "target": ["1"]}, r"edge 0 has the target .*1.*no whole number"),
        ({"source": [0], "target": [1], "group": [2**63]}, r"edge 0 has the group .*9223372036854775808"),
        ({"source": [0], "target": [1], "min_available": [float("nan")]}, "edge 0 has the min_available .*nan"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
def test_an_edge_that_cannot_be_is_named(arrays: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Topology.from_edges(3, **arrays)


@pytest.mark.parametrize("name", ["target", "soft", "group", "min_available", "feeds"])
def test_arrays_of_different_lengths_are_refused(name: str) -> None:
    arrays: Any = {"source": [0, 1], "target": [1, 2], name: [1]}
    with pytest.raises(ValueError, match=r"different lengths: \[1, 2\]"):
        Topology.from_edges(3, **arrays)


def test_more_than_32_bits_can_count_is_refused_before_anything_is_made() -> None:
    none: list[int] = []
    many = np.broadcast_to(np.int8(0), (MOST + 1,))  # takes no memory

    with pytest.raises(ValueError, match="2,147,483,648 CIs"):
        Topology.from_edges(MOST + 1, none, none)
    with pytest.raises(ValueError, match="2,147,483,648 relationships"):
        Topology.from_edges(1, many, many)
    with pytest.raises(ValueError, match="-1 CIs"):
        Topology.from_edges(-1, none, none)


def test_min_available_and_feeds_of_what_has_no_group_bind_nobody() -> None:
    t = Topology.from_edges(3, [0, 0], [1, 2], min_available=[-5, 99], feeds=[True, False])

    assert (t.m, len(t.csr.size)) == (2, 0)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_an_estate_without_relationships_is_a_topology(n: int) -> None:
    t = Topology.from_edges(n, [], [], soft=[], group=[], min_available=[], feeds=[])

    assert (t.n, t.m, t.has_feeds, len(t), t.number_of_edges()) == (n, 0, False, n, 0)
    assert [t.providers_of(ci).tolist() for ci in range(n)] == [[]] * n
    assert t.providers_of_any(range(n)).tolist() == []
    assert t.all_dependents_of(range(n)).tolist() == []


@pytest.mark.parametrize("ci", [-1, 2, 2**31 - 1])
def test_a_ci_that_is_not_there_is_named(ci: int) -> None:
    t = Topology.from_edges(2, [0], [1])
    for ask in (t.providers_of, t.providers_of_any, t.dependents_of, t.all_providers_of, t.all_dependents_of):
        with pytest.raises(IndexError, match=f"no CI {ci} among 2"):
            ask(ci)


@st.composite
def many_parallel_edges(draw: st.DrawFn) -> tuple[int, Given]:
    """Arrays in which the same two CIs are related over and over."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = int(rng.integers(2, 6))
    arrays: Given = {name: [] for name in ("source", "target", "soft", "group", "min_available", "feeds")}
    of_group: dict[tuple[int, int], bool] = {}
    for _ in range(int(rng.integers(0, 40 if rng.random() < 0.8 else 300))):
        source = int(rng.integers(n))
        target = (source + int(rng.integers(1, n))) % n
        group = int(rng.integers(-4, 3))
        soft = group < 0 and bool(rng.random() < 0.4)
        fed = not soft and bool(rng.random() < 0.4)
        if group >= 0:
            fed = of_group.setdefault((source, group), fed)
        values = (source, target, soft, max(group, -1), 1, fed)
        for name, value in zip(arrays, values, strict=True):
            arrays[name].append(value)
    return n, arrays


def kind_of(arrays: Given, edge: int) -> str:
    return "soft" if arrays["soft"][edge] else "feed" if arrays["feeds"][edge] else "hard"


def slow_reading(arrays: Given) -> tuple[dict[tuple[int, int], str], dict[tuple[int, int], set[int]]]:
    """The best plain relationship of each pair, and the members of each group."""
    plain: dict[tuple[int, int], str] = {}
    groups: dict[tuple[int, int], set[int]] = {}
    for edge, (source, target, group) in enumerate(
        zip(arrays["source"], arrays["target"], arrays["group"], strict=True)
    ):
        if group >= 0:
            groups.setdefault((source, group), set()).add(target)
        else:
            kinds = (kind_of(arrays, edge), plain.get((source, target), "soft"))
            plain[source, target] = max(kinds, key=RANK.__getitem__)
    return plain, groups


@settings(max_examples=cases(5_000), deadline=None)
@given(many_parallel_edges())
def test_parallel_relationships_collapse_as_the_rule_says(drawn: tuple[int, Given]) -> None:
    n, arrays = drawn
    csr = Topology.from_edges(n, **arrays).csr
    plain: dict[tuple[int, int], str] = {}
    groups: dict[tuple[int, int], set[int]] = {}
    for place in range(n):
        for edge in range(csr.beg[place], csr.end[place]):
            ends = int(csr.index[place]), int(csr.index[csr.to[edge]])
            code, origin = int(csr.code[edge]), int(csr.origin[edge])
            assert ends == (arrays["source"][origin], arrays["target"][origin])
            if code < 0:
                assert ends not in plain
                plain[ends] = {HARD: "hard", SOFT: "soft", FEED: "feed"}[code]
                assert kind_of(arrays, origin) == plain[ends]
            else:
                group = ends[0], arrays["group"][csr.edge[code]]
                assert group[1] == arrays["group"][origin]
                assert csr.owner[code] == place
                members = groups.setdefault(group, set())
                assert ends[1] not in members
                members.add(ends[1])
                assert csr.feeds[code] == arrays["feeds"][origin]

    expected_plain, expected_groups = slow_reading(arrays)
    assert plain == expected_plain
    assert groups == expected_groups
    sizes = {
        (int(csr.index[csr.owner[g]]), arrays["group"][csr.edge[g]]): int(csr.size[g]) for g in range(len(csr.size))
    }
    assert sizes == {group: len(members) for group, members in groups.items()}


@settings(max_examples=cases(2_000), deadline=None)
@given(many_parallel_edges())
def test_all_members_are_needed_where_nothing_else_is_said(drawn: tuple[int, Given]) -> None:
    n, arrays = drawn
    arrays.pop("min_available")
    csr = Topology.from_edges(n, **arrays).csr

    assert csr.needed.tolist() == csr.size.tolist()


@settings(max_examples=cases(5_000), deadline=None)
@given(many_parallel_edges())
def test_providers_come_first_cycles_together_and_rows_agree_both_ways(drawn: tuple[int, Given]) -> None:
    n, arrays = drawn
    t = Topology.from_edges(n, **arrays)
    csr, some = t.csr, range(0, n, 2)
    cyclic = [range(low, high) for low, high in csr.cyclic.tolist()]
    forth = Counter(
        (place, int(csr.to[e]), int(csr.code[e])) for place in range(n) for e in range(csr.beg[place], csr.end[place])
    )
    back = Counter(
        (int(csr.rto[e]), place, int(csr.rcode[e]))
        for place in range(n)
        for e in range(csr.rbeg[place], csr.rend[place])
    )
    graph: nx.DiGraph[int] = nx.DiGraph(list(zip(arrays["source"], arrays["target"], strict=True)))
    components = [c for c in nx.strongly_connected_components(graph) if len(c) > 1]

    assert csr.index[csr.place].tolist() == list(range(n))
    assert all(p < d or any(p in cycle and d in cycle for cycle in cyclic) for d, p, _ in forth)
    assert {frozenset(csr.index[list(cycle)].tolist()) for cycle in cyclic} == set(map(frozenset, components))
    assert all(before.stop <= after.start for before, after in pairwise(cyclic))
    assert forth == back
    assert t.providers_of_any(some).tolist() == sorted({each for ci in some for each in t.providers_of(ci).tolist()})


@settings(max_examples=cases(2_000), deadline=None)
@given(many_parallel_edges())
def test_plain_relationships_come_first_in_a_row_and_the_members_of_a_group_lie_together(
    drawn: tuple[int, Given],
) -> None:
    n, arrays = drawn
    csr = Topology.from_edges(n, **arrays).csr
    for place in range(n):
        keys = [
            (1, int(csr.code[e]), int(csr.index[csr.to[e]])) if csr.code[e] >= 0 else (0, int(csr.index[csr.to[e]]), 0)
            for e in range(csr.beg[place], csr.end[place])
        ]
        assert keys == sorted(set(keys))


def test_neither_its_arrays_nor_what_it_answers_let_it_be_changed() -> None:
    arrays: Any = {"source": np.array([0, 0, 1]), "target": np.array([1, 2, 2]), "group": np.array([0, 0, -1])}
    t = Topology.from_edges(3, **arrays)
    before = {name: array.copy() for name, array in t.csr.named().items()}

    for array in arrays.values():
        array[:] = 0
    for answer in (t.providers_of(0), t.dependents_of(2), t.all_providers_of([0]), t.all_dependents_of([2])):
        assert len(answer)
        answer[:] = 99
    for array in t.csr.named().values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0

    assert all((array == before[name]).all() for name, array in t.csr.named().items())
    assert t.providers_of(0).tolist() == [1, 2]
