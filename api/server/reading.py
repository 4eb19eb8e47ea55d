"""What one request reads: all of it at one revision, and each record once however often it is asked for."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import strawberry
from starlette.concurrency import run_in_threadpool
from strawberry.dataloader import DataLoader

from graph.history import CI, RELATIONSHIP

if TYPE_CHECKING:
    from api.register import Register
    from graph.estate import Estate
    from graph.store.things import Kept

Info = strawberry.Info[dict[str, Any], None]
Asked = tuple[int, str]  # of a revision, a record's key


class Reading:
    """Estates and records that a request has read. `cis`, `relationships`: loaders of `Kept` or `None` by `Asked`."""

    def __init__(self, register: "Register") -> None:
        self.register = register
        self._estates: dict[int | None, asyncio.Future[Estate]] = {}
        self.cis: DataLoader[Asked, Kept | None] = DataLoader(lambda asked: self._kept(CI, asked))
        self.relationships: DataLoader[Asked, Kept | None] = DataLoader(lambda asked: self._kept(RELATIONSHIP, asked))

    async def estate(self, revision: int | None = None) -> "Estate":
        """The estate at a revision; `None`: at the one that the whole request is answered at."""
        if revision not in self._estates:
            reading = asyncio.ensure_future(run_in_threadpool(self.register.estate, revision))
            self._estates[revision] = reading
            found = await reading
            # who goes on from an answer to what is beside it stays in that estate
            self._estates.setdefault(found.revision, reading)
        return await self._estates[revision]

    async def _kept(self, kind: str, asked: Sequence[Asked]) -> "list[Kept | None]":
        keys: dict[int, set[str]] = {}
        for revision, key in asked:
            keys.setdefault(revision, set()).add(key)
        found = {
            revision: await run_in_threadpool(self.register.store.kept_at, kind, some, revision)
            for revision, some in keys.items()
        }
        return [found[revision].get(key) for revision, key in asked]


def reading_of(info: Info) -> Reading:
    """What the request of a resolver reads."""
    reading: Reading = info.context["reading"]
    return reading
