"""Which CIs a picture shows, against NetworkX and by hand."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.estate import Estate
from queries.views import (
    FAR,
    NOWHERE,
    SEVERAL,
    Seen,
    around,
    everything,
    hidden_around,
    neighbours,
    pairs_among,
    sites_of,
    standing_in,
)
from tests.graph.estates import Drawn, cases, estates, named_estate
from tests.queries.pictures import chain, estate_of

PHYSICAL = ("runs_on", "located_in")


def steps(graph: "nx.DiGraph[int]", start: int, stop: set[int]) -> dict[int, int]:
    walked = graph.copy()
    walked.remove_edges_from([edge for edge in graph.edges if edge[0] in stop])
    return dict(nx.single_source_shortest_path_length(walked, start))


@pytest.mark.many
@given(estates(), st.data())
@settings(max_examples=cases(5_000))
def test_a_neighbourhood_is_what_networkx_finds_both_ways(drawn: Drawn, data: st.DataObject) -> None:
    estate = named_estate(drawn)
    graph: nx.DiGraph[int] = nx.DiGraph(list(zip(drawn.arrays["source"], drawn.arrays["target"], strict=True)))
    graph.add_nodes_from(range(drawn.n))
    start = data.draw(st.integers(0, drawn.n - 1))
    stop = data.draw(st.sets(st.integers(0, drawn.n - 1), max_size=2))
    hops = data.draw(st.sampled_from([0, 1, 2, FAR]))
    stops = np.array(sorted(stop), np.int32)
    up, down = steps(graph.reverse(), start, stop), steps(graph, start, stop)

    for wanted, sides in (((True, False), (up,)), ((False, True), (down,)), ((True, True), (up, down))):
        found = around(estate, [start], up=wanted[0], down=wanted[1], hops=hops, stop=stops)
        slow: dict[int, int] = {}
        for side in sides:
            for ci, far in side.items():
                if far <= hops:
                    slow[ci] = min(far, slow.get(ci, far))
        assert dict(zip(found.cis.tolist(), found.distance.tolist(), strict=True)) == slow


@given(estates(), st.data())
@settings(max_examples=cases(5_000))
def test_pairs_are_each_relationship_within_and_what_is_hidden_the_others(drawn: Drawn, data: st.DataObject) -> None:
    estate = named_estate(drawn)
    graph: nx.DiGraph[int] = nx.DiGraph(list(zip(drawn.arrays["source"], drawn.arrays["target"], strict=True)))
    graph.add_nodes_from(range(drawn.n))
    some = sorted(data.draw(st.sets(st.integers(0, drawn.n - 1))))
    cis = np.array(some, np.int32)

    pairs = pairs_among(estate, cis)
    dependents, providers = hidden_around(estate, cis, cis)

    ends = zip(cis[pairs.source].tolist(), cis[pairs.target].tolist(), strict=True)
    assert sorted(ends) == sorted(graph.subgraph(some).edges)
    csr = estate.topology.csr
    assert csr.index[csr.to[pairs.edge]].tolist() == cis[pairs.target].tolist()
    assert dependents.tolist() == [len(set(graph.predecessors(ci)) - set(some)) for ci in some]
    assert providers.tolist() == [len(set(graph.successors(ci)) - set(some)) for ci in some]


@pytest.fixture
def two_sites() -> Estate:
    """0 and 1 sites, 2 a room and 3 a rack of site 0, 4 a host in it, 5 a machine on it, 6 an application on 5 and 7.

    7 is a host in site 1, 8 a service that depends on the application, 9 a team. The machine depends on its host, too:
    of both relationships one stands for the other.
    """
    classes = ["site", "site", "room", "rack", "host", "virtual_machine", "application", "host", "business_service"]
    return estate_of(
        [*classes, "team"],
        [
            (2, "located_in", 0), (3, "located_in", 2), (4, "located_in", 3), (5, "depends_on", 4), (5, "runs_on", 4),
            (6, "runs_on", 5), (6, "runs_on", 7), (7, "located_in", 1), (8, "depends_on", 6),
        ],
    )  # fmt: skip


def test_what_stands_in_a_site_is_what_is_lost_with_it(two_sites: Estate) -> None:
    assert standing_in(two_sites, 0, PHYSICAL).cis.tolist() == [0, 2, 3, 4, 5, 6]
    assert standing_in(two_sites, 1, PHYSICAL).cis.tolist() == [1, 6, 7]
    assert standing_in(two_sites, 0, PHYSICAL, np.array([4], np.int32)).cis.tolist() == [0, 2, 3, 4]


def test_a_ci_is_of_the_site_that_it_stands_in_by_rack_and_room(two_sites: Estate) -> None:
    found = sites_of(two_sites, np.arange(10, dtype=np.int32), "located_in", PHYSICAL)

    assert found.tolist() == [0, 1, 0, 0, 0, 0, SEVERAL, 1, NOWHERE, NOWHERE]


def test_the_neighbours_of_a_ci_are_added_to_what_is_seen() -> None:
    estate = chain(6)

    found = around(estate, [0], up=False, down=True, hops=1).joined(neighbours(estate, [3]))

    assert found.cis.tolist() == [0, 1, 2, 3, 4]
    assert Seen.of([2, 1, 2]).cis.tolist() == [1, 2]
    assert everything(estate).cis.tolist() == [0, 1, 2, 3, 4, 5]
