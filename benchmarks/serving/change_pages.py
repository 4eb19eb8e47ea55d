"""The page of a coming change and the calendar of a month with a thousand, in Chromium: from the address to painted."""

import shutil
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.figures import Figure, say
from benchmarks.serving.drawn import CHANGES, LARGE
from benchmarks.serving.kept import Made
from benchmarks.serving.painting import WIDE
from benchmarks.serving.running import Address
from benchmarks.storage import Bench

TURNS = 5
STEPS = 9  # that the window is moved by
PATIENCE = 60_000  # milliseconds
BREATH = 300  # milliseconds between two steps: no address waits for the one before, nothing is left to do
# notes when each of these was there for the first time, by the clock of the page; once a frame, painted in the next one
FIRST = """(() => {
  const wanted = {
    sentence: () => document.querySelector(".sentence .verdict"),
    picture: () => document.querySelector(".panel.picture svg"),
    whole: () => document.querySelector(".panel.picture svg") && document.querySelector("svg.moved")
      && !document.querySelector(".skeleton"),
    month: () => document.querySelector(".calendar .bar-of") && !document.querySelector(".skeleton"),
  };
  window.painted = {};
  const look = () => {
    for (const [name, isThere] of Object.entries(wanted)) {
      if (!(name in window.painted) && isThere()) {
        window.painted[name] = null;
        requestAnimationFrame(() => { window.painted[name] = performance.now(); });
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
# from the event that moves the window to the frame after the one in which the answer to it stands there
MOVED = """(type) => {
  window.moved = [];
  let begun = null, asked = false;
  addEventListener(type, (event) => { if (begun === null && window.counting) begun = event.timeStamp; }, true);
  const isWaiting = () => document.querySelector("div.waiting > .sentence") !== null;
  new MutationObserver(() => {
    if (begun === null) return;
    if (isWaiting()) asked = true;
    else if (asked) {
      const from = begun;
      [begun, asked] = [null, false];
      requestAnimationFrame(() => requestAnimationFrame(() => window.moved.push(performance.now() - from)));
    }
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
  window.counting = true;
}"""


def measure(bench: Bench, address: Address, register: Made) -> list[Figure]:
    """Milliseconds; nothing where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        say("pages are left out: Chromium is not found")
        return []
    say(f"{bench.kind}, {bench.size:,} CIs: pages of coming changes in Chromium")
    url = "http://{}:{}".format(*address)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        change, month = f"{url}/changes/{LARGE}", f"{url}/changes/calendar?view=month&from={register.month}"
        opened = [_opened(browser, change, ("sentence", "picture", "whole")) for _ in range(TURNS)]
        months = [_opened(browser, month, ("month",)) for _ in range(TURNS)]
        found = {
            "paint.coming.sentence": [each["sentence"] for each in opened],
            "paint.coming.picture": [each["picture"] for each in opened],
            "paint.coming.page": [each["whole"] for each in opened],
            "paint.coming.month": [each["month"] for each in months],
            "paint.coming.step": _moved(browser, change, "keydown"),
            "paint.coming.drag": _moved(browser, change, "pointermove"),
        }
        browser.close()
    more = {"affected": register.largest, "changes": CHANGES}
    return [_figure(bench, name, taken, more) for name, taken in found.items()]


def _figure(bench: Bench, name: str, taken: Sequence[float], more: dict[str, Any]) -> Figure:
    spread = {"min": round(min(taken)), "max": round(max(taken)), "runs": len(taken)}
    return Figure(name, bench.kind, bench.size, round(float(np.median(taken)), 1), "ms", {**spread, **more})


def _opened(browser: Browser, url: str, wanted: Iterable[str]) -> dict[str, float]:
    # nothing of the page is in the browser's cache
    page = browser.new_page(viewport=WIDE)
    page.add_init_script(FIRST)
    page.goto(url)
    found: dict[str, float] = {}
    for name in wanted:
        found[name] = _until(page, f"window.painted.{name}")
    page.close()
    return found


def _moved(browser: Browser, url: str, by: str) -> list[float]:
    page = browser.new_page(viewport=WIDE)
    page.goto(url)
    bar = page.locator("svg.moved")
    bar.wait_for(timeout=60_000)
    _until(page, "!document.querySelector('.skeleton')")
    page.evaluate(MOVED, by)
    bar.scroll_into_view_if_needed()
    if by == "keydown":
        bar.focus()
        for _ in range(STEPS):
            _step(page, lambda: page.keyboard.press("ArrowRight"))
    else:
        _dragged(page)
    taken: list[float] = page.evaluate("window.moved")
    page.close()
    return taken[1:]  # the first one is for warming


def _dragged(page: Page) -> None:
    # from the middle of the window to the right, held all the while
    box = page.locator("svg.moved rect.work").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.wait_for_timeout(BREATH)
    page.mouse.down()
    for at in range(1, STEPS + 1):
        _step(page, lambda at=at: page.mouse.move(x + 8 * at, y))
    page.mouse.up()


def _step(page: Page, move: Any) -> None:
    before = page.evaluate("window.moved.length")
    move()
    _until(page, f"window.moved.length > {before}")
    page.wait_for_timeout(BREATH)


def _until(page: Page, wanted: str) -> Any:
    # the policy of the pages lets nothing be evaluated by text, as waiting for a function does
    found = page.evaluate(f"""async () => {{
      for (const begun = performance.now(); performance.now() - begun < {PATIENCE};) {{
        const found = {wanted};
        if (found) return found;
        await new Promise((next) => setTimeout(next, 20));
      }}
    }}""")
    if not found:
        raise RuntimeError(f"{page.url}: {wanted} did not come about")
    return found
