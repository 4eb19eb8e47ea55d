"""Looks at the store that several requests share: each answer is of a look that began after it was asked for."""

import asyncio
import threading
from collections.abc import Collection
from contextvars import ContextVar

import pytest

from api import together
from api.together import Together
from graph.deadline import deadline
from graph.errors import StorageError

ASKING: ContextVar[str | None] = ContextVar("asking", default=None)


class Shelf:
    """What is looked at: each look waits until it may end. `looks`: the keys of each, in the order they began."""

    def __init__(self) -> None:
        self.value, self.looks = 0, list[set[str]]()
        self.ends = threading.Event()
        self.trouble: Exception | None = None
        self.context = "nothing asked"

    def look(self, keys: Collection[str]) -> dict[str, int]:
        found = dict.fromkeys(keys, self.value)
        self.looks.append(set(keys))
        self.context = str(ASKING.get())
        self.ends.wait(10)
        if self.trouble is not None:
            raise self.trouble
        return found


async def begun(shelf: Shelf, many: int) -> None:
    while len(shelf.looks) < many:
        await asyncio.sleep(0.001)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setattr(together, "LONG", 60.0)
    return Shelf()


def test_who_asks_meanwhile_shares_the_next_look_and_sees_what_was_written_before(shelf: Shelf) -> None:
    async def asked() -> list[int]:
        looks = Together(shelf.look)
        first = asyncio.create_task(looks.ask(["a"]))
        await begun(shelf, 1)
        shelf.value = 1
        later = asyncio.gather(*(looks.ask([key]) for key in "abb"))
        await asyncio.sleep(0)
        shelf.ends.set()
        return [(await first)["a"], *(found[key] for key, found in zip("abb", await later, strict=True))]

    assert asyncio.run(asked()) == [0, 1, 1, 1]
    assert shelf.looks == [{"a"}, {"a", "b"}]


def test_a_look_that_hangs_holds_up_nobody_for_long(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LONG", 0.01)

    async def asked() -> None:
        looks = Together(shelf.look)
        waiting = [asyncio.create_task(looks.ask(["a"]))]
        await begun(shelf, 1)
        waiting.append(asyncio.create_task(looks.ask(["b"])))
        await begun(shelf, 2)
        shelf.ends.set()
        await asyncio.gather(*waiting)

    asyncio.run(asked())
    assert shelf.looks == [{"a"}, {"b"}]


def test_however_many_ask_of_a_store_that_hangs_few_looks_are_under_way_and_none_waits_for_nobody(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "LONG", 0.001)

    async def asked() -> Together[str, int]:
        looks = Together(shelf.look)
        for number in range(30):
            waiting = asyncio.create_task(looks.ask([f"gone-{number}"]))
            await asyncio.sleep(0.004)
            waiting.cancel()
        staying = asyncio.create_task(looks.ask(["here"]))
        await asyncio.sleep(0.01)
        shelf.ends.set()
        await staying
        return looks

    asyncio.run(asked())
    assert len(shelf.looks) == together.MOST + 1
    assert shelf.looks[-1] == {"here"}


def test_a_look_that_nobody_waits_for_is_cut_off(shelf: Shelf) -> None:
    ended = threading.Event()

    def look(keys: Collection[str]) -> dict[str, int]:
        limit = deadline()
        assert limit is not None
        with limit.cuts(shelf.ends.set):
            found = shelf.look(keys)
        ended.set()
        return found

    async def asked() -> None:
        asking = asyncio.create_task(Together(look).ask(["a"]))
        await begun(shelf, 1)
        asking.cancel()
        await asyncio.sleep(0)
        assert await asyncio.to_thread(ended.wait, 5)

    asyncio.run(asked())


def test_who_leaves_takes_nothing_from_the_others_and_no_deadline_of_theirs_is_in_a_look(shelf: Shelf) -> None:
    async def asked() -> int:
        ASKING.set("somebody")
        looks = Together(shelf.look)
        leaving, staying = (asyncio.create_task(looks.ask(["a"])) for _ in range(2))
        await begun(shelf, 1)
        leaving.cancel()
        shelf.ends.set()
        return (await staying)["a"]

    assert asyncio.run(asked()) == 0
    assert (len(shelf.looks), shelf.context) == (1, "None")


def test_trouble_is_everybodys_and_the_next_look_is_tried_anew(shelf: Shelf) -> None:
    shelf.ends.set()
    shelf.trouble = StorageError("storage.unavailable", reason="gone")

    async def asked() -> list[object]:
        looks = Together(shelf.look)
        first = await asyncio.gather(looks.ask(["a"]), looks.ask(["b"]), return_exceptions=True)
        shelf.trouble = None
        return [*map(type, first), await looks.ask(["a"])]

    assert asyncio.run(asked()) == [StorageError, StorageError, {"a": 0}]
    assert shelf.looks == [{"a", "b"}, {"a"}]


def test_another_loop_knows_nothing_of_one_that_ended_within_a_look(shelf: Shelf) -> None:
    looks = Together(shelf.look)

    async def left() -> None:
        task = asyncio.create_task(looks.ask(["a"]))
        await begun(shelf, 1)
        task.cancel()
        shelf.ends.set()

    async def asked() -> int:
        return (await looks.ask(["a"]))["a"]

    asyncio.run(left())
    shelf.value = 2
    assert asyncio.run(asked()) == 2
