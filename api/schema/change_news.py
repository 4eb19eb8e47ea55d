"""What the watch has found of coming changes: over the schema, as a stream, and how somebody wishes mail of it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from anyio import sleep
from anyio.to_thread import run_sync

from api.feed import LOOKS
from api.moments import with_offset
from api.schema.failures import NotAllowed
from api.schema.paging import Long
from api.schema.reading import Info, Reading, computed, reading_of
from api.schema.reviews import Verdict
from api.schema.writing import written
from api.watching.letters import NewsWords
from api.watching.watch import WORK
from api.words import by_name
from graph.errors import BadInputError
from graph.store.notices import text_of
from graph.store.preferences import wish_mail, wishes
from graph.store.watched import Watched, news_since, turn_of, watched
from queries.recurrence import LATEST, OLDEST

if TYPE_CHECKING:
    from graph.estate import Estate

EVERY = 1.0  # seconds between two looks for news
AGO = timedelta(minutes=2)  # that each of them goes back
MOST = 100
Since = Annotated[
    datetime | None, strawberry.argument(description="News after this moment; null: what there is of coming changes.")
]
OfChange = Annotated[str | None, strawberry.argument(description="Of one change; null: of all.")]
Newest = Annotated[int, strawberry.argument(description="How many at the most, the newest first.")]


@strawberry.enum(description="In which language somebody is sent mail.")
class MailLanguage(Enum):
    """The languages of letters."""

    EN = strawberry.enum_value("en", description="English.")
    ZH = strawberry.enum_value("zh", description="Chinese.")


@strawberry.enum(description="When somebody is sent mail of changes.")
class MailWish(Enum):
    """The words of the store."""

    AT_ONCE = strawberry.enum_value("at_once", description="As it happens.")
    DAILY = strawberry.enum_value("daily", description="What has gathered, in one letter each morning.")
    NEVER = strawberry.enum_value("never", description="Not at all; the pages tell it still.")


@strawberry.type(description="Something that was written and altered how a change stands.")
class ChangeCause:
    """One of a log's entries."""

    kind: str = strawberry.field(description="`ci`, `rel`, or a table of records: `incidents`, `changes`, `windows`.")
    key: str = strawberry.field(description="Which one, by its identifier.")
    revision: Long = strawberry.field(description="The revision that wrote it.")
    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(description="Who.")
    message: str = strawberry.field(description="It, as a sentence.")


@strawberry.type(description="That a coming change stands otherwise than those who wait for it were told before.")
class ChangeNews:
    """Told once."""

    change_id: str = strawberry.field(description="The change.")
    at: datetime = strawberry.field(description="When that was found.")
    revision: Long = strawberry.field(description="Of the register, as it was then.")
    verdict: Verdict = strawberry.field(description="How it stands since.")
    was: Verdict = strawberry.field(description="How it stood before.")
    parts: list[str] = strawberry.field(description="What is news: `verdict`, `services` that go out, `conflicts`.")
    message: str = strawberry.field(description="It, as a sentence.")
    because: list[str] = strawberry.field(description="The reasons that are new, as sentences.")
    causes: list[ChangeCause] = strawberry.field(description="What brought it about; none: time has.")
    more_causes: int = strawberry.field(description="How many more there are.")
    still: bool = strawberry.field(description="Whether it stands so now: the same verdict, and no less goes out.")


@strawberry.type(description="How a coming change stands, as the watch has found it.")
class ChangeWatch:
    """Of one change."""

    verdict: Verdict = strawberry.field(description="Its verdict.")
    since: datetime = strawberry.field(description="Since when it is that.")
    looked: Long | None = strawberry.field(
        description="The revision up to which all changes have been looked at; null: nobody watches."
    )
    news: ChangeNews | None = strawberry.field(description="What was told of it last.")


@strawberry.input(description="How one wishes to be told.")
class ChooseMailInput:
    """A wish."""

    mail: MailWish = strawberry.field(description="When one is sent mail.")
    language: MailLanguage | None = strawberry.field(description="In which language; null: as before.", default=None)


@strawberry.type(description="The wish as it is kept.")
class ChooseMailPayload:
    """A wish."""

    mail: MailWish = strawberry.field(description="When one is sent mail.")


ChooseMailResult = Annotated[
    ChooseMailPayload | NotAllowed,
    strawberry.union("ChooseMailResult", description="The wish, or why it is not kept."),
]


@strawberry.type
class ChangeNewsQuery:
    """News of coming changes."""

    @strawberry.field(description="What was told of coming changes last, of each the last; the newest first.")
    async def change_news(self, info: Info, since: Since = None, first: Newest = 20) -> list[ChangeNews]:
        """News."""
        if not 0 <= first <= MOST:
            raise BadInputError("server.first", value=first)
        reading = reading_of(info)
        after = "" if since is None else text_of(_checked(since))
        found = await computed(news_since, reading.register.store, after)
        estate = await reading.estate()
        return [news_of(reading, each, estate) for each in sorted(found, key=_when, reverse=True)[:first]]

    @strawberry.field(description="When one is sent mail of changes.")
    async def mail_wish(self, info: Info) -> MailWish:
        """One's own wish."""
        reading = reading_of(info)
        found = await computed(wishes, reading.register.store, [reading.actor])
        return MailWish(found[reading.actor].mail)


@strawberry.type
class ChangeNewsMutation:
    """Wishes."""

    @strawberry.mutation(description="Choose when one is sent mail of changes, and in which language.")
    async def choose_mail(
        self,
        info: Info,
        input: Annotated[ChooseMailInput, strawberry.argument(description="The wish.")],  # noqa: A002 - as all inputs
    ) -> ChooseMailResult:
        """One's own."""
        reading = reading_of(info)
        mail, language = input.mail.name.lower(), None if input.language is None else input.language.name.lower()
        await written(info, lambda: wish_mail(reading.register.store, reading.actor, mail, language))
        return ChooseMailPayload(mail=input.mail)


@strawberry.type
class ChangeNewsSubscription:
    """News as they come."""

    @strawberry.subscription(description="What those who wait for coming changes are told, as it happens.")
    async def change_news(self, info: Info, change: OfChange = None) -> AsyncGenerator[ChangeNews, None]:
        """News from now on."""
        reading = reading_of(info)
        store, stopping = reading.register.store, reading.register.feed.stopping
        known = {each.change_id: each.body["told"] for each in await run_sync(news_since, store, "", limiter=LOOKS)}
        while not stopping.is_set():
            # of a while ago: what is written together is not there at once, and clocks of servers differ
            after = text_of(store.clock() - AGO)
            for each in sorted(await run_sync(news_since, store, after, limiter=LOOKS), key=_when):
                if known.get(each.change_id) != each.body["told"]:
                    known[each.change_id] = each.body["told"]
                    if change in (None, each.change_id):
                        yield news_of(reading, each, await run_sync(reading.register.estate, limiter=LOOKS))
            await sleep(EVERY)


def watch_of(reading: Reading, change_id: str, estate: "Estate") -> ChangeWatch | None:
    """How a coming change stands; `None`: nobody has looked at it."""
    store = reading.register.store
    found = watched(store, [change_id]).get(change_id)
    if found is None:
        return None
    body = found.body
    return ChangeWatch(
        verdict=Verdict(body["stand"]["verdict"]),
        since=datetime.fromisoformat(body["since"]),
        looked=None if (seen := turn_of(store, WORK, store.clock())) is None else Long(seen),
        news=None if body["told"] is None else news_of(reading, found, estate),
    )


def news_of(reading: Reading, found: Watched, estate: "Estate") -> ChangeNews:
    """What was told of a change last, in the words of whoever asks; `estate`: what CIs are called now."""
    told, stand = found.body["told"], found.body["stand"]
    kinds = reading.register.store.ontology.relationship_types
    words = NewsWords(
        reading.say, reading.register.settings.timezone, by_name(estate, reading.say),
        lambda kind: kinds[kind].words[reading.language] if kind in kinds else kind,
    )  # fmt: skip
    return ChangeNews(
        change_id=found.change_id,
        at=datetime.fromisoformat(told["at"]),
        revision=Long(told["revision"]),
        verdict=Verdict(told["now"]["verdict"]),
        was=Verdict(told["was"]["verdict"]),
        parts=told["parts"],
        message=words.headline(told),
        because=words.because(told),
        causes=_causes(words, told["causes"]),
        more_causes=told["more_causes"],
        still=told["now"]["verdict"] == stand["verdict"] and set(told["now"]["out"]) <= set(stand["out"]),
    )


def _causes(words: NewsWords, causes: Sequence[Mapping[str, Any]]) -> list[ChangeCause]:
    return [
        ChangeCause(
            kind=each["kind"], key=each["key"], revision=Long(each["revision"]), actor=each["actor"],
            at=datetime.fromisoformat(each["at"]), message=words.cause(each),
        )
        for each in causes
    ]  # fmt: skip


def _when(found: Watched) -> str:
    return str(found.body["told"]["at"])


def _checked(moment: datetime) -> datetime:
    # the first and the last day of all have no other zone
    if not OLDEST <= with_offset(moment).year < LATEST:
        raise BadInputError("door.as_of", value=moment.isoformat())
    return moment
