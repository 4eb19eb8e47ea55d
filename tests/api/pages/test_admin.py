"""Who may come in, on its page in a real browser: the first administrator, others, their tokens; and who may not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Locator, Route, expect
from playwright.sync_api import Request as Asked

from api.access.changes import create_first_token, with_tokens
from api.register import Register
from api.texts import Texts
from tests.api.access.in_memory import Door
from tests.api.pages.browser import MARKS, SHOWN, Visit, visiting
from tests.api.served import hosted

pytestmark = MARKS
MARKUP = "<img src=x onerror=alert(1)>"
POLICY = {"ciId": "svc-policy", "name": "承保", "ciClass": "business_service", "status": "live"}
KEPT = "() => JSON.stringify([location.href, document.title, document.cookie, {...localStorage}, {...sessionStorage}])"


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """Who may come in is kept in this process: no engine."""
    found = Door(tmp_path)
    found.store.now = datetime.now(UTC)  # as the browser has it
    return found


@pytest.fixture
def house(door: Door) -> Iterator[str]:
    """Where that is served."""
    with hosted(cast(Register, door.register)) as found:
        yield found


def opened(url: str, text: str) -> int:
    """What somebody gets who shows a token."""
    asked = Request(  # noqa: S310
        f"{url}/graphql",
        json.dumps({"query": "{ me { name } }"}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {text}"},
    )
    try:
        with urlopen(asked) as answer:  # noqa: S310
            return int(answer.status)
    except OSError as error:
        return int(getattr(error, "code", 0))


def signed_in(visit: Visit, text: str) -> None:
    """On the page, by the form."""
    visit.page.goto(f"{visit.url}/sign-in?next=/admin")
    visit.page.fill("input[name=token]", text)
    visit.press("Enter")
    visit.page.wait_for_selector("h1[tabindex]")


def asking(visit: Visit) -> list[str]:
    """What the pages ask from now on."""
    asked: list[str] = []

    def heard(request: Asked) -> None:
        asked.append(request.post_data or "")

    visit.page.on("request", heard)
    return asked


def searching(route: Route) -> None:
    """The search finds one CI: there is no estate here."""
    if "query Search" in (route.request.post_data or ""):
        route.fulfill(json={"data": {"search": {"hits": [{"match": "ID", "ci": POLICY}]}}})
    else:
        route.continue_()


def secret(visit: Visit) -> str:
    """The token that is shown; it stands nowhere else, and goes when it is said to be kept."""
    page = visit.page
    expect(page.locator(".secret h2")).to_be_focused()
    text = str(page.locator(".secret code").text_content())
    visit.check()
    for part in text.split("."):
        assert part not in str(page.evaluate(KEPT))
    visit.tab_to(".secret .actions button + button")
    visit.press("Enter")
    expect(page.locator(".secret")).to_have_count(0)
    return text


def row(visit: Visit, name: str) -> Locator:
    """A principal of the list."""
    return visit.page.locator(".principal", has=visit.page.locator("strong", has_text=name))


@pytest.mark.parametrize(("language", "width", "theme"), SHOWN)
def test_from_nobody_to_the_first_administrator_and_what_they_do(
    house: str, door: Door, browser: Browser, language: str, width: int, theme: Any
) -> None:
    say = Texts(language)
    with visiting(browser, house, language=language, width=width, theme=theme) as visit:
        page = visit.page
        page.route("**/graphql", searching)
        visit.go("/admin")
        expect(page.locator("h1")).to_have_text(say("admin.local"))
        visit.check()
        visit.tab_to("input[name=name]")
        page.keyboard.type("安 ann")
        expect(page.get_by_role("button", name=say("admin.first_do"))).to_be_disabled()
        visit.tab_to("input[type=checkbox]")
        visit.press(" ")
        visit.tab_to("button[type=submit]")
        visit.press("Enter")

        ann = secret(visit)
        assert opened(house, ann) == 200
        expect(page.locator("h1")).to_contain_text(say("admin.said", count=1))
        expect(row(visit, "安 ann").get_by_role("button", name=say("admin.delete"))).to_have_count(0)
        visit.check()

        bob = made(visit, say)
        assert opened(house, bob) == 200
        expect(page.locator("h1")).to_contain_text(say("admin.said", count=2))
        (_, (kept, _)) = with_tokens(door.access)
        assert (kept.name, kept.roles, kept.scopes, kept.origins) == (
            MARKUP, ("importer",), {"ci_class": ("host",), "owner": ("svc-policy",)}, ("itsm", "jira"),
        )  # fmt: skip
        expect(row(visit, MARKUP).locator(".line code.tag")).to_have_text(["importer", "itsm", "jira"])
        tools = say("admin.record_tools", tools=say("impact.comma").join(["itsm", "jira"]))
        expect(page.locator(".rows .note", has_text=tools)).to_have_count(1)
        changed(visit, say, bob)
        page.reload()
        expect(page.locator(".principal")).to_have_count(1)
        assert page.locator(".secret").count() == 0
        visit.check()


def made(visit: Visit, say: Texts) -> str:
    """A principal with a role and two scopes: a name that is taken is told first."""
    page = visit.page
    form = page.locator("form.fields")
    form.locator("input[name=name]").fill("安 ann")
    form.locator("button[type=submit]").click()
    expect(form.get_by_role("alert")).to_have_text(say("access.name_taken", name="安 ann"))
    visit.check()
    form.locator("input[name=name]").fill(MARKUP)
    form.locator("input[value=viewer]").uncheck()
    expect(form.locator("button[type=submit]")).to_be_disabled()
    form.locator("input[value=importer]").check()
    form.locator("select").first.select_option("host")
    form.locator("#new-owner").focus()
    page.keyboard.type("svc-p")
    visit.press("Enter")  # before it is found: the form around it is not sent without it
    expect(form.locator(".chips li")).to_have_count(2)
    form.locator("input[name=new-tools]").fill("itsm， jira")
    form.locator("button[type=submit]").click()
    return secret(visit)


def changed(visit: Visit, say: Texts, bob: str) -> None:
    """Other rights, kept out and let in again, another token and one taken away, and deleted."""
    one = row(visit, MARKUP)
    one.get_by_role("button", name=say("admin.rights")).click()
    one.locator("input[value=auditor]").check()
    one.locator(".chips button").first.click()
    tools = one.get_by_label(say("admin.tools"))
    expect(tools).to_have_value("itsm, jira")
    tools.fill("a b|c")
    one.locator("form button[type=submit]").click()
    expect(one.get_by_role("alert")).to_have_text(say("values.id_character", value="b|c"))
    tools.fill("snow")
    visit.check()
    one.locator("form button[type=submit]").click()
    expect(one.locator("p.done")).to_be_focused()
    expect(one.locator(".line").first).to_contain_text("auditor")
    expect(one.locator(".line").last).not_to_contain_text("host")
    expect(one.locator(".line").last).to_contain_text(f"{say('admin.tools_is')}snow")

    one.get_by_role("button", name=say("admin.disable")).click()
    expect(one.get_by_role("button", name=say("admin.enable"))).to_be_visible()
    assert opened(visit.url, bob) == 401
    one.get_by_role("button", name=say("admin.enable")).click()
    expect(one.get_by_role("button", name=say("admin.disable"))).to_be_visible()
    assert opened(visit.url, bob) == 200

    one.get_by_role("button", name=say("admin.tokens", count=1)).click()
    one.locator(".inset select").select_option("7d")
    one.get_by_role("button", name=say("admin.token_create")).click()
    assert opened(visit.url, secret(visit)) == 200
    expect(visit.page.locator("h1")).to_contain_text(say("admin.said_soon", count=1))
    old = one.locator("tr", has_text=bob.partition(".")[0])
    old.get_by_role("button", name=say("admin.revoke")).click()
    expect(old.get_by_role("button", name=say("admin.cancel"))).to_be_focused()
    visit.check()
    visit.press("Escape")
    expect(old.get_by_role("button", name=say("admin.revoke"))).to_be_focused()
    visit.press("Enter")
    expect(old.get_by_role("button", name=say("admin.cancel"))).to_be_focused()
    visit.press("Tab", "Enter")
    expect(one.locator("p.done")).to_be_focused()
    expect(one.locator("summary")).to_have_text(say("admin.tokens_over", count=1))
    assert opened(visit.url, bob) == 401

    one.get_by_role("button", name=say("admin.delete")).click()
    one.get_by_role("button", name=say("admin.delete_sure")).click()
    expect(visit.page.locator("main > p.done")).to_be_focused()
    expect(visit.page.locator(".principal")).to_have_count(1)


WHO_MAY_NOT: list[tuple[str, str, dict[str, list[str]], bool]] = [
    ("vera", "viewer", {}, False),
    ("audrey", "auditor", {}, True),
    ("adam", "admin", {"site": ["site-1"]}, False),
]


@pytest.mark.parametrize(("language", "width"), [("en", 1280), pytest.param("zh", 390, marks=pytest.mark.long)])
def test_who_may_not_reads_why_and_is_led_nowhere_that_refuses(
    house: str, door: Door, browser: Browser, language: str, width: int
) -> None:
    say = Texts(language)
    door.token("admin", name="root")
    for name, given, scopes, sees_record in WHO_MAY_NOT:
        with visiting(browser, house, language=language, width=width, theme="dark") as visit:
            asked = asking(visit)
            signed_in(visit, create_first_token(door.access, name, [given], scopes, "1h", "tester")[0])
            expect(visit.page.locator("h1")).to_contain_text(name)
            expect(visit.page.locator(".sentence .note")).to_have_text(
                say("admin.refused_scopes" if scopes else "admin.refused_note")
            )
            visit.check()
            assert visit.page.locator("nav a[href='/admin']").count() == int(sees_record)
            record = visit.page.locator(".rows", has_text=say("access.action_principal_created"))
            assert record.count() == int(sees_record)
            assert visit.page.locator("main .failed, main form").count() == 0
            assert not [text for text in asked if "query Principals" in text]


def test_a_token_that_is_shown_is_gone_with_the_page_it_was_shown_on(house: str, door: Door, browser: Browser) -> None:
    say = Texts("en")
    text = door.token("admin", name="root")
    with visiting(browser, house, language="en", width=1280, theme="light") as visit:
        page = visit.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=house)
        signed_in(visit, text)
        one = row(visit, "root")
        one.get_by_role("button", name=say("admin.tokens", count=1)).click()
        expect(one.locator("td").last).to_have_text(say("admin.token_last"))
        one.get_by_role("button", name=say("admin.token_create")).click()
        page.locator(".secret").get_by_role("button", name=say("admin.copy")).click()
        expect(page.locator(".secret [role=status]")).to_have_text(say("admin.copied"))
        made = str(page.evaluate("() => navigator.clipboard.readText()"))
        assert opened(house, made) == 200

        page.locator("nav a[href='/graphql']").click()
        expect(page).to_have_url(f"{house}/graphql")
        page.go_back()
        expect(row(visit, "root")).to_be_visible()
        assert made.partition(".")[2] not in page.content()

        one.get_by_role("button", name=say("admin.tokens", count=2)).click()
        own = one.locator("tr", has_text=say("admin.token_yours"))
        own.get_by_role("button", name=say("admin.revoke")).click()
        expect(own).to_contain_text(say("admin.revoke_yours"))
        own.get_by_role("button", name=say("admin.revoke_sure"), exact=True).click()
        expect(page.locator(".revision a")).to_have_attribute("href", "/sign-in?next=%2Fadmin")
        assert (opened(house, text), opened(house, made)) == (401, 200)


def test_the_first_token_is_shown_also_where_the_page_cannot_sign_in_with_it(house: str, browser: Browser) -> None:
    say = Texts("en")
    with visiting(browser, house, language="en", width=390, theme="light") as visit:
        page = visit.page
        page.route("**/session", lambda route: route.abort())
        visit.go("/admin")
        page.locator("input[name=name]").fill("ann")
        page.locator("input[type=checkbox]").check()
        page.locator("form button[type=submit]").click()
        expect(page.locator(".sentence .note")).to_have_text(say("admin.no_session"))
        text = str(page.locator(".secret code").text_content())
        assert opened(house, text) == 200
        page.get_by_role("button", name=say("admin.kept")).click()
        page.wait_for_url("**/sign-in?next=/admin")
        page.unroute("**/session")
        page.fill("input[name=token]", text)
        visit.press("Enter")
        expect(row(visit, "ann")).to_contain_text(say("admin.you"))
