"""What one request reads: all of it at one revision, and each record once however often it is asked for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import strawberry
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from strawberry.dataloader import DataLoader

from graph.errors import BadInputError
from graph.history import CI, RELATIONSHIP

if TYPE_CHECKING:
    from api.register import Register
    from graph.estate import Estate
    from graph.store.things import Kept

Info = strawberry.Info[dict[str, Any], None]
Asked = tuple[int, str]  # of a revision, a record's key
Result = TypeVar("Result")
MOMENTS = 3  # that one request may ask about: the estate of each is read from the store
RECORDS = 100_000  # that one request may gather; what lists hold is known only when they are read
HEAVY = CapacityLimiter(8)  # impacts, paths and searches that are computed at once
AT_ONCE = CapacityLimiter(1)  # estates of the past that are read at once


class Reading:
    """Estates and records that a request has read, each shared by all fields that ask for it.

    Whoever waits is shielded: where one field fails, others that wait for the same are not given up with it.
    """

    def __init__(self, register: "Register", actor: str) -> None:
        self.register, self.actor = register, actor
        self._shared: dict[Any, asyncio.Future[Any]] = {}
        self._moments: set[datetime] = set()
        self._gathered = 0
        self._cis: DataLoader[Asked, Kept | None] = DataLoader(lambda asked: self._kept(CI, asked))
        self._relationships: DataLoader[Asked, Kept | None] = DataLoader(lambda asked: self._kept(RELATIONSHIP, asked))

    async def estate(self, revision: int | None = None) -> "Estate":
        """The estate at a revision; `None`: at the one that the whole request is answered at."""
        now: Estate = await self._once("now", lambda: run_in_threadpool(self.register.estate))
        if revision in (None, now.revision):
            return now
        return await self._once(("estate", revision), lambda: run_sync(self.register.estate, revision, limiter=AT_ONCE))

    def wrote(self) -> None:
        """Something was written: whatever is asked of now from here on is asked anew."""
        self._shared.pop("now", None)

    async def revision_at(self, moment: datetime | None) -> int:
        """The revision of a moment; `None`: that of the whole request.

        Raises
        ------
        BadInputError
            `door.as_of` without an offset; `server.too_much` where a request asks about too many moments.
        """
        if moment is None:
            return (await self.estate()).revision
        if moment.tzinfo is None:
            raise BadInputError("door.as_of", value=moment.isoformat())
        self._moments.add(moment)
        if len(self._moments) > MOMENTS:
            raise BadInputError("server.too_much", what="asOf", asked=len(self._moments), most=MOMENTS)
        found = await self._once(moment, lambda: run_in_threadpool(self.register.revision_of, moment.isoformat()))
        # a commit that is still being applied is not yet there to be read
        now = (await self.estate()).revision
        return now if found is None else min(found, now)

    async def cis(self, at: int, ci_ids: "Sequence[str]") -> "list[Kept | None]":
        """CIs at a revision, `None` for those that were not there; BadInputError `server.too_much`."""
        self._gather(len(ci_ids))
        return await asyncio.shield(self._cis.load_many([(at, ci_id) for ci_id in ci_ids]))

    async def relationships(self, at: int, keys: Sequence[str]) -> "list[Kept | None]":
        """Relationships at a revision, as `cis`."""
        self._gather(len(keys))
        return await asyncio.shield(self._relationships.load_many([(at, key) for key in keys]))

    async def about(self, of: "Callable[[Estate, int], list[Result]]", at: int, ci_id: str) -> list[Result]:
        """What an estate says of a CI, by a function of both; nothing of one that it does not know."""
        estate = await self.estate(at)
        number = estate.find(ci_id)
        if number is None:
            return []
        found = await self._once((of.__name__, at, number), lambda: run_in_threadpool(of, estate, number))
        self._gather(len(found) // 100)  # names only, no records
        return found

    def _gather(self, many: int) -> None:
        self._gathered += many
        if self._gathered > RECORDS:
            raise BadInputError("server.too_much", what="records", asked=self._gathered, most=RECORDS)

    async def _once(self, what: Any, read: Callable[[], Awaitable[Result]]) -> Result:
        if what not in self._shared:
            self._shared[what] = asyncio.ensure_future(read())
        found: Result = await asyncio.shield(self._shared[what])
        return found

    async def _kept(self, kind: str, asked: Sequence[Asked]) -> "list[Kept | None]":
        keys: dict[int, set[str]] = {}
        for revision, key in asked:
            keys.setdefault(revision, set()).add(key)
        found = {
            revision: await run_in_threadpool(self.register.store.kept_at, kind, some, revision)
            for revision, some in keys.items()
        }
        return [found[revision].get(key) for revision, key in asked]


async def computed(work: Callable[..., Result], *given: Any) -> Result:
    """What `work` gives, in one of the few threads for what takes its time: reading goes on beside it."""
    return await run_sync(work, *given, limiter=HEAVY)


def reading_of(info: Info) -> Reading:
    """What the request of a resolver reads."""
    reading: Reading = info.context["reading"]
    return reading
