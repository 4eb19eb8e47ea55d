"""`faultline unmatched` and `faultline kpi`: in their published forms, as text, and refused without an answer."""

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.api.command import Run
from tests.schemas import validated

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike
ROOT = Path(__file__).parents[2]
FLAWS = ROOT / "examples" / "insurer" / "flaws.csv"
CHANGES = """\
change_id,title,status,category,decision,decided_at,actual_start,actual_end,affected,edits
C-1,t,implemented,standard,approved,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,2026-01-03T00:00:00Z,db-1,\
"[{""op"":""set"",""ci_id"":""db-1"",""field"":""version"",""value"":""2""}]"
C-2,t,implemented,standard,approved,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,,db-2,\
"[{""op"":""retire"",""ci_id"":""db-2""}]"
"""


@pytest.fixture
def known(faultline: Run, estate: Path) -> Run:
    """A register that was imported twice: the second time db-1 has another version, and there is a new database."""
    assert faultline("import", "inventory", estate).code == 0
    (estate / "cis.csv").write_text(
        "ci_id,name,ci_class,version\ndb-1,保单库 1,database_instance,3\ndb-3,保单库 3,database_instance,1\n",
        encoding="utf-8",
    )
    (estate / "changes.csv").write_text(CHANGES, encoding="utf-8")
    assert faultline("import", "inventory", estate).code == 0
    return faultline


def test_both_ledgers_come_in_their_published_form_and_as_sentences(known: Run) -> None:
    answer = validated("unmatched", known("unmatched", "--from", "2026-01-01", "--to", "9000-01-01", "--json").json)
    told = known("unmatched", "--from", "2026-01-01", "--to", "9000-01-01")

    updates, owed = answer["updates"], answer["obligations"]
    assert [item["field"] for item in updates["update_without_change"]["items"]] == ["version", "existence"]
    assert [item["id"] for item in owed["change_without_update"]["items"]] == ["C-1/1"]
    assert [item["edit"]["op"] for item in owed["not_measurable"]["items"]] == ["retire"]
    assert {name: bucket["count"] for name, bucket in updates.items()} == {
        "matched": 0, "update_without_change": 2, "different_from_approved": 0,
    }  # fmt: skip
    assert "2 updates of the register: 0 matched, 2 without a change" in told.out
    assert "no update shows it" in told.out
    assert told.code == 0


def test_what_happens_at_the_moment_from_which_is_asked_belongs_to_the_range(known: Run) -> None:
    answer = known("unmatched", "--from", "2026-01-01", "--to", "9000-01-01", "--json").json
    found = answer["updates"]["update_without_change"]["items"]

    again = known("unmatched", "--from", found[0]["at"], "--to", "9000-01-01", "--json").json

    assert again["updates"]["update_without_change"]["items"] == found
    assert known("spof", "svc-claims", "--as-of", "0999-01-01", "--json").json["error"]["key"] == "impact.unknown_ci"
    assert "B11.1: 1 obligation cannot be measured" in known("kpi", "B11.1", "--period", "2026-01").out


def test_indicators_come_in_their_published_form_and_as_a_table(known: Run) -> None:
    answer = validated("kpi", known("kpi", "--period", "2026-01", "--json").json)
    by_id = {kpi["id"]: kpi for kpi in answer["kpis"]}
    told = known("kpi", "B11.1", "--period", "2026-01").out

    assert list(by_id) == ["B3.8", *(f"B11.{n}" for n in range(1, 11))]
    assert (by_id["B11.1"]["value"], by_id["B11.1"]["denominator"]["records"]) == (
        0.0, [{"kind": "obligation", "id": "C-1/1"}],
    )  # fmt: skip
    assert by_id["B11.10"]["value"] == 0
    assert by_id["B3.8"]["reason"]["key"] == "kpi.no_records"
    assert (answer["period"]["from"], answer["period"]["finished"]) == ("2026-01-01T00:00:00+08:00", True)
    assert "match rate of CIs and change tickets" in told
    assert "0 / 1" in told
    assert "B11.2" not in told


def test_a_period_to_come_and_a_register_without_anything_say_so(faultline: Run) -> None:
    later = validated("kpi", faultline("kpi", "--period", "9000-Q1", "--json").json)
    empty = validated("unmatched", faultline("unmatched", "--from", "9000-01-01", "--to", "9000-02-01", "--json").json)

    assert {kpi["reason"]["key"] for kpi in later["kpis"]} == {"kpi.not_begun"}
    assert sum(bucket["count"] for ledger in ("updates", "obligations") for bucket in empty[ledger].values()) == 0
    told = faultline("unmatched", "--from", "9000-01-01", "--to", "9000-02-01").out
    assert "The range has not begun" in told


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("unmatched", "--from", "2026-02-01", "--to", "2026-01-01"), "ledgers.reversed_range"),
        (("unmatched", "--from", "2026-02-01", "--to", "2026-02-01T00:00:00+08:00"), "ledgers.empty_range"),
        (("unmatched", "--from", "yesterday", "--to", "2026-02-01"), "ledgers.bad_time"),
        (("unmatched", "--from", "2026-02-01"), "usage.missing"),
        (("kpi", "--period", "2026-13"), "kpi.bad_period"),
        (("kpi", "B11.99", "--period", "2026-10"), "kpi.unknown"),
        (("kpi",), "usage.missing"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_opened(run: Run, arguments: Any, key: str) -> None:
    refused = run(*arguments, "--json")

    assert (refused.code, refused.json["error"]["key"]) == (2, key)


def test_the_five_updates_that_never_came_to_the_example_are_found_all_and_only_those(faultline: Run) -> None:
    with FLAWS.open(encoding="utf-8", newline="") as file:
        flaws = [row["subject"] for row in csv.DictReader(file) if row["kind"] == "change_without_update"]
    assert faultline("import", "inventory", ROOT / "examples" / "insurer" / "inventory").code == 0

    answer = validated("unmatched", faultline("unmatched", "--from", "2025-01-01", "--to", "9000-01-01", "--json").json)

    assert [item["change_id"] for item in answer["obligations"]["change_without_update"]["items"]] == flaws
    others = [n for bucket, n in ((b, a["count"]) for b, a in answer["obligations"].items()) if bucket[:6] != "change"]
    assert others == [0, 0, 0, 0]
    assert [bucket["count"] for bucket in answer["updates"].values()] == [0, 0, 0]
