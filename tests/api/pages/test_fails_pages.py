"""What was promised of services, when they are back if a change fails, and the time to back it out: in a browser."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from api.texts import Texts
from tests.api.pages.browser import ALL, MARKS, visiting
from tests.api.pages.living import tables_served
from tests.engines import Database

pytestmark = MARKS
QUICK = (("zh", 1280, "light"), ("en", 390, "light"))
SHOWN = [pytest.param(*each, marks=[] if each in QUICK else pytest.mark.long) for each in ALL]
NOW = datetime.fromisoformat("2031-02-28T12:00:00+08:00")
DAY = "2031-03-01"
TABLES = {
    "cis": "ci_id,name,ci_class,status,criticality,rto,recovery_time,owner\n"
    "svc,理赔核心服务,business_service,live,critical,PT2H,,team-a\n"
    "svc-2,车险承保,business_service,live,critical,PT4H,,team-b\n"
    "svc-3,代理人门户,business_service,live,low,,,team-b\n"
    "team-a,李工,team,live,,,,\nteam-b,王工,team,live,,,,\nkf,客户服务部,team,live,,,,\ncx,财产险,team,live,,,,\n"
    "app,理赔工作流,application,live,,,PT40M,\nq-1,队列,application,live,,,,\n"
    + "".join(f"n-{n},Node {n},database_instance,live,,,PT3H40M,\n" for n in (1, 2, 3)),
    "relationships": "source,type,target,redundancy_group,min_available\nsvc,depends_on,app,,\n"
    + "".join(f"{who},depends_on,n-{n},cl,{need}\n" for n in (1, 2, 3) for who, need in (("app", 2), ("svc-2", 1)))
    + "svc-3,depends_on,q-1,,\n",
    "slas": "sla_id,service,customer,allowed_downtime,rto\nS-1,svc,kf,PT1H,PT4H\nS-2,svc,cx,,\n",
    "changes": "change_id,title,category,status,planned_start,planned_end,affected,effect,back_out_time\n"
    f"CHG-1,node 1,simple,submitted,{DAY}T22:00:00+08:00,{DAY}T23:30:00+08:00,n-1,outage,PT45M\n"
    f"CHG-2,node 2,simple,submitted,{DAY}T23:00:00+08:00,{DAY}T23:45:00+08:00,n-2,outage,\n"
    f"CHG-3,queue,simple,submitted,{DAY}T20:00:00+08:00,{DAY}T21:00:00+08:00,q-1,outage,PT3H\n"
    f"CHG-4,app,simple,submitted,{DAY}T10:00:00+08:00,{DAY}T12:00:00+08:00,app,outage,PT30M\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def night(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Nodes with a change each, a queue without a time, served; the address."""
    with tables_served(embedded_engine, tmp_path_factory.mktemp("fails"), TABLES) as url:
        yield url


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_a_row_has_its_promise_customers_and_recovery_and_the_panel_says_what_is_too_late(
    night: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    say = Texts(language)

    def lasting(hours: int, minutes: int) -> str:
        parts = [say(f"continuity.{unit}", count=n) for unit, n in (("hours", hours), ("minutes", minutes)) if n]
        return " ".join(parts)

    with visiting(browser, night, language=language, width=width, theme=theme) as visit:
        page = visit.page
        page.clock.set_fixed_time(NOW)
        # with the other node it is out, and comes back after the promise
        visit.go("/changes/CHG-1")
        row = page.locator(".services tbody tr", has=page.locator("a[href='/ci/svc']"))
        expect(row.locator("a[href='/ci/kf']")).to_have_text("客户服务部")
        expect(row.locator("a[href='/ci/cx']")).to_have_count(1)
        expect(row).to_contain_text("李工")
        expect(row.locator(".late")).to_have_count(1)
        fails = page.locator(".fails")
        expect(fails).to_contain_text(say("review.back_after", time=lasting(3, 40)))
        expect(fails).to_contain_text(say("review.back_missed", rto=lasting(2, 0)))
        latest = say("review.back_out_by", time=lasting(0, 45), latest=f"{DAY} 22:45")
        expect(fails.locator("li").first).to_contain_text(latest)
        expect(page.locator(".services tbody tr").last.locator(".late")).to_have_count(0)
        visit.check()

        # of the queue nobody recorded how long it takes, and backing out takes longer than the window
        visit.go("/changes/CHG-3")
        expect(page.locator(".services tbody")).to_contain_text(say("rfc.back_unknown"))
        expect(page.locator(".fails li").first).to_contain_text(say("rfc.verdict_review"))
        expect(page.locator(".fails")).to_contain_text("队列")
        expect(page.locator(".reasons")).to_contain_text(
            say("review.reason_back_out_too_long", back_out=lasting(3, 0), window=lasting(1, 0))
        )
        visit.check()

        # by itself, out for longer than agreed though each time is kept
        visit.go("/changes/CHG-4")
        expect(page.locator(".fails")).to_contain_text(
            say("review.back_overrun", lasts=lasting(2, 0), allowed=lasting(1, 0))
        )
        expect(page.locator(".services .late")).to_have_count(0)
        visit.check()


def test_what_comes_after_the_verdict_says_where_it_does_not_come_and_is_asked_again(
    night: str, browser: Browser
) -> None:
    say = Texts("en")
    with visiting(browser, night, language="en", width=1280, theme="light") as visit:
        page, asked = visit.page, list[str]()
        page.clock.set_fixed_time(NOW)

        def broken(route: Route) -> None:
            if "query ReviewRest" in (route.request.post_data or ""):
                asked.append("rest")
                route.fulfill(status=503, content_type="text/plain", body="no")
            else:
                route.continue_()

        page.route("**/graphql", broken)
        visit.go("/changes/CHG-1")
        after = page.locator(".panel", has=page.get_by_role("heading", name=say("rfc.before_after")))
        for part in (after, page.locator(".fails")):
            expect(part.locator(".failed")).to_be_visible()
        expect(page.locator(".sentence")).to_contain_text(say("rfc.verdict_block"))
        assert len(asked) < 5, "nothing is asked again and again"
        visit.check(but="503")

        page.unroute("**/graphql")
        after.get_by_role("button", name=say("pages.again")).click()
        expect(after).to_contain_text(say("rfc.before_after_none"))
        expect(page.locator(".failed")).to_have_count(0)


def test_the_form_takes_the_time_and_says_at_once_that_it_does_not_fit(night: str, browser: Browser) -> None:
    say = Texts("en")
    with visiting(browser, night, language="en", width=1280, theme="light") as visit:
        page = visit.page
        page.clock.set_fixed_time(NOW)
        visit.go("/changes/new?ci=app")
        page.fill("#draft-title", "Mine")
        page.select_option("#draft-category", "simple")
        page.fill("#draft-start", f"{DAY}T02:00")
        page.fill("#draft-end", f"{DAY}T03:00")
        page.fill("#draft-back_out_time", "90m")
        expect(page.locator(".assessed")).to_contain_text(
            say("review.reason_back_out_too_long", back_out="1 h 30 min", window="1 h")
        )
        visit.check()
        page.fill("#draft-back_out_time", "soon")
        page.locator("form.drafting button[type=submit]").click()
        expect(page.locator("#draft-back_out_time-error")).to_contain_text("soon")
        page.fill("#draft-back_out_time", "45m")
        page.locator("form.drafting button[type=submit]").click()
        expect(page.locator(".verdict")).to_be_visible()
        visit.go(f"{page.url.removeprefix(night)}/edit")
        expect(page.locator("#draft-back_out_time")).to_have_value("45m")
        visit.check()
