"""What one request reads: all of it at one revision, and each record once however often it is asked for."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import strawberry
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from strawberry.dataloader import DataLoader

from api.access.scopes import redacted, visible
from api.moments import with_offset
from api.texts import Texts
from graph.deadline import check
from graph.errors import BadInputError
from graph.estate import Estate
from graph.history import CI, RELATIONSHIP
from graph.store.tables import related
from graph.store.things import relationship_key

if TYPE_CHECKING:
    from api.register import Register
    from api.who import Principal
    from graph.store.things import Kept

Info = strawberry.Info[dict[str, Any], None]
Asked = tuple[int, str]  # of a revision, a record's key
Result = TypeVar("Result")
MOMENTS = 3  # that one request may ask about: the estate of each is read from the store
RECORDS = 100_000  # that one request may gather; what lists hold is known only when they are read
FEW_OF_ONE = 10  # rows of one CI that are looked at at once: there may be hundreds of CIs
LOT = 5_000  # CIs whose scopes are looked at at once
FEW = 200  # rows in memory that are looked at without a thread, which costs more than they do
HEAVY = CapacityLimiter(8)  # impacts, paths and searches that are computed at once
AT_ONCE = CapacityLimiter(1)  # estates of the past that are read at once


class Reading:
    """Estates and records that a request has read, each shared by all fields that ask for it.

    Whoever waits is shielded: where one field fails, others that wait for the same are not given up with it.
    `seen`: a revision that the store had since the request came, and when: so it need not be asked for.
    """

    def __init__(
        self,
        register: "Register",
        principal: "Principal",
        language: str | None = None,
        seen: tuple[int, float] | None = None,
    ) -> None:
        self.register, self.principal, self._known = register, principal, seen
        self.language = language or register.settings.language
        self.say = Texts(self.language)
        self._shared: dict[Any, asyncio.Future[Any]] = {}
        self._moments: set[datetime] = set()
        self._had: dict[tuple[str, int, str], Kept | None] = {}
        self._had_of: dict[Any, list[Any]] = {}
        self._owned_by: dict[Asked, tuple[str, ...]] = {}
        self._gathered = 0
        self._cis: DataLoader[Asked, Kept | None] = DataLoader(lambda asked: self._kept(CI, asked))
        self._relationships: DataLoader[Asked, Kept | None] = DataLoader(lambda asked: self._kept(RELATIONSHIP, asked))
        self._shown: DataLoader[Asked, bool] = DataLoader(self._seen)
        self._owners: DataLoader[Asked, tuple[str, ...]] = DataLoader(self._owned)
        self._about: DataLoader[Any, list[Any]] = DataLoader(self._told)
        self._works: DataLoader[Callable[[], Any], Any] = DataLoader(_done, cache=False)
        self._starting: DataLoader[Asked, list[str]] = DataLoader(self._started)

    @property
    def revision(self) -> int | None:
        """The revision that the request was answered at; `None` where it read nothing of the register."""
        now = self._shared.get("now")
        read = now is not None and now.done() and not now.cancelled() and now.exception() is None
        return int(now.result().revision) if now is not None and read else None

    async def at_least(self, revision: int, patience: float) -> bool:
        """Wait, at most `patience` seconds, until that revision can be read here; whether it can.

        Whoever wrote elsewhere, and was told the revision, so reads what they wrote.
        """
        deadline, pause = time.monotonic() + patience, 0.02
        while (await self.estate()).revision < revision:
            if time.monotonic() > deadline:
                return False
            self._ask_anew()
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.5)
        return True

    @property
    def actor(self) -> str:
        """Who asks, as the log says it."""
        return self.principal.actor

    async def estate(self, revision: int | None = None) -> "Estate":
        """The estate at a revision; `None`: at the one that the whole request is answered at."""
        now: Estate = await self.once("now", lambda: self._estate(None))
        if revision in (None, now.revision):
            return now
        return await self.once(("estate", revision), lambda: self._estate(revision))

    async def _estate(self, revision: int | None) -> "Estate":
        if revision is not None:
            found = await run_sync(self.register.estate, revision, limiter=AT_ONCE)
        elif self._known is None:
            found = await run_sync(self.register.estate)
        else:
            held = self.register.live.since(*self._known)
            found = await run_sync(self.register.estate, None, self._known[0]) if held is None else held
        # sentences name a CI by its id then, in scope or not
        return found.unnamed if self.principal.scopes else found

    def wrote(self) -> None:
        """Something was written: whatever is asked of now from here on is asked anew, by whoever asks."""
        self._ask_anew()
        self.register.expire()

    def _ask_anew(self) -> None:
        self._shared.pop("now", None)
        self._known = None

    async def revision_at(self, moment: datetime | None) -> int:
        """The revision of a moment; `None`: that of the whole request.

        Raises
        ------
        BadInputError
            `door.as_of` without an offset; `server.too_much` where a request asks about too many moments.
        """
        if moment is None:
            return (await self.estate()).revision
        self._moments.add(with_offset(moment))
        if len(self._moments) > MOMENTS:
            raise BadInputError("server.too_much", what="asOf", asked=len(self._moments), most=MOMENTS)
        found = await self.once(moment, lambda: run_in_threadpool(self.register.revision_of, moment.isoformat()))
        # a commit that is still being applied is not yet there to be read
        now = (await self.estate()).revision
        return now if found is None else min(found, now)

    async def cis(self, at: int, ci_ids: "Sequence[str]") -> "list[Kept | None]":
        """CIs at a revision, `None` for those that were not there; BadInputError `server.too_much`."""
        self._gather(len(ci_ids))
        return await asyncio.shield(self._cis.load_many([(at, ci_id) for ci_id in ci_ids]))

    def cis_had(self, at: int, ci_ids: "Sequence[str]") -> "list[Kept | None] | None":
        """The same of CIs that have been read for this request; `None` where one of them has not."""
        if not all((CI, at, ci_id) in self._had for ci_id in ci_ids):
            return None
        self._gather(len(ci_ids))
        return [self._had[CI, at, ci_id] for ci_id in ci_ids]

    async def ahead(self, at: int, ci_ids: Iterable[str], *, owners_of: Sequence[str] = ()) -> None:
        """Read CIs together with the owners of some, which will be asked for."""
        owned = await self._owned([(at, ci_id) for ci_id in owners_of]) if owners_of else []
        wanted = dict.fromkeys([*ci_ids, *(owner for some in owned for owner in some[:1])])
        await asyncio.shield(self._cis.load_many([(at, ci_id) for ci_id in wanted]))  # they count where they are told

    def owners_had(self, at: int, ci_id: str) -> tuple[str, ...] | None:
        """Ids of those that own a CI, where that has been read for this request."""
        return self._owned_by.get((at, ci_id))

    async def relationships(self, at: int, keys: Sequence[str]) -> "list[Kept | None]":
        """Relationships at a revision, as `cis`."""
        self._gather(len(keys))
        return await asyncio.shield(self._relationships.load_many([(at, key) for key in keys]))

    async def owners(self, at: int, ci_id: str) -> tuple[str, ...]:
        """Ids of those that own a CI at a revision, sorted."""
        return await asyncio.shield(self._owners.load((at, ci_id)))

    async def starting(self, at: int, ci_id: str) -> list[str]:
        """Keys of all relationships, of every type, that start at a CI at a revision, sorted by their ends."""
        return await asyncio.shield(self._starting.load((at, ci_id)))

    async def _started(self, asked: Sequence[Asked]) -> list[list[str]]:
        # what was is what is with the log undone: read once for all CIs, however many there are
        store = self.register.store
        found: dict[Asked, list[str]] = {}
        for at, some in _by_revision(asked).items():
            ends = await run_in_threadpool(related, store, some, store.ontology.relationship_types, revision=at)
            self._gather(len(ends))
            for each in ends:
                found.setdefault((at, each[0]), []).append(relationship_key(*each))
        return [found.get(each, []) for each in asked]

    def about_now(self, of: "Callable[[Estate, int], list[Result]]", at: int, ci_id: str) -> list[Result] | None:
        """The same without waiting for anything; `None` where that cannot be, or would take a while."""
        found: list[Result] | None = self._had_of.get((of, at, ci_id))
        now = self._shared.get("now")
        estate: Estate | None = now.result() if found is None and now is not None and self.revision == at else None
        if estate is None:
            return found
        number = estate.find(ci_id)
        if number is not None and estate.rows_of(number) > FEW_OF_ONE:
            return None
        found = self._had_of[of, at, ci_id] = [] if number is None else of(estate, number)
        self._gather(len(found) // 100)
        return found

    async def about(self, of: "Callable[[Estate, int], list[Result]]", at: int, ci_id: str) -> list[Result]:
        """What an estate says of a CI, by a function of both; nothing of one that it does not know."""
        found: list[Result] = await asyncio.shield(self._about.load((of, at, ci_id)))
        self._gather(len(found) // 100)  # names only, no records
        return found

    async def _told(self, asked: "Sequence[tuple[Callable[[Estate, int], list[Any]], int, str]]") -> list[list[Any]]:
        estates = {at: await self.estate(at) for at in {at for _, at, _ in asked}}
        places = [(of, estates[at], estates[at].find(ci_id)) for of, at, ci_id in asked]

        def tell() -> list[list[Any]]:
            return [[] if number is None else of(estate, number) for of, estate, number in places]

        up = any(of is Estate.dependent_relationships for of, _, _ in places)
        some = sum(estate.rows_of(number) for _, estate, number in places if number is not None)
        return await run_in_threadpool(tell) if up or some > FEW else tell()

    def _gather(self, many: int) -> None:
        check()  # fields that need no database end here
        self._gathered += many
        if self._gathered > RECORDS:
            raise BadInputError("server.too_much", what="records", asked=self._gathered, most=RECORDS)

    async def beside(self, work: Callable[[], Result]) -> Result:
        """What `work` gives, computed beside the loop; many small works that are asked for at once share a thread."""
        found: Result = await self._works.load(work)
        return found

    async def once(self, what: Any, read: Callable[[], Awaitable[Result]]) -> Result:
        """What `read` reads, once for all fields of the request that ask for the same."""
        if what not in self._shared:
            self._shared[what] = shared = asyncio.ensure_future(read())
            # whoever waited for it may have gone, and what it says then is for nobody
            shared.add_done_callback(lambda done: done.cancelled() or done.exception())
        found: Result = await asyncio.shield(self._shared[what])
        return found

    async def _owned(self, asked: Sequence[Asked]) -> list[tuple[str, ...]]:
        found: dict[Asked, tuple[str, ...]] = {}
        for at, some in _by_revision(asked).items():
            listed = self.register.listing.known(some, at) if len(some) <= FEW else None
            if listed is None:
                listed = await run_in_threadpool(self.register.listing.some, some, at)
            seen = await self.seen(at, some)
            found |= {(at, ci.ci_id): ci.owners for ci in listed if ci is not None and ci.ci_id in seen}
        told = [found.get(each, ()) for each in asked]
        self._owned_by |= zip(asked, told, strict=True)
        return told

    async def is_shown(self, at: int, ci_id: str) -> bool:
        """Whether whoever asks is shown a CI by name at a revision."""
        return await asyncio.shield(self._shown.load((at, ci_id)))

    async def _seen(self, asked: Sequence[Asked]) -> list[bool]:
        found = {at: await self.seen(at, some) for at, some in _by_revision(asked).items()}
        return [ci_id in found[at] for at, ci_id in asked]

    async def seen(self, at: int, ci_ids: Collection[str]) -> set[str]:
        """Those of some CIs that whoever asks is shown by name at a revision."""
        shown = self.shown_at(at)
        return set(ci_ids) if shown is None else await run_in_threadpool(shown, ci_ids)

    def shown_at(self, at: int) -> Callable[[Collection[str]], set[str]] | None:
        """As `seen`, to be called where work is done beside the loop; `None` where all are shown.

        It raises BadInputError `server.too_much` for more CIs than a request may gather.
        """
        store, scopes = self.register.store, self.principal.scopes

        def shown(ci_ids: Collection[str]) -> set[str]:
            if len(ci_ids) > RECORDS:
                raise BadInputError("server.too_much", what="records", asked=len(ci_ids), most=RECORDS)
            wanted, found = list(ci_ids), set[str]()
            for first in range(0, len(wanted), LOT):
                check()
                some = wanted[first : first + LOT]
                kept = store.kept_at(CI, some, at)
                found |= visible(store, scopes, {ci_id: each.thing.state for ci_id, each in kept.items()}, at)
            return found

        return shown if scopes else None

    async def _kept(self, kind: str, asked: Sequence[Asked]) -> "list[Kept | None]":
        found = {revision: await self._read(kind, some, revision) for revision, some in _by_revision(asked).items()}
        if kind == CI and self.principal.scopes:
            found = {revision: await self._redacted(some, revision) for revision, some in found.items()}
        told = [found[revision].get(key) for revision, key in asked]
        self._had |= {(kind, revision, key): kept for (revision, key), kept in zip(asked, told, strict=True)}
        return told

    async def _read(self, kind: str, keys: list[str], at: int) -> "dict[str, Kept]":
        # little, and not changed since, is read with what others want; the rest may take its time, which is one's own
        if self.register.store.applied.reaches(at) and len(keys) <= FEW:
            found = await self.register.records.ask([(kind, key) for key in keys])
            there = {key: kept for key in keys if (kept := found.get((kind, key))) is not None}
            if len(there) == len(set(keys)) and all(kept.revision <= at for kept in there.values()):
                return there
        return await run_in_threadpool(self.register.store.kept_at, kind, keys, at)

    async def _redacted(self, kept: "dict[str, Kept]", at: int) -> "dict[str, Kept]":
        states = {ci_id: each.thing.state for ci_id, each in kept.items()}
        seen = await run_in_threadpool(visible, self.register.store, self.principal.scopes, states, at)
        words = self.say("server.hidden")
        return {ci_id: each if ci_id in seen else redacted(each, words) for ci_id, each in kept.items()}


async def _done(works: Sequence[Callable[[], Any]]) -> list[Any]:
    return await run_in_threadpool(lambda: [_outcome(work) for work in works])


def _outcome(work: Callable[[], Any]) -> Any:
    # one that fails is told to who asked for it, and the others are done
    try:
        check()
        return work()
    except Exception as error:
        return error


def _by_revision(asked: Sequence[Asked]) -> dict[int, list[str]]:
    # a loader asks for each key of a revision once
    found: dict[int, list[str]] = {}
    for revision, key in asked:
        found.setdefault(revision, []).append(key)
    return found


async def computed(work: Callable[..., Result], *given: Any) -> Result:
    """What `work` gives, in one of the few threads for what takes its time: reading goes on beside it."""

    def in_time() -> Result:
        check()  # whoever waited for a place may have gone
        return work(*given)

    return await run_sync(in_time, limiter=HEAVY)


def reading_of(info: Info) -> Reading:
    """What the request of a resolver reads."""
    reading: Reading = info.context["reading"]
    return reading
