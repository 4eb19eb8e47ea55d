"""The pages in a real browser, with the keyboard alone: nothing shuts anyone out, nothing is asked elsewhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from api.register import open_register
from api.texts import Texts
from graph.settings import Settings
from tests.api.command import environment
from tests.api.pages.browser import ALL, MARKS, SHOWN, Visit, visiting
from tests.api.served import serving
from tests.engines import Database, imported, inventory

pytestmark = MARKS
INSURER = Path(__file__).parents[3] / "examples" / "insurer" / "inventory"
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
LONG = "长" * 250 + "W" * 250
HOSTILE = {
    "cis": f'ci_id,name,ci_class,serial\nmarkup,{MARKUP},host,"javascript:alert(3)"\n"{"i" * 200}",{LONG},host,\n'
    "'><b>,=cmd,host,\njavascript:alert(4),x,application,\n",
    "relationships": "source,type,target\n"
    + "".join(f"javascript:alert(4),runs_on,{target}\n" for target in ("markup", "i" * 200, "'><b>")),
}
SAID = {
    "zh": {"stops": "如果理赔数据库 1停止", "retired": "如果理赔数据库 1退役", "retire": "退役", "why": "为什么"},
    "en": {
        "stops": "If 理赔数据库 1 stops",
        "retired": "If 理赔数据库 1 is retired",
        "retire": "it is retired",
        "why": "Why",
    },
}


@pytest.fixture(scope="module")
def insurer(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The living example, and things with the worst of names, served; the address."""
    embedded_engine.wipe()
    folder = tmp_path_factory.mktemp("served")
    settings = Settings.from_environment(environment(embedded_engine, folder / "data"))
    with open_register(settings) as register:
        imported(register.store, INSURER)
        imported(register.store, inventory(folder / "hostile", HOSTILE), scope="hostile")
    with serving(embedded_engine, folder) as (_, url):
        yield url


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_from_home_by_pinyin_to_a_ci_what_if_it_is_retired_why_and_back(
    insurer: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    said = SAID[language]
    with visiting(browser, insurer, language=language, width=width, theme=theme) as visit:
        page = visit.page
        visit.go("/")
        expect(page.locator("[data-search]")).to_be_focused()
        page.wait_for_selector(".columns table")
        visit.check()

        page.keyboard.type("lipeishujuku")
        expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("db-lipei-1")
        visit.check()
        visit.press("Enter")

        expect(page).to_have_url(f"{insurer}/ci/db-lipei-1")
        expect(page.locator("h1")).to_contain_text(said["stops"])
        expect(page.locator("h1")).to_be_focused()
        visit.check()

        visit.tab_to(".what-if button[aria-pressed=true]")
        visit.press("Tab", "Tab")
        assert visit.focused() == said["retire"]
        visit.press("Enter")
        expect(page).to_have_url(f"{insurer}/ci/db-lipei-1?effect=retire")
        expect(page.locator("h1")).to_contain_text(said["retired"])

        why_path(visit, said["why"])
        visit.check()

        page.go_back()
        expect(page).to_have_url(f"{insurer}/")
        expect(page.locator("h1")).to_contain_text("2,4")
        visit.check()


def why_path(visit: Visit, title: str) -> None:
    """From the picture: walk down an edge, see why, and keep the proof."""
    page = visit.page
    page.locator("h1").focus()
    visit.tab_to("[data-ci]")
    first = visit.focused()
    visit.press("ArrowDown")
    assert visit.focused() != first
    expect(page.locator(".why-panel h2")).to_contain_text(title)
    expect(page.locator(".why li").last).to_contain_text("理赔数据库 1")
    visit.tab_to(".proof button")
    visit.press("Enter")
    expect(page.locator(".proof pre")).to_contain_text('"claim"')


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.long)])
def test_the_worst_of_names_are_only_text(insurer: str, browser: Browser, width: int) -> None:
    with visiting(browser, insurer, language="zh", width=width, theme="light") as visit:
        for ci_id in ("markup", "i" * 200, "%27%3E%3Cb%3E", "javascript:alert(4)"):
            visit.go(f"/ci/{ci_id}")
            expect(visit.page.locator(".known strong")).not_to_be_empty()
            visit.check()
        visit.go("/ci/markup")
        expect(visit.page.locator(".known strong")).to_have_text(MARKUP)
        expect(visit.page.locator(".facts")).to_contain_text("javascript:alert(3)")
        assert visit.page.locator("main script, main img, main a[href^=javascript]").count() == 0


@pytest.mark.parametrize(("language", "width", "theme"), [pytest.param(*each, marks=pytest.mark.long) for each in ALL])
def test_every_other_page_lets_everyone_in(
    insurer: str, browser: Browser, language: str, width: int, theme: Any
) -> None:
    places = ("/questions", "/questions/spof", "/continuity", "/questions/unmatched", "/kpi", "/imports", "/graphql",
              "/questions/spof?service=svc-lipei", "/continuity?service=svc-lipei&scenario=SC-SITE-A",
              "/ci/svc-lipei", "/ci/array-a-1", "/ci/site-c", "/ci/db-hexin-1?with=db-hexin-2")  # fmt: skip
    with visiting(browser, insurer, language=language, width=width, theme=theme) as visit:
        for place in places:
            visit.go(place)
            visit.check()


def test_a_file_is_tried_and_then_imported(insurer: str, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "cis.csv").write_text("ci_id,name,ci_class\nup-1,新主机,host\nup 2,x,no_such_class\n", encoding="utf-8")
    with visiting(browser, insurer, language="zh", width=1280, theme="light") as visit:
        page = visit.page
        visit.go("/imports")
        page.set_input_files("input[type=file]", tmp_path / "cis.csv")
        expect(page.get_by_role("button", name="应用")).to_be_disabled()
        page.get_by_role("button", name="试运行").click()
        expect(page.locator(".upload-said")).to_contain_text("尚未写入")
        expect(page.locator("summary").first).to_contain_text("1")
        page.get_by_role("button", name="应用").click()
        expect(page.locator(".upload-said")).to_contain_text("cis.csv 已导入")
        visit.check()
        visit.go("/ci/up-1")
        expect(page.locator(".known strong")).to_have_text("新主机")


@pytest.mark.parametrize(("language", "width"), [("zh", 1280), pytest.param("en", 390, marks=pytest.mark.long)])
def test_a_row_that_may_be_another_ci_waits_beside_it_and_is_decided_with_the_keyboard(
    insurer: str, browser: Browser, tmp_path: Path, language: str, width: int
) -> None:
    say, file = Texts(language), tmp_path / "cis.csv"
    old, new = f"old-{language}", f"new-{language}"
    with visiting(browser, insurer, language=language, width=width, theme="light") as visit:
        page = visit.page
        visit.go("/imports")
        for ci_id, name in ((old, "a"), (new, MARKUP)):
            file.write_text(f"ci_id,name,ci_class,serial\n{ci_id},{name},host,SN-{language}\n", encoding="utf-8")
            applied(visit, file, say)
        expect(page.locator("h1")).to_contain_text(say("decide.rows_wait", count=1))
        expect(page.locator(".conflict h3")).to_have_text(new)
        expect(page.locator(".beside")).to_contain_text(MARKUP)
        visit.check()

        page.locator("h1").focus()
        visit.tab_to(".beside tfoot td:nth-child(3) button")
        visit.press("Enter")
        expect(page.locator(".said [role=status]")).to_contain_text(old)
        expect(page.locator(".said")).to_be_focused()
        expect(page.locator(".conflict")).to_have_count(0)
        visit.check()
        applied(visit, file, say)
        visit.go(f"/ci/{old}")
        expect(page.locator(".known strong")).to_have_text(MARKUP)

        visit.go("/imports")
        visit.tab_to(".decided summary")
        visit.press("Enter")
        expect(page.locator(".decided li", has_text=new)).to_have_count(1)
        visit.check()
        visit.tab_to(".decided button")
        visit.press("Enter")
        expect(page.locator("h1")).to_contain_text(say("decide.rows_wait", count=1))
        page.locator(".beside tfoot td:nth-child(2) button").click()
        expect(page.locator(".conflict")).to_have_count(0)
        applied(visit, file, say)
        visit.go(f"/ci/{new}")
        expect(page.locator(".known strong")).to_have_text(MARKUP)


def applied(visit: Visit, file: Path, say: Texts) -> None:
    """Try a file and import it."""
    page = visit.page
    page.set_input_files("input[type=file]", [])
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name=say("pages.upload_try")).click()
    page.get_by_role("button", name=say("pages.upload_apply")).click()
    expect(page.locator(".upload-said")).to_contain_text(say("pages.upload_done", name=file.name))
