"""A CI edited in a real browser: what would come of it first, then saved; refused, outrun, and left with a question."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Route, expect

from api.register import open_register
from graph.settings import Settings
from tests.api.command import ESTATE, environment
from tests.api.pages.browser import MARKS, SHOWN, Visit, visiting
from tests.api.served import serving
from tests.engines import Database, imported, inventory

pytestmark = MARKS
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
SAID = {
    "zh": {"loses": "如果保存：1 项服务失去冗余", "faster": "有人先于您修改", "quorum": "成员将少于所需数量"},
    "en": {"loses": "If saved: 1 service loses its redundancy", "faster": "Somebody was faster",
           "quorum": "fewer members than it needs"},
}  # fmt: skip
UPSERT = """mutation($input: UpsertCisInput!) { upsertCis(input: $input) { __typename } }"""
CI = "query($id: String!) { ci(ciId: $id) { name attributes } }"
ROW = "[id='row-app-1|depends_on|db-2']"


@pytest.fixture(scope="module")
def served(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, str, Path]]:
    """The estate of two services, served."""
    embedded_engine.wipe()
    folder = tmp_path_factory.mktemp("edited")
    settings = Settings.from_environment(environment(embedded_engine, folder / "data"))
    with open_register(settings) as register:
        imported(register.store, inventory(folder / "estate", ESTATE))
    with serving(embedded_engine, folder) as (_, url):
        yield embedded_engine, url, folder


@pytest.fixture
def estate(served: tuple[Database, str, Path]) -> str:
    """The address, with what a walk changes as it was."""
    _, url, _ = served
    row = {"ciId": "app-1", "name": "承保系统", "attributes": {"recovery_time": "PT4H"}}
    members = [
        {"source": "app-1", "type": "depends_on", "target": name, "strength": "hard", "redundancyGroup": "db",
         "minAvailable": "1"}
        for name in ("db-1", "db-2")
    ]  # fmt: skip
    edit = "mutation($input: EditCiInput!) { editCi(input: $input) { __typename ... on Error { message } } }"
    assert asked(url, edit, input={"ci": row, "relate": members}) == {"editCi": {"__typename": "EditCiPayload"}}
    return url


def asked(url: str, query: str, **variables: Any) -> Any:
    answer = httpx.post(f"{url}/graphql", json={"query": query, "variables": variables}, timeout=60)
    return answer.json()["data"]


def typed(visit: Visit, wanted: str, text: str) -> None:
    """Go to a field by Tab and write over what stands in it."""
    visit.tab_to(wanted)
    visit.press("Control+a")
    visit.page.keyboard.type(text)


def ended(visit: Visit) -> None:
    """Mark the relationship to the second database as to end."""
    visit.tab_to(ROW)
    visit.press("Tab", "Tab", "Enter")


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_by_keyboard_from_a_ci_to_what_would_come_of_an_edit_and_back_saved(
    estate: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    with visiting(browser, estate, language=language, width=width, theme=theme) as visit:
        page = visit.page
        visit.go("/ci/app-1")
        visit.tab_to(".known a[href*=edit]")
        visit.press("Enter")
        expect(page.locator("h1")).to_be_focused()
        expect(page.locator(".sentence .primary")).to_be_disabled()

        typed(visit, "#field-name", MARKUP)
        typed(visit, "#field-recovery_time", "2h")
        ended(visit)
        visit.check()
        page.locator("h1").focus()
        visit.tab_to(".sentence .primary")
        visit.press("Enter")

        expect(page.locator("h1")).to_contain_text(SAID[language]["loses"])
        expect(page.locator("h1")).to_be_focused()
        expect(page.locator(".diff")).to_contain_text(MARKUP)
        assert page.locator(".diff tbody tr").count() == 3
        visit.check()
        assert asked(estate, CI, id="app-1")["ci"]["name"] == "承保系统", "nothing is written yet"
        visit.tab_to(".sentence .primary")
        visit.press("Enter")

        expect(page).to_have_url(f"{estate}/ci/app-1")
        expect(page.locator(".known strong")).to_have_text(MARKUP)
        visit.check()
        assert asked(estate, CI, id="app-1")["ci"]["attributes"]["recovery_time"] == 7200


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.long)])
def test_who_was_faster_is_shown_beside_and_nothing_typed_is_lost(estate: str, browser: Browser, language: str) -> None:
    with visiting(browser, estate, language=language, width=1280, theme="light") as visit:
        page = visit.page
        visit.go("/ci/app-1?edit=1")
        page.fill("#field-name", "typed here")
        page.fill("#field-recovery_time", "1h")
        theirs = {"ciId": "app-1", "name": "changed there", "attributes": {"recovery_time": "3h", "constructor": "7"}}
        asked(estate, UPSERT, input={"cis": [theirs]})
        page.locator(".sentence .primary").click()

        expect(page.locator("h1")).to_contain_text(SAID[language]["faster"])
        expect(page.locator(".sentence .note")).to_contain_text("local:")
        rows = page.locator(".conflict tbody tr")
        expect(rows).to_have_count(3)
        expect(rows.filter(has_text="typed here")).to_contain_text("changed there")
        visit.check()
        rows.filter(has_text="typed here").get_by_role("button").first.click()  # theirs
        page.locator(".sentence .primary").click()

        expect(page.locator("#field-name")).to_have_value("changed there")
        expect(page.locator("#field-recovery_time")).to_have_value("1h")
        expect(page.locator("#field-constructor")).to_have_value("7")
        page.fill("#field-constructor", "8")
        page.locator(".field", has=page.locator("#field-name")).locator(".link").click()
        expect(page.locator("#field-name")).to_have_value("typed here")
        page.locator(".sentence .primary").click()
        page.wait_for_selector(".diff")
        page.locator(".sentence .primary").click()
        expect(page).to_have_url(f"{estate}/ci/app-1")
        found = asked(estate, CI, id="app-1")["ci"]
        assert (found["name"], found["attributes"]["recovery_time"], found["attributes"]["constructor"]) == (
            "typed here", 3600, "8",
        )  # fmt: skip


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.long)])
def test_what_is_refused_is_told_where_it_stands_and_leaving_asks(estate: str, browser: Browser, language: str) -> None:
    with visiting(browser, estate, language=language, width=390, theme="dark") as visit:
        page = visit.page
        visit.go("/ci/app-1")
        page.locator(".known a[href*=edit]").click()
        page.fill("#field-recovery_time", "soon")
        page.fill("#group-db", "2")
        page.locator(".sentence .primary").click()
        expect(page.locator("#field-recovery_time")).to_have_attribute("aria-invalid", "true")
        page.locator(".refused button").click()
        expect(page.locator("#field-recovery_time")).to_be_focused()
        visit.check()
        page.fill("#field-recovery_time", "4h")
        page.locator(".sentence .primary").click()
        page.wait_for_selector(".diff")
        page.locator(".sentence .primary").click()  # two of two are needed now
        expect(page).to_have_url(f"{estate}/ci/app-1")

        page.locator(".known a[href*=edit]").click()
        page.wait_for_selector("#group-db")
        ended(visit)
        page.locator(".sentence .primary").click()
        expect(page.locator(".refused")).to_contain_text(SAID[language]["quorum"])
        expect(page.locator("#group-db")).to_have_attribute("aria-invalid", "true")
        visit.check()

        for leave in (lambda: page.locator(".brand").click(), page.go_back):
            leave()
            expect(page.locator("dialog")).to_be_visible()
            visit.press("Escape")
            expect(page.locator("dialog")).to_be_hidden()
            expect(page).to_have_url(f"{estate}/ci/app-1?edit=1")
        page.locator(".language").click()
        expect(page.locator(".relation.touched")).to_have_count(1)
        page.locator(".brand").click()
        page.locator("dialog button").last.click()
        expect(page).to_have_url(f"{estate}/")


def test_who_may_not_edit_is_offered_no_form(estate: str, browser: Browser) -> None:
    def viewer(route: Route) -> None:
        asks = "query May" in (route.request.post_data or "")
        route.fulfill(json={"data": {"me": {"may": ["query.ci"]}}}) if asks else route.continue_()

    with visiting(browser, estate, language="en", width=1280, theme="light") as visit:
        visit.page.route("**/graphql", viewer)
        visit.go("/ci/app-1")
        expect(visit.page.locator(".facts .value").first).to_be_visible()
        assert visit.page.locator(".known a[href*=edit]").count() == 0
        visit.check()
