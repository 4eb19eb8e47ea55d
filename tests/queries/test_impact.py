"""Impact is what its definition says, however it is computed."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.topology import Topology
from queries import impact as module
from queries.impact import Impact, State, impact
from tests.graph.estates import Drawn, cases, estates, seeds_of
from tests.oracles import SlowImpact, slow_impact

EXAMPLES = settings(max_examples=cases(10_000), deadline=None, suppress_health_check=list(HealthCheck))


def agree(fast: Impact, slow: SlowImpact) -> None:
    # asked first, states of a large answer come from a pass of their own
    assert [fast.state(ci) for ci in range(fast.topology.n)] == slow.states
    assert [slow.states.count(state) for state in State] == list(fast.counts.values())
    states, hops = fast.dense()
    assert states.tolist() == slow.states
    assert hops.tolist() == slow.hops
    assert [fast.margin(ci) for ci in range(fast.topology.n)] == slow.margins


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_states_hops_and_margins_equal_the_slow_definition(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = data.draw(seeds_of(drawn))

    agree(impact(drawn.topology, seeds), slow_impact(drawn.estate, seeds))


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_the_sweep_equals_the_worklist_to_the_bit(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates(most=30))
    seeds: Any = data.draw(seeds_of(drawn))
    topology = drawn.topology
    effects = {ci: module.Effect[word.upper()] for ci, word in seeds.items()}

    swept = module.Impact(topology, effects)

    agree(swept, slow_impact(drawn.estate, seeds))


@pytest.mark.parametrize("length", [239, 240, 241, 65_519, 65_520, 65_521])
@pytest.mark.parametrize("feeds", [False, True])
def test_chains_of_any_length_are_counted(length: int, feeds: bool) -> None:
    """Up to 240 hops are kept in 8 bits, up to 65,520 in 16, more in a worklist."""
    line = list(range(length + 1))
    # at the far end a cycle, and a group that stops with the second of its members
    source, target = [*line[1:], length + 1, length, *[length + 2] * 2], [*line[:-1], length, length + 1, length, 0]
    group = [-1] * (length + 2) + [0, 0]
    fed = [feeds] * (length + 2) + [False, False]
    topology = Topology.from_edges(
        length + 3, source, target, group=group, min_available=[1] * len(source), feeds=fed
    )  # fmt: skip

    swept = Impact(topology, {0: module.Effect.OUTAGE})

    # what is fed from the seed has no source in round 0; the cycle at the end never had one, and waits for an outage
    stops = [0, *[1] * (length - 1), 2] if feeds else line
    assert swept.dense()[1].tolist() == [*stops, stops[-1] + 1, stops[-1] + 1]
    assert [swept.margin(ci) for ci in (0, 1, length, length + 1, length + 2)] == [None, -1, -1, -1, -1]
    assert swept.counts[State.OUTAGE] == length + 3


@pytest.mark.many
@settings(max_examples=cases(2_000), deadline=None)
@given(st.data())
def test_neither_numbers_nor_order_matter(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = data.draw(seeds_of(drawn))
    to = data.draw(st.permutations(range(drawn.n)))
    order = data.draw(st.permutations(range(len(drawn.arrays["source"]))))

    plain = impact(drawn.topology, seeds)
    moved = impact(drawn.renumbered(list(to), list(order)), {to[ci]: effect for ci, effect in seeds.items()})

    assert [plain.state(ci) for ci in range(drawn.n)] == [moved.state(to[ci]) for ci in range(drawn.n)]
    assert [plain.hops(ci) for ci in range(drawn.n)] == [moved.hops(to[ci]) for ci in range(drawn.n)]


@pytest.mark.many
@settings(max_examples=cases(2_000), deadline=None)
@given(st.data())
def test_a_further_seed_never_makes_anything_better(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    seeds: Any = data.draw(seeds_of(drawn))
    further = data.draw(st.integers(0, drawn.n - 1))

    before, after = impact(drawn.topology, seeds), impact(drawn.topology, {further: "degraded", **seeds})

    assert all(after.state(ci) >= before.state(ci) for ci in range(drawn.n))


def two_of_three() -> Topology:
    # 0 service → 1 application → two of the databases 2, 3, 4
    return Topology.from_edges(5, [0, 1, 1, 1], [1, 2, 3, 4], group=[-1, 0, 0, 0], min_available=[1, 2, 2, 2])


def test_a_quorum_holds_until_it_does_not() -> None:
    held, broken = impact(two_of_three(), {2: "outage"}), impact(two_of_three(), {2: "outage", 3: "outage"})

    assert (held.state(1), held.margin(1), held.state(0)) == (State.DEGRADED, 0, State.AT_RISK)
    assert (broken.state(1), broken.margin(1), broken.state(0), broken.hops(0)) == (State.OUTAGE, -1, State.OUTAGE, 2)
    assert broken.counts == {State.UNAFFECTED: 1, State.AT_RISK: 0, State.DEGRADED: 0, State.OUTAGE: 4}
    assert broken.indices(State.OUTAGE).tolist() == [0, 1, 2, 3]
    assert broken.indices(State.UNAFFECTED).tolist() == [4]


def test_two_switches_of_a_ring_do_not_feed_each_other_when_the_core_is_gone() -> None:
    # switches 0 and 1 each live on the core (2) or on each other
    arrays: Any = {"source": [0, 0, 1, 1], "target": [2, 1, 2, 0], "group": [0, 0, 0, 0], "min_available": [1] * 4}
    feeding = Topology.from_edges(3, **arrays, feeds=[True] * 4)
    calling = Topology.from_edges(3, **arrays)

    assert impact(feeding, {2: "outage"}).indices(State.OUTAGE).tolist() == [0, 1, 2]
    assert impact(calling, {2: "outage"}).indices(State.OUTAGE).tolist() == [2]


@pytest.mark.parametrize("seeds", [{9: "outage"}, {-1: "outage"}])
def test_a_seed_that_is_no_ci_is_named(seeds: Any) -> None:
    with pytest.raises(IndexError, match="no CI among 5"):
        impact(two_of_three(), seeds)


def test_an_unknown_effect_is_named() -> None:
    seeds: Any = {1: "explode"}
    with pytest.raises(ValueError, match="'explode' is none of"):
        impact(two_of_three(), seeds)


def feeding_pairs(n: int) -> tuple[Topology, int]:
    """Pairs that feed each other, each resting on the pair before, all in one cycle; and what the first rests on."""
    pairs = [(2 * i + a, 2 * i + 1 - a, True, False) for i in range(n) for a in (0, 1)]
    steps = [(2 * i, 2 * i - 2, False, False) for i in range(1, n)]
    edges = [*pairs, *steps, (0, 2 * n - 1, False, True), (0, 2 * n, False, False)]
    source, target, feeds, soft = map(list, zip(*edges, strict=True))
    return Topology.from_edges(2 * n + 1, source, target, feeds=feeds, soft=soft), 2 * n


def feeding_ring(n: int) -> tuple[Topology, int]:
    """A ring in which either neighbour feeds; two cores, of which one is returned, feed the first of it."""
    edges = [(i, (i + step) % n) for i in range(n) for step in (1, -1)] + [(0, n), (0, n + 1)]
    source, target = zip(*edges, strict=True)
    needed = [1] * len(edges)
    return Topology.from_edges(n + 2, source, target, group=source, min_available=needed, feeds=needed), n


def large_group(n: int) -> tuple[Topology, int]:
    """A group of n that can spare ten, its later half resting on what is returned."""
    source, target = [n] * n + [*range(n // 2, n)], [*range(n)] + [n + 1] * (n - n // 2)
    group, needed = [0] * n + [-1] * (n - n // 2), [max(1, n - 10)] * len(source)
    return Topology.from_edges(n + 2, source, target, group=group, min_available=needed), n + 1


@pytest.mark.parametrize("shape", [feeding_pairs, feeding_ring, large_group])
@pytest.mark.parametrize("n", [3, 40, 1_000])
def test_shapes_that_could_take_long_are_answered_alike(shape: Any, n: int) -> None:
    topology, seed = shape(n)
    for seeds in ({seed: module.Effect.OUTAGE}, {seed: module.Effect.OUTAGE, 0: module.Effect.OUTAGE}):
        few = module._by_worklist(topology, seeds, module.UNLIMITED)
        one, other = Impact(topology, seeds, few), Impact(topology, seeds)
        assert one.counts == other.counts
        assert [array.tolist() for array in one.dense()] == [array.tolist() for array in other.dense()]
        assert [one.margin(ci) for ci in range(topology.n)] == [other.margin(ci) for ci in range(topology.n)]
