"""The address for another calendar, made and taken away on the page by whoever it is of."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, expect

from api.access.changes import create_first_token
from api.register import open_register
from api.texts import Texts
from graph.settings import Settings
from tests.api.access.in_memory import bearer
from tests.api.command import ESTATE, environment
from tests.api.house import TOMORROW
from tests.api.pages.browser import MARKS, visiting
from tests.api.pages.test_limited import HERE, fulfilled
from tests.api.web import Web, over
from tests.engines import Database, imported, inventory

pytestmark = MARKS
LANGUAGES = ["zh", pytest.param("en", marks=pytest.mark.long)]
CHANGES = (
    "change_id,title,category,status,planned_start,planned_end,affected\n"
    f"CHG-1,=cmd,simple,approved,{TOMORROW.isoformat()},{(TOMORROW + timedelta(hours=1)).isoformat()},db-1\n"
)


@pytest.fixture
def asked(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Any, Any]]:
    """A server, and what answers each request of a page as that of a viewer, and of one who is shown some CIs only."""
    embedded_engine.wipe()
    folder = tmp_path_factory.mktemp("feeds")
    with open_register(Settings.from_environment(environment(embedded_engine, folder / "data"))) as register:
        imported(register.store, inventory(folder / "estate", {**ESTATE, "changes": CHANGES}))
        web, made = over(register, home=HERE), partial(create_first_token, register.access)
        viewer = bearer(made("ann", ["viewer"], {}, "1h", "tester")[0])
        limited = bearer(made("bob", ["viewer"], {"ci_class": ["database_instance"]}, "1h", "tester")[0])
        yield web, partial(fulfilled, web, viewer), partial(fulfilled, web, limited)


def fetched(web: Web, address: str) -> httpx.Response:
    """What a calendar program gets, beside this thread: it has the loop of the browser's driver."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(web.request, "GET", address).result()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_is_shown_once_and_taken_away(
    asked: tuple[Web, Any, Any], browser: Browser, language: str
) -> None:  # fmt: skip
    (web, viewer, limited), say = asked, Texts(language)
    with visiting(browser, HERE, language=language, width=390, theme="light") as visit:
        page = visit.page
        page.route("**/*", viewer)
        visit.go("/changes/calendar?view=night")
        page.get_by_role("button", name=say("schedule.feed_create")).click()
        expect(page.locator(".feeds .made p").first).to_be_focused()
        address = page.locator(".feeds .token").inner_text()
        assert address.endswith(f".ics?language={language}")
        found = fetched(web, address)
        assert [str(each["summary"]) for each in Calendar.from_ical(found.content).walk("VEVENT")] == ["CHG-1 =cmd"]
        assert say("schedule.feed_name") in found.text
        expect(page.locator(".feeds li code")).to_have_count(1)
        visit.check(but="WebSocket")
        page.reload()
        expect(page.locator(".feeds li code")).to_have_count(1)
        expect(page.locator(".feeds .token")).to_have_count(0)
        page.locator(".feeds li button").click()
        expect(page.locator(".feeds li")).to_have_count(0)
        visit.check(but="WebSocket")
        assert fetched(web, address).status_code == 404

    with visiting(browser, HERE, language=language, width=390, theme="light") as visit:
        visit.page.route("**/*", limited)
        for place in ("/changes/calendar", "/changes/agenda"):
            visit.go(place)
            expect(visit.page.locator("h1")).to_have_text(say("pages.limited"))
            visit.check(but="WebSocket")
