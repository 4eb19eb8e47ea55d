"""Deputies on pages: for all of one's changes, until a moment; deciding as one; questions that are open meanwhile."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from api.access.changes import create_first_token
from api.register import open_register
from api.texts import Texts
from graph.settings import Settings
from tests.api.command import environment
from tests.api.pages.browser import MARKS, SHOWN, Visit, visiting
from tests.api.served import serving
from tests.engines import Database, imported, inventory

pytestmark = MARKS
PEOPLE = {"bob": "approver", "dan": "approver"}
START = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
UNTIL = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M}"
ESTATE = {
    "cis": "ci_id,name,ci_class,status\nsvc,Policies,business_service,live\ndb-1,Node 1,database_instance,live\n",
    "relationships": "source,type,target\nsvc,depends_on,db-1\n",
    "changes": "change_id,title,category,status,planned_start,planned_end,affected,effect\n"
    + "".join(f"CHG-{n},first {n},simple,assessed,{START.isoformat()},"
              f"{(START + timedelta(hours=1)).isoformat()},db-1,degraded\n" for n in (1, 2)),
}  # fmt: skip
ASK = """mutation($change: String!) { askOnChange(input: {change: $change, text: "Why then?", asked: "bob"})
  { __typename } }"""


@pytest.fixture
def office(embedded_engine: Database, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Two changes to decide on and two who may, served: the address, and their tokens."""
    embedded_engine.wipe()
    settings = Settings.from_environment(environment(embedded_engine, tmp_path / "data"))
    with open_register(settings) as register:
        imported(register.store, inventory(tmp_path / "estate", ESTATE))
        tokens = {
            name: create_first_token(register.access, name, [role], {}, "1d", "tester")[0]
            for name, role in PEOPLE.items()
        }
    with serving(embedded_engine, tmp_path) as (_, url):
        yield url, tokens


def at(visit: Visit, token: str, path: str) -> Page:
    """Somebody at a page."""
    visit.page.goto(f"{visit.url}/sign-in?next={quote(path, safe='')}")
    visit.page.locator("input[name=token]").fill(token)
    visit.press("Enter")
    visit.page.wait_for_selector("h1[tabindex]")
    return visit.page


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_a_deputy_for_all_changes_decides_on_each_and_sees_what_is_not_answered(
    office: tuple[str, dict[str, str]], browser: Browser, language: str, width: int, theme: Any
) -> None:
    url, tokens = office
    say = Texts(language)
    for change in ("CHG-1", "CHG-2"):
        httpx.post(f"{url}/graphql", json={"query": ASK, "variables": {"change": change}}, timeout=60,
                   headers={"Authorization": f"Bearer {tokens['dan']}"})  # fmt: skip
    with ExitStack() as stack:
        bob, dan = (
            stack.enter_context(visiting(browser, url, language=language, width=width, theme=theme)) for _ in PEOPLE
        )
        page = at(bob, tokens["bob"], "/changes/CHG-1")
        page.locator(".let summary").click()
        page.locator(".let input[name=deputy]").fill("dan")
        page.locator(".let select").select_option("all")
        page.locator(".let input[name=until]").fill(UNTIL)
        page.locator(".let button").click()
        expect(page.locator(".let [role=status]")).to_contain_text(UNTIL[:10])
        bob.check()

        page = at(dan, tokens["dan"], "/changes/CHG-2")
        behalf = page.locator(".decide select")
        expect(page.locator(".decide .missing")).to_have_text(say("talk.count_open", count=1))
        page.locator(".decide .missing button").click()
        expect(page.locator("#talk")).to_be_focused()
        dan.check()
        behalf.select_option("principal:bob")
        page.locator("#reason").fill("for bob, who is away")
        page.locator(".decide .actions button").first.click()
        expect(page.locator(".people")).to_contain_text("for bob, who is away")
        expect(page.locator(".people")).to_contain_text(say("rfc.on_behalf", who="principal:bob"))
        dan.check()

        dan.go("/changes/agenda")
        entry = page.locator("article[data-change='CHG-1']")
        expect(entry).to_contain_text(say("talk.count_open", count=1))
        entry.locator(".acts-of button").first.click()
        entry.locator(".deciding select").select_option(index=1)
        entry.locator(".deciding input").fill("for bob again")
        dan.check()
        entry.locator(".deciding button[type=submit]").click()
        expect(entry.locator(".result")).to_contain_text(say("rfc.status_approved"))
        dan.check()
