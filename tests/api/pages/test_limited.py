"""Pages of somebody whose view is limited by scopes, in a real browser, over a server without an engine."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.api.access.in_memory import Door, bearer
from tests.api.pages.browser import browsing, chromium, visiting
from tests.api.web import over

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(chromium() is None, reason="Chromium is not installed"),
    # the browser's driver closes its own loop late
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
HERE = "http://127.0.0.1:8470"  # nothing listens there: each request is answered in this process
SAID = {"zh": "您的可见范围有限", "en": "what you see of the register is limited"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with browsing() as found:
        yield found


def answering(folder: Path) -> Any:
    """What answers each request of a page as that of somebody with scopes."""
    door = Door(folder)
    web = over(cast(Any, door.register), home=HERE)
    shown = bearer(door.token("viewer", owner=["team-1"]))

    def answer(route: Route) -> None:
        asked = route.request
        given = {name: value for name, value in asked.all_headers().items() if not name.startswith(":")} | shown
        with ThreadPoolExecutor(1) as beside:  # this thread has the loop of the browser's driver
            found = beside.submit(
                web.request, asked.method, asked.url, headers=given, content=asked.post_data_buffer
            ).result()
        left = ("content-encoding", "content-length")
        headers = {name: value for name, value in found.headers.items() if name not in left}
        route.fulfill(status=found.status_code, headers=headers, body=found.content)

    return answer


@pytest.mark.parametrize("language", SAID)
def test_what_is_not_for_a_limited_view_says_so_and_leaves_the_search(
    language: str, browser: Browser, tmp_path: Path
) -> None:
    with visiting(browser, HERE, language=language, width=1280, theme="light") as visit:
        visit.page.route("**/*", answering(tmp_path))
        visit.page.route_web_socket("**/graphql", lambda line: line.close())
        for place in ("/", "/explore"):
            visit.go(place)
            expect(visit.page.locator("h1")).to_contain_text(SAID[language])
            assert visit.page.locator("main .failed").count() == 0
            assert visit.page.locator("[data-search]").count() == 1
            visit.check()
        visit.go("/")
        expect(visit.page.locator("main [data-search]")).to_be_focused()
