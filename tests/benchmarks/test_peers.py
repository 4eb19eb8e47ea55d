"""What is measured beside ours gives the same answers on the same graph."""

import pytest

from benchmarks.estates import layered_estate
from benchmarks.peers import PEERS, NetworkX, Peer, Worklist
from benchmarks.seeds import random_cis, seed_sets
from graph.topology import Topology
from queries.impact import State, impact

ESTATE = layered_estate(3_000)


@pytest.fixture(scope="module")
def topology() -> Topology:
    return ESTATE.topology()


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: str(peer.name))
def test_every_library_reaches_what_we_reach(peer: Peer, topology: Topology) -> None:
    graph = peer.build(ESTATE)

    for ci in [ESTATE.backbone, *random_cis(ESTATE, 30)]:
        assert peer.reach(graph, ci) == len(topology.all_dependents_of(ci))


def test_the_worklist_written_by_hand_finds_the_states_we_find(topology: Topology) -> None:
    worklist = Worklist.of(NetworkX().build(ESTATE), ESTATE)
    sets = list(seed_sets(ESTATE, topology).values())

    for seeds in [*sets, *((ci,) for ci in random_cis(ESTATE, 30))]:
        found = impact(topology, dict.fromkeys(seeds, "outage"))
        out, degraded = worklist.outage(seeds)
        assert sorted(out) == found.indices(State.OUTAGE).tolist()
        assert sorted(degraded) == found.indices(State.DEGRADED).tolist()
        assert worklist.states(seeds)[2] == found.counts[State.AT_RISK]
