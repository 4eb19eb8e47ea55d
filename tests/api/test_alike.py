"""Similar past changes in the text of a review: how they went, what they share, what is counted, or that none is."""

from pathlib import Path
from typing import Any

import pytest

from api.alike_words import AlikeWords
from api.review_told import as_markdown, as_text, told
from api.review_words import ReviewWords
from api.texts import Texts
from api.words import class_words
from graph.ontology import load_ontology
from tests.api.command import Run
from tests.api.test_review import proposed
from tests.api.test_review_formats import answer_of
from tests.schemas import validated

NAMES = {"db-1": "保单库 1", "team-db": "数据库组"}
EVERY = {"kind": "all", "name": None, "failed": 87, "ended": 1485, "rate": 0.058586}


def words(language: str) -> AlikeWords:
    say, ontology = Texts(language), load_ontology()

    def name(ci_id: str) -> str:
        return say("impact.named", name=NAMES[ci_id], id=ci_id) if ci_id in NAMES else ci_id

    return AlikeWords(say, ReviewWords(say, name, lambda kind: class_words(kind, say, ontology)))


def similar(**more: Any) -> dict[str, Any]:
    return {"change": "CHG-7", "title": "upgrade", "outcome": "failed", "ended": "2026-10-30T01:00:00+08:00",
            "ci_ids": [], "edits": [], "classes": [], "team": None, **more}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("en", "■ CHG-7 upgrade: failed, 2026-10-30; shares 保单库 1 (db-1), retiring class Database instance, "
               "setting fields of 保单库 1 (db-1), class Host, team 数据库组 (team-db)"),
        ("zh", "■ CHG-7 upgrade：失败，2026-10-30；共同之处：保单库 1（db-1）、停用 类别“数据库实例”、"
               "修改 保单库 1（db-1）的字段、类别“主机”、团队 数据库组（team-db）"),
    ],
)  # fmt: skip
def test_a_change_is_told_with_its_outcome_its_end_and_what_it_shares_by_name(language: str, wanted: str) -> None:
    edits = [{"kind": "retire", "ci_id": None, "class": "database_instance"},
             {"kind": "set", "ci_id": "db-1", "class": None}]  # fmt: skip
    each = similar(ci_ids=["db-1"], edits=edits, classes=["host"], team="team-db")

    assert words(language).change(each) == wanted


@pytest.mark.parametrize(
    ("each", "wanted"),
    [
        ({"kind": "ci", "name": "db-1", "failed": 1, "ended": 89, "rate": 0.0105},
         "1 of 89 on 保单库 1 (db-1); counted as 1.05 %"),
        ({"kind": "class", "name": "host", "failed": 2, "ended": 4, "rate": 0.2},
         "2 of 4 on class Host; counted as 20.00 %"),
        ({"kind": "team", "name": "x", "failed": 0, "ended": 0, "rate": 0.05},
         "no change of team x has ended; counted as 5.00 %"),
    ],
)  # fmt: skip
def test_a_rate_says_what_was_seen_and_what_is_counted(each: dict[str, Any], wanted: str) -> None:
    assert words("en").rate(each) == wanted


@pytest.mark.parametrize("language", ["en", "zh"])
def test_that_there_is_none_is_said(language: str) -> None:
    say = Texts(language)

    assert words(language).lines({"similar": [], "past_failures": []}) == [say("alike.none_ended")]
    assert words(language).lines({"similar": [], "past_failures": [EVERY]})[0] == say("alike.none")


def test_a_title_is_never_markup() -> None:
    answer = answer_of("review") | {"similar": [similar(title="<b>*x*</b>\n# y")], "past_failures": [EVERY]}
    found = told(answer, "t", Texts("en"))

    assert r"&lt;b&gt;\*x\*&lt;/b&gt; # y" in as_markdown(found)
    assert "  ■ CHG-7 <b>*x*</b> # y: failed" in as_text(found)


def test_the_command_says_it_in_text_markdown_and_json(faultline: Run, estate: Path, tmp_path: Path) -> None:
    ended = "planned_start,planned_end,outcome\n"
    (estate / "changes.csv").write_text(
        "change_id,title,category,status,affected,effect,team," + ended
        + "".join(f"CHG-{n},t{n},simple,closed,db-2,outage,,2026-01-0{n}T01:00:00Z,2026-01-0{n}T02:00:00Z,{went}\n"
                  for n, went in ((1, "success"), (2, "failed"), *((n, "success") for n in range(3, 8)))),
        encoding="utf-8",
    )  # fmt: skip
    assert faultline("import", "inventory", estate).code == 0
    file = proposed(tmp_path)

    answer = validated("review", faultline("review", file, "--json").json)
    text = faultline("review", file).out
    markdown = faultline("review", file, "--format", "markdown").out

    assert [each["change"] for each in answer["similar"]] == ["CHG-7", "CHG-6", "CHG-5", "CHG-4", "CHG-3"]
    assert "○ CHG-7 t7: succeeded, 2026-01-07; shares 保单库 2 (db-2), class Database instance" in text
    assert "failures before: 1 of 7 on 保单库 2 (db-2); counted as 14.29 %" in text
    assert "## Similar past changes" in markdown
    assert "CHG-7 t7: succeeded" in markdown
    # beside the evidence: what is shown of it alters no hash
    assert "similar" not in answer["before_after"]


def test_a_register_in_which_no_change_has_ended_says_so(faultline: Run, estate: Path, tmp_path: Path) -> None:
    assert faultline("import", "inventory", estate).code == 0

    assert Texts("en")("alike.none_ended") in faultline("review", proposed(tmp_path)).out
