"""A change from its first word to what was learned from it: who does what, and what they see of it."""

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from api.texts import Texts
from graph.lifecycle import load_lifecycle
from tests.api.pages.hands import Hands, Walk
from tests.api.pages.office import END, LATER, START, Office

KINDS = ("ci", "rel")  # of what the graph is made of
SOON = 30_000  # milliseconds until the watch has seen what was written, and the page that stands has heard of it


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
        drawn = page.locator(".of-edits .lanes")
        for node in ("app-claims", "db-n1", "db-n4", "db-n2"):  # what it edits, and what stands beside it
            expect(drawn.locator(f"[data-ci={node}]")).to_have_count(1)
        expect(drawn.locator(".edges .added")).to_have_count(1)
        expect(drawn.locator(".edges .removed")).to_have_count(1)
        self.asks.visit.check()

        # exactly the edits are in the register, and the log says by which change
        self.asks.visit.go("/ci/app-claims")
        page = self.asks.page
        expect(page.locator("a[href='/ci/db-n4']").first).to_be_visible()
        expect(page.locator(".halves a[href='/ci/db-n1']")).to_have_count(0)
        # from the change to the CI to what was written: both of its edits are in the history, with the change
        for ended, node in (("made", "n4"), ("ended", "n1")):
            row = page.locator(".rows li", has_text=self.say(f"pages.relationship_{ended}"))
            expect(row.locator(f"a[href='/ci/db-{node}']")).to_have_count(1)
            expect(row.locator(f"a[href='{self.path}']")).to_have_count(1)
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
            # by its name, with the id of what was written beside it
            named = {"app-claims": "理赔系统"}.get(ci_id, f"理赔库节点 {ci_id[-1]}")
            expect(ledger.locator(f"a[href='/ci/{ci_id}']").first).to_have_text(named)
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
