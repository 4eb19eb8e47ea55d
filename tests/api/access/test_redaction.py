"""Scopes: all is computed on the whole graph, and of what is out of them only names and attributes are hidden."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.access.scopes import visible
from api.behind import Standing
from api.beside import Beside
from api.overviews import CRITICAL, single_failures_of
from api.schema.reading import Reading
from api.schema.root import make_schema
from api.who import Principal
from graph.catalogue import Listed
from graph.history import Thing
from graph.ontology import load_ontology
from graph.settings import Settings
from graph.store import Kept, relationship_key
from graph.strings import StringTable
from queries.blast_radius import Circumstances
from queries.picture import HIDDEN_VALUE
from tests.graph.estates import LONG, Drawn, estates, named_estate, seeds_of

SCHEMA = make_schema()
CI_FIELDS = "ciId name ciClass status attributes sources lastRevision owner { ciId name } history { number }"
ASKED = f"""query ($seeds: [SeedInput!]!) {{
  services {{ totalCount nodes {{ {CI_FIELDS} }} }}
  impact(seeds: $seeds) {{ ... on Impact {{
    counts {{ outage degraded atRisk }}
    services {{ state criticality leftWithoutRedundancy service {{ {CI_FIELDS} }} }}
    affected(first: 20) {{ totalCount nodes {{
      state hops margin confidence
      ci {{ {CI_FIELDS} redundancyGroups {{ name needed margin members {{ ciId name }} }} }}
      witness {{ ciId state rule group members needed left lost via from effect message }}
    }} }}
  }} }}
  named: impact(seeds: $seeds) {{ ... on Impact {{
    services {{ service {{ ciId name }} }} affected {{ nodes {{ ci {{ ciId name ciClass }} }} }}
  }} }}
  overview {{ cis services relationships singleFailures {{ servicesHanging
    largest {{ criticalServices services cis ci {{ {CI_FIELDS} }} }}
    criticalServices {{ count service {{ {CI_FIELDS} }} cis {{ {CI_FIELDS} }} }}
  }} }}
  plain: explore(view: {{view: QUERY, seeds: $seeds}}) {{ ...Picture }}
  byClass: explore(view: {{view: QUERY, seeds: $seeds, groupBy: CLASS, perLane: 1}}) {{ ...Picture }}
  bySite: explore(view: {{view: SITE, cis: ["ci-0"], seeds: $seeds, groupBy: SITE}}) {{ ...Picture }}
  around: explore(view: {{view: NEIGHBOURHOOD, cis: ["ci-0"], hops: 2, filter: {{affected: true}}, seeds: $seeds}}) {{
    ...Picture }}
  byOwner: explore(view: {{view: QUERY, seeds: $seeds, groupBy: OWNER}}) {{ ...Picture }}
  ofOwner: explore(view: {{view: QUERY, filter: {{owner: ["ci-0"]}}}}) {{ ...Picture }}
  ofText: explore(view: {{view: QUERY, filter: {{text: "any"}}}}) {{ ...Picture }}
}}
fragment Picture on Exploration {{
  complete sentence view {{ key params message }} filters {{ key params message }} drawn {{ key params message }}
  cis relationships total shown hiddenElements lanes {{ tier cis x width }}
  nodes {{ ciId name ciClass tier state seed x y hiddenDependents hiddenProviders }}
  groups {{ key kind value name tier count inner state states {{ outage degraded atRisk }} x y }}
  edges {{ source target count types strength group }} counts {{ outage degraded atRisk }} width height
  why(ciId: "ci-0") {{ ciId state rule message }}
}}"""
HIDDEN = ("name", "attributes", "sources", "owner", "history", "message", "criticality", "sentence", "params")
OWN = ("byOwner", "ofOwner", "ofText", "criticalServices")  # of which not all is told; looked at by themselves
ONTOLOGY = load_ontology()


class Records:
    """The CIs of a drawn estate with owners and environments, as the store has them at revision 3."""

    ontology = ONTOLOGY
    applied = SimpleNamespace(reaches=lambda _: False)  # each is read by who asks

    def __init__(
        self, states: Mapping[str, dict[str, Any]], owners: Mapping[str, str], sites: Mapping[str, str]
    ) -> None:
        self.states, self.owners = states, owners
        self._led = {"owned_by": owners, "located_in": sites}

    def kept_at(self, kind: str, keys: Iterable[str], _: int) -> dict[str, Kept]:
        return {key: Kept(Thing(self.states[key], {"*": "secret-source"}), 3) for key in keys if key in self.states}

    def relationships_at(self, ci_ids: Iterable[str], types: Iterable[str]) -> list[tuple[str, Kept]]:
        ends = [
            (source, name, self._led[name][source]) for source in ci_ids for name in types if source in self._led[name]
        ]
        return [(relationship_key(*each), Kept(Thing({}), 1)) for each in ends]

    def some(self, ci_ids: Iterable[str], _: int) -> list[Listed | None]:
        """As the catalogue tells owners."""
        owned = self._led["owned_by"]
        return [
            Listed(key, "", "", "", 3, (owned[key],) if key in owned else ()) if key in self.states else None
            for key in ci_ids
        ]

    known = some

    def settled(self) -> int:
        return 3

    def history_of(self, *_: Any) -> Iterable[Any]:
        return ()


@st.composite
def scoped(draw: st.DrawFn) -> tuple[Drawn, Records, dict[str, tuple[str, ...]], list[dict[str, str]]]:
    """An estate, its records, scopes, and seeds."""
    drawn = draw(estates(most=10))
    ids = [f"ci-{number}" for number in range(drawn.n)]
    estate = named_estate(drawn)
    states = {
        ci_id: {
            "name": f"secret-{ci_id}-name", "ci_class": estate.class_of(number), "serial": f"secret-{ci_id}-serial",
            "environment": draw(st.sampled_from(["prod", "生产", "test", "elsewhere"])),
        }
        for number, ci_id in enumerate(ids)
    }  # fmt: skip
    owners = {ci_id: draw(st.sampled_from(["team-1", "team-2", "ci-0"])) for ci_id in ids if draw(st.booleans())}
    sites = {ci_id: draw(st.sampled_from(["rack", "site", ids[0]])) for ci_id in ids if draw(st.booleans())}
    sites["rack"] = "site"
    scopes = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "ci_class": st.sampled_from([("host",), ("business_service", "host"), ("volume",)]),
                "environment": st.sampled_from([("production",), ("test", "elsewhere")]),
                "owner": st.sampled_from([("team-1",), ("team-2", "ci-0")]),
                "site": st.sampled_from([("site",), ("rack",)]),
            },
        ).filter(bool)
    )
    effects = draw(seeds_of(drawn))
    seeds = [{"ciId": ids[number], "effect": effect.upper()} for number, effect in sorted(effects.items())]
    return drawn, Records(states, owners, sites), scopes, seeds


def answered(drawn: Drawn, records: Records, scopes: dict[str, tuple[str, ...]], seeds: list[dict[str, str]]) -> Any:
    """What somebody with these scopes is answered."""
    whole = named_estate(drawn)
    estate = replace(
        whole,
        names=StringTable.of([str(records.states[ci_id]["name"]) for ci_id in whole.ids]),
        criticality=np.full(drawn.n, CRITICAL, np.uint8),
    )
    register = SimpleNamespace(
        store=records,
        listing=records,
        settings=Settings(cast(Any, None)),
        estate=lambda _=None: estate,
        circumstances_of=lambda _: Circumstances(),
        beside=SimpleNamespace(at=lambda at: Beside(at, {}, {ci: (his,) for ci, his in records.owners.items()})),
        searching=SimpleNamespace(search_at=lambda *_, **__: [(ci_id, None) for ci_id in records.states]),
        overviews=SimpleNamespace(failures=lambda known: Standing(single_failures_of(known), None)),
    )
    who = Principal("principal:ann", "ann", frozenset({"viewer"}), scopes)
    reading = Reading(cast(Any, register), who)
    done = asyncio.run(SCHEMA.execute(ASKED, variable_values={"seeds": seeds}, context_value={"reading": reading}))
    assert done.errors is None
    return done.data


def without_names(plain: Any) -> Any:
    """An answer without what may be hidden."""
    if isinstance(plain, dict):
        return {name: without_names(value) for name, value in plain.items() if name not in (*HIDDEN, *OWN)}
    return [without_names(each) for each in plain] if isinstance(plain, list) else plain


@pytest.mark.many
@given(scoped())
@settings(max_examples=500 if LONG else 12)  # each is two whole answers
def test_redaction_never_changes_a_verdict_a_state_or_a_count(
    asked: tuple[Drawn, Records, dict[str, tuple[str, ...]], list[dict[str, str]]],
) -> None:
    drawn, records, scopes, seeds = asked

    all_of_it, some_of_it = answered(drawn, records, {}, seeds), answered(drawn, records, scopes, seeds)

    assert without_names(some_of_it) == without_names(all_of_it)
    told = json.dumps(some_of_it, ensure_ascii=False)
    seen = visible(cast(Any, records), scopes, records.states, 3)
    for ci_id in records.states.keys() - seen:
        assert f"secret-{ci_id}-" not in told
    services = [each["impact"]["services"] for each in (some_of_it, all_of_it)]
    for some, whole in zip(*services, strict=True):
        assert some["criticality"] == (whole["criticality"] if some["service"]["ciId"] in seen else None)
    for hit in (*some_of_it["named"]["services"], *some_of_it["named"]["affected"]["nodes"]):
        ci = hit.get("service") or hit["ci"]
        assert (ci["name"] == records.states[ci["ciId"]]["name"]) == (ci["ciId"] in seen)
    _owners_are_told_of_what_is_seen(some_of_it, all_of_it, records, seen)
    hanging = [answer["overview"]["singleFailures"]["criticalServices"] for answer in (some_of_it, all_of_it)]
    assert without_names(hanging[0]) == [
        without_names(each) for each in hanging[1] if each["service"]["ciId"] in seen
    ]  # fmt: skip
    for node in some_of_it["impact"]["affected"]["nodes"]:
        ci_id = node["ci"]["ciId"]
        is_seen = node["ci"]["name"] == records.states[ci_id]["name"]
        assert is_seen == (ci_id in seen) == bool(node["ci"]["attributes"]) == bool(node["ci"]["sources"])


@pytest.mark.many
@given(scoped(), st.randoms(use_true_random=False))
@settings(max_examples=2_000 if LONG else 50)
def test_whether_a_ci_is_in_scope_does_not_hang_on_which_others_are_asked_about(
    asked: tuple[Drawn, Records, dict[str, tuple[str, ...]], list[dict[str, str]]], chance: Random
) -> None:
    _, records, scopes, _ = asked
    store = cast(Any, records)

    each = {ci_id for ci_id, state in records.states.items() if visible(store, scopes, {ci_id: state}, 3)}
    some = {ci_id: state for ci_id, state in records.states.items() if chance.random() < 0.6}

    assert visible(store, scopes, some, 3) == each & some.keys()


def _owners_are_told_of_what_is_seen(some: Any, whole: Any, records: Records, seen: set[str]) -> None:
    assert totals(some["byOwner"]) == totals(whole["byOwner"])
    for group in some["byOwner"]["groups"]:
        owned = {ci_id for ci_id in seen if records.owners.get(ci_id, "") == group["value"]}
        assert group["kind"] != "ALIKE" or group["value"] == HIDDEN_VALUE or group["count"] <= len(owned)
    owned = {ci_id for ci_id in seen if records.owners.get(ci_id) == "ci-0"}
    for name, wanted in (("ofOwner", owned), ("ofText", seen & records.states.keys())):
        picture = some[name]
        assert (picture["cis"], picture["complete"]) == (len(wanted), False), name
        assert [each["key"] for each in picture["drawn"]][-1] == "explorer.incomplete_scopes"


def totals(picture: Any) -> Any:
    """What of a picture is the same however its CIs are grouped."""
    states: Counter[str] = Counter()
    for node in picture["nodes"]:
        states[node["state"]] += 1
    for group in picture["groups"]:
        words = {"OUTAGE": "outage", "DEGRADED": "degraded", "AT_RISK": "atRisk"}
        hit = {state: group["states"][word] for state, word in words.items()}
        states.update({**hit, "UNAFFECTED": group["count"] - sum(hit.values())})
    pairs = sum(each["count"] for each in picture["edges"]) + sum(each["inner"] for each in picture["groups"])
    lanes = [(lane["tier"], lane["cis"]) for lane in picture["lanes"]]
    return picture["cis"], picture["relationships"], pairs, picture["counts"], lanes, +states


def test_a_ci_is_in_scope_by_class_environment_owner_and_site_together() -> None:
    states: dict[str, dict[str, Any]] = {
        "host-1": {"ci_class": "host", "environment": "生产"}, "host-2": {"ci_class": "host"},
        "db-1": {"ci_class": "database_instance", "environment": "prod"}, "site-1": {"ci_class": "site"},
    }  # fmt: skip
    store = Records(
        states, {"host-1": "team-1", "db-1": "team-2"}, {"host-1": "rack-1", "rack-1": "room-1", "room-1": "site-1"}
    )

    def seen(**scopes: tuple[str, ...]) -> set[str]:
        return visible(cast(Any, store), scopes, states, 3)

    assert seen(ci_class=("host",)) == {"host-1", "host-2"}
    assert seen(environment=("production",)) == seen(environment=("生产", "prod")) == {"host-1", "db-1"}
    assert seen(owner=("team-1", "team-3")) == {"host-1"}
    assert seen(site=("site-1",)) == {"host-1", "site-1"}
    assert seen(site=("room-1",), ci_class=("host",), owner=("team-1",)) == {"host-1"}
    assert seen(site=("room-1",), owner=("team-2",)) == set()


def test_a_circle_of_places_ends() -> None:
    states: dict[str, dict[str, Any]] = {"a": {"ci_class": "room"}, "b": {"ci_class": "room"}}
    store = Records(states, {}, {"a": "b", "b": "a"})

    assert visible(cast(Any, store), {"site": ("a",)}, states, 3) == {"a", "b"}
    assert visible(cast(Any, store), {"site": ("c",)}, states, 3) == set()
