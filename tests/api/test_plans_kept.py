"""What coming changes make of the graph is worked out once, whoever asks, and anew where the graph is another."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.scheduling import Schedule
from graph.estate import Estate
from graph.history import Thing
from graph.store import Edit
from queries import ground
from tests.api.house import REVIEW, House, opened, started
from tests.engines import Database, depends, written

pytestmark = [pytest.mark.storage, pytest.mark.neo4j_long]
EDITS = [{"op": "unrelate", "source": "app", "type": "depends_on", "target": "db-2"}]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    with opened(database, tmp_path) as found:
        yield found


def test_records_leave_what_falls_as_it_is_and_relationships_do_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.saves(change_id="CHG-1", edits=EDITS)
    started(house, "CHG-2", affected=[{"ci_id": "db-1"}])
    made: list[Any] = []
    fresh = ground.Ground

    def counted(*given: Any) -> ground.Ground:
        made.append(given)
        return fresh(*given)

    monkeypatch.setattr(ground, "Ground", counted)

    def asked() -> tuple[str, int]:
        before = len(made)
        answer = house.asks("eve", REVIEW.replace("evidenceHash", ""), change="CHG-2")
        return answer["verdict"], len(made) - before

    first, _ = asked()
    assert asked() == (first, 0)
    written(house.register.store, [Edit("windows", "W-1", Thing({"kind": "agreed_outage"}))])
    house.register.expire()
    assert asked() == (first, 0)
    written(house.register.store, [depends("svc", "db-1")])
    house.register.expire()
    assert asked() == ("BLOCK", 1)


def test_with_names_and_without_they_are_kept_side_by_side(house: House) -> None:
    plans, store = house.register.plans, house.register.store
    estate = house.register.estate()

    def made(of: Estate) -> Any:
        return plans.of(Schedule(house.register, of, datetime.now(UTC)).holding, of, [])[1]

    both = [made(estate), made(estate.unnamed)]
    again = [made(estate), made(estate.unnamed)]
    written(store, [Edit("windows", "W-1", Thing({"kind": "agreed_outage"}))])
    house.register.expire()

    assert [one is other for one, other in zip(both, again, strict=True)] == [True, True]
    assert both[0] is not both[1]
    fresh = made(house.register.estate())
    assert all(each is not fresh for each in both)
