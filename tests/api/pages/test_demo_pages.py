"""What `make demo` ends with: the address of a review whose page, paper and text say the same."""

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from api.texts import Texts
from tests.api.command import COMMAND
from tests.api.pages.browser import MARKS, visiting
from tests.api.pages.test_agenda_pages import printed, squeezed, text_of
from tests.api.pages.test_change_pages import asked

SERVICES = """query($change: String!) { review(change: $change) { ... on Review {
  services { service { ciId name } } } } }"""
PATIENCE = 300  # seconds on a busy machine
pytestmark = MARKS


@contextmanager
def demo(data_dir: Path, language: str) -> Iterator[str]:
    """A demo that serves; what it has printed by then."""
    given = {**os.environ, "FAULTLINE_LANG": language, "COLUMNS": "100"}
    process = subprocess.Popen(
        [*COMMAND, "--data-dir", str(data_dir), "demo", "--port", "0"],
        env=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    patience = threading.Timer(PATIENCE, process.kill)
    patience.start()
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "/changes/" in line:
                break
        yield "".join(lines)
    finally:
        patience.cancel()
        process.terminate()
        process.communicate()


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.long)])
def test_the_page_that_the_demo_names_its_paper_and_its_text_say_the_same(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    say = Texts(language)
    with demo(tmp_path / "data", language) as told:
        (address,) = re.findall(r"http://\S+/changes/\S+", told)
        # the hash holds the moment it was asked at; its end is what a decision rests on (queries.evidence.said_by)
        (rests_on,) = re.findall(r"fe\d+:[0-9a-f]{64}(-[0-9a-f]+)", told)
        text = told[told.index(say("cli.demo_third")) :]
        change = address.rsplit("/", 1)[1]
        reasons = [line.strip() for line in section(text, say("review.reasons"))]
        assert any("CHG-E02" in each for each in reasons), "only together with another one"

        url = address.removesuffix(f"/changes/{change}")
        review = asked(url, SERVICES, change=change)["review"]
        with visiting(browser, url, language=language, width=1280, theme="light") as visit:
            page = visit.page
            visit.go(f"/changes/{change}")
            expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_block"))
            page.wait_for_selector(".lanes [data-ci=db-hexin-2]")
            visit.check()
            paper = printed(page, tmp_path / "change.pdf")
            shown = squeezed(page.locator("main").inner_text())
        on_paper = "".join(text_of(paper, sheet) for sheet in range(len(paper)))
        assert rests_on in text_of(paper, 0)
        paper.close()

    assert reasons
    services = {each["service"]["ciId"]: each["service"]["name"] for each in review["services"]}
    for reason in reasons:
        # the text has ids beside the names, which are links on the page
        said = squeezed(reason.lstrip("■◑△ "))
        for ci_id, name in services.items():
            named = say("impact.named", name=name, id=ci_id)
            assert named in reason or ci_id not in reason, reason
            said = said.replace(squeezed(named), squeezed(name))
        for place in (shown, on_paper):
            assert said in place, reason
    for service in section(text, say("review.services")):
        name = squeezed(re.split(r"[\s（]", service.strip(" ■◑△"))[0])
        assert name in shown
        assert name in on_paper


def section(text: str, heading: str) -> list[str]:
    """The lines of the part of that heading."""
    lines = text.splitlines()
    start = lines.index(heading) + 1
    end = next((at for at in range(start, len(lines)) if not lines[at].strip()), len(lines))
    return lines[start:end]
