"""How many requests are answered at once, and how often somebody may ask; who asks too much is told when to return."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from api.server.attempts import network_of
from api.server.doorkeeper import NOBODY, OPEN, address_of
from api.server.notes import note
from api.server.requests import refusal
from api.server.settings import RequestLimits

RATE_SECONDS = 10  # the window in which requests are counted: a page that opens may ask for a lot at once
AT_ONCE = 100  # so many times the rate is counted up to itself
MOST_ACTORS = 10_000  # of whom requests are kept that were counted and not asked yet
BUSY_PER_WAITING = 4  # actors' queues that may be full at once
STRANGER = f"{NOBODY.actor}:"  # and a network: whoever is not known is somebody by where they ask from
SHARE = 4  # networks that fill the places of strangers, who have no more together than one actor
SOON = 1  # seconds after which a place may be free


class RefusedError(Exception):
    """There is no room: the key says why, `after` in how many seconds there may be."""

    def __init__(self, key: str, after: int = SOON) -> None:
        super().__init__(key)
        self.key, self.after = key, after


@dataclass(eq=False, slots=True)
class Place:
    """One of the places of requests that are answered at once. Given back once the request and its tasks are done."""

    give_back: Callable[[], None]
    holders: int = 1
    has_left: bool = False

    def until(self, task: "asyncio.Task[object]") -> None:
        """Keep it until a task has ended: what was given up and still works takes room as before."""
        self.holders += 1
        task.add_done_callback(lambda _: self._one_fewer())

    def leave(self) -> None:
        """The request needs it no longer; said twice, it counts once."""
        if not self.has_left:
            self.has_left = True
            self._one_fewer()

    def _one_fewer(self) -> None:
        self.holders -= 1
        if self.holders == 0:
            self.give_back()


@dataclass(eq=False)
class Admission:
    """The places, and who waits for one, first come first served as far as an actor may have another."""

    limits: RequestLimits
    running: Counter[str] = field(default_factory=Counter)
    waiting: dict["asyncio.Future[None]", str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rate = MovingWindowRateLimiter(MemoryStorage())
        self._per_window = RateLimitItemPerSecond(self.limits.rate, RATE_SECONDS)
        self._at_once = max(1, self.limits.rate // AT_ONCE)
        self._counted = Counter[str]()

    def count(self, actor: str) -> None:
        """Count a request of an actor; RefusedError `limits.rate`.

        The library starts a thread whenever it counts: some requests are counted at once, before they are asked.
        """
        if not self._counted[actor]:
            if not self._rate.hit(self._per_window, actor, cost=self._at_once):
                reset = self._rate.get_window_stats(self._per_window, actor).reset_time
                raise RefusedError("limits.rate", max(SOON, math.ceil(reset - time.time())))
            if len(self._counted) > MOST_ACTORS:
                self._counted.clear()
            self._counted[actor] = self._at_once
        self._counted[actor] -= 1

    async def place(self, actor: str) -> Place:
        """A place, waited for if need be; RefusedError `limits.busy` (this actor) or `limits.busy_all`."""
        if not self._has_room(actor):
            await self._wait(actor)
        else:
            self.running[actor] += 1
        return Place(lambda: self._left(actor))

    def _has_room(self, actor: str) -> bool:
        all_of_them = self.limits.running_per_actor
        if self.running.total() >= self.limits.running or self.running[actor] >= self._most_of(actor):
            return False
        return _group(actor) == actor or self._of_group(actor, self.running.elements()) < all_of_them

    def _most_of(self, actor: str) -> int:
        most = self.limits.running_per_actor
        return most if _group(actor) == actor else max(1, most // SHARE)

    @staticmethod
    def _of_group(actor: str, others: Iterable[str]) -> int:
        return sum(_group(each) == _group(actor) for each in others)

    async def _wait(self, actor: str) -> None:
        most = self.limits.waiting_per_actor
        if self._of_group(actor, self.waiting.values()) >= most:
            raise RefusedError("limits.busy")
        if len(self.waiting) >= most * BUSY_PER_WAITING:
            raise RefusedError("limits.busy_all")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting[turn] = actor
        try:
            async with asyncio.timeout(self.limits.waiting_seconds):
                await turn
        except TimeoutError:
            if not turn.cancelled():
                return  # it was this one's turn just then
            mine = self.running[actor] >= self._most_of(actor)
            raise RefusedError("limits.busy" if mine else "limits.busy_all") from None
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._left(actor)
            raise
        finally:
            self.waiting.pop(turn, None)

    def _left(self, actor: str) -> None:
        self.running[actor] -= 1
        if not self.running[actor]:
            del self.running[actor]
        for turn, each in list(self.waiting.items()):
            if not turn.done() and self._has_room(each):
                self.running[each] += 1
                del self.waiting[turn]
                turn.set_result(None)


def _group(actor: str) -> str:
    # strangers share what one actor may have: else a few networks would keep out whoever is known
    return STRANGER if actor.startswith(STRANGER) else actor


class Admit:
    """Answers those that there is room for. Probes always get in: they have limits of their own.

    What pages are made of needs no place: it is there at once, and signing in needs it.
    """

    def __init__(self, app: ASGIApp, admission: Admission, free: tuple[str, ...]) -> None:
        self._app, self._admission, self._free = app, admission, free

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._free:
            await self._app(scope, receive, send)
            return
        actor = scope["state"]["actor"]
        holder = actor if actor != NOBODY.actor else STRANGER + network_of(address_of(HTTPConnection(scope)))
        note().actor = actor
        try:
            self._admission.count(holder)
            place = None if scope["path"].startswith(OPEN) else await self._admission.place(holder)
        except RefusedError as refused:
            await refusal(429, refused.key, {"Retry-After": str(refused.after)})(scope, receive, send)
            return
        scope["state"]["place"] = place
        try:
            await self._app(scope, receive, send)
        finally:
            if place is not None:
                place.leave()
