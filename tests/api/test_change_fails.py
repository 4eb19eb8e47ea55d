"""What was promised of services, when they are back if a change fails, and the time to back it out: over the API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.history import Thing
from graph.store import Edit
from tests.api.house import House, assessed, ci, opened
from tests.engines import Database, depends, written

pytestmark = [pytest.mark.storage]
REVIEW = """query($change: String, $proposed: JSON) { review(change: $change, proposed: $proposed) { ... on Review {
  verdict evidenceHash reasons { key severity message }
  services { state service { ciId } }
  promises { serviceId rto allowedDowntime customers { ciId name } }
  ifItFails { complete backOut { time latestStart fits lasts missing message }
    services { serviceId together state effectiveRecoveryTime lowerBound upperBound upperReason unknown rto
               allowedDowntime meetsRto overrun told message } } }
  ... on Error { key message } ... on InvalidInput { path } } }"""
CONTINUITY = """query($service: String!, $seeds: [SeedInput!]) { continuity(service: $service, seeds: $seeds) {
  ... on Recovery { effectiveRecoveryTime lowerBound upperBound upperReason unknown rto meetsRto } } }"""
SLA: dict[str, Any] = {
    "sla_id": "SLA-1",
    "service": "svc",
    "customer": "cust-1",
    "allowed_downtime": 3_600,
    "rto": 14_400,
}
OLD: dict[str, Any] = {
    "sla_id": "SLA-2",
    "service": "svc",
    "customer": "cust-2",
    "rto": 60,
    "valid_until": "2020-01-01",
}
HOURS = 3_600


def record(table: str, key: str, **fields: Any) -> Edit:
    return Edit(table, key, Thing(fields, {"*": "inventory"}))


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    with opened(database, tmp_path) as found:
        times: dict[str, Any] = {"recovery_time": 7_200}
        written(found.register.store, [
            ci("svc", "business_service", criticality="critical", name="Claims", rto=10_800),  # type: ignore[arg-type]
            ci("app", "application", **times), ci("db-1", "database_instance", **times),
            ci("db-9", "database_instance"),
            ci("cust-1", "team", name="Motor"), ci("cust-2", "team", name="Gone"), depends("app", "db-9"),
            *(record("slas", each["sla_id"], **each) for each in (SLA, OLD)),
            record("recovery_order", "db-1|app", before="db-1", after="app"),
        ])  # fmt: skip
        yield found


def reviewed(house: House, change: str | None = None, proposed: Any = None) -> Any:
    return house.asks("eve", REVIEW, change=change, proposed=proposed)


def test_services_come_with_what_was_promised_and_recovery_is_what_continuity_says(house: House) -> None:
    for affected in (["app"], ["app", "db-1"], ["db-9"], ["app", "db-9"]):
        house.saves(change_id="CHG-1", affected=[{"ci_id": each} for each in affected])
        found = reviewed(house, "CHG-1")
        seeds = [{"ciId": each} for each in affected]

        assert found["promises"] == [
            {"serviceId": "svc", "rto": 10_800, "allowedDowntime": 3_600,
             "customers": [{"ciId": "cust-1", "name": "Motor"}]}
        ]  # fmt: skip
        (back,) = found["ifItFails"]["services"]
        asked = house.asks("eve", CONTINUITY, service="svc", seeds=seeds)
        assert {name: back[name] for name in asked} == asked
        assert (back["state"], back["together"], back["told"]) == ("OUTAGE", [], True)
    assert back["unknown"] == ["db-9"]
    assert "db-9" in back["message"]
    assert back["meetsRto"] == "unknown"


def test_a_back_out_that_does_not_fit_is_a_reason_that_the_evidence_names(house: House) -> None:
    house.saves(change_id="CHG-1", affected=[{"ci_id": "app"}])
    without = reviewed(house, "CHG-1")
    assert without["ifItFails"]["backOut"]["missing"] == ["back_out_time"]

    fits = house.saves(change_id="CHG-1", affected=[{"ci_id": "app"}], back_out_time="PT30M")
    assert fits["change"]["record"]["back_out_time"] == 1_800
    found = reviewed(house, "CHG-1")
    assert found["evidenceHash"] != without["evidenceHash"]
    assert [reason["key"] for reason in found["reasons"]] == [reason["key"] for reason in without["reasons"]]
    out = found["ifItFails"]["backOut"]
    assert (out["time"], out["fits"], out["lasts"], out["missing"]) == (1_800, True, 2 * HOURS, [])
    # an hour is allowed, and the window has two
    assert [each["overrun"] for each in found["ifItFails"]["services"]] == [True]

    # a number of seconds, as JSON has them
    house.saves(change_id="CHG-1", affected=[{"ci_id": "app"}], back_out_time=3 * HOURS)
    longer = reviewed(house, "CHG-1")
    (reason,) = [each for each in longer["reasons"] if each["key"] == "back_out_too_long"]
    assert reason["severity"] == "review"
    assert (longer["ifItFails"]["backOut"]["fits"], longer["ifItFails"]["backOut"]["lasts"]) == (False, 3 * HOURS)


def test_it_stays_where_it_is_not_named_null_clears_it_and_to_alter_it_asks_anew(house: House) -> None:
    assessed(house, "CHG-1", back_out_time="1h")
    assert house.saves(change_id="CHG-1")["change"]["record"]["back_out_time"] == HOURS
    assert house.decides("bob", "CHG-1")["decided"] == "APPROVED"
    assert house.saves(change_id="CHG-1")["change"]["status"] == "approved"

    longer = house.saves(change_id="CHG-1", back_out_time="2h")["change"]
    assert (longer["status"], longer["record"]["round"]) == ("submitted", 2)
    cleared = house.saves(change_id="CHG-1", back_out_time=None)["change"]["record"]
    assert "back_out_time" not in cleared


@pytest.mark.parametrize("wrong", ["soon", "P1M", -1, 1.5, True, [1], {"h": 1}])
def test_what_is_no_duration_is_refused_by_name(house: House, wrong: Any) -> None:
    refused = house.saves(change_id="CHG-1", back_out_time=wrong)
    assert (refused["__typename"], refused["params"]["field"]) == ("InvalidInput", "back_out_time")
