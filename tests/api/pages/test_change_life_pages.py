"""Changes of each category led through their lives on pages, by people who may different things."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from graph.history import Thing
from graph.store import Edit
from tests.api.house import House, actor_of, assessed, ci, started
from tests.api.pages.browser import MARKS, Visit, visiting
from tests.api.pages.drafting import SAY, drafting, filled_in, picked, signed_in
from tests.engines import Database, depends, written

pytestmark = MARKS
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
KINDS = ("risk", "technical", "business", "financial", "capacity", "security")
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


class Lived:
    """A change on the pages of several people."""

    def __init__(self, stack: ExitStack, house: House, url: str, browser: Browser) -> None:
        self._stack, self._house, self._url, self._browser = stack, house, url, browser
        self._visits: dict[str, Visit] = {}
        self.change = ""

    def page(self, who: str) -> Page:
        """The change on the page of somebody, as it is now."""
        path = f"/changes/{self.change}" if self.change else "/changes/new"
        if who not in self._visits:
            visiting_now = visiting(self._browser, self._url, language="en", width=1280, theme="light")
            self._visits[who] = self._stack.enter_context(visiting_now)
            return signed_in(self._visits[who], self._house, who, path)
        self._visits[who].go(path)
        return self._visits[who].page

    def drafted(self, category: str, **fields: str) -> None:
        """By whoever asks for it."""
        page = self.page("ask")
        filled_in(page, f"A {category} change", category)
        for name, value in fields.items():
            page.fill(f"#draft-{name}", value)
        picked(page, "db-1")
        page.get_by_role("button", name=SAY("draft.save"), exact=True).click()
        expect(page).to_have_url(re.compile(r"/changes/CHG-"))
        self.change = page.url.rpartition("/")[2]

    def step(self, who: str, name: str, status: str, **papers: str) -> None:
        """Taken on the page; what it asks for is exactly these papers."""
        page = self.page(who)
        page.get_by_role("button", name=name, exact=True).click()
        form = page.locator("form.sure")
        asked = {str(each.get_attribute("id")) for each in form.locator("input, textarea").all()}
        assert {each.split("-", 2)[2].replace(".", "_") for each in asked} == set(papers)
        for each in asked:
            form.locator(f"[id='{each}']").fill(papers[each.split("-", 2)[2].replace(".", "_")])
        form.get_by_role("button", name=SAY("rfc.yes", step=name), exact=True).click()
        expect(page.locator(".known .tag")).to_have_text(SAY(f"rfc.status_{status}"))
        self._visits[who].check()

    def decided(self, who: str, button: str, status: str) -> None:
        """A voice, with a reason."""
        page = self.page(who)
        page.fill("#reason", f"{who} agrees")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator(".people")).to_contain_text(f"{who} agrees")
        expect(page.locator(".known .tag")).to_have_text(SAY(f"rfc.status_{status}"))

    def ended(self) -> None:
        """From what was carried out to the end."""
        self.step("ann", "conclude the review", "reviewed", post_implementation_review="as planned")
        self.step("ask", "close", "closed")
        assert self._house.asks("eve", RECORD, change=self.change)["status"] == "closed"


@pytest.fixture
def lived(house: House, url: str, browser: Browser) -> Iterator[Lived]:
    """Nothing yet."""
    with ExitStack() as stack:
        yield Lived(stack, house, url, browser)


def test_a_major_change_lives_on_the_pages(lived: Lived) -> None:
    lived.drafted("major")
    lived.step("ask", "submit", "submitted")
    papers = {f"assessment_{kind}": f"DOC-{kind}" for kind in KINDS}
    lived.step("ann", "conclude the assessment", "assessed", **papers, back_out_plan="back", test_evidence="T-1, T-2")
    lived.decided("bob", "approve", "assessed")
    lived.decided("cat", "approve", "approved")
    for name, status in (("schedule", "scheduled"), ("start", "implementing"), ("finish", "implemented")):
        lived.step("ask", name, status)
    lived.ended()


@pytest.mark.long  # the life of a major one and of an emergency is gone through in every run
def test_a_simple_change_lives_on_the_pages(lived: Lived) -> None:
    lived.drafted("simple")
    lived.step("ask", "submit", "submitted")
    lived.step("ann", "conclude the assessment", "assessed", assessment="harmless", back_out_plan="back")
    lived.decided("bob", "approve", "approved")
    for name, status in (("schedule", "scheduled"), ("start", "implementing"), ("report as failed", "failed")):
        lived.step("ask", name, status)
    lived.step("ask", "back out", "backed_out")
    lived.ended()


def test_an_emergency_lives_on_the_pages(lived: Lived) -> None:
    lived.drafted("emergency")
    for name, status in (("submit", "submitted"), ("start", "implementing"), ("finish", "implemented")):
        lived.step("ask", name, status)
    # its review needs a decision, which does not come with a step
    page = lived.page("ann")
    expect(page.locator(".acts")).to_contain_text("needs post-implementation review, decision")
    expect(page.get_by_role("button", name="conclude the review", exact=True)).to_have_count(0)
    lived.decided("bob", "approve afterwards", "implemented")
    lived.ended()


@pytest.mark.long  # the life of a major one and of an emergency is gone through in every run
def test_a_standard_change_lives_on_the_pages(lived: Lived) -> None:
    lived.drafted("standard", template="TPL-DB")
    lived.step("ask", "submit", "approved", template="TPL-DB")
    for name, status in (("schedule", "scheduled"), ("start", "implementing"), ("finish", "implemented")):
        lived.step("ask", name, status)
    lived.ended()


def test_what_a_step_asks_for_is_kept_when_it_is_refused(house: House, url: str, browser: Browser) -> None:
    house.saves(change_id="CHG-KEEP")
    house.steps("ask", "CHG-KEEP", "submit")
    with visiting(browser, url, language="en", width=390, theme="dark") as visit:
        page = signed_in(visit, house, "ann", "/changes/CHG-KEEP")
        page.get_by_role("button", name="conclude the assessment", exact=True).click()
        form = page.locator("form.sure")
        form.locator("textarea").first.fill(MARKUP)
        form.get_by_role("button", name=SAY("rfc.yes", step="conclude the assessment"), exact=True).click()
        expect(form.locator(".wrong")).to_have_text(SAY("draft.wrong_empty"))
        expect(form.locator("textarea").last).to_be_focused()
        visit.check()
        # somebody alters it meanwhile
        house.saves(change_id="CHG-KEEP", team="team-c")
        form.locator("textarea").last.fill("back")
        form.get_by_role("button", name=SAY("rfc.yes", step="conclude the assessment"), exact=True).click()
        expect(page.locator(".acts .failed")).not_to_be_empty()
        page.locator(".acts .failed button").click()
        expect(page.locator(".known")).to_contain_text("team-c")
        expect(form.locator("textarea").first).to_have_value(MARKUP)
        form.get_by_role("button", name=SAY("rfc.yes", step="conclude the assessment"), exact=True).click()
        expect(page.locator(".known .tag")).to_have_text(SAY("rfc.status_assessed"))
        visit.check()


def test_what_was_done_in_part_is_asked_by_group_and_who_rests_on_it_confirmed(
    house: House, url: str, browser: Browser
) -> None:
    written(house.register.store, [ci("edge", "application"), ci("edge-db", "database_instance"),
                                   depends("edge", "edge-db")])  # fmt: skip
    edits = [{"group": "first", "edits": [{"op": "set", "ci_id": "edge", "field": "recovery_time", "value": "PT1H"}]},
             {"op": "retire", "ci_id": "edge-db"}]  # fmt: skip
    started(house, "CHG-PART", edits=edits, affected=[{"ci_id": "edge-db"}])
    with visiting(browser, url, language="en", width=1280, theme="light") as visit:
        page = signed_in(visit, house, "ask", "/changes/CHG-PART")
        page.get_by_role("button", name="finish in part", exact=True).click()
        form = page.locator("form.sure")
        expect(form.locator("fieldset input")).to_have_count(2)
        form.get_by_label("edits[1]").check()
        form.get_by_role("button", name=SAY("rfc.yes", step="finish in part"), exact=True).click()
        expect(form.locator(".refused")).to_contain_text("edge")
        visit.check()
        form.get_by_label(SAY("draft.confirm_dependents")).check()
        form.get_by_role("button", name=SAY("rfc.yes", step="finish in part"), exact=True).click()
        expect(page.locator(".known .tag")).to_have_text(SAY("rfc.status_implemented"))
    found = house.asks("eve", 'query { ci(ciId: "edge-db") { status } }')
    assert found["status"] == "retired"
    assert "recovery_time" not in house.asks("eve", 'query { ci(ciId: "edge") { attributes } }')["attributes"]


def test_a_deputy_chooses_for_whom_they_speak(house: House, url: str, browser: Browser) -> None:
    bob, dan = (actor_of(house, who) for who in ("bob", "dan"))
    deputy = {"person": bob, "deputy": dan, "from": "2020-01-01T00:00:00Z"}
    written(house.register.store, [Edit("deputies", f"{bob}|{dan}", Thing(dict(deputy), {"*": "inventory"}))])
    assessed(house, "CHG-DEPUTY")
    with visiting(browser, url, language="en", width=1280, theme="light") as visit:
        page = signed_in(visit, house, "cat", "/changes/CHG-DEPUTY")
        expect(page.locator(".decide")).to_be_visible()
        expect(page.locator(".decide select")).to_have_count(0)
    with visiting(browser, url, language="en", width=1280, theme="light") as visit:
        page = signed_in(visit, house, "dan", "/changes/CHG-DEPUTY")
        page.get_by_label(SAY("draft.speak_for")).select_option(bob)
        page.fill("#reason", "on the phone with bob")
        visit.check()
        page.get_by_role("button", name="approve", exact=True).click()
        expect(page.locator(".people")).to_contain_text(SAY("rfc.on_behalf", who=bob))
