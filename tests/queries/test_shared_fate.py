"""What members of a group share, by looking at each CI and each group."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.topology import Topology
from queries.shared_fate import chain_to, shared_fate
from tests.graph.estates import Drawn, cases, estates
from tests.oracles import Estate, slow_impact

EXAMPLES = settings(max_examples=cases(10_000, 30), deadline=None, suppress_health_check=list(HealthCheck))


def below(estate: Estate, start: int) -> set[int]:
    """Everything a CI rests on by hard relationships, itself included."""
    found, queue = {start}, [start]
    while queue:
        for members, _, _ in estate.groups.get(queue.pop(), {}).values():
            queue += [m for m in members if m not in found]
            found.update(members)
    return found


def looked_for(estate: Estate, service: int) -> list[tuple[int, tuple[int, ...], int, bool, bool, tuple[int, ...]]]:
    """(owner, group's members, what they share, whether it breaks the group, and fails the owner anyway, who rests)."""
    found = []
    for owner in below(estate, service):
        groups = estate.groups.get(owner, {})
        for name, (members, needed, _) in groups.items():
            for shared in set(range(estate.n)) - {owner, *members}:
                resting = tuple(m for m in members if shared in below(estate, m))
                if len(members) > needed and len(resting) > len(members) - needed:
                    slow = slow_impact(estate, {shared: "outage"})
                    left = sum(slow.states[m] != 3 for m in members)
                    others = [group for other, group in groups.items() if other != name]
                    anyway = any(sum(slow.states[m] != 3 for m in mine) < need for mine, need, _ in others)
                    found.append((owner, members, shared, left < needed, left < needed and anyway, resting))
    return sorted(found)


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_shared_fate_is_what_looking_at_each_finds(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    topology = drawn.topology
    csr = topology.csr

    for service in data.draw(st.sets(st.integers(0, drawn.n - 1), min_size=1, max_size=2)):
        found = shared_fate(topology, service)
        plain = []
        for fate in found.fates:
            place = csr.place[fate.owner]
            row = slice(int(csr.beg[place]), int(csr.end[place]))
            (number,) = csr.code[row][csr.origin[row] == fate.relationship]
            members = csr.index[csr.to[row][csr.code[row] == number]]
            plain.append(
                (fate.owner, tuple(sorted(members.tolist())), fate.shared, fate.breaks, fate.anyway, fate.members)
            )
            for member in fate.members:
                chain = chain_to(topology, member, fate.shared)
                assert (chain[0], chain[-1]) == (member, fate.shared)
        assert found.complete
        assert [fate.breaks for fate in found.fates] == sorted((f.breaks for f in found.fates), reverse=True)
        assert sorted(plain) == looked_for(drawn.estate, service)


def test_more_than_is_asked_for_is_said_to_be_left_out() -> None:
    # two nodes in one rack, on one feed of one room
    topology = Topology.from_edges(
        6, [0, 0, 1, 2, 3, 4], [1, 2, 3, 3, 4, 5], group=[0, 0, -1, -1, -1, -1], min_available=[1] * 6
    )

    assert [fate.shared for fate in shared_fate(topology, 0).fates] == [3, 4, 5]
    assert not shared_fate(topology, 0, most=2).complete


def test_a_group_with_more_in_common_than_is_looked_for_does_not_hide_the_others() -> None:
    # an application on two nodes above a long chain, and a service on it and on another pair in one rack
    chain = range(5, 25)
    rows = [(0, 1, 0), (0, 2, 0), (0, 3, -1), (1, 5, -1), (2, 5, -1), *((ci, ci + 1, -1) for ci in chain)]
    rows += [(3, 4, -1), (4, 26, 1), (4, 27, 1), (26, 28, -1), (27, 28, -1)]
    source, target, group = ([row[i] for row in rows] for i in range(3))
    topology = Topology.from_edges(29, source, target, group=group, min_available=[1] * len(rows))

    found = shared_fate(topology, 0, most=4)

    assert (not found.complete, len(shared_fate(topology, 0).fates)) == (True, 22)
    assert {fate.owner for fate in found.fates} == {0, 4}
