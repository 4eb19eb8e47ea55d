"""In a browser: what a finished change was said to hit against what it hit; requirements with their records."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from api.texts import Texts
from tests.api.pages.browser import MARKS, SHOWN, visiting
from tests.api.pages.living import insurer_with
from tests.engines import Database

pytestmark = MARKS
MARKUP = "<script>alert(1)</script>"
MORE = {
    "changes": "change_id,title,category,status,actual_start,actual_end,affected,effect,implementation_plan,edits\n"
    f"CHG-DONE,{MARKUP},major,closed,2026-10-20T22:00:00+08:00,2026-10-20T23:00:00+08:00,array-a-1,outage,,\n"
    f"CHG-DROPPED,dropped,major,cancelled,,,array-a-1,outage,{MARKUP},"
    '"[{""op"": ""set"", ""ci_id"": ""array-a-1"", ""field"": ""recovery_time"", ""value"": 5400}]"\n',
    "incidents": "incident_id,ci_id,services,started_at,caused_by_change\n"
    "INC-DONE,db-lipei-1,svc-lipei|svc-bangong,2026-10-20T22:10:00+08:00,CHG-DONE\n",
}


@pytest.fixture(scope="module")
def insurer(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The living example with a change that went wrong, served; the address."""
    with insurer_with(embedded_engine, tmp_path_factory.mktemp("afterwards"), MORE) as url:
        yield url


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_a_finished_change_tells_what_was_said_and_what_came(
    insurer: str, browser: Browser, language: str, width: int, theme: str
) -> None:
    say = Texts(language)
    with visiting(browser, insurer, language=language, width=width, theme=theme) as visit:
        page = visit.page
        visit.go("/changes/CHG-DONE")
        part = page.locator(".panel", has_text=say("calibration.title"))
        expect(part.locator("li", has=page.locator("a[href='/ci/svc-lipei']"))).to_contain_text("INC-DONE")
        expect(part.locator("li", has=page.locator("a[href='/ci/svc-lipei']"))).to_contain_text(
            say("calibration.was_predicted", state=say("impact.state_outage"))
        )
        expect(part.locator("li", has=page.locator("a[href='/ci/svc-bangong']"))).to_contain_text(
            say("calibration.was_missed")
        )
        visit.check()


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_a_change_that_was_given_up_is_judged_no_more_and_keeps_its_plan(
    insurer: str, browser: Browser, language: str, width: int, theme: str
) -> None:
    say = Texts(language)
    with visiting(browser, insurer, language=language, width=width, theme=theme) as visit:
        page = visit.page
        visit.go("/changes/CHG-DROPPED")
        expect(page.locator(".verdict")).to_have_text(say("rfc.status_cancelled"))
        expect(page.locator("h1")).to_have_text(say("rfc.over_dropped"))
        expect(page.locator(".of-edits .rows")).to_contain_text({"zh": "1 小时 30 分", "en": "1 h 30 min"}[language])
        expect(page.locator(".facts .written")).to_have_text(MARKUP)
        expect(page.locator(".trial")).to_have_count(0)
        visit.check()


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_requirements_and_predictions_open_to_their_records(
    insurer: str, browser: Browser, language: str, width: int, theme: str
) -> None:
    say = Texts(language)
    with visiting(browser, insurer, language=language, width=width, theme=theme) as visit:
        page = visit.page
        visit.go("/kpi?period=2026-10")
        predictions = page.locator(".panel", has_text=say("calibration.table_title"))
        rate = predictions.locator("tbody tr").first.locator("button").first
        expect(rate).to_be_visible()
        rate.click()
        expect(predictions.locator("a[href='/changes/CHG-DONE']").first).to_be_visible()
        row = page.locator("tr", has=page.locator("th", has_text="R7a"))
        expect(row).to_contain_text(say("compliance.status_no_evidence"))
        lacking = page.locator("tr", has=page.locator("th", has_text="R11.2c"))
        lacking.locator("button").click()
        expect(lacking.locator("a[href='/changes/CHG-DONE'], a[href^='/changes/CHG-']").first).to_be_visible()
        visit.check()
