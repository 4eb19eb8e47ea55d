"""The watch in a real browser: an incident alters an approved change, and its page says so by itself."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from api.register import Register, open_register
from api.texts import Texts
from graph.settings import Settings
from tests.api.command import environment
from tests.api.pages.browser import MARKS, SHOWN, visiting
from tests.api.served import serving
from tests.engines import Database, imported, inventory

pytestmark = MARKS
START = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
END = START + timedelta(hours=2)
CIS = "ci_id,name,ci_class,criticality\nsvc,Claims,business_service,critical\ndb-1,Claims DB 1,database_instance,\n"
CIS += "db-2,Claims DB 2,database_instance,\n"
RELATED = "source,type,target,redundancy_group,min_available\nsvc,depends_on,db-1,db,1\nsvc,depends_on,db-2,db,1\n"
CHANGES = "change_id,title,category,status,decision,decided_at,planned_start,planned_end,affected\n"
CHANGES += "CHG-A,<b>Patch</b>,simple,approved,approved,2026-11-01T10:00:00+08:00,"
CHANGES += f"{START.isoformat()},{END.isoformat()},db-1=outage\n"


@pytest.fixture
def served(embedded_engine: Database, tmp_path: Path) -> Iterator[tuple[str, Register]]:
    """Two databases of which one is enough, and a change of one of them; the server, and the store beside it."""
    embedded_engine.wipe()
    settings = Settings.from_environment(environment(embedded_engine, tmp_path / "data"))
    tables = {"cis": CIS, "relationships": RELATED, "changes": CHANGES}
    with open_register(settings) as register:
        imported(register.store, inventory(tmp_path / "estate", tables))
    with ExitStack() as stack:
        _, url = stack.enter_context(serving(embedded_engine, tmp_path))
        yield url, stack.enter_context(open_register(settings))


def write(register: Register, folder: Path, name: str, **fields: str) -> None:
    tables = {"incidents": ",".join(fields) + "\n" + ",".join(fields.values()) + "\n"}
    imported(register.store, inventory(folder / name, tables), scope=name)


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_a_page_that_stands_says_what_has_happened(
    served: tuple[str, Register], browser: Browser, tmp_path: Path, language: str, width: int, theme: Any
) -> None:
    (url, register), say = served, Texts(language)
    until = END.isoformat()
    with visiting(browser, url, language=language, width=width, theme=theme) as visit:
        page, news = visit.page, visit.page.locator(".news")
        visit.go("/changes/CHG-A")
        expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_review"))
        expect(page.locator(".lanes")).to_be_visible()
        expect(news).to_have_count(0)
        page.wait_for_timeout(2_500)  # the watch has seen how it stands

        write(register, tmp_path, "inc", incident_id="INC-7", ci_id="db-2", started_at="2026-11-28T14:20:00+08:00",
              expected_end=until)  # fmt: skip
        expect(news).to_contain_text(say("watch.is_block"), timeout=30_000)
        expect(news).to_contain_text("INC-7")
        expect(news).to_contain_text("2026-11-01 10:00")
        expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_review"))
        visit.check()

        visit.go("/changes")
        panel = page.locator("section", has=page.get_by_role("heading", name=say("watch.title")))
        expect(panel).to_contain_text("CHG-A")
        panel.locator("select").select_option("DAILY")
        expect(panel).to_contain_text(say("watch.mail_kept"))
        visit.check()
        visit.go("/changes")
        expect(panel.locator("select")).to_have_value("DAILY")
        panel.get_by_role("link", name="CHG-A").click()
        expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_block"))
