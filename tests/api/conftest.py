"""Fixtures of the tests of the doors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.server import doorkeeper
from tests.api.command import ESTATE, Run, environment, runner
from tests.api.house import House, opened
from tests.engines import Database, inventory


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How slowly a busy machine answers is no claim of these tests."""
    monkeypatch.setattr(doorkeeper, "PATIENCE", 120.0)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line."""
    return runner(capsys)


@pytest.fixture
def faultline(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Run:
    """The command line on an empty register, on each engine in turn."""
    for name, value in environment(database, tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    return run


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """Two services, of which one holds when the first database stops."""
    return inventory(tmp_path / "estate", ESTATE)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    """Two databases of which one is enough, and people who may different things."""
    with opened(database, tmp_path) as found:
        yield found
