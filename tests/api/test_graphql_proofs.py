"""What an impact over the API says beyond states: proofs that verify by themselves, and redundancy that is used up."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.certificates import verified
from api.register import Register, open_register
from graph.settings import Settings
from queries.spof import single_points_of_failure
from tests.api.command import ESTATE, environment
from tests.api.web import data, over
from tests.engines import Database, imported, inventory

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike

IMPACT = """query($seeds: [SeedInput!]!) { impact(seeds: $seeds) { ... on Impact {
    services { service { ciId } state leftWithoutRedundancy }
    affected { nodes { ci { ciId } state reasons certificate } } } } }"""


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """The estate of two services on each engine in turn."""
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as found:
        imported(found.store, inventory(tmp_path / "estate", ESTATE))
        yield found


def asked(register: Register, *seeds: str) -> Any:
    return data(over(register), IMPACT, seeds=[{"ciId": ci_id} for ci_id in seeds])["impact"]


def test_each_proof_is_accepted_by_whoever_checks_it(register: Register, tmp_path: Path) -> None:
    affected = asked(register, "db-1")["affected"]["nodes"]

    assert [each["ci"]["ciId"] for each in affected] == ["app-2", "svc-claims", "app-1", "svc-policy"]
    for each in affected:
        path = tmp_path / "proof.json"
        path.write_text(json.dumps(each["certificate"]), encoding="utf-8")
        assert verified(register, path).checked.accepted
        assert each["certificate"]["claim"] == {
            "ci_id": each["ci"]["ciId"], "state": each["state"].lower(), "exact": each["certificate"]["claim"]["exact"],
        }  # fmt: skip
        path.write_text(json.dumps({**each["certificate"], "steps": []}), encoding="utf-8")
        assert not verified(register, path).checked.accepted


def test_a_service_that_has_no_redundancy_left_says_so(register: Register) -> None:
    def points(service: str, *out: str) -> set[int]:
        estate = register.estate()
        t, seeds = estate.topology, {estate.find(ci): "outage" for ci in out}
        return set(single_points_of_failure(t, estate.find(service), seeds).tolist())  # type: ignore[arg-type]

    services = asked(register, "db-2")["services"]

    assert points("svc-policy", "db-2") - points("svc-policy")
    assert [(s["service"]["ciId"], s["state"], s["leftWithoutRedundancy"]) for s in services] == [
        ("svc-policy", "AT_RISK", True), ("svc-claims", "AT_RISK", False),
    ]  # fmt: skip
    # what is out has nothing that could be left to it, and what was without redundancy before loses none
    assert [s["leftWithoutRedundancy"] for s in asked(register, "app-1")["services"]] == [False, False]
