"""Changes in a real browser: drafted and assessed while one types, altered beside others, by the keyboard alone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Request, Route, expect

from api.texts import Texts
from tests.api.house import SAVE, TOMORROW, House, actor_of, proposed, started
from tests.api.pages.browser import MARKS, SHOWN, visiting
from tests.api.pages.drafting import END, SAY, START, drafting, filled_in, picked, signed_in
from tests.engines import Database

pytestmark = MARKS
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
RECORD = "query($change: String!) { change(changeId: $change) { status record } }"


@pytest.fixture(scope="module")
def house(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two databases of which one is enough, two CIs of one name, a retired one, and people of different roles."""
    with drafting(embedded_engine, tmp_path_factory.mktemp("drafting")) as found:
        yield found


@pytest.fixture(scope="module")
def url(house: House) -> str:
    """Where it is served."""
    return house.web.home


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_a_draft_is_assessed_while_it_is_typed_and_then_saved(
    house: House, url: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    say = Texts(language)
    with visiting(browser, url, language=language, width=width, theme=theme) as visit:
        page = signed_in(visit, house, "ask", "/changes")
        page.locator("a[href='/changes/new']").click()
        expect(page.locator("h1")).to_have_text(say("draft.title_new"))
        expect(page.locator(".assessed")).to_contain_text(say("draft.assessed_none"))
        visit.check()

        filled_in(page, f"Patch {MARKUP}", "simple")
        picked(page, "db-1")
        expect(page.locator(".assessed .verdict-line")).to_contain_text(say("rfc.verdict_review"))
        picked(page, "db-2")
        # the two of which one is needed: what stands beside the form changes in place
        expect(page.locator(".assessed .verdict-line")).to_contain_text(say("rfc.verdict_block"))
        expect(page.locator(".assessed a[href='/ci/svc']").first).to_be_visible()
        page.locator(".picked li[data-ci=db-2] button").last.click()
        expect(page.locator(".assessed .verdict-line")).to_contain_text(say("rfc.verdict_review"))
        visit.check()

        page.get_by_role("button", name=say("draft.save"), exact=True).click()
        expect(page).to_have_url(re.compile(r"/changes/CHG-"))
        expect(page.locator(".known strong")).to_have_text(f"Patch {MARKUP}")
        expect(page.locator(".known .tag")).to_have_text(say("rfc.status_draft"))
        visit.check()


def test_what_is_pasted_is_read_by_the_line_and_what_cannot_be_is_named(
    house: House, url: str, browser: Browser
) -> None:
    with visiting(browser, url, language="en", width=1280, theme="light") as visit:
        page = signed_in(visit, house, "ask", "/changes/new?ci=db-1&ci=nobody")
        expect(page.locator("#draft-affected li")).to_have_count(1)
        expect(page.locator(".said")).to_contain_text("nobody")
        page.locator(".paste summary").first.click()
        lines = ["ci_id,effect", "db-2,degraded", "app=outage", "twin", "old-1", "nobody-2", "db-1,degraded", "db-1",
                 "batch,melted", "batch=melted", "SVC", MARKUP]  # fmt: skip
        page.fill("#paste", "\r\n".join(lines))
        page.get_by_role("button", name=SAY("draft.paste_go"), exact=True).click()
        told = page.locator("#paste-told")
        expect(told).to_contain_text(SAY("draft.line_ambiguous", ids="twin-1, twin-2"))
        expect(told).to_contain_text(SAY("draft.line_retired", name="old-1"))
        expect(told).to_contain_text(
            SAY("draft.line_two_effects", name="db-1", one=SAY("impact.effect_outage"),
                other=SAY("impact.effect_degraded"))
        )  # fmt: skip
        expect(told).to_contain_text(SAY("draft.line_effect", effect="melted"))
        expect(told.locator("li")).to_have_count(6)
        shown = {each.get_attribute("data-ci") for each in page.locator("#draft-affected li").all()}
        assert shown == {"db-1", "db-2", "app", "svc", "batch"}
        assert page.locator("li[data-ci=db-2] select").input_value() == "degraded"
        # what could not be read is still there to be mended
        assert page.locator("#paste").input_value().splitlines() == [
            "twin", "old-1", "nobody-2", "db-1,degraded", "batch=melted", MARKUP,
        ]  # fmt: skip
        visit.check()


def test_cis_come_from_the_graph_around_what_is_picked(house: House, url: str, browser: Browser) -> None:
    with visiting(browser, url, language="en", width=390, theme="light") as visit:
        page = signed_in(visit, house, "ask", "/ci/db-1")
        page.locator("a[href='/changes/new?ci=db-1']").click()
        page.locator("li[data-ci=db-1]").get_by_role("button", name=SAY("draft.around")).click()
        around = page.locator(".around-of")
        expect(around).to_contain_text(SAY("draft.around_group", group="db", name="app"))
        visit.check()
        around.get_by_role("button", name=f"{SAY('draft.take')} db-2").click()
        expect(page.locator("li[data-ci=db-2]")).to_have_count(1)
        around.get_by_role("button", name=SAY("draft.take_all", count=2)).click()
        expect(page.locator("li[data-ci=app]")).to_have_count(1)
        expect(page.locator("li[data-ci=batch]")).to_have_count(1)


def test_windows_that_cannot_be_are_refused_beside_the_field(house: House, url: str, browser: Browser) -> None:
    with visiting(browser, url, language="en", width=1280, theme="light") as visit:
        page = signed_in(visit, house, "ask", "/changes/new?ci=db-1")
        for start, end, zone, field, key in (
            (END, START, "UTC", "end", "wrong_order"), (START, START, "UTC", "end", "wrong_length"),
            ("2020-01-01T10:00", END, "UTC", "start", "wrong_past"),
            # clocks in Berlin go from two to three that night
            ("2031-03-30T02:30", "2031-03-30T05:00", "Europe/Berlin", "start", "wrong_moment"),
            ("", END, "UTC", "start", "wrong_open_start"), (START, END, "Mars/Base", "zone", "wrong_zone"),
        ):  # fmt: skip
            for name, value in (("zone", zone), ("start", start), ("end", end)):
                page.fill(f"#draft-{name}", value)
            expect(page.locator(f"#draft-{field}-error")).to_have_text(SAY(f"draft.{key}", zone=zone))
        visit.check()
        page.get_by_role("button", name=SAY("draft.save"), exact=True).click()
        expect(page.locator("#draft-title-error")).to_have_text(SAY("draft.wrong_title"))
        expect(page.locator("#draft-title")).to_be_focused()
        expect(page.locator(".said")).to_contain_text(SAY("draft.refused"))
        visit.check()


def test_only_the_last_question_is_answered(house: House, url: str, browser: Browser) -> None:
    with visiting(browser, url, language="en", width=1280, theme="light") as visit:
        page = signed_in(visit, house, "ask", "/changes/new?ci=db-1")
        expect(page.locator(".assessed .verdict-line")).to_be_visible()
        held: list[Route] = []
        given_up: list[str] = []

        def hold(route: Route) -> None:
            if "query Review" in (route.request.post_data or "") and not held:
                held.append(route)
            else:
                route.continue_()

        def failed(request: Request) -> None:
            given_up.append(request.post_data or "")

        page.on("requestfailed", failed)
        page.route("**/graphql", hold)
        picked(page, "batch")
        expect(page.locator(".assessed.waiting")).to_have_count(1)
        page.wait_for_function("() => true")
        while not held:
            page.wait_for_timeout(20)
        picked(page, "db-2")
        expect(page.locator(".assessed .verdict-line")).to_contain_text(SAY("rfc.verdict_block"))
        assert any("batch" in each and "db-2" not in each for each in given_up)


def test_edits_are_sentences_that_can_be_taken_out(house: House, url: str, browser: Browser) -> None:
    with visiting(browser, url, language="en", width=1280, theme="light") as visit:
        page = signed_in(visit, house, "ask", "/changes/new?ci=db-1")
        filled_in(page, "Rebuild", "major")
        page.locator(".edits summary").click()
        page.fill("#edit-retire", "db-1")
        page.locator("#edit-retire-list [role=option]").first.click()
        expect(page.locator("#draft-edits")).to_contain_text(SAY("draft.edit_retire", name="db-1"))
        page.locator(".edits select").first.select_option("unrelate")
        page.fill("#edit-end", "db-1")
        page.locator("#edit-end-list [role=option]").first.click()
        page.get_by_role("button", name=re.compile(r"^End app .* db-1")).click()
        page.locator(".edits select").first.select_option("relate")
        for name, ci_id in (("source", "batch"), ("target", "db-2")):
            page.fill(f"#edit-{name}", ci_id)
            page.locator(f"#edit-{name}-list [role=option]").first.click()
        page.locator(".edits select").nth(1).select_option("depends_on")
        page.get_by_role("button", name=SAY("draft.edit_add_this"), exact=True).click()
        page.locator(".edits select").first.select_option("set")
        page.fill("#edit-set", "db-2")
        page.locator("#edit-set-list [role=option]").first.click()
        page.locator(".edits select").nth(1).select_option("recovery_time")
        page.locator(".edits input[type=text]").last.fill("never")
        page.get_by_role("button", name=SAY("draft.edit_add_this"), exact=True).click()
        expect(page.locator("#draft-edits li")).to_have_count(4)
        visit.check()
        # what the server refuses is said beside the edits, and nothing is lost
        page.get_by_role("button", name=SAY("draft.save"), exact=True).click()
        expect(page.locator("#draft-edits .wrong")).to_contain_text("never")
        page.locator("#draft-edits li button").last.click()
        page.get_by_role("button", name=SAY("draft.save"), exact=True).click()
        expect(page).to_have_url(re.compile(r"/changes/CHG-"))
        change = page.url.rpartition("/")[2]
        kept = house.asks("eve", "query($change: String!) { change(changeId: $change) { edits } }", change=change)
        assert [each["op"] for each in kept["edits"]] == ["retire", "unrelate", "relate"]


def test_who_was_slower_loses_nothing_and_sees_what_differs(house: House, url: str, browser: Browser) -> None:
    agreed = [{"service": "svc", "from": TOMORROW.isoformat(), "to": (TOMORROW + timedelta(hours=1)).isoformat()}]
    more: dict[str, Any] = {"agreed_outage": agreed, "assessment": {"risk": "DOC"}}
    house.saves(change_id="CHG-BOTH", papers={"releases": ["REL-1"]}, **more)
    with visiting(browser, url, language="en", width=1280, theme="light") as visit:
        page = signed_in(visit, house, "ask", "/changes/CHG-BOTH")
        page.locator("a[href='/changes/CHG-BOTH/edit']").click()
        page.fill("#draft-title", "Mine")
        page.fill("#draft-back_out_plan", "back")
        house.saves("ann", change_id="CHG-BOTH", title="Theirs", team="team-b", papers={"releases": ["REL-1"]}, **more)
        page.get_by_role("button", name=SAY("edit.save"), exact=True).click()
        beside = page.locator(".meanwhile")
        expect(beside).to_contain_text(actor_of(house, "ann"))
        expect(beside).to_contain_text(SAY("draft.meanwhile_taken", fields="team"))
        expect(beside.locator("li")).to_contain_text(["Theirs"])
        expect(page.locator("#draft-title")).to_have_value("Mine")
        expect(page.locator("#draft-team")).to_have_value("team-b")
        visit.check()
        page.get_by_role("button", name=SAY("edit.save"), exact=True).click()
        expect(page.locator(".known strong")).to_have_text("Mine")
        record = house.asks("eve", RECORD, change="CHG-BOTH")["record"]
        assert (record["title"], record["team"], record["back_out_plan"]) == ("Mine", "team-b", "back")
        # what the form does not show is kept
        assert (record["releases"], record["assessment"]) == (["REL-1"], '{"risk":"DOC"}')
        asked = 'query { change(changeId: "CHG-BOTH") { agreedOutages { service } } }'
        assert house.asks("eve", asked)["agreedOutages"] == [{"service": "svc"}]


def test_a_change_that_has_begun_lives_elsewhere_or_is_not_ones_to_write_has_no_form(
    house: House, url: str, browser: Browser
) -> None:
    started(house, "CHG-BEGUN")
    house.asks("tool", SAVE, document=proposed(), origin="itsm", externalId="RFC-1")
    with visiting(browser, url, language="en", width=1280, theme="light") as visit:
        page = signed_in(visit, house, "ask", "/changes/CHG-BEGUN/edit")
        expect(page.locator("h1")).to_have_text(SAY("draft.too_late", status=SAY("rfc.status_implementing")))
        visit.go("/changes/itsm:RFC-1/edit")
        expect(page.locator("h1")).to_have_text(SAY("draft.other_origin", origin="itsm"))
        visit.go("/changes/none/edit")
        expect(page.locator("h1")).to_have_text(SAY("rfc.unknown", id="none"))
        visit.check()
    with visiting(browser, url, language="en", width=1280, theme="light") as visit:
        page = signed_in(visit, house, "eve", "/changes/new")
        expect(page.locator("h1")).to_have_text(SAY("draft.may_not"))
        visit.go("/changes")
        expect(page.locator("h1")).not_to_be_empty()
        expect(page.locator("a[href='/changes/new']")).to_have_count(0)
        visit.check()


def test_from_a_draft_to_its_submission_by_the_keyboard_alone(house: House, url: str, browser: Browser) -> None:
    with visiting(browser, url, language="en", width=1280, theme="light") as visit:
        page = signed_in(visit, house, "ask", "/changes")
        visit.tab_to("a[href='/changes/new']")
        visit.press("Enter")
        expect(page.locator("h1")).to_be_focused()
        visit.tab_to("#draft-title")
        page.keyboard.type("By hand")
        visit.tab_to("#draft-category")
        page.keyboard.type("simple")
        visit.tab_to("#draft-start")
        for name, text in (("start", START), ("end", END)):
            visit.tab_to(f"#draft-{name}")
            year, month, rest = text.split("-")
            day, _, clock = rest.partition("T")
            hour = int(clock[:2])
            half = "AM" if hour < 12 else "PM"
            page.keyboard.type(f"{month}{day}{year}")
            visit.press("Tab")
            page.keyboard.type(f"{hour % 12 or 12:02}{clock[3:]}{half}")
            expect(page.locator(f"#draft-{name}")).to_have_value(text)
        visit.tab_to("#affected")
        page.keyboard.type("db-1")
        expect(page.locator("#affected-list [role=option]").first).to_be_visible()
        visit.press("Enter")
        expect(page.locator("li[data-ci=db-1]")).to_have_count(1)
        expect(page.locator(".assessed .verdict-line")).to_be_visible()
        page.locator("#affected").press("Shift+Tab")
        page.evaluate("() => document.querySelector('h1').focus()")
        visit.tab_to("button[type=submit].primary")
        visit.press("Enter")
        expect(page).to_have_url(re.compile(r"/changes/CHG-"))
        visit.tab_to(".acts > .inside > .actions button")
        assert visit.focused() == "submit"
        visit.press("Enter", "Enter")
        expect(page.locator(".known .tag")).to_have_text(SAY("rfc.status_submitted"))
        visit.check()
