"""What a CI's state is due to, at the command line: in words, as JSON, and with certificates that are accepted."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.command import Run
from tests.schemas import validated

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike
SEEDS = ("db-1", "db-2", "host-1")


@pytest.fixture
def imported(faultline: Run, estate: Path) -> Run:
    """The command line on a register where a service rests on two databases, one of them on a host."""
    assert faultline("import", "inventory", estate).code == 0
    return faultline


def test_causes_are_told_in_words(imported: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    told = imported("impact", *SEEDS, "--causes", "app-1")
    unhit = imported("impact", "app-1", "--causes", "db-1")
    monkeypatch.setenv("FAULTLINE_LANG", "zh")
    chinese = imported("impact", *SEEDS, "--causes", "app-1").out

    assert told.out == (
        "■ 承保系统 (app-1): outage\n"
        "Calculated completely, at revision 20.\n\n"
        "Enough for that: 保单库 2 (db-2), host-1.\n"
        "None can be left out; other sets may be enough, too.\n\n"
        "1 other minimal set of the seeds:\n"
        "  保单库 1 (db-1), 保单库 2 (db-2)\n"
        "These are all minimal sets of up to 3 seeds.\n\n"
        "1 redundancy group of it broken by itself:\n"
        "  db needs 1 of 2; lost: db-1, db-2\n"
    )
    assert unhit.out == "○ 保单库 1 (db-1): unaffected\nCalculated completely, at revision 20.\n"
    assert "另有 1 个最小组合：" in chinese


def test_causes_come_with_certificates_that_are_accepted(imported: Run, tmp_path: Path) -> None:
    answer = imported("impact", *SEEDS, "--causes", "app-1", "--json")
    (tmp_path / "causes.json").write_text(answer.out, encoding="utf-8")
    checked = imported("check", tmp_path / "causes.json")

    plain = validated("causes", answer.json)
    assert (plain["state"], plain["enough"]) == ("outage", ["db-2", "host-1"])
    assert [row["seeds"] for row in plain["sets"]] == [["db-1", "db-2"], ["db-2", "host-1"]]
    assert [row["group"] for row in plain["groups"]] == ["db"]
    assert (checked.code, "All 3 certificates" in checked.out) == (0, True)


def test_of_many_sets_as_many_are_shown_as_asked_for(imported: Run) -> None:
    plain = validated("causes", imported("impact", *SEEDS, "--causes", "app-1", "--limit", "1", "--json").json)

    assert (plain["total"], plain["shown"], len(plain["sets"])) == (2, 1, 1)
    assert "+1 more" not in imported("impact", *SEEDS, "--causes", "app-1", "--limit", "1").out
    assert "+1 more" in imported("impact", *SEEDS, "--causes", "app-1", "--limit", "0").out


@pytest.mark.parametrize("state", ["degraded", "at_risk", "unaffected"])
def test_a_ci_that_is_not_out_has_causes_of_its_state(imported: Run, state: str) -> None:
    seeds, ci = {"degraded": ("db-1", "app-1"), "at_risk": ("db-1", "svc-policy"), "unaffected": ("app-1", "db-1")}[
        state
    ]

    plain = validated("causes", imported("impact", seeds, "--causes", ci, "--json").json)

    assert (plain["state"], plain["groups"]) == (state, [])
    assert plain["enough"] == ([] if state == "unaffected" else ["db-1"])


def test_a_proof_under_other_seeds_or_of_another_ci_is_refused(imported: Run, tmp_path: Path) -> None:
    answer = imported("impact", *SEEDS, "--causes", "app-1", "--json").json

    def refused(**fields: Any) -> str:
        path = tmp_path / "forged.json"
        path.write_text(json.dumps({**answer, **fields}), encoding="utf-8")
        checked = imported("check", path, "--json")
        assert checked.code == 2
        return str(checked.json["error"]["params"]["where"])

    assert refused(ci_id="app-2") == "sets[0].certificate"
    assert refused(sets=[{**answer["sets"][0], "seeds": ["db-1"]}], shown=1) == "sets[0].certificate.seeds"
    assert refused(sets=[5]) == "sets[0]"


def test_two_questions_at_once_are_refused(imported: Run) -> None:
    refused = imported("impact", "db-1", "--causes", "app-1", "--prove", "app-1", "--json")

    assert (refused.code, refused.json["error"]["key"]) == (2, "causes.both")
    assert imported("impact", "db-1", "--causes", "nobody").code == 2
