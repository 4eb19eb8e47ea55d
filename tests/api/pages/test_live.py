"""Pages hear that the register has moved on, by whatever way is open, and change only when their reader asks for it."""

import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request, Route, WebSocket, WebSocketRoute, expect

from api.register import open_register
from graph.settings import Settings
from tests.api.command import ESTATE, environment
from tests.api.pages.browser import MARKS, Visit, visiting
from tests.api.served import serving
from tests.engines import Database, imported, inventory

pytestmark = MARKS
TOKEN = "t" * 32
BEARER = {"Authorization": f"Bearer {TOKEN}"}
UPSERT = """mutation($ciId: String!, $name: String!) { upsertCis(input: {cis: [{ciId: $ciId, name: $name,
    ciClass: "host"}]}) { __typename } }"""
PLACE = "/ci/app-1?effect=retire"
SAID = {"zh": ("有更新", "会话已结束"), "en": ("Newer", "Your session has ended")}


@dataclass
class Tried:
    """How often a page has tried to be told."""

    sockets: int = 0
    streams: int = 0
    heard: int = 0  # frames
    waiting: set[Request] = field(default_factory=set)  # questions that are not answered yet

    def opened(self, line: WebSocket) -> None:
        self.sockets += 1
        line.on("framereceived", self.listened)

    def listened(self, _: str | bytes) -> None:
        self.heard += 1

    def asked(self, sent: Request) -> None:
        if "event-stream" in sent.headers.get("accept", ""):
            self.streams += 1
        elif sent.method == "POST":
            self.waiting.add(sent)

    def answered(self, sent: Request) -> None:
        self.waiting.discard(sent)

    def passes(self, page: Page, seconds: int) -> None:
        """Time passes on the page's clock, which goes ahead of the server: each question is answered in its second."""
        for _ in range(seconds):
            page.clock.fast_forward(1_000)
            page.wait_for_timeout(20)
            while self.waiting:
                page.wait_for_timeout(20)


@pytest.fixture(scope="module")
def estate(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, Path]:
    """The estate of two services, and a folder for its server."""
    embedded_engine.wipe()
    folder = tmp_path_factory.mktemp("served")
    with open_register(Settings.from_environment(environment(embedded_engine, folder / "data"))) as register:
        imported(register.store, inventory(folder / "estate", ESTATE))
    (folder / "token").write_text(TOKEN)
    return embedded_engine, folder


@pytest.fixture(scope="module")
def served(estate: tuple[Database, Path]) -> Iterator[str]:
    """It served to those who have a session; the address."""
    database, folder = estate
    with serving(database, folder, FAULTLINE_ADMIN_TOKEN_FILE=str(folder / "token")) as (_, url):
        yield url


def write(url: str, name: str, **headers: str) -> None:
    """One more revision, by somebody else."""
    given = {"query": UPSERT, "variables": {"ciId": "host-1", "name": name}}
    answer = httpx.post(f"{url}/graphql", json=given, headers=headers, timeout=60)
    assert answer.json()["data"]["upsertCis"]["__typename"] == "UpsertCisPayload", answer.text


def count_of(url: str, **headers: str) -> int:
    answer = httpx.post(f"{url}/graphql", json={"query": "{ revision }"}, headers=headers, timeout=60)
    return int(answer.json()["data"]["revision"])


def sign_in(visit: Visit) -> None:
    assert visit.page.context.request.post(f"{visit.url}/session", headers=BEARER).status == 204


def without(page: Page, *ways: str) -> None:
    """A network on which some of the ways to be told are closed."""

    def closed(line: WebSocketRoute) -> None:
        line.close()

    def lost(route: Route) -> None:
        streamed = "event-stream" in route.request.headers.get("accept", "")
        route.abort() if streamed else route.fallback()

    if "socket" in ways:
        page.route_web_socket("**/graphql", closed)
    if "events" in ways:
        page.route("**/graphql", lost)


def connected(visit: Visit, place: str) -> Tried:
    """Open a place, and wait until it is told what is new there."""
    tried = Tried()
    visit.page.on("websocket", tried.opened)
    visit.page.on("request", tried.asked)
    visit.go(place)
    while not tried.heard:
        visit.page.wait_for_timeout(50)
    return tried


def kept(page: Page) -> dict[str, Any]:
    """What a reader must not lose: where they are, what they are at, and what they wrote and opened."""
    found: dict[str, Any] = page.evaluate("""() => ({
        scrolled: scrollY, focused: document.activeElement.id, written: document.activeElement.value,
        opened: document.querySelector("details.kept").open, pressed: [...document.querySelectorAll(
        "[aria-pressed=true]")].map((each) => each.textContent), top: document.querySelector("main").offsetTop,
    })""")
    return found


@pytest.mark.parametrize(
    ("language", "width", "closed"),
    [("zh", 1280, ()), ("en", 390, ("socket",)), ("zh", 390, ("socket", "events"))],
)
def test_a_newer_revision_is_told_and_shown_in_place_only_when_asked_for(
    served: str, browser: Browser, language: str, width: int, closed: tuple[str, ...]
) -> None:
    with visiting(browser, served, language=language, width=width, theme="light") as visit:
        page, tried = visit.page, Tried()
        page.on("websocket", tried.opened)
        page.on("request", tried.asked)
        page.on("requestfinished", tried.answered)
        page.on("requestfailed", tried.answered)
        without(page, *closed)
        page.clock.install()
        sign_in(visit)
        visit.go(PLACE)
        before = count_of(served, **BEARER)
        tried.passes(page, 3)
        page.wait_for_selector(".why-panel .why")
        page.evaluate("document.querySelector('main').append(Object.assign(document.createElement('details'), "
                      "{className: 'kept', open: true}))")  # fmt: skip
        page.locator("#with").fill("db")
        page.wait_for_function("() => document.querySelectorAll('#with-list [role=option]').length > 1")
        page.evaluate("scrollTo(0, 150)")
        opened, text = kept(page), page.locator("main").inner_text()

        write(served, f"{language} {width}", **BEARER)
        for _ in range(40):
            tried.passes(page, 1)
            if page.locator(".revision button").count():
                break
        expect(page.locator(".revision button")).to_contain_text(SAID[language][0])
        tried.passes(page, 20)
        assert (kept(page), page.locator("main").inner_text()) == (opened, text), "nothing moves by itself"
        assert f"{before:,}" in page.locator(".revision").inner_text()
        visit.check(but="net::ERR_FAILED")

        show = page.locator(".revision button")
        # at 390 pixels the head is not in sight, and a pointer would go there first
        show.click() if width > 1000 else show.dispatch_event("click")
        expect(page.locator(".revision button")).to_have_count(0)
        expect(page.locator(".revision")).to_contain_text(f"{before + 1:,}")
        page.wait_for_function("() => !document.querySelector('.skeleton, .waiting')")
        assert kept(page) == opened
        # one connection: the one that holds; what is closed is not tried over and over
        assert (tried.sockets, tried.streams) == (int(not closed), int(bool(closed)))
        visit.check(but="net::ERR_FAILED")


def test_the_button_is_reached_by_keys_and_leaves_the_focus_where_it_was(served: str, browser: Browser) -> None:
    with visiting(browser, served, language="en", width=1280, theme="dark") as visit:
        sign_in(visit)
        visit.go("/questions/spof?service=svc-policy")
        visit.page.wait_for_selector(".lanes")
        write(served, "by keys", **BEARER)
        visit.page.wait_for_selector(".revision button")
        visit.check()
        visit.tab_to(".revision button")
        visit.press("Enter")
        expect(visit.page.locator(".revision button")).to_have_count(0)
        expect(visit.page.locator(".revision")).to_be_focused()


def test_what_changed_today_goes_on_by_itself_and_says_so(served: str, browser: Browser) -> None:
    with visiting(browser, served, language="en", width=1280, theme="light") as visit:
        sign_in(visit)
        visit.go("/")
        visit.page.wait_for_selector("section:has-text('Changed today') .rows li")
        write(served, "today", **BEARER)
        told = visit.page.locator("main [role=status]", has_text="Changed today")
        expect(told).to_contain_text(f"{count_of(served, **BEARER):,} revisions")
        expect(visit.page.locator(".rows", has_text="host-1")).to_have_count(1)
        expect(visit.page.locator(".revision button")).to_have_count(1)
        visit.check()


def test_an_import_on_its_way_shows_how_far_it_is_and_can_be_stopped(served: str, browser: Browser) -> None:
    asked: list[Any] = []

    def going(route: Route) -> None:
        body = route.request.post_data_json or {}
        if "cancelImport" in body["query"]:
            asked.append(body["variables"])
            route.fulfill(json={"data": {"cancelImport": {"__typename": "CancelImportPayload", "run": "r"}}})
        elif "importRuns" in body["query"]:
            found = route.fetch().json()
            run = found["data"]["importRuns"]["nodes"][0]
            progress = None if asked else {"read": 90, "total": 80, "loaded": 20}
            run |= {"report": None, "status": "cancelled" if asked else "running", "progress": progress}
            route.fulfill(json=found)
        else:
            route.fallback()

    with visiting(browser, served, language="en", width=390, theme="dark") as visit:
        sign_in(visit)
        visit.page.route("**/graphql", going)
        visit.go("/imports")
        bar = visit.page.locator(".rows progress")
        expect(bar).to_have_attribute("aria-label", "20 of 80 rows")
        expect(visit.page.locator("h1")).to_contain_text("on its way")
        visit.check()
        visit.page.locator(".rows").get_by_role("button", name="Stop").click()
        expect(bar).to_have_count(0)
        expect(visit.page.locator("main > div > [role=status]")).to_contain_text("is over")
        expect(visit.page.locator("h1")).to_contain_text("was stopped")
        expect(visit.page.locator(".rows .tag").first).to_have_text("stopped")
        assert len(asked) == 1
        visit.check()


def test_a_file_that_is_being_looked_through_can_be_given_up(served: str, browser: Browser, tmp_path: Path) -> None:
    rows = "".join(f"up-{number},name {number},host\n" for number in range(60_000))
    (tmp_path / "cis.csv").write_text(f"ci_id,name,ci_class\n{rows}", encoding="utf-8")
    before = count_of(served, **BEARER)
    with visiting(browser, served, language="zh", width=1280, theme="light") as visit:
        page = visit.page
        sign_in(visit)
        visit.go("/imports")
        page.set_input_files("input[type=file]", tmp_path / "cis.csv")
        page.get_by_role("button", name="试运行").click()
        page.locator(".going").get_by_role("button", name="停止").click()
        expect(page.locator(".upload-said")).to_contain_text("没有写入任何内容")
        visit.check()
    assert count_of(served, **BEARER) == before


@pytest.mark.parametrize("language", [pytest.param("zh", marks=pytest.mark.long), "en"])
def test_whoever_is_signed_in_is_named_and_leaves_by_the_keyboard(served: str, browser: Browser, language: str) -> None:
    with visiting(browser, served, language=language, width=390, theme="dark") as visit:
        page = visit.page
        sign_in(visit)
        visit.go("/admin")
        expect(page.locator(".who")).to_have_text("admin")
        visit.check()
        visit.tab_to(".out")
        visit.press("Enter")
        page.wait_for_url("**/sign-in")
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN" if language == "zh" else "en")
        page.go_back()  # whatever the browser has kept of the page: it is nobody's any more
        expect(page.locator("a[href^='/sign-in'], #token").first).to_be_visible()
        expect(page.locator(".who")).to_have_count(0)
        assert visit.page.context.request.get(f"{served}/").status == 401


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.long)])
def test_a_session_that_ends_is_told_and_nobody_is_led_away(served: str, browser: Browser, language: str) -> None:
    with visiting(browser, served, language=language, width=1280, theme="light") as visit:
        page = visit.page
        sign_in(visit)
        connected(visit, PLACE)
        page.locator("#with").fill("db")
        gone = "async () => (await fetch('/session', {method: 'DELETE', headers: {'X-Faultline': '1'}})).status"
        assert page.evaluate(gone) == 204
        write(served, f"lost {language}", **BEARER)
        expect(page.locator(".revision .line")).to_contain_text(SAID[language][1])
        expect(page.locator(".revision a")).to_have_attribute("href", "/sign-in?next=%2Fci%2Fapp-1%3Feffect%3Dretire")
        assert page.locator("#with").input_value() == "db"
        visit.check(but="401")


@pytest.mark.long
def test_a_server_that_ends_and_comes_back_is_told_and_followed_again(
    estate: tuple[Database, Path], browser: Browser
) -> None:
    database, folder = estate
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with visiting(browser, f"http://127.0.0.1:{port}", language="en", width=1280, theme="light") as visit:
        page, line = visit.page, visit.page.locator(".revision .line")
        with serving(database, folder, port=port) as (process, url):
            connected(visit, PLACE)
            page.wait_for_selector(".why-panel .why")
            process.send_signal(signal.SIGTERM)
            expect(line).to_contain_text("The server")
            assert process.wait(20) == 0
        shown = page.locator("main").inner_text()
        with serving(database, folder, port=port):
            expect(line).to_be_empty()
            write(url, "after the end")
            expect(page.locator(".revision button")).to_contain_text("Newer")
            assert page.locator("main").inner_text() == shown
            expected = ("ERR_CONNECTION", "WebSocket")  # the browser's own words
            assert [each for each in visit.faults if not any(part in each for part in expected)] == []
