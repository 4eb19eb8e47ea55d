"""B11.5 to B11.10 of October 2026, counted by hand from `month/`, and read off the command and the API."""

from pathlib import Path
from typing import Any

import pytest

from api.register import open_register
from graph.settings import Settings
from tests.api.command import Run, environment
from tests.api.web import data, over
from tests.engines import Database, inventory

pytestmark = pytest.mark.storage
MONTH = Path(__file__).parent / "month"
# The month is that of Asia/Shanghai. Ended in it: C-01 … C-08 and C-12 (00:30 on the first); C-11 ended in November, of
# C-09 nobody knows the end, C-10, C-13 and C-14 never began. Begun in it: C-01 … C-09 and C-11; C-12 in September.
COUNTED: dict[str, tuple[list[str], list[str] | None]] = {
    # success at the first attempt: C-01, C-02, C-05, C-07. Not C-03 (two attempts), C-04 (backed out), C-06 (failed),
    # C-12 (partial). C-08 is a success of which nobody recorded the attempts: it is in neither number.
    "B11.5": (["C-01", "C-02", "C-05", "C-07"],
              ["C-01", "C-02", "C-03", "C-04", "C-05", "C-06", "C-07", "C-12"]),
    # begun without approval: C-06 is an emergency that was approved more than three days after its end (10-18 03:30 and
    # 10-22 09:00), C-07 was approved ten minutes after it began, on C-08 nobody decided. C-05 was approved in time.
    "B11.6": (["C-06", "C-07", "C-08"], None),
    # with an incident: C-02 (two of them, it counts once) and C-06; I-4 is of no change.
    "B11.7": (["C-02", "C-06"], ["C-01", "C-02", "C-03", "C-04", "C-05", "C-06", "C-07", "C-08", "C-12"]),
    # decided in October: all approvals but that of C-12 (September), and the rejection of C-10; C-08 and C-14: none.
    "B11.8": (["C-01", "C-02", "C-03", "C-04", "C-05", "C-06", "C-07", "C-09", "C-11", "C-13"],
              ["C-01", "C-02", "C-03", "C-04", "C-05", "C-06", "C-07", "C-09", "C-10", "C-11", "C-13"]),
    # ended by their planned end; C-02 at the very moment. Late: C-03 by 100 minutes, C-06 by 30.
    "B11.9": (["C-01", "C-02", "C-04", "C-05", "C-07", "C-08", "C-12"],
              ["C-01", "C-02", "C-03", "C-04", "C-05", "C-06", "C-07", "C-08", "C-12"]),
    "B11.10": (["C-05", "C-06"], None),
}  # fmt: skip
TOLD: dict[str, dict[str, Any]] = {  # what is said beside the numbers; the standard's reading where it differs
    "B11.5": {"attempts_unknown": 1, "ends_unknown": 1, "standard": {"numerator": 4, "denominator": 9}},
    "B11.6": {},
    "B11.7": {"ends_unknown": 1, "standard": {"numerator": 3, "denominator": 9}},
    "B11.8": {},
    "B11.9": {"ends_unknown": 1},
    "B11.10": {},
}
KPIS = """query($ids: [String!]) { kpis(period: "2026-10", ids: $ids) { ... on Kpis { kpis { id value
  numerator { value records(most: 50) { id } } denominator { value records(most: 50) { id } } } } } }"""


@pytest.fixture
def known(faultline: Run, estate: Path) -> Run:
    tables = {name: (MONTH / f"{name}.csv").read_text(encoding="utf-8") for name in ("changes", "incidents")}
    assert faultline("import", "inventory", inventory(estate, tables)).code == 0
    return faultline


def ids(part: dict[str, Any] | None) -> list[str] | None:
    return None if part is None else [each["id"] for each in part["records"]]


def test_the_command_counts_what_a_person_counts(known: Run) -> None:
    answer = known("kpi", *COUNTED, "--period", "2026-10", "--json").json["kpis"]

    assert {each["id"]: (ids(each["numerator"]), ids(each["denominator"])) for each in answer} == COUNTED
    for each in answer:
        some, of = COUNTED[each["id"]]
        assert each["value"] == (len(some) if of is None else len(some) / len(of))
        told = each["parameters"]
        if "standard" in told:
            told["standard"].pop("value")
        assert told == TOLD[each["id"]], each["id"]


def test_the_api_says_the_same(known: Run, database: Database, tmp_path: Path) -> None:
    with open_register(Settings.from_environment(environment(database, tmp_path / "data"))) as register:
        answer = data(over(register), KPIS, ids=list(COUNTED))["kpis"]["kpis"]

    assert {each["id"]: (ids(each["numerator"]), ids(each["denominator"])) for each in answer} == COUNTED
