"""From a click to what a browser has painted: `python -m benchmarks.serving.painting`, a line of JSON for each view.

The example is imported into a register of its own, served by another process, and looked at with Chromium.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.register import in_a_process
from benchmarks.serving.measure import running
from benchmarks.storage import empty_register

EXAMPLE = Path(__file__).parents[2] / "examples" / "insurer" / "inventory"
VIEWS = {
    "300 nodes": "/explore?view=site&ci=site-a&lane=60",
    "2,000 elements": "/explore?view=query&group=none&lane=2000",
}
TURNS = 9
FIRST = "/explore?view=service&ci=svc-lipei"
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


def main() -> None:
    """Measure and print."""
    with empty_register("embedded") as data:
        in_a_process("import", str(data), str(EXAMPLE), "0")
        program = ["from api.cli import main; main()", "serve", "--port", "0"]
        with running(program, data) as (host, port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(f"http://{host}:{port}/explore")
            page.evaluate("views => localStorage.setItem('faultline.views', JSON.stringify(views))", VIEWS)
            for name in VIEWS:
                print(json.dumps(_clicked(page, f"http://{host}:{port}", name)), flush=True)
            browser.close()


def _clicked(page: Page, url: str, name: str) -> dict[str, Any]:
    taken: list[float] = []
    for _ in range(TURNS):
        page.goto(url + FIRST)
        page.wait_for_selector(".keys")
        page.wait_for_timeout(500)  # until nothing of the first view is left to do
        taken.append(page.evaluate(CLICK, name))
    drawn = page.locator(".panel.picture .note").inner_text()
    return {"view": name, "median_ms": round(float(np.median(taken))), "max_ms": round(max(taken)), "drawn": drawn}


if __name__ == "__main__":
    main()
