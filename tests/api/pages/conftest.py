"""What all tests of pages share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.api.pages.browser import browsing


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with browsing() as found:
        yield found
