"""One change from its draft to what became of it, on the pages of all who have to do with it."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from api.access.changes import create_first_token
from api.register import Register, open_register
from api.texts import Texts
from graph.lifecycle import load_lifecycle
from graph.settings import Settings
from graph.store.notices import WEBHOOK, due
from tests.api.command import environment
from tests.api.pages.browser import Visit, chromium, visiting
from tests.api.served import serving
from tests.engines import Database, imported, inventory

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(chromium() is None, reason="Chromium is not installed"),
    # the browser's driver closes its own loop late
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ALL = [(language, width, theme) for language in ("zh", "en") for width in (1280, 390) for theme in ("light", "dark")]
SHOWN = [pytest.param(*each, marks=[] if each == ALL[0] else pytest.mark.long) for each in ALL]
ZONE = ZoneInfo("Asia/Shanghai")  # of the pages, where nothing else is set
NIGHT = (datetime.now(ZONE) + timedelta(days=1)).replace(hour=20, minute=0, second=0, microsecond=0)
START, END, LATER = (NIGHT + timedelta(hours=hours) for hours in (0, 2, 4))
# who asks may approve what others ask for: what holds them back is that it is their own
PEOPLE = {"lin": "approver", "zhou": "reviewer", "wang": "approver", "chen": "importer"}
KINDS = ("ci", "rel")  # of what the graph is made of
SOON = 30_000  # milliseconds until the watch has seen what was written, and the page that stands has heard of it
# two of three nodes are enough, a fourth stands by; a report rests on one of them
ESTATE = {
    "cis": "ci_id,name,name_en,ci_class,status,criticality\n"
    "svc-claims,车险理赔,Motor claims,business_service,live,critical\n"
    "app-claims,理赔系统,Claims system,application,live,\n"
    + "".join(f"db-n{n},理赔库节点 {n},Claims DB node {n},database_instance,live,\n" for n in (1, 2, 3, 4)),
    "relationships": "source,type,target,redundancy_group,min_available\nsvc-claims,depends_on,app-claims,,\n"
    + "".join(f"app-claims,depends_on,db-n{n},nodes,2\n" for n in (1, 2, 3)),
    "changes": "change_id,title,category,status,decision,decided_at,planned_start,planned_end,affected,effect\n"
    f"CHG-0388,db-n2 补丁,simple,approved,approved,2026-11-01T10:00:00+08:00,{END.isoformat()},{LATER.isoformat()},"
    "db-n2,outage\n",
}  # fmt: skip


@dataclass(frozen=True)
class Office:
    """A served register, the store beside it, and people with their tokens."""

    url: str
    register: Register
    tokens: dict[str, str]
    folder: Path

    def told(self, change: str) -> list[tuple[str, list[str]]]:
        """What waits to be sent of the verdicts of a change: each with what brought it about."""
        found = due(self.register.store, datetime.now(UTC) + timedelta(days=30), WEBHOOK)
        read = [json.loads(each.body) for each in found]
        return sorted((each["now"]["verdict"], [cause["key"] for cause in each["causes"]]) for each in read
                      if (each["kind"], each["change"]) == ("verdict-changed", change))  # fmt: skip

    def reports(self, name: str, **fields: str) -> None:
        """An incident comes in."""
        tables = {"incidents": ",".join(fields) + "\n" + ",".join(fields.values()) + "\n"}
        imported(self.register.store, inventory(self.folder / name, tables), scope=f"incident-{name}")


@pytest.fixture
def office(embedded_engine: Database, tmp_path: Path) -> Iterator[Office]:
    """A cluster of three nodes of which two are enough, with a change of one of them just after the night's first."""
    embedded_engine.wipe()
    settings = Settings.from_environment(environment(embedded_engine, tmp_path / "data"))
    secret = tmp_path / "secret"
    secret.write_text("s" * 40, encoding="utf-8")
    with open_register(settings) as register:
        imported(register.store, inventory(tmp_path / "estate", ESTATE))
        tokens = {
            name: create_first_token(register.access, name, [role], {}, "1d", "tester")[0]
            for name, role in PEOPLE.items()
        }
    with ExitStack() as stack:
        # nobody answers there, so that all that was to be told is still to be seen
        served = serving(
            embedded_engine, tmp_path, FAULTLINE_WEBHOOK_URL="http://127.0.0.1:9/", FAULTLINE_WEBHOOK_PRIVATE="1",
            FAULTLINE_WEBHOOK_SECRET_FILE=str(secret),
        )  # fmt: skip
        _, url = stack.enter_context(served)
        yield Office(url, stack.enter_context(open_register(settings)), tokens, tmp_path)


class Hands:
    """What somebody does on a page with a mouse."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self.page = visit, visit.page

    def press(self, place: Locator) -> None:
        place.click()

    def write(self, place: Locator, text: str) -> None:
        place.fill(text)

    def moment(self, place: Locator, moment: datetime) -> None:
        place.fill(f"{moment:%Y-%m-%dT%H:%M}")

    def choose(self, place: Locator, value: str) -> None:
        place.select_option(value)

    def pick(self, place: Locator, ci_id: str) -> None:
        """A CI by search."""
        place.fill(ci_id)
        self.page.locator(f"#{place.get_attribute('id')}-list [role=option]").first.click()

    def drag(self, minutes: int) -> None:
        """Move the window of a change; whole minutes of the grid."""
        bar = self.page.locator(".around .moved")
        bar.scroll_into_view_if_needed()
        box, work = bar.bounding_box(), bar.locator(".work").bounding_box()
        assert box is not None
        assert work is not None
        x, y = work["x"] + work["width"] / 2, work["y"] + work["height"] / 2
        far = minutes * box["width"] / int(bar.get_attribute("aria-valuemax") or "0")
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + far, y, steps=8)
        self.page.mouse.up()


class Keys(Hands):
    """What somebody does on a page who has a keyboard alone."""

    def reach(self, place: Locator) -> None:
        """Go on by Tab, round the page if need be; what Tab comes to is not moved to in any other way."""
        place.wait_for()
        for _ in range(400):
            if place.evaluate("place => place === document.activeElement"):
                return
            self.visit.press("Tab")
        raise AssertionError(f"{place} cannot be reached by Tab")

    def press(self, place: Locator) -> None:
        self.reach(place)
        self.visit.press("Space" if place.evaluate("place => place.type === 'checkbox'") else "Enter")

    def write(self, place: Locator, text: str) -> None:
        self.reach(place)
        self.visit.press("Control+a")
        self.page.keyboard.type(text)

    def moment(self, place: Locator, moment: datetime) -> None:
        self.reach(place)
        self.page.keyboard.type(f"{moment:%m%d%Y}")
        self.visit.press("Tab")
        self.page.keyboard.type(f"{moment:%I%M%p}")

    def choose(self, place: Locator, value: str) -> None:
        self.reach(place)
        for _ in range(60):
            if place.input_value() == value:
                return
            self.visit.press("ArrowDown")
        raise AssertionError(f"{value} is not to be chosen")

    def pick(self, place: Locator, ci_id: str) -> None:
        self.write(place, ci_id)
        expect(self.page.locator(f"#{place.get_attribute('id')}-list [role=option]").first).to_be_visible()
        self.visit.press("Enter")

    def drag(self, minutes: int) -> None:
        self.reach(self.page.locator(".around .moved"))
        self.visit.press(*(["PageUp" if minutes > 0 else "PageDown"] * (abs(minutes) // 60)))


class Walk:
    """The pages of several people, each signed in with their own token."""

    def __init__(self, stack: ExitStack, office: Office, visits: Callable[[], Any], hands: type[Hands]) -> None:
        self._stack, self._office, self._visits, self._hands = stack, office, visits, hands
        self._people: dict[str, Hands] = {}

    def at(self, who: str, path: str) -> Hands:
        """Somebody at a page."""
        if who not in self._people:
            self._people[who] = mine = self._hands(self._stack.enter_context(self._visits()))
            mine.page.goto(f"{self._office.url}/sign-in?next={quote(path, safe='')}")
            mine.write(mine.page.locator("input[name=token]"), self._office.tokens[who])
            mine.visit.press("Enter")
            mine.page.wait_for_selector("h1[tabindex]")
        else:
            mine = self._people[who]
            mine.visit.go(path)
        return mine

    def steps(self, who: str, path: str, step: str, status: str, say: Texts, *papers: str) -> Page:
        """A step is taken on the page of the change with papers, in the order in which it asks for them."""
        mine = self.at(who, path)
        mine.press(mine.page.get_by_role("button", name=step, exact=True))
        form = mine.page.locator("form.sure")
        fields = form.locator("input, textarea")
        expect(fields).to_have_count(len(papers))
        for place, text in enumerate(papers):
            mine.write(fields.nth(place), text)
        mine.press(form.get_by_role("button", name=say("rfc.yes", step=step), exact=True))
        expect(mine.page.locator(".known .tag")).to_have_text(say(f"rfc.status_{status}"))
        expect(mine.page.locator(".verdict")).not_to_be_empty()
        return mine.page


def steps_in(language: str) -> dict[str, str]:
    """What the buttons of the steps of such a change say."""
    return {step.id: step.words[language] for step in load_lifecycle().steps if "simple" in step.categories}


def drafted(mine: Hands, say: Texts) -> str:
    """A change that replaces a node, assessed while it is typed, and saved; its id."""
    page, beside = mine.page, mine.page.locator(".assessed .verdict-line")
    mine.write(page.locator("#draft-title"), "理赔库节点 1 换为节点 4")
    mine.choose(page.locator("#draft-category"), "simple")
    mine.moment(page.locator("#draft-start"), START)
    mine.moment(page.locator("#draft-end"), END)
    mine.pick(page.locator("#affected"), "db-n1")
    expect(beside).to_contain_text(say("rfc.verdict_review"))
    mine.pick(page.locator("#affected"), "db-n2")
    # of three nodes one is left, and two are needed
    expect(beside).to_contain_text(say("rfc.verdict_block"))
    expect(page.locator(".assessed a[href='/ci/svc-claims']").first).to_be_visible()
    mine.visit.check()
    mine.press(page.locator(".picked li[data-ci=db-n2] button").last)
    expect(beside).to_contain_text(say("rfc.verdict_review"))

    mine.press(page.locator(".edits summary"))
    mine.choose(page.locator(".edits select").first, "relate")
    mine.pick(page.locator("#edit-source"), "app-claims")
    mine.choose(page.locator(".edits select").nth(1), "depends_on")
    mine.pick(page.locator("#edit-target"), "db-n4")
    mine.write(page.locator(".edits input[type=text]").last, "nodes")
    mine.press(page.get_by_role("button", name=say("draft.edit_add_this"), exact=True))
    mine.choose(page.locator(".edits select").first, "unrelate")
    mine.pick(page.locator("#edit-end"), "db-n1")
    mine.press(page.locator(".edits details li button"))
    expect(page.locator("#draft-edits li")).to_have_count(2)
    expect(beside).to_contain_text(say("rfc.verdict_review"))
    expect(page.locator(".assessed.waiting")).to_have_count(0)
    mine.visit.check()
    mine.press(page.get_by_role("button", name=say("draft.save"), exact=True))
    expect(page).to_have_url(re.compile(r"/changes/CHG-"))
    expect(page.locator(".known .tag")).to_have_text(say("rfc.status_draft"))
    mine.visit.check()
    return page.url.rpartition("/")[2]


def tried(mine: Hands, say: Texts) -> None:
    """Another window for the change: with what comes just after it, the service goes down; and back."""
    page, other = mine.page, mine.page.locator(".panel .rows a[href='/changes/CHG-0388']")
    expect(page.locator(".around li.own")).to_be_visible()
    expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_review"))
    expect(other).to_have_count(0)
    mine.drag(60)
    expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_block"))
    expect(page.locator("h1 a[href='/changes/CHG-0388']")).to_have_count(1)
    expect(other).not_to_have_count(0)
    mine.visit.check()
    mine.drag(-60)
    expect(page.locator(".verdict")).to_have_text(say("rfc.verdict_review"))
    expect(other).to_have_count(0)
    expect(page.locator(".trying")).to_have_count(0)


def edited_by_hand(walk: Walk, ci_id: str) -> None:
    """Somebody writes another recovery time, and names no change."""
    mine = walk.at("chen", f"/ci/{ci_id}?edit=1")
    field = mine.page.locator("#field-recovery_time")
    mine.press(mine.page.locator("details", has=field).locator("summary"))  # what has no value is folded
    mine.write(field, "2h")
    for _ in range(2):  # what would come of it, then saved
        mine.press(mine.page.locator(".sentence .primary"))
        mine.page.wait_for_function("() => !document.querySelector('.waiting')")
        expect(mine.page.locator(".diff, .facts").first).to_be_visible()
    expect(mine.page).to_have_url(re.compile(f"/ci/{ci_id}$"))


class Story:
    """A change on its way, in a language: who does what, and what they see of it."""

    def __init__(self, office: Office, walk: Walk, language: str) -> None:
        self.office, self.walk, self.say, self.steps = office, walk, Texts(language), steps_in(language)
        self.asks = walk.at("lin", "/changes/new")
        self.change = drafted(self.asks, self.say)
        self.path = f"/changes/{self.change}"
        walk.steps("lin", self.path, self.steps["submit"], "submitted", self.say)
        tried(self.asks, self.say)

    def decided(self) -> None:
        """Assessed by one, approved by another, on what they see."""
        self.walk.steps(
            "zhou", self.path, self.steps["assess"], "assessed", self.say, "影响可控", "换回节点 1"
        ).wait_for_selector(".lanes")
        # four eyes: whoever asks for it is told why they have no voice
        self.asks.visit.go(self.path)
        expect(self.asks.page.locator(".acts")).to_contain_text(self.steps["approve"])
        expect(self.asks.page.locator(".decide")).to_have_count(0)
        self.asks.visit.check()
        approves = self.walk.at("wang", self.path)
        expect(approves.page.locator(".decide button").first).to_be_disabled()
        approves.write(approves.page.locator("#reason"), "窗口内有冗余")
        approves.visit.check()
        approves.press(approves.page.get_by_role("button", name=self.steps["approve"], exact=True))
        expect(approves.page.locator(".known .tag")).to_have_text(self.say("rfc.status_approved"))
        expect(approves.page.locator(".people")).to_contain_text("窗口内有冗余")
        approves.visit.check()

    def watched(self) -> None:
        """A node fails before it begins, and is mended; the page that stands says both."""
        news, approves = self.asks.page.locator(".news"), self.walk.at("wang", self.path)
        # the page of whoever asks stands there while a node fails; it goes on by itself, and everybody hears it once
        self.asks.visit.go(self.path)
        expect(self.asks.page.locator(".verdict")).to_have_text(self.say("rfc.verdict_review"))
        expect(news).to_have_count(0)
        self.asks.page.wait_for_timeout(3_000)  # the watch has seen how it stands
        failed = {"incident_id": "INC-2026-117", "ci_id": "db-n3", "started_at": datetime.now(UTC).isoformat()}
        self.office.reports("failed", **failed, expected_end=LATER.isoformat())
        expect(news).to_contain_text(self.say("watch.is_block"), timeout=SOON)
        expect(news).to_contain_text("INC-2026-117")
        self.asks.visit.check()
        approves.visit.go(self.path)
        expect(approves.page.locator(".verdict")).to_have_text(self.say("rfc.verdict_block"))
        expect(approves.page.locator("h1")).to_contain_text("INC-2026-117")
        approves.visit.check()
        self.asks.page.wait_for_timeout(3_000)  # time to say it again
        assert self.office.told(self.change) == [("block", ["INC-2026-117"])]
        self.office.reports("failed", **failed, resolved_at=datetime.now(UTC).isoformat())
        expect(news.locator(".mark")).to_have_text(self.say("rfc.verdict_review"), timeout=SOON)
        expect(news).to_contain_text("INC-2026-117")
        self.asks.visit.check()
        assert self.office.told(self.change) == [("block", ["INC-2026-117"]), ("review", ["INC-2026-117"])]

    def carried_out(self) -> None:
        """Begun and finished; its edits are in the register, and nothing else."""
        for step, status in (("schedule", "scheduled"), ("start", "implementing"), ("finish", "implemented")):
            page = self.walk.steps("lin", self.path, self.steps[step], status, self.say)
        # its edits are in the graph by now: nobody is told that they cannot be carried out
        expect(page.locator(".verdict")).to_have_text(self.say("rfc.status_implemented"))
        self.asks.visit.check()

        # exactly the edits are in the register, and the log says by which change
        self.asks.visit.go("/ci/app-claims")
        page = self.asks.page
        expect(page.locator("a[href='/ci/db-n4']").first).to_be_visible()
        expect(page.locator(".panel .rows a[href='/ci/db-n1']")).to_have_count(0)
        self.asks.visit.check()
        self.asks.visit.go("/ci/db-n4")
        expect(page.locator("main")).to_contain_text(self.say("pages.in_group", group="nodes"))
        self.asks.visit.check()
        commits = [each for each in self.office.register.store.commits(after=0) if each.header.change == self.change]
        graph = [(each.kind, each.key) for commit in commits for each in commit.revisions() if each.kind in KINDS]
        assert sorted(graph) == [("rel", f"app-claims|depends_on|db-{node}") for node in ("n1", "n4")]

    def drifted(self) -> None:
        """What is written by hand stands in the ledgers."""
        page = self.asks.page
        # what somebody else writes is drift: of a CI that the change claims, and of one that none does
        for ci_id in ("db-n1", "db-n3"):
            edited_by_hand(self.walk, ci_id)
        self.asks.visit.go("/questions/unmatched")
        ledger = page.locator(".panel", has_text=self.say("pages.ledger_updates"))
        drift = (("matched", "app-claims"), ("different_from_approved", "db-n1"), ("update_without_change", "db-n3"))
        for bucket, ci_id in drift:
            self.asks.press(ledger.get_by_role("button", name=re.compile(self.say(f"pages.bucket_{bucket}"))))
            expect(ledger.locator(f"a[href='/ci/{ci_id}']").first).to_be_visible()
            self.asks.visit.check()
        obliged = page.locator(".panel", has_text=self.say("pages.ledger_obligations"))
        self.asks.press(obliged.get_by_role("button", name=re.compile(self.say("pages.bucket_pending"))))
        for edit in (1, 2):  # they are due a day after its end
            expect(obliged).to_contain_text(f"{self.change}/{edit}")

    def learned(self) -> None:
        """Reviewed, closed, and compared with what was said."""
        page = self.asks.page
        # and what it was said to hit is held against what it hit
        self.office.reports("after", incident_id="INC-2026-118", ci_id="app-claims", services="svc-claims",
                            started_at=datetime.now(UTC).isoformat(), resolved_at=datetime.now(UTC).isoformat(),
                            caused_by_change=self.change)  # fmt: skip
        self.walk.steps(
            "zhou", self.path, self.steps["review"], "reviewed", self.say, "节点 4 已接入，切换时出现一次故障"
        )
        self.walk.steps("lin", self.path, self.steps["close"], "closed", self.say)
        expect(page.locator("main")).to_contain_text("节点 4 已接入")
        part = page.locator(".panel", has_text=self.say("calibration.title"))
        expect(part.locator("li", has=page.locator("a[href='/ci/svc-claims']"))).to_contain_text("INC-2026-118")
        self.asks.visit.check()
        self.asks.visit.go("/kpi")
        rates = page.locator(".panel", has_text=self.say("calibration.table_title"))
        self.asks.press(rates.locator("tbody tr").first.locator("button").last)
        expect(rates.locator(f"a[href='{self.path}']").first).to_be_visible()
        expect(rates).to_contain_text("INC-2026-118")
        self.asks.visit.check()


def walked(office: Office, walk: Walk, language: str) -> None:
    """From the first word to what was learned."""
    story = Story(office, walk, language)
    story.decided()
    story.watched()
    story.carried_out()
    story.drifted()
    story.learned()


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_a_change_from_its_draft_to_what_was_learned_from_it(
    office: Office, browser: Browser, language: str, width: int, theme: Any
) -> None:
    with ExitStack() as stack:
        visits = lambda: visiting(browser, office.url, language=language, width=width, theme=theme)  # noqa: E731
        walked(office, Walk(stack, office, visits, Hands), language)


@pytest.mark.long
def test_the_same_by_the_keyboard_alone(office: Office, browser: Browser) -> None:
    with ExitStack() as stack:
        visits = lambda: visiting(browser, office.url, language="en", width=1280, theme="light")  # noqa: E731
        walked(office, Walk(stack, office, visits, Keys), "en")
