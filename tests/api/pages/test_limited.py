"""Pages of somebody whose view is limited by scopes, in a real browser."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from api.access.changes import create_first_token
from api.register import open_register
from graph.settings import Settings
from tests.api.access.in_memory import bearer
from tests.api.command import ESTATE, environment
from tests.api.pages.browser import MARKS, Visit, visiting
from tests.api.web import Web, over
from tests.engines import Database, imported, inventory

pytestmark = MARKS
HERE = "http://127.0.0.1:8470"  # nothing listens there: each request is answered in this process
SAID = {
    "zh": {"refused": "您的可见范围有限", "home": "您的可见范围有限", "hidden": "（不可见）"},
    "en": {
        "refused": "what you see of the register is limited", "home": "What you see is limited",
        "hidden": "(not shown)",
    },
}  # fmt: skip
HIDDEN = ("主机房", "核心组", "承保", "理赔")


@pytest.fixture(scope="module")
def answer(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What answers each request of a page as that of somebody who is shown databases by name, and nothing else."""
    embedded_engine.wipe()
    folder = tmp_path_factory.mktemp("limited")
    with open_register(Settings.from_environment(environment(embedded_engine, folder / "data"))) as register:
        imported(register.store, inventory(folder / "estate", ESTATE))
        scopes = {"ci_class": ["database_instance"]}
        shown = bearer(create_first_token(register.access, "ann", ["viewer"], scopes, "1h", "tester")[0])
        yield partial(fulfilled, over(register, home=HERE), shown)


def fulfilled(web: Web, shown: dict[str, str], route: Route) -> None:
    """Answer one request."""
    asked = route.request
    given = {name: value for name, value in asked.all_headers().items() if not name.startswith(":")} | shown
    with ThreadPoolExecutor(1) as beside:  # this thread has the loop of the browser's driver
        found = beside.submit(
            web.request, asked.method, asked.url, headers=given, content=asked.post_data_buffer
        ).result()
    left = ("content-encoding", "content-length")
    headers = {name: value for name, value in found.headers.items() if name not in left}
    route.fulfill(status=found.status_code, headers=headers, body=found.content)


@contextmanager
def limited(browser: Browser, answer: Any, language: str) -> Iterator[Visit]:
    """Pages as that somebody sees them."""
    with visiting(browser, HERE, language=language, width=1280, theme="light") as visit:
        visit.page.route("**/*", answer)
        visit.page.route_web_socket("**/graphql", lambda line: line.close())
        yield visit


@pytest.mark.parametrize("language", SAID)
def test_the_first_page_counts_all_and_names_what_is_shown(language: str, browser: Browser, answer: Any) -> None:
    with limited(browser, answer, language) as visit:
        visit.go("/")
        expect(visit.page.locator(".sentence .note")).to_contain_text(SAID[language]["home"])
        expect(visit.page.locator("h1")).to_contain_text("9")
        expect(visit.page.locator("main table tbody tr").first).to_contain_text(SAID[language]["hidden"])
        expect(visit.page.locator("main [data-search]")).to_be_focused()
        assert [name for name in HIDDEN if name in visit.page.locator("main").inner_text()] == []
        assert visit.page.locator("main .failed").count() == 0
        visit.check()


def test_the_explorer_names_what_is_shown(browser: Browser, answer: Any) -> None:
    with limited(browser, answer, "en") as visit:
        visit.go("/explore?view=query&group=owner&lane=1&seed=host-1&as=table")
        page = visit.page
        expect(page.locator("main table").first).to_contain_text("Not shown to you")
        assert [name for name in HIDDEN if name in page.locator("main").inner_text()] == []
        assert page.locator("main .failed").count() == 0


@pytest.mark.parametrize("language", SAID)
def test_what_is_not_for_a_limited_view_says_so(language: str, browser: Browser, answer: Any) -> None:
    with limited(browser, answer, language) as visit:
        for place in ("/kpi", "/imports", "/changes", "/changes/CHG-1", "/changes/CHG-1?without=db-1"):
            visit.go(place)
            expect(visit.page.locator("h1")).to_contain_text(SAID[language]["refused"])
            assert visit.page.locator("main .failed").count() == 0
            visit.check()
