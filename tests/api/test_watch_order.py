"""What the watch looks at first, how much it begins, and which of several processes looks."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.watching.watch import AGAIN, TURN, Progress, Watch
from graph.records.changes import Change
from graph.store import Edit
from queries.judging import Judging
from tests.api.house import House, ci, opened, started
from tests.api.watching import LASTS, incident, told, watch, writes
from tests.engines import Database

pytestmark = [pytest.mark.storage]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    with opened(database, tmp_path) as found:
        yield found


def test_how_far_it_is_counts_what_is_to_be_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.watching.watch.TOGETHER", 1)
    for number, ci_id in enumerate(("db-1", "db-2")):
        started(house, f"CHG-{number}", affected=[{"ci_id": ci_id}])
    mine = watch(house)
    assert mine.progress() == Progress(), "it has not begun, and another one may have the watch"
    assert mine.once(working=-1.0) == 1
    first = house.register.store.revision()
    assert mine.progress() == Progress(first, near=1)
    assert mine.once() == 1
    assert mine.progress() == Progress(first)

    at = writes(house, ci("db-1", "database_instance", status="retired"), incident("INC-7", "db-2", **LASTS))
    assert mine.once(working=-1.0) == 1
    found = mine.progress()
    assert (found.revision, found.near + found.far) == (at, 1)


def test_what_is_written_meanwhile_comes_before_what_is_not_near(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        started(house, f"CHG-{number}", affected=[{"ci_id": "db-1"}])
    seconds = [0.0]
    mine = watch(house, wall=lambda: seconds[0])
    assert mine.once() == 3
    one = Watch._one
    looked: list[str] = []

    def slow(self: Watch, judging: Judging, change: Change, *given: Any) -> bool:
        looked.append(change.change_id)
        if len(looked) == 1:
            writes(house, incident("INC-7", "db-2", resolved_at=datetime.now(UTC).isoformat()))
        return one(self, judging, change, *given)

    monkeypatch.setattr(Watch, "_one", slow)
    seconds[0] += AGAIN + 1
    assert mine.once() == 1
    assert mine.progress().far == 2

    ending = threading.Event()
    ending.set()
    assert mine.once(ending) == 1


def test_what_was_begun_is_finished_and_no_more_is_begun(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.watching.watch.TOGETHER", 2)
    for number in range(3):
        started(house, f"CHG-{number}", affected=[{"ci_id": "db-1"}])
    mine = watch(house)
    assert (mine.once(working=-1.0), mine.progress().near) == (2, 1)
    assert (mine.once(working=-1.0), mine.progress().near) == (1, 0)


def test_a_change_that_goes_before_it_was_looked_at_is_forgotten(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.watching.watch.TOGETHER", 1)
    for number in range(2):
        started(house, f"CHG-{number}")
    mine = watch(house)
    assert mine.once(working=-1.0) == 1
    writes(house, Edit("changes", "CHG-1", None))
    assert mine.once() == 1, "the other one, whose company is gone"
    assert mine.progress() == Progress(house.register.store.revision())


def test_of_two_processes_one_watches_and_the_other_takes_over(house: House) -> None:
    started(house, "CHG-1")
    now = datetime.now(UTC)
    one, other = watch(house, clock=lambda: now), watch(house, clock=lambda: now)
    assert (one.once(), other.once()) == (1, 0)
    writes(house, incident("INC-1", "db-2", **LASTS))
    now += TURN
    assert other.once() == 1, "the first one is silent"
    assert one.once() == 0
    (notice,) = told(house)
    assert [each["key"] for each in notice["causes"]] == ["INC-1"]
    now += TURN
    assert (one.once(), len(told(house))) == (1, 1)
