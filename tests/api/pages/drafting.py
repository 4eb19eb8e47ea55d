"""A house whose changes are written on pages, and what people do in the form of a change."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from playwright.sync_api import Page, expect

from api.texts import Texts
from graph.history import Thing
from graph.store import Edit
from graph.values import State
from tests.api.house import TOMORROW, House, ci, opened
from tests.api.pages.browser import Visit
from tests.api.served import hosted
from tests.api.web import Web
from tests.engines import Database, depends, written

SAY = Texts("en")
START, END = (
    (TOMORROW + timedelta(hours=hours)).astimezone().strftime("%Y-%m-%dT%H:%M") for hours in (24, 26)
)  # fmt: skip


class Asked(Web):
    """A server asked over its socket: the browser's driver has a loop in this thread already."""

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return httpx.request(method, self.home + path, timeout=60, **options)


@contextmanager
def drafting(engine: Database, folder: Path) -> Iterator[House]:
    """Two databases of which one is enough, two CIs of one name, a retired one, and people of different roles."""
    with opened(engine, folder) as found:
        template: State = {
            "template_id": "TPL-DB",
            "name": "TPL-DB",
            "classes": ["database_instance"],
            "effect": "outage",
        }
        written(found.register.store, [
            ci("twin-1", "application", name="twin"), ci("twin-2", "application", name="twin"),
            ci("old-1", "application", status="retired"), ci("batch", "application"), depends("batch", "db-1"),
            Edit("change_templates", "TPL-DB", Thing(template, {"*": "inventory"})),
        ])  # fmt: skip
        with hosted(found.register) as home:
            yield replace(found, web=Asked(found.web.app, home))


def signed_in(visit: Visit, house: House, who: str, path: str) -> Page:
    """Somebody at a page, with their own token."""
    visit.page.goto(f"{visit.url}/sign-in?next={quote(path, safe='')}")
    visit.page.fill("input[name=token]", house.tokens[who])
    visit.press("Enter")
    visit.page.wait_for_selector("h1[tabindex]")
    return visit.page


def filled_in(page: Page, title: str, category: str) -> None:
    """The plain fields of the form."""
    page.fill("#draft-title", title)
    page.select_option("#draft-category", category)
    page.fill("#draft-start", START)
    page.fill("#draft-end", END)


def picked(page: Page, ci_id: str) -> None:
    """A CI by search."""
    page.fill("#affected", ci_id)
    page.locator("#affected-list [role=option]").first.click()
    expect(page.locator(f".picked li[data-ci={ci_id}]")).to_have_count(1)
