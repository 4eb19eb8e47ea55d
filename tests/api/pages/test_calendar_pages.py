"""When changes are, in a real browser: a night, a week, a month; lists with verdicts; addresses for other calendars."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from api.texts import Texts
from tests.api.pages.browser import MARKS, SHOWN, Visit, visiting
from tests.api.pages.living import insurer_with
from tests.engines import Database

pytestmark = MARKS
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
NOW = datetime.fromisoformat("2026-11-28T12:00:00+08:00")  # the night before the two that collide
MORE = {
    "changes": "change_id,title,category,status,planned_start,planned_end,affected,effect,team\n"
    f"CHG-ODD,{MARKUP},simple,draft,2026-11-28T20:00:00+08:00,2026-11-28T21:00:00+08:00,array-a-1,outage,team-odd\n"
    "CHG-OPEN,open,simple,submitted,2026-11-28T23:00:00+08:00,,db-caiwu-1,degraded,team-open\n"
    "CHG-OFF,off,simple,cancelled,2026-11-28T23:00:00+08:00,2026-11-28T23:30:00+08:00,db-caiwu-1,degraded,\n",
    "windows": "window_id,kind,scope,from,to,zone\n"
    "WIN-NIGHT,agreed_outage,svc-hexin,2026-11-28T22:00:00+08:00,2026-11-28T23:00:00+08:00,Asia/Shanghai\n",
}


@pytest.fixture(scope="module")
def insurer(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The living example and a few changes more, served; the address."""
    with insurer_with(embedded_engine, tmp_path_factory.mktemp("calendar"), MORE) as url:
        yield url


def gone(visit: Visit, path: str) -> None:
    visit.page.clock.set_fixed_time(NOW)
    visit.go(path)


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_a_night_shows_windows_as_bars_and_who_collides_at_both_and_in_words(
    insurer: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    say = Texts(language)
    with visiting(browser, insurer, language=language, width=width, theme=theme) as visit:
        page = visit.page
        gone(visit, "/changes/calendar?view=night&from=2026-11-28")
        expect(page.locator("h1 strong")).to_have_text(say("schedule.said_collisions", count=2))
        expect(page.locator(".calendar > header .note")).to_have_text("Asia/Shanghai")
        expect(page.locator("main")).to_contain_text(MARKUP)
        assert page.locator("main script, main img").count() == 0
        assert page.get_by_text("CHG-OFF").count() == 0
        clash = page.locator(".rows li", has_text=f"CHG-E01{say('impact.comma')}")
        expect(clash.locator("a[href='/changes/CHG-E02']")).to_have_count(1)
        if width == 390:
            expect(page.locator(".strip")).to_have_count(0)
            expect(page.locator(".days h3")).to_contain_text(["2026-11-28", "2026-11-29"])
            expect(page.locator(".days li", has_text="CHG-E01")).to_contain_text(say("rfc.collides"))
        else:
            for each in ("CHG-E01", "CHG-E02"):
                bar = page.locator(f".bars [data-change='{each}']")
                expect(bar).to_have_attribute("aria-label", _ending(say("schedule.collides_block")))
                expect(bar.locator(".shape.outage")).to_have_count(1)
            expect(page.locator(".bands .agreed_outage")).to_contain_text(
                say("schedule.kind_agreed_outage", what="核心业务")
            )  # fmt: skip
            expect(page.locator(".bars [data-change='CHG-ODD'].draft")).to_have_count(1)
            expect(page.locator(".bars [data-change='CHG-OPEN'].open")).to_have_count(1)
        visit.check()


def _ending(text: str) -> re.Pattern[str]:
    return re.compile(f".*{re.escape(text)}$")


def test_bars_are_where_their_windows_are(insurer: str, browser: Browser) -> None:
    with visiting(browser, insurer, language="en", width=1280, theme="light") as visit:
        gone(visit, "/changes/calendar?view=night&from=2026-11-28")
        page = visit.page
        page.wait_for_selector(".bars [data-change='CHG-E01']")
        places = page.evaluate("""() => {
          const room = document.querySelector(".plot").getBoundingClientRect();
          return Object.fromEntries([...document.querySelectorAll(".bars [data-change]")].map((each) => {
            const bar = each.querySelector("i").getBoundingClientRect();
            return [each.dataset.change, [(bar.left - room.left) / room.width, (bar.right - room.left) / room.width]];
          }));
        }""")
        # noon to noon: 22:00 is after 10 of 24 hours
        wanted = {"CHG-E01": (10, 13), "CHG-E02": (12, 15), "CHG-ODD": (8, 9), "CHG-OPEN": (11, 24)}
        for change, hours in wanted.items():
            assert [24 * each for each in places[change]] == pytest.approx(hours, abs=0.1)


@pytest.mark.parametrize("view", ["week", "night", "month"])
def test_a_label_is_whole_or_says_that_it_goes_on_and_its_title_says_all(
    insurer: str, browser: Browser, view: str
) -> None:
    with visiting(browser, insurer, language="zh", width=1280, theme="light") as visit:
        gone(visit, f"/changes/calendar?view={view}&from=2026-11-28")
        page = visit.page
        page.wait_for_selector(".bars [data-change='CHG-E01']")
        cut = page.evaluate("""() => [...document.querySelectorAll(
          ".bands li, .bars li > a, .axis span")].flatMap((each) => {
          const plot = each.closest(".strip").querySelector(".plot").getBoundingClientRect();
          const label = each.matches(".axis span") ? each : each.querySelector(":scope > span:not(.unseen)");
          if (!label) return [];
          const box = label.getBoundingClientRect();
          const ends = getComputedStyle(label).textOverflow === "ellipsis";
          const isWhole = label.scrollWidth <= label.clientWidth + 1;
          const isIn = box.right <= plot.right + 1;
          const told = each.matches(".axis span") || each.title.includes(label.firstChild.textContent.trim());
          return isIn && (isWhole || ends) && told ? [] : [label.textContent];
        })""")
        assert cut == []
        expect(page.locator(".bars [data-change='CHG-E01']")).to_have_attribute(
            "title", re.compile("CHG-E01.*11-28 22:00")
        )


def test_the_calendar_is_walked_by_keyboard_and_moves_in_time(insurer: str, browser: Browser) -> None:
    say = Texts("en")
    with visiting(browser, insurer, language="en", width=1280, theme="light") as visit:
        page = visit.page
        gone(visit, "/changes/calendar?view=week&from=2026-11-28")
        expect(page.locator(".calendar h2")).to_have_text("2026-11-23 to 2026-11-29")
        visit.tab_to(".bars a")
        visit.press("End", "Home")
        first = page.evaluate("() => document.activeElement.dataset.change")
        visit.press("ArrowRight", "ArrowLeft", "ArrowLeft")
        assert page.evaluate("() => document.activeElement.dataset.change") == first
        tops = []
        for key in ("End", "ArrowDown", "ArrowUp"):
            visit.press(key)
            tops.append(page.evaluate("() => document.activeElement.getBoundingClientRect().top"))
        assert tops[1] > tops[0] == tops[2]
        assert page.locator(".bars a[tabindex='0']").count() == 1
        page.get_by_role("link", name=say("schedule.view_month")).click()
        expect(page.locator(".calendar h2")).to_have_text("2026-11")
        expect(page.locator(".strip")).to_have_count(6)
        expect(page.locator("h1")).to_contain_text(say("schedule.said_blackouts", count=1))
        expect(page.locator(".shade").first).to_be_attached()
        visit.check()
        page.get_by_role("link", name=say("schedule.after")).click()
        expect(page).to_have_url(f"{insurer}/changes/calendar?view=month&from=2026-12-01")
        page.get_by_role("link", name=say("schedule.today")).click()
        expect(page.locator(".calendar h2")).to_have_text("2026-11")
        page.locator(".bars [data-change='CHG-E01']").focus()
        visit.press("Enter")
        expect(page).to_have_url(f"{insurer}/changes/CHG-E01")


@pytest.mark.parametrize(
    "asked", ["view=night&from=never", "view=century&from=2026-02-30", "from=%3Cb%3E", "view=month&from=9999-99-99"]
)
def test_an_address_that_names_no_time_shows_now(insurer: str, browser: Browser, asked: str) -> None:
    with visiting(browser, insurer, language="en", width=1280, theme="light") as visit:
        gone(visit, f"/changes/calendar?{asked}")
        expect(visit.page.locator(".calendar h2")).to_contain_text("2026-11")
        expect(visit.page.locator(".now")).to_have_count(1)


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_the_list_says_verdicts_and_is_filtered_by_its_address(
    insurer: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    say = Texts(language)
    with visiting(browser, insurer, language=language, width=width, theme=theme) as visit:
        page = visit.page
        gone(visit, "/changes?verdict=block")
        # what is over by now is a table of its own, folded
        rows = page.locator(".panel:has(> * .filters, > .filters) tbody tr")
        expect(rows).to_have_count(4)
        for each in ("CHG-E01", "CHG-E02", "CHG-B01", "CHG-OPEN"):
            row = rows.filter(has_text=each).first
            expect(row.locator(".mark.outage").first).to_have_text(say("rfc.verdict_block"))
        visit.check()
        page.locator(".filters select").nth(2).select_option("")
        page.locator(".filters input[name=team]").fill("team-open")
        page.locator(".filters input[name=from]").fill("2026-11-28")
        page.locator(".filters input[name=to]").fill("2026-11-28")
        page.locator(".filters button").click()
        expect(page).to_have_url(f"{insurer}/changes?team=team-open&from=2026-11-28&to=2026-11-28")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("CHG-OPEN")
        expect(rows.locator(".verdict-of .mark")).to_have_count(1)
        visit.check()


def test_a_view_of_the_list_is_kept_by_a_name_and_forgotten(insurer: str, browser: Browser) -> None:
    with visiting(browser, insurer, language="en", width=1280, theme="light") as visit:
        page = visit.page
        gone(visit, "/changes?team=team-odd&status=draft")
        page.locator(".views summary").click()
        page.locator(".views input").fill(MARKUP)
        page.locator(".views form button").click()
        expect(page.locator(".views li a")).to_have_attribute("href", "/changes?status=draft&team=team-odd")
        visit.check()
        visit.go("/changes")
        page.locator(".views summary").click()
        page.locator(".views li a").click()
        expect(page.locator("main table").last).to_contain_text("CHG-ODD")
        page.locator(".views li button").click()
        expect(page.locator(".views li")).to_have_count(0)


def test_in_local_mode_no_address_can_be_anybodys(insurer: str, browser: Browser) -> None:
    with visiting(browser, insurer, language="en", width=1280, theme="light") as visit:
        gone(visit, "/changes/calendar")
        expect(visit.page.locator(".feeds")).to_contain_text(Texts("en")("schedule.feed_local"))
