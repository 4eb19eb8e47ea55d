"""What is computed behind the requests: once, the last served meanwhile, and tried again after a fault."""

import logging
import threading
from collections.abc import Callable

import pytest

from api import behind
from api.behind import Behind, Progress, Standing

PATIENCE = 10.0  # seconds


class Work:
    """Work that waits until it is let go, and counts how often it was begun."""

    def __init__(self, result: str) -> None:
        self.result, self.begun, self.go = result, threading.Semaphore(0), threading.Event()
        self.times = 0

    def __call__(self, tell: Progress) -> str:
        self.times += 1
        tell(0.5)
        self.begun.release()
        assert self.go.wait(PATIENCE)
        return self.result


@pytest.fixture
def unrested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for between two times."""
    monkeypatch.setattr(behind, "REST", 0.0)
    monkeypatch.setattr(behind, "AFTER_A_FAULT", 0.0)


def until(found: Callable[[], Standing[str]], wanted: Standing[str]) -> None:
    waited = threading.Event()
    for _ in range(1_000):
        if found() == wanted:
            return
        waited.wait(0.01)
    raise AssertionError(found())


@pytest.mark.usefixtures("unrested")
def test_the_last_is_served_while_one_thread_computes_the_next() -> None:
    kept, first, second = Behind[str]("test"), Work("one"), Work("two")

    assert kept.ask(1, first).result is None
    assert first.begun.acquire(timeout=PATIENCE)
    assert [kept.ask(1, first) for _ in range(3)] == [Standing(None, 0.5)] * 3
    first.go.set()
    until(lambda: kept.ask(1, first), Standing("one", None))
    kept.ask(2, second)
    assert second.begun.acquire(timeout=PATIENCE)
    assert kept.ask(3, Work("three")) == Standing("one", 0.5)
    second.go.set()
    until(lambda: kept.ask(2, second), Standing("two", None))

    assert (first.times, second.times) == (1, 1)


@pytest.mark.usefixtures("unrested")
def test_who_asks_first_may_wait_for_what_is_soon_done() -> None:
    kept = Behind[str]("test")

    assert kept.first(1, lambda _: "soon", PATIENCE) == Standing("soon", None)
    slow = Work("late")
    assert Behind[str]("test").first(1, slow, 0.01).result is None
    slow.go.set()


@pytest.mark.usefixtures("unrested")
def test_what_failed_is_told_in_the_log_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    kept = Behind[str]("test")

    def fails(_: Progress) -> str:
        raise RuntimeError("no memory")

    with caplog.at_level(logging.ERROR):
        assert kept.first(1, fails, PATIENCE) == Standing(None, None)
    assert "test could not be computed" in caplog.text
    assert kept.first(1, lambda _: "again", PATIENCE) == Standing("again", None)


def test_it_rests_as_long_as_it_took_so_that_writers_all_day_cost_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behind, "REST", 1e9)
    kept = Behind[str]("test")

    assert kept.first(1, lambda _: "one", PATIENCE) == Standing("one", None)
    assert kept.ask(2, lambda _: "two") == Standing("one", None)
