"""The estate of a process that goes on: mapped from its snapshot, brought forward with the store, settled when idle."""

import contextlib
import threading
from dataclasses import replace
from pathlib import Path

from graph.deadline import acquired, within
from graph.estate import LAYOUT, Estate
from graph.history import ORIGIN
from graph.overlay import with_room
from graph.snapshot import SnapshotIgnored, load, save
from graph.store.follow import followed, worth_following
from graph.store.load import load_estate
from graph.store.store import Store


class LiveEstate:
    """Any number of threads may ask; each gets the estate at the revision that the store had when it asked, or later.

    The snapshot is written where the estate had to be read anew; one that lags is brought forward by whoever maps it.
    """

    def __init__(self, store: Store, snapshot: Path) -> None:
        self._store, self._snapshot = store, snapshot
        self._lock = threading.Lock()
        self._settling = threading.Lock()
        self._held: Estate | None = None
        self.ignored: str | None = None  # why a snapshot that is there was not used (`SnapshotIgnored`)

    def estate(self) -> Estate:
        """The estate now.

        Raises TooSlowError where others bring it forward for longer than the deadline of who asks; that itself is
        done under none, since all use it.
        """
        with acquired(self._lock), within(None):
            before = self._held or self._mapped()
            found = None if before is None else followed(self._store, before, most=worth_following(before))
            self._held = self._read() if found is None else found
            if not self._held.topology.is_ordered:
                self._settle_soon(self._held)
            return self._held

    def since(self, revision: int) -> Estate | None:
        """The estate that is held, if it is of that revision or a later one; the store is not asked for it."""
        held = self._held
        return held if held is not None and held.revision >= revision else None

    @property
    def revision(self) -> int | None:
        """That of the estate which is held, however old; `None` before the first is read."""
        held = self._held
        return None if held is None else held.revision

    def make_room(self) -> None:
        """Read the estate now, and let the changes that are to come be added to it without copying it."""
        estate = self.estate()
        with self._lock:
            if self._held is estate:
                self._held = replace(estate, topology=with_room(estate.topology))

    def _mapped(self) -> Estate | None:
        try:
            found = load(self._snapshot, self._store.store_id)
        except SnapshotIgnored as ignored:
            self.ignored = None if ignored.reason == "missing" else ignored.reason
            return None
        # a database restored to an older state goes on with other commits under the same numbers
        marks = self._marks(found.meta["revision"])
        if found.meta != {**found.meta, **marks}:
            same = {name for name in ("layout", "ontology") if found.meta.get(name) == marks[name]}
            self.ignored = "foreign" if len(same) == 2 else "newer"
            return None
        return Estate.from_arrays(found.meta, found.arrays)

    def _marks(self, revision: int) -> dict[str, str]:
        commits = self._store.rows("commit_of", revision=revision) if revision else []
        return {
            "store_id": self._store.store_id,
            "layout": LAYOUT,
            "ontology": self._store.ontology.digest,
            "head": str(commits[0]["hash"]) if commits else ORIGIN,
        }

    def _read(self) -> Estate:
        estate = load_estate(self._store)
        if estate.is_settled:
            meta = {**estate.meta(), **self._marks(estate.revision)}
            # an answer does not fail because its snapshot cannot be kept
            with contextlib.suppress(OSError):
                save(self._snapshot, meta, estate.arrays())
        return estate

    def _settle_soon(self, estate: Estate) -> None:
        # large answers are slow while rows lie out of order: they are put in order beside the questions
        if self._settling.acquire(blocking=False):
            threading.Thread(target=self._settle, args=(estate,), daemon=True).start()

    def _settle(self, estate: Estate) -> None:
        try:
            settled = replace(estate, topology=estate.topology.settled)
            with self._lock:
                if self._held is estate:
                    self._held = settled
        finally:
            self._settling.release()
