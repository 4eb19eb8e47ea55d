"""Fixtures of all tests: an engine of each kind for the whole run, an empty register on it for each test."""

import gc
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from graph.store import Store
from tests.engines import KINDS, Database, running, why_not

LONG = bool(os.environ.get("FAULTLINE_TEST_LONG"))
# the short run tries the same examples every time, `make test-long` new ones; how long one takes is not what is tested
settings.register_profile("seeded", derandomize=True, deadline=None)
settings.register_profile("searching", deadline=None, print_blob=True)
settings.load_profile("searching" if LONG else "seeded")
BOTH = [
    pytest.param("embedded", marks=pytest.mark.storage),
    pytest.param("neo4j", marks=[pytest.mark.storage, pytest.mark.neo4j]),
]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What collecting makes is there to the end: whoever looks for garbage need not look through it, then or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is only for `make test-long`, unless this is it."""
    if LONG:
        return
    skip = pytest.mark.skip(reason="only in make test-long")
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if "long" in marks or {"neo4j", "neo4j_long"} <= marks:
            item.add_marker(skip)


def _engine(kind: str, factory: pytest.TempPathFactory) -> Iterator[Database]:
    reason = why_not(kind)
    if reason:
        pytest.skip(reason)
    with running(kind, factory.mktemp(kind)) as database:
        yield database


@pytest.fixture(scope="session")
def embedded_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The embedded engine."""
    yield from _engine("embedded", tmp_path_factory)


@pytest.fixture(scope="session")
def neo4j_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Neo4j from Maven."""
    yield from _engine("neo4j", tmp_path_factory)


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> Database:
    """Each engine in turn, empty."""
    found: Database = request.getfixturevalue(f"{request.param}_engine")
    found.wipe()
    return found


@pytest.fixture
def other_database(database: Database, request: pytest.FixtureRequest) -> Database:
    """The engine of the other kind, empty."""
    other = KINDS[1 - KINDS.index(database.kind)]
    found: Database = request.getfixturevalue(f"{other}_engine")
    found.wipe()
    return found


@pytest.fixture
def store(database: Database, tmp_path: Path) -> Store:
    """An empty register on each engine in turn."""
    return database.open(tmp_path / "head")


@pytest.fixture
def other_store(other_database: Database, tmp_path: Path) -> Store:
    """An empty register on the engine of the other kind."""
    return other_database.open(tmp_path / "other-head")


@pytest.fixture
def long_or_short() -> Callable[[int, int], int]:
    """How often to do something: the first number in `make test-long`, the second in `make test`."""
    return lambda many, few: many if LONG else few
