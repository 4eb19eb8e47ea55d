"""The end of the log as kept outside the store, so that a log cut short is noticed (SEMANTICS 10)."""

import json
import threading
from dataclasses import dataclass
from pathlib import Path

from graph.engine.files import put
from graph.errors import StorageError

_ONE_AT_A_TIME = threading.Lock()  # threads of one process; of several processes the last one's note stays


@dataclass(frozen=True, slots=True)
class Head:
    """A small file beside the data: which store, its last revision, the hash of its last commit."""

    path: Path

    def read(self) -> dict[str, str | int] | None:
        """`store_id`, `last`, `hash`; `None` when there is no file.

        Raises StorageError `store.unreadable_head` for a file that is not as it was written.
        """
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StorageError("store.unreadable_head", path=str(self.path)) from error
        whole = isinstance(found, dict) and {"store_id", "last", "hash"} <= found.keys()
        if not (whole and isinstance(found["last"], int)):
            # a new one would cover up that the log was cut short
            raise StorageError("store.unreadable_head", path=str(self.path))
        return dict(found)

    def belongs_to(self, store_id: str) -> None:
        """Check that the file is of this store; a first one is written where there is none."""
        found = self.read()
        if found is None:
            self._write({"store_id": store_id, "last": 0, "hash": ""})
        elif found["store_id"] != store_id:
            raise StorageError("store.foreign_head", path=str(self.path), store=str(found["store_id"]), found=store_id)

    def noted(self) -> int:
        """The last revision that is known to have been committed; 0 where nothing is."""
        found = self.read()
        return 0 if found is None else int(found["last"])

    def hold(self) -> None:
        """Keep the end as noted for good: the log was found shorter, and writing on must not cover that up."""
        with _ONE_AT_A_TIME:
            found = self.read()
            if found is not None:
                self._write({**found, "held": 1})

    def advance(self, last: int, commit_hash: str) -> None:
        """Note a new end of the log; an older one than noted changes nothing."""
        with _ONE_AT_A_TIME:
            found = self.read()
            if found is not None and int(found["last"]) < last and not found.get("held"):
                self._write({"store_id": found["store_id"], "last": last, "hash": commit_hash})

    def replace(self, store_id: str, last: int, commit_hash: str) -> None:
        """Note the end of a log that was brought in whole."""
        with _ONE_AT_A_TIME:
            self._write({"store_id": store_id, "last": last, "hash": commit_hash})

    def _write(self, content: dict[str, str | int]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        put(self.path, json.dumps(content))
