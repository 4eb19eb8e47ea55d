"""Types and root fields of the schema: addresses at which calendars find changes, each of whoever made it."""

from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry
from starlette.concurrency import run_in_threadpool

from api.access.feeds import FEEDS, create_feed, feeds_of, revoke_feed
from api.schema.failures import InvalidInput, NotAllowed, invalid
from api.schema.reading import Info, reading_of
from api.texts import LANGUAGES
from graph.errors import BadInputError
from graph.store.principals import KeptToken


@strawberry.type(description="An address of changes as iCalendar, without its secret.")
class CalendarFeed:
    """An address."""

    id: strawberry.ID = strawberry.field(description="What comes before the dot.")
    made_at: datetime = strawberry.field(description="When it was made.")
    used_at: datetime | None = strawberry.field(description="When it was asked for last, to the minute.")


@strawberry.type(description="A new address, which is never told again.")
class NewFeed:
    """What was made."""

    feed: CalendarFeed = strawberry.field(description="It.")
    address: str = strawberry.field(
        description="All of it, from the server's root on; whole where the server knows its address."
    )


@strawberry.type(description="An address at which nothing is found any more.")
class RevokeFeedPayload:
    """What was taken away."""

    feed: CalendarFeed = strawberry.field(description="It.")


@strawberry.input(description="A new address of one's own.")
class CreateFeedInput:
    """How it is to be."""

    language: str | None = strawberry.field(description="`zh` or `en`; null: the server's.", default=None)


@strawberry.input(description="An address of one's own to take away.")
class RevokeFeedInput:
    """Which."""

    feed: strawberry.ID = strawberry.field(description="Its id.")


NewFeedResult = Annotated[
    NewFeed | InvalidInput | NotAllowed,
    strawberry.union("NewFeedResult", description="A new address, or why there is none."),
]
RevokeFeedResult = Annotated[
    RevokeFeedPayload | InvalidInput | NotAllowed,
    strawberry.union("RevokeFeedResult", description="The address, or why it stays."),
]


@strawberry.type
class FeedQuery:
    """One's own addresses."""

    @strawberry.field(description="Addresses of whoever asks that are worth something, oldest first.")
    async def feeds(self, info: Info) -> list[CalendarFeed]:
        """None in local mode."""
        reading = reading_of(info)
        found = await run_in_threadpool(feeds_of, reading.register.access, reading.principal.id)
        return [_told(each) for each in found]


@strawberry.type
class FeedMutation:
    """Changes of one's own addresses; each is noted, as those of tokens are."""

    @strawberry.mutation(description="An address at which a calendar finds changes, as whoever made it may see them.")
    async def create_feed(
        self, info: Info, input: Annotated[CreateFeedInput, strawberry.argument(description="How.")]  # noqa: A002
    ) -> NewFeedResult:  # fmt: skip
        """It, once."""
        reading = reading_of(info)
        try:
            asked = _asked(input.language)
            make = partial(create_feed, reading.register.access, reading.principal.id, reading.actor)
            text, made = await run_in_threadpool(make)
        except BadInputError as error:
            return invalid(error, reading, "input")
        root = (reading.register.settings.public_url or "").rstrip("/")
        return NewFeed(feed=_told(made), address=f"{root}{FEEDS}{text}.ics{asked}")

    @strawberry.mutation(description="Take an address of one's own away.")
    async def revoke_feed(
        self, info: Info, input: Annotated[RevokeFeedInput, strawberry.argument(description="Which.")]  # noqa: A002
    ) -> RevokeFeedResult:  # fmt: skip
        """It, as it was."""
        reading = reading_of(info)
        take = partial(
            revoke_feed, reading.register.access, reading.principal.id, str(input.feed), reading.actor
        )  # fmt: skip
        try:
            return RevokeFeedPayload(feed=_told(await run_in_threadpool(take)))
        except BadInputError as error:
            return invalid(error, reading, "input")


def _asked(language: str | None) -> str:
    if language not in (None, *LANGUAGES):
        raise BadInputError("schedule.feed_language")
    return "" if language is None else f"?language={language}"


def _told(kept: KeptToken) -> CalendarFeed:
    used = None if kept.used_at is None else datetime.fromisoformat(kept.used_at)
    return CalendarFeed(id=strawberry.ID(kept.id), made_at=datetime.fromisoformat(kept.at), used_at=used)
