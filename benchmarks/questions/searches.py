"""Search as one types, in memory: names from their third character on, beside classes and other attributes."""

from collections.abc import Iterator

from benchmarks.estates import LayeredEstate
from benchmarks.figures import OURS, Bench, each, once
from benchmarks.inventory import ENVIRONMENTS, typed
from benchmarks.warm_start import ci_ids
from graph.topology import Topology
from queries.search import SearchEntry, SearchIndex

SHOWN = 10  # hits under a field in which one types


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says."""
    entries = tuple(_entries(estate))
    index, seconds = once(lambda: _made(entries))
    bench.add("search.index", OURS, seconds, "s")
    bench.timed("search", OURS, each(lambda text: index.search(text, SHOWN), typed(estate), seconds=60))


def _entries(estate: LayeredEstate) -> Iterator[SearchEntry]:
    for at, ci_id in enumerate(ci_ids(estate)):
        yield SearchEntry(ci_id, f"配置项 {at}", f"Item {at}", (ENVIRONMENTS[at % 5], f"PT{at % 8 + 1}H"))


def _made(entries: tuple[SearchEntry, ...]) -> SearchIndex:
    index = SearchIndex.of(entries)
    index.search("zzz")  # which finds nothing anywhere, so that every part is made
    return index
