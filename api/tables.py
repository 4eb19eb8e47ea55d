"""Tables of records as they are, read once and then brought forward with the log: 1,000 changes are asked for often."""

import threading
from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from graph.deadline import acquired
from graph.history import Thing
from graph.store.tables import records, table
from graph.values import State

if TYPE_CHECKING:
    from graph.store import Store

Record = TypeVar("Record")
Make = Callable[[str, State], Record]
FAR = 50_000  # revisions of the log; from there on reading the tables again is cheaper than following it


class Tables:
    """Any number of threads may ask, each for the revision that its estate is of. A table is always made alike."""

    def __init__(self, store: "Store") -> None:
        self._store, self._lock = store, threading.Lock()
        self._revision = 0
        self._held: dict[str, tuple[Make[Any], list[str], list[Any]]] = {}

    def table(self, name: str, make: Make[Record], revision: int) -> list[Record]:
        """What `make` makes of each record of a table at a revision that has been, in the order of their keys."""
        with acquired(self._lock):
            if revision < self._revision:
                held = None  # somebody has asked for a later one meanwhile
            else:
                self._follow(revision)
                held = self._held.get(name) or self._read(name, make)
        return table(self._store, name, make, revision=revision) if held is None else list(held[2])

    def _read(self, name: str, make: Make[Any]) -> tuple[Make[Any], list[str], list[Any]]:
        found = records(self._store, name, revision=self._revision)
        self._held[name] = held = make, list(found), [make(key, state) for key, state in found.items()]
        return held

    def _follow(self, revision: int) -> None:
        if revision - self._revision > FAR:
            self._held.clear()
        if self._held and revision > self._revision:
            # all or nothing: where the log cannot be read, what is held is still of the revision before
            for (name, key), thing in self._since(revision).items():
                _put(*self._held[name], key, thing)
        self._revision = revision

    def _since(self, revision: int) -> Mapping[tuple[str, str], Thing | None]:
        return {
            (each.kind, each.key): each.after
            for commit in self._store.commits(after=self._revision)
            for each in commit.revisions()
            if self._revision < each.number <= revision and each.kind in self._held
        }


def _put(make: Make[Any], keys: list[str], made: list[Any], key: str, thing: Thing | None) -> None:
    place = bisect_left(keys, key)
    there = place < len(keys) and keys[place] == key
    if there and thing is None:
        del keys[place], made[place]
    elif thing is not None and there:
        made[place] = make(key, thing.state)
    elif thing is not None:
        keys.insert(place, key)
        made.insert(place, make(key, thing.state))
