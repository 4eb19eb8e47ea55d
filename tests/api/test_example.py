"""The example over the API: into an empty register, and into no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api import example
from api.pages.assets import load_queries
from api.register import Register, open_register
from graph.settings import Settings
from tests.api.command import ESTATE, environment
from tests.api.web import data, over
from tests.engines import Database, inventory

LOAD = load_queries()["load_example"]


@pytest.fixture
def register(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    """An empty register on each engine in turn; the example is a small one."""
    inventory(tmp_path / "example" / "inventory", ESTATE)
    monkeypatch.setattr(example, "EXAMPLE", tmp_path / "example")
    with open_register(Settings.from_environment(environment(database, tmp_path / "data"))) as found:
        yield found


def test_an_empty_register_is_filled_once(register: Register) -> None:
    first = data(over(register), LOAD)["loadExample"]
    again = data(over(register), LOAD)["loadExample"]

    assert first == {"__typename": "LoadExamplePayload", "revision": register.store.revision()}
    assert register.store.kept("ci", ["svc-policy"])["svc-policy"].thing.state["name"] == "承保"
    assert (again["__typename"], again["key"]) == ("InvalidInput", "pages.example_not_empty")


@pytest.mark.neo4j_long
def test_where_there_is_no_checkout_it_is_told(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "EXAMPLE", Path("/nowhere"))

    assert data(over(register), LOAD)["loadExample"]["key"] == "cli.demo_missing"
    assert register.store.revision() == 0
