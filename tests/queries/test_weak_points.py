"""What a service hangs on, in the words of the register."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import BadInputError
from queries.weak_points import weak_points
from tests.docs.printed import insurer
from tests.graph.estates import Drawn, cases, estates, named_estate, seeds_of
from tests.oracles import slow_impact
from tests.schemas import validated

EXAMPLES = settings(max_examples=cases(10_000), deadline=None, suppress_health_check=list(HealthCheck))


def number(ci_id: str) -> int:
    return int(ci_id.removeprefix("ci-"))


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_each_point_is_told_with_what_goes_down_with_it_and_by_which_chain(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    base: Any = data.draw(st.one_of(st.just({}), seeds_of(drawn)))
    service = data.draw(st.integers(0, drawn.n - 1))

    answer = weak_points(named_estate(drawn), f"ci-{service}", {f"ci-{ci}": e for ci, e in base.items()}).plain(limit=9)

    before = {ci for ci, state in enumerate(slow_impact(drawn.estate, base).states) if state == 3}
    assert answer["already_out"] == (service in before)
    for point in answer["spofs"][:9]:
        ci = number(point["ci_id"])
        after = {x for x, state in enumerate(slow_impact(drawn.estate, {**base, ci: "outage"}).states) if state == 3}
        others = after - before - {ci}
        assert point["takes_with_it"] == {"services": sum(x % 3 == 0 for x in others), "cis": len(others)}
        chain = [service, *map(number, point["via"]), ci]
        for dependent, provider in pairwise(chain):
            assert provider in {m for members, _, _ in drawn.estate.groups[dependent].values() for m in members}
        assert set(chain) <= after - before
    taken = {point["ci_id"]: point["takes_with_it"] for point in answer["spofs"][:9]}
    ranks = [(-takes["services"], -takes["cis"], ci_id) for ci_id, takes in taken.items()]
    assert ranks == sorted(ranks)
    validated("spof", {"revision": 3, **answer, "results": [answer]})


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_shared_fate_is_ranked_by_what_hangs_on_what_is_shared(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    answer = weak_points(named_estate(drawn), f"ci-{data.draw(st.integers(0, drawn.n - 1))}").plain(limit=99)

    ranks = []
    for fate in answer["shared_fate"]:
        ci = number(fate["shared"])
        others = {x for x, s in enumerate(slow_impact(drawn.estate, {ci: "outage"}).states) if s == 3} - {ci}
        hanging = -sum(x % 3 == 0 for x in others), -len(others)
        ranks.append((not fate["breaks"], fate["anyway"], *hanging, fate["ci_id"], fate["group"], fate["shared"]))
    assert ranks == sorted(ranks)


@pytest.mark.many
@EXAMPLES
@given(st.data())
def test_margins_are_those_of_all_groups_on_the_way(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(estates())
    base: Any = data.draw(st.one_of(st.just({}), seeds_of(drawn)))
    service = data.draw(st.integers(0, drawn.n - 1))
    out = {ci for ci, state in enumerate(slow_impact(drawn.estate, base).states) if state == 3}

    answer = weak_points(named_estate(drawn), f"ci-{service}", {f"ci-{ci}": e for ci, e in base.items()}).plain(limit=0)

    expected, queue = set(), [service]
    seen = {service}
    while queue and service not in out:
        owner = queue.pop()
        for name, (members, needed, _) in drawn.estate.groups.get(owner, {}).items():
            if name.startswith("g"):
                expected.add((owner, f"组{name[1:]}", len(members), needed, sum(m not in out for m in members)))
            queue += [m for m in members if m not in seen | out]
            seen.update(members)
    told = [(number(m["ci_id"]), m["group"], m["members"], m["needed"], m["left"]) for m in answer["margins"]]
    assert sorted(told) == sorted(expected)
    assert [m["margin"] for m in answer["margins"]] == sorted(left - needed for _, _, _, needed, left in told)


def test_the_flaws_of_the_example_are_found() -> None:
    estate = insurer()
    claims = weak_points(estate, "svc-lipei").plain(limit=50)

    assert "array-a-1" in {point["ci_id"] for point in claims["spofs"]}
    (fate,) = [f for f in claims["shared_fate"] if f["shared"] == "array-a-1"]
    assert (fate["ci_id"], fate["kind"], fate["breaks"], len(fate["members"])) == ("db-lipei", "storage_array", True, 3)
    underwriting = weak_points(estate, "svc-chengbao").plain(limit=500)
    assert "rack-b1-05" in {f["shared"] for f in underwriting["shared_fate"] if f["breaks"]}


def test_members_that_run_one_product_share_its_fate() -> None:
    estate = insurer()
    found = weak_points(estate, "svc-lipei")
    members = found.members()
    release = estate.find("release-chengbao-1")
    assert release is not None
    assert members

    shared = type(found)(estate, found.service, releases={member: [release] for member in members}).plain(limit=10_000)

    fates = [f for f in shared["shared_fate"] if f["shared"] == "release-chengbao-1"]
    able = [m for m in shared["margins"] if m["margin"]]
    assert {(f["ci_id"], f["group"]) for f in fates} == {(m["ci_id"], m["group"]) for m in able}
    assert {(f["kind"], f["breaks"]) for f in fates} == {("software_release", False)}


def test_a_ci_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInputError) as refused:
        weak_points(insurer(), "svc-nothing")

    assert refused.value.message.key == "impact.unknown_ci"


def test_what_rests_on_nothing_has_no_points() -> None:
    estate = insurer()
    bare = int(np.flatnonzero(estate.topology.csr.beg == estate.topology.csr.end)[0])

    answer = weak_points(estate, estate.ids[int(estate.topology.csr.index[bare])]).plain(limit=5)

    assert (answer["total"], answer["spofs"], answer["cuts"], answer["cuts_complete"]) == (0, [], [], True)
