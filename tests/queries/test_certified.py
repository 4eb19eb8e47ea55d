"""Certificates in packs of evidence: each holds against the part that the pack carries, and none can be made up."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graph.canonical import canonical
from graph.records.edits import plain
from graph.records.incidents import incident_of
from queries.certified import MOST, Certified
from queries.evidence import altered, sealed
from queries.evidence_proofs import Flaw, proved
from queries.graph_part import graph_of, part_hash
from queries.review_answer import pack_of
from queries.steps import MalformedError
from tests.graph.estates import cases
from tests.queries.slow_proposed import World, random_edits, random_world
from tests.queries.test_proposed import case
from tests.queries.test_review import change, judging, world

EXAMPLES = settings(max_examples=cases(2_000, 60), deadline=None, suppress_health_check=list(HealthCheck))
PAIR = world({"svc": "high", "other": None}, ("svc", "app"), ("app", "n1", "nodes", "1"), ("app", "n2", "nodes", "1"),
             ("other", "n1"), ("n1", "rack"))  # fmt: skip
ALONE = "alone"


def packed(of: World, *others: Any, **more: Any) -> Any:
    review = judging(of, *others, **more.pop("around", {})).review(change(**more))
    return json.loads(canonical(pack_of(review)))


def resealed(pack: Any) -> Any:
    """With digests and a seal that fit: what a forger does who knows how they are made."""
    for name, part in pack["part"].items():
        fresh = part_hash(part)
        for each in pack["certificates"]:
            if pack.get("was", {}).get(name) == each["graph_hash"]:
                each["graph_hash"] = fresh
    whole = {part: pack[part] for part in ("format", "question", "answer")}
    made = Certified(pack["certificates"], pack["part"], pack["unproved"])
    return json.loads(canonical(sealed(whole, pack["log"]["hash"], made)))


def forged(pack: Any) -> Any:
    """A copy to tamper with, that remembers which certificate is of which part."""
    return {**copy.deepcopy(pack), "was": {name: part_hash(part) for name, part in pack["part"].items()}}


def flaw_of(pack: Any) -> tuple[str, int, str]:
    made = resealed(pack)
    assert altered(made) == []
    _, flaw = proved(made)
    assert isinstance(flaw, Flaw)
    return flaw.where, flaw.index, flaw.message.key


def claims(pack: Any) -> list[tuple[str, str]]:
    return [(each["claim"]["ci_id"], each["claim"]["state"]) for each in pack["certificates"]]


def test_what_is_out_alone_and_what_only_together_is_proved_from_the_part() -> None:
    pack = packed(PAIR, change("CHG-2", affected=["n2=outage"]), affected=["rack=outage"])
    assert claims(pack) == [("other", "outage"), ("svc", "outage")]
    assert list(pack["part"]) == ["alone", "emergent_outage:CHG-1+CHG-2"]
    assert (pack["unproved"], proved(pack)[1]) == (0, None)
    together = pack["part"]["emergent_outage:CHG-1+CHG-2"]
    assert together["seeds"] == [
        {"ci_id": "n2", "effect": "outage", "by": "CHG-2"}, {"ci_id": "rack", "effect": "outage", "by": "CHG-1"}
    ]  # fmt: skip
    (nodes,) = (each for each in together["groups"] if each["group"] == "nodes")
    assert (nodes["needed"], [each["ci_id"] for each in nodes["members"]]) == (1, ["n1", "n2"])


def test_with_an_incident_a_service_that_is_degraded_alone_is_proved_twice() -> None:
    of = world({"svc": "high"}, ("svc", "n1", "nodes", "1"), ("svc", "n2", "nodes", "1"))
    incident = incident_of("I-1", {"ci_id": "n2", "started_at": "2026-11-26T00:00:00Z",
                                   "expected_end": "2026-12-26T00:00:00Z"})  # fmt: skip
    pack = packed(of, around={"incidents": [incident]}, affected=["n1=outage"])
    assert claims(pack) == [("svc", "degraded"), ("svc", "outage")]
    assert pack["certificates"][0]["claim"]["exact"] is False
    assert {row["by"] for part in pack["part"].values() for row in part["seeds"]} == {"CHG-1", "incident:I-1"}
    assert proved(pack)[1] is None


def test_more_services_than_are_proved_are_counted() -> None:
    many = world({f"s{at:02}": None for at in range(MOST + 3)}, *((f"s{at:02}", "db") for at in range(MOST + 3)))
    pack = packed(many, affected=["db=outage"])
    assert (len(pack["certificates"]), pack["unproved"], proved(pack)[1]) == (MOST, 3, None)


def test_a_group_that_still_stands_is_not_made_out_to_be_broken() -> None:
    pack = forged(packed(PAIR, affected=["rack=outage"], planned_end="2026-11-28T18:00:00Z"))
    (out,) = pack["certificates"]
    svc = {"ci_id": "svc", "name": "svc", "criticality": "high", "state": "outage", "left_without_redundancy": False,
           "agreed_outage": False}  # fmt: skip
    pack["answer"]["services"] = [each for each in pack["answer"]["services"] if each["ci_id"] != "svc"] + [svc]
    part = pack["part"][ALONE]
    part["cis"] += [{"ci_id": each, "name": each, "ci_class": "x"} for each in ("app", "n2", "svc")]
    members = [{"ci_id": each, "type": "depends_on"} for each in ("n1", "n2")]
    part["groups"] += [
        {"ci_id": "app", "group": "nodes", "needed": 1, "feeds": False, "members": members},
        {"ci_id": "svc", "group": "depends_on|app", "needed": 1, "feeds": False,
         "members": [{"ci_id": "app", "type": "depends_on"}]},
    ]  # fmt: skip
    lost = [{"relationship": f"app|depends_on|{each}", "ci_id": each} for each in ("n1", "n2")]
    step = {"ci_id": "app", "rule": "group_broken", "group": "nodes", "members": 2, "needed": 1, "lost": lost}
    last = {"ci_id": "svc", "rule": "provider_out", "group": "depends_on|app", "members": 1, "needed": 1,
            "lost": [{"relationship": "svc|depends_on|app", "ci_id": "app"}]}  # fmt: skip
    steps = [each for each in out["steps"] if each["ci_id"] != "other"]
    pack["certificates"].append(
        {**out, "claim": {"ci_id": "svc", "state": "outage", "exact": False}, "steps": [*steps, step, last]}
    )
    # n2 was never stopped
    assert flaw_of(forged_again(pack)) == ("certificates.1", 2, "certificate.not_earlier")
    # one is not enough, and a seed that nobody brings is none
    step["lost"] = lost[:1]
    assert flaw_of(forged_again(pack)) == ("certificates.1", 2, "certificate.lost_count")
    step["lost"] = lost
    pack["certificates"][1]["seeds"] = [*out["seeds"], {"ci_id": "n2", "effect": "outage"}]
    pack["certificates"][1]["steps"] = [*steps, {"ci_id": "n2", "rule": "seed", "effect": "outage"}, step, last]
    assert flaw_of(forged_again(pack)) == ("certificates.1", -1, "evidence.no_seed")
    part["seeds"].append({"ci_id": "n2", "effect": "outage", "by": "CHG-1"})
    assert flaw_of(forged_again(pack)) == ("certificates.1", -1, "evidence.no_seed")
    part["seeds"][-1]["by"] = "edits"
    assert flaw_of(forged_again(pack)) == ("certificates.1", -1, "evidence.no_seed")


def forged_again(pack: Any) -> Any:
    return copy.deepcopy(pack)


def test_a_part_with_a_member_left_out_no_longer_fits_its_certificate() -> None:
    made = packed(PAIR, change("CHG-2", affected=["n2=outage"]), affected=["rack=outage"])
    name = "emergent_outage:CHG-1+CHG-2"
    pack = forged(made)
    (nodes,) = (each for each in pack["part"][name]["groups"] if each["group"] == "nodes")
    nodes["members"].pop()
    where, index, key = flaw_of(pack)
    assert (where, key) == ("certificates.1", "certificate.other_quorum")
    assert pack["certificates"][1]["steps"][index]["group"] == "nodes"
    # who leaves it out of both has made a smaller graph, which only the register or a seal that was noted tells
    pack = forged(made)
    (nodes,) = (each for each in pack["part"][name]["groups"] if each["group"] == "nodes")
    nodes["members"].pop()
    step = pack["certificates"][1]["steps"][index]
    step |= {"members": 1, "rule": "provider_out", "lost": [each for each in step["lost"] if each["ci_id"] == "n1"]}
    whole = resealed(pack)
    assert (altered(whole), proved(whole)[1]) == ([], None)
    assert (whole["hash"] == made["hash"], whole["seal"] == made["seal"]) == (True, False)


def test_claims_that_the_answer_does_not_make_and_certificates_left_out_are_told() -> None:
    made = packed(PAIR, change("CHG-2", affected=["n2=outage"]), affected=["rack=outage"])

    def told(**other: Any) -> tuple[str, int, str]:
        pack = forged(made)
        for path, value in other.items():
            pack["certificates"][0]["claim"][path] = value
        return flaw_of(pack)

    assert told(state="degraded") == ("certificates.0", -1, "evidence.proves_other")
    assert told(ci_id="app") == ("certificates.0", -1, "evidence.proves_other")
    assert told(state="not_out") == ("certificates.0", -1, "evidence.proves_other")
    assert told(state="down") == ("certificates.0", -1, "certificate.malformed")
    forgeries: list[tuple[Callable[[Any], Any], tuple[str, int, str]]] = [
        (lambda pack: pack["certificates"].pop(), ("certificates", -1, "evidence.miscounted")),
        (lambda pack: pack.update(unproved=1), ("certificates", -1, "evidence.miscounted")),
        (lambda pack: pack.update(unproved="1"), ("answer", -1, "evidence.malformed")),
        (lambda pack: pack["certificates"].append({**pack["certificates"][0]}),
         ("certificates", -1, "evidence.miscounted")),
        (lambda pack: pack["part"].pop(ALONE), ("certificates.0", -1, "evidence.no_part")),
        (lambda pack: pack["certificates"][0].update(revision=1), ("certificates.0", -1, "evidence.proves_other")),
        (lambda pack: pack["certificates"][0].update(steps=7), ("certificates.0", -1, "certificate.malformed")),
        (lambda pack: pack["answer"].update(conflicts=[]), ("certificates.1", -1, "evidence.no_conflict")),
        (lambda pack: pack["answer"].update(services=[{**made["answer"]["services"][0], "state": []}]),
         ("certificates.0", -1, "evidence.proves_other")),
    ]  # fmt: skip
    for change_of_it, expected in forgeries:
        pack = forged(made)
        change_of_it(pack)
        assert flaw_of(pack) == expected


@pytest.mark.parametrize(("path", "value", "where"), [
    (("groups", 0, "needed"), 0, "part.groups[0].needed"),
    (("groups", 0, "needed"), 2, "part.groups[0].needed"),
    (("groups", 0, "needed"), 2**40, "part.groups[0].needed"),
    (("groups", 0, "members"), [], "part.groups[0].needed"),
    (("groups", 0, "ci_id"), "nobody", "part.groups[0].ci_id"),
    (("groups", 0, "feeds"), 1, "part.groups[0].feeds"),
    (("groups", 0, "more"), 1, "part.groups[0].more"),
    (("groups", 0, "members", 0, "ci_id"), "n1", "part.groups[0].members[0].ci_id"),
    (("groups",), {}, "part.groups"),
    (("cis",), [{"ci_id": "n1", "name": "", "ci_class": ""}] * 2, "part.cis"),
    (("revision",), True, "part.revision"),
    (("soft",), [{"ci_id": "n1", "provider": None}], "part.soft[0].provider"),
])  # fmt: skip
def test_a_part_that_is_none_is_refused_with_the_place(path: tuple[Any, ...], value: Any, where: str) -> None:
    part = packed(PAIR, affected=["rack=outage"])["part"][ALONE]
    assert [each["ci_id"] for each in part["groups"]] == ["n1", "other"]
    at = part
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    with pytest.raises(MalformedError) as refused:
        graph_of(part)
    assert refused.value.message.params["where"] == where


@pytest.mark.many
@EXAMPLES
@given(st.integers(0, 2**32 - 1), st.booleans())
@example(121243326, False)  # alone and in company it rests on the very same part of the graph
def test_every_certificate_holds_against_its_part_whatever_is_edited(seed: int, feeds: bool) -> None:
    of, groups, _, _, seeds = case(seed, feeds=feeds)
    rng = np.random.default_rng(seed)
    other = change(
        "CHG-2", affected=[f"ci-{int(rng.integers(3))}=outage"], edits=plain(random_edits(rng, of, 2, feeds=feeds))
    )
    affected = [f"{ci_id}={effect}" for ci_id, effect in sorted(seeds.items())]
    review = judging(of, other).review(change(affected=affected, edits=plain(groups)))
    pack = json.loads(canonical(pack_of(review)))
    assert (altered(pack), proved(pack)[1]) == ([], None)
    assert len(pack["certificates"]) + pack["unproved"] >= len([each for each in review.services if each.state > 1])
    if not feeds:
        # nothing is left out for want of a source, so that the worst are proved
        alone = [each for each in pack["answer"]["services"] if each["state"] in ("outage", "degraded")]
        assert {each["ci_id"] for each in alone} <= {ci_id for ci_id, _ in claims(pack)}


@pytest.mark.many
@EXAMPLES
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_packs_do_not_depend_on_how_cis_are_numbered(seed: int, feeds: bool) -> None:
    rng = np.random.default_rng(seed)
    of = random_world(rng, int(rng.integers(3, 9)), feeds=feeds)
    ids = sorted(of.cis)
    affected = [f"{ids[int(rng.integers(len(ids)))]}=outage" for _ in range(2)]
    one = packed(of, affected=affected)
    # CIs that nothing rests on, before and between the others
    more = replace(of, cis={**of.cis, **{f"{at}": {"ci_class": "host", "name": "x", "status": "live"} for at in
                                         ("a-0", "ci-0a", "ci-3a")}})  # fmt: skip
    other = packed(more, affected=affected)
    assert (one["certificates"], one["part"], one["unproved"]) == (
        other["certificates"], other["part"], other["unproved"]
    )  # fmt: skip
