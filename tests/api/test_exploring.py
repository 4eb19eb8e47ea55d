"""The explorer over the API on both engines: what each view shows, in words, and that nothing goes uncounted."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.beside import BesideEstate
from api.register import Register, open_register
from graph.history import Thing
from graph.settings import Settings
from graph.store import Edit
from tests.api.command import ESTATE, environment
from tests.api.web import data, over
from tests.engines import Database, host, imported, inventory, written

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike

EXPLORE = """query($view: ExploreInput!, $why: String!, $asOf: DateTime) {
    explore(view: $view, asOf: $asOf) { __typename
    ... on Exploration { revision complete sentence view { key params message } filters { key message } drawn { key }
        cis relationships total shown hiddenElements width height
        lanes { tier cis x width } nodes { ciId name ciClass tier state seed x y hiddenDependents hiddenProviders }
        groups { key kind value name tier count inner state states { outage degraded atRisk } opened }
        edges { source target count types strength group } paths { ciIds } counts { outage degraded atRisk }
        why(ciId: $why) { ciId rule message } }
    ... on UnknownCi { key ciIds } ... on InvalidInput { key path } } }"""
IMPACT = '{ impact(seeds: [{ciId: "db-1"}]) { ... on Impact { counts { outage degraded atRisk } } } }'
PLANNED = "new-1,新主机,,host,planned,site-1,team-1,,\n"
MORE = "source,type,target,strength,redundancy_group,min_available\napp-2,connects_through,db-1,soft,,\n"


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """The estate of two services with a planned host, two CIs of it related twice, on each engine in turn."""
    tables = {
        "cis": ESTATE["cis"] + PLANNED,
        "relationships": ESTATE["relationships"] + MORE.splitlines()[1] + "\n",
    }
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as found:
        imported(found.store, inventory(tmp_path / "estate", tables))
        yield found


def explored(
    register: Register, why: str = "app-1", language: str = "en", as_of: str | None = None, **view: Any
) -> Any:
    given = {"view": {"view": "NEIGHBOURHOOD", **view}, "why": why, "asOf": as_of}
    answer = over(register).post(
        "/graphql",
        json={"query": EXPLORE, "variables": given},
        headers={"Accept-Language": language},
    )
    assert (answer.status_code, answer.json().get("errors")) == (200, None), answer.text
    found = answer.json()["data"]["explore"]
    if found["__typename"] == "Exploration":
        whole(found)
    return found


def whole(found: Any) -> None:
    """What is drawn and what is counted are all there is."""
    nodes, groups, edges = found["nodes"], found["groups"], found["edges"]
    assert len(nodes) + sum(group["count"] for group in groups) == found["cis"]
    assert sum(edge["count"] for edge in edges) + sum(group["inner"] for group in groups) == found["relationships"]
    assert found["total"] == found["cis"] + found["relationships"] == found["shown"] + found["hiddenElements"]
    assert found["cis"] == sum(lane["cis"] for lane in found["lanes"])
    assert len(nodes) + len(groups) + len(edges) <= 2_000
    ends = {node["ciId"] for node in nodes} | {group["key"] for group in groups}
    assert {edge[end] for edge in edges for end in ("source", "target")} <= ends


def ids(found: Any) -> list[str]:
    return sorted(node["ciId"] for node in found["nodes"])


def test_a_neighbourhood_shows_what_is_around_and_how_much_more_there_is(register: Register) -> None:
    found = explored(register, cis=["app-1"])

    assert ids(found) == ["app-1", "app-2", "db-1", "db-2", "site-1", "svc-policy"]
    assert found["sentence"] == ("承保系统 (app-1) with 1 step of dependents and providers: 6 CIs, 6 relationships.")
    assert [lane["tier"] for lane in found["lanes"]] == ["business", "application", "data", "facility"]
    hidden = {node["ciId"]: (node["hiddenDependents"], node["hiddenProviders"]) for node in found["nodes"]}
    assert (hidden["app-1"], hidden["app-2"], hidden["db-1"]) == ((0, 0), (1, 0), (0, 1))
    edges = {(edge["source"], edge["target"]): edge for edge in found["edges"]}
    assert edges["app-2", "db-1"]["types"] == ["connects_through", "depends_on"]
    assert (edges["app-1", "db-1"]["group"], edges["app-2", "app-1"]["strength"]) == ("db", "soft")
    assert found["complete"]
    assert all(node["state"] is None for node in found["nodes"])
    where = [(node["x"], node["y"]) for node in found["nodes"]]
    assert len(set(where)) == len(where)
    assert all(0 < x < found["width"] and 0 < y < found["height"] for x, y in where)


def test_ways_up_and_down_go_as_far_as_they_are_told(register: Register) -> None:
    assert ids(explored(register, cis=["db-1"], direction="UP", hops=None)) == [
        "app-1", "app-2", "db-1", "svc-claims", "svc-policy",
    ]  # fmt: skip
    assert ids(explored(register, cis=["db-1"], direction="DOWN", hops=None)) == ["db-1", "host-1", "site-1"]
    assert ids(explored(register, cis=["db-1"], hops=0)) == ["db-1"]
    assert ids(explored(register, cis=["db-1"], direction="UP", hops=None, collapsed=["app-1"])) == [
        "app-1", "app-2", "db-1", "svc-claims",
    ]  # fmt: skip
    assert ids(explored(register, cis=["svc-claims"], direction="UP", expanded=["app-2"])) == [
        "app-1", "app-2", "db-1", "svc-claims",
    ]  # fmt: skip


def test_a_service_shows_all_it_rests_on_and_a_site_all_that_stands_in_it(register: Register) -> None:
    service = explored(register, view="SERVICE", cis=["svc-policy"], language="zh")
    site = explored(register, view="SITE", cis=["site-1"])

    assert ids(service) == ["app-1", "db-1", "db-2", "host-1", "site-1", "svc-policy"]
    assert service["sentence"] == "承保（svc-policy）依赖的全部对象：6 个配置项，6 个关系。"
    assert ids(site) == ["app-1", "db-1", "host-1", "new-1", "site-1"]
    assert site["sentence"] == "What stands in 主机房 (site-1): 5 CIs, 5 relationships."


def test_a_query_filters_by_class_status_owner_site_and_text(register: Register) -> None:
    def found(**limits: Any) -> list[str]:
        return ids(explored(register, view="QUERY", filter=limits))

    assert len(found()) == 10
    assert found(ciClass=["database_instance"]) == ["db-1", "db-2"]
    assert found(status=["planned"]) == ["new-1"]
    assert "new-1" not in found(status=["live"])
    assert found(status=["live", "planned"]) == found()
    assert found(status=["no such status"]) == []
    assert found(owner=["team-1"]) == ["new-1", "svc-claims", "svc-policy"]
    assert found(site=["site-1"], ciClass=["host"]) == ["host-1", "new-1"]
    assert found(text="baodan") == ["db-1", "db-2"]
    told = explored(register, view="QUERY", filter={"ciClass": ["host"], "owner": ["team-1"]})
    assert told["sentence"] == "All CIs, of the class Host, owned by 核心组 (team-1): 1 CI, 0 relationships."
    assert [each["key"] for each in told["filters"]] == ["explorer.of_class", "explorer.of_owner"]


def test_groups_hold_what_is_not_drawn_and_open_in_place(register: Register) -> None:
    by_site = explored(register, view="QUERY", groupBy="SITE")
    by_owner = explored(register, view="QUERY", groupBy="OWNER", filter={"ciClass": ["business_service"]})
    written(register.store, [host(f"host-{at}") for at in range(2, 6)])
    few = explored(register, view="QUERY", perLane=2)
    opened = explored(register, view="QUERY", perLane=2, opened=["class|compute|host"])

    assert {(group["key"], group["name"], group["count"]) for group in by_site["groups"]} == {
        ("by|compute|site-1", "主机房", 2), ("by|business|", None, 2),
    }  # fmt: skip
    assert [(group["key"], group["name"], group["count"]) for group in by_owner["groups"]] == [
        ("by|business|team-1", "核心组", 2)
    ]
    (more,) = few["groups"]
    assert (more["key"], more["kind"], more["value"], more["count"]) == ("class|compute|host", "CLASS", "host", 4)
    assert few["drawn"] == [{"key": "explorer.drawn_some"}]
    assert (opened["groups"], opened["hiddenElements"]) == ([], 0)
    assert opened["drawn"] == [{"key": "explorer.drawn_all"}]


def test_paths_are_found_whichever_end_is_named_first(register: Register) -> None:
    found = explored(register, view="PATHS", cis=["svc-claims", "host-1"])
    turned = explored(register, view="PATHS", cis=["host-1", "svc-claims"])
    none = explored(register, view="PATHS", cis=["svc-claims", "new-1"])

    assert [path["ciIds"] for path in found["paths"]] == [
        ["svc-claims", "app-2", "db-1", "host-1"], ["svc-claims", "app-2", "app-1", "db-1", "host-1"],
    ]  # fmt: skip
    assert turned["paths"] == found["paths"]
    assert turned["sentence"] == found["sentence"]
    assert "2 ways" in found["sentence"]
    assert (none["paths"], none["view"]["key"], ids(none)) == ([], "explorer.view_paths_none", ["new-1", "svc-claims"])


def test_what_if_says_how_each_stands_and_why(register: Register) -> None:
    seeds = [{"ciId": "db-1", "effect": "OUTAGE"}]
    found = explored(register, cis=["db-1"], direction="UP", hops=None, seeds=seeds, why="svc-claims")
    hit = explored(register, view="QUERY", seeds=seeds, filter={"affected": True})
    grouped = explored(register, view="QUERY", seeds=seeds, groupBy="CLASS")
    impact = data(over(register), IMPACT)

    states = {node["ciId"]: (node["state"], node["seed"]) for node in found["nodes"]}
    assert states == {
        "db-1": ("OUTAGE", True), "app-1": ("DEGRADED", False), "app-2": ("OUTAGE", False),
        "svc-policy": ("AT_RISK", False), "svc-claims": ("OUTAGE", False),
    }  # fmt: skip
    assert [step["ciId"] for step in found["why"]] == ["svc-claims", "app-2", "db-1"]
    assert found["counts"] == impact["impact"]["counts"]
    assert ids(hit) == sorted(states)
    assert found["sentence"].startswith("Everything that rests on 保单库 1 (db-1), if it stops: 5 CIs")
    assert hit["sentence"].startswith("All CIs, only what is affected, if 保单库 1 (db-1) stops: 5 CIs")
    services = next(group for group in grouped["groups"] if group["value"] == "business_service")
    assert (services["state"], services["states"]) == ("OUTAGE", {"outage": 1, "degraded": 0, "atRisk": 1})


INVALID: dict[str, dict[str, Any]] = {
    "explorer.no_ci": {"cis": []},
    "explorer.two_ends": {"view": "PATHS", "cis": ["app-1"]},
    "explorer.too_many": {"cis": ["app-1"] * 501},
    "impact.bad_id": {"cis": ["a b"]},
}
UNKNOWN: list[dict[str, Any]] = [
    {"cis": ["nobody"]},
    {"cis": ["app-1"], "expanded": ["nobody"]},
    {"cis": ["app-1"], "filter": {"owner": ["nobody"]}},
    {"cis": ["app-1"], "seeds": [{"ciId": "nobody"}]},
]


def test_what_is_asked_wrongly_is_told_by_its_key(register: Register) -> None:
    for key, view in INVALID.items():
        assert explored(register, **view) == {"__typename": "InvalidInput", "key": key, "path": ["view"]}
    for view in UNKNOWN:
        found = explored(register, **view)
        assert found == {"__typename": "UnknownCi", "key": "impact.unknown_ci", "ciIds": ["nobody"]}


def test_odd_numbers_and_keys_of_nothing_do_no_harm(register: Register) -> None:
    odd = explored(
        register, cis=["app-1"], hops=-3, perLane=-1, most=-7, opened=["", "|", "by|x|y", "class|data", "lane|data|x"]
    )

    assert ids(odd) == ["app-1"]


def test_owners_and_statuses_are_those_of_the_revision_whoever_writes_meanwhile(register: Register) -> None:
    beside, store = BesideEstate(register.store), register.store
    before = beside.at(store.revision())
    first = store.revision()
    written(
        store, [host("new-2", status="planned"), Edit("rel", "new-2|owned_by|team-1", Thing({}, {"*": "inventory"}))]
    )
    written(store, [Edit("rel", "svc-claims|owned_by|team-1", None), host("new-1")])

    after, again = beside.at(store.revision()), BesideEstate(store).at(store.revision())

    assert after == again
    assert (dict(after.statuses), sorted(after.owners)) == ({"new-2": "planned"}, ["new-1", "new-2", "svc-policy"])
    assert beside.at(first) == before
    assert sorted(before.owners) == ["new-1", "svc-claims", "svc-policy"]


SEEDED = [{"ciId": "db-1", "effect": "OUTAGE"}]
PAST: list[dict[str, Any]] = [
    {"cis": ["app-1"]},
    {"view": "SERVICE", "cis": ["svc-policy"], "groupBy": "CLASS"},
    {"view": "SITE", "cis": ["site-1"], "groupBy": "OWNER"},
    {"view": "QUERY", "groupBy": "SITE"},
    {"view": "QUERY", "filter": {"status": ["planned"]}},
    {"view": "QUERY", "filter": {"owner": ["team-1"]}},
    {"view": "QUERY", "filter": {"text": "baodan"}},
    {"view": "PATHS", "cis": ["svc-claims", "host-1"]},
    {"view": "QUERY", "seeds": SEEDED, "filter": {"affected": True}},
]


def in_order(found: Any) -> Any:
    """The same however its CIs are numbered: an estate read of the past numbers them anew, and ties are drawn so."""
    plain = {key: value for key, value in found.items() if key not in ("sentence", "width", "height", "lanes")}
    for name in ("nodes", "groups", "edges"):
        rows = [{key: value for key, value in row.items() if key not in ("x", "y")} for row in found[name]]
        plain[name] = sorted(rows, key=str)
    return plain


def much_changes(register: Register) -> None:
    """Names, classes of answers, owners, statuses and ways become others; some CIs end, others come."""
    ended = ("app-2|depends_on|db-1", "db-1|runs_on|host-1", "svc-policy|owned_by|team-1", "host-1|located_in|site-1")
    written(register.store, [Edit("rel", key, None) for key in ended])
    written(register.store, [Edit("ci", "host-1", None), host("db-1", name="改名", ci_class="database_instance")])
    written(register.store, [host("new-1"), host("new-2", status="planned"), host("new-3", name="保单库 3")])
    written(register.store, [Edit("rel", "new-3|owned_by|team-1", Thing({}, {"*": "inventory"}))])


def test_a_picture_of_a_moment_is_the_one_that_was_drawn_then(register: Register) -> None:
    before, moment = [explored(register, **view) for view in PAST], register.store.rows("read_store")[0]["at"]
    much_changes(register)

    past = [explored(register, as_of=moment, **view) for view in PAST]
    kept = [explored(register, as_of=moment, **view) for view in PAST]
    now = [explored(register, **view) for view in PAST if "host-1" not in view.get("cis", [])]

    local = datetime.fromisoformat(moment).astimezone(ZoneInfo("Asia/Shanghai"))
    said = f", as it was at {local:%Y-%m-%d %H:%M:%S}".removesuffix(":00") + " (Asia/Shanghai)"
    for then, found in zip(before, past, strict=True):
        view, _, counts = then["sentence"].rpartition(":")
        assert found["sentence"] == f"{view}{said}:{counts}"
        assert in_order(found) == in_order(then)
    assert kept == past
    assert all(in_order(found) not in [in_order(then) for then in before] for found in now)
    assert "截至" in explored(register, as_of=moment, language="zh", **PAST[0])["sentence"]


def test_a_moment_that_has_not_been_or_none_at_all_is_told_by_its_key(register: Register) -> None:
    for key, moment in {
        "explorer.future": "2999-01-01T00:00:00Z", "door.as_of": "2026-01-01T00:00:00",
    }.items():  # fmt: skip
        found = explored(register, as_of=moment, cis=["app-1"])
        assert found == {"__typename": "InvalidInput", "key": key, "path": ["asOf"]}
    for moment in ("0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"):
        assert explored(register, as_of=moment, cis=["app-1"])["path"] == ["asOf"]
    unknown = explored(register, as_of="2001-01-01T00:00:00+08:00", cis=["app-1"])
    assert unknown == {"__typename": "UnknownCi", "key": "impact.unknown_ci", "ciIds": ["app-1"]}
    nothing = explored(register, as_of="2001-01-01T00:00:00Z", view="QUERY")
    assert (nothing["cis"], nothing["revision"]) == (0, 0)
