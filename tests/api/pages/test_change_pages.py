"""Changes in a real browser: what needs somebody, why one must not go ahead, another window tried, steps, decisions."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from api.evidence import examined
from api.texts import Texts
from graph.ontology import load_ontology
from tests.api.pages.browser import ALL, MARKS, SHOWN, Visit, visiting
from tests.api.pages.living import insurer_with
from tests.engines import Database

pytestmark = MARKS
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
ODD = "CHG/odd'><b>"
NOW = datetime.fromisoformat("2026-11-28T12:00:00+08:00")  # the night before the two that collide
LANGUAGES = ["zh", pytest.param("en", marks=pytest.mark.long)]
WINDOW = "2031-03-01T22:00:00+08:00,2031-03-02T01:00:00+08:00"
# of another tool, so that nobody here has asked for them: whoever runs the server may decide
MORE = {
    "changes": "change_id,title,category,status,planned_start,planned_end,affected,effect\n"
    + "".join(f"CHG-D{n},decide {n},simple,assessed,{WINDOW},db-lipei-{n},outage\n" for n in (1, 2))
    + f'"{ODD}",{MARKUP},simple,draft,{WINDOW},array-a-1,outage\n'
    + f"CHG-LIFE,{MARKUP},simple,draft,{WINDOW},db-caiwu-1,degraded\n"
    + 'CHG-EDITS,edits,major,submitted,2031-04-01T22:00:00+08:00,,db-hexin-1,outage\n'
}  # fmt: skip
SAVE = """mutation($document: JSON!) { saveChange(input: {document: $document}) { __typename } }"""
STEP = """mutation($change: String!) { takeChangeStep(input: {change: $change, step: "submit"}) { __typename } }"""
EDITED = """mutation($document: JSON!) { saveChange(input: {document: $document, origin: "tool", externalId: "1"})
  { __typename } }"""


@pytest.fixture(scope="module")
def insurer(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The living example, and changes to decide on, served; the address."""
    with insurer_with(embedded_engine, tmp_path_factory.mktemp("changing"), MORE) as url:
        yield url


def asked(url: str, query: str, **variables: Any) -> Any:
    answer = httpx.post(f"{url}/graphql", json={"query": query, "variables": variables}, timeout=60)
    return answer.json()["data"]


def moved(visit: Visit, start: str, end: str) -> None:
    """Write another window and try it, with the keyboard."""
    for name, moment in (("start", start), ("end", end)):
        visit.page.locator(f".trial input[name={name}]").fill(moment)
    visit.page.locator(".trial input[name=end]").focus()
    visit.tab_to(".trial form button")
    visit.press("Enter")


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_from_the_list_to_what_only_together_goes_down_another_window_tried_and_back(
    insurer: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    say = Texts(language)
    with visiting(browser, insurer, language=language, width=width, theme=theme) as visit:
        page = visit.page
        page.clock.set_fixed_time(NOW)
        visit.go("/changes")
        expect(page.locator("h1")).to_contain_text(say("rfc.said_nights", nights=2))
        expect(page.locator(".collisions li").first).to_contain_text("CHG-E02")
        expect(page.locator("main table").first).to_contain_text("CHG-D1")
        visit.check()

        visit.tab_to(".collisions a[href='/changes/CHG-E01']")
        visit.press("Enter")
        expect(page).to_have_url(f"{insurer}/changes/CHG-E01")
        expect(page.locator("h1")).to_be_focused()
        expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_block"))
        expect(page.locator("h1 a[href='/changes/CHG-E02']")).to_have_count(1)
        expect(page.locator("h1")).to_contain_text("核心业务")
        expect(page.locator(".services tbody")).to_contain_text(say("impact.criticality_critical"))
        expect(page.locator(".why li").last).to_contain_text("核心业务数据库")
        expect(page.locator(".lanes [data-ci=db-hexin-2]")).to_have_count(1)
        expect(page.locator(".around li.own")).to_contain_text("CHG-E01")
        alike = page.locator(".alike .rows > li").first
        expect(alike.locator("a[href='/changes/CHG-00334']")).to_have_count(1)
        expect(alike).to_contain_text(say("alike.outcome_success"))
        expect(alike.locator(".note a").first).to_have_text("核心业务数据库 1")
        class_name = say("alike.of_class", name=load_ontology().classes["database_instance"].words[language])
        expect(alike).to_contain_text(class_name)
        rate = say("alike.rate", failed=20, ended=266, what=class_name, rate="7.46")
        expect(page.locator(".alike .rates li").first).to_have_text(f"{rate} {say('alike.counts')}")
        visit.check()

        moved(visit, "2026-11-29T22:00", "2026-11-30T01:00")
        expect(page.locator(".trying")).to_contain_text(say("rfc.trial_is"))
        expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_review"))
        expect(page.locator("h1")).to_be_focused()
        expect(page.locator(".acts")).to_have_count(0)
        expect(page.locator(".lanes [data-ci=db-hexin-2]")).to_have_count(0)
        visit.check()

        visit.tab_to(".trial .plain button")
        visit.press("Enter")
        expect(page.locator(".trying")).to_contain_text(say("rfc.trial_without", names="核心业务数据库 1"))
        visit.check()
        visit.press("Shift+Tab")
        page.locator(".trying a").click()
        expect(page).to_have_url(f"{insurer}/changes/CHG-E01")
        expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_block"))
        page.go_back()
        expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_review"))


def test_the_picture_is_of_the_change_alone_when_that_is_asked(insurer: str, browser: Browser) -> None:
    with visiting(browser, insurer, language="en", width=1280, theme="light") as visit:
        page = visit.page
        visit.go("/changes/CHG-E01")
        expect(page.locator(".why-panel h2")).to_have_text(Texts("en")("pages.why_outage"))
        page.get_by_role("button", name="Alone", exact=True).click()
        expect(page.locator(".lanes [data-ci=db-hexin-2]")).to_have_count(0)
        expect(page.locator(".why-panel h2")).to_have_text(Texts("en")("pages.why_at_risk"))
        page.locator(".services .ask").click()
        expect(page.locator(".why-panel h2")).to_have_text(Texts("en")("pages.why_outage"))
        visit.check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_moment_that_is_none_and_an_end_before_the_start_are_said_and_not_tried(
    insurer: str, browser: Browser, language: str
) -> None:
    say = Texts(language)
    with visiting(browser, insurer, language=language, width=1280, theme="light") as visit:
        visit.go("/changes/CHG-E02")
        visit.page.wait_for_selector(".trial input")
        own = [visit.page.locator(f".trial input[name={name}]").input_value() for name in ("start", "end")]
        moved(visit, "2026-11-29T22:00", "2026-11-29T21:00")
        expect(visit.page.locator(".trial .wrong")).to_have_text(say("rfc.trial_order"))
        moved(visit, "2026-11-29T20:30", "2026-11-29T21:30")
        expect(visit.page.locator(".trying")).to_be_visible()
        # what was written was tried and is over: back there are the times of the change, and nothing is wrong
        visit.page.go_back()
        expect(visit.page.locator(".trying")).to_have_count(0)
        fields = visit.page.locator(".trial input")
        assert [fields.nth(at).input_value() for at in range(2)] == own
        expect(visit.page.locator(".trial .wrong")).to_be_empty()
        visit.go("/changes/CHG-E02?start=never")
        expect(visit.page.locator(".trying")).to_contain_text(say("rfc.trial_moment"))
        visit.check()


@pytest.mark.parametrize(
    ("language", "change"), [("zh", "CHG-D1"), pytest.param("en", "CHG-D2", marks=pytest.mark.long)]
)
def test_who_decides_decides_on_what_they_read(insurer: str, browser: Browser, language: str, change: str) -> None:
    say = Texts(language)
    with visiting(browser, insurer, language=language, width=1280, theme="light") as visit:
        page = visit.page
        visit.go(f"/changes/{change}")
        decide = page.locator(".decide .actions button").first
        expect(decide).to_be_disabled()
        page.locator("#reason").fill("looks right")
        # another one at the same time on the same CI, after it was read
        number = change[-1]
        late = f"CHG-LATE-{number}"
        start, end = WINDOW.split(",")
        other = {"format": "faultline.change/1", "change_id": late, "title": "late", "category": "simple",
                 "window": {"start": start, "end": end}, "affected": [{"ci_id": f"db-lipei-{number}"}]}  # fmt: skip
        asked(insurer, SAVE, document=other)
        asked(insurer, STEP, change=late)
        visit.tab_to(".decide .actions button:first-child")
        visit.press("Enter")
        expect(page.locator(".refused")).to_contain_text(say("decide_change.outdated"))
        expect(page.locator(".refused li").first).not_to_be_empty()
        expect(page.locator(".acts .said")).to_be_focused()
        visit.check()

        page.locator(".refused button").click()
        expect(page.locator("main")).to_contain_text(late)
        expect(page.locator(".refused")).to_have_count(0)
        expect(page.locator("#reason")).to_have_value("looks right")
        decide.click()
        expect(page.locator(".acts [role=status]")).to_contain_text(say("rfc.status_approved"))
        expect(page.locator(".people")).to_contain_text("looks right")
        expect(page.locator(".known .tag")).to_have_text(say("rfc.status_approved"))
        with page.expect_download() as kept:
            page.get_by_role("button", name=say("rfc.evidence_keep")).click()
        pack = json.loads(Path(str(kept.value.path())).read_text("utf-8"))
        assert (kept.value.suggested_filename, examined(pack, None).accepted) == (f"evidence-{change}.json", True)
        expect(page.locator(".evidence .note")).to_contain_text(pack["hash"])
        visit.check()


def test_a_step_is_asked_once_more_and_says_what_it_needs(insurer: str, browser: Browser) -> None:
    say = Texts("en")
    with visiting(browser, insurer, language="en", width=1280, theme="light") as visit:
        page = visit.page
        visit.go("/changes/CHG-LIFE")
        page.get_by_role("button", name="submit", exact=True).click()
        expect(page.get_by_role("button", name=say("rfc.yes", step="submit"), exact=True)).to_be_focused()
        visit.press("Enter")
        expect(page.locator(".acts [role=status]")).to_contain_text(say("rfc.status_submitted"))
        page.get_by_role("button", name="conclude the assessment", exact=True).click()
        expect(page.locator("form.sure")).to_contain_text("back-out plan")
        expect(page.locator(".known strong")).to_have_text(MARKUP)
        visit.check()
        visit.go("/changes/CHG%2Fodd%27%3E%3Cb%3E")
        expect(page.locator(".known .id")).to_have_text(ODD)
        expect(page.locator(".verdict")).not_to_be_empty()
        visit.check()
        visit.go("/changes?text=odd&status=draft")
        page.locator("main table a[href*=odd]").click()
        expect(page.locator(".known .id")).to_have_text(ODD)
        assert page.locator("main script, main img").count() == 0


def test_a_change_with_edits_is_explained_on_the_graph_that_it_makes(insurer: str, browser: Browser) -> None:
    document = {
        "format": "faultline.change/1", "title": "Retire", "category": "major", "status": "submitted",
        "window": {"start": "2031-05-01T22:00:00+08:00", "end": "2031-05-02T01:00:00+08:00"},
        "affected": [{"ci_id": "db-hexin-1"}], "edits": [{"op": "retire", "ci_id": "db-hexin-1"}],
    }  # fmt: skip
    assert asked(insurer, EDITED, document=document)["saveChange"]["__typename"] == "SaveChangePayload"
    with visiting(browser, insurer, language="en", width=1280, theme="light") as visit:
        visit.go("/changes/tool:1")
        expect(visit.page.locator(".why li").last).to_contain_text("核心业务数据库 1")
        visit.check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_found_and_no_such_change_are_said(insurer: str, browser: Browser, language: str) -> None:
    say = Texts(language)
    with visiting(browser, insurer, language=language, width=1280, theme="light") as visit:
        visit.page.clock.set_fixed_time(NOW)  # of nights with collisions: their panel is not empty
        visit.go("/changes")
        visit.page.locator(".filters input[name=text]").fill("nothing is called so")
        visit.press("Enter")
        expect(visit.page.locator(".empty")).to_contain_text([say("rfc.found_none")])
        visit.check()
        visit.go("/changes/CHG-404")
        expect(visit.page.locator("h1")).to_contain_text(say("rfc.unknown", id="CHG-404"))
        visit.check()


def test_the_changes_of_the_night_on_the_first_page_are_links(insurer: str, browser: Browser) -> None:
    with visiting(browser, insurer, language="en", width=1280, theme="light") as visit:
        visit.go("/")
        expect(visit.page.locator("nav a[href='/changes']")).to_have_count(1)
        visit.page.locator("nav a[href='/changes']").click()
        expect(visit.page.locator("h1")).to_contain_text("coming")


@pytest.mark.long
@pytest.mark.parametrize(("language", "width", "theme"), ALL)
def test_every_kind_of_change_lets_everyone_in(
    insurer: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    with visiting(browser, insurer, language=language, width=width, theme=theme) as visit:
        for place in ("/changes?category=major", "/changes?status=closed", "/changes/CHG-B01", "/changes/CHG-M01",
                      "/changes/CHG-00700", "/changes/CHG-EDITS", "/changes/CHG-E01?without=db-hexin-1"):  # fmt: skip
            visit.go(place)
            visit.check()
