"""Three changes on a cluster of which two of three are enough: with whom each of them breaks it, why, and incidents."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from api.texts import Texts
from tests.api.pages.browser import MARKS, SHOWN, visiting
from tests.api.pages.living import tables_served
from tests.engines import Database

pytestmark = MARKS
NOW = datetime.fromisoformat("2031-02-28T12:00:00+08:00")
WINDOWS = {1: ("22:00", "23:30"), 2: ("22:30", "23:00"), 3: ("22:45", "23:45")}
TABLES = {
    "cis": "ci_id,name,ci_class,status,criticality\nsvc-3,Claims,business_service,live,critical\n"
    "q-1,Queue,application,live,\nsvc,Policies,business_service,live,critical\n"
    + "svc-2,Portal,business_service,live,critical\napp,Policy,application,live,\n"
    + "".join(f"n-{n},Node {n},database_instance,live,\n" for n in (1, 2, 3))
    + "".join(f"p-{n},Gate {n},application,live,\n" for n in (1, 2)),
    "relationships": "source,type,target,redundancy_group,min_available\nsvc,depends_on,app,,\n"
    + "".join(f"app,depends_on,n-{n},cl,2\n" for n in (1, 2, 3))
    + "".join(f"svc-2,depends_on,p-{n},gates,1\n" for n in (1, 2))
    + "svc-3,depends_on,q-1,,\n",
    "windows": "window_id,kind,scope,from,to,zone\n"
    "WIN,agreed_outage,svc-3,2031-03-05T20:00:00+08:00,2031-03-06T04:00:00+08:00,Asia/Shanghai\n",
    "changes": "change_id,title,category,status,planned_start,planned_end,affected,effect,back_out_plan,test_evidence,"
    "assessment\n"
    "CHG-AGREED,queue,major,assessed,2031-03-05T22:00:00+08:00,2031-03-06T02:00:00+08:00,q-1,outage,DOC,DOC,DOC\n"
    + "".join(
        f"CHG-{n},node {n},simple,submitted,2031-03-01T{start}:00+08:00,2031-03-01T{end}:00+08:00,n-{n},outage,,,\n"
        for n, (start, end) in WINDOWS.items()
    )
    + "CHG-GATE,gate,simple,submitted,2031-03-01T20:00:00+08:00,2031-03-01T21:00:00+08:00,p-1,outage,,,\n",
    "incidents": "incident_id,ci_id,started_at,expected_end\n"
    "INC-7,p-2,2026-01-01T00:00:00+08:00,2031-06-01T00:00:00+08:00\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Three nodes with a change each in one hour, and a gate that an incident has taken, served; the address."""
    with tables_served(embedded_engine, tmp_path_factory.mktemp("emergent"), TABLES) as url:
        yield url


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_each_set_that_breaks_it_is_named_with_its_time_and_both_causes_stand_at_the_end_of_the_why(
    cluster: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    say = Texts(language)
    with visiting(browser, cluster, language=language, width=width, theme=theme) as visit:
        page = visit.page
        page.clock.set_fixed_time(NOW)
        visit.go("/changes/CHG-1")
        expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_block"))
        title = page.locator("h1")
        for other, window in (("CHG-2", "22:30–23:00"), ("CHG-3", "22:45–23:30")):
            expect(title.locator(f"a[href='/changes/{other}']")).to_have_count(1)
            expect(title).to_contain_text(window)
        last = page.locator(".why-panel li").last
        for cause, change in (("n-1", "CHG-1"), ("n-2", "CHG-2")):
            expect(last.locator(f"a[href='/ci/{cause}']")).to_have_count(1)
            expect(last).to_contain_text(change)
        both = say("impact.comma").join(("CHG-1", "CHG-2"))
        expect(last).to_contain_text(say("rfc.why_together", changes=both))
        visit.check()

        visit.go("/changes/agenda?from=2031-03-01&to=2031-03-02")
        sentence = page.locator("[data-change='CHG-1'].item .sentence-of")
        expect(sentence).to_contain_text("CHG-2")
        expect(sentence).to_contain_text("CHG-3")
        visit.check()


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.long)])
def test_what_may_go_ahead_is_not_said_to_be_without_risk(cluster: str, browser: Browser, language: str) -> None:
    say = Texts(language)
    with visiting(browser, cluster, language=language, width=1280, theme="light") as visit:
        page = visit.page
        page.clock.set_fixed_time(NOW)
        visit.go("/changes/CHG-AGREED")
        expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_pass"))
        risk = say("review.band_high")
        expect(page.locator(".score")).to_contain_text(risk)
        visit.go("/changes/agenda?from=2031-03-05&to=2031-03-06")
        entry = page.locator("[data-change='CHG-AGREED'].item")
        expect(entry).to_contain_text(say("rfc.verdict_pass"))
        score = entry.locator("header .note").inner_text().rpartition(" · ")[2]
        assert risk in score, score
        visit.check()


def test_the_list_names_all_of_them_too(cluster: str, browser: Browser) -> None:
    with visiting(browser, cluster, language="en", width=1280, theme="light") as visit:
        visit.page.clock.set_fixed_time(NOW)
        visit.go("/changes")
        row = visit.page.locator("main table tr", has=visit.page.locator("a[href='/changes/CHG-1']"))
        expect(row.last).to_contain_text("together with CHG-2 or with CHG-3")
        visit.check()


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.long)])
def test_an_incident_is_called_one_and_services_have_their_names(cluster: str, browser: Browser, language: str) -> None:
    said = Texts(language)("conflicts.incident", id="INC-7")
    with visiting(browser, cluster, language=language, width=1280, theme="light") as visit:
        visit.page.clock.set_fixed_time(NOW)
        visit.go("/changes/CHG-GATE")
        expect(visit.page.locator("h1")).to_contain_text(said)
        expect(visit.page.locator(".reasons")).to_contain_text(said)
        expect(visit.page.locator(".clashes-of")).to_contain_text(said)
        expect(visit.page.locator(".reasons")).to_contain_text("Portal")
        last = visit.page.locator(".why-panel li").last
        for cause in ("p-1", "p-2"):
            expect(last.locator(f"a[href='/ci/{cause}']")).to_have_count(1)
        expect(last).to_contain_text(said)
        assert "incident:" not in visit.page.locator("main").inner_text()
        visit.check()
