"""The register as a door opens it: engine, store and the estate in memory, with a snapshot beside the data.

What computes is imported when it is asked for: an import needs none of it, and the compiler alone takes 80 MB.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from api.moments import utc_text
from graph.engine import connect, open_engine
from graph.engine.files import held
from graph.errors import BadInputError
from graph.lifecycle import Lifecycle, load_lifecycle
from graph.ontology import Ontology, load_ontology
from graph.settings import Settings
from graph.store import Store
from graph.store.head import Head
from graph.store.runs import Unseen, staged_dependents
from graph.store.transaction import Sessions
from graph.values import ValueRefused, parse_time

if TYPE_CHECKING:
    from api.access.known import Access
    from api.beside import BesideEstate
    from api.feed import Feed
    from api.held import Held
    from api.importing import Importing
    from api.lately import Lately
    from api.overviews import Overviews
    from api.past import Past
    from api.plans import Plans
    from api.searching import Searching
    from api.tables import Tables
    from api.together import Together
    from api.verdicts import Verdicts
    from graph.estate import Estate
    from graph.store.listing import Listing
    from graph.store.live import LiveEstate
    from graph.store.restore import Restoring
    from graph.store.things import Kept
    from queries.blast_radius import Circumstances


@dataclass(frozen=True)
class Register:
    """An open register."""

    store: Store
    settings: Settings

    @property
    def snapshot_path(self) -> Path:
        """Where the estate lies beside the data."""
        return self.settings.data_dir / "snapshot.faultline"

    def estate(self, revision: int | None = None, least: int | None = None) -> "Estate":
        """The estate now, or at a revision; `least`: of now, one that the store had just now and that will do.

        The present one is kept: from the snapshot at first, then brought forward along the change feed.
        """
        if revision is None or revision == self.store.revision():
            found = self.live.estate(least)
            if revision in (None, found.revision):  # else somebody has committed meanwhile
                return found
        return self.past.at(revision)

    def holding(self, revision: int) -> "Held":
        """What it holds at a revision, as a review asks for it."""
        from api.held import Held

        return Held(self, revision)

    @cached_property
    def past(self) -> "Past":
        """Estates of the past, the last ones kept."""
        from api.past import Past
        from graph.store.load import load_estate

        return Past(lambda revision: load_estate(self.store, revision=revision))

    @cached_property
    def live(self) -> "LiveEstate":
        """The estate that follows the store."""
        from graph.store.live import LiveEstate

        return LiveEstate(self.store, self.snapshot_path, self._along)

    def _along(self, revision: int) -> None:
        self.listing.keep_up(revision)
        self.searching.keep_up(revision)

    def expire(self) -> None:
        """Whoever asks from now on sees what this process has just written."""
        self.live.expire()
        self.searching.expire()
        self._circumstances.expire()

    @cached_property
    def searching(self) -> "Searching":
        """The search index, kept."""
        from api.searching import Searching

        return Searching(self.store)

    @cached_property
    def beside(self) -> "BesideEstate":
        """Owners and statuses of all CIs, kept."""
        from api.beside import BesideEstate

        return BesideEstate(self.store)

    @cached_property
    def overviews(self) -> "Overviews":
        """What is computed of the whole estate, kept."""
        from api.overviews import Overviews

        return Overviews(self)

    @cached_property
    def listing(self) -> "Listing":
        """The catalogue of CIs, kept."""
        from graph.store.listing import Listing

        return Listing(self.store)

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """How changes live; BadInputError `lifecycle.*` for a file that does not fit together."""
        from api.access.roles import roles

        return load_lifecycle(self.settings.lifecycle, frozenset(roles().below))

    @cached_property
    def tables(self) -> "Tables":
        """Tables of records, kept."""
        from api.tables import Tables

        return Tables(self.store)

    @cached_property
    def plans(self) -> "Plans":
        """What coming changes make of the graph, kept."""
        from api.plans import Plans

        return Plans()

    @cached_property
    def records(self) -> "Together[tuple[str, str], Kept]":
        """CIs and relationships that are there, by kind and key, read together for all who want some at once."""
        from api.together import Together

        return Together(self._kept)

    def _kept(self, wanted: Collection[tuple[str, str]]) -> "dict[tuple[str, str], Kept]":
        keys: dict[str, list[str]] = {}
        for kind, key in wanted:
            keys.setdefault(kind, []).append(key)
        return {(kind, key): kept for kind, some in keys.items() for key, kept in self.store.kept(kind, some).items()}

    @cached_property
    def access(self) -> "Access":
        """Who may come in."""
        from api.access.known import Access

        return Access(self.store, self.settings)

    @cached_property
    def verdicts(self) -> "Verdicts":
        """Verdicts of changes, for lists, kept for a moment."""
        from api.verdicts import Verdicts

        return Verdicts()

    @cached_property
    def feed(self) -> "Feed":
        """The log as subscribers are told."""
        from api.feed import Feed

        return Feed(self.store, self.importing.stopping)

    @cached_property
    def importing(self) -> "Importing":
        """The imports that this process carries out."""
        from api.importing import Importing

        return Importing()

    @cached_property
    def _unseen(self) -> Unseen:
        return Unseen(self.store)

    @cached_property
    def _circumstances(self) -> "Lately[Circumstances]":
        from api.lately import Lately

        return Lately(self.circumstances)

    def circumstances_of(self, revision: int) -> "Circumstances":
        """The same of now, for an answer of the present estate, which has that revision; of less than a second ago."""
        return self._circumstances.at(revision)

    def circumstances(self, at: datetime | None = None) -> "Circumstances":
        """What is known beside the graph: CIs that an unfinished import holds back, and those nobody sees any more.

        `at`: a CI that was seen until after that moment is not stale.
        """
        from queries.blast_radius import Circumstances

        return Circumstances(frozenset(staged_dependents(self.store)), frozenset(self._unseen.at(at)))

    def revision_of(self, as_of: str | None) -> int | None:
        """The revision that a moment (or the number of a revision) stands for; `None` for now.

        Raises BadInputError `door.as_of` for text that is neither.
        """
        if as_of is None:
            return None
        if as_of.isdecimal() and len(as_of) < 19:
            if int(as_of) > self.store.revision():
                raise BadInputError("door.as_of_future", value=as_of)
            return int(as_of)
        try:
            utc = parse_time(as_of, self.settings.timezone).utc.removesuffix("Z")
        except ValueRefused as refused:
            raise BadInputError("door.as_of", value=as_of[:60]) from refused
        moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
        return self.store.revision_at(utc_text(moment))


@contextlib.contextmanager
def open_register(settings: Settings, ontology: Ontology | None = None) -> Iterator[Register]:
    """Open the register of these settings, starting its engine if nobody has."""
    with _opened(settings) as (sessions, head, lock):
        yield Register(Store.open(sessions, ontology or load_ontology(), head, lock=lock), settings)


@contextlib.contextmanager
def open_restoring(settings: Settings) -> Iterator["Restoring"]:
    """Open the database of these settings for a backup to be restored into it."""
    from graph.store.restore import Restoring

    with _opened(settings) as (sessions, head, lock):
        yield Restoring(sessions, load_ontology(), head, lock)


@contextlib.contextmanager
def _opened(
    settings: Settings,
) -> Iterator[tuple[Sessions, Head, Callable[[], contextlib.AbstractContextManager[None]]]]:
    with open_engine(settings) as endpoint, connect(endpoint, settings) as line:
        lock = contextlib.nullcontext if endpoint.lock_dir is None else partial(held, endpoint.lock_dir / "writer.lock")
        yield Sessions(line, endpoint.database, settings.retry_seconds), Head(settings.data_dir / "head.json"), lock
