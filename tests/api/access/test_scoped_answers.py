"""What somebody with scopes is answered, and may write, on a real register."""

import contextlib
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
QUESTIONS = (
    IMPACT,
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
