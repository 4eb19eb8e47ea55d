"""What people do on pages, with a mouse or with a keyboard alone, each signed in with their own token."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from api.texts import Texts
from tests.api.pages.browser import Visit
from tests.api.pages.office import Office


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
        # what comes after the verdict moves the bar; nobody drags what has just gone from under the hand
        self.page.wait_for_function("() => !document.querySelector('.skeleton, .waiting')")
        bar.hover()  # once it stands still
        box, work = bar.bounding_box(), bar.locator(".work").bounding_box()
        assert box is not None
        assert work is not None
        x, y = work["x"] + work["width"] / 2, work["y"] + work["height"] / 2
        far = minutes * box["width"] / int(bar.get_attribute("aria-valuemax") or "0")
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + far, y, steps=8)
        self.stands_still(box["y"])
        self.page.mouse.up()

    def stands_still(self, top: float) -> None:
        """What comes and goes above the bar of a window does not take it from under the hand."""
        self.page.wait_for_function(
            "top => !document.querySelector('.waiting')"
            " && Math.abs(document.querySelector('.around .moved').getBoundingClientRect().top - top) < 2",
            arg=top, timeout=10_000,
        )  # fmt: skip


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
        bar = self.page.locator(".around .moved")
        self.reach(bar)
        box = bar.bounding_box()
        assert box is not None
        self.visit.press(*(["PageUp" if minutes > 0 else "PageDown"] * (abs(minutes) // 60)))
        self.stands_still(box["y"])


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
