"""A review for programs and for paper: SARIF, JUnit XML, HTML and Markdown say what the answer says."""

import json
import re
import shutil
import subprocess
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Failure, JUnitXml, TestCase
from markdown_it import MarkdownIt
from pydantic import BaseModel
from sarif_pydantic import Sarif

from api.review_html import as_html
from api.review_junit import as_junit
from api.review_sarif import LEVELS, as_sarif
from api.review_told import MARKER, Told, as_markdown, told
from api.texts import LANGUAGES, Texts
from tests.api.command import Run
from tests.importers.terraform_plans import DELETE, UPDATE, plan, resource

VALIDATOR = "@microsoft/sarif-multitool@5.7.0"
AT = ("--at", "2026-11-27T00:00:00")
HOSTILE = "<script>alert(1)</script> & \"q\" 's' [x](https://evil.example) **b** `c` \x0b\x00 \ufffe ]]> 保单"


@pytest.fixture
def known(faultline: Run, estate: Path) -> Run:
    """The command line on a register with two services."""
    assert faultline("import", "inventory", estate).code == 0
    return faultline


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A plan that stops a critical service and touches what nobody knows."""
    path = tmp_path / "plan 1.json"
    changes = (resource("aws_instance.app", DELETE, {"name": "app-1"}), resource('a.b["<i>"]', UPDATE))
    path.write_text(json.dumps(plan(*changes)), encoding="utf-8")
    return path


def answer_of(severity: str, *texts: str) -> dict[str, Any]:
    """A review with a reason for each text, as the command line has it."""
    reasons = [{"key": "unmapped_resource", "params": {"ci_id": text}, "severity": severity} for text in texts]
    return {
        "change": "proposed", "verdict": severity, "score": 12.5, "band": "low", "risk_model": "default@1",
        "worst": "alone", "revision": 7, "reasons": reasons, "services": [], "before_after": {"steady": []},
        "passes_if": [], "passes_if_complete": True, "approvers": [], "notify": [], "factors": [],
        "evidence_hash": "fe3:x",
    }  # fmt: skip


class Page(HTMLParser):
    """The elements of a page, their attributes, and its texts by element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[tuple[str, str]] = []
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self._open = tag
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Note it."""
        if data.strip():
            self.texts.append((self._open, data))


def test_sarif_has_a_result_for_each_reason_at_the_file_of_the_plan(known: Run, blocked: Path) -> None:
    plain = known("review", blocked, *AT, "--json").json
    log = known("review", blocked, *AT, "--format", "sarif").json

    (run,) = log["runs"]
    assert (log["version"], "sarif-schema-2.1.0" in log["$schema"]) == ("2.1.0", True)
    assert [result["ruleId"] for result in run["results"]] == [reason["key"] for reason in plain["reasons"]]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    for result, reason in zip(run["results"], plain["reasons"], strict=True):
        assert rules[result["ruleIndex"]] == reason["key"]
        assert result["level"] == LEVELS[reason["severity"]]
        assert result["message"]["text"]
        assert {name: result["properties"][name] for name in ("verdict", "score", "evidenceHash")} == {
            "verdict": "block", "score": plain["score"], "evidenceHash": plain["evidence_hash"],
        }  # fmt: skip
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert (uri, unquote(uri)) == ("plan%201.json", "plan 1.json")
    prints = [each["partialFingerprints"]["faultlineReason/v1"] for each in run["results"]]
    assert len(prints) == len(set(prints))
    assert {each["level"] for each in run["results"]} == {"error", "warning"}


def test_a_reason_that_lets_pass_is_a_note_and_a_change_of_the_register_has_no_file() -> None:
    log = as_sarif(answer_of("pass", "db-1"), "t", Texts("en"), None)

    (result,) = log["runs"][0]["results"]
    assert result["level"] == "note"
    assert result["locations"] == [{"logicalLocations": [{"name": "proposed", "kind": "resource"}]}]


@pytest.mark.parametrize(
    ("file", "uri"), [("a/b c.json", "a/b%20c.json"), ("/home/ann/p.json", "p.json"), ("../x/p.json", "p.json")]
)
def test_sarif_names_no_folder_of_the_machine(file: str, uri: str) -> None:
    log = as_sarif(answer_of("review", "db-1"), "t", Texts("en"), file)

    location = log["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == uri


def cases(text: str) -> list[TestCase]:
    suites = JUnitXml.fromstring(text.encode())
    (suite,) = list(suites)
    assert (suites.tests, suites.failures) == (suite.tests, suite.failures)
    found = list(suite)
    assert suite.tests == len(found)
    assert suite.failures == sum(any(isinstance(r, Failure) for r in case.result) for case in found)
    return found


def test_junit_has_a_case_for_the_verdict_and_each_reason(known: Run, blocked: Path) -> None:
    plain = known("review", blocked, *AT, "--json").json
    answered = known("review", blocked, *AT, "--format", "junit")

    found = cases(answered.out)
    assert [case.name.partition(":")[0] for case in found] == ["verdict", *(r["key"] for r in plain["reasons"])]
    severities = ["block", *(reason["severity"] for reason in plain["reasons"])]
    assert [bool(case.result) for case in found] == [severity == "block" for severity in severities]
    assert answered.code == 0


@pytest.mark.parametrize(("fail_on", "failing"), [("review", True), ("block", False), (None, False)])
def test_what_needs_a_person_fails_where_that_is_asked_for(fail_on: str | None, failing: bool) -> None:
    found = cases(as_junit(answer_of("review", "db-1"), "t", Texts("en"), fail_on))

    assert [bool(case.result) for case in found] == [failing, failing]
    assert not any(case.result for case in cases(as_junit(answer_of("pass", "x"), "t", Texts("en"), "review")))


def test_the_page_has_the_parts_of_the_text_in_their_order_and_nothing_from_elsewhere(
    known: Run, blocked: Path
) -> None:
    text = known("review", blocked, *AT).out.splitlines()
    page = Page(known("review", blocked, *AT, "--format", "html").out)

    lines = [data for tag, data in page.texts if tag in ("h1", "h2", "p", "li", "footer")]
    assert lines == [line.strip() for line in text if line]
    assert page.tags <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "p",
        "section",
        "ul",
        "li",
        "footer",
    }
    assert {name for name, _ in page.attributes} <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert not re.search(r"url\(|@import|https?:", "".join(data for _, data in page.texts))
    assert ("class", "block") in page.attributes


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_a_name_holds_is_told_and_never_markup(language: str) -> None:
    say, answer = Texts(language), answer_of("review", HOSTILE)
    whole = told(answer, HOSTILE, say)

    page = Page(as_html(whole, "review", language))
    assert "script" not in page.tags
    assert any(HOSTILE in data for tag, data in page.texts if tag == "li")
    markdown = as_markdown(whole)
    assert "<script" not in markdown
    assert "`[x](https://evil.example)` \\*\\*b\\*\\* \\`c\\`" in markdown
    assert any("保单" in str(case.name) for case in cases(as_junit(answer, HOSTILE, say, "review")))
    json.dumps(as_sarif(answer, HOSTILE, say, HOSTILE)).encode()


@given(st.text())
def test_any_text_is_xml_that_can_be_read_back(text: str) -> None:
    found = cases(as_junit(answer_of("block", text), text, Texts("en"), None))

    assert len(found) == 2


def test_markdown_begins_with_the_mark_of_its_comment_and_a_row_is_one_line() -> None:
    lines = as_markdown(Told("a\nb", "c", [("d", ["e\n# f"])], "g")).splitlines()

    assert lines == [MARKER, "# a b", "c", "", "## d", "", "- e # f", "", "g"]


def test_a_change_of_the_register_and_a_failure_are_told_in_every_format(known: Run) -> None:
    for form in ("html", "sarif", "junit"):
        answered = known("review", "CHG-9", "--format", form)
        assert (answered.code, "CHG-9" in answered.out + answered.err) == (2, True)


def unknown(found: Any, at: str = "") -> list[str]:
    """Where a parsed log holds what the model of SARIF does not."""
    if isinstance(found, list):
        return [each for number, inner in enumerate(found) for each in unknown(inner, f"{at}[{number}]")]
    if not isinstance(found, BaseModel):
        return []
    inside = [each for name in type(found).model_fields for each in unknown(getattr(found, name), f"{at}.{name}")]
    return [f"{at}.{name}" for name in found.model_extra or ()] + inside


def test_sarif_is_what_a_model_of_it_reads_and_nothing_is_lost(known: Run, blocked: Path) -> None:
    for log in (
        known("review", blocked, *AT, "--format", "sarif").json,
        as_sarif(answer_of("pass"), "t", Texts("zh"), None),
        as_sarif(answer_of("block", HOSTILE), HOSTILE, Texts("en"), HOSTILE),
    ):
        read = Sarif.model_validate_json(json.dumps(log))

        # in SARIF 2.1.0, and not in the model: 3.14.17
        assert unknown(read) == [".runs[0].columnKind"]
        assert read.model_dump(by_alias=True, exclude_unset=True, mode="json") == log


@pytest.mark.processes
@pytest.mark.long
def test_sarif_passes_the_validator_of_its_authors(known: Run, blocked: Path, tmp_path: Path) -> None:
    """npm's `@microsoft/sarif-multitool`: the schema, and rules beyond it; notes and warnings are advice."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    npm = ["npm", "install", "--prefix", str(tmp_path), "--no-audit", "--no-fund", "--silent", VALIDATOR]
    subprocess.run(npm, check=True, capture_output=True)
    logs = {
        "plan": known("review", blocked, *AT, "--format", "sarif").json,
        "hostile": as_sarif(answer_of("block", HOSTILE), HOSTILE, Texts("en"), HOSTILE),
    }
    for name, log in logs.items():
        path, found = tmp_path / f"{name}.sarif", tmp_path / f"{name}.found.sarif"
        path.write_text(json.dumps(log), encoding="utf-8")
        tool = tmp_path / "node_modules" / ".bin" / "sarif-multitool"
        command = [str(tool), "validate", str(path), "--output", str(found)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

        assert found.exists(), done.stdout + done.stderr
        results = json.loads(found.read_text(encoding="utf-8-sig"))["runs"][0]["results"]
        assert [each for each in results if each.get("level", "warning") == "error"] == []
        assert "Analysis completed successfully" in done.stdout


CALLING = [
    "@all", "＠team", "x@evil.example", "https://evil.example/a_b", "www.evil.example", "#12", "o/r#12", "GH-12", "!3",
    "%1", "$2", "&4", '~"bug"', "^alert", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "da39a3e", "mailto:x@y.example",
]  # fmt: skip


@pytest.mark.parametrize("name", CALLING)
def test_no_name_calls_somebody_or_leads_anywhere_from_a_comment(name: str) -> None:
    found = as_markdown(told(answer_of("block", f"db {name} <img src=x> `{name}`"), f"Fix {name}", Texts("en")))
    # what is code is neither a mention nor a link, on GitHub and on GitLab; nothing of it is markup
    rest = re.sub(r"(?<!\\)`[^`]+`", "", found.replace(MARKER, ""))
    assert name not in rest
    assert f"`{name}`" in found
    assert "<" not in rest
    html = MarkdownIt("commonmark").render(found)
    assert not {"<a ", "<img"} & set(re.findall(r"<(?:a |img)", html))
    assert f"<code>{escape(name)}</code>" in html


def test_plain_words_are_told_as_they_are_in_a_comment() -> None:
    found = as_markdown(Told("a 100% b", "R&D 1234567", [("d", ["x_y ~ z"])], "g"))
    assert "`" not in found
    assert "R&amp;D" in found
