"""Where what is imported meets what is kept: the store, or the store as one write sees it under its lock."""

from collections.abc import Iterable
from typing import Any, Protocol

from graph.store import Kept


class Lookup(Protocol):
    """What settling rows asks of the register; `graph.store.Store` and `graph.store.reader.Reader` both answer."""

    def rows(self, name: str, word: str | None = None, **parameters: Any) -> list[dict[str, Any]]:
        """The rows that a statement answers with."""

    def kept(self, kind: str, keys: Iterable[str]) -> dict[str, Kept]:
        """Those of the things that are there, by key."""

    def relationships_at(
        self, ci_ids: Iterable[str], types: Iterable[str], *, end: str = "source"
    ) -> Iterable[tuple[str, Kept]]:
        """(key, relationship) of those types that start or end at these CIs."""
