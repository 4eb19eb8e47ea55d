"""What somebody with scopes is answered, and may write, on a real register."""

import contextlib
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.access.changes import create_first_token
from api.access.scopes import check_written
from api.register import Register, open_register
from api.schema.allowed import ci_rows
from graph.errors import NotAllowedError
from graph.settings import Settings
from graph.store.principals import Scopes
from tests.api.access.in_memory import HOME, bearer
from tests.api.command import ESTATE, environment
from tests.api.web import Web, over
from tests.engines import Database, imported, inventory

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike

CI = "ciId name attributes owner { ciId name } site { ciId name } history { after }"
IMPACT = f"""{{ impact(seeds: [{{ciId: "host-1"}}]) {{ ... on Impact {{
  counts {{ outage degraded atRisk }} services {{ state criticality service {{ {CI} }} }}
  affected {{ nodes {{ state ci {{ {CI} }} witness {{ ciId message }} certificate }} }} }} }} }}"""
EXPLORED = """sentence view { message } filters { message } nodes { ciId name } groups { value name count }
  why(ciId: "app-1") { message }"""
OVERVIEW = f"""{{ overview {{ cis services relationships limited
  singleFailures {{ revision servicesHanging largest {{ criticalServices services cis ci {{ {CI} }} }}
    criticalServices {{ count service {{ {CI} }} cis {{ {CI} }} }} }}
  tonight {{ revision changeCount collisionCount changes {{ changeId title cis {{ {CI} }} }} collisions {{ message }} }}
  today {{ count written {{ actor source things {{ kind key }} }} }} }} }}"""
QUESTIONS = (
    IMPACT,
    *(
        f'{{ explore(view: {{view: {view}, cis: ["app-1", "site-1"], seeds: [{{ciId: "host-1"}}], groupBy: {group}, '
        f"perLane: {lane}}}) {{ ... on Exploration {{ {EXPLORED} }} }} }}"
        for view, group, lane in (
            ("SERVICE", "NONE", 9),
            ("QUERY", "SITE", 1),
            ("QUERY", "OWNER", 1),
            ("PATHS", "NONE", 1),
        )
    ),
    f"{{ cis(first: 20) {{ totalCount nodes {{ {CI} providers(first: 5) {{ nodes {{ target {{ {CI} }} }} }} }} }} }}",
    f"{{ services {{ nodes {{ {CI} }} }} }}",
    f'{{ ci(ciId: "app-1") {{ {CI} }} }}',
    f'{{ service(ciId: "svc-claims") {{ {CI} }} }}',
    f'{{ paths(from: "svc-policy", to: "host-1") {{ ... on PathsFound {{ paths {{ cis {{ {CI} }} }} }} }} }}',
    f'{{ search(text: "db-1") {{ hits {{ ci {{ {CI} }} }} }} }}',
    f'{{ search(text: "baodan") {{ hits {{ ci {{ {CI} }} }} }} }}',
)
EDIT = """mutation {{ editCi(input: {{ci: {ci} {more} dryRun: true}}) {{ ... on Error {{ key }}
  ... on EditCiPayload {{ changes {{ key cis {{ ciId name }} }}
    effect {{ services {{ state criticality service {{ ciId name }} pointsAdded {{ name }} }} flags {{ message }}
      groups {{ name dependent {{ name }} }} }} }} }} }}"""
# whoever sees databases only may be told none of these
HIDDEN = (
    "主机房", "Main site", "核心组", "承保", "Underwriting", "理赔", "Claims", "Policy system", "14400",
    '"critical"', '"high"',
)  # fmt: skip


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Any:
    """A small register on each engine in turn."""
    with open_register(Settings.from_environment(environment(database, tmp_path / "data"))) as found:
        imported(found.store, inventory(tmp_path / "estate", ESTATE))
        yield found


def asked(register: Register, query: str, text: str) -> Any:
    answer = Web(over(register).app, HOME).post("/graphql", json={"query": query}, headers=bearer(text))
    assert answer.status_code == 200, answer.text
    return answer


def token(register: Register, name: str, **scopes: list[str]) -> str:
    return create_first_token(register.access, name, ["viewer"], scopes, "1h", "tester")[0]


def test_of_what_is_out_of_scope_no_answer_tells_a_name(register: Register) -> None:
    everybody, databases = token(register, "ann"), token(register, "bob", ci_class=["database_instance"])
    for query in QUESTIONS:
        whole, part = asked(register, query, everybody).text, asked(register, query, databases)
        assert "errors" not in part.json(), part.text
        assert [word for word in HIDDEN if word in part.text] == [], query
        assert "search" in query or [word for word in HIDDEN if word in whole], "there was something to hide"

    counts = [asked(register, IMPACT, who).json()["data"]["impact"]["counts"] for who in (everybody, databases)]
    assert counts[0] == counts[1] == {"outage": 3, "degraded": 1, "atRisk": 1}
    shown = asked(register, f'{{ ci(ciId: "db-1") {{ {CI} }} }}', databases).json()["data"]["ci"]
    assert (shown["name"], len(shown["history"])) == ("保单库 1", 1)
    found = asked(register, '{ search(text: "baodan") { hits { ci { ciId } } } }', databases).json()["data"]["search"][
        "hits"
    ]
    assert {each["ci"]["ciId"] for each in found} == {"db-1", "db-2"}
    assert (
        asked(register, '{ search(text: "chengbao") { hits { score } } }', databases).json()["data"]["search"]["hits"]
        == []
    )


def test_the_explorer_tells_owners_and_finds_texts_only_of_what_is_in_scope(register: Register) -> None:
    hosts = token(register, "ann", ci_class=["host", "business_service"])

    def explored(more: str) -> Any:
        query = f"""{{ explore(view: {{view: QUERY, {more}}}) {{ ... on Exploration {{
            complete sentence drawn {{ key }} nodes {{ ciId }} groups {{ value name count }} }} }} }}"""
        return asked(register, query, hosts).json()["data"]["explore"]

    by_owner, by_text = explored('filter: {owner: ["team-1"]}'), explored('filter: {text: "保单"}')
    seen = explored('filter: {text: "承保"}')
    grouped = explored("groupBy: OWNER, perLane: 1, filter: {class: []}".replace("class", "ciClass"))

    assert [each["ciId"] for each in by_owner["nodes"]] == ["svc-policy", "svc-claims"]
    assert "owned by team-1" in by_owner["sentence"], "out of scope: by id"
    assert (by_text["nodes"], [each["ciId"] for each in seen["nodes"]]) == ([], ["svc-policy"])
    assert not any(each["complete"] for each in (by_owner, by_text, seen))
    assert by_text["drawn"] == [{"key": "explorer.incomplete_scopes"}]
    values = {each["value"] for each in grouped["groups"]}
    assert values <= {"team-1", "=", ""}


def test_the_first_page_counts_all_and_names_what_is_in_scope(register: Register, tmp_path: Path) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    times = f"{soon.isoformat()},{(soon + timedelta(hours=1)).isoformat()}"
    changes = f"""change_id,title,status,planned_start,planned_end,affected
CHG-1,保单库 1 升级,scheduled,{times},db-1
CHG-2,承保 and Policy system,scheduled,{times},db-2|app-1
CHG-3,Underwriting at large,scheduled,{times},
"""
    imported(register.store, inventory(tmp_path / "changes", {"changes": changes}))
    named = {"everybody": token(register, "ann"), "databases": token(register, "bob", ci_class=["database_instance"])}
    named["policy"] = token(register, "eve", owner=["team-1"])
    found = {who: overview(register, text) for who, text in named.items()}

    for scoped in ("databases", "policy"):
        assert counts(found[scoped]) == counts(found["everybody"])
    titles = {each["changeId"]: each["title"] for each in found["databases"]["tonight"]["changes"]}
    assert titles == {"CHG-1": "保单库 1 升级", "CHG-2": "(not shown)", "CHG-3": "(not shown)"}
    plain = json.dumps(found["databases"], ensure_ascii=False)
    assert [word for word in (*HIDDEN, "team-1") if word in plain] == []
    services = {who: each["singleFailures"]["criticalServices"] for who, each in found.items()}
    assert {who: [each["service"]["name"] for each in some] for who, some in services.items()} == {
        "everybody": ["承保"], "databases": [], "policy": ["承保"],
    }  # fmt: skip
    (lot,) = found["databases"]["today"]["written"]
    assert {each["key"] for each in lot["things"]} <= {"db-1", "db-2"}
    assert [each["limited"] for each in found.values()] == [False, True, True]


def overview(register: Register, text: str) -> Any:
    """The first page's answer when everything in it is there."""
    deadline = datetime.now(UTC) + timedelta(minutes=4)
    while datetime.now(UTC) < deadline:
        found = asked(register, OVERVIEW, text).json()["data"]["overview"]
        if found["singleFailures"]["revision"] and found["tonight"]["revision"]:
            return found
        time.sleep(0.5)
    raise AssertionError("nothing was computed")


def counts(found: Any) -> Any:
    """What of the first page is the same for everybody."""
    night, failures = found["tonight"], found["singleFailures"]
    largest = [
        (each["ci"]["ciId"], each["criticalServices"], each["services"], each["cis"]) for each in failures["largest"]
    ]
    whole = [found[name] for name in ("cis", "services", "relationships")]
    some = [night["changeCount"], night["collisionCount"], len(night["collisions"]), found["today"]["count"]]
    return whole, some, failures["servicesHanging"], largest


def test_owners_and_sites_are_scopes_too(register: Register) -> None:
    mine, there = token(register, "ann", owner=["team-1"]), token(register, "bob", site=["site-1"])

    def names(text: str) -> set[str]:
        nodes = asked(register, "{ cis { nodes { ciId name } } }", text).json()["data"]["cis"]["nodes"]
        return {each["ciId"] for each in nodes if each["name"] != "(not shown)"}

    assert names(mine) == {"team-1", "svc-policy", "svc-claims"}
    assert names(there) == {"site-1", "app-1", "host-1"}


REFUSED = (
    ('{ cis(filter: {text: "保单"}) { totalCount } }', "server.scope_hides"),
    ('{ cis(filter: {not: {text: "保单"}}) { totalCount } }', "server.scope_hides"),
    ('{ cis(filter: {owner: "team-2"}) { totalCount } }', "server.scope_hides"),
    ("{ cis(orderBy: {field: NAME}) { totalCount } }", "server.scope_hides"),
    ("{ scenarios { name seeds } }", "server.not_scoped"),
    (
        '{ continuity(service: "svc-claims") { ... on Recovery { rto mtpd answer criticalPath { own } } } }',
        "server.not_scoped",
    ),
    ("{ revisions { totalCount } }", "server.not_scoped"),
    ("{ importRuns { totalCount } }", "server.not_scoped"),
)


def test_what_would_tell_names_by_the_way_is_refused(register: Register) -> None:
    mine = token(register, "ann", owner=["team-1"])
    for query, key in REFUSED:
        (error,) = asked(register, query, mine).json()["errors"]
        assert error["extensions"]["key"] == key

    found = asked(register, '{ cis(filter: {owner: "team-1"}) { totalCount } }', mine).json()
    assert found["data"]["cis"]["totalCount"] == 2


def test_what_is_out_of_scope_is_not_written(register: Register) -> None:
    def refused(scopes: Scopes, rows: list[dict[str, Any]], ends: list[str] | None = None) -> bool:
        with contextlib.suppress(NotAllowedError):
            check_written(register.store, scopes, ci_rows(rows), ends or [], "UTC")
            return False
        return True

    mine: Scopes = {"owner": ("team-1",)}
    hosts: Scopes = {"ci_class": ("host",)}
    there: Scopes = {"site": ("site-1",)}
    new: dict[str, Any] = {"ciId": "new", "ciClass": "host", "name": "new"}
    answers = [
        (False, refused(mine, [{"ciId": "svc-policy", "name": "x"}])),
        (True, refused(mine, [{"ciId": "db-1", "name": "x"}])),
        (True, refused(mine, [{"ciId": "db-1", "attributes": {"owner": "team-1"}}])),  # not mine yet
        (True, refused(mine, [{"ciId": "svc-policy", "attributes": {"owner": "team-2"}}])),  # mine no more
        (True, refused(mine, [{"ciId": "svc-policy", "attributes": {"owner": None}}])),
        (True, refused(mine, [new])),
        (False, refused(mine, [{**new, "attributes": {"owner": "team-1"}}])),
        (False, refused(hosts, [new])),
        (True, refused(hosts, [{"ciId": "new", "name": "of no class"}])),
        (True, refused(hosts, [{"ciId": "host-1", "ciClass": "volume"}])),
        (False, refused(there, [{**new, "attributes": {"site": "site-1"}}])),
        (True, refused(there, [{**new, "attributes": {"site": "site-2"}}])),
        (False, refused(hosts, [], ["host-1"])),
        (True, refused(hosts, [], ["host-1", "db-1"])),
        (True, refused(hosts, [], ["nowhere"])),
    ]

    assert [found for _, found in answers] == [wanted for wanted, _ in answers]


def test_an_edit_is_of_what_is_in_scope_alone_and_tells_no_other_name(register: Register) -> None:
    def edited(kind: str, value: str, ci: str, more: str) -> Any:
        name = f"{kind} {value} {len(known)}"
        known.append(name)
        text = create_first_token(register.access, name, ["importer"], {kind: [value]}, "1h", "tester")[0]
        answer = asked(register, EDIT.format(ci=ci, more=more), text)
        assert not any(word in answer.text for word in HIDDEN if kind == "ci_class"), answer.text
        return answer.json()["data"]["editCi"]

    known: list[str] = []
    before = register.store.revision()
    plain = '{{source: "{}", type: "depends_on", target: "{}"}}'
    out = [
        edited("owner", "team-1", '{ciId: "db-1", name: "x"}', ""),
        edited("owner", "team-1", '{ciId: "svc-policy", attributes: {owner: null}}', ""),
        edited("owner", "team-1", '{ciId: "svc-policy"}', f"relate: [{plain.format('svc-policy', 'db-1')}]"),
        edited("owner", "team-1", '{ciId: "svc-policy"}', f"unrelate: [{plain.format('svc-policy', 'app-1')}]"),
        edited("owner", "team-1", '{ciId: "svc-policy"}', f"unrelate: [{plain.format('app-1', 'db-1')}]"),
    ]
    mine = edited("owner", "team-1", '{ciId: "svc-policy", name: "mine"}', "")
    shown = edited("ci_class", "database_instance", '{ciId: "db-2", status: "retired"}', "")

    assert [each.get("key") for each in out] == ["server.out_of_scope"] * 5
    assert mine["changes"] == [{"key": "svc-policy", "cis": []}]
    assert [each["state"] for each in shown["effect"]["services"]] == ["AT_RISK", "AT_RISK"]
    assert register.store.revision() == before
