"""Reading everything, a page of CIs at a time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from graph.history import CI, RELATIONSHIP
from graph.store.things import Kept, kept_of, relationship_key

if TYPE_CHECKING:
    from graph.store.store import Store

PAGE = 5_000  # CIs read at once


def scan(store: "Store") -> Iterator[tuple[str, str, Kept]]:
    """(kind, key, thing) of all CIs with the relationships that start at them, then of all records."""
    after = 0
    while True:
        page = store.rows("ci_all", after=after, limit=PAGE)
        if not page:
            break
        for row in page:
            yield CI, row["key"], kept_of(row["p"])
        above, after = after, page[-1]["num"]
        yield from _relationships(store, above, after)
        if len(page) < PAGE:
            break
    found = {row["kind"] for row in store.rows("record_kinds")}
    for kind in found.intersection(store.ontology.record_types):
        for row in store.rows("record_all", kind=kind):
            yield kind, row["key"].removeprefix(f"{kind}:"), kept_of(row["p"])


def _relationships(store: "Store", above: int, upto: int) -> Iterator[tuple[str, str, Kept]]:
    types = list(store.ontology.relationship_types)
    for row in store.rows("rel_all", types=types, above=above, upto=upto):
        yield RELATIONSHIP, relationship_key(row["s"], row["type"], row["t"]), kept_of(row["p"])
