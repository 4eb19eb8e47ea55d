"""What people read has names where it has ids: reasons, services, papers, incidents; in both languages."""

from collections.abc import Callable

import pytest

from api.compliance_words import ComplianceWords
from api.papers import paper_words
from api.review_words import ReviewWords
from api.texts import Texts
from api.watching.letters import NewsWords
from api.words import who_words
from graph.ontology import load_ontology

ZH, EN = Texts("zh"), Texts("en")
NAMES = {"svc-1": "核心业务", "db-1": "Claims database", "bu-1": "车险部"}
SERVICE = {
    "state": "outage", "ci_id": "svc-1", "name": "核心业务", "left_without_redundancy": False, "agreed_outage": False,
    "criticality": None, "rto": None, "allowed_downtime": None, "customers": [], "owners": [],
}  # fmt: skip
PROMISED = {
    **SERVICE, "criticality": "critical", "rto": 7_200, "allowed_downtime": 3_600,
    "customers": [{"ci_id": f"bu-{at}", "name": f"B{at}"} for at in range(1, 8)],
    "owners": [{"ci_id": "team-1", "name": "李工"}],
}  # fmt: skip


def named(say: Texts) -> Callable[[str], str]:
    return lambda ci_id: say("impact.named", name=NAMES[ci_id], id=ci_id) if ci_id in NAMES else ci_id


@pytest.mark.parametrize(("say", "wanted"), [(ZH, "■ 核心业务（svc-1）中断"), (EN, "■ 核心业务 (svc-1) outage")])
def test_a_service_has_its_id_in_the_brackets_of_the_language(say: Texts, wanted: str) -> None:
    assert ReviewWords(say).service(SERVICE) == wanted


def test_a_service_has_what_was_promised_of_it_and_to_whom() -> None:
    assert ReviewWords(EN).service(PROMISED) == (
        "■ 核心业务 (svc-1) outage · critical · RTO 2 h · shortest allowed downtime 1 h"
        " · customers: B1, B2, B3, B4, B5, … +2 · owner: 李工"
    )
    once = ReviewWords(ZH).service({**PROMISED, "allowed_downtime": 7_200, "customers": []})
    assert once == "■ 核心业务（svc-1）中断 · 关键 · 恢复时限（RTO）2 小时 · 负责人：李工"


@pytest.mark.parametrize(
    ("key", "params", "wanted"),
    [
        ("service_out_critical", {"service": "svc-1"}, "critical service 核心业务 (svc-1) goes down"),
        ("service_out", {"service": "svc-1", "changes": "CHG-2, incident:INC-7"},
         "service 核心业务 (svc-1) goes down (together with CHG-2, incident INC-7)"),
        ("service_out", {"service": "svc-1", "changes": "CHG-2\nCHG-3, CHG-4"},
         "service 核心业务 (svc-1) goes down (together with CHG-2 or with CHG-3, CHG-4)"),
        ("blackout_hit", {"of": "db-1, svc-1, gone … +3"},
         "a blackout of Claims database (db-1), 核心业务 (svc-1), gone … +3 is hit"),
        ("blackout_hit", {"of": ""}, "a blackout of something that is not in the register is hit"),
        ("low_confidence", {"ci_id": "db-1"}, "what Claims database (db-1) rests on is not known well"),
        ("unmapped_resource", {"ci_id": "nobody"}, "nobody is not in the register"),
    ],
)  # fmt: skip
def test_a_reason_names_cis_and_incidents(key: str, params: dict[str, str], wanted: str) -> None:
    assert ReviewWords(EN, named(EN)).reason({"key": key, "params": params}) == wanted


@pytest.mark.parametrize("say", [EN, ZH])
@pytest.mark.parametrize("what", ["affected", "window", "conflicts"])
def test_what_is_not_known_is_told_in_words(say: Texts, what: str) -> None:
    told = ReviewWords(say).reason({"key": "unknown", "params": {"what": what}})

    assert told == say("review.reason_unknown", what=say(f"review.what_{what}"))
    assert what not in told or say is EN


@pytest.mark.parametrize("say", [EN, ZH])
def test_of_several_things_that_help_it_is_said_that_none_is_enough(say: Texts) -> None:
    slot = {"kind": "slot", "params": {"start": "2026-11-28T22:00:00+08:00"}, "verdict": "pass"}
    agreed = {"kind": "agreed_outage", "params": {"service": "svc-1"}, "verdict": "pass"}
    words = ReviewWords(say)

    assert words.wishes([slot, agreed]) == [say("review.wishes_together"), words.wish(slot), words.wish(agreed)]
    assert words.wishes([slot]) == [words.wish(slot)]


def test_an_id_that_holds_what_stands_between_two_is_one() -> None:
    words = ReviewWords(EN, lambda ci_id: {"a, b": "Both"}.get(ci_id, ci_id))

    assert "Both" in words.reason({"key": "blackout_hit", "params": {"of": "a, b"}})


def test_without_a_register_ids_stay_and_an_incident_is_one_all_the_same() -> None:
    reason = {"key": "service_out", "params": {"service": "svc-1", "changes": "incident:INC-7"}}

    assert ReviewWords(ZH).reason(reason) == "服务 svc-1 中断（与 事件 INC-7 一起）"
    assert who_words("incident:INC-7", EN) == "incident INC-7"


def test_what_is_told_of_a_verdict_names_what_was_written() -> None:
    words = NewsWords(EN, "UTC", named(EN), {"depends_on": "depends on"}.__getitem__)
    cause = {"at": "2026-01-01T00:00:00+00:00", "actor": "ann", "revision": 3}

    assert words.reason({"key": "service_out", "params": {"service": "svc-1"}}) == "service 核心业务 (svc-1) goes down"
    assert words.cause({**cause, "kind": "ci", "key": "db-1"}).startswith("Claims database (db-1) was written")
    told = words.cause({**cause, "kind": "rel", "key": "svc-1|depends_on|db-1"})
    assert "核心业务 (svc-1) depends on Claims database (db-1)" in told


@pytest.mark.parametrize(
    ("need", "zh", "en"),
    [
        ("assessment.financial", "评估（财务）", "assessment (financial)"),
        ("assessment.organisational", "评估（组织）", "assessment (organisational)"),
        ("back_out_plan|failure_plan", "回退方案 / 失败应对方案", "back-out plan / plan for failure"),
        ("implementation_plan.budget", "实施方案（预算）", "implementation plan (budget)"),
        ("assessment.own-kind", "评估（own-kind）", "assessment (own-kind)"),
    ],
)
def test_papers_are_called_as_the_form_calls_them(need: str, zh: str, en: str) -> None:
    assert (paper_words(need, ZH, load_ontology()), paper_words(need, EN, load_ontology())) == (zh, en)


@pytest.mark.parametrize(
    ("key", "params", "zh"),
    [
        ("lacks", {"what": "assessment.financial, category"}, "缺少评估（财务）、类别"),
        ("not_told", {"customers": "bu-1, bu-9", "count": 2}, "2 个客户未被告知：车险部（bu-1）、bu-9"),
        ("no_change", {"ci_id": "svc-1"}, "没有变更覆盖核心业务（svc-1）的这次更新"),
        ("not_moved_on", {"status": "approved"}, "窗口已过，状态仍为“已批准”"),
        ("nothing", {"table": "changes"}, "该周期内“变更”表没有适用的记录"),
        ("nothing", {"table": "updates"}, "该周期内“配置库的更新”表没有适用的记录"),
        ("no_document", {"kind": "change_analysis"}, "没有“变更分析（change_analysis）”类文档"),
        ("no_document", {"kind": "of_our_own"}, "没有“of_our_own”类文档"),
    ],
)
def test_why_a_requirement_fails_holds_no_raw_value(key: str, params: dict[str, str | int], zh: str) -> None:
    words = ComplianceWords(ZH, load_ontology(), named(ZH))

    assert words.reason({"key": f"compliance.{key}", "params": params}) == zh


def test_no_reason_is_none() -> None:
    assert ComplianceWords(EN, load_ontology()).reason(None) is None
