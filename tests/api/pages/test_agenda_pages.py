"""The agenda of a meeting in a real browser, decided by keyboard, several at once, and on paper."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from api.texts import Texts
from tests.api.pages.browser import MARKS, SHOWN, Visit, visiting
from tests.api.pages.living import insurer_with
from tests.api.pages.test_change_pages import SAVE, STEP, asked
from tests.engines import Database

pytestmark = MARKS
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
NOW = datetime.fromisoformat("2026-11-28T12:00:00+08:00")
PAPERS = "DOC-B,DOC-T,DOC-A"
DAY = "2031-03-0{}T22:30:00+08:00,2031-03-0{}T23:30:00+08:00"
MEETING = "/changes/agenda?from=2031-03-01&to=2031-03-09"
# none of them puts anything out, so that all of them pass but the one that needs no papers to be looked at
HARMLESS = [f"CHG-H{n}" for n in range(1, 4)]
MORE = {
    "changes": "change_id,title,category,status,planned_start,planned_end,affected,effect,back_out_plan,"
    "test_evidence,assessment\n"
    + "".join(
        f"{name},harmless {n},simple,assessed,{DAY.format(n, n)},app-config,degraded,{PAPERS}\n"
        for n, name in enumerate(HARMLESS, 1)
    )
    + f'CHG-BARE,"{MARKUP}",simple,assessed,{DAY.format(4, 4)},db-caiwu-1,outage,,,\n'
    f"CHG-NO,not at all,major,assessed,{DAY.format(5, 5)},db-lipei-1,degraded,{PAPERS}\n"
    f"CHG-DRAFT,not yet,simple,draft,{DAY.format(6, 6)},db-lipei-1,degraded,{PAPERS}\n",
}


@pytest.fixture
def insurer(embedded_engine: Database, tmp_path: Path) -> Iterator[str]:
    """The living example and a meeting's changes, of another tool's scope so that who is local may decide; served."""
    with insurer_with(embedded_engine, tmp_path, MORE) as url:
        yield url


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_a_meeting_is_decided_by_keyboard_and_the_harmless_at_once(
    insurer: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    say = Texts(language)
    with visiting(browser, insurer, language=language, width=width, theme=theme) as visit:
        page = visit.page
        visit.go(MEETING)
        expect(page.locator(".item h3 .mark")).to_have_count(5)
        expect(page.locator(".item")).to_have_count(5)
        expect(page.locator("main")).to_contain_text(MARKUP)
        assert page.locator("main script, main img").count() == 0
        bare = page.locator(".item[data-change='CHG-BARE']")
        expect(bare).to_contain_text(say("review.reason_missing_back_out_plan"))
        expect(bare).to_contain_text(say("rfc.voices_needed", have=0, needed=1))
        expect(bare.locator(".about")).to_contain_text("财务")
        visit.check()

        decided_by_keyboard(visit, say)
        decided_at_once(visit, say, insurer)
    found = [asked(insurer, "query($c: String!) { change(changeId: $c) { status } }", c=each) for each in HARMLESS]
    assert [each["change"]["status"] for each in found] == ["approved", "assessed", "approved"]


def decided_by_keyboard(visit: Visit, say: Texts) -> None:
    """One is rejected and one approved, by keys alone; none of these records anything by itself."""
    page, bare = visit.page, visit.page.locator(".item[data-change='CHG-BARE']")
    visit.tab_to("article.item")
    visit.press("j", "j", "j")
    assert page.evaluate("() => document.activeElement.dataset.change") == "CHG-BARE"
    visit.press("r")
    expect(page.locator("#reason-CHG-BARE")).to_be_focused()
    visit.press("Escape")
    expect(bare).to_be_focused()
    visit.press("j", "k", "r")
    page.keyboard.type("no papers")
    visit.press("Enter")
    expect(bare.locator(".result")).to_have_text(
        say("rfc.voice_decides", status=say("rfc.status_rejected"))
    )  # fmt: skip
    expect(bare).to_be_focused()
    visit.press("j", "a")
    page.keyboard.type("agreed")
    visit.press("Enter")
    kept = page.locator(".item[data-change='CHG-NO']")
    expect(kept.locator(".result")).to_have_text(say("rfc.voice_kept", status=say("rfc.status_assessed")))
    expect(kept).to_contain_text(say("rfc.voices_needed", have=1, needed=2))
    visit.check()


def decided_at_once(visit: Visit, say: Texts, insurer: str) -> None:
    """The harmless ones; one of them gets company after it was read."""
    page = visit.page
    at_once = page.locator(".harmless button")
    expect(at_once).to_have_text(say("schedule.harmless", count=3))
    at_once.click()
    expect(page.locator(".harmless li")).to_have_count(3)
    expect(page.locator(".harmless li").first).to_contain_text(
        say("schedule.becomes", status=say("rfc.status_approved"))
    )  # fmt: skip
    visit.check()
    start, end = DAY.format(2, 2).split(",")
    late = {"format": "faultline.change/1", "change_id": "CHG-LATE", "title": "late", "category": "simple",
            "window": {"start": start, "end": end}, "affected": [{"ci_id": "app-config"}]}  # fmt: skip
    asked(insurer, SAVE, document=late)
    asked(insurer, STEP, change="CHG-LATE")
    page.locator("#harmless-reason").fill("harmless")
    page.locator(".harmless button[type=submit]").click()
    told = page.locator(".told")
    expect(told).to_contain_text(say("schedule.approved_all", count=2))
    expect(told.locator("li")).to_have_count(1)
    expect(told.locator("li")).to_contain_text("CHG-H2")
    expect(told.locator("li")).to_contain_text(say("decide_change.outdated"))
    visit.check()


def test_without_a_change_to_decide_on_it_says_so(insurer: str, browser: Browser) -> None:
    with visiting(browser, insurer, language="en", width=1280, theme="light") as visit:
        visit.go("/changes/agenda?from=2040-01-01&to=1999-01-01")
        expect(visit.page.locator(".empty")).to_have_text(Texts("en")("schedule.agenda_none"))
        visit.check()


@pytest.mark.parametrize(
    ("language", "theme"), [("en", "dark"), pytest.param("zh", "light", marks=pytest.mark.long)]
)  # fmt: skip
def test_on_paper_the_first_page_holds_the_decision_counts_and_the_picture(
    insurer: str, browser: Browser, tmp_path: Path, language: str, theme: Any
) -> None:
    say = Texts(language)
    with visiting(browser, insurer, language=language, width=1280, theme=theme) as visit:
        page = visit.page
        page.clock.set_fixed_time(NOW)
        visit.go("/changes/CHG-E01")
        page.wait_for_selector(".lanes [data-ci=db-hexin-2]")
        change = printed(page, tmp_path / "change.pdf")
        visit.go(MEETING)
        expect(page.locator(".item h3 .mark")).to_have_count(5)
        agenda = printed(page, tmp_path / "agenda.pdf")

    first = text_of(change, 0)
    keys = ("rfc.verdict_block", "schedule.decision", "schedule.counts", "pages.picture", "pages.state_outage")
    for words in ("CHG-E02", say("schedule.count_together", count=1), *map(say, keys)):
        assert squeezed(words) in first, words
    assert squeezed(say("rfc.reasons")) not in first
    assert squeezed(say("rfc.reasons")) in text_of(change, 1)
    whole = "".join(text_of(change, at) for at in range(len(change)))
    for words in (say("alike.title"), "CHG-00334", say("alike.rates")):
        assert squeezed(words) in whole, words
    assert 2 <= len(change) <= 8
    first = text_of(agenda, 0)
    for words in (say("schedule.verdicts"), say("schedule.counts"), "CHG-H1", "CHG-NO", say("schedule.windows")):
        assert squeezed(words) in first, words
    assert squeezed(say("schedule.company")) in text_of(agenda, 1)
    assert 2 <= len(agenda) <= 4
    for sheets in (change, agenda):
        for sheet in sheets:
            assert sheet.get_size() == pytest.approx((841.9, 595.3), abs=1)  # A4 landscape, in points
            picture = sheet.render(scale=1, grayscale=True).to_numpy()
            assert np.mean(picture > 200) > 0.6  # paper is light, whatever the screen is
            assert picture.min() < 90
        sheets.close()


def printed(page: Page, file: Path) -> pypdfium2.PdfDocument:
    """What the page is on paper."""
    page.wait_for_function("() => !document.querySelector('.skeleton, .waiting')")
    page.pdf(path=str(file), prefer_css_page_size=True)
    return pypdfium2.PdfDocument(file)


def text_of(paper: pypdfium2.PdfDocument, at: int) -> str:
    text = paper[at].get_textpage()
    found = squeezed(text.get_text_range())
    text.close()
    return found


def squeezed(text: str) -> str:
    """Without blanks: where lines break on paper is no claim."""
    return "".join(text.split())
