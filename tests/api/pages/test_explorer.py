"""The explorer in a real browser: with the keyboard alone, by its address, as files, and shutting nobody out."""

import csv
import io
import json
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from api.register import open_register
from graph.settings import Settings
from tests.api.command import ESTATE, environment
from tests.api.pages.browser import ALL, MARKS, SHOWN, Visit, visiting
from tests.api.served import hosted
from tests.engines import Database, imported, inventory

pytestmark = MARKS
INSURER = Path(__file__).parents[3] / "examples" / "insurer" / "inventory"
MARKUP = "<script>alert(1)</script>"
FORMULA = "=cmd|' /C calc'!A0"
HOSTS = "".join(f"host-{at},主机 {at},,host,,site-1,,,\n" for at in range(2, 30))
HOSTILE = f'markup,{MARKUP},,host,,site-1,,,\nformula,"{FORMULA}",,host,,site-1,,,\n'
UPSERT = """mutation($ciId: String!) { upsertCis(input: {cis: [{ciId: $ciId, name: $ciId,
    ciClass: "application"}]}) { __typename } }"""
SAID = {
    "zh": {"all": "全部配置项", "service": "承保（svc-policy）依赖的全部对象", "why": "为什么", "more": "更多"},
    "en": {"all": "All CIs", "service": "Everything 承保 (svc-policy) rests on", "why": "Why", "more": "more"},
}
PAINTED = "() => performance.getEntriesByName('explorer-painted').length"


@pytest.fixture(scope="module")
def served(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two services, a site with more hosts than a lane shows, two of them badly named; the address."""
    embedded_engine.wipe()
    folder = tmp_path_factory.mktemp("served")
    tables = {"cis": ESTATE["cis"] + HOSTS + HOSTILE, "relationships": ESTATE["relationships"]}
    with open_register(Settings.from_environment(environment(embedded_engine, folder / "data"))) as register:
        imported(register.store, inventory(folder / "estate", tables))
        with hosted(register) as url:
            yield url


def asked(page: Page) -> dict[str, list[str]]:
    """What the address asks for."""
    return parse_qs(urlsplit(page.url).query)


def downloaded(visit: Visit, name: str) -> str:
    """A file that the page makes."""
    visit.page.locator(".menu summary").click()
    with visit.page.expect_download() as found:
        visit.page.locator(".menu button", has_text=name).click()
    visit.page.locator(".menu summary").click()
    return Path(str(found.value.path())).read_text("utf-8") if name != "PNG" else str(found.value.path())


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_with_the_keyboard_from_the_whole_to_a_ci_what_if_it_stops_why_and_back(
    served: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    said = SAID[language]
    with visiting(browser, served, language=language, width=width, theme=theme) as visit:
        page = visit.page
        visit.go("/explore")
        expect(page.locator("h1")).to_contain_text(said["all"])
        visit.check()

        page.locator(".controls select").first.select_option("service")
        page.locator(".picker input").focus()
        page.keyboard.type("svc-p")
        expect(page.locator(".picker [role=option][aria-selected=true]")).to_contain_text("承保")
        visit.press("Enter")
        expect(page.locator("h1")).to_contain_text(said["service"])
        assert asked(page) == {"view": ["service"], "ci": ["svc-policy"]}

        visit.tab_to(".keys")
        visit.press("ArrowRight", "ArrowRight")
        expect(page.locator(".side [role=status]").first).to_contain_text("承保系统")
        assert asked(page)["selected"] == ["app-1"]
        visit.press("ArrowLeft")
        assert asked(page)["selected"] == ["svc-policy"]
        visit.press("ArrowRight", "ArrowRight")
        assert asked(page)["selected"][0].startswith("db-")
        visit.tab_to(".selected .actions button:last-child")
        visit.press("Enter")
        expect(page.locator(".sentence")).to_have_class("sentence outage")
        page.evaluate("() => document.querySelector('.keys').focus()")
        visit.press("ArrowLeft")
        expect(page.locator(".why-panel h2")).to_contain_text(said["why"])
        expect(page.locator(".why li")).to_have_count(2)
        visit.check()

        page.evaluate("() => document.querySelector('.keys').focus()")
        address = page.url
        visit.press("Enter")
        expect(page).to_have_url(f"{served}/ci/app-1")
        page.go_back()
        expect(page).to_have_url(address)
        expect(page.locator(".why li")).to_have_count(2)
        visit.press("Escape")
        page.go_back()
        expect(page.locator(".sentence")).to_have_class("sentence ")


def test_what_is_too_much_for_a_lane_opens_in_place_in_the_picture_and_in_the_table(
    served: str, browser: Browser
) -> None:
    with visiting(browser, served, language="en", width=1280, theme="dark") as visit:
        page = visit.page
        visit.go("/explore?view=site&ci=site-1&as=table")
        expect(page.locator("tbody").first.locator("tr")).to_have_count(14)
        visit.check()
        page.locator("tbody button.more").click()
        expect(page.locator("tbody").first.locator("tr")).to_have_count(34)
        assert asked(page)["open"] == ["class|compute|host"]
        expect(page.locator("tbody a", has_text=MARKUP)).to_be_visible()
        assert page.locator("main script").count() == 0
        visit.check()

        page.go_back()
        page.locator(".switch button").first.click()
        page.wait_for_selector(".keys")
        page.wait_for_function(PAINTED)
        visit.tab_to(".keys")
        visit.press("ArrowRight")
        # the last of the hosts' lane is what is not drawn; it opens by Enter as by a click
        for _ in range(15):
            if "class|compute|host" in asked(page).get("selected", []):
                break
            visit.press("ArrowRight" if "host" not in asked(page)["selected"][0] else "ArrowDown")
        visit.press("Enter")
        expect(page.locator(".panel.picture .note")).to_contain_text("68 of 68")
        assert visit.faults == []


def test_files_hold_what_is_drawn_and_harm_no_spreadsheet(served: str, browser: Browser) -> None:
    with visiting(browser, served, language="en", width=1280, theme="light") as visit:
        visit.go("/explore?view=site&ci=site-1&lane=50")
        visit.page.wait_for_selector(".keys")
        drawing = ElementTree.fromstring(downloaded(visit, "SVG"))  # noqa: S314 - ours
        graph = ElementTree.fromstring(downloaded(visit, "GraphML"))  # noqa: S314 - ours
        rows = list(csv.reader(io.StringIO(downloaded(visit, "CIs").removeprefix("\ufeff"))))
        pairs = list(csv.reader(io.StringIO(downloaded(visit, "Relationships").removeprefix("\ufeff"))))
        png = Path(downloaded(visit, "PNG")).read_bytes()

        words = "".join(drawing.itertext())
        assert "主机 2" in words
        assert "<script>" in words
        assert not any(element.tag.endswith("script") for element in drawing.iter())
        nodes = [element for element in graph.iter() if element.tag.endswith("}node")]
        assert len(nodes) == len(rows) - 1 == 34
        assert {row[0]: row[1] for row in rows}["formula"] == f"'{FORMULA}"
        assert len(pairs) - 1 == sum(element.tag.endswith("}edge") for element in graph.iter()) == 34
        assert png.startswith(b"\x89PNG")
        visit.faults[:] = [fault for fault in visit.faults if not fault.startswith("blob:")]
        visit.check()


def test_a_view_is_kept_by_its_name_and_only_ever_leads_here(served: str, browser: Browser, tmp_path: Path) -> None:
    strange = tmp_path / "views.json"
    views = {"good": "/explore?view=site&ci=site-1", "bad": "javascript:alert(1)", "far": "//elsewhere/explore", "n": 7}
    strange.write_text(json.dumps(views))
    with visiting(browser, served, language="en", width=1280, theme="light") as visit:
        page = visit.page
        visit.go("/explore?view=service&ci=svc-policy")
        page.locator(".saved input[type=text]").fill("policy")
        page.locator(".saved form button").click()
        expect(page.locator(".saved li a")).to_have_attribute("href", "/explore?ci=svc-policy&view=service")
        page.locator(".saved input[type=file]").set_input_files(strange)
        expect(page.locator(".saved li a")).to_have_count(2)
        visit.check()
        page.locator(".saved li a", has_text="good").click()
        expect(page.locator("h1")).to_contain_text("What stands in")
        page.reload()
        expect(page.locator(".saved li a")).to_have_count(2)


def test_paper_gets_the_picture_as_lines(served: str, browser: Browser) -> None:
    with visiting(browser, served, language="zh", width=1280, theme="dark") as visit:
        visit.go("/explore?view=service&ci=svc-policy")
        visit.page.wait_for_function(PAINTED)
        visit.page.emulate_media(media="print")
        visit.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
        expect(visit.page.locator(".paper svg")).to_be_visible()
        expect(visit.page.locator(".paper svg")).to_contain_text("承保系统")
        assert visit.page.evaluate("() => getComputedStyle(document.querySelector('.drawing')).display") == "none"
        expect(visit.page.locator("h1")).to_be_visible()
        assert visit.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def upsert(url: str, ci_id: str) -> None:
    """Somebody else makes a CI."""
    given = {"query": UPSERT, "variables": {"ciId": ci_id}}
    answer = httpx.post(f"{url}/graphql", json=given, timeout=60)
    assert answer.json()["data"]["upsertCis"]["__typename"] == "UpsertCisPayload", answer.text


def retire(url: str, ci_id: str) -> None:
    """And somebody takes it away, so that the next walk finds the lane as long as this one did."""
    ask = "mutation($ciId: String!) { retireCi(input: {ciId: $ciId}) { __typename } }"
    answer = httpx.post(f"{url}/graphql", json={"query": ask, "variables": {"ciId": ci_id}}, timeout=60)
    assert answer.json()["data"]["retireCi"]["__typename"] == "RetireCiPayload", answer.text


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_a_moment_is_chosen_said_everywhere_and_left_with_one_key(
    served: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    time.sleep(1.1)  # so that a whole second lies between what was and what comes
    moment = datetime.now(ZoneInfo("Asia/Shanghai")).replace(microsecond=0)
    said, late = f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(":00"), f"late-{language}-{width}-{theme}"
    upsert(served, late)
    with visiting(browser, served, language=language, width=width, theme=theme) as visit:
        page, alert = visit.page, visit.page.locator("[role=alert]")
        visit.go("/explore?class=application&as=table")
        expect(page.locator("tbody").first).to_contain_text(late)

        choose(visit, said)
        expect(page.locator("h1")).to_contain_text(said)
        expect(page.locator("tbody").first).not_to_contain_text(late)
        assert asked(page)["at"] == [f"{said.replace(' ', 'T')}+08:00"]
        revision = page.locator(".revision").inner_text()
        upsert(served, f"{late}-2")
        rows = list(
            csv.reader(io.StringIO(downloaded(visit, "CIs" if language == "en" else "配置项").removeprefix("\ufeff")))
        )
        assert (rows[0][-1], {row[-1] for row in rows[1:]}) == (
            "as_of",
            {f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"},
        )
        graph = ElementTree.fromstring(downloaded(visit, "GraphML"))  # noqa: S314 - ours
        assert rows[1][-1] in "".join(graph.itertext())
        visit.check()
        assert page.locator(".revision").inner_text() == revision  # nothing newer is offered
        page.reload()
        expect(page.locator("h1")).to_contain_text(said)

        visit.tab_to(".then button")
        visit.press("Enter")
        expect(page.locator("tbody").first).to_contain_text(f"{late}-2")
        assert "at" not in asked(page)
        for wrong in ("yesterday", "2999-01-01 00:00"):
            choose(visit, wrong)
            expect(alert).to_contain_text(wrong)
            visit.check()
    for ci_id in (late, f"{late}-2"):
        retire(served, ci_id)


def choose(visit: Visit, moment: str) -> None:
    visit.page.locator("[name=moment]").fill("")
    visit.tab_to("[name=moment]")
    visit.page.keyboard.type(moment)
    visit.press("Enter")


@pytest.mark.long
@pytest.mark.parametrize(("language", "width", "theme"), [*ALL, ("en", 1920, "light")])
def test_every_view_of_the_living_example_lets_everyone_in(
    embedded_engine: Database, tmp_path: Path, browser: Browser, language: str, width: int, theme: Any
) -> None:
    embedded_engine.wipe()
    places = (
        "", "?view=service&ci=svc-lipei", "?view=site&ci=site-a&group=owner", "?view=paths&ci=svc-lipei&ci=site-a",
        "?view=query&class=host&lane=2000", "?seeds=db-lipei-1%3Doutage&selected=svc-lipei", "?view=paths",
        "?view=service&ci=svc-lipei&as=table", "?view=neighbourhood&ci=nobody",
    )  # fmt: skip
    with open_register(Settings.from_environment(environment(embedded_engine, tmp_path / "data"))) as register:
        imported(register.store, INSURER)
        with hosted(register) as url, visiting(browser, url, language=language, width=width, theme=theme) as visit:
            see_all(visit, places)


def see_all(visit: Visit, places: Iterable[str]) -> None:
    for place in places:
        visit.go(f"/explore{place}")
        visit.page.wait_for_load_state("networkidle")
        visit.check()
