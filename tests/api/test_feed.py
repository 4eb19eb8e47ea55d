"""The feed of commits, where the log is not yet all there to be read."""

import threading
from typing import Any, cast

import anyio

from api.feed import Feed
from graph.history import Commit
from tests.api.served import PATIENCE
from tests.api.test_subscriptions import Log


class Applying(Log):
    """A log whose last commit can be read only once everybody waited for it, though its number is known."""

    def __init__(self) -> None:
        super().__init__()
        self.there = False

    def revision(self) -> int:
        return 1

    def settled(self) -> int:
        self.there = True
        return 1

    def commits_page(self, *, after: int, limit: int) -> list[Commit]:
        return super().commits_page(after=after, limit=1) if self.there and after < 1 else []


def test_a_commit_that_is_still_being_applied_is_waited_for() -> None:
    feed = Feed(cast(Any, Applying()), threading.Event())

    async def first() -> int:
        with anyio.fail_after(PATIENCE):
            async for told in feed.commits(0):
                return told.commit.first
        return 0

    assert anyio.run(first) == 1
