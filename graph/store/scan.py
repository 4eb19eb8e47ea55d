"""Reading everything, a page of CIs at a time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from graph.history import CI, DECISION, RELATIONSHIP
from graph.store.things import Kept, kept_of, relationship_key

if TYPE_CHECKING:
    from graph.store.store import Store

PAGE = 5_000  # CIs read at once


def scan(store: "Store") -> Iterator[tuple[str, str, Kept]]:
    """(kind, key, thing) of all CIs with the relationships that start at them, then of records and decisions."""
    for above, page in _pages(store):
        for row in page:
            yield CI, row["key"], kept_of(row["p"])
        yield from _relationships(store, above, page[-1]["num"])
    found = {row["kind"] for row in store.rows("record_kinds")}
    for kind in found.intersection({DECISION, *store.ontology.record_types}):
        yield from ((kind, key, kept) for key, kept in scan_table(store, kind))


def scan_table(store: "Store", kind: str) -> Iterator[tuple[str, Kept]]:
    """(key, record) of all records of a table."""
    for row in store.rows("record_all", kind=kind):
        yield row["key"].removeprefix(f"{kind}:"), kept_of(row["p"])


def scan_cis(store: "Store") -> Iterator[tuple[str, Kept]]:
    """(ci_id, CI) of all CIs, retired ones too, in the order of their numbers."""
    for _, page in _pages(store):
        for row in page:
            yield row["key"], kept_of(row["p"])


def scan_statuses(store: "Store") -> Iterator[tuple[str, str]]:
    """(ci_id, status) of all CIs, retired ones too."""
    given = store.rows("nums_given")[0]["nums"]
    for above in range(0, given, PAGE):
        page = store.rows("ci_rows", above=above, upto=min(above + PAGE, given))[0]
        yield from ((ci_id, status or "live") for ci_id, status in zip(page["ci_id"], page["status"], strict=True))


def scan_related(store: "Store", relationship_type: str) -> Iterator[str]:
    """Keys of all relationships of a type."""
    given = store.rows("nums_given")[0]["nums"]
    for above in range(0, given, PAGE):
        for row in store.rows("rel_all", types=[relationship_type], above=above, upto=min(above + PAGE, given)):
            yield relationship_key(row["s"], row["type"], row["t"])


def _pages(store: "Store") -> Iterator[tuple[int, list[dict[str, Any]]]]:
    # CIs by their numbers, a page with the number below it: put in order by the engine, every page would cost all that
    # are left, and a range of a million takes the embedded engine half a second to begin. Those that come meanwhile
    # have later numbers
    above = 0
    while above < (given := int(store.rows("ci_last")[0]["num"] or 0)):
        for start in range(above, given, PAGE):
            page = store.rows("ci_all", above=start, upto=min(start + PAGE, given))
            if page:
                yield start, sorted(page, key=lambda row: int(row["num"]))
        above = given


def _relationships(store: "Store", above: int, upto: int) -> Iterator[tuple[str, str, Kept]]:
    types = list(store.ontology.relationship_types)
    for row in store.rows("rel_all", types=types, above=above, upto=upto):
        yield RELATIONSHIP, relationship_key(row["s"], row["type"], row["t"]), kept_of(row["p"])
