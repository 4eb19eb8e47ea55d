"""`faultline continuity`: how old the data are that come back, how often a service is there, and what is promised."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.command import Run
from tests.engines import inventory
from tests.schemas import validated

FILES = {
    "cis": """\
ci_id,name,ci_class,recovery_time,mtbf,availability,rto,rpo
svc-pay,收付费,business_service,,,,PT4H,PT1H
svc-web,官网,business_service,,,,,
svc-far,再保,business_service,,,,,
app-pay,收付系统,application,PT1H,PT99H,,,
db-pay,收付库,database_instance,PT2H,,0.98,,
db-copy,收付备库,database_instance,PT2H,,,,
tape-1,磁带库,storage_array,PT2H,,,,
web-1,网站 1,application,PT10M,,0.9,,
web-2,网站 2,application,PT10M,,0.9,,
""",
    "relationships": """\
source,type,target,redundancy_group,min_available,lag
svc-pay,depends_on,app-pay,,,
app-pay,depends_on,db-pay,,,
db-pay,replicates_to,db-copy,,,PT10M
db-copy,replicates_to,tape-1,,,
svc-web,depends_on,web-1,web,1,
svc-web,depends_on,web-2,web,1,
""",
    "backups": "ci_id,kept_on,interval,duration\ndb-pay,tape-1,PT24H,PT2H\n",
    "slas": """\
sla_id,service,customer,availability_target,calendar_id,rto,rpo,valid_until
A-1,svc-pay,,0.97,office,PT3H,PT5M,2199-12-31
A-2,svc-pay,,0.999,always,PT1M,PT1M,2020-12-31
A-3,svc-web,,0.9,nowhere,,,
""",
    "calendars": "calendar_id,weekday,from,to,zone\noffice,MO,09:00,18:00,UTC\nalways,,00:00,24:00,UTC\n",
    "outages": """\
outage_id,service,noticed_at,restored_at,planned
O-1,svc-pay,2026-11-02T17:00:00Z,2026-11-03T09:00:00Z,no
O-2,svc-web,2026-11-02T17:00:00Z,2026-11-03T09:00:00Z,no
""",
    "calendar_days": "calendar_id,date,kind\noffice,2026-11-30,holiday\n",
}
PERIOD = ("--period", "2026-11")


@pytest.fixture
def known(faultline: Run, tmp_path: Path) -> Run:
    """The command line on a register with what is promised of three services."""
    done = faultline("import", "inventory", inventory(tmp_path / "estate", FILES))
    assert done.code == 0, done.out
    return faultline


def told(known: Run, *arguments: str) -> Any:
    return validated("continuity", known("continuity", *arguments, *PERIOD, "--json").json)


def test_the_strictest_promise_that_still_binds_is_measured_against(known: Run) -> None:
    answer = told(known, "svc-pay", "--seeds", "db-pay")

    # a later start of the database, its copy ten minutes behind: the agreement allows five
    assert (answer["rto"], answer["meets_rto"]) == (3 * 3_600, "kept")
    assert answer["rpo"] == {
        "promised": 300, "lower": 600, "upper": 600, "upper_reason": None, "meets": "missed", "stores": ["db-pay"],
        "stores_total": 1,
    }  # fmt: skip


def test_where_the_copy_is_lost_too_it_may_have_its_data_from_elsewhere_with_a_lag_that_nobody_wrote_down(
    known: Run,
) -> None:
    answer = told(known, "svc-pay", "--seeds", "db-pay", "--seeds", "db-copy")

    assert (answer["rpo"]["lower"], answer["rpo"]["upper"], answer["rpo"]["meets"]) == (600, 26 * 3_600, "missed")


def test_data_without_a_copy_are_lost(known: Run) -> None:
    lost = [f"--seeds={ci}" for ci in ("db-pay", "db-copy", "tape-1")]
    answer = told(known, "svc-pay", *lost)

    assert (answer["rpo"]["upper"], answer["rpo"]["upper_reason"], answer["rpo"]["meets"]) == (None, "lost", "missed")
    assert "Its data do not come back: no copy and no backup of db-pay is left." in known(
        "continuity", "svc-pay", *lost
    ).out.replace("\n", " ")


def test_availability_is_measured_in_the_service_time_of_the_agreement(known: Run) -> None:
    answer = told(known, "svc-pay")["availability"]

    # five Mondays of November, the last one a holiday of the calendar; the outage took an hour of the first
    assert (answer["target"], answer["agreement"], answer["period"]["id"]) == (0.97, "A-1", "2026-11")
    assert answer["period"]["from"].startswith("2026-11-01T00:00:00")
    if answer["measured"] is not None:  # the month may not be over yet: what is past of it counts
        assert answer["service_time"] % (9 * 3_600) == 0
        assert (answer["lost"], answer["outages"]) == (3_600, ["O-1"])
        assert answer["measured"] == 1 - 3_600 / answer["service_time"]


def test_the_model_multiplies_what_the_service_cannot_do_without(known: Run) -> None:
    answer = told(known, "svc-pay")["availability"]

    # 1 h of 100 h out, and 0.02
    assert answer["modelled"] == {**answer["modelled"], "method": "exact", "seed": None}
    assert answer["modelled"]["value"] == pytest.approx(0.99 * 0.98)
    assert [(each["ci_id"], round(each["value"], 6)) for each in answer["importance"]] == [
        ("db-pay", 0.99), ("app-pay", 0.98),
    ]  # fmt: skip


def test_what_cannot_be_measured_or_modelled_says_why(known: Run) -> None:
    web, far = told(known, "svc-web")["availability"], told(known, "svc-far")["availability"]

    assert (web["measured"], web["measured_reason"]) == (
        None, {"key": "calendar.unknown", "params": {"calendar_id": "nowhere"}},
    )  # fmt: skip
    assert web["modelled"]["value"] == pytest.approx(0.99)
    assert far["measured_reason"] == {"key": "continuity.unmeasured_no_calendar", "params": {}}
    copy = told(known, "db-copy")["availability"]
    assert (copy["modelled"], copy["missing"]) == ({**copy["modelled"], "value": 1.0}, [])


def test_missing_figures_are_named(known: Run, tmp_path: Path) -> None:
    more = {
        "cis": "ci_id,name,ci_class\nsvc-new,新,business_service\napp-new,新,application\n",
        "relationships": "source,type,target\nsvc-new,depends_on,app-new\n",
    }
    assert known("import", "inventory", inventory(tmp_path / "more", more)).code == 0

    answer = told(known, "svc-new")["availability"]

    assert (answer["modelled"], answer["missing"], answer["missing_total"]) == (None, ["app-new"], 1)


def test_text_says_what_was_promised_and_what_came_of_it(known: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    english = " ".join(known("continuity", "svc-pay", "--seeds", "db-pay", *PERIOD).out.split())
    monkeypatch.setenv("FAULTLINE_LANG", "zh")
    chinese = "".join(known("continuity", "svc-web", *PERIOD).out.split())

    assert "Its data come back as they were 10 min before. Promised are 5 min at most: missed." in english
    assert "Availability, promised 97.00%" in english
    assert "by its model: 97.02%, exact. Kept." in english
    assert "可用率，承诺90.00%" in chinese
    assert "2026-11无法测量：台账中没有服务日历nowhere的服务时段" in chinese


def test_a_period_that_is_none_is_refused(known: Run) -> None:
    refused = known("continuity", "svc-pay", "--period", "2026-13", "--json")

    assert (refused.code, refused.json["error"]["key"]) == (2, "kpi.bad_period")
