"""The next batch is read and settled while the engine writes the one before: two that otherwise wait for each other."""

from collections import deque
from collections.abc import Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from graph.history import RELATIONSHIP
from graph.store import Kept, Store, Written
from graph.store.reader import Reader
from graph.store.things import ends_of
from importers.batches import Applier, Batch, Result

DEPTH = 2  # commits of ours that may come after a batch was read


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch as it met the register at a revision, and what of the register was looked at for it."""

    result: Result
    revision: int
    seen: dict[tuple[str, str], Kept | None]
    whole: Set[tuple[str, str]]


class Ahead:
    """Prepares batches beside the writing of others, and says under the write lock whether they still hold."""

    def __init__(self, store: Store, applier: Applier) -> None:
        self._store, self._applier = store, applier
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="faultline-ahead")
        self._own: deque[Written] = deque(maxlen=DEPTH)

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(self, *_: object) -> None:
        self._beside.shutdown(cancel_futures=True)

    def begin(self, batch: Batch) -> Future[Prepared]:
        """Prepare a batch; it is not written before the one that is written now."""

        def prepared(reader: Reader) -> Prepared:
            result = self._applier.apply(batch, reader)
            return Prepared(result, reader.revision, reader.seen, reader.whole)

        return self._beside.submit(self._store.read, prepared)

    def settled(self, batch: Batch, prepared: Prepared, reader: Reader) -> Result:
        """What the batch changes, under the write lock: as prepared, where it would be the same, else anew."""
        if not self._holds(prepared, reader.revision):
            return self._applier.apply(batch, reader)
        reader.seen.update(prepared.seen)
        reader.whole.update(prepared.whole)
        return prepared.result

    def wrote(self, written: Written) -> None:
        """Note a commit of ours."""
        if written.revisions:
            self._own.append(written)

    def _holds(self, prepared: Prepared, revision: int) -> bool:
        # nobody but us has committed since, and we nothing that was looked at
        since = [r for written in self._own for r in written.revisions if r.number > prepared.revision]
        if revision != prepared.revision + len(since):
            return False
        changed: set[Any] = {(r.kind, r.key) for r in since}
        rows = {ends_of(r.key)[:2] for r in since if r.kind == RELATIONSHIP}
        return changed.isdisjoint(prepared.seen) and rows.isdisjoint(prepared.whole)
