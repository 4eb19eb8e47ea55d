"""A line to a database that falls silent: old connections are cut off only where new ones are not answered either."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import neo4j
import pytest
from neo4j.exceptions import DriverError, ServiceUnavailable

from graph.engine import line as line_module
from graph.engine.line import Line
from graph.errors import StorageError
from graph.store.transaction import Sessions


class Driver:
    """Stands for a driver; whether its database answers is said for all at once."""

    answers = True
    made: list["Driver"]

    def __init__(self, **options: Any) -> None:
        self.options, self.closed = options, threading.Event()
        Driver.made.append(self)

    def get_server_info(self) -> str:
        if not Driver.answers:
            raise ServiceUnavailable
        return "server"

    def session(self, **_: Any) -> "Driver":
        return self

    def close(self) -> None:
        self.closed.set()

    def __enter__(self) -> "Driver":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A line that looks often."""
    monkeypatch.setattr(line_module, "LOOKED", 0.01)
    monkeypatch.setattr(line_module, "SILENT", 0.05)
    Driver.made, Driver.answers = [], True
    with Line(cast(Callable[..., neo4j.Driver], Driver)) as found:
        yield found


def test_a_long_statement_of_a_database_that_answers_others_is_left_alone(line: Line) -> None:
    first = line.driver

    with line.watched():
        time.sleep(0.3)
        over = time.monotonic() + 60  # a busy machine looks less often
        while len(Driver.made) <= 2 and time.monotonic() < over:
            time.sleep(0.01)

    assert line.driver is first
    # it was asked, each time over a connection of its own
    assert len(Driver.made) > 2
    assert all(each.closed.is_set() for each in Driver.made[1:])


def test_where_new_connections_are_silent_too_the_old_ones_are_cut_off(line: Line) -> None:
    first, Driver.answers = cast(Driver, line.driver), False

    with line.watched():
        assert first.closed.wait(60)

    assert line.driver is not cast(Any, first)


def test_what_comes_of_a_driver_that_was_cut_off_is_tried_again_on_the_next_one(line: Line) -> None:
    first, Driver.answers, tries = cast(Driver, line.driver), False, []

    def work(session: Any) -> str:
        tries.append(session)
        if len(tries) == 1:
            assert first.closed.wait(60)
            Driver.answers = True
            raise DriverError("closed")
        return "done"

    sessions = Sessions(line, None)
    assert sessions._tried(lambda _: work(line.session())) == "done"
    assert len(tries) == 2


def test_a_closed_line_answers_no_probe(line: Line) -> None:
    assert Sessions(line, None).asked(lambda session: "there") == "there"
    line.close()

    with pytest.raises(StorageError, match=r"storage\.unavailable"):
        Sessions(line, None).asked(lambda session: "there")
    assert all(each.closed.is_set() for each in Driver.made)


def test_nobody_is_asked_while_nobody_waits(line: Line) -> None:
    for _ in range(20):
        with line.watched():
            pass
    time.sleep(0.2)

    assert len(Driver.made) == 1
