"""What an open register tells a review, at the revision of an estate."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from graph.history import Thing
from graph.ontology import Ontology
from graph.records.kept_graph import Ends, KeptGraph
from graph.records.recoveries import FAILOVER, RecoveryTimes
from graph.store.hashes import log_hash_at
from graph.store.kept_graph import kept_graph, kept_things
from graph.store.tables import recovery_times, related, states
from graph.store.things import ends_of
from graph.values import State

if TYPE_CHECKING:
    from api.register import Register
    from queries.blast_radius import Circumstances

AT_ONCE = 5_000  # values that one statement looks for
Record = TypeVar("Record")


class Held:
    """See `api.holding.Holding`."""

    def __init__(self, register: "Register", revision: int) -> None:
        self._register, self._store, self._revision = register, register.store, revision

    @property
    def ontology(self) -> Ontology:
        """Its ontology."""
        return self._store.ontology

    def table(self, name: str, make: Callable[[str, State], Record]) -> list[Record]:
        """What `make` makes of each record of a table, in the order of their keys."""
        return self._register.tables.table(name, make, self._revision)

    def kept_graph(self, ci_ids: Iterable[str]) -> KeptGraph:
        """The CIs among these ids and the relationships that they own."""
        return kept_graph(self._store, ci_ids, self._revision)

    def things(self, ci_ids: Iterable[str]) -> tuple[Mapping[str, Thing], Mapping[Ends, Thing]]:
        """The same with the data sources that said so."""
        return kept_things(self._store, ci_ids, self._revision)

    def states(self, ci_ids: Iterable[str]) -> Iterator[tuple[str, State]]:
        """(ci_id, fields) of those of some CIs that are there, in the order of their ids."""
        return states(self._store, ci_ids, revision=self._revision)

    def recovery_times(self, ci_ids: Iterable[str]) -> Mapping[str, RecoveryTimes]:
        """What is recorded of the recovery of those of some CIs that are there, by ci_id."""
        return recovery_times(self._store, ci_ids, revision=self._revision)

    def related(self, sources: Iterable[str], types: Iterable[str]) -> list[tuple[str, str, str]]:
        """(source, type, target) of the relationships of these types that start at these CIs."""
        return related(self._store, sources, types, revision=self._revision)

    def failing_over_to(self, ci_ids: Collection[str]) -> list[str]:
        """CIs that may fail over to one of these."""
        return [ends_of(key)[0] for key, _ in self._store.relationships_at(ci_ids, [FAILOVER], end="target")]

    def log_hash(self) -> str:
        """The hash of the log up to this revision."""
        return log_hash_at(self._store, self._revision)

    def circumstances(self, at: datetime) -> "Circumstances":
        """What is known beside the graph at a moment."""
        return self._register.circumstances(at)

    def holders(self, field: str, values: Collection[str]) -> Mapping[str, Collection[str]]:
        """By value the CIs that have it in this field, as it is now."""
        found: dict[str, set[str]] = {}
        wanted = sorted(values)
        for start in range(0, len(wanted), AT_ONCE):
            for row in self._store.rows("ci_by_property", field, values=wanted[start : start + AT_ONCE]):
                found.setdefault(row["value"], set()).add(row["key"])
        return found
