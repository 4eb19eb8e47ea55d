"""The analyses answer cases from the literature as they were published (`tests/queries/published.py`)."""

from itertools import combinations, product

import networkx as nx
import pytest

from graph.topology import Topology
from queries.families import minimal_sets
from queries.impact import State, impact
from queries.spof import single_points_of_failure
from tests.queries.published import (
    BRIDGE,
    IEEE_14,
    K_OF_N,
    LENGAUER_TARJAN,
    MAJORITIES,
    RELIABLE_CONSTRUCTION,
    FlowGraph,
    k_of_n,
)

SERVICE = 0


def numbered(graph: FlowGraph) -> tuple[list[str], list[int], list[int]]:
    """Names, the start first, and the edges by number."""
    names = [graph.start, *graph.dominators]
    return names, [names.index(u) for u, _ in graph.edges], [names.index(v) for _, v in graph.edges]


def test_the_dominator_tree_of_lengauer_and_tarjan() -> None:
    names, source, target = numbered(LENGAUER_TARJAN)
    topology = Topology.from_edges(len(names), source, target)

    by = nx.immediate_dominators(topology, SERVICE)

    assert {names[ci]: names[above] for ci, above in by.items()} == LENGAUER_TARJAN.dominators
    # where every dependency is 1 of 1, each of them is a single point of failure, and all others are, too
    assert single_points_of_failure(topology, SERVICE).tolist() == list(range(1, len(names)))


@pytest.mark.parametrize("fed_by", LENGAUER_TARJAN.dominators)
def test_its_dominators_are_single_points_where_one_node_feeds_all_others(fed_by: str) -> None:
    # any one of the nodes that an edge leads to feeds; those that lead to none but others are left out
    graph = nx.DiGraph(edge for edge in LENGAUER_TARJAN.edges if edge[0] != fed_by)
    fed = {fed_by} | nx.ancestors(graph, fed_by)
    names = [LENGAUER_TARJAN.start, *sorted(fed - {LENGAUER_TARJAN.start})]
    edges = [(names.index(u), names.index(v)) for u, v in graph.edges if {u, v} <= fed]
    source, target = [u for u, _ in edges], [v for _, v in edges]
    topology = Topology.from_edges(
        len(names), source, target, group=source, min_available=[1] * len(edges), feeds=[True] * len(edges)
    )

    points = {names[ci] for ci in single_points_of_failure(topology, SERVICE).tolist()}

    tree = nx.DiGraph((below, above) for below, above in LENGAUER_TARJAN.dominators.items())
    assert points == ({fed_by} | nx.descendants(tree, fed_by)) - {LENGAUER_TARJAN.start}


def grid() -> Topology:
    """Every bus is fed by any of its neighbours, but for those with a generator; CI 0 takes its power from bus 8."""
    both = [*IEEE_14.branches, *((v, u) for u, v in IEEE_14.branches)]
    edges = [(SERVICE, 8), *((u, v) for u, v in both if u not in IEEE_14.generators)]
    source, target = [u for u, _ in edges], [v for _, v in edges]
    return Topology.from_edges(
        IEEE_14.buses + 1, source, target, group=source, min_available=[1] * len(edges), feeds=[True] * len(edges)
    )


def test_the_articulation_point_of_the_ieee_14_bus_network() -> None:
    buses = Topology.from_edges(IEEE_14.buses + 1, *zip(*IEEE_14.branches, strict=True))
    branches = buses.to_undirected(as_view=True)

    assert tuple(nx.articulation_points(branches)) == IEEE_14.articulation_points
    assert sorted(map(sorted, nx.biconnected_components(branches))) == [[*range(1, 8), *range(9, 15)], [7, 8]]


def test_what_hangs_on_one_bus_has_its_single_points_there() -> None:
    # bus 8 itself and bus 7; either generator may stop, for all that lies between is meshed
    assert single_points_of_failure(grid(), SERVICE).tolist() == [7, 8]
    assert impact(grid(), {1: "outage", 2: "outage"}).counts[State.OUTAGE] == IEEE_14.buses + 1


def test_the_critical_path_and_the_slacks_of_a_project() -> None:
    project = RELIABLE_CONSTRUCTION

    assert project.longest() == (project.length, project.critical)
    for name, slack in project.slacks.items():
        assert project.longest(**{name: slack})[0] == project.length
        assert project.longest(**{name: slack + 1})[0] == project.length + 1


def test_its_longest_chain_of_activities_on_a_topology() -> None:
    names = list(RELIABLE_CONSTRUCTION.durations)
    edges = [(at, names.index(before)) for at, name in enumerate(names) for before in RELIABLE_CONSTRUCTION.after[name]]
    topology = Topology.from_edges(len(names), [u for u, _ in edges], [v for _, v in edges])

    # the critical path has the most activities too
    assert nx.dag_longest_path_length(topology) == len(RELIABLE_CONSTRUCTION.critical) - 1
    assert single_points_of_failure(topology, names.index("N")).tolist() == [names.index(name) for name in "ABCEFIJKL"]


def bridge() -> Topology:
    """Service 0 by any one of four paths (6 to 9), each of which needs all of its parts (1 to 5)."""
    ways = range(6, 6 + len(BRIDGE.paths))
    parts = [(way, part) for way, path in zip(ways, BRIDGE.paths, strict=True) for part in path]
    group = [0] * len(ways) + [-1] * len(parts)
    return Topology.from_edges(
        10, [SERVICE] * len(ways) + [way for way, _ in parts], [*ways, *(part for _, part in parts)], group=group,
        min_available=[1] * len(group),
    )  # fmt: skip


def test_the_minimal_cuts_of_the_bridge() -> None:
    found = minimal_sets(bridge(), SERVICE, {part: [part] for part in range(1, 6)})

    assert found.complete
    assert found.sets == BRIDGE.cuts
    assert single_points_of_failure(bridge(), SERVICE).tolist() == []


def share_of_up(topology: Topology, parts: range, p: float) -> float:
    """How likely the service is not out, each part being up with probability p, by trying every combination."""
    total = 0.0
    for up in product((True, False), repeat=len(parts)):
        seeds = {part: "outage" for part, is_up in zip(parts, up, strict=True) if not is_up}
        if impact(topology, seeds).state(SERVICE) != State.OUTAGE:  # type: ignore[arg-type]
            total += p ** sum(up) * (1 - p) ** (len(parts) - sum(up))
    return total


@pytest.mark.parametrize("p", BRIDGE.reliability)
def test_the_reliability_of_the_bridge(p: float) -> None:
    assert BRIDGE.formula(p) == pytest.approx(BRIDGE.reliability[p])
    assert share_of_up(bridge(), range(1, 6), p) == pytest.approx(BRIDGE.reliability[p])


def cluster(members: int, needed: int) -> Topology:
    """Service 0 on so many of some members, 1 and up."""
    return Topology.from_edges(
        members + 1, [SERVICE] * members, range(1, members + 1), group=[0] * members, min_available=[needed] * members
    )


@pytest.mark.parametrize(("needed", "members", "p"), K_OF_N)
def test_the_reliability_of_k_of_n(needed: int, members: int, p: float) -> None:
    assert k_of_n(needed, members, p) == pytest.approx(K_OF_N[needed, members, p])
    assert share_of_up(cluster(members, needed), range(1, members + 1), p) == pytest.approx(K_OF_N[needed, members, p])


@pytest.mark.parametrize("members", MAJORITIES)
def test_a_cluster_stands_as_long_as_it_has_its_majority(members: int) -> None:
    needed, tolerated = MAJORITIES[members]
    topology = cluster(members, needed)

    for lost in range(members + 1):
        for some in combinations(range(1, members + 1), lost):
            found = impact(topology, dict.fromkeys(some, "outage"))
            assert (found.state(SERVICE) == State.OUTAGE) == (lost > tolerated)
    assert (single_points_of_failure(topology, SERVICE).size == 0) == (tolerated > 0)


def test_a_rolling_update_that_restarts_two_of_three_at_once_is_an_outage() -> None:
    topology = cluster(3, MAJORITIES[3][0])

    one_by_one = [impact(topology, {node: "outage"}) for node in (1, 2, 3)]
    two_at_once = [impact(topology, dict.fromkeys(pair, "outage")) for pair in combinations((1, 2, 3), 2)]

    assert {(found.state(SERVICE).name, found.margin(SERVICE)) for found in one_by_one} == {("DEGRADED", 0)}
    assert {(found.state(SERVICE).name, found.margin(SERVICE)) for found in two_at_once} == {("OUTAGE", -1)}


def test_a_rolling_update_one_by_one_is_an_outage_while_another_member_is_down_anyway() -> None:
    # the update is right and the cluster was not whole when it began: what a review has to be told
    topology = cluster(3, MAJORITIES[3][0])

    assert impact(topology, {1: "outage", 3: "outage"}).state(SERVICE) == State.OUTAGE
    assert single_points_of_failure(topology, SERVICE, {3: "outage"}).tolist() == [1, 2]


def test_members_on_one_host_restart_together_however_they_are_rolled() -> None:
    # nodes 1 and 2 of three stand on host 4, node 3 on host 5: draining the one host takes two nodes
    topology = Topology.from_edges(
        6, [0, 0, 0, 1, 2, 3], [1, 2, 3, 4, 4, 5], group=[0, 0, 0, -1, -1, -1], min_available=[2, 2, 2, 1, 1, 1]
    )

    assert impact(topology, {4: "outage"}).state(SERVICE) == State.OUTAGE
    assert impact(topology, {5: "outage"}).state(SERVICE) == State.DEGRADED
