"""One change from its draft to what became of it, on the pages of all who have to do with it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.api.pages.browser import MARKS, SHOWN, visiting
from tests.api.pages.hands import Hands, Keys, Walk
from tests.api.pages.office import Office, opened_office
from tests.api.pages.story import Story
from tests.engines import Database

pytestmark = MARKS


@pytest.fixture
def office(embedded_engine: Database, tmp_path: Path) -> Iterator[Office]:
    """A cluster of three nodes of which two are enough, with a change of one of them just after the night's first."""
    with opened_office(embedded_engine, tmp_path) as found:
        yield found


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
