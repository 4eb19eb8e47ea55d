"""Refused steps name papers, fields, steps, statuses and categories as people call them; parameters keep their keys."""

import pytest

from api.papers import step_refusal
from api.texts import Texts
from graph.errors import Message
from graph.lifecycle import load_lifecycle
from graph.ontology import load_ontology
from tests.api.house import STEP, House

ZH, EN = "zh", "en"


@pytest.mark.parametrize(
    ("language", "message", "wanted"),
    [
        (ZH, Message("change.lacking", {"step": "submit", "missing": "template"}), "“提交”还需要：模板"),
        (EN, Message("change.lacking", {"step": "assess", "missing": "assessment.capacity, open_questions"}),
         "“conclude the assessment” needs assessment (capacity), answers to open questions"),
        (ZH, Message("change.no_step",
                     {"step": "start", "status": "draft", "category": "simple", "possible": "submit, cancel"}),
         "状态为 草稿 的变更（类别 简单变更）不能执行“开始实施”；可执行：提交、取消"),
        (EN, Message("change.no_step", {"step": "fly", "status": "odd", "category": "own", "possible": "-"}),
         "“fly” is not open to a change that is odd (category own); open: -"),
        (ZH, Message("change.not_with_step",
                     {"step": "cancel", "field": "back_out_plan", "takes": "actual_end, assessment"}),
         "回退方案 不能随“取消”提交；可提交：实际结束、评估"),
        (EN, Message("change.order", {"start": "actual_start", "end": "actual_end"}),
         "actual end lies before actual start"),
        (EN, Message("decide_change.not_now", {"status": "backed_out", "category": "major"}),
         "nobody decides on a change that is backed out (category major)"),
        # of anything else nothing is renamed
        (EN, Message("values.id_character", {"value": "template"}), None),
    ],
)  # fmt: skip
def test_a_refusal_says_what_people_call_things(language: str, message: Message, wanted: str | None) -> None:
    say = Texts(language)

    told = step_refusal(message, say, load_ontology(), load_lifecycle())

    assert told == (wanted or say.say(message))


@pytest.mark.storage
@pytest.mark.parametrize(("language", "wanted"), [(ZH, "“提交”还需要：模板"), (EN, "“submit” needs template")])
def test_the_api_answers_in_the_language_of_the_request(house: House, language: str, wanted: str) -> None:
    house.saves(change_id="CHG-S", category="standard")
    answer = house.web.post(
        "/graphql", json={"query": STEP, "variables": {"change": "CHG-S", "step": "submit"}},
        headers={"Authorization": f"Bearer {house.tokens['ask']}", "Accept-Language": language},
    )  # fmt: skip
    refused = next(iter(answer.json()["data"].values()))

    assert (refused["key"], refused["params"]) == ("change.lacking", {"step": "submit", "missing": "template"})
    assert refused["message"] == wanted
