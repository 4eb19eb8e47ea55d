"""Looks at the store that many requests want at once, taken together: under load each costs a share of a statement."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from graph.deadline import Deadline, within

Key = TypeVar("Key")
Found = TypeVar("Found")
LONG = 0.05  # seconds after which a look that hangs holds up the next no longer
MOST = 4  # looks of one kind at once: what hangs takes no more threads
PATIENCE = 10.0  # seconds after which a look is cut off


@dataclass(eq=False, slots=True)
class _Round(Generic[Key, Found]):
    found: "asyncio.Future[Mapping[Key, Found]]"
    keys: set[Key] = field(default_factory=set)
    askers: int = 0
    limit: Deadline = field(init=False)  # once it has begun


@dataclass(eq=False, slots=True)
class _Rounds(Generic[Key, Found]):
    """Those of one event loop."""

    waiting: _Round[Key, Found] | None = None
    under_way: set["asyncio.Task[None]"] = field(default_factory=set)


class Together(Generic[Key, Found]):
    """`look` says what the store has of some keys, in a thread; whoever asks meanwhile has a part in the next look.

    So every answer is of a look that began after it was asked for, and what was written before is in it. No deadline of
    one who asks cuts a look that others wait for, too: it has one of its own, and ends when all have left. `limiter`:
    of looks at once.
    """

    def __init__(
        self, look: Callable[[Collection[Key]], Mapping[Key, Found]], limiter: CapacityLimiter | None = None
    ) -> None:
        self._look, self._limiter = look, limiter
        self._of: WeakKeyDictionary[asyncio.AbstractEventLoop, _Rounds[Key, Found]] = WeakKeyDictionary()

    async def ask(self, keys: Iterable[Key]) -> Mapping[Key, Found]:
        """What is found of these keys, and maybe of more; whatever `look` raises."""
        loop = asyncio.get_running_loop()
        rounds = self._of.setdefault(loop, _Rounds())
        mine = rounds.waiting
        if mine is None:
            mine = rounds.waiting = _Round(loop.create_future())
            mine.found.add_done_callback(_seen)
            if rounds.under_way:
                loop.call_later(LONG, self._begin, rounds, mine)
            else:
                loop.call_soon(self._begin, rounds, mine)  # with all who ask in the same turn of the loop
        mine.keys.update(keys)
        mine.askers += 1
        try:
            return await asyncio.shield(mine.found)
        finally:
            mine.askers -= 1
            if not mine.askers and not mine.found.done():
                self._give_up(rounds, mine)

    @staticmethod
    def _give_up(rounds: _Rounds[Key, Found], mine: _Round[Key, Found]) -> None:
        # all who asked have left
        if rounds.waiting is mine:
            rounds.waiting = None
            mine.found.cancel()
        else:
            mine.limit.stop()

    def _begin(self, rounds: _Rounds[Key, Found], mine: _Round[Key, Found] | None) -> None:
        if mine is None or rounds.waiting is not mine or len(rounds.under_way) >= MOST:
            return  # begun, given up, or to be begun when another is done
        rounds.waiting, mine.limit = None, Deadline(PATIENCE)
        # in no context of theirs: a deadline is of one of them
        task = asyncio.get_running_loop().create_task(self._carry_out(mine), context=Context())
        rounds.under_way.add(task)
        task.add_done_callback(lambda done: self._done(rounds, done))

    def _done(self, rounds: _Rounds[Key, Found], task: "asyncio.Task[None]") -> None:
        rounds.under_way.discard(task)
        self._begin(rounds, rounds.waiting)

    async def _carry_out(self, mine: _Round[Key, Found]) -> None:
        def look() -> Mapping[Key, Found]:
            with within(mine.limit):
                return self._look(mine.keys)

        over = asyncio.get_running_loop().call_later(PATIENCE, mine.limit.stop)
        try:
            found = await run_sync(look, limiter=self._limiter)
        except asyncio.CancelledError:
            mine.found.cancel()
            raise
        except Exception as error:
            mine.found.set_exception(error)
        else:
            mine.found.set_result(found)
        finally:
            over.cancel()


def _seen(found: "asyncio.Future[Mapping[Key, Found]]") -> None:
    # all who asked may have gone
    if not found.cancelled():
        found.exception()
