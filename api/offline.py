"""A snapshot file written and asked: what a review is told without the register."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from api.plans import Plans
from graph.errors import BadInputError
from graph.estate import Estate
from graph.history import Thing
from graph.ontology import Ontology, load_ontology
from graph.portable.opened import Portable
from graph.records.kept_graph import Ends, KeptGraph
from graph.records.recoveries import FAILOVER, RecoveryTimes, times_of
from graph.settings import Settings
from graph.values import State, ValueRefused, zone_of

if TYPE_CHECKING:
    from api.register import Register
    from graph.store import Store
    from queries.blast_radius import Circumstances

Record = TypeVar("Record")


def export_snapshot(register: "Register", path: Path, as_of: str | None) -> dict[str, int]:
    """Write a snapshot file, of now or of a moment; returns how many there are of what.

    What is known beside the graph (groups held back, CIs not seen) is of now. BadInputError `door.cannot_write`.
    """
    from graph.portable.written import write_snapshot
    from graph.store.hashes import log_hash_at
    from graph.store.runs import staged_dependents, unseen_since
    from graph.whole import whole

    store, estate = register.store, _settled(register, register.revision_of(as_of))
    meta = {
        "store_id": store.store_id,
        "head": log_hash_at(store, estate.revision),
        "at": (made := datetime.now(UTC)).isoformat(timespec="seconds"),
        "of": (_overtaken(store, estate.revision) or made).isoformat(timespec="seconds"),
        "zone": register.settings.timezone,
        "staged": sorted(staged_dependents(store)),
        "unseen": dict(sorted(unseen_since(store).items())),
    }
    try:
        with whole(path) as file:
            done = write_snapshot(file, estate, store.everything(revision=estate.revision), store.ontology, meta)
    except OSError as error:
        raise BadInputError("door.cannot_write", path=str(path), reason=error.strerror or "") from error
    return dict(done.counts)


def _overtaken(store: "Store", revision: int) -> datetime | None:
    # when what is in the file ceased to be all that there is: that is how old it is, whenever it is written
    return next(
        (datetime.fromisoformat(each.at) for each in store.commits_at(revision + 1) if each.last > revision), None
    )


def _settled(register: "Register", revision: int | None) -> Estate:
    from graph.store.load import load_estate

    estate = register.estate(revision)
    if not estate.is_settled and revision is None:
        estate = load_estate(register.store)
    # others have written meanwhile: built of what was there at one revision
    return estate if estate.is_settled else load_estate(register.store, revision=estate.revision)


@dataclass(frozen=True)
class Offline:
    """A snapshot file in the place of a register. `settings`: with the zone that the register has."""

    portable: Portable
    settings: Settings
    plans: Plans = field(default_factory=Plans, compare=False)

    def age(self, at: datetime) -> dict[str, Any]:
        """How old what it holds is at a moment, as JSON: `of` when, when it was `made_at`, and `age` in seconds."""
        made = self._moment("at")
        of = made if self.portable.plain("of") is None else self._moment("of")
        return {
            "made_at": made.isoformat(), "of": of.isoformat(), "age": max(0, int((at - of).total_seconds()))
        }  # fmt: skip

    def _moment(self, name: str) -> datetime:
        try:
            found = datetime.fromisoformat(self.portable.text(name))
        except ValueError as error:
            raise self.portable.malformed(name) from error
        if found.tzinfo is None:
            raise self.portable.malformed(name)
        return found

    def estate(self) -> Estate:
        """The estate of the file."""
        return self.portable.estate

    def holding(self, revision: int) -> "Portably":
        """What the file holds; it is of one revision."""
        return Portably(self.portable)


def open_snapshot(path: Path, settings: Settings, ontology: Ontology | None = None) -> Offline:
    """Open a snapshot file; SnapshotRefusedError `snapshot.*` where it cannot be used."""
    portable = Portable(path, ontology or load_ontology())
    zone = portable.text("zone")
    try:
        zone_of(zone)
    except ValueRefused as refused:
        raise portable.malformed("zone") from refused
    return Offline(portable, replace(settings, timezone=zone))


class Portably:
    """See `api.holding.Holding`."""

    def __init__(self, portable: Portable) -> None:
        self._portable = portable

    @property
    def ontology(self) -> Ontology:
        """That of the register."""
        return self._portable.ontology

    def table(self, name: str, make: Callable[[str, State], Record]) -> list[Record]:
        """What `make` makes of each record of a table, in the order of their keys."""
        try:
            return [make(key, state) for key, state in self._portable.records(name).items()]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._portable.malformed(name) from error

    def kept_graph(self, ci_ids: Iterable[str]) -> KeptGraph:
        """The CIs among these ids and the relationships that they own."""
        cis, owned = self.things(ci_ids)
        return KeptGraph(
            {ci_id: thing.state for ci_id, thing in cis.items()}, {ends: thing.state for ends, thing in owned.items()}
        )

    def things(self, ci_ids: Iterable[str]) -> tuple[Mapping[str, Thing], Mapping[Ends, Thing]]:
        """The same with the data sources that said so."""
        types = self.ontology.relationship_types
        cis: dict[str, Thing] = {}
        owned: dict[Ends, Thing] = {}
        for ci_id, line in self._portable.lines(ci_ids).items():
            cis[ci_id] = line.thing
            owned |= {
                (ci_id, kind, other): thing
                for kind, other, thing in line.out
                if kind in types and types[kind].provider != "source"
            }
            owned |= {
                (other, kind, ci_id): thing
                for kind, other, thing in line.into
                if kind in types and types[kind].provider == "source"
            }
        return cis, owned

    def states(self, ci_ids: Iterable[str]) -> Iterator[tuple[str, State]]:
        """(ci_id, fields) of those of some CIs that are there, in the order of their ids."""
        found = sorted(self._portable.lines(ci_ids).items(), key=itemgetter(0))
        return ((ci_id, line.thing.state) for ci_id, line in found)

    def recovery_times(self, ci_ids: Iterable[str]) -> Mapping[str, RecoveryTimes]:
        """What is recorded of the recovery of those of some CIs that are there, by ci_id."""
        return {ci_id: times_of(state) for ci_id, state in self.states(ci_ids)}

    def related(self, sources: Iterable[str], types: Iterable[str]) -> list[tuple[str, str, str]]:
        """(source, type, target) of the relationships of these types that start at these CIs."""
        wanted = frozenset(types)
        found = self._portable.lines(sources).items()
        return sorted((ci_id, kind, other) for ci_id, line in found for kind, other, _ in line.out if kind in wanted)

    def failing_over_to(self, ci_ids: Collection[str]) -> list[str]:
        """CIs that may fail over to one of these."""
        found = self._portable.lines(ci_ids).values()
        return [other for line in found for kind, other, _ in line.into if kind == FAILOVER]

    def log_hash(self) -> str:
        """The hash of the log up to the file's revision."""
        return self._portable.text("head")

    def circumstances(self, at: datetime) -> "Circumstances":
        """What was known beside the graph when the file was made, as far as it was so at that moment."""
        from queries.blast_radius import Circumstances

        staged, unseen = self._portable.plain("staged"), self._portable.plain("unseen")
        try:
            stale = {str(ci) for ci, since in unseen.items() if datetime.fromisoformat(since) <= at}
            return Circumstances(frozenset(map(str, staged)), frozenset(stale))
        except (ValueError, TypeError, AttributeError) as error:
            raise self._portable.malformed("circumstances") from error

    def holders(self, field: str, values: Collection[str]) -> Mapping[str, Collection[str]]:
        """By value the CI that alone has it in this field, of those that are not retired."""
        return {value: [ci_id] for value, ci_id in self._portable.holders(field, values).items()}
