"""A real browser on served pages, which notes what a page must not do: errors, foreign hosts, what the policy stops."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Error,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

AXE = Path(__file__).parent / "axe" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 60_000  # milliseconds: kernels may still be compiled, and the machine does other things too
REPORTS = """
window.policyReports = [];
document.addEventListener("securitypolicyviolation", (event) => window.policyReports.push(
  `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


def chromium() -> str | None:
    """Where Chromium is, if it is there."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


MARKS = [
    pytest.mark.processes,
    pytest.mark.skipif(chromium() is None, reason="Chromium is not installed"),
    # the browser's driver closes its own loop late
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ALL = [(language, width, theme) for language in ("zh", "en") for width in (1280, 390) for theme in ("light", "dark")]
SHOWN = [pytest.param(*each, marks=[] if each == ALL[0] else pytest.mark.long) for each in ALL]


@dataclass
class Visit:
    """A page in a browser; `faults`: what it must not have done so far."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)
    refused: list[Response] = field(default_factory=list)

    def heard(self, told: ConsoleMessage) -> None:
        """Nothing is to be told on the console but what is for developers."""
        if told.type in ("error", "warning"):
            self.faults.append(told.text)

    def broke(self, error: Error) -> None:
        """Nothing is to be thrown that nobody catches."""
        self.faults.append(str(error))

    def asked(self, dialog: Dialog) -> None:
        """No page of ours opens a dialog: text that became code would."""
        self.faults.append(dialog.message)
        dialog.dismiss()

    def requested(self, request: Request) -> None:
        """Everything comes from where the page came from."""
        if not _is_own(request.url, self.url):
            self.faults.append(request.url)

    def answered(self, response: Response) -> None:
        """A refusal is kept: the console tells its number alone."""
        if response.status >= 400:
            self.refused.append(response)

    def go(self, path: str, *, settled: bool = True) -> None:
        """Open a place; `settled`: until its answers are there, so that nothing moves under the hand any more."""
        self.page.goto(self.url + path)
        self.page.wait_for_selector("h1")
        if settled:
            self.settle()

    def settle(self) -> None:
        """Wait until nothing is waited for."""
        self.page.wait_for_function("() => !document.querySelector('.skeleton, .waiting')", timeout=PATIENCE)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, wanted: str, most: int = 120) -> None:
        """Go on by Tab until what has the focus matches a selector."""
        for _ in range(most):
            if self.page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
                return
            self.press("Tab")
        raise AssertionError(f"{wanted} cannot be reached by Tab")

    def focused(self) -> str:
        """The text of what has the focus, or its label."""
        found = self.page.evaluate(
            "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
        )
        return str(found)

    def check(self, *, but: str | None = None) -> None:
        """Nothing that a page must not do, and nothing that shuts somebody out (WCAG 2.2 AA).

        `but`: what the browser itself complains of where that is what is tried.
        """
        self.settle()
        reports: list[str] = self.page.evaluate("() => window.policyReports")
        wide = self.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.page.evaluate(_axe())
        found: list[dict[str, Any]] = self.page.evaluate("async () => (await axe.run()).violations")
        shut_out = [
            (each["id"], [(node["html"][:200], node["failureSummary"]) for node in each["nodes"][:3]]) for each in found
        ]
        faults = [each for each in self.faults if but is None or but not in each]
        told = {"faults": faults, "reports": reports, "too wide by": max(0, wide), "axe": shut_out}
        assert not any(told.values()), {**told, "refused": [_refusal(each) for each in self.refused]}


@contextmanager
def browsing() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, url: str, *, language: str, width: int, theme: Any) -> Iterator[Visit]:
    """Pages as somebody sees them who chose a language, on a screen of that width, with a system of that theme."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme, reduced_motion="reduce")
    context.add_cookies([{"name": "language", "value": language, "url": url}])
    context.add_init_script(REPORTS)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    visit = Visit(page, url)
    page.on("console", visit.heard)
    page.on("response", visit.answered)
    page.on("pageerror", visit.broke)
    page.on("dialog", visit.asked)
    page.on("request", visit.requested)
    yield visit
    context.close()


def _is_own(asked: str, url: str) -> bool:
    return urlsplit(asked).netloc == urlsplit(url).netloc or asked.startswith(("data:", "blob:"))


def _refusal(response: Response) -> str:
    try:
        words = response.text()
    except Error as error:  # its page has gone
        words = str(error)
    return f"{response.status} {response.url} {(response.request.post_data or '')[:80]}: {words[:300]}"


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")
