"""Lists that are longer than a page: what is over, records that fail a requirement; and ids that are addresses, too."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Route, expect

from api.register import open_register
from api.texts import Texts
from graph.records.page import page_of
from graph.settings import Settings
from tests.api.command import environment
from tests.api.pages.browser import MARKS, visiting
from tests.api.served import serving
from tests.engines import Database, imported, inventory

pytestmark = MARKS
LANGUAGES = ["zh", pytest.param("en", marks=pytest.mark.long)]
NOW = datetime.fromisoformat("2031-02-28T12:00:00+08:00")
OVER = 60  # changes: more than a page
# what other pages are called, and what browsers or servers make something else of
ODD = (
    "new",
    "calendar",
    "agenda",
    "a/edit",
    "feed/x.ics",
    "a//b",
    "a/",
    "../x",
    "..",
    "a/b",
    "a?b#c",
    "edit",
    "变更%2F",
)
WINDOW = "2031-03-01T22:00:00+08:00,2031-03-02T01:00:00+08:00"
TABLES = {
    "cis": "ci_id,name,ci_class,status\nsvc,Policies,business_service,live\nn-1,Node 1,database_instance,live\n",
    "relationships": "source,type,target\nsvc,depends_on,n-1\n",
    "changes": "change_id,title,category,status,planned_start,planned_end,actual_start,actual_end,affected,effect\n"
    + "".join(
        f"CHG-{n:02},over {n},simple,approved,2026-01-05T22:00:00+08:00,2026-01-05T23:00:00+08:00,,,n-1,degraded\n"
        for n in range(OVER)
    )
    + "".join(
        f"CHG-E{n:02},ended {n},simple,implemented,2026-10-05T22:00:00+08:00,2026-10-05T23:00:00+08:00,"
        "2026-10-05T22:00:00+08:00,2026-10-05T23:00:00+08:00,n-1,degraded\n"
        for n in range(45)
    )
    + "".join(f'"{each}",called {at},simple,draft,{WINDOW},,,n-1,degraded\n' for at, each in enumerate(ODD))
    + f"CHG-COMING,coming,simple,approved,{WINDOW},,,n-1,degraded\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def lists(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Many changes that are over, some that ended, and some with odd ids, served; the address."""
    embedded_engine.wipe()
    folder = tmp_path_factory.mktemp("lists")
    settings = Settings.from_environment(environment(embedded_engine, folder / "data"))
    with open_register(settings) as register:
        imported(register.store, inventory(folder / "lists", TABLES))
    with serving(embedded_engine, folder) as (_, url):
        yield url


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_over_is_folded_whole_and_hides_nothing_that_comes(lists: str, browser: Browser, language: str) -> None:
    say = Texts(language)
    with visiting(browser, lists, language=language, width=1280, theme="light") as visit:
        page = visit.page
        visit.go("/changes")
        expect(page.locator("main table a[href='/changes/CHG-COMING']")).to_be_visible()
        over = page.locator("details.over")
        expect(over.locator("summary")).to_have_text(say("rfc.over_of", count=OVER))
        over.locator("summary").click()
        expect(over.locator("tbody tr")).to_have_count(50)
        visit.check()
        over.get_by_role("button", name=say("pages.more", count=OVER - 50)).click()
        expect(over.locator("tbody tr")).to_have_count(OVER)
        expect(over.locator("button.more")).to_have_count(0)


def test_what_somebody_writes_into_the_filter_stays_while_answers_arrive(lists: str, browser: Browser) -> None:
    with visiting(browser, lists, language="en", width=1280, theme="light") as visit:
        page, held = visit.page, list[Route]()

        def hold(route: Route) -> None:
            if "query ChangeConflicts" in (route.request.post_data or ""):
                held.append(route)
            else:
                route.continue_()

        page.route("**/graphql", hold)
        visit.go("/changes", settled=False)
        expect(page.locator("main table a[href='/changes/CHG-COMING']")).to_be_visible()
        while not held:
            page.wait_for_timeout(20)
        page.locator(".filters input[name=text]").fill("coming")
        for route in held:
            route.continue_()
        expect(page.locator("h1")).to_contain_text("collision")
        expect(page.locator(".filters input[name=text]")).to_have_value("coming")
        visit.press("Enter")
        page.wait_for_url("**/changes?text=coming")
        expect(page.locator(".filters input[name=text]")).to_have_value("coming")


@pytest.mark.parametrize("language", LANGUAGES)
def test_records_that_fail_a_requirement_open_all_and_lack_what_the_form_calls_so(
    lists: str, browser: Browser, language: str
) -> None:
    say = Texts(language)
    with visiting(browser, lists, language=language, width=1280, theme="light") as visit:
        page = visit.page
        visit.go("/kpi?period=2026-10")
        row = page.locator("tr", has=page.locator("th", has_text="R8.4c"))
        row.locator("button").click()
        records = row.locator(".records li")
        expect(records).to_have_count(20)
        expect(records.first).to_contain_text("ended 0")
        expect(records.first).to_contain_text(say("draft.assessment_financial"))
        expect(row).not_to_contain_text("assessment.")
        visit.check()
        row.get_by_role("button", name=say("pages.more", count=25)).click()
        expect(records).to_have_count(45)
        expect(row.locator("button.more")).to_have_count(0)
        visit.check()


@pytest.mark.parametrize("change", [pytest.param(each, marks=[] if at < 4 else pytest.mark.long)
                                    for at, each in enumerate(ODD)])  # fmt: skip
def test_every_stored_change_has_a_page_and_a_form(lists: str, browser: Browser, change: str) -> None:
    say = Texts("en")
    with visiting(browser, lists, language="en", width=1280, theme="light") as visit:
        page = visit.page
        visit.go(f"/changes?status=draft&text={quote(change, safe='')}")
        page.locator("main table th a", has_text=f"called {ODD.index(change)}").click()
        expect(page.locator(".known .id")).to_have_text(change)
        expect(page.locator(".verdict")).not_to_be_empty()
        expect(page.locator("nav a[href='/changes'][aria-current=page]")).to_have_count(1)
        visit.check()
        visit.go(page_of(change))  # as webhooks, tickets and calendars of other programs have it
        expect(page.locator(".known .id")).to_have_text(change)
        page.locator(".known a", has_text=say("draft.edit")).click()
        expect(page.locator("#draft-title")).to_have_value(f"called {ODD.index(change)}")
        visit.check()
