"""`faultline spof`: as JSON in its published form, and as text that a manager can repeat."""

import json
from pathlib import Path

import pytest

from tests.api.command import Run
from tests.schemas import validated

pytestmark = pytest.mark.neo4j_long  # what both engines answer alike


@pytest.fixture
def known(faultline: Run, estate: Path) -> Run:
    """The command line on a register with two services."""
    assert faultline("import", "inventory", estate).code == 0
    return faultline


def test_one_service_answers_at_the_top_and_in_the_list(known: Run) -> None:
    answer = validated("spof", known("spof", "svc-policy", "--json").json)

    assert [point["ci_id"] for point in answer["spofs"]] == ["site-1", "app-1"]
    assert answer["spofs"][0] == {
        "ci_id": "site-1", "via": ["app-1"], "takes_with_it": {"services": 2, "cis": 6},
    }  # fmt: skip
    assert answer["cuts"] == [{"ci_ids": ["db-1", "db-2"]}, {"ci_ids": ["db-2", "host-1"]}]
    assert answer["margins"] == [
        {"ci_id": "app-1", "group": "db", "members": 2, "needed": 1, "left": 2, "margin": 1},
    ]  # fmt: skip
    assert answer["results"] == [{name: answer[name] for name in answer if name not in ("revision", "results")}]


def test_several_services_answer_in_their_order(known: Run) -> None:
    answer = validated("spof", known("spof", "svc-policy", "svc-claims", "--json").json)

    assert [result["service"] for result in answer["results"]] == ["svc-policy", "svc-claims"]
    assert "service" not in answer


def test_while_a_database_is_out_the_other_one_is_a_single_point(known: Run) -> None:
    answer = validated("spof", known("spof", "svc-policy", "--while", "db-1", "--json").json)

    assert "db-2" in {point["ci_id"] for point in answer["spofs"]}
    assert (answer["margins"][0]["left"], answer["margins"][0]["margin"]) == (1, 0)
    out = validated("spof", known("spof", "svc-claims", "--while", "db-1", "--json").json)
    assert (out["already_out"], out["total"], out["spofs"], out["cuts"]) == (True, 0, [], [])


def test_a_limit_shortens_what_is_told_and_never_the_count(known: Run) -> None:
    answer = validated("spof", known("spof", "svc-policy", "--limit", "1", "--json").json)

    assert (answer["total"], len(answer["spofs"])) == (2, 2)
    assert answer["spofs"][1] == {"ci_id": "app-1", "via": None, "takes_with_it": None}
    assert "+1 more" in known("spof", "svc-policy", "--limit", "1").out


def test_members_that_contain_one_release_share_its_fate_also_in_the_past(known: Run, tmp_path: Path) -> None:
    more = tmp_path / "more.ndjson"
    rows = [{"kind": "cis", "ci_id": "rel-1", "name": "Engine 9", "ci_class": "software_release"}]
    rows += [
        {"kind": "relationships", "source": db, "type": "contains_release", "target": "rel-1"}
        for db in ("db-1", "db-2")
    ]
    more.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    before = known("spof", "svc-policy", "--json").json
    assert known("import", "inventory", more).code == 0

    (fate,) = known("spof", "svc-policy", "--json").json["shared_fate"]

    assert (fate["shared"], fate["kind"], fate["breaks"], fate["members"]) == (
        "rel-1", "software_release", False, ["db-1", "db-2"],
    )  # fmt: skip
    assert fate["chains"] == [["db-1", "rel-1"], ["db-2", "rel-1"]]
    past = known("spof", "svc-policy", "--as-of", str(before["revision"]), "--json").json
    assert past == before


def test_the_text_says_the_sentence_first(known: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    told = known("spof", "svc-policy").out

    assert told.splitlines()[0].startswith("承保 (svc-policy) rests on 5 CIs; 2 of them are single points of failure")
    assert "Sets of two or three that are enough together: 2" in told
    monkeypatch.setenv("FAULTLINE_LANG", "zh")
    assert known("spof", "svc-claims", "--while", "db-1").out.startswith("理赔（svc-claims） 已经中断")
    assert "没有记录任何依赖" in known("spof", "site-1").out


def test_a_service_that_is_not_there_is_refused(known: Run) -> None:
    answered = known("spof", "svc-nothing", "--json")

    assert (answered.code, answered.json["error"]["key"]) == (2, "impact.unknown_ci")
