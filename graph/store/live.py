"""The estate of a process that goes on: mapped from its snapshot, brought forward with the store, settled when idle."""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
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

LATELY = 0.8  # seconds that an estate is answered from, after it was that of the store, while others write all the time
OFTEN, WITHIN = 4, 1.0  # all the time: so many revisions of the store's were seen within so many seconds
WAIT = 0.1  # seconds that others are waited for who bring it forward, before one of less than LATELY ago will do
LOOKS = 0.5  # seconds between two looks of whoever keeps it up while nobody asks
REMAINING = 4  # times as long as bringing it forward took, others have the processors before it is done again unasked
REST = 0.05  # seconds between two times that it is brought forward beside the answers


LOG = logging.getLogger(__name__)


class LiveEstate:
    """Any number of threads may ask; each gets the estate at the revision that the store had when it asked, or later.

    Where others write all the time, or it takes long to bring it forward, that of less than a second ago; never one
    from before a write of this process.
    The snapshot is written where the estate had to be read anew; one that lags is brought forward by whoever maps it.
    `along`: what else is brought to the revision of an estate that was brought forward beside the answers.
    """

    def __init__(self, store: Store, snapshot: Path, along: Callable[[int], None] = lambda _: None) -> None:
        self._store, self._snapshot, self._along = store, snapshot, along
        self._lock = threading.Lock()
        self._settling, self._forwarding = threading.Lock(), threading.Lock()
        self._seen = deque[tuple[int, float]]([(-1, -WITHIN)], maxlen=OFTEN)  # the last revisions, and when they came
        self._confirmed = -LATELY  # when it was that of the store
        self._asked = self._expired = -LATELY  # since when that was looked at, and when a look is of no use from before
        self._held: Estate | None = None
        self._beside = -1  # the revision that what is beside it was brought to last
        self.ignored: str | None = None  # why a snapshot that is there was not used (`SnapshotIgnored`)

    def estate(self, least: int | None = None) -> Estate:
        """The estate now; `least`: a revision that the store had just now, which will do.

        With `least` also the one of less than a second ago, where others take long to bring it forward.

        Raises TooSlowError where others bring it forward for longer than the deadline of who asks; that itself is
        done under none, since all use it.
        """
        if least is not None:
            if self._lock.acquire(timeout=WAIT):
                try:
                    return self._now(least)
                finally:
                    self._lock.release()
            held = self._held
            if held is not None and self._is_recent():
                return held
        with acquired(self._lock):
            return self._now(least)

    def _now(self, least: int | None) -> Estate:
        held = self._held
        # somebody else has brought it forward meanwhile
        if least is not None and held is not None and held.revision >= least and self._is_recent():
            return held
        with within(None):
            return self._publish(*self._brought_forward())

    def _is_recent(self) -> bool:
        return self._asked > self._expired and time.monotonic() - self._confirmed <= LATELY

    def _brought_forward(self) -> tuple[Estate, float, float]:
        # with the times between which it was the store's
        asked, before = time.monotonic(), self._held or self._mapped()
        found = None if before is None else followed(self._store, before, most=worth_following(before))
        found = self._read() if found is None else found
        confirmed = time.monotonic()
        if found is not before:
            self._store.applied.reached(found.revision)
        return found, asked, confirmed

    def _publish(self, found: Estate, asked: float, confirmed: float) -> Estate:
        held = self._held
        if held is not None and held.revision > found.revision and asked < self._asked:
            return held  # others looked later, and were done before
        self._held, self._confirmed, self._asked = found, max(self._confirmed, confirmed), max(self._asked, asked)
        if not found.topology.is_ordered:
            self._settle_soon(found)
        return found

    def since(self, revision: int, at: float) -> Estate | None:
        """The estate that is held, if it is of that revision, which the store had at that time, or of a later one.

        `at`: by `time.monotonic`. While others write all the time also one that was of the store's revision less than
        a second ago: it is brought forward beside the answers then, not before each. `None`: ask for the estate.
        """
        held, now = self._held, time.monotonic()
        if held is None:
            return None
        if held.revision == revision:
            self._confirm(at)
            return held
        is_recent = self._is_recent()
        if held.revision > revision:
            return held if is_recent else None  # else the database may have been put back
        if revision > self._seen[-1][0]:
            self._seen.append((revision, now))
        written_all_the_time = len(self._seen) == OFTEN and now - self._seen[0][1] < WITHIN
        if not written_all_the_time or not is_recent:
            return None
        if self._forwarding.acquire(blocking=False):
            threading.Thread(target=self._forward, name="faultline-forward", daemon=True).start()
        return held

    def keep_up(self, ending: threading.Event) -> None:
        """Bring it forward beside the answers until the end, so that who asks after a while waits for little."""
        pause, trouble = LOOKS, ""
        while not ending.wait(pause):
            began = time.monotonic()
            try:
                self._look()
                trouble = ""
            except Exception as error:  # whoever asks is told; here it is said once, however long it lasts
                if trouble != type(error).__name__:
                    trouble = type(error).__name__
                    LOG.info("the store cannot be followed for now: %s", trouble)
            pause = max(LOOKS, REMAINING * (time.monotonic() - began))

    def _look(self) -> None:
        at = time.monotonic()
        revision, held = self._store.revision(), self._held
        if held is None:
            return
        if held.revision == revision:
            self._confirm(at)
            # whoever brought it forward to be answered left what is beside it
            if self._beside != revision:
                self._bring_along(revision)
        elif self._forwarding.acquire(blocking=False):
            self._forward()

    def _confirm(self, at: float) -> None:
        self._confirmed, self._asked = max(self._confirmed, at), max(self._asked, at)

    def expire(self) -> None:
        """Whoever asks from now on sees what has just been written."""
        self._expired = time.monotonic()

    def _forward(self) -> None:
        try:
            with self._lock:
                found, asked, confirmed = self._brought_forward()
            # what is asked beside it comes first, so that nobody who is answered from the new one waits for that
            self._bring_along(found.revision)
            with self._lock:
                self._publish(found, asked, confirmed)
            time.sleep(REST)
        except Exception as error:  # whoever asks next does it, and is told
            LOG.debug("the estate was not brought forward: %s", type(error).__name__)
        finally:
            self._forwarding.release()

    def _bring_along(self, revision: int) -> None:
        try:
            self._along(revision)
            self._beside = revision
        except Exception as error:  # whoever asks for that does it, and is told
            LOG.warning("what is kept beside the estate was not brought forward: %s", type(error).__name__)

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
        commits = self._store.commits_at(revision) if revision else []
        return {
            "store_id": self._store.store_id,
            "layout": LAYOUT,
            "ontology": self._store.ontology.digest,
            "head": commits[0].hash if commits else ORIGIN,
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
