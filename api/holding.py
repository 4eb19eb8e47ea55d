"""What a review is told by a register at one revision: by an open one, or by a snapshot file of it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from api.plans import Plans
from graph.history import Thing
from graph.ontology import Ontology
from graph.records.kept_graph import Ends, KeptGraph
from graph.records.recoveries import RecoveryTimes
from graph.settings import Settings
from graph.values import State

if TYPE_CHECKING:
    from queries.blast_radius import Circumstances

Record = TypeVar("Record")


class Holding(Protocol):
    """A register as it was at the revision of an estate."""

    @property
    def ontology(self) -> Ontology:
        """Its ontology."""

    def table(self, name: str, make: Callable[[str, State], Record]) -> list[Record]:
        """What `make` makes of each record of a table (its key, its fields), in the order of their keys."""

    def kept_graph(self, ci_ids: Iterable[str]) -> KeptGraph:
        """The CIs among these ids and the relationships that they own."""

    def things(self, ci_ids: Iterable[str]) -> tuple[Mapping[str, Thing], Mapping[Ends, Thing]]:
        """The same with the data sources that said so."""

    def states(self, ci_ids: Iterable[str]) -> Iterator[tuple[str, State]]:
        """(ci_id, fields) of those of some CIs that are there, in the order of their ids."""

    def recovery_times(self, ci_ids: Iterable[str]) -> Mapping[str, RecoveryTimes]:
        """What is recorded of the recovery of those of some CIs that are there, by ci_id."""

    def related(self, sources: Iterable[str], types: Iterable[str]) -> list[tuple[str, str, str]]:
        """(source, type, target) of the relationships of these types that start at these CIs."""

    def failing_over_to(self, ci_ids: Collection[str]) -> list[str]:
        """CIs that may fail over to one of these."""

    def log_hash(self) -> str:
        """The hash of the log up to this revision."""

    def circumstances(self, at: datetime) -> "Circumstances":
        """What is known beside the graph at a moment."""

    def holders(self, field: str, values: Collection[str]) -> Mapping[str, Collection[str]]:
        """By value the CIs that have it in this field; of several living ones a file may know none."""


class Reviewable(Protocol):
    """A register, or a snapshot file of one."""

    @property
    def settings(self) -> Settings:
        """The settings, of which a review needs the zone."""

    @property
    def plans(self) -> Plans:
        """What coming changes make of its graph, kept."""

    def holding(self, revision: int) -> Holding:
        """What it holds at the revision of its estate."""
