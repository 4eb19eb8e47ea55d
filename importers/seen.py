"""What earlier runs saw, so that their batches need not be applied again."""

from collections.abc import Iterable
from typing import Any

from graph.store import Store
from graph.store.runs import SeenBatch, batches, scopes
from importers.batches import Batch

AGAIN_AT_ONCE = 100  # unchanged batches noted in one transaction
TOUCHED_AT_MOST = 200_000  # things revised since an earlier run that are held to recognise its unchanged batches


class Unchanged:
    """Recognises batches that the scope's last run saw and that nobody has touched since."""

    def __init__(self, store: Store, names: Iterable[str], resumed: str | None) -> None:
        self._store = store
        self._known: dict[str, SeenBatch] = {}
        self._touched: dict[str, int] | None = {}
        kept = scopes(store)
        for run in {kept[name].runs[-1] for name in names if name in kept and kept[name].runs}:
            found = batches(store, run)
            self._known.update({batch.digest: batch for batch in found})
            self._note_touched(run, min((batch.revision for batch in found), default=0))
        if resumed:
            self._note_touched(resumed, min((batch.revision for batch in batches(store, resumed)), default=0))

    def _note_touched(self, run: str, since: int) -> None:
        for commit in self._store.commits_of_others(run, after=since):
            for revision in commit.revisions():
                if self._touched is not None:
                    self._touched[f"{revision.kind}:{revision.key}"] = revision.number
            if self._touched is None or len(self._touched) > TOUCHED_AT_MOST:
                self._touched = None
                return

    def find(self, batch: Batch) -> SeenBatch | None:
        """The earlier batch with the same rows, if what it left is still so."""
        known = self._known.get(batch.digest)
        return known if known is not None and known.scope == batch.scope and self.is_as_left(batch, known) else None

    def is_as_left(self, batch: Batch, seen: SeenBatch) -> bool:
        """Whether nobody else has touched since what this batch left when it was seen."""
        if self._touched is None:
            return False
        if batch.spool == "shorthand":
            return not self._touched
        return not self._touched or all(self._touched.get(key, 0) <= seen.revision for key in batch.seen_keys())


class SeenAgain:
    """Notes unchanged batches as seen by this run too, many in one transaction.

    They were compared with the register as it was at `revision`; what others change later is for the next run to see.
    """

    def __init__(self, store: Store, run: str, revision: int) -> None:
        self._store, self._run, self._revision = store, run, revision
        self._held: list[dict[str, Any]] = []

    def add(self, seq: int, known: str) -> None:
        """Note the batch of that key as number `seq` of this run."""
        self._held.append({"old": known, "key": f"{self._run}:{seq}", "seq": seq})
        if len(self._held) >= AGAIN_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what was noted."""
        if self._held:
            at = self._store.clock().isoformat()
            parameters = {"rows": self._held, "run": self._run, "at": at, "revision": self._revision}
            self._store.bookkeep(lambda _: [("seen_again", parameters)])
            self._held = []
