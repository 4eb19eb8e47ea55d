"""What-if on the page of a change by dragging its window, an agreed outage tried, and what people say there."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from api.texts import Texts
from tests.api.pages.browser import ALL, MARKS, Visit, visiting
from tests.api.pages.living import tables_served
from tests.engines import Database

pytestmark = MARKS
SHOWN = [pytest.param(*each, marks=[] if each == ALL[1] else pytest.mark.long) for each in ALL]
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
SAVE = """mutation($document: JSON!) { saveChange(input: {document: $document}) { __typename } }"""
NOW = datetime.fromisoformat("2031-02-28T12:00:00+08:00")
BEFORE, AFTER = (
    "2031-03-01T22:00:00+08:00,2031-03-02T00:00:00+08:00",
    "2031-03-02T00:00:00+08:00,2031-03-02T02:00:00+08:00",
)


def half(hours: int) -> str:
    """So many half hours after midnight."""
    return f"2031-04-01T{hours // 2:02}:{hours % 2 * 30:02}:00+08:00"


# two of three are enough of `cl`, so that only two changes at once put the service out
CLUSTER = {
    "cis": "ci_id,name,ci_class,status,criticality\nsvc,Policies,business_service,live,critical\n"
    + "app,Policy,application,live,\n"
    + "".join(f"n-{n},Node {n},database_instance,live,\n" for n in (1, 2, 3)),
    "relationships": "source,type,target,redundancy_group,min_available\nsvc,depends_on,app,,\n"
    + "".join(f"app,depends_on,n-{n},cl,2\n" for n in (1, 2, 3)),
    "changes": "change_id,title,category,status,planned_start,planned_end,affected,effect\n"
    + f"CHG-A,first node,simple,approved,{BEFORE},n-1,outage\nCHG-B,second node,simple,approved,{AFTER},n-2,outage\n"
    + "CHG-ALONE,the application,simple,approved,2031-03-01T23:00:00+08:00,2031-03-02T01:00:00+08:00,app,outage\n"
    # a busy night, elsewhere
    + "".join(
        f"CHG-BUSY-{n:02},busy,simple,approved,{half(n)},{half(n + 6)},n-3,degraded\n" for n in range(12)
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of which two of three are enough, with a change before and one after midnight, served; the address."""
    with tables_served(embedded_engine, tmp_path_factory.mktemp("talking"), CLUSTER) as url:
        yield url


def dragged(visit: Visit, minutes: int) -> None:
    """Drag the bar by so many minutes with the mouse, in steps."""
    bar = visit.page.locator(".around .moved")
    bar.scroll_into_view_if_needed()
    box, work = bar.bounding_box(), visit.page.locator(".around .moved .work").bounding_box()
    assert box is not None
    assert work is not None
    whole = int(bar.get_attribute("aria-valuemax") or "0")
    x, y, far = work["x"] + work["width"] / 2, work["y"] + work["height"] / 2, minutes * box["width"] / whole
    visit.page.mouse.move(x, y)
    visit.page.mouse.down()
    visit.page.mouse.move(x + far, y, steps=8)
    visit.page.mouse.up()


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_windows_that_touch_are_none_and_by_one_step_of_the_bar_an_emergent_outage(
    cluster: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    say = Texts(language)
    with visiting(browser, cluster, language=language, width=width, theme=theme) as visit:
        page = visit.page
        page.clock.set_fixed_time(NOW)
        visit.go("/changes/CHG-A")
        collision = page.locator(".panel .rows a[href='/changes/CHG-B']")
        expect(page.locator(".around li.own")).to_contain_text("22:00")
        expect(collision).to_have_count(0)
        expect(page.locator(".verdict")).not_to_have_text(say("rfc.verdict_block"))
        visit.check()

        page.locator(".around .moved").focus()
        visit.press("ArrowRight")
        expect(page).to_have_url(re.compile("start=2031-03-01T22%3A05.*end=2031-03-02T00%3A05"))
        expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_block"))
        expect(collision).not_to_have_count(0)
        expect(page.locator(".around .tried [role=status]")).to_contain_text(say("rfc.verdict_block"))
        expect(page.locator(".around .moved")).to_be_focused()
        expect(page.locator(".around .moved .clash")).to_have_count(1)
        # what breaks the cluster by itself at that time hides nothing of the two
        expect(page.locator("h1")).to_contain_text("Policies")
        visit.check()
        visit.press("ArrowLeft")
        expect(page).to_have_url(f"{cluster}/changes/CHG-A")
        expect(collision).to_have_count(0)
        expect(page.locator(".verdict")).not_to_have_text(say("rfc.verdict_block"))
        assert page.evaluate("history.length") <= 2, "a drag leaves nothing to go back through"

        dragged(visit, 60)
        expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_block"))
        expect(page.locator(".trying")).to_contain_text(say("rfc.trial_is"))
        expect(collision).not_to_have_count(0)
        visit.check()
        page.locator(".tried a").click()
        expect(collision).to_have_count(0)
        expect(page.locator(".trying")).to_have_count(0)


def test_by_one_minute_they_overlap_and_by_none_they_do_not(cluster: str, browser: Browser) -> None:
    with visiting(browser, cluster, language="en", width=1280, theme="light") as visit:
        page, day = visit.page, "2031-03-0"
        pair = page.locator(".panel .rows a[href='/changes/CHG-B']")
        visit.go(f"/changes/CHG-A?start={day}1T22:01%2B08:00&end={day}2T00:01%2B08:00")
        expect(page.locator(".around li.own .when")).to_contain_text("00:01")
        expect(pair).not_to_have_count(0)
        visit.go(f"/changes/CHG-A?start={day}1T22:00%2B08:00&end={day}2T00:00%2B08:00")
        expect(page.locator(".around li.own")).to_be_visible()
        expect(pair).to_have_count(0)


def test_in_a_busy_night_the_bar_that_is_moved_is_among_the_rows_that_are_shown(cluster: str, browser: Browser) -> None:
    with visiting(browser, cluster, language="en", width=1280, theme="light") as visit:
        own, rows = visit.page.locator(".around li.own"), visit.page.locator(".around li")
        for change, place in (("CHG-BUSY-11", -1), ("CHG-BUSY-02", 2)):
            visit.go(f"/changes/{change}")
            expect(own).to_contain_text(change)
            expect(own.locator(".moved")).to_be_visible()
            expect(rows).to_have_count(8)
            expect(rows.nth(place)).to_contain_text(change)


def test_shift_moves_the_end_and_escape_takes_a_drag_back(cluster: str, browser: Browser) -> None:
    with visiting(browser, cluster, language="en", width=1280, theme="light") as visit:
        page = visit.page
        visit.go("/changes/CHG-A")
        bar = page.locator(".around .moved")
        bar.focus()
        visit.press("Shift+ArrowRight")
        expect(bar).to_have_attribute("aria-valuetext", "03-01 22:00–03-02 00:05")
        visit.press("Shift+ArrowLeft")
        expect(page).to_have_url(f"{cluster}/changes/CHG-A")
        work = page.locator(".around .moved .work").bounding_box()
        assert work is not None
        page.evaluate("() => addEventListener('mousedown', (event) => { window.taken = event.defaultPrevented; })")
        page.mouse.move(work["x"] + work["width"] / 2, work["y"] + 5)
        page.mouse.down()
        assert page.evaluate("window.taken"), "else the browser drags what the page moves there meanwhile"
        expect(bar).to_be_focused()
        page.mouse.move(work["x"] + work["width"] / 2 + 50, work["y"] + 5, steps=3)
        expect(page).to_have_url(re.compile("start="))
        visit.press("Escape")
        expect(page).to_have_url(f"{cluster}/changes/CHG-A")
        page.mouse.up()
        expect(page).to_have_url(f"{cluster}/changes/CHG-A")


def test_an_agreed_outage_is_tried_and_said_to_be_a_trial(cluster: str, browser: Browser) -> None:
    say = Texts("en")
    with visiting(browser, cluster, language="en", width=1280, theme="light") as visit:
        page = visit.page
        visit.go("/changes/CHG-ALONE")
        reasons = page.locator(".reasons .rows").first
        expect(reasons).to_contain_text("Policies")
        before = reasons.inner_text()
        visit.tab_to(".trial .agree")
        visit.press("Enter")
        expect(page).to_have_url(f"{cluster}/changes/CHG-ALONE?agreed=svc")
        expect(page.locator(".trying")).to_contain_text(say("whatif.trial_agreed", names="Policies"))
        expect(page.locator(".services")).to_contain_text(say("rfc.agreed"))
        expect(reasons).not_to_have_text(before)
        visit.check()
        page.locator(".trying a").click()
        expect(page.locator(".services")).not_to_contain_text(say("rfc.agreed"))


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_what_is_said_stays_text_a_question_is_open_until_it_is_answered(
    cluster: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    say, change = Texts(language), f"CHG-T-{language}-{width}-{theme}"
    document = {"format": "faultline.change/1", "title": "talked of", "category": "simple", "change_id": change,
                "affected": [{"ci_id": "n-3"}]}  # fmt: skip
    httpx.post(f"{cluster}/graphql", timeout=60, json={"query": SAVE, "variables": {"document": document}})
    with visiting(browser, cluster, language=language, width=width, theme=theme) as visit:
        page = visit.page
        visit.go(f"/changes/{change}")
        visit.tab_to("#talk-text")
        page.keyboard.insert_text(f"{MARKUP} https://x.example/a?b=1 javascript:alert(3)")
        page.locator(".talk .actions button").first.click()
        said = page.locator(".talk li")
        expect(said).to_contain_text([MARKUP])
        expect(said.locator("a")).to_have_attribute("href", "https://x.example/a?b=1")
        expect(said.locator("a")).to_have_attribute("rel", "noopener nofollow noreferrer")
        assert page.locator("main script, main img").count() == 0
        page.locator("#talk-text").fill("Why tonight?")
        page.get_by_role("button", name=say("talk.as_question"), exact=True).click()
        expect(page.locator(".talk .missing")).to_be_visible()
        expect(said).to_have_count(2)
        visit.check()
        page.locator(".talk li.question textarea").fill("Because.")
        page.get_by_role("button", name=say("talk.as_answer"), exact=True).click()
        expect(page.locator(".talk .missing")).to_have_count(0)
        expect(page.locator(".talk li.answer")).to_contain_text("Because.")
        visit.check()
