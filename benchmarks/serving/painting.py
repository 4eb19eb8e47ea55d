"""From a click, or an address, to what a browser has painted: part of the stage `serving`, where Chromium is there.

The example is imported into a register of its own, served by another process, and looked at with Chromium.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from benchmarks.figures import Figure, say
from benchmarks.register import in_a_process
from benchmarks.serving.running import running
from benchmarks.storage import empty_register

EXAMPLE = Path(__file__).parents[2] / "examples" / "insurer" / "inventory"
VIEWS = {
    "paint.300": "/explore?view=site&ci=site-a&lane=60",
    "paint.2000": "/explore?view=query&group=none&lane=2000",
}
PAGES = {"paint.home": "/", "paint.ci": "/ci/svc-lipei"}
TURNS = 9
FIRST = "/explore?view=service&ci=svc-lipei"
WIDE: ViewportSize = {"width": 1440, "height": 1000}
CLICK = """async (name) => {
  performance.clearMarks();
  const link = [...document.querySelectorAll(".saved li a")].find((each) => each.textContent === name);
  const begun = performance.now();
  link.click();
  for (;;) {
    await new Promise((next) => requestAnimationFrame(next));
    const [painted] = performance.getEntriesByName("explorer-painted");
    if (painted) return painted.startTime - begun;
  }
}"""
CONTENT = """() => new Promise((told) => new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.name === "first-contentful-paint") told(entry.startTime);
}).observe({ type: "paint", buffered: true }))"""


def measure(kind: str) -> list[dict[str, Any]]:
    """Milliseconds until something is painted, on the example; nothing where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        say("pages are left out: Chromium is not found")
        return []
    say(f"{kind}, the example: pages in Chromium")
    with empty_register(kind) as data:
        in_a_process("import", str(data), str(EXAMPLE), "0")
        program = ["from api.cli import main; main()", "serve", "--port", "0"]
        with running(program, data) as (host, port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            found = [
                *(_figure(name, kind, *_opened(browser, f"http://{host}:{port}{PAGES[name]}")) for name in PAGES),
                *_views(browser, f"http://{host}:{port}", kind),
            ]
            browser.close()
    return [figure.plain() for figure in found]


def _figure(name: str, kind: str, taken: Sequence[float], drawn: str = "") -> Figure:
    more = {"max": round(max(taken)), "runs": len(taken), **({"drawn": drawn} if drawn else {})}
    return Figure(name, kind, 0, round(float(np.median(taken))), "ms", more)


def _opened(browser: Browser, url: str) -> tuple[list[float]]:
    # nothing of the page is in the browser's cache
    taken: list[float] = []
    for _ in range(TURNS):
        page = browser.new_page(viewport=WIDE)
        page.goto(url)
        taken.append(page.evaluate(CONTENT))
        page.close()
    return (taken,)


def _views(browser: Browser, url: str, kind: str) -> list[Figure]:
    page = browser.new_page(viewport=WIDE)
    page.goto(f"{url}/explore")
    page.evaluate("views => localStorage.setItem('faultline.views', JSON.stringify(views))", VIEWS)
    return [_figure(name, kind, *_clicked(page, url, name)) for name in VIEWS]


def _clicked(page: Page, url: str, name: str) -> tuple[list[float], str]:
    taken: list[float] = []
    for _ in range(TURNS):
        page.goto(url + FIRST)
        page.wait_for_selector(".keys")
        page.wait_for_timeout(500)  # until nothing of the first view is left to do
        taken.append(page.evaluate(CLICK, name))
    return taken, page.locator(".panel.picture .note").inner_text()
