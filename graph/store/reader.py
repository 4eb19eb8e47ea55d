"""The database as one transaction sees it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from graph.history import RELATIONSHIP
from graph.store.statements import statement
from graph.store.things import Kept, Things, ends_of


@dataclass(frozen=True, slots=True)
class Reader:
    """The database as one transaction sees it; under the write lock nothing has to be read twice."""

    tx: Any
    things: Things
    revision: int
    seen: dict[tuple[str, str], Kept | None] = field(default_factory=dict)  # (kind, key) → what is there
    whole: set[tuple[str, str]] = field(default_factory=set)  # (source, type) whose relationships are all seen

    def read(self, kind: str, keys: Iterable[str]) -> dict[str, Kept]:
        """Those of the things that are there, by key."""
        wanted = list(keys)
        unseen = [key for key in wanted if (kind, key) not in self.seen and not self._is_known(kind, key)]
        found = self.things.read(self.tx, kind, unseen) if unseen else {}
        self.seen.update(((kind, key), found.get(key)) for key in unseen)
        return {key: kept for key in wanted if (kept := self.seen.get((kind, key))) is not None}

    def kept(self, kind: str, keys: Iterable[str]) -> dict[str, Kept]:
        """Those of the things that are there, by key, as the store has them."""
        return self.read(kind, keys)

    def _is_known(self, kind: str, key: str) -> bool:
        return kind == RELATIONSHIP and bool(self.whole) and ends_of(key)[:2] in self.whole

    def relationships_at(
        self, ci_ids: Iterable[str], types: Iterable[str], *, end: str = "source"
    ) -> Iterator[tuple[str, Kept]]:
        """(key, relationship) of those types that start or end at these CIs."""
        wanted, names = list(ci_ids), list(types)
        for key, kept in self.things.relationships_at(self.tx, wanted, names, end=end):
            self.seen[RELATIONSHIP, key] = kept
            yield key, kept
        if end == "source":
            self.whole.update((ci, name) for ci in wanted for name in names)

    def rows(self, name: str, word: str | None = None, **parameters: Any) -> list[dict[str, Any]]:
        """The rows that a statement answers with."""
        return [dict(row) for row in self.tx.run(statement(name, word), **parameters)]
