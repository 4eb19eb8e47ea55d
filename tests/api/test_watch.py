"""The watch: who waits for a change hears once, with the cause, when what happens elsewhere alters its verdict."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.watching.told import Told
from api.watching.watch import Watch
from graph.history import Thing
from graph.store import Edit
from graph.store.notices import due
from graph.store.watched import all_watched
from graph.values import State
from tests.api.house import TOMORROW, House, ci, opened, started
from tests.engines import Database, depends, written

pytestmark = [pytest.mark.storage]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    with opened(database, tmp_path) as found:
        yield found


def incident(house: House, key: str, ci_id: str, **fields: str) -> int:
    state: State = {"incident_id": key, "ci_id": ci_id, "started_at": datetime.now(UTC).isoformat(), **fields}
    return written(house.register.store, [Edit("incidents", key, Thing(state, {"*": "inventory"}))]).revision


def told(house: House) -> list[dict[str, Any]]:
    """All notices of verdicts that wait to be sent."""
    later = datetime.now(UTC) + timedelta(days=2)
    found = [json.loads(each.body) for each in due(house.register.store, later)]
    return [each for each in found if each["kind"] == "verdict-changed"]


def watch(house: House, **more: Any) -> Watch:
    return Watch(house.register, tell=Told(webhook=True), **more)


def test_an_incident_turns_a_harmless_change_to_block_and_its_people_are_told_once(house: House) -> None:
    started(house, "CHG-1", affected=[{"ci_id": "db-1"}])
    mine = watch(house)
    assert mine.once() == 1
    assert told(house) == [], "how it stands when it is first seen is news to nobody"
    before = all_watched(house.register.store)["CHG-1"].body["stand"]["verdict"]
    assert before != "block"

    at = incident(house, "INC-7", "db-2", expected_end=(TOMORROW + timedelta(days=1)).isoformat())
    house.register.expire()
    assert mine.once() == 1

    (notice,) = told(house)
    assert (notice["was"]["verdict"], notice["now"]["verdict"]) == (before, "block")
    assert [(each["kind"], each["key"], each["revision"]) for each in notice["causes"]] == [("incidents", "INC-7", at)]
    assert notice["now"]["out"] == ["svc"]
    assert {each["role"] for each in notice["people"]} >= {"requester"}
    assert (mine.once(), watch(house).once()) == (0, 0), "another process has no turn"
    house.register.expire()
    assert len(told(house)) == 1
